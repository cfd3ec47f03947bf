"""Sigmoid: what it lets through depends on its output, and is a quarter at most."""

from __future__ import annotations

import numpy as np

from ..answers.terms import Factor, Index, at
from .base import Elementwise, Site


class Sigmoid(Elementwise):
    """A unit near 0 or 1 is saturated: its slope is next to 0."""

    forward = "o = 1 / (1 + exp(-o'))"
    backward = "∂L/∂o' = ∂L/∂o · o (1 - o)"
    used = ("o",)
    saturated = 0.49        # there the slope o (1 - o) is below 0.01
    middle = 0.5

    @staticmethod
    def apply(value: float) -> float:
        """1 / (1 + exp(-o')), by a logarithm that does not overflow."""
        return float(np.exp(-np.logaddexp(0, -value)))

    def slope(self, site: Site, unit: Index) -> Factor:
        """o (1 - o)."""
        y, name = float(site.y[unit]), at(site.name, unit)
        return Factor(lambda i: f"{name} (1 - {name})", np.array([y * (1 - y)]))


EXPLAINED = Sigmoid()
