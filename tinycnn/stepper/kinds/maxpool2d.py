"""Max-pooling: one unit of each window wins."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...layers.base import Array, pair
from ..answers.terms import Factor, Index, Result, Sum, at, entries, total_of
from ..steps import Quantity
from .base import Explained, Site


class MaxPool(Explained):
    """Of every window the largest; among equal ones the first in reading order."""

    used = ("o'",)
    needs = ("size", "stride")

    def formula(self, layer: Any, which: str) -> str:
        """With the layer's own stride in the places."""
        if which == "forward":
            p, q = (f"{step if step > 1 else ''}{unit}"
                    for step, unit in zip(_geometry(layer)[1], "pq", strict=True))
            return f"o[n,c,p,q] = max over i, j of o'[n,c,{p}+i,{q}+j]"
        return "∂L/∂o' = ∂L/∂o for the unit that won the window, 0 for the others"

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The window, who won, and who gets nothing."""
        n, c = unit[:2]
        rows, columns, winner = self._window(site, unit)
        window = entries(site.before, site.x, n, c, rows, columns)
        ties = np.count_nonzero(window.values == window.values[winner]) - 1
        return [Sum("o = the largest of its window", (window,),
                    (Result("o", float(window.values[winner]), float(site.y[unit])),),
                    all_shown=True,
                    notes=lambda i: f"won, gets all of dL/d{at(site.name, unit)}" if i == winner
                    else "gets nothing",
                    remark=f"{ties} more of the same value: the first in reading order wins."
                    if ties else "")]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """From every window that the unit lies in: ∂L/∂o if it won there, else nothing."""
        n, c, r, s = unit
        (kh, kw), (sh, sw) = _geometry(site.layer)
        over = [(p, q) for p in range(dy.array.shape[2]) for q in range(dy.array.shape[3])
                if p * sh <= r < p * sh + kh and q * sw <= s < q * sw + kw]
        won, by = [], []
        for p, q in over:
            rows, columns, winner = self._window(site, (n, c, p, q))
            place = (n, c, int(rows[winner]), int(columns[winner]))
            won.append(float(place == (n, c, r, s)))
            by.append("it won" if won[-1] else f"{at(site.before, place)} won")
        windows = np.array(over, int).reshape(-1, 2).T
        return total_of(self.formula(site.layer, "backward"),
                        (entries(dy.name, dy.array, n, c, *windows),
                         Factor(by.__getitem__, np.array(won))), "the sum", expected,
                        all_shown=True,
                        remark="" if over else "No whole window reaches this unit.")

    @staticmethod
    def _window(site: Site, unit: Index) -> tuple[Array, Array, int]:
        """Rows and columns of the units in a window, in reading order, and which of them won."""
        n, c, p, q = unit
        (kh, kw), (sh, sw) = _geometry(site.layer)
        rows, columns = (axis.ravel() for axis in np.mgrid[p * sh:p * sh + kh, q * sw:q * sw + kw])
        return rows, columns, int(np.argmax(site.x[n, c, rows, columns]))


def _geometry(layer: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """(size, stride), each as (rows, columns)."""
    size = pair(layer.size, "size")
    return size, size if layer.stride is None else pair(layer.stride, "stride")


EXPLAINED = MaxPool()
