"""Finds an exercise by its number, and judges an answer to it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .exercise import Exercise, Verdict

LESSONS = range(1, 11)


def exercises(lesson: int) -> dict[str, Exercise]:
    """The exercises of a lesson, {"1.1": ..., "1.2": ...}, in order."""
    found: dict[str, Exercise] = import_module(f"{__package__}.lesson_{lesson}").EXERCISES
    return found


def verdict(number: str, answer: Any, *given: Any) -> Verdict:
    """Judge an answer to an exercise such as "3.2"; `given` comes from its lesson.

    Raises:
        ValueError: there is no such exercise.
    """
    lesson = number.partition(".")[0]
    known = exercises(int(lesson)) if lesson.isdigit() and int(lesson) in LESSONS else {}
    if number not in known:
        raise ValueError(f"no exercise {number!r}; expected the number above the cell, such as "
                         f"'{next(iter(known), '1.1')}'")
    return known[number].judge(answer, *given)


def check(number: str, answer: Any, *given: Any) -> None:
    """Print whether an answer is right, and if not, what is wrong with it and the likely cause."""
    print(f"Exercise {number}: {verdict(number, answer, *given).text}")
