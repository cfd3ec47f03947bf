"""Exercises of a lesson: the right answer, and the wrong ones that students give.

If a wrong answer is known, the student is told its reason. The tests use the known ones too: none
of them may pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from .compare import difference, largest, misfit, shown
from .patterns import pattern


@dataclass(frozen=True)
class Verdict:
    """What a check says: whether it is right, and a text that says why or why not."""

    ok: bool
    text: str


class Exercise(Protocol):
    """Anything that judges an answer; `given` comes from the lesson, such as its network."""

    @property
    def mistakes(self) -> Mapping[str, Any]:
        """{reason: a wrong answer that it leads to}."""

    def judge(self, answer: Any, *given: Any) -> Verdict:
        """Compare an answer with the right one."""


@dataclass(frozen=True)
class Written:
    """A function that the student writes.

    Attributes:
        right: the right function.
        cases: rng -> a list of argument tuples; random, so that no fixed answer can pass.
        mistakes: {reason: the function with that mistake}.
    """

    right: Callable[..., Any]
    cases: Callable[[np.random.Generator], Sequence[tuple[Any, ...]]]
    mistakes: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def judge(self, answer: Any, *given: Any) -> Verdict:
        """Call it in every case, and show the first one that is wrong."""
        if answer is None or answer is Ellipsis:
            return NOT_WRITTEN
        if not callable(answer):
            return Verdict(False, f"not right. Expected a function, got {shown(answer)}.")
        cases = list(self.cases(np.random.default_rng(0)))
        right = [self.right(*deepcopy(case)) for case in cases]
        got = [_outcome(answer, case) for case in cases]
        if isinstance(got[0], NotImplementedError) or _is_unwritten(answer, got[0]):
            return NOT_WRITTEN
        wrong = [f"{_call(getattr(answer, '__name__', 'it'), case, number)} {_said(value, it)}."
                 for number, (case, value, it) in enumerate(zip(cases, got, right, strict=True), 1)
                 if _said(value, it)]
        if not wrong:
            return Verdict(True, f"right, in {len(cases)} random cases.")
        return Verdict(False, f"not right. {wrong[0]}{self._reason(got, right, cases)}")

    def _reason(self, got: Sequence[Any], right: Sequence[Any], cases: Sequence[Any]) -> str:
        """The first known mistake that explains all cases, or what they have in common."""
        for reason, mistake in self.mistakes.items():
            if _explains([_outcome(mistake, case) for case in cases], got, right):
                return f"\nLikely cause: {reason}."
        seen = pattern(got, right)
        return f"\nIn all {len(cases)} cases {seen}." if seen else ""


@dataclass(frozen=True)
class Answer:
    """A number, a word or a list that the student gives.

    The right one is not shown: it would be the solution.

    Attributes:
        right: given -> the right answer.
        mistakes: {reason: given -> the answer that it leads to}.
        tolerance: the relative error that is allowed, since people round; 0 for a count.
    """

    right: Callable[..., Any]
    mistakes: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    tolerance: float = 0.01

    def judge(self, answer: Any, *given: Any) -> Verdict:
        """Compare with the right answer, and then with the known wrong ones."""
        if answer is None or answer is Ellipsis:
            return Verdict(False, "no answer yet.")
        if callable(answer):
            return Verdict(False, "not right. Expected a value, got a function: call it.")
        right = self.right(*given)
        if not difference(answer, right, self.tolerance):
            return Verdict(True, "right.")
        if misfit(answer, right):
            return Verdict(False, f"not right. Your answer {misfit(answer, right)}.")
        reasons = [reason for reason, mistake in self.mistakes.items()
                   if not difference(answer, mistake(*given), self.tolerance)]
        if not reasons and largest(right) and not difference(answer, -right, self.tolerance):
            reasons = ["the sign is wrong"]
        causes = "".join(f"\n{'Or' if n else 'Likely cause'}: {reason}."
                         for n, reason in enumerate(reasons))
        return Verdict(False, f"not right: {shown(answer)}.{causes}")


NOT_WRITTEN = Verdict(False, "not written yet.")


def _outcome(function: Callable[..., Any], case: tuple[Any, ...]) -> Any:
    """What a function returns, or the error that it raises. It may change its arguments."""
    try:
        with np.errstate(all="ignore"):     # infinity and NaN are shown where they come out
            returned = function(*deepcopy(case))
        return list(returned) if isinstance(returned, Iterator) else returned
    except Exception as error:
        return error


def _is_unwritten(function: Any, returned: Any) -> bool:
    """Whether a function is as it was given: nothing but a docstring and `...`."""
    code = getattr(function, "__code__", None)
    empty = code is None or len(code.co_code) <= len((lambda: None).__code__.co_code)
    return empty and (returned is None or returned is Ellipsis)


def _said(got: Any, right: Any) -> str:
    """How an outcome differs from the right one, as the rest of a sentence."""
    if isinstance(got, Exception):
        return f"raises {type(got).__name__}: {got}"
    if got is None or got is Ellipsis:
        return "returns nothing (None): a `return` may be missing"
    return difference(got, right)


def _explains(mistaken: Sequence[Any], got: Sequence[Any], right: Sequence[Any]) -> bool:
    """Whether a mistake gives the same as an answer in all cases, and in one of them tellingly.

    If both raise an error, it tells something only if NumPy names the same shapes.
    """
    telling = False
    for a, b, it in zip(mistaken, got, right, strict=True):
        errors = [str(value) for value in (a, b) if isinstance(value, Exception)]
        if len(errors) == 1 or (not errors and difference(b, a, scale=largest(it))):
            return False
        shapes = [sorted(re.findall(r"\([\d,]+\)", error)) for error in errors]
        telling |= shapes[0] == shapes[1] != [] if errors else bool(difference(a, it))
    return telling


def _call(name: str, case: tuple[Any, ...], number: int) -> str:
    if all(np.isscalar(argument) for argument in case):
        return f"{name}({', '.join(shown(argument) for argument in case)})"
    return f"{name}, in case {number},"
