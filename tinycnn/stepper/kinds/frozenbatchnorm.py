"""Fixed batch norms: a factor and a bias for each map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...layers.base import Array
from ..answers.terms import Factor, Index, Sum, at, constant, entries, total_of
from ..steps import Quantity
from .base import Known, Site


class FrozenBatchNorm(Known):
    """o = gamma · o' + beta."""

    forward = "o = gamma · o' + beta"
    backward = "∂L/∂o' = gamma · ∂L/∂o"
    gradients = "∂L/∂gamma = Σ ∂L/∂o · o'\n∂L/∂beta = Σ ∂L/∂o"
    used: tuple[str, ...] = ("w",)
    letter = ""         # what is multiplied with gamma: "z", or o' itself if ""

    def z(self, site: Site) -> Array:
        """What is multiplied with gamma, in the shape of o'."""
        return site.x

    def reach(self, site: Site, c: int) -> float:
        """The size of the numbers that z of a map is made of; rounding is a share of it."""
        return float(np.abs(site.x[:, c]).max())

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The product and the bias."""
        z, (gamma, beta) = self.z(site), (site.layer.params[key] for key in ("gamma", "beta"))
        c = unit[1]
        bare = Sum(self.forward, (entries(f"{site.name}.gamma", gamma, c),
                                  entries(self.letter or site.before, z, *unit)))
        size = abs(float(gamma[c])) * self.reach(site, c) + abs(float(beta[c]))
        return [replace(bare, results=(
            bare.result("the product", bare.total, None),
            bare.result(f"+ {at(f'{site.name}.beta', (c,))}", float(beta[c]), None),
            bare.result("= o", bare.total + float(beta[c]), site.y[unit], size)))]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """∂L/∂o times the factor of the map."""
        return total_of(self.backward, (
            entries(f"{site.name}.gamma", site.layer.params["gamma"], unit[1]),
            entries(dy.name, dy.array, *unit)), "the product", expected)

    def parameter(self, site: Site, dy: Quantity, key: str, index: Index, expected: float) -> Sum:
        """The sum over all images and positions of the map."""
        places = map_of(dy.array, index[0])
        z: Factor = constant("1", 1, len(places[0])) if key == "beta" else entries(
            self.letter or site.before, self.z(site), *places)
        return total_of("∂L/∂w = Σ ∂L/∂o · ∂o/∂w, over images and positions",
                        (entries(dy.name, dy.array, *places), z), "the sum", expected,
                        (self.reach(site, index[0]) + 1) * float(np.abs(dy.array[places]).sum()))


def map_of(array: Array, c: int) -> tuple[Array, ...]:
    """One index array for each axis: all units of map c, in all images."""
    n, *places = (axis.ravel() for axis in np.indices((len(array), *array.shape[2:])))
    return (n, np.full_like(n, c), *places)


EXPLAINED = FrozenBatchNorm()
