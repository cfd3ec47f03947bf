"""Batch norms: each unit depends on all units of its map, in all images."""

from __future__ import annotations

import numpy as np

from ...layers.base import Array
from ...layers.batchnorm import all_but_maps
from ..answers.terms import Factor, Index, Sum, at, constant, entries, total_of
from ..steps import Quantity
from .base import Site
from .frozenbatchnorm import FrozenBatchNorm, map_of


class BatchNorm(FrozenBatchNorm):
    """z = (o' - mean) / √(variance + eps), then a factor and a bias."""

    forward = "o = gamma · z + beta, z = (o' - mean) / √(variance + eps)"
    backward = ("∂L/∂o' = gamma / √(variance + eps) · "
                "(∂L/∂o - mean(∂L/∂o) - z · mean(z · ∂L/∂o))")
    gradients = "∂L/∂gamma = Σ ∂L/∂o · z\n∂L/∂beta = Σ ∂L/∂o"
    used = ("o'", "w")
    letter = "z"

    def z(self, site: Site) -> Array:
        """(o' - mean) / √(variance + eps), in float64."""
        x, axes = np.asarray(site.x, np.float64), all_but_maps(site.x)
        off = x - x.mean(axes, keepdims=True)
        return np.asarray(off / np.sqrt((off * off).mean(axes, keepdims=True) + site.layer.eps))

    def reach(self, site: Site, c: int) -> float:
        """The numbers that the mean is subtracted from, divided by the deviation."""
        x = np.asarray(site.x[:, c], np.float64)
        return super().reach(site, c) / float(np.sqrt(x.var() + site.layer.eps))

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The number, and the mean and the variance of its map."""
        every = entries(site.before, site.x, *map_of(site.x, unit[1]))
        n = len(every.values)
        off = Factor(lambda i: f"({every.name(i)} - mean)", every.values - every.values.mean())
        part = constant(f"1/{n}", 1 / n, n)
        return [*super().value(site, unit),
                total_of("the mean of the map, over all images", (every, part), "mean", None),
                total_of(f"its variance; eps = {site.layer.eps:g}", (off, off, part), "variance",
                         None)]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """The direct way, and two more: o' moves the mean and the variance of all units."""
        c, given, z = unit[1], np.asarray(dy.array, np.float64), self.z(site)
        x, own = np.asarray(site.x[:, c], np.float64), z[unit]
        factor = float(site.layer.params["gamma"][c]) / np.sqrt(x.var() + site.layer.eps)
        terms = [given[unit], -given[:, c].mean(), -own * (z * given)[:, c].mean()]
        names = (at(dy.name, unit), f"-mean({dy.name})", f"-{at('z', unit)} · mean(z · {dy.name})")
        size = abs(factor) * np.abs(given[:, c]).max() * (1 + np.abs(z[:, c]).max()) * (
            1 + self.reach(site, c))
        return total_of(self.backward, (Factor(names.__getitem__, np.array(terms)),
                                        constant("gamma / √(variance + eps)", factor, 3)),
                        "the sum", expected, float(size), all_shown=True)


EXPLAINED = BatchNorm()
