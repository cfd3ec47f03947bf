"""How fast a method is, compared with tinycnn's own on the same machine at the same time."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from ..layers.kinds import KINDS
from .asking import Asked, InProcess, seed_of
from .exercises import Check, Exercise
from .judge import judge, plain_text
from .questions import speed_question
from .results import Result
from .sandbox import Crash

SPEED = 15.0        # largest ratio to tinycnn's time; vectorized layers have 3, loops 20 or more


def speed_result(asked: Asked, exercise: Exercise, check: Check, seed: int) -> Result:
    """Time a large batch from outside, and compare with tinycnn's own layer."""
    question = speed_question(exercise, seed_of(exercise, seed))
    routes = [[step.call for step in steps] for steps in (question.steps, question.given)
              if steps is not None]
    try:
        answers = [asked.ask([calls])[0] for calls in routes]
        fault = judge([question], [answers])
        if fault is not None:
            return Result(exercise, check, False, plain_text(fault.text), fault.unsolved)
        # With the student's own forward, if that one is right.
        calls = routes[judge([replace(question, given=None)], [answers[:1]]) is not None]
        needed = _last_call(asked, calls)
    except Crash as error:
        return Result(exercise, check, False, plain_text(f"{exercise.label}: {error}"),
                      answered=False)
    layer = KINDS[exercise.kind].layer
    reference = InProcess({layer.__name__: layer})
    own = _last_call(reference, calls)
    ratio = max(needed, 0.0) / max(own, 1e-6)
    return Result(exercise, check, ratio <= SPEED,
                  f"{exercise.label} takes {ratio:.3g} times as long as tinycnn's own; at most "
                  f"{SPEED:g} times is allowed")


def _last_call(asked: Asked, calls: list[dict[str, Any]]) -> float:
    """Seconds for the last of some calls: the quickest run with it, less the quickest without it.

    The quickest, because another program on the machine can only add time. One turn is enough if it
    takes a second.
    """
    with_it: list[float] = []
    without: list[float] = []
    while len(with_it) < 15 and sum(with_it) < 1:
        with_it.append(_seconds(asked, calls))
        without.append(_seconds(asked, calls[:-1]))
    return min(with_it) - min(without)


def _seconds(asked: Asked, calls: list[dict[str, Any]]) -> float:
    started = time.perf_counter()
    asked.ask([calls])
    return time.perf_counter() - started
