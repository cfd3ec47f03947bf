"""Compare two arrays: which entries are wrong, which one most, and where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..layers.base import Array
from .numeric import Numeric
from .report import Failure

# In float64 a right answer, computed in another order, differs from tinycnn's own by about 1e-15 of
# the largest entry. An answer that was rounded to float32 on the way is off by 3e-8.
EXACT = 1e-8
ROUNDING = 1e-12


@dataclass(frozen=True)
class Mismatch:
    """Two arrays, and the mask `wrong` of the entries of `got` that are wrong."""

    got: Array
    expected: Array
    wrong: Array

    @property
    def worst(self) -> tuple[int, ...]:
        """The index of the entry that is off the most; NaN counts as infinitely off."""
        off = np.where(self.wrong, np.abs(self.got - self.expected), -1.0)
        off = np.where(np.isnan(off), np.inf, off)
        return tuple(int(i) for i in np.unravel_index(int(off.argmax()), off.shape))

    def map(self, name: str) -> str:
        """The slice of the array `name` around the worst entry, '#' wrong and '.' right."""
        if not self.wrong.ndim:
            return ""
        index = self.worst[:-2]
        rows = np.atleast_2d(self.wrong[index])[:40, :80]
        place = f"[{', '.join(map(str, index))}]" if index else ""
        title = f"all of {name}{place} (# wrong, . right):"
        return "\n".join([title, *("  " + "".join(".#"[int(w)] for w in row) for row in rows)])


def failure_at(mismatch: Mismatch, check: str, quantity: str, where: str, more: str = ""
               ) -> Failure:
    """The failure at the worst entry; `more` follows "dx is wrong in 3 of 24 entries"."""
    worst, wrong = mismatch.worst, int(mismatch.wrong.sum())
    entries = f" in {wrong} of {mismatch.wrong.size} entries" if mismatch.wrong.ndim else ""
    return Failure(check, f"{quantity} is wrong{entries}{more}", where, quantity, worst,
                   float(mismatch.got[worst]), float(mismatch.expected[worst]), wrong,
                   mismatch.wrong.size, mismatch.map(quantity))


def is_exact(got: Array, right: Array) -> Array:
    """Which entries are right up to rounding in float64."""
    if not right.size:
        return np.ones(right.shape, bool)
    with np.errstate(invalid="ignore", over="ignore"):
        scale = float(np.abs(right[np.isfinite(right)]).max(initial=0))
        off = np.abs(np.subtract(got, right, dtype=np.float64))     # a bool array has no minus
        return off <= EXACT * scale + ROUNDING


def is_same(a: Array, b: Array) -> bool:
    """Whether two arrays have the same shape and the same numbers up to rounding in float64."""
    return a.shape == b.shape and bool(is_exact(a, b).all())


def against_measured(got: Array, numeric: Numeric, *, kinks: bool = False) -> Array:
    """Which entries agree with central differences.

    Args:
        kinks: x may be at a kink; then any slope between the left and the right one agrees. (At
            any other place these two are as good as equal.)
    """
    with np.errstate(invalid="ignore", over="ignore"):
        tolerance = numeric.tolerance(got)
        agree = np.abs(got - numeric.gradient) <= tolerance
        if kinks:
            low, high = np.minimum(numeric.left, numeric.right), np.maximum(numeric.left,
                                                                            numeric.right)
            between = (got >= low - tolerance) & (got <= high + tolerance)
            agree |= between
    return agree


def relative_error(got: Array, expected: Array) -> float:
    """The largest |got - expected|, relative to the size of what was expected."""
    if not expected.size:
        return 0.0
    scale = float(np.sqrt(np.mean(np.square(expected, dtype=np.float64)))) or 1.0
    return float(np.abs(got - expected).max()) / scale
