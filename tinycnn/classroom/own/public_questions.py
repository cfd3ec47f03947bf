"""The part of a teacher's own exercise that goes into a handout: public inputs and right answers.

`assignment.json` has them as text, so that students can check their work without her file. Grading
needs her file: it asks the same questions with new numbers, and the hidden ones.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from ..asking import seed_of
from ..exercises import Check, Exercise
from ..process.frames import decode, encode
from ..questions import Question, Step
from .function_questions import function_questions
from .layer_questions import layer_questions
from .teacher_file import TeacherFileError

PUBLIC_SEED = 0
LARGEST = 2_000_000     # characters of the public questions of one exercise


def own_questions(exercise: Exercise, check: Check, seed: int) -> list[Question]:
    """The questions of one check of a teacher's own exercise.

    Where her file is not at hand, they are those of the handout, whatever the seed.
    """
    assert exercise.own is not None
    teacher = exercise.own.teacher
    if teacher is None:
        return from_text(exercise.own.public[check.name])
    if not exercise.owner:
        return function_questions(teacher, exercise.method, check.name, seed)
    return layer_questions(teacher, exercise.owner, exercise.method, check.name, seed)


def example_of(exercise: Exercise, seed: int) -> dict[str, Any] | None:
    """How to build the class of a teacher's own exercise, and an x; None for tinycnn's own."""
    if exercise.own is None:
        return None
    if not exercise.owner:
        return {}
    steps = own_questions(exercise, exercise.checks[0], seed_of(exercise, seed))[0].steps
    return {"build": steps[0].call, "x": steps[1].call["arguments"]["x"]}


def with_public(exercise: Exercise) -> Exercise:
    """The exercise with its public questions, if it is a teacher's own.

    Raises:
        TeacherFileError: the reference fails on its examples, or these are too large.
    """
    if exercise.own is None:
        return exercise
    public = {check.name: as_text(own_questions(exercise, check, seed_of(exercise, PUBLIC_SEED)))
              for check in exercise.checks if check.public}
    size = sum(map(len, public.values()))
    if size > LARGEST:
        raise TeacherFileError(f"the public inputs of {exercise.name} would take {size:,} "
                               f"characters in assignment.json, at most {LARGEST:,} are allowed; "
                               "smaller shapes in EXAMPLES show as much")
    return replace(exercise, own=replace(exercise.own, public=public))


def as_text(questions: Sequence[Question]) -> str:
    """Questions as ASCII text."""
    data = encode([asdict(question) for question in questions])
    return base64.b64encode(zlib.compress(data, 9)).decode()


def from_text(text: str) -> list[Question]:
    """The questions in a text.

    Raises:
        ValueError: it is not what `as_text` writes.
    """
    try:
        found = decode(zlib.decompress(base64.b64decode(text)))
    except zlib.error as error:
        raise ValueError(f"public inputs that cannot be read: {error}") from error
    return [Question(q["where"], _steps(q["steps"]) or [], _steps(q["given"]),
                     tuple(q["features"]), q["strict"]) for q in found]


def _steps(steps: list[dict[str, Any]] | None) -> list[Step] | None:
    return None if steps is None else [
        Step(**(step | {"written": tuple(step["written"])})) for step in steps]
