"""What is asked of a student's layer, and what it has to answer.

A question is a session with a layer: build it, go forward, call the method of the exercise. The
right answer to every call is known beforehand from tinycnn's own layers. So one rule tests all of
the contract: every answer is right, whatever was called before it.

A backward pass needs a cache, and so a forward pass. Each question for one is asked twice: with the
student's own forward before it, and with the cache that `tinycnn.loops` would give. If the
student's forward is right, both answers must be right. If not, only the better one counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..gradcheck.cases import Case, answers, complete
from ..gradcheck.kinds import cases
from ..gradcheck.numeric import spread_out
from .exercises import GRADED, Check, Exercise

Array = np.ndarray
CONTRACT_CASES = 3


@dataclass(frozen=True)
class Step:
    """One call and its right answer.

    Attributes:
        call: as `calls.perform` takes it.
        right: {name: array}; empty if the call only prepares others.
        moment: "after another forward pass": when it is made, "" for the first time.
        own: it belongs to the exercise; a forward pass before a backward pass does not.
        single: the numbers are float32.
        keeps: so the answer has to be float32, too.
        form: what a function returns, without the numbers; "" if that is known from the exercise.
        written: the arguments that it has to write into; `right` has them too.
    """

    call: dict[str, Any]
    right: dict[str, Array]
    moment: str = ""
    own: bool = True
    single: bool = False
    keeps: bool = True
    form: str = ""
    written: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One session.

    Attributes:
        where: the layer and its input, "Conv2D(2, 3, 2), x (2, 2, 4, 4)".
        steps: the calls, with the student's own caches.
        given: the same with tinycnn's caches, where there are such.
        features: what is special about the input, in words.
        strict: besides the answers, what the calls do to arguments and earlier answers counts.
    """

    where: str
    steps: list[Step]
    given: list[Step] | None = None
    features: tuple[str, ...] = ()
    strict: bool = False


def layer_questions(exercise: Exercise, check: Check, seed: int) -> list[Question]:
    """The questions of one check of a layer's method; the same seed asks the same."""
    grid = cases(exercise.kind, seed)
    if check.name == "contract":
        plain = [c for c in grid if _check_of(c) == "plain" and len(c.x) > 1][:CONTRACT_CASES]
        return [q for case in plain for q in _contract(exercise, case, seed)]
    return [_values(exercise, case) for case in grid if _check_of(case) == check.name]


def speed_question(exercise: Exercise, seed: int) -> Question:
    """A batch about as large as the paper's network meets, for the stopwatch."""
    rng, speed = np.random.default_rng(seed), GRADED[exercise.kind].speed
    assert speed is not None
    case = Case(exercise.kind, speed[0], spread_out(rng, speed[1]) / 50)
    complete(case, rng)
    return _values(exercise, case)


def _check_of(case: Case) -> str:
    """Which check a case of the grid belongs to."""
    if case.group != "gradient" or case.optional or "all values are negative" in case.features:
        return "unusual"
    return GRADED[case.kind].check_of(case)


def _values(exercise: Exercise, case: Case) -> Question:
    """The numbers of one case."""
    first = _first_calls(exercise, case)
    return Question(case.describe(exercise.owner), first,
                    _given(exercise, [case], first), case.features)


def _first_calls(exercise: Exercise, case: Case) -> list[Step]:
    steps = [_build(exercise, case), _forward(exercise, case)]
    if exercise.method != "forward":
        steps.append(_call(exercise, case, 0))
    return steps


