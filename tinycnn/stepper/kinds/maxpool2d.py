"""Tanh, ReLU, max-pool and softmax: what they let through, and to whom."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...layers.base import Array, pair
from ..answers.terms import Factor, Index, Result, Sum, at, entries, total_of
from ..steps import Quantity
from .base import Kind, Known, Site


class _Elementwise(Known):
    """o depends on one unit o' alone."""

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The function of the one unit before it."""
        assert self.apply is not None
        source = entries(site.before, site.x, *unit)
        value = self.apply(float(site.x[unit]))
        return [Sum(self.forward, (source,), (Result(self.forward, value, float(site.y[unit])),))]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """∂L/∂o times the slope of the function."""
        return total_of(self.backward, (entries(dy.name, dy.array, *unit),
                                        self.slope(site, unit)), "the product", expected)

    def slope(self, site: Site, unit: Index) -> Factor:
        """∂o/∂o', with the name of how it is computed."""
        raise NotImplementedError


class Tanh(_Elementwise):
    """A unit near ±1 is saturated: its slope is next to 0."""

    forward = "o = tanh(o')"
    backward = "∂L/∂o' = ∂L/∂o · (1 - o²)"
    used = ("o",)
    apply = staticmethod(math.tanh)

    def slope(self, site: Site, unit: Index) -> Factor:
        """1 - o²."""
        y = float(site.y[unit])
        return Factor(lambda i: f"(1 - {at(site.name, unit)}²)", np.array([1 - y * y]))


class Relu(_Elementwise):
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


class MaxPool(Kind):
    """Of every window the largest; among equal ones the first in reading order."""

    used = ("o'",)

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


class Softmax(Known):
    """y_k = exp(o'_k) / Σ_j exp(o'_j)."""

    forward = "y_k = exp(o'_k) / Σ_j exp(o'_j)"
    backward = "∂L/∂o'_j = Σ_k ∂L/∂y_k · y_k (δ_jk - y_j)"
    used = ("o",)

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The share of exp(o'_k), and the row of the Jacobian that says what moves it."""
        n, k = unit
        y, j = site.y[n], np.arange(site.y.shape[1])
        e = np.exp(site.x[n] - site.x[n].max())
        share = Sum("y_k = e_k / Σ e_j, with e_j = exp(o'_j - the largest o')",
                    (Factor(lambda i: f"e_{i}", e),),
                    (Result("Σ e_j", float(e.sum()), None),
                     Result(f"e_{k} / Σ e_j", float(e[k] / e.sum()), float(y[k]))), all_shown=True)
        row = (entries(site.name, site.y, n, np.full_like(j, k)),
               Factor(lambda i: f"({int(i == k)} - {at(site.name, (n, i))})", (j == k) - y))
        return [share, total_of("∂y_k/∂o'_j = y_k (δ_jk - y_j): row k of the Jacobian, for all j",
                                row, "the sum", 0.0, all_shown=True,
                                whose="it must be, since Σ_k y_k = 1")]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """From every y_k: ∂L/∂y_k times the entry of the Jacobian."""
        n, j = unit
        y, k = site.y[n], np.arange(site.y.shape[1])
        slope = Factor(lambda i: f"y_{i} · ({int(i == j)} - y_{j})", y * ((k == j) - y[j]))
        return total_of(self.backward, (entries(dy.name, dy.array, n, k), slope), "the sum",
                        expected, all_shown=True)


def _geometry(layer: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """(size, stride), each as (rows, columns)."""
    size = pair(layer.size, "size")
    return size, size if layer.stride is None else pair(layer.stride, "stride")
