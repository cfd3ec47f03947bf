"""A submission graded: each check of each exercise asked, judged, and worth its points.

    grade = grade_source(source, exercises, seed=secrets.randbits(64))
    print(grade.points, "of", grade.worth)
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from .. import layers
from .calls import perform
from .exercises import Check, Exercise
from .frames import decode, encode
from .function_questions import loss_questions, update_questions
from .judge import Fault, judge, plain_text
from .questions import Question, layer_questions, speed_question
from .sandbox import Crash, Hang, LoadError, Sandbox

SPEED = 20.0        # times as slow as tinycnn's own a method may be, if speed is asked for


@dataclass(frozen=True)
class Result:
    """What came of one check of one exercise.

    Attributes:
        passed: then it is worth its points, else nothing.
        message: why it failed, or what was measured.
        unsolved: the stub is still there.
    """

    exercise: Exercise
    check: Check
    passed: bool
    message: str = ""
    unsolved: bool = False

    @property
    def worth(self) -> float:
        """The points that there are for it."""
        return self.exercise.worth(self.check)

    @property
    def points(self) -> float:
        """The points that were earned."""
        return self.worth if self.passed else 0.0


@dataclass
class Grade:
    """All results of a submission.

    Attributes:
        reason: why nothing of it could be graded, "" if it could.
        off: limits that this system does not have.
        reports: {class or function: what the gradient check says of it}, for those that are wrong.
        causes: {class or function: its likely causes}.
        notes: for the teacher.
        printed: the beginning of what it printed.
    """

    results: list[Result]
    reason: str = ""
    off: list[str] = field(default_factory=list)
    reports: dict[str, str] = field(default_factory=dict)
    causes: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    printed: str = ""
    seconds: float = 0.0

    @property
    def points(self) -> float:
        """What was earned."""
        return round(sum(r.points for r in self.results), 6)

    @property
    def worth(self) -> float:
        """What there was to earn."""
        return round(sum(r.worth for r in self.results), 6)

    def of(self, exercise: Exercise) -> list[Result]:
        """The results of one exercise."""
        return [r for r in self.results if r.exercise.name == exercise.name]


class Asked(Protocol):
    """Who answers sessions: a Sandbox, or the code in this process."""

    def ask(self, request: list[list[dict[str, Any]]]) -> Any:
        """The answers to some sessions."""


def refused(exercises: Iterable[Exercise], reason: str) -> Grade:
    """The grade of what cannot be graded."""
    return Grade([Result(e, c, False, reason) for e in exercises for c in e.checks], reason)


def grade_source(source: str, exercises: Sequence[Exercise], seed: int, *, timeout: float = 10,
                 diagnose: bool = True, public_only: bool = False) -> Grade:
    """Grade a submission in a process of its own.

    Args:
        seed: of all inputs. Whoever knows it can write down the answers, so keep it secret.
        timeout: seconds for each check.
        diagnose: run the gradient check as well on what is wrong, for its likely causes.
        public_only: leave the hidden checks out.
    """
    started = time.perf_counter()
    with Sandbox(source, timeout) as sandbox:
        grade = Grade([])
        try:
            grade.results = grade_answers(sandbox, exercises, seed, public_only=public_only)
        except LoadError as error:
            grade = refused(exercises, plain_text(str(error)))
        grade.off, grade.printed = list(sandbox.off), plain_text(sandbox.printed)
    if diagnose and not grade.reason:
        _diagnose(source, grade, timeout)
    grade.seconds = time.perf_counter() - started
    return grade


def grade_answers(asked: Asked, exercises: Sequence[Exercise], seed: int, *,
                  public_only: bool = False) -> list[Result]:
    """The results of all checks, whoever answers.

    Raises:
        LoadError: the submission cannot be loaded.
    """
    results: list[Result] = []
    hung: set[str] = set()      # classes whose forward does not end: the others do without
    for exercise in exercises:
        for check in exercise.checks:
            if public_only and not check.public:
                continue
            results.append(_check(asked, exercise, check, seed, hung))
    return results


def _check(asked: Asked, exercise: Exercise, check: Check, seed: int, hung: set[str]) -> Result:
    """One check: ask, judge, and if there is no answer say why."""
    if check.name == "speed":
        return _speed(asked, exercise, check, seed)
    questions = _questions(exercise, check, seed)
    without_forward = exercise.owner in hung and exercise.method != "forward"
    try:
        fault = _asked_and_judged(asked, questions, without_forward)
    except Hang as error:
        fault = Fault(f"{exercise.label}: {error}")
        if exercise.owner:
            hung.add(exercise.owner)
            if exercise.method != "forward" and not without_forward:    # forward may be to blame
                try:
                    fault = _asked_and_judged(asked, questions, True)
                except LoadError:
                    raise
                except Crash:
                    pass
    except LoadError:
        raise
    except Crash as error:
        fault = Fault(f"{exercise.label}: {error}")
    if fault is None:
        return Result(exercise, check, True)
    return Result(exercise, check, False, plain_text(fault.text), fault.unsolved)


def _asked_and_judged(asked: Asked, questions: Sequence[Question], without_forward: bool
                      ) -> Fault | None:
    """The fault that the answers show; without forward passes only the given caches are used."""
    if without_forward:
        questions = [Question(q.where, q.given or [], None, q.features, q.strict)
                     for q in questions]
    sessions = [steps for q in questions for steps in (q.steps, q.given) if steps is not None]
    answers = asked.ask([[step.call for step in steps] for steps in sessions])
    if not isinstance(answers, list) or len(answers) != len(sessions):
        return Fault("the process answers nonsense")
    rest = iter(answers)
    return judge(questions, [[next(rest), *([next(rest)] if q.given is not None else [])]
                             for q in questions])


def _speed(asked: Asked, exercise: Exercise, check: Check, seed: int) -> Result:
    """A large batch, timed from outside, against tinycnn's own layer on the same machine."""
    question = speed_question(exercise, seed_of(exercise, seed))
    calls = [step.call for step in question.steps]
    try:
        fault = judge([question], [[asked.ask([calls])[0], None]])
        whole, before = _seconds(asked, calls), _seconds(asked, calls[:-1])
    except LoadError:
        raise
    except Crash as error:
        return Result(exercise, check, False, plain_text(f"{exercise.label}: {error}"))
    if fault is not None:
        return Result(exercise, check, False, plain_text(fault.text), fault.unsolved)
    reference = InProcess(vars(layers))
    own, own_before = (_seconds(reference, calls),
                       _seconds(reference, calls[:-1]))
    ratio = max(whole - before, 0.0) / max(own - own_before, 1e-6)
    return Result(exercise, check, ratio <= SPEED,
                  f"{exercise.label} takes {ratio:.3g} times as long as tinycnn's own; at most "
                  f"{SPEED:g} times is asked for")


