"""Batch norms in a form of their own: which usual one it is, and with which eps.

From y, gamma and beta one knows z = (y - beta) / gamma, and from z what x was divided by.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import numpy as np

from ...layers.base import Array
from ...layers.batchnorm import BatchNorm, all_but_maps, each_map
from ..compare import is_same
from ..kinds.batchnorm import other_axes
from .words import plain


@np.errstate(all="ignore")
def norms(x: Array, y: Array, weights: Mapping[str, Array], eps: float
          ) -> list[tuple[BatchNorm, dict[str, str], str]]:
    """(tinycnn's own layer, {"gamma": name, "beta": name}, what is not as usual) for each order.

    Args:
        x, y: maps first, (N, C, H, W) or (N, C). weights: vectors of one or two of both, or {}.
        eps: where it cannot be measured.
    """
    axes, c = all_but_maps(x), x.shape[1]
    names = sorted(weights, key=lambda name: "b" in plain(name) or "shift" in plain(name))
    off, variance = x - x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    result, fitting = [], len(names) < 3 and all(w.size == c for w in weights.values())
    for roles in dict.fromkeys(permutations(("gamma", "beta"), len(names))) if fitting else ():
        found, twin = dict(zip(roles, names, strict=True)), BatchNorm(c, eps)
        twin.params = {"gamma": np.ones(c), "beta": np.zeros(c)} | {
            role: weights[name].ravel() for role, name in found.items()}
        z = (y - each_map(twin.params["beta"], x)) / each_map(twin.params["gamma"], x)
        unusual = ""
        for words, top, base, power in (
                ("", off, variance, 2),
                ("divides the squares by n - 1, not by n", off,
                 x.var(axes, ddof=1, keepdims=True), 2),
                ("adds eps to the deviation, not to the variance", off, np.sqrt(variance), 1),
                *(("", x - x.mean(other, keepdims=True), x.var(other, keepdims=True), 2)
                  for other in other_axes(x))):     # wrong, but the eps is known
            each = np.abs(top / z) ** power - base
            own = float(np.median(each[np.isfinite(each)])) if np.isfinite(each).any() else -1.0
            if -1e-9 < own < 0.1 and is_same(z, top / (base + own) ** (1 / power)):
                twin.eps, unusual = max(own, 1e-300), words
                break
        result.append((twin, found, unusual))
    return result
