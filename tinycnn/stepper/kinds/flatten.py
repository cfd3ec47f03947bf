"""Flattening: every unit is a copy."""

from __future__ import annotations

import numpy as np

from ..answers.terms import Index, Sum, entries, total_of
from ..steps import Quantity
from .base import Known, Site


class Flatten(Known):
    """The same numbers in one row."""

    forward = "o = o', in one row for each image"
    backward = "∂L/∂o' = ∂L/∂o, in the shape of o'"
    used = ()

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The one unit that it is a copy of."""
        source = (unit[0], *map(int, np.unravel_index(unit[1], site.x.shape[1:])))
        return [total_of("o = o'", (entries(site.before, site.x, *source),), "o", site.y[unit])]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """The gradient of its copy."""
        flat = int(np.ravel_multi_index(unit[1:], site.x.shape[1:]))
        return total_of("∂L/∂o' = ∂L/∂o", (entries(dy.name, dy.array, unit[0], flat),),
                        "the sum", expected)


EXPLAINED = Flatten()
