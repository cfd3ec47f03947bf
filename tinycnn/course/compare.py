"""Compares an answer with the right one by its values, whatever form they come in.

A list, a tuple and an array of the same values are the same answer. So are 3 and 3.0, x and [x]
where one value is asked for, "Holds " and "holds".
"""

from __future__ import annotations

from typing import Any

import numpy as np

TOLERANCE = 1e-6        # relative to the largest number of an answer
TOLERANCE_32 = 1e-5     # the same for float32, in which rounding errors add up to about 1e-6


def difference(got: Any, right: Any, tolerance: float = TOLERANCE, scale: float = 0) -> str:
    """How an answer differs from the right one, as the rest of a sentence; "" if it does not.

    `tolerance` is relative to the largest number of `right`, or to `scale` if that is larger.
    """
    mine, its, parts = values(got), values(right), (list, tuple)
    if mine is None and its is None and isinstance(got, parts) and isinstance(right, parts):
        # Arrays of several lengths. No right answer is like this, but a known mistake may be.
        return "" if len(got) == len(right) and not any(map(difference, got, right)) else "differs"
    unlike = misfit(got, right)
    if unlike or mine is None or its is None:
        return unlike
    mine = mine.reshape(its.shape)
    allowed = max(tolerance, TOLERANCE_32) if mine.dtype == np.float32 else tolerance
    wrong = np.asarray(mine != its) if its.dtype.kind == "U" else ~np.isclose(
        mine, its, 0, allowed * max(scale, largest(its)), equal_nan=True)  # a mistake may give NaN
    if not wrong.any():
        return ""
    if its.ndim == 0:
        return f"is {shown(mine)}, expected {shown(its)}"
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    return (f"is wrong in {wrong.sum()} of {its.size} entries: [{', '.join(map(str, place))}] "
            f"is {shown(mine[place])}, expected {shown(its[place])}")


def misfit(got: Any, right: Any) -> str:
    """Why two answers cannot be compared value by value; "" if they can. Tells no value."""
    mine, its = values(got), values(right)
    if mine is None or its is None or (mine.dtype.kind == "U") != (its.dtype.kind == "U"):
        word = "text" if its is not None and its.dtype.kind == "U" else "number"
        many = its is None or its.ndim > 0
        return f"is {shown(got)}, expected a {f'list or an array ({word}s)' if many else word}"
    if mine.shape == its.shape or (its.ndim == 0 and mine.size == 1):
        return ""
    return f"has shape {mine.shape}, expected {its.shape or 'one value'}"


def values(answer: Any) -> np.ndarray | None:
    """The numbers, or the words in lower case with single spaces; None if it is neither."""
    try:
        array = np.real_if_close(np.asarray(answer))
        if array.dtype.kind == "U":
            words = [" ".join(str(word).lower().split()) for word in array.ravel()]
            return np.array(words, str).reshape(array.shape)
        keep = array.dtype == np.float32 or array.dtype.kind == "c"
        return array if keep else array.astype(float)
    except Exception:       # a student's object may raise anything when it is converted
        return None


def largest(answer: Any) -> float:
    """The size of the largest finite number; 0 if there is none."""
    found = values(answer)
    if found is None or found.dtype.kind == "U":
        return 0
    return float(np.abs(found[np.isfinite(found)]).max(initial=0))


def shown(value: Any) -> str:
    """A value in a sentence."""
    if isinstance(value, np.ndarray) and value.size != 1:
        return f"an array of shape {value.shape}"
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.item()
    text = f"{value + 0.0:.6g}" if isinstance(value, float) else repr(value)       # no "-0"
    return text if len(text) <= 80 else f"{text[:80]} ..."
