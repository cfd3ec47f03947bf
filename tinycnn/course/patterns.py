"""What is wrong in the same way in every case. Nothing is guessed: it is seen in the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .compare import difference, shown, values


def pattern(got: Sequence[Any], right: Sequence[Any]) -> str:
    """What a function's answers in several cases have in common; "" if nothing is seen."""
    pairs = [(a, b) for a, b in zip(map(values, got), map(values, right), strict=True)
             if a is not None and b is not None and a.size == b.size
             and "U" not in (a.dtype.kind, b.dtype.kind)]
    if len(pairs) < len(got):
        return ""
    if all(a.shape == b.shape for a, b in pairs):
        with np.errstate(all="ignore"):
            factors = np.array([np.vdot(a, b) / np.vdot(b, b) for a, b in pairs])
            if np.isfinite(factors).all() and factors.all() and not any(
                    difference(a, k * b) for k, (a, b) in zip(factors, pairs, strict=True)):
                if np.allclose(factors, factors[0]):
                    return f"all numbers are {shown(factors[0])} times what they should be"
                if all(b.size > 1 for _, b in pairs):   # one number is some factor times any other
                    return f"all numbers are off by one factor: {', '.join(map(shown, factors))}"
    if all(not difference(a.T, b) for a, b in pairs):
        return "rows and columns are exchanged"
    if all(not difference(np.ravel(a), np.ravel(b)) for a, b in pairs):
        return "the numbers are right, but their shape is not"
    if all(not difference(np.sort(a, None), np.sort(b, None)) for a, b in pairs):
        return "the numbers are right, but their order is not"
    return ""
