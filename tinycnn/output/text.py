"""Numbers, ranges and shapes as short text."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def number(value: float, digits: int = 6) -> str:
    """A number in at most `digits` digits that count."""
    return f"{value + 0.0:.{digits}g}"      # + 0.0: no "-0"


def span(array: np.ndarray) -> str:
    """The lowest and the highest number of an array: "-0.21 to 0.34"; how many are not finite."""
    bad = ~np.isfinite(array)
    finite = array[~bad]
    if finite.size == 0:
        return "not finite" if array.size else "no numbers"
    low, high = number(finite.min(), 4), number(finite.max(), 4)
    text = low if low == high else f"{low} to {high}"
    return f"{text}, {bad.sum()} not finite" if bad.any() else text


def times(shape: Iterable[int]) -> str:
    """A shape: "1 x 5 x 56 x 56"."""
    return " x ".join(map(str, shape)) or "1"
