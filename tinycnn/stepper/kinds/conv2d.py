"""Convolution: each unit is a sum of weights times the pixels under its window."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...layers.base import Array, pair
from ..answers.terms import Factor, Index, Sum, constant, entries, total_of
from ..steps import Quantity
from .base import Explained, Site, with_bias


class Convolution(Explained):
    """o[n,f,p,q] = b[f] + Σ_cij w[f,c,i,j] · o'[n,c,p·stride + i - padding, ...]."""

    linear = True
    used = ("w",)

    def formula(self, layer: Any, which: str) -> str:
        """With the layer's own stride and padding in the places."""
        (sh, sw), (ph, pw) = _geometry(layer)
        rows, columns = _place("p", "i", sh, ph), _place("q", "j", sw, pw)
        if which == "forward":
            return f"o[n,f,p,q] = b[f] + Σ_cij w[f,c,i,j] · o'[n,c,{rows},{columns}]"
        if which == "backward":
            return (f"∂L/∂o'[n,c,r,s] = Σ_fpq ∂L/∂o[n,f,p,q] · w[f,c,{_offset('r', 'p', sh, ph)},"
                    f"{_offset('s', 'q', sw, pw)}]")
        return (f"∂L/∂w[f,c,i,j] = Σ_npq ∂L/∂o[n,f,p,q] · o'[n,c,{rows},{columns}]\n"
                "∂L/∂b[f] = Σ_npq ∂L/∂o[n,f,p,q]")

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """o = b + Σ w·o': the weights of the filter on the window that the unit looks at."""
        n, f, p, q = unit
        W, b = site.layer.params["W"], site.layer.params["b"]
        c, i, j = (axis.ravel() for axis in np.indices(W.shape[1:]))
        r, s, inside = _under(site, p, q, i, j)
        c, i, j, r, s = (axis[inside] for axis in (c, i, j, r, s))
        products = (entries(f"{site.name}.W", W, f, c, i, j),
                    entries(site.before, site.x, n, c, r, s))
        out = np.count_nonzero(~inside)
        return [with_bias("o = b + Σ w·o'", products, f"{site.name}.b", b, f,
                          _comparable(site.y[unit], W, site.x),
                           f"{out} weights lie over the padding and meet 0." if out else "")]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """From every unit whose window lies over this one: ∂L/∂o times the weight between them."""
        n, c, r, s = unit
        W = site.layer.params["W"]
        (sh, sw), (ph, pw) = _geometry(site.layer)
        f, p, q = (axis.ravel() for axis in np.indices(dy.array.shape[1:]))
        i, j = r + ph - p * sh, s + pw - q * sw
        over = (i >= 0) & (i < W.shape[2]) & (j >= 0) & (j < W.shape[3])
        f, p, q, i, j = (axis[over] for axis in (f, p, q, i, j))
        return total_of("∂L/∂o' = Σ ∂L/∂o · w", (entries(dy.name, dy.array, n, f, p, q),
                                                 entries(f"{site.name}.W", W, f, c, i, j)),
                        "the sum", _comparable(expected, W, dy.array),
                        remark="" if len(f) else "No window lies over this unit.")

    def parameter(self, site: Site, dy: Quantity, key: str, index: Index, expected: float) -> Sum:
        """The sum over all images and positions that share the weight (eq. 2)."""
        n, p, q = (axis.ravel() for axis in np.indices((len(dy.array), *dy.array.shape[2:])))
        if key == "b":
            products: tuple[Factor, ...] = (
                entries(dy.name, dy.array, n, index[0], p, q), constant("1", 1, len(n)))
        else:
            f, c, i, j = index
            r, s, inside = _under(site, p, q, i, j)
            n, p, q, r, s = (axis[inside] for axis in (n, p, q, r, s))
            products = (entries(dy.name, dy.array, n, f, p, q),
                        entries(site.before, site.x, n, c, r, s))
        return total_of("∂L/∂w = Σ ∂L/∂o · ∂o/∂w, over images and positions", products,
                        "the sum", _comparable(expected, dy.array, site.x))


def _comparable(expected: float, *arrays: Array) -> float | None:
    """None where 0 from the padding may have met a NaN or an infinity, which makes a NaN."""
    finite = np.isfinite(expected) or all(np.isfinite(array).all() for array in arrays)
    return expected if finite else None


def _under(site: Site, p: Any, q: Any, i: Any, j: Any) -> tuple[Array, Array, Array]:
    """Row and column that weight [i,j] lies on for unit [p,q], and where they are in the image."""
    (sh, sw), (ph, pw) = _geometry(site.layer)
    r, s = p * sh - ph + i, q * sw - pw + j
    return r, s, (r >= 0) & (r < site.x.shape[2]) & (s >= 0) & (s < site.x.shape[3])


def _geometry(layer: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """(stride, padding), each as (rows, columns)."""
    return pair(layer.stride, "stride"), pair(layer.padding, "padding", least=0)


def _place(unit: str, weight: str, stride: int, padding: int) -> str:
    """The row or column that a weight lies on: "p+i", "2p+i-1"."""
    return (f"{stride if stride > 1 else ''}{unit}+{weight}"
            f"{f'-{padding}' if padding else ''}")


def _offset(place: str, unit: str, stride: int, padding: int) -> str:
    """Which weight lies on a row or column: "r-p", "r-2p+1"."""
    return (f"{place}-{stride if stride > 1 else ''}{unit}"
            f"{f'+{padding}' if padding else ''}")


EXPLAINED = Convolution()
