"""What came of a submission: a result for each check, and the grade that they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .exercises import Check, Exercise


@dataclass(frozen=True)
class Result:
    """What came of one check of one exercise.

    Attributes:
        passed: then it is worth its points, else nothing.
        message: why it failed, or what was measured.
        unsolved: the stub is still there.
        answered: there was an answer; it may have been wrong.
    """

    exercise: Exercise
    check: Check
    passed: bool
    message: str = ""
    unsolved: bool = False
    answered: bool = True

    @property
    def worth(self) -> float:
        """The points that there are for it."""
        return self.exercise.worth(self.check)

    @property
    def points(self) -> float:
        """The points that were earned."""
        return self.worth if self.passed else 0.0


@dataclass
class Grade:
    """All results of a submission.

    Attributes:
        reason: why nothing of it could be graded, "" if it could.
        off: limits that this system does not have.
        reports: {class or function: what the gradient check says of it}, for those that are wrong.
        causes: {class or function: its likely causes}.
        notes: for the teacher.
        printed: the beginning of what it printed.
    """

    results: list[Result]
    reason: str = ""
    off: list[str] = field(default_factory=list)
    reports: dict[str, str] = field(default_factory=dict)
    causes: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    printed: str = ""
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """What was earned."""
        return round(sum(r.points for r in self.results), 6)

    @property
    def worth(self) -> float:
        """What there was to earn."""
        return round(sum(r.worth for r in self.results), 6)

    def earned(self, exercise: Exercise) -> float:
        """The points of one exercise."""
        return sum(r.points for r in self.of(exercise))

    def of(self, exercise: Exercise) -> list[Result]:
        """The results of one exercise."""
        return [r for r in self.results if r.exercise.name == exercise.name]


def refused(exercises: Iterable[Exercise], reason: str) -> Grade:
    """The grade of what cannot be graded."""
    return Grade([Result(e, c, False, reason) for e in exercises for c in e.checks], reason)
