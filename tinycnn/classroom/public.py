"""The public checks in the student's own process: as tests, and in a notebook.

In this process a debugger works, and the code's output is visible. The grader runs the code in a
`sandbox`, asks the same questions with other numbers, and asks some more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..gradcheck.source import imported
from .asking import InProcess
from .blanks import FILE
from .diagnosis import diagnose
from .exercises import EXERCISES, Exercise
from .foreign import will_not_count
from .grading import grade_answers
from .handout import ASSIGNMENT, read_assignment
from .own.public_questions import PUBLIC_SEED, example_of
from .results import Result


class PublicCheck:
    """One public check as a test calls it: `check()` raises an AssertionError if it fails."""

    def __init__(self, path: Path, exercise: Exercise, name: str) -> None:
        self.path, self.exercise, self.name = path, exercise, name

    def __call__(self) -> None:
        """Check the file as it is now."""
        __tracebackhide__ = True    # pytest shows the message, not the lines of this package
        namespace = vars(imported(self.path))
        only = tuple(c for c in self.exercise.checks if c.name == self.name)
        exercise = replace(self.exercise, checks=only)
        for result in grade_answers(InProcess(namespace), [exercise], PUBLIC_SEED):
            if not result.passed:
                raise AssertionError(result.message)

    def __repr__(self) -> str:
        return f"{self.exercise.label}-{self.name}"


def public_checks(folder: str | Path, file: str = FILE) -> list[PublicCheck]:
    """The public checks of the handout in a folder, for `pytest.mark.parametrize`.

    Raises:
        AssignmentError: the folder is not a handout.
    """
    path = Path(folder).resolve()
    return [PublicCheck(path / file, e, c.name) for e in read_assignment(path)
            for c in e.checks if c.public]


class Findings(str):
    """A text that a notebook shows as it is."""

    def __repr__(self) -> str:
        return str(self)


def check_here(subject: Callable[..., Any]) -> Findings:
    """What the public checks say about a class or a function as it is now; for a notebook.

    The exercises are tinycnn's, and those of the handout in this folder.

    Raises:
        ValueError: no exercise has its name.
    """
    own = [e for e in read_assignment(Path()) if e.own] if Path(ASSIGNMENT).is_file() else []
    name = _name_of(subject, [*own, *EXERCISES], sys._getframe(1).f_globals)
    mine = [e for e in own if name == (e.owner or e.method)] or [
        e for e in EXERCISES if name == (e.owner or e.method)]
    if not mine:
        known = ", ".join(dict.fromkeys(e.label.partition(".")[0] for e in (*own, *EXERCISES)))
        raise ValueError(f"{name} is not an exercise; expected one of {known}")
    results = grade_answers(InProcess({name: subject}), mine, PUBLIC_SEED, public_only=True)
    lines = [_line(exercise, [r for r in results if r.exercise is exercise]) for exercise in mine]
    unsolved = sorted({r.exercise.method for r in results if r.unsolved})
    if any(not r.passed and not r.unsolved and not (
            r.exercise.own and r.exercise.method == "forward")
           for r in results):
        said = diagnose({name: subject}, name, mine[0].kind, unsolved,
                        example_of(mine[0], PUBLIC_SEED))["text"]
        lines += ["", said] if said else []
    lines += will_not_count(subject if hasattr(subject, "__name__") else type(subject))
    return Findings("\n".join(lines))


def _name_of(subject: object, exercises: Sequence[Exercise], here: Mapping[str, Any]) -> str:
    """The name of an exercise that a subject has, or the notebook gives it: `Tanh = Tanh2`."""
    name = getattr(subject, "__name__", type(subject).__name__)
    names = {e.owner or e.method for e in exercises}
    if name in names:
        return str(name)
    return next((n for n in here if n in names and here[n] is subject), str(name))


def _line(exercise: Exercise, results: list[Result]) -> str:
    """One exercise in one line, and below it what is wrong."""
    if any(r.unsolved for r in results):
        return f"{exercise.label}: not written yet"
    wrong = [r for r in results if not r.passed]
    if not wrong:
        return f"{exercise.label}: all {len(results)} public checks passed"
    return "\n".join([f"{exercise.label}: {len(wrong)} of {len(results)} public checks failed",
                      *(f"  {r.check.name}: " + r.message.replace("\n", "\n  ") for r in wrong)])
