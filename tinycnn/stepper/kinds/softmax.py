"""Softmax: every probability depends on every logit."""

from __future__ import annotations

import numpy as np

from ..answers.terms import Factor, Index, Result, Sum, at, entries, total_of
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


EXPLAINED = Softmax()
