"""Tanh: what it lets through depends on its output."""

from __future__ import annotations

import math

import numpy as np

from ..answers.terms import Factor, Index, at
from .base import Elementwise, Site


class Tanh(Elementwise):
    """A unit near ±1 is saturated: its slope is next to 0."""

    forward = "o = tanh(o')"
    backward = "∂L/∂o' = ∂L/∂o · (1 - o²)"
    used = ("o",)
    apply = staticmethod(math.tanh)
    saturated = 0.99        # there the slope 1 - o² is below 0.02

    def slope(self, site: Site, unit: Index) -> Factor:
        """1 - o²."""
        y = float(site.y[unit])
        return Factor(lambda i: f"(1 - {at(site.name, unit)}²)", np.array([1 - y * y]))


EXPLAINED = Tanh()
