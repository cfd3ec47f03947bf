"""Sums with their terms kept: what an explanation is made of.

A number of a network is a sum of products: o = Σ w·o' + b, ∂L/∂o = Σ ∂L/∂y_k · ∂y_k/∂o, ... Here
such a sum keeps every product and the factors of each, with the names under which both can be
looked up again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...output.text import number

Array = np.ndarray
Index = tuple[int, ...]

EXACT = 1e-9        # how far a sum of our own may be from the trace, as a share of its terms
SHOWN = 8           # terms that are written out; the rest are summed


@dataclass(frozen=True)
class Factor:
    """One factor of every term of a sum.

    Attributes:
        name: i -> what the factor of term i is called, such as "conv1.W[4,0,1,1]".
        values: (n,) one number for each term.
    """

    name: Callable[[int], str]
    values: Array


def entries(name: str, array: Array, *index: Array | int) -> Factor:
    """Entries of an array as a factor: one index array for each axis, or one number for all."""
    places = np.broadcast_arrays(*map(np.atleast_1d, index))
    return Factor(lambda i: at(name, tuple(int(place[i]) for place in places)),
                  np.asarray(array[tuple(places)], np.float64))


def constant(name: str, value: float, n: int = 1) -> Factor:
    """The same number in every term."""
    return Factor(lambda i: name, np.full(n, value, np.float64))


def at(name: str, index: Index) -> str:
    """An entry as one would type it: "conv1.W[4,0,1,1]"."""
    return f"{name}[{','.join(map(str, index))}]"


@dataclass(frozen=True)
class Result:
    """A number that follows from the sum, and what the pass itself has for it.

    Attributes:
        name: how it follows, such as "o = tanh(s)".
        value: computed from the terms.
        expected: what the pass wrote down; None where there is nothing to hold it against.
        scale: the size of the numbers that went in, by which a difference is judged.
        tolerance: the share of `scale` by which both may differ.
        whose: where the expected number is from, such as "in the pass".
    """

    name: str
    value: float
    expected: float | None = None
    scale: float = 0.0
    tolerance: float = EXACT
    whose: str = "in the pass"

    @property
    def vanishes(self) -> bool:
        """Whether the value is 0 but for the rounding of what went in."""
        return 0 < abs(self.value) <= 1e-14 * self.scale

    @property
    def ok(self) -> bool:
        """Whether both are the same number, up to rounding."""
        if self.expected is None or self.value == self.expected:
            return True
        if math.isnan(self.value) and math.isnan(self.expected):
            return True
        size = max(self.scale, abs(self.value))
        return abs(self.value - self.expected) <= self.tolerance * size


@dataclass(frozen=True)
class Sum:
    """Terms, their sum, and what follows from it.

    Attributes:
        title: the formula, and what it is of.
        factors: of each term; one factor or more.
        results: the total, and what is made of it.
        all_shown: every term is written out, in its own order, instead of the largest ones first.
        notes: i -> a word behind term i, such as "won".
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
            return np.prod([factor.values for factor in self.factors], axis=0)

    @property
    def total(self) -> float:
        """Σ of all terms, rounded once."""
        terms = self.terms
        # math.fsum refuses +inf and -inf together, which is a NaN like any other here.
        return math.fsum(terms) if np.isfinite(terms).all() else float(terms.sum())

    @property
    def scale(self) -> float:
        """Σ of the sizes of all terms: what rounding is measured by."""
        return float(np.abs(self.terms).sum())

    @property
    def ok(self) -> bool:
        """Whether every result is the number that the pass wrote down."""
        return all(result.ok for result in self.results)

    def order(self) -> list[int]:
        """The terms that are written out: the largest first, or all in their own order."""
        terms = self.terms
        if self.all_shown:
            return list(range(len(terms)))
        # What is no number comes before all numbers: it is what one looks for.
        ranked = np.argsort(-np.nan_to_num(np.abs(terms), nan=np.inf), kind="stable")
        # A line "1 more" would take the room of the term itself; what is 0 needs no line.
        n = len(ranked) if len(ranked) <= SHOWN + 1 else SHOWN
        return [int(i) for i in ranked[:n] if terms[i] != 0 or len(ranked) == 1]

    def rest(self) -> tuple[int, float]:
        """How many terms there are that are not written out and not 0, and their sum."""
        others = np.delete(self.terms, self.order())
        return int(np.count_nonzero(others)), float(others.sum())

    def remainder(self) -> list[tuple[str, str]]:
        """The line about them: [("12 smaller terms", "-0.083")], or none."""
        n, total = self.rest()
        return [(f"{n} smaller term{'s' if n > 1 else ''}", number(total, 4))] if n else []

    def note(self, i: int) -> str:
        """The word behind term i, or none."""
        return self.notes(i) if self.notes else ""


def total_of(title: str, factors: tuple[Factor, ...], name: str, expected: float | None,
             tolerance: float = EXACT, whose: str = Result.whose, **options: Any) -> Sum:
    """A Sum with its total as the one result."""
    bare = Sum(title, factors)
    total = Result(name, bare.total, expected, bare.scale, tolerance, whose)
    return Sum(title, factors, (total,), **options)
