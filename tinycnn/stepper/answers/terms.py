"""Sums that keep their terms: the parts of an explanation.

A number of a network is a sum of products: o = Σ w·o' + b, ∂L/∂o = Σ ∂L/∂y_k · ∂y_k/∂o, ... Here
such a sum keeps every product and its factors, with the names by which a user can look them up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...layers.base import Array
from ...output.text import number

Index = tuple[int, ...]

EXACT = 1e-9        # how far our sum may be from the trace, relative to its terms, in float64
SHOWN = 8           # terms that are written out; the rest are summed
MANY = 10_000       # terms in all the sums on the way through a network


@dataclass(frozen=True)
class Factor:
    """One factor of every term of a sum.

    Attributes:
        name: i -> the name of the factor in term i, such as "conv1.W[4,0,1,1]".
        values: (n,) one number for each term, in the precision of the pass.
    """

    name: Callable[[int], str]
    values: Array


def entries(name: str, array: Array, *index: Array | int) -> Factor:
    """Entries of an array as a factor: one index array for each axis, or one number for all."""
    places = np.broadcast_arrays(*map(np.atleast_1d, index))
    return Factor(lambda i: at(name, tuple(int(place[i]) for place in places)),
                  np.asarray(array[tuple(places)]))


def constant(name: str, value: float, n: int = 1) -> Factor:
    """The same number in every term."""
    return Factor(lambda i: name, np.full(n, value, np.float64))


def at(name: str, index: Index) -> str:
    """An entry as a user types it: "conv1.W[4,0,1,1]"."""
    return f"{name}[{','.join(map(str, index))}]" if index else name


def coarsest(*arrays: Array) -> np.dtype:
    """The precision of the least precise of some arrays; float64 if all are whole numbers."""
    floats = [array.dtype for array in arrays if array.dtype.kind == "f"]
    return max(floats, key=lambda dtype: np.finfo(dtype).eps, default=np.dtype(np.float64))


def rounding(precision: np.dtype, n: int = 1) -> float:
    """How far two sums of the same n terms may be apart, as a share of Σ |term|.

    Each product and each addition rounds by up to eps/2 of what it has so far. As rounding goes up
    and down at random, n of them make up about √n·eps/2. This gives room for eight times as much,
    for another order of the terms: in float32 5e-7·√n, so 5e-6 for 100 terms and 3e-4 for half a
    million. In float64 that is 1e-15·√n; there EXACT gives room for other ways to compute it, too.
    """
    return max(EXACT, 4 * float(np.finfo(precision).eps) * math.sqrt(n))


@dataclass(frozen=True)
class Result:
    """A number that follows from the sum, and what the pass itself has for it.

    Attributes:
        name: how it follows, such as "o = tanh(s)".
        value: computed from the terms.
        expected: the number in the pass; None if there is nothing to compare with.
        scale: the size of the numbers that went in; a difference is judged relative to it.
        tolerance: the share of it by which both may differ.
        whose: where the expected number is from, such as "in the pass".
        precision: of the numbers in the pass.
        excuse: why a difference says nothing about this layer.
    """

    name: str
    value: float
    expected: float | None = None
    scale: float = 0.0
    tolerance: float = EXACT
    whose: str = "in the pass"
    precision: np.dtype | type = np.float64
    excuse: str = ""

    @property
    def vanishes(self) -> bool:
        """Whether the value is 0 except for the rounding of its terms."""
        share = max(1e-14, 2 * float(np.finfo(self.precision).eps))
        return 0 < abs(self.value) <= share * self.scale

    @property
    def ok(self) -> bool:
        """Whether both are the same number, or a difference says nothing about this layer."""
        return self.same or self.excuse != ""

    @property
    def same(self) -> bool:
        """Whether both are the same number, up to rounding.

        NaN and infinity among the terms can be compared with nothing. A sum that is infinite only
        in the pass is right if numbers of its precision end before the size of the terms.
        """
        if self.expected is None or not math.isfinite(self.value) or self.value == self.expected:
            return True
        size, limits = max(self.scale, abs(self.value)), np.finfo(self.precision)
        if not math.isfinite(self.expected):
            return not size < float(limits.max)
        least = float(limits.tiny / limits.eps)     # products below this lose digits
        return not abs(self.value - self.expected) > self.tolerance * (size + least)


@dataclass(frozen=True)
class Sum:
    """Terms, their sum, and what follows from it.

    Attributes:
        title: the formula, or what is summed.
        factors: one or more, each with a value for every term.
        results: the total, and what is computed from it.
        all_shown: write out every term in the given order, not only the largest ones, sorted.
        notes: i -> a word after term i, such as "won".
        remark: a sentence below.
    """

    title: str
    factors: tuple[Factor, ...]
    results: tuple[Result, ...] = ()
    all_shown: bool = False
    notes: Callable[[int], str] | None = None
    remark: str = ""

    @property
    def terms(self) -> Array:
        """(n,) the products of the factors."""
        with np.errstate(all="ignore"):
            return np.prod([factor.values for factor in self.factors], axis=0, dtype=np.float64)

    @property
    def total(self) -> float:
        """Σ of all terms, rounded once."""
        terms = self.terms
        # math.fsum raises an error for +inf and -inf together; their sum is NaN here.
        return math.fsum(terms) if np.isfinite(terms).all() else float(terms.sum())

    @property
    def scale(self) -> float:
        """Σ |term| over all terms; rounding is measured relative to it."""
        return float(np.abs(self.terms).sum())

    @property
    def ok(self) -> bool:
        """Whether every result equals the number in the pass."""
        return all(result.ok for result in self.results)

    def result(self, name: str, value: float, expected: float | None, scale: float | None = None,
               least: float = EXACT, **options: Any) -> Result:
        """What follows from the terms, judged by their size, number and precision.

        Args:
            scale: the size of what went in, if it is not that of the terms.
            least: a share by which both may differ in any case.
        """
        known = () if expected is None else (np.asarray(expected),)
        precision = coarsest(*(factor.values for factor in self.factors), *known)
        return Result(name, value, None if expected is None else float(expected),
                      self.scale if scale is None else scale,
                      max(least, rounding(precision, len(self.terms))), precision=precision,
                      **options)

    def order(self) -> list[int]:
        """The terms that are written out: the largest first, or all in their own order."""
        terms = self.terms
        if self.all_shown:
            return list(range(len(terms)))
        # NaN and infinity come first: they are what the reader looks for.
        ranked = np.argsort(-np.nan_to_num(np.abs(terms), nan=np.inf), kind="stable")
        # A line "1 smaller term" would be as long as the term itself. Terms of 0 need no line.
        n = len(ranked) if len(ranked) <= SHOWN + 1 else SHOWN
        return [int(i) for i in ranked[:n] if terms[i] != 0 or len(ranked) == 1]

    def rest(self) -> tuple[int, float]:
        """How many nonzero terms are not written out, and their sum."""
        others = np.delete(self.terms, self.order())
        return int(np.count_nonzero(others)), float(others.sum())

    def remainder(self) -> list[tuple[str, str]]:
        """The line for these terms: [("12 smaller terms", "-0.083")], or []."""
        n, total = self.rest()
        return [(f"{n} smaller term{'s' if n > 1 else ''}", number(total, 4))] if n else []

    def note(self, i: int) -> str:
        """The word after term i, or ""."""
        return self.notes(i) if self.notes else ""


def total_of(title: str, factors: tuple[Factor, ...], name: str, expected: float | None,
             scale: float | None = None, least: float = EXACT, whose: str = Result.whose,
             excuse: str = "", **options: Any) -> Sum:
    """A Sum with its total as the one result; `scale` and `least` as in `Sum.result`."""
    bare = Sum(title, factors)
    total = bare.result(name, bare.total, expected, scale, least, whose=whose, excuse=excuse)
    return Sum(title, factors, (total,), **options)
