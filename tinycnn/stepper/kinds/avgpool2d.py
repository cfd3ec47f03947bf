"""Average-pooling: each unit is the mean of its window."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..answers.terms import Index, Sum, constant, entries, total_of
from ..steps import Quantity
from .base import Explained, Site
from .maxpool2d import MaxPool


class AvgPool(MaxPool):
    """The mean of every window; windows are found as in a max-pooling."""

    used: tuple[str, ...] = ()
    bends = Explained.bends

    def formula(self, layer: Any, which: str) -> str:
        """With the layer's own stride in the places."""
        if which == "forward":
            return super().formula(layer, which).replace("max", "mean")
        return "∂L/∂o' = Σ ∂L/∂o / k, over its windows of k units"

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The units of the window, each with the same share."""
        rows, columns, _ = self._window(site, unit)
        k = len(rows)
        return [total_of("o = Σ o' / k, over its window of k units", (
            entries(site.before, site.x, *unit[:2], rows, columns), constant(f"1/{k}", 1 / k, k)),
            "o", site.y[unit])]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """From every window that the unit lies in."""
        over = [window for window, _ in self._over(site, unit)]
        k = len(self._window(site, (0, 0, 0, 0))[0])
        return total_of(self.formula(site.layer, "backward"), (
            entries(dy.name, dy.array, *np.array(over, int).reshape(-1, 4).T),
            constant(f"1/{k}", 1 / k, len(over))), "the sum", expected,
            remark="" if over else "No whole window reaches this unit.")

    def stops(self, site: Site, unit: Index) -> str:
        """No window reaches it."""
        return "" if self._over(site, unit) else f"no whole window of {site.name} reaches it"


EXPLAINED = AvgPool()
