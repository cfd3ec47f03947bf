"""What is likely wrong with a teacher's own exercise, if the numbers themselves show it.

The right numbers are changed as mistakes change them: another sign, another order of axes, a mean
for a sum. The first change that gives the student's numbers in every case is the likely cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...gradcheck.causes import CAUSES
from ...gradcheck.compare import is_same
from ...gradcheck.mistakes.changes import attempt
from ...gradcheck.mistakes.forms import Change, forms
from ...gradcheck.signatures import of_numbers
from ..questions import Question, Step

Array = np.ndarray
Wrong = tuple[Array, Array, Step]       # what came, what is right, and the call


def likely_cause(questions: Sequence[Question], answers: Sequence[Any]) -> str:
    """A sentence on the first wrong quantity; "" if the numbers say nothing.

    Args:
        answers: to the steps of each question.
    """
    wrong: dict[str, list[Wrong]] = {}
    for question, session in zip(questions, answers, strict=True):
        for step, answer in zip(question.steps, session, strict=True):
            got = answer.get("got") if step.own and isinstance(answer, dict) else None
            if not isinstance(got, dict) or step.single:    # float32 is always a little off
                continue
            for name, right in step.right.items():
                array = got.get(name)
                if isinstance(array, np.ndarray) and array.shape == right.shape and \
                        array.size and not is_same(array.astype(float), right.astype(float)):
                    wrong.setdefault(name, []).append((array.astype(float), right.astype(float),
                                                       step))
    with np.errstate(all="ignore"):         # wrong code may return NaN
        keys = ((name, _key(name, cases)) for name, cases in wrong.items())
        return next((CAUSES[key].format(q=name) for name, key in keys if key), "")


def _key(name: str, cases: list[Wrong]) -> str:
    """The key of the mistake that explains all wrong numbers of one quantity."""
    (first, right, step), *others = cases
    rest = [(got, {c[:2]: c[2] for c in _changes(name, good, call)}, good)
            for got, good, call in others]
    for key, detail, answer in _changes(name, right, step):
        if _gives(answer, first, right) and all(
                _gives(changes.get((key, detail)), got, good) for got, changes, good in rest):
            return key
    found = of_numbers([case[:2] for case in cases])
    return found[0][0] if found else ""


def _changes(name: str, right: Array, step: Step) -> Iterator[Change]:
    """What mistakes make of right numbers."""
    yield "zero", "", np.zeros_like(right)
    yield "sign", "", -right
    arrays = step.call["arguments"]
    count = next((len(a) for a in arrays.values() if a.ndim), 1)
    yield "times_N", "", right * count
    yield "divided_by_N", "", right / count
    yield from forms(right, batch=name in ("y", "dx") and right.ndim > 0)
    for place, other in arrays.items():
        if other.shape == right.shape and other.dtype.kind == "f":
            yield "factor_extra", place, right * other
            yield "factor_missing", place, lambda other=other: right / other


def _gives(answer: Any, got: Array, right: Array) -> bool:
    """Whether a change gives these numbers, and is one."""
    changed = None if answer is None else attempt(answer)
    return changed is not None and changed.shape == got.shape and is_same(got, changed) and \
        not is_same(changed, right)
