"""ReLU: a unit is on or off."""

from __future__ import annotations

import numpy as np

from ..answers.terms import Factor, Index, at
from .base import Elementwise, Site


class Relu(Elementwise):
    """A unit below 0 is off and passes nothing on."""

    forward = "o = max(o', 0)"
    backward = "∂L/∂o' = ∂L/∂o · (1 if o' > 0, else 0)"
    used = ("o'",)

    @staticmethod
    def apply(value: float) -> float:
        """max(o', 0), which keeps a NaN a NaN."""
        return float(np.maximum(value, 0))

    def slope(self, site: Site, unit: Index) -> Factor:
        """1 or 0."""
        on = bool(site.x[unit] > 0)
        return Factor(lambda i: f"{at(site.before, unit)} {'> 0' if on else '<= 0'}",
                      np.array([float(on)]))

    def stops(self, site: Site, unit: Index) -> str:
        """It is off."""
        return f"{at(site.name, unit)} is off" if not site.x[unit] > 0 else ""

    def bends(self, site: Site, unit: Index) -> str:
        """At 0."""
        return f"{at(site.before, unit)} is 0{'' if site.x[unit] == 0 else ', or almost'}"


EXPLAINED = Relu()
