"""What a student is told: every check with its points, what is wrong, and the likely cause.

Public and hidden checks are always counted separately: the text never says "all passed" if a hidden
one failed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ..gradcheck.report import WIDTH
from .exercises import Exercise
from .results import Grade


def feedback(student: str, grade: Grade, exercises: Sequence[Exercise], *,
             hidden: bool = True) -> str:
    """The feedback as lines that fit into a terminal.

    Args:
        hidden: the hidden checks were run too; False for a student who checks before handing in.
    """
    if grade.ungraded:
        return "\n\n".join([f"{student}: not graded yet", filled(
            f"This is no grade. Your teacher has to look first: {grade.ungraded}"), ""])
    parts = [f"{student}: {points(grade)} points{'' if hidden else ' of the public checks'}"]
    if grade.reason:
        return "\n\n".join([parts[0], filled(f"Nothing could be graded: {grade.reason}"), ""])
    if grade.remarks:
        parts.append("\n".join(map(filled, grade.remarks)))
    parts.append(f"{counted(grade, public=True)}\n" + (
        counted(grade, public=False) if hidden else
        "The hidden checks run when your work is graded; they are not here."))
    parts += [_exercise(e, grade) for e in exercises]
    for report in grade.reports.values():
        parts.append(f"What the gradient check says\n{27 * '-'}\n{report}")
    if grade.printed:
        parts.append(f"The code prints something, for example\n    {grade.printed.splitlines()[0]}")
    return "\n\n".join(parts) + "\n"


def points(grade: Grade) -> str:
    """The points as "37.5 of 60"."""
    if grade.ungraded:
        return "not graded: a teacher has to look"
    return f"{grade.points:g} of {grade.worth:g}"


def counts(grade: Grade, *, public: bool, exercise: Exercise | None = None) -> tuple[int, int]:
    """(passed, total) of the public or the hidden checks, of one exercise or of all."""
    results = [r for r in (grade.of(exercise) if exercise else grade.results)
               if r.check.public == public]
    return sum(r.passed for r in results), len(results)


def counted(grade: Grade, *, public: bool) -> str:
    """The same as a sentence: "Public checks: 9 of 12 passed."."""
    passed, total = counts(grade, public=public)
    return f"{'Public' if public else 'Hidden'} checks: {passed} of {total} passed."


def _exercise(exercise: Exercise, grade: Grade) -> str:
    """An exercise: its points, and a line for each check."""
    results = grade.of(exercise)
    lines = [f"Exercise {exercise.number}: {exercise.label}, {grade.earned(exercise):g} of "
             f"{sum(r.worth for r in results):g}"]
    if any(r.unsolved for r in results):
        return "\n".join([*lines, f"  not solved yet: {exercise.task}"])
    for r in results:
        mark = "right" if r.passed else "WRONG"
        kind = "public" if r.check.public else "hidden"
        lines.append(f"  {mark}  {r.check.name} ({kind}), {r.points:g} of {r.worth:g}")
        if r.message:
            lines += [f"         {line}" for line in filled(r.message, WIDTH - 9).splitlines()]
    return "\n".join(lines)


def filled(text: str, width: int = WIDTH) -> str:
    """The text with long lines broken; indented lines stay as they are."""
    return "\n".join(line if line.startswith(" ") and len(line) <= width else
                     textwrap.fill(line, width, subsequent_indent="    " if line[:1] == " " else "")
                     for line in text.splitlines())
