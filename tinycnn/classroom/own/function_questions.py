"""The questions for a function of a teacher's own: its examples with new numbers, called again."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import numpy as np

from ..process.calls import numbers_in
from ..questions import Question, Step
from .asked import answers_of, in_float32, is_safe, packed, refusal, with_answers
from .teacher_file import TeacherFile, TeacherFileError

TRIES = 3               # with each example


def function_questions(teacher: TeacherFile, name: str, check: str, seed: int) -> list[Question]:
    """The questions of one check; the same seed asks the same.

    Raises:
        TeacherFileError: the reference fails on its own examples.
    """
    rng = np.random.default_rng(seed)
    examples = teacher.examples_of(name)
    if check == "contract":
        return [q for example in examples[:3] for q in _contract(teacher, name, example, rng)]
    steps = [_step(teacher, name, example, rng) for example in examples for _ in range(TRIES)]
    if check == "plain":
        return [_asked(teacher, [step]) for step in steps]
    special = [_asked(teacher, [replace(step, call=step.call | {"layout": layout})], features)
               for step in steps[::TRIES]
               for layout, *features in (("C",), ("F", "the arrays are laid out column by column"),
                                         ("strided", "the arrays have gaps in memory"))]
    safe = [q for q in special if is_safe(teacher, q.steps, rng)]
    return safe or special[:1]


def _step(teacher: TeacherFile, name: str, example: Any, rng: np.random.Generator) -> Step:
    """A call with the arguments of an example."""
    try:
        values = example(rng)
    except Exception as error:
        raise TeacherFileError(f"{teacher.name}: an example of {name} in EXAMPLES raises "
                               f"{type(error).__name__}: {error}") from error
    if not isinstance(values, tuple):
        raise TeacherFileError(f"{teacher.name}: an example of {name} in EXAMPLES returns a "
                               f"{type(values).__name__}, expected the tuple of its arguments; for "
                               "one argument, write a comma after it")
    names = _names_of(teacher.namespace[name], len(values))
    arrays: dict[str, Any] = {}
    seed = int(rng.integers(1 << 31))
    trees = [packed(value, argument, seed, arrays)
             for argument, value in zip(names, values, strict=True)]
    numbers = {place: number for argument, value in zip(names, values, strict=True)
               for place, number in numbers_in(argument, value).items() if not number.ndim}
    return Step({"do": "call", "function": name, "values": trees, "names": names,
                 "arguments": arrays, "numbers": numbers}, {})


def _names_of(function: Any, count: int) -> list[str]:
    """What the arguments are called."""
    known = list(inspect.signature(function).parameters)[:count]
    return known + [f"argument {number}" for number in range(len(known) + 1, count + 1)]


def _contract(teacher: TeacherFile, name: str, example: Any, rng: np.random.Generator
              ) -> list[Question]:
    """Called again after another call, and the same in float32."""
    one, two = (_step(teacher, name, example, rng) for _ in range(2))
    series = [one, replace(two, moment="after an earlier call"),
              replace(one, moment="when called again")]
    questions = [replace(_asked(teacher, series), strict=True)]
    rounded = in_float32(teacher, _asked(teacher, [one]).steps)
    if rounded is not None and rounded[0].call["arguments"]:
        questions.append(Question(f"{questions[0].where}, in float32", rounded, strict=True))
    return questions


def _asked(teacher: TeacherFile, steps: list[Step], features: Any = ()) -> Question:
    """The steps as a question with its right answers.

    Raises:
        TeacherFileError: the reference cannot answer.
    """
    answers, _ = answers_of(teacher, [step.call for step in steps])
    where = _where(steps[0])
    if said := refusal(answers):
        raise TeacherFileError(f"{teacher.name}: {where} of EXAMPLES cannot be tried: {said}")
    return Question(where, with_answers(steps, answers), features=tuple(features))


def _where(step: Step) -> str:
    shapes = [f"{name} {array.shape}" for name, array in step.call["arguments"].items()]
    return ", ".join([step.call["function"], *shapes])
