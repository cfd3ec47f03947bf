"""A loss and an update, checked like layers: cases, runs, known mistakes, checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..cases import Case
from ..checks import Check
from ..examination import Run
from ..mistakes import Guess
from ..subject import Subject
from . import loss, update


@dataclass(frozen=True)
class FunctionKind:
    """What is tried on a function.

    Attributes:
        cases: seed -> the cases, with their right answers.
        run: runs the function in one case.
        mistakes: the known wrong answers to a case.
        checks: the most useful first; the very first says whether there are any numbers.
    """

    cases: Callable[[int], list[Case]]
    run: Callable[[Subject, Case], Run]
    mistakes: Callable[[Case], list[Guess]]
    checks: tuple[Check, ...]


FUNCTIONS = {
    "loss": FunctionKind(loss.cases, loss.run, loss.mistakes, loss.CHECKS),
    "update": FunctionKind(update.cases, update.run, update.mistakes, update.CHECKS),
}