def _contract(exercise: Exercise, case: Case, seed: int) -> Iterator[Question]:
    """The same layer called again and again, and the same in float32."""
    rng = np.random.default_rng(seed)
    # One image more: what a layer keeps of an earlier call, if only its shape, does not fit.
    other = _with(case, x=1.1 * np.concatenate([case.x[::-1], case.x[:1]]) + 0.01,
                  dy=-1.5 * np.concatenate([case.dy, case.dy[:1]]))
    larger = _with(case, params={name: 2 * w for name, w in case.params.items()})
    drawn = _with(case, params={name: rng.normal(size=w.shape) for name, w in case.params.items()})
    of_forward = exercise.method == "forward"
    steps = [*_first_calls(exercise, case), _forward(exercise, other, "after an earlier call")]
    if of_forward:
        steps.append(_forward(exercise, case, "when called again"))
    else:
        again = "for the cache of an earlier forward pass"
        steps += [_call(exercise, case, 0, again), _call(exercise, other, 1, "when called again"),
                  _call(exercise, case, 0, again)]
    changes = (("write", larger, "after the weights have changed in place, as an update does"),
               ("replace", drawn, "after params was replaced, as Network.load does"))
    for cache, (how, changed, moment) in enumerate(changes if case.params else (), 2):
        steps += [Step({"do": how, "arguments": changed.params}, {}, own=False),
                  _forward(exercise, changed, moment)]
        if not of_forward:
            steps.append(_call(exercise, changed, cache, moment))
    where, first = case.describe(exercise.owner), _first_calls(exercise, case)
    given = _given(exercise, [case], first)
    yield Question(where, steps, _given(exercise, [case, other, larger, drawn], steps), strict=True)
    yield Question(f"{where}, all in float32", [single(step) for step in first],
                   given and [single(step) for step in given], strict=True)


def _with(case: Case, **changes: Any) -> Case:
    """The case with other arrays, and its right answers for them."""
    changed = replace(case, **changes)
    changed.right = answers(changed.reference(), changed.x, changed.dy)
    return changed


def _build(exercise: Exercise, case: Case) -> Step:
    listed = [list(v) if isinstance(v, tuple) else v for v in case.positional]
    named = {k: list(v) if isinstance(v, tuple) else v for k, v in case.keywords.items()}
    return Step({"do": "build", "class": exercise.owner, "positional": listed, "keywords": named,
                 "arguments": case.params}, {}, own=False)


def _forward(exercise: Exercise, case: Case, moment: str = "") -> Step:
    return Step({"do": "forward", "arguments": {"x": case.x}, "layout": case.layout},
                {"y": case.right["y"]}, moment, own=exercise.method == "forward")


def _call(exercise: Exercise, case: Case, cache: int, moment: str = "") -> Step:
    """backward or parameter_gradients, for the cache of a forward pass."""
    names = ["dx"] if exercise.method == "backward" else [
        name for name in case.right if name not in ("y", "dx")]
    return Step({"do": exercise.method, "arguments": {"dy": case.dy}, "layout": case.layout,
                 "cache": cache}, {name: case.right[name] for name in names}, moment)


def _given(exercise: Exercise, passes: list[Case], steps: list[Step]) -> list[Step] | None:
    """The same steps without forward passes, with the caches that `tinycnn.loops` would give.

    Args:
        passes: what the forward passes were of, in their order.
    """
    if exercise.method == "forward":
        return None
    caches = [GRADED[exercise.kind].cache(case) for case in passes]
    given = []
    for step in steps:
        if step.call["do"] == "forward":
            continue
        if "cache" in step.call:
            call = {k: v for k, v in step.call.items() if k != "cache"}
            step = replace(step, call={**call, "given": caches[step.call["cache"]]})
        given.append(step)
    return given


def single(step: Step) -> Step:
    """The same call with numbers in float32."""
    return replace(step, call=_float32(step.call), single=True)


def _float32(call: dict[str, Any]) -> dict[str, Any]:
    """The call with its arrays rounded."""
    def rounded(value: Any) -> Any:
        if isinstance(value, list):     # a cache may have several parts
            return [rounded(part) for part in value]
        return value.astype(np.float32) if isinstance(value, np.ndarray) and \
            value.dtype == np.float64 else value

    return {name: {k: rounded(v) for k, v in value.items()} if name == "arguments"
            else rounded(value) for name, value in call.items()}
