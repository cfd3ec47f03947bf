"""Max-pooling: one unit of each window wins."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...layers.base import Array, pair
from ..answers.terms import Factor, Index, Sum, at, entries, total_of
from ..steps import Quantity
from .base import Explained, Site


class MaxPool(Explained):
    """Of every window the largest; among equal ones the first in reading order."""

    used: tuple[str, ...] = ("o'",)

    def formula(self, layer: Any, which: str) -> str:
        """With the layer's own stride in the places."""
        if which == "forward":
            p, q = (f"{step if step > 1 else ''}{unit}"
                    for step, unit in zip(_geometry(layer, (1, 1))[1], "pq", strict=True))
            return f"o[n,c,p,q] = max over i, j of o'[n,c,{p}+i,{q}+j]"
        return "∂L/∂o' = ∂L/∂o for the unit that won the window, 0 for the others"

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The window, who won, and who gets nothing."""
        n, c = unit[:2]
        rows, columns, winner = self._window(site, unit)
        window = entries(site.before, site.x, n, c, rows, columns)
        ties = np.count_nonzero(window.values == window.values[winner]) - 1
        bare = Sum("o = the largest of its window", (window,))
        value = float(window.values[winner])
        return [Sum(bare.title, (window,), (bare.result("o", value, site.y[unit], abs(value)),),
                    all_shown=True,
                    notes=lambda i: f"won, gets all of dL/d{at(site.name, unit)}" if i == winner
                    else "gets nothing",
                    remark=f"{ties} more of the same value: the first in reading order wins."
                    if ties else "")]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """From every window that the unit lies in: ∂L/∂o if it won there, else nothing."""
        over = self._over(site, unit)
        n, c = unit[:2]
        won = [place == unit for _, place in over]
        by = ["it won" if place == unit else f"{at(site.before, place)} won" for _, place in over]
        windows = np.array([window for window, _ in over], int).reshape(-1, 4).T
        ties = any(site.x[place] == site.x[unit] and np.count_nonzero(
            site.x[n, c][self._window(site, window)[:2]] == site.x[unit]) > 1
            for window, place in over)
        return total_of(self.formula(site.layer, "backward"),
                        (entries(dy.name, dy.array, *windows),
                         Factor(by.__getitem__, np.array(won, float))), "the sum", expected,
                        excuse="equal values of a window may share its gradient" * ties,
                        all_shown=True,
                        remark="" if over else "No whole window reaches this unit.")

    def stops(self, site: Site, unit: Index) -> str:
        """It won no window."""
        winners = {place: None for _, place in self._over(site, unit)}
        if unit in winners:
            return ""
        if not winners:
            return f"no whole window of {site.name} reaches it"
        best = max(winners, key=lambda place: float(site.x[place]))
        return (f"{at(site.before, unit)} won no window of {site.name}. {at(site.before, best)} "
                f"won one: `explain {at(site.before, best)}`")

    def bends(self, site: Site, unit: Index) -> str:
        """Equal values in the window, or almost equal ones."""
        rows, columns, winner = self._window(site, unit)
        window = site.x[unit[0], unit[1], rows, columns]
        ties = np.count_nonzero(window == window[winner])
        return (f"{ties} values of its window are equal, and only the first gets a gradient"
                if ties > 1 else "two values of its window are almost equal")

    def _over(self, site: Site, unit: Index) -> list[tuple[Index, Index]]:
        """The windows that a unit lies in, each with the unit that won it."""
        n, c, r, s = unit
        (kh, kw), (sh, sw) = _geometry(site.layer, site.x.shape[2:])
        found: list[tuple[Index, Index]] = []
        for p, q in np.ndindex(*site.y.shape[2:]):
            if p * sh <= r < p * sh + kh and q * sw <= s < q * sw + kw:
                rows, columns, winner = self._window(site, (n, c, p, q))
                found.append(((n, c, p, q), (n, c, int(rows[winner]), int(columns[winner]))))
        return found

    @staticmethod
    def _window(site: Site, unit: Index) -> tuple[Array, Array, int]:
        """Rows and columns of the units in a window, in reading order, and which of them won."""
        n, c, p, q = unit
        (kh, kw), (sh, sw) = _geometry(site.layer, site.x.shape[2:])
        rows, columns = (axis.ravel() for axis in np.mgrid[p * sh:p * sh + kh, q * sw:q * sw + kw])
        return rows, columns, int(np.argmax(site.x[n, c, rows, columns]))


def _geometry(layer: Any, whole: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(size, stride), each as (rows, columns); a layer without a size takes the whole map."""
    size = pair((whole[0], whole[1]) if layer.size is None else layer.size, "size")
    return size, size if layer.stride is None else pair(layer.stride, "stride")


EXPLAINED = MaxPool()
