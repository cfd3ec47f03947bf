"""How fast a method is, compared with tinycnn's own on the same machine at the same time.

Every timed call has inputs of its own, its answer is judged as well, and until it comes the code
cannot know that it will. So answers that were kept in a dictionary, numbers that are only returned
quickly, or calls before it that are slow on purpose, gain nothing.
"""

from __future__ import annotations

import time
from dataclasses import replace

from ..layers.kinds import KINDS
from .asking import Asked, InProcess, seed_of
from .exercises import Check, Exercise
from .judge import Fault, judge, plain_text
from .questions import Question, speed_question
from .results import Result
from .sandbox import Crash

SPEED = 15.0        # largest ratio to tinycnn's time; vectorized layers have 3, loops 20 or more
TURNS = 2, 8       # at least and at most


def speed_result(asked: Asked, exercise: Exercise, check: Check, seed: int) -> Result:
    """Time large batches from outside, and compare with tinycnn's own layer."""
    watch = _Watch(asked, exercise, seed_of(exercise, seed))
    try:
        fault = watch.fault()
        needed = 0.0 if fault else watch.last_call(asked)
    except Crash as error:
        return Result(exercise, check, False, plain_text(f"{exercise.label}: {error}"),
                      answered=False)
    fault = fault or watch.timed_fault
    if fault is not None:
        return Result(exercise, check, False, plain_text(fault.text), fault.unsolved)
    layer = KINDS[exercise.kind].layer
    own = watch.last_call(InProcess({layer.__name__: layer}))
    ratio = max(needed, 0.0) / max(own, 1e-6)
    return Result(exercise, check, ratio <= SPEED,
                  f"{exercise.label} takes {ratio:.3g} times as long as tinycnn's own; at most "
                  f"{SPEED:g} times is allowed")


class _Watch:
    """A stopwatch that has new inputs for every call."""

    def __init__(self, asked: Asked, exercise: Exercise, seed: int) -> None:
        self.asked, self.exercise, self.seed = asked, exercise, seed
        self.number = 0
        self.given = False      # with tinycnn's forward, because the student's own is wrong
        self.timed_fault: Fault | None = None

    def fault(self) -> Fault | None:
        """What is wrong with the method, without regard to time."""
        question = self._question()
        routes = [steps for steps in (question.steps, question.given) if steps is not None]
        answers = [self.asked.ask([[step.call for step in steps]])[0] for steps in routes]
        self.given = judge([replace(question, given=None)], [answers[:1]]) is not None
        return judge([question], [answers])

    def last_call(self, asked: Asked) -> float:
        """Seconds for the call, in the quickest of some runs.

        The quickest, because another program on the machine can only add time. Two runs are enough
        if they take a second.
        """
        times: list[float] = []
        least, most = TURNS
        while len(times) < (most if sum(times) < 1 else least):
            times.append(self._seconds(asked))
        return min(times)

    def _seconds(self, asked: Asked) -> float:
        """Seconds for the last call of a question; the calls before it are made beforehand."""
        question = self._question()
        steps = question.given if self.given and question.given is not None else question.steps
        before = asked.ask([[step.call for step in steps[:-1]]])[0]
        started = time.perf_counter()
        last = asked.ask([[{"do": "resume"}, steps[-1].call]])[0]
        needed = time.perf_counter() - started
        if asked is self.asked:
            self.timed_fault = self.timed_fault or judge(
                [replace(question, steps=steps, given=None)], [[[*before, *last[1:]]]])
        return needed

    def _question(self) -> Question:
        self.number += 1
        return speed_question(self.exercise, (self.seed + self.number) % 2**63)
