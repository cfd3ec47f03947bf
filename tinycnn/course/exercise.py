"""Exercises of a lesson: the right answer, and the wrong ones that students give.

If a wrong answer is known, the student is told its reason. The tests use the known ones too: none
of them may pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

TOLERANCE = 1e-6        # relative to the largest number of an answer
DIGITS = 6


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
            return Verdict(False, f"not right. Expected a function, got {_shown(answer)}.")
        cases = list(self.cases(np.random.default_rng(0)))
        name = getattr(answer, "__name__", "it")
        for number, case in enumerate(cases, 1):
            try:
                got = answer(*_copies(case))
            except NotImplementedError:
                return NOT_WRITTEN
            except Exception as error:
                return Verdict(False, f"not right. {_call(name, case, number)} raises "
                                      f"{type(error).__name__}: {error}")
            if got is None or got is Ellipsis:
                return NOT_WRITTEN
            wrong = difference(got, self.right(*_copies(case)))
            if wrong:
                return Verdict(False, f"not right. {_call(name, case, number)} {wrong}."
                                      f"{self._reason(answer, cases)}")
        return Verdict(True, f"right, in {len(cases)} random cases.")

    def _reason(self, answer: Callable[..., Any], cases: Sequence[tuple[Any, ...]]) -> str:
        for reason, mistake in self.mistakes.items():
            try:
                if all(not difference(answer(*_copies(case)), mistake(*_copies(case)))
                       for case in cases):
                    return f"\nLikely cause: {reason}."
            except Exception:       # an answer that fails in another case is not this mistake
                continue
        return ""


@dataclass(frozen=True)
class Answer:
    """A number, a word or a list that the student gives.

    The right one is not shown: it would be the solution.

    Attributes:
        right: given -> the right answer.
        mistakes: {reason: given -> the answer that it leads to}.
        tolerance: the relative error that is allowed, since people round.
    """

    right: Callable[..., Any]
    mistakes: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    tolerance: float = 0.01

    def judge(self, answer: Any, *given: Any) -> Verdict:
        """Compare with the right answer, and then with the known wrong ones."""
        if answer is None or answer is Ellipsis:
            return Verdict(False, "no answer yet.")
        if not difference(answer, self.right(*given), self.tolerance):
            return Verdict(True, "right.")
        for reason, mistake in self.mistakes.items():
            if not difference(answer, mistake(*given), self.tolerance):
                return Verdict(False, f"not right: {_shown(answer)}.\nLikely cause: {reason}.")
        return Verdict(False, f"not right: {_shown(answer)}.")


NOT_WRITTEN = Verdict(False, "not written yet.")


def difference(got: Any, right: Any, tolerance: float = TOLERANCE) -> str:
    """How an answer differs from the right one, as the rest of a sentence; "" if it does not."""
    if isinstance(right, str) or isinstance(got, str):
        same = isinstance(got, str) and got.strip().lower() == str(right).strip().lower()
        return "" if same else f"is {_shown(got)}, expected {_shown(right)}"
    try:
        got, right = np.asarray(got, float), np.asarray(right, float)
    except (TypeError, ValueError):
        return "" if _same(got, right) else f"is {_shown(got)}, expected {_shown(right)}"
    if got.shape != right.shape:
        return f"has shape {got.shape}, expected {right.shape}"
    scale = np.abs(right[np.isfinite(right)]).max(initial=0)
    with np.errstate(invalid="ignore"):
        wrong = ~((np.abs(got - right) <= tolerance * scale) | (got == right)
                  | np.isnan(got) & np.isnan(right))    # a known mistake may give NaN
    if not wrong.any():
        return ""
    if right.ndim == 0:
        return f"is {_number(got)}, expected {_number(right)}"
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    return (f"is wrong in {int(wrong.sum())} of {right.size} entries: "
            f"[{', '.join(map(str, place))}] is {_number(got[place])}, expected "
            f"{_number(right[place])}")


def _same(got: Any, right: Any) -> bool:
    """Equality of lists and other values that are not numbers."""
    try:
        return bool(type(got) is type(right) and got == right)
    except Exception:       # a student's object may raise anything when it is compared
        return False


def _copies(case: tuple[Any, ...]) -> tuple[Any, ...]:
    """Copies of arguments, which a function may overwrite."""
    return tuple(a.copy() if isinstance(a, np.ndarray) else a for a in case)


def _call(name: str, case: tuple[Any, ...], number: int) -> str:
    if all(np.isscalar(argument) for argument in case):
        return f"{name}({', '.join(_shown(argument) for argument in case)})"
    return f"{name}, in case {number},"


def _number(value: Any) -> str:
    return f"{float(value) + 0.0:.{DIGITS}g}"       # no "-0"


def _shown(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return _number(value)
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return repr(value)
