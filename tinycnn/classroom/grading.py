"""Grades a submission: asks each check of each exercise, judges it, and gives points.

    grade = grade_source(source, exercises, seed=secrets.randbits(64))
    print(grade.points, "of", grade.worth)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from .asking import Asked, seed_of
from .exercises import Check, Exercise
from .function_questions import loss_questions, update_questions
from .judge import Fault, judge, plain_text
from .needed import Code, CodeError, code_from
from .own.causes import likely_cause
from .own.public_questions import PUBLIC_SEED, example_of, own_questions
from .questions import Question, layer_questions
from .results import Grade, Result, refused
from .sandbox import Crash, Hang, LoadError, Sandbox
from .speed import speed_result

REMARKS = 8


def grade_source(source: str | Code, exercises: Sequence[Exercise], seed: int, *,
                 timeout: float = 10, diagnose: bool = True, public_only: bool = False) -> Grade:
    """Grade a submission in a process of its own.

    Args:
        source: the text of a Python file, or what was read of a submission.
        seed: for all inputs. A student who knows it can store the answers, so keep it secret.
        timeout: seconds for each check, see `Sandbox`.
        diagnose: also run the gradient check on what is wrong, to find likely causes.
        public_only: leave the hidden checks out.
    """
    started = time.monotonic()
    try:
        code = source if isinstance(source, Code) else code_from(
            source, [e.owner or e.method for e in exercises])
    except CodeError as error:
        return refused(exercises, f"this is not Python: {error}")
    with Sandbox(code, timeout) as sandbox:
        grade = Grade([])
        try:
            grade.results = grade_answers(sandbox, exercises, seed, public_only=public_only)
        except LoadError as error:
            grade = refused(exercises, plain_text(str(error)))
        grade.off, grade.printed = list(sandbox.off), plain_text(sandbox.printed)
        grade.remarks = [plain_text(text, 500) for text in (
            *code.left_out, *sandbox.reasons.sentences)][:REMARKS]
    if diagnose and not grade.reason:
        _diagnose(code, grade, timeout)
    grade.seconds = time.monotonic() - started
    return grade


def grade_answers(asked: Asked, exercises: Sequence[Exercise], seed: int, *,
                  public_only: bool = False) -> list[Result]:
    """The results of all checks, from a sandbox or from code in this process.

    Raises:
        LoadError: the submission cannot be loaded.
    """
    results: list[Result] = []
    without: set[str] = set()   # classes with a forward that ended the process or did not end
    for exercise in exercises:
        stuck = ""              # why the other checks of this exercise need not be tried
        for check in exercise.checks:
            if public_only and not check.public:
                continue
            try:
                result = _check(asked, exercise, check, seed, without) if not stuck else Result(
                    exercise, check, False, stuck, answered=False)
            except LoadError as error:
                if not any(r.answered for r in results):
                    raise
                # It was loaded before, and what it has answered then counts.
                result = Result(exercise, check, False, plain_text(str(error)), answered=False)
            if check.name == "plain" and not result.answered:
                stuck = "not tried: there is no answer even for ordinary inputs"
            results.append(result)
    return results


def _check(asked: Asked, exercise: Exercise, check: Check, seed: int, without: set[str]) -> Result:
    """One check: ask, judge, and if there is no answer say why."""
    if check.name == "speed":
        return speed_result(asked, exercise, check, seed)
    questions = _questions(exercise, check, seed)
    if exercise.owner in without:
        questions = [q if q.given is None else replace(q, steps=q.given, given=None)
                     for q in questions]
    try:
        fault = _asked_and_judged(asked, questions, exercise.own is not None)
    except Crash as error:
        without.add(exercise.owner)
        if questions[0].given is not None:      # forward may be the reason: once more, without it
            return _check(asked, exercise, check, seed, without)
        return Result(exercise, check, False, plain_text(f"{exercise.label}: {error}"),
                      answered=False)
    if fault is None:
        return Result(exercise, check, True)
    text = plain_text(fault.text) + (f"\nLikely cause: {fault.cause}" if fault.cause else "")
    return Result(exercise, check, False, text, fault.unsolved, cause=fault.cause)


def _asked_and_judged(asked: Asked, questions: Sequence[Question], own: bool) -> Fault | None:
    """The fault that the answers show; of a teacher's own exercise, with its likely cause."""
    sessions = [steps for q in questions for steps in (q.steps, q.given) if steps is not None]
    answers = asked.ask([[step.call for step in steps] for steps in sessions])
    rest = iter(answers)
    sorted_out = [[next(rest), *([next(rest)] if q.given is not None else [])] for q in questions]
    fault = judge(questions, sorted_out)
    if fault is None or fault.unsolved or not own:
        return fault
    return replace(fault, cause=likely_cause(questions, [sessions[0] for sessions in sorted_out]))


@lru_cache(maxsize=256)     # the same questions go to a whole class of students
def _questions(exercise: Exercise, check: Check, seed: int) -> list[Question]:
    if exercise.own is not None:
        return own_questions(exercise, check, seed_of(exercise, seed))
    ask = {"loss": loss_questions, "update": update_questions}.get(exercise.kind, layer_questions)
    return ask(exercise, check, seed_of(exercise, seed))


def _diagnose(code: Code, grade: Grade, timeout: float) -> None:
    """Add the gradient check's report on every class and function that is wrong.

    The check calls the code in many ways, so it runs in the submission's process, which then has
    tinycnn. A submission could forge the report: it only explains, and gives no points.
    """
    wrong: dict[str, list[Result]] = {}
    for r in grade.results:
        if not r.passed and not r.unsolved and r.check.name != "speed":
            wrong.setdefault(r.exercise.owner or r.exercise.method, []).append(r)
    with Sandbox(code, timeout + 20, diagnose=True) as sandbox:
        for name, results in wrong.items():
            grade.causes[name] = [r.cause for r in results if r.cause][:1]
            if not all(r.answered for r in results):
                continue        # it hangs or crashes, as the results say already
            if all(r.exercise.own and r.exercise.method == "forward" for r in results):
                continue        # what fits a wrong forward would be called right
            unsolved = [r.exercise.method for r in grade.results if r.unsolved
                        and r.exercise.owner == name]
            try:
                found = sandbox.ask({"name": name, "kind": results[0].exercise.kind,
                                     "unsolved": sorted(set(unsolved)),
                                     "example": example_of(results[0].exercise, PUBLIC_SEED)})
                if found["text"]:
                    grade.reports[name] = plain_text(found["text"], 6000)
                causes = [plain_text(cause, 400) for cause in found["causes"][:3]]
                grade.causes[name] = causes or grade.causes[name]
            except Hang:
                return          # one is enough: it only explains
            except (Crash, LoadError):
                continue
