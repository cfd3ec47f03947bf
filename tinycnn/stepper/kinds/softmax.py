"""Softmax: every probability depends on every logit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...layers.base import Array
from ..answers.terms import Factor, Index, Sum, at, entries, total_of
from ..steps import Quantity
from .base import Known, Site


class Softmax(Known):
    """y_k = exp(o'_k) / Σ_j exp(o'_j)."""

    forward = "y_k = exp(o'_k) / Σ_j exp(o'_j)"
    backward = "∂L/∂o'_j = Σ_k ∂L/∂y_k · y_k (δ_jk - y_j)"
    used = ("o",)

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The share of exp(o'_k), and the row of the Jacobian that says what moves it."""
        n, k = unit
        x, y, j = _exact(site.x[n]), _exact(site.y[n]), np.arange(site.y.shape[1])
        e = np.exp(x - x.max())
        share = Sum("y_k = e_k / Σ e_j, with e_j = exp(o'_j - the largest o')",
                    (Factor(lambda i: f"e_{i}", e),), all_shown=True)
        # Where o' is rounded by a share of its size, exp(o') changes by so much of its own.
        size = float(e[k] / e.sum() * (1 + np.abs(x).max()))
        share = replace(share, results=(
            share.result("Σ e_j", float(e.sum()), None),
            share.result(f"e_{k} / Σ e_j", float(e[k] / e.sum()), site.y[n, k], size)))
        row = (entries(site.name, site.y, n, np.full_like(j, k)),
               Factor(lambda i: f"({int(i == k)} - {at(site.name, (n, i))})", (j == k) - y))
        return [share, total_of("∂y_k/∂o'_j = y_k (δ_jk - y_j): row k of the Jacobian, for all j",
                                row, "the sum", 0.0, 2 * abs(float(y[k])), all_shown=True,
                                whose="it must be, since Σ_k y_k = 1")]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """From every y_k: ∂L/∂y_k times the entry of the Jacobian."""
        n, j = unit
        y, k = _exact(site.y[n]), np.arange(site.y.shape[1])
        slope = Factor(lambda i: f"y_{i} · ({int(i == j)} - y_{j})", y * ((k == j) - y[j]))
        # y_j |∂L/∂y_j| + y_j Σ_k |∂L/∂y_k| y_k: for the true class, if y ≈ 1, these cancel.
        given = np.abs(_exact(dy.array[n]))
        size = float(y[j] * (given[j] + given @ y))
        return total_of(self.backward, (entries(dy.name, dy.array, n, k), slope), "the sum",
                        expected, size, all_shown=True)


def _exact(row: Array) -> Array:
    return np.asarray(row, np.float64)


EXPLAINED = Softmax()
