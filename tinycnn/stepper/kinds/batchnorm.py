"""Batch norms: each unit depends on all units of its map, in all images."""

from __future__ import annotations

import numpy as np

from ...layers.base import Array
from ...layers.batchnorm import all_but_maps
from ..answers.terms import Factor, Index, Sum, at, constant, entries, total_of
from ..steps import Quantity
from .base import Known, Site, with_bias


class FrozenBatchNorm(Known):
    """o = gamma · o' + beta."""

    forward = "o = gamma · o' + beta"
    backward = "∂L/∂o' = gamma · ∂L/∂o"
    gradients = "∂L/∂gamma = Σ ∂L/∂o · o'\n∂L/∂beta = Σ ∂L/∂o"
    used: tuple[str, ...] = ("w",)
    letter = ""         # what is multiplied with gamma: "z", or o' itself if ""

    def z(self, site: Site) -> tuple[Array, Array]:
        """What is multiplied with gamma, and what it is the difference of: it rounds by that."""
        return site.x, site.x

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The product and the bias."""
        (z, size), c = self.z(site), unit[1]
        gamma, beta = (site.layer.params[key] for key in ("gamma", "beta"))
        products = (entries(f"{site.name}.gamma", gamma, c),
                    entries(self.letter or site.before, z, *unit))
        return [with_bias(self.forward, products, f"{site.name}.beta", beta, c, site.y[unit],
                          names=("the product", "= o"),
                          size=float(np.abs(gamma[c] * size[:, c]).max()))]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """∂L/∂o times the factor of the map."""
        gamma = entries(f"{site.name}.gamma", site.layer.params["gamma"], unit[1])
        return total_of(self.backward, (gamma, entries(dy.name, dy.array, *unit)), "the product",
                        expected)

    def parameter(self, site: Site, dy: Quantity, key: str, index: Index, expected: float) -> Sum:
        """The sum over all images and positions of the map."""
        (z, size), places = self.z(site), _map(dy.array, index[0])
        factor = constant("1", 1, len(places[0])) if key == "beta" else entries(
            self.letter or site.before, z, *places)
        return total_of("∂L/∂w = Σ ∂L/∂o · ∂o/∂w, over images and positions",
                        (entries(dy.name, dy.array, *places), factor), "the sum", expected,
                        float((1 + np.abs(size[places]).max()) * np.abs(dy.array[places]).sum()))


class BatchNorm(FrozenBatchNorm):
    """z = (o' - mean) / √(variance + eps), then a factor and a bias."""

    forward = "o = gamma · z + beta, z = (o' - mean) / √(variance + eps)"
    backward = ("∂L/∂o' = gamma / √(variance + eps) · "
                "(∂L/∂o - mean(∂L/∂o) - z · mean(z · ∂L/∂o))")
    gradients = "∂L/∂gamma = Σ ∂L/∂o · z\n∂L/∂beta = Σ ∂L/∂o"
    used = ("o'", "w")
    letter = "z"

    def z(self, site: Site) -> tuple[Array, Array]:
        """(o' - mean) and o', both divided by √(variance + eps), in float64."""
        x, axes = np.asarray(site.x, np.float64), all_but_maps(site.x)
        deviation = np.sqrt(x.var(axes, keepdims=True) + site.layer.eps)
        return (x - x.mean(axes, keepdims=True)) / deviation, x / deviation

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The number, and the mean and the variance of its map."""
        every = entries(site.before, site.x, *_map(site.x, unit[1]))
        n = len(every.values)
        off = Factor(lambda i: f"({every.name(i)} - mean)", every.values - every.values.mean())
        part = constant(f"1/{n}", 1 / n, n)
        return [*super().value(site, unit),
                total_of("the mean of the map, over all images", (every, part), "mean", None),
                total_of(f"its variance; eps = {site.layer.eps:g}", (off, off, part), "variance",
                         None)]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """The direct way, and two more: o' moves the mean and the variance of all units."""
        (z, size), c = self.z(site), unit[1]
        given, own = np.asarray(dy.array, np.float64)[:, c], z[unit]
        factor = float(site.layer.params["gamma"][c]) / np.sqrt(
            np.var(site.x[:, c], dtype=np.float64) + site.layer.eps)
        terms = [dy.array[unit], -given.mean(), -own * (z[:, c] * given).mean()]
        names = (at(dy.name, unit), f"-mean({dy.name})", f"-{at('z', unit)} · mean(z · {dy.name})")
        scale = np.abs(given).max() * (1 + np.abs(z[:, c]).max()) * (1 + np.abs(size[:, c]).max())
        return total_of(self.backward, (Factor(names.__getitem__, np.array(terms)),
                                        constant("gamma / √(variance + eps)", factor, 3)),
                        "the sum", expected, float(abs(factor) * scale), all_shown=True)


def _map(array: Array, c: int) -> tuple[Array, ...]:
    """One index array for each axis: all units of map c, in all images."""
    n, *places = (axis.ravel() for axis in np.indices((len(array), *array.shape[2:])))
    return (n, np.full_like(n, c), *places)


EXPLAINED = BatchNorm()