def _seconds(asked: Asked, calls: list[dict[str, Any]]) -> float:
    """The best of three; what takes a second is not rounding."""
    times: list[float] = []
    while len(times) < 3 and sum(times) < 1:
        started = time.perf_counter()
        asked.ask([calls])
        times.append(time.perf_counter() - started)
    return min(times)


class InProcess:
    """Code that is asked in this process: for trust, for a debugger, and for tinycnn's own layers.

    Args:
        namespace: with the classes and functions, by their names.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def ask(self, request: list[list[dict[str, Any]]]) -> Any:
        """The answers to some sessions, over the same frames as from another process."""
        sessions = decode(encode(request))
        return decode(encode([perform(self.namespace, session) for session in sessions]))


@lru_cache(maxsize=256)     # the same questions go to a whole class of students
def _questions(exercise: Exercise, check: Check, seed: int) -> list[Question]:
    ask = {"loss": loss_questions, "update": update_questions}.get(exercise.kind, layer_questions)
    return ask(exercise, check, seed_of(exercise, seed))


def seed_of(exercise: Exercise, seed: int) -> int:
    """A seed for each exercise: no answer to one is seen in the inputs of another."""
    name = int.from_bytes(exercise.name.encode(), "big")
    return int(np.random.SeedSequence([seed, name]).generate_state(1, np.uint64)[0])


def _diagnose(source: str, grade: Grade, timeout: float) -> None:
    """What the gradient check says of every class and function that is wrong.

    It runs in a process that has tinycnn, since it calls the code in many ways; so what it says is
    the submission's word. It explains, and gives no points.
    """
    wrong: dict[str, list[Result]] = {}
    for r in grade.results:
        if not r.passed and not r.unsolved and r.check.name != "speed":
            wrong.setdefault(r.exercise.owner or r.exercise.method, []).append(r)
    with Sandbox(source, timeout + 20, diagnose=True) as sandbox:
        for name, results in wrong.items():
            unsolved = [r.exercise.method for r in grade.results if r.unsolved
                        and r.exercise.owner == name]
            try:
                found = sandbox.ask({"name": name, "kind": results[0].exercise.kind,
                                     "unsolved": sorted(set(unsolved))})
                grade.reports[name] = plain_text(str(found["text"]), 6000)
                grade.causes[name] = [plain_text(str(c), 400) for c in list(found["causes"])[:3]]
            except (Crash, KeyError, TypeError):
                continue        # it hangs or crashes, as the results say already
