"""A loss and an update, checked as layers are: cases, what is asked, known mistakes, checks."""

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
        cases: from a seed to the cases, with their right answers.
        run: asks the function in one case.
        mistakes: the wrong answers to a case that are known.
        checks: in the order in which their failures are worth reading; the first says whether there
            are any numbers.
    """

    cases: Callable[[int], list[Case]]
    run: Callable[[Subject, Case], Run]
    mistakes: Callable[[Case], list[Guess]]
    checks: tuple[Check, ...]


FUNCTIONS = {
    "loss": FunctionKind(loss.cases, loss.run, loss.mistakes, loss.CHECKS),
    "update": FunctionKind(update.cases, update.run, update.mistakes, update.CHECKS),
}
