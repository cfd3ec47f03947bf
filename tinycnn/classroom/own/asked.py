"""Questions whose right answers come from a teacher's reference: the same calls, made of it.

Whatever her code does in a series of calls (keep random numbers, write into an argument, return
several things) is what the student's has to do. The reference is the teacher's, so it runs here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..process.calls import Desk
from ..process.frames import decode, encode
from ..questions import Step, single
from .teacher_file import TeacherFile, TeacherFileError

NUDGE = 1e-10           # of an input; what moves the answers by more than `MOVED` is left out
MOVED = 1e-6            # of the largest number of an answer
IN_FLOAT32 = 1e-5       # the same, for the rounding of all numbers to float32
UNSENT = object()       # a cache of some type of hers


def packed(value: Any, name: str, seed: int, arrays: dict[str, Any] | None = None) -> Any:
    """What stands for a value in a frame, see `calls.whole`.

    Args:
        name: of the value.
        seed: of every Generator in it: a new one for each call, that draws the same again.
        arrays: takes the arrays by where they are; None leaves them in place.

    Raises:
        TeacherFileError: no frame can carry it.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        if arrays is None:
            return value
        arrays[name] = value
        return {"array": name}
    if isinstance(value, np.generic) and value.dtype.kind in "fiub":
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.random.Generator):
        return {"generator": seed}
    if isinstance(value, (tuple, list)):
        items = [packed(item, f"{name}[{i}]", seed, arrays) for i, item in enumerate(value)]
        return items if isinstance(value, tuple) else {"list": items}
    if isinstance(value, dict) and all(isinstance(key, (str, int)) for key in value):
        return {"dict": [[key, packed(item, f"{name}[{key!r}]", seed, arrays)]
                         for key, item in value.items()]}
    raise TeacherFileError(f"{name} is a {type(value).__name__}; expected an array of numbers, a "
                           "number, text, None, a Generator, or a tuple, list or dictionary of "
                           "these")


def answers_of(teacher: TeacherFile, calls: Sequence[dict[str, Any]]
               ) -> tuple[list[dict[str, Any]], list[Any]]:
    """The reference's answers to some calls, and what its forward passes returned as caches."""
    desk, answers, caches = Desk(teacher.namespace), [], []
    for call in decode(encode(list(calls))):
        answers.append(decode(encode(desk.answer(call))))
        if call["do"] == "forward":
            caches.append(_cache(desk.caches[-1]))
    return answers, caches


def _cache(cache: Any) -> Any:
    """A copy of a cache as `calls.whole` takes it; UNSENT if no frame can carry it."""
    try:
        return decode(encode(packed(cache, "the cache", 0)))
    except TeacherFileError:
        return UNSENT


def refusal(answers: Sequence[dict[str, Any]]) -> str:
    """Why a session cannot be asked: the error that the reference raised; "" if there is none."""
    for answer in answers:
        if "raised" in answer:
            raised = answer["raised"]
            return f"{raised['kind']}: {raised['text']}".removeprefix(": ")
        if not all(np.isfinite(array).all() for array in answer["got"].values()):
            return "some of the numbers that it returns are not finite"
    return ""


def with_answers(steps: Sequence[Step], answers: Sequence[dict[str, Any]]) -> list[Step]:
    """The steps with their right answers."""
    return [_with_answer(step, answer) for step, answer in zip(steps, answers, strict=True)]


def _with_answer(step: Step, answer: dict[str, Any]) -> Step:
    if step.call["do"] in ("build", "write", "replace"):
        return step
    # Numbers that are no arrays may change as well: a counter in a dictionary, for example.
    before = step.call["arguments"] | step.call.get("numbers", {})
    written = tuple(name for name, after in answer["after"].items() if step.call["do"] == "call"
                    and not (name in before and np.array_equal(after, before[name], True)))
    right = answer["got"] | {name: answer["after"][name] for name in written}
    return replace(step, right=right, form=answer.get("form", ""), written=written)


def is_safe(teacher: TeacherFile, steps: Sequence[Step], rng: np.random.Generator) -> bool:
    """Whether the right answers hardly move with the inputs, so that every right formula, rounded
    in its own way, gets the same.

    Where it is not so, there is a kink or a tie, or almost all digits are lost.
    """
    moved = [replace(step, call=_nudged(step.call, rng)) for step in steps]
    answers, _ = answers_of(teacher, [step.call for step in moved])
    return not refusal(answers) and _near(steps, with_answers(moved, answers), MOVED)


def in_float32(teacher: TeacherFile, steps: Sequence[Step]) -> list[Step] | None:
    """The same with float32 numbers; None if the reference loses digits with them.

    The answers may be float64: one number of NumPy's own in a right formula is enough for that.
    """
    rounded = [replace(single(step), keeps=False) for step in steps]
    answers, _ = answers_of(teacher, [step.call for step in rounded])
    if refusal(answers):
        return None
    answered = with_answers(rounded, answers)
    return answered if _near(steps, answered, IN_FLOAT32) else None


def _near(steps: Sequence[Step], others: Sequence[Step], share: float) -> bool:
    """Whether the right answers of some steps differ by at most a share of the largest number."""
    for one, other in zip(steps, others, strict=True):
        if one.form != other.form or set(one.right) != set(other.right):
            return False
        for name, right in one.right.items():
            if right.shape != other.right[name].shape:
                return False
            off = np.abs(right.astype(float) - other.right[name].astype(float))
            if (off > share * np.abs(right.astype(float)).max(initial=0) + 1e-12).any():
                return False
    return True


def _nudged(call: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """The call with its arrays of float64 moved a little."""
    def moved(array: Any) -> Any:
        return np.asarray(array * (1 + NUDGE * rng.normal(size=array.shape))) \
            if isinstance(array, np.ndarray) and array.dtype.kind == "f" else array

    return call | {"arguments": {name: moved(a) for name, a in call["arguments"].items()}}
