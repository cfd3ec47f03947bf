"""The results of a submission, one for each check, and the grade that they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .exercises import Check, Exercise


@dataclass(frozen=True)
class Result:
    """The result of one check of one exercise.

    Attributes:
        passed: if so, it gets all its points, else none.
        message: why it failed, or what was measured.
        unsolved: the stub is still there.
        answered: there was an answer, right or wrong.
        cause: what is likely wrong with a teacher's own exercise, if the numbers show it.
    """

    exercise: Exercise
    check: Check
    passed: bool
    message: str = ""
    unsolved: bool = False
    answered: bool = True
    cause: str = ""

    @property
    def worth(self) -> float:
        """The points that can be earned."""
        return self.exercise.worth(self.check)

    @property
    def points(self) -> float:
        """The points that were earned."""
        return self.worth if self.passed else 0.0


@dataclass
class Grade:
    """All results of a submission.

    Attributes:
        reason: why nothing could be graded, if that is the student's own doing; else "".
        ungraded: why a teacher has to look before there is a grade, else "". It is not 0 points.
        off: limits that this system does not have.
        reports: {class or function: what the gradient check says about it}, if it is wrong.
        causes: {class or function: its likely causes}.
        notes: for the teacher.
        remarks: for the student and the teacher: which file counts, what was not run.
        printed: the beginning of what the code printed.
    """

    results: list[Result]
    reason: str = ""
    ungraded: str = ""
    off: list[str] = field(default_factory=list)
    reports: dict[str, str] = field(default_factory=dict)
    causes: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    printed: str = ""
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """What was earned."""
        return round(sum(r.points for r in self.results), 6)

    @property
    def worth(self) -> float:
        """What could be earned."""
        return round(sum(r.worth for r in self.results), 6)

    def earned(self, exercise: Exercise) -> float:
        """The points of one exercise."""
        return sum(r.points for r in self.of(exercise))

    def of(self, exercise: Exercise) -> list[Result]:
        """The results of one exercise."""
        return [r for r in self.results if r.exercise.name == exercise.name]


def refused(exercises: Iterable[Exercise], reason: str) -> Grade:
    """The grade of a submission that cannot be graded: no points, and the reason."""
    return Grade([Result(e, c, False, reason) for e in exercises for c in e.checks], reason)


def not_graded(exercises: Iterable[Exercise], why: str) -> Grade:
    """No grade, by our fault or because it is not clear what to grade: the teacher must look."""
    return Grade([Result(e, c, False, why) for e in exercises for c in e.checks], ungraded=why)
