"""Compares answers with what is right: in the grader's process, and only by numbers.

    fault = judge(questions, answers)        # None: all of them are right

Everything that comes from a student's process is a claim. An array counts if it has the right
shape, dtype and numbers; a message is shown to the student and proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..gradcheck.compare import Mismatch, failure_at, is_exact
from ..gradcheck.signatures import contrast
from .questions import Question, Step

Array = np.ndarray
GIVEN = "its cache is as"       # only then such an answer comes from a given cache
SINGLE = 1e-4       # of the largest number, for float32: sums may be in any order


@dataclass(frozen=True)
class Fault:
    """Why a check fails.

    Attributes:
        text: what is wrong, as a paragraph.
        unsolved: the stub is still there.
        cause: what is likely wrong, if the numbers of a teacher's own exercise show it.
    """

    text: str
    unsolved: bool = False
    cause: str = ""


def judge(questions: Sequence[Question], answers: Sequence[Any]) -> Fault | None:
    """The plainest fault in the answers to some questions; None if there is none.

    Args:
        answers: for each question, the answers to its steps and to its given steps, if any.
    """
    faults = [_question(q, *answer) for q, answer in zip(questions, answers, strict=True)]
    wrong = [(q, fault) for q, fault in zip(questions, faults, strict=True) if fault is not None]
    if not wrong:
        return None
    question, fault = min(wrong, key=lambda pair: len(pair[0].features))
    if fault.unsolved:
        return fault
    more = ""
    if len(wrong) < len(questions) and not question.strict:
        bad = [f is not None for f in faults]
        where = contrast([(q, b) for q, b in zip(questions, bad, strict=True)])
        more = f"\nThis is so in {len(wrong)} of {len(questions)} cases" + (
            f", {where}." if where else ".")
    return Fault(f"{fault.text}{more}")


def _question(question: Question, answers: Any, given: Any = None) -> Fault | None:
    """The fault in one question; if forward is wrong, only the better session counts."""
    if not _is_session(answers, question.steps):
        return Fault(f"there is no answer that can be read, in {question.where}")
    pairs = list(zip(question.steps, answers, strict=True))
    fault = _steps([(s, a) for s, a in pairs if s.own or not s.right], question)
    if fault is None or question.given is None or given is None:
        return fault
    if _steps([(s, a) for s, a in pairs if not s.own], question) is None:
        return fault        # forward is right, so backward has to go with it
    if not _is_session(given, question.given):
        return Fault(f"there is no answer that can be read, in {question.where}")
    other = _steps(list(zip(question.given, given, strict=True)), question)
    if other is None or other.unsolved:
        return other
    cache: Any = next((step.call["given"] for step in question.given if "given" in step.call), [])
    parts = cache if isinstance(cache, list) else [cache]
    shapes = " and ".join(str(part.shape) for part in parts if isinstance(part, Array))
    return Fault(f"{other.text}\n(With a right forward before it, because yours is wrong there; "
                 f"{GIVEN} the docstring of forward says{f', {shapes}' * bool(shapes)}.)")


def _is_session(answers: Any, steps: list[Step]) -> bool:
    return isinstance(answers, list) and len(answers) == len(steps) and all(
        isinstance(answer, dict) and all(isinstance(answer.get(name, {}), dict) for name in
                                         ("after", "params", "later")) for answer in answers)


def _steps(pairs: Sequence[tuple[Step, dict[str, Any]]], question: Question) -> Fault | None:
    """The first fault in a session."""
    params: dict[str, Array] = {}
    for step, answer in pairs:
        fault = _raised(step, answer, question) or _numbers(step, answer, question)
        if step.call["do"] in ("build", "write", "replace"):
            params = step.call["arguments"]
        elif fault is None and question.strict:
            fault = _side_effects(step, answer, params, question)
        if fault is not None:
            return fault
    return None


def _raised(step: Step, answer: dict[str, Any], question: Question) -> Fault | None:
    raised = answer.get("raised")
    if raised is None and isinstance(answer.get("got"), dict):
        return None
    if not isinstance(raised, dict):
        return Fault(f"there is no answer that can be read, in {question.where}")
    kind, text, line, why = (plain_text(str(raised.get(key) or ""), 500) for key in
                             ("kind", "text", "line", "why"))
    if kind == "NotImplementedError" and re.match(r"Exercise \d+: ", text):
        return Fault(f"not solved yet: {text}", unsolved=True)
    place = f" ({line})" if line else ""
    said = f"{_doing(step)} raised {kind}: {text}{place}" if kind else text
    cause = f"\n    because {why}" if why else ""
    return Fault(f"{said}{_moment(step)}{cause}\n    in {question.where}")


def _numbers(step: Step, answer: dict[str, Any], question: Question) -> Fault | None:
    """A fault if an array has a wrong shape, precision or number."""
    got, form = answer["got"], answer.get("form")
    if step.form and form != step.form:
        return Fault(f"{step.call['function']} returns {plain_text(str(form), 300)}, expected "
                     f"{step.form}{_moment(step)}\n    in {question.where}")
    if step.written and isinstance(answer.get("after"), dict):
        got = got | {name: answer["after"].get(name) for name in step.written}
    if step.call["do"] == "parameter_gradients" and set(got) != set(step.right):
        return Fault(f"parameter_gradients returned the keys {sorted(k[1:] for k in got)}, "
                     f"expected {sorted(k[1:] for k in step.right)}\n    in {question.where}")
    for name, right in step.right.items():
        array, shown = got.get(name), _shown(name)
        if not isinstance(array, np.ndarray):
            return Fault(f"there is no {shown}{_moment(step)}\n    in {question.where}")
        if array.shape != right.shape:
            return Fault(f"{shown} has shape {array.shape}, expected {right.shape}{_moment(step)}"
                         f"\n    in {question.where}")
        if step.single and step.keeps and array.dtype != np.float32 and right.ndim:
            return Fault(f"{shown} is {array.dtype}, but all inputs are float32\n    in "
                         f"{question.where}")
        wrong = ~(_close(array, right) if step.single else is_exact(array, right))
        if wrong.any():
            if name in step.written and _same(array, step.call["arguments"].get(name)):
                return Fault(f"{shown} was not changed; {step.call['function']} has to write into "
                             f"it{_moment(step)}\n    in {question.where}")
            if not right.ndim:
                return Fault(f"{shown} is {float(array):.8g}, expected {float(right):.8g}"
                             f"{_moment(step)}\n    in {question.where}")
            with np.errstate(invalid="ignore", over="ignore"):
                failure = failure_at(Mismatch(array.astype(float), right, wrong), "", shown,
                                     question.where, _moment(step))
            return Fault(failure.text)
    return None


def _side_effects(step: Step, answer: dict[str, Any], params: dict[str, Array],
                  question: Question) -> Fault | None:
    """A fault if the call changed its arguments or the weights, or a later call its answer."""
    for name, before in step.call["arguments"].items():
        is_output = name in step.written or name.startswith("w:")
        if not is_output and not _same(answer.get("after", {}).get(name), before):
            return Fault(f"{_doing(step)} overwrites {_shown(name)}, which it was "
                         f"given{_moment(step)}; the caller still needs the old numbers\n"
                         f"    in {question.where}")
    for name, w in params.items():
        if not _same(answer.get("params", {}).get(name), w):
            return Fault(f"{_doing(step)} changes params[{name!r}]: only the update may change "
                         f"weights\n    in {question.where}")
    for name in step.right:
        if name.startswith("w:") or name in step.written:
            continue
        if not _same(answer.get("later", {}).get(name), answer["got"].get(name)):
            return Fault(f"the {_shown(name)} that was returned changes when other calls are "
                         f"made{_moment(step)}: every call must return its own array\n    in "
                         f"{question.where}")
    return None


def _close(array: Array, right: Array) -> Array:
    with np.errstate(invalid="ignore", over="ignore"):
        scale = float(np.abs(right).max(initial=0))
        close: Array = np.abs(array.astype(float) - right) <= SINGLE * scale + 1e-12
    return close


def _same(now: Any, before: Any) -> bool:
    return isinstance(now, np.ndarray) and isinstance(before, np.ndarray) and \
        np.array_equal(now, before, equal_nan=before.dtype.kind == "f")


def _doing(step: Step) -> str:
    """What was called: a method of a layer, or a function of a teacher's."""
    call = step.call
    if call["do"] == "build":
        return f"{call['class']}(...)"
    return str(call["function" if call["do"] == "call" else "do"])


def _moment(step: Step) -> str:
    return f", {step.moment}" if step.moment else ""


def _shown(name: str) -> str:
    kind, colon, parameter = name.partition(":")
    return name if not colon else f"the gradient of {parameter}" if kind == "g" else parameter


def plain_text(text: str, longest: int = 2000) -> str:
    """Text from a student's process, safe to show: no control characters, and not too long."""
    kept = "".join(c if c.isprintable() or c == "\n" else "�" for c in text[:longest])
    return kept + (" ..." if len(text) > longest else "")
