"""Dense layers: each unit is a sum over all units before it."""

from __future__ import annotations

import numpy as np

from ..answers.terms import Index, Sum, constant, entries, total_of
from ..steps import Quantity
from .base import Known, Site, with_bias


class Dense(Known):
    """o_b = b_b + Σ_a w_ab · o'_a."""

    linear = True
    used = ("w",)
    forward = "o_b = b_b + Σ_a w_ab · o'_a"
    backward = "∂L/∂o'_a = Σ_b ∂L/∂o_b · w_ab"
    gradients = "∂L/∂w_ab = Σ_n ∂L/∂o_b · o'_a\n∂L/∂b_b = Σ_n ∂L/∂o_b"

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """o = b + Σ w·o' over all units of the layer before."""
        n, b = unit
        a = np.arange(site.x.shape[1])
        products = (entries(f"{site.name}.W", site.layer.params["W"], a, b),
                    entries(site.before, site.x, n, a))
        return [with_bias("o = b + Σ w·o'", products, f"{site.name}.b", site.layer.params["b"], b,
                           site.y[unit])]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """From every unit of the layer: ∂L/∂o times the weight between them."""
        n, a = unit
        b = np.arange(dy.array.shape[1])
        return total_of("∂L/∂o' = Σ ∂L/∂o · w", (entries(dy.name, dy.array, n, b),
                                                 entries(f"{site.name}.W",
                                                         site.layer.params["W"], a, b)),
                        "the sum", expected)

    def parameter(self, site: Site, dy: Quantity, key: str, index: Index, expected: float) -> Sum:
        """The sum over the images."""
        n = np.arange(len(dy.array))
        do_dw = (constant("1", 1, len(n)) if key == "b"
                 else entries(site.before, site.x, n, index[0]))
        return total_of("∂L/∂w = Σ ∂L/∂o · ∂o/∂w, over images",
                        (entries(dy.name, dy.array, n, index[-1]), do_dw), "the sum", expected)


EXPLAINED = Dense()
