"""What a student's process answers has to have these forms; looked at once, before it is read.

Everything that comes from such a process is a claim, and a submission may have written it itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TEXTS, TABLES = ("kind", "text", "why"), ("got", "after", "params", "later")


def are_answers(answers: Any, request: Sequence[Sequence[Any]]) -> bool:
    """Whether there is an answer to each step of each session of a request, in readable form.

    What is in the tables is looked at one by one, when it is compared.
    """
    return isinstance(answers, list) and len(answers) == len(request) and all(
        isinstance(session, list) and len(session) == len(steps) and all(map(_is_answer, session))
        for session, steps in zip(answers, request, strict=True))


def _is_answer(answer: Any) -> bool:
    if not isinstance(answer, dict) or not isinstance(answer.get("form", ""), str):
        return False
    raised = answer.get("raised")
    readable = raised is None or (isinstance(raised, dict) and all(
        isinstance(raised.get(name, ""), str) for name in TEXTS))
    return readable and all(isinstance(answer.get(name, {}), dict) for name in TABLES)


def is_diagnosis(answers: Any) -> bool:
    """Whether it is what `diagnosis.diagnose` returns."""
    return isinstance(answers, dict) and isinstance(answers.get("text"), str) and \
        isinstance(answers.get("causes"), list) and all(
            isinstance(cause, str) for cause in answers["causes"])
