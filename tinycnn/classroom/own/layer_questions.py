"""The questions for a layer of a teacher's own.

As for tinycnn's layers (`questions`), with other right answers: those of the teacher's reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...gradcheck.numeric import spread_out
from ..questions import Question, Step
from .asked import UNSENT, answers_of, in_float32, is_safe, packed, refusal, with_answers
from .teacher_file import LayerExample, TeacherFile, TeacherFileError

Array = np.ndarray
TRIES = 2               # with each example


@dataclass(frozen=True)
class Trial:
    """A layer with weights, an x and a dy.

    Attributes:
        words: "Sigmoid(), x (2, 3)".
        features: what is special about it.
    """

    owner: str
    build: dict[str, Any]
    x: Array
    dy: Array
    words: str
    features: tuple[str, ...] = ()
    layout: str = "C"


def layer_questions(teacher: TeacherFile, owner: str, method: str, check: str, seed: int
                    ) -> list[Question]:
    """The questions of one check of a method; the same seed asks the same.

    Raises:
        TeacherFileError: the reference fails on its own examples.
    """
    rng = np.random.default_rng(seed)
    trials = [_trial(teacher, owner, example, rng) for example in teacher.examples_of(owner)
              for _ in range(1 if check == "contract" else TRIES)]
    if check == "contract":
        return [q for one in trials[:3] for q in _contract(teacher, method, one, rng)]
    if check == "plain":
        return [_values(teacher, method, one) for one in trials]
    special = [_values(teacher, method, other) for one in trials[::TRIES]
               for other in _unusual(teacher, one, rng)]
    safe = [q for q in special if is_safe(teacher, q.steps, rng)]
    return safe or [_values(teacher, method, trials[0])]


def _trial(teacher: TeacherFile, owner: str, example: LayerExample, rng: np.random.Generator
           ) -> Trial:
    """An example with random numbers.

    Raises:
        TeacherFileError: the layer cannot be built, or forward cannot be called.
    """
    shape = example.shape
    x = np.array(shape(rng)) if callable(shape) else _numbers(rng, shape)
    arguments = [repr(v) for v in example.positional] + [
        f"{k}={v!r}" for k, v in example.keywords.items()]
    words = f"{owner}({', '.join(arguments)}), x {x.shape}"
    seed = int(rng.integers(1 << 31))
    build = {"do": "build", "class": owner,
             "positional": packed(example.positional, f"an argument of {owner}", seed),
             "keywords": {k: packed(v, f"{k} of {owner}", seed)
                          for k, v in example.keywords.items()}}
    try:
        layer = teacher.namespace[owner](*example.positional, **example.keywords)
        params = {name: _drawn(np.asarray(w), rng)
                  for name, w in getattr(layer, "params", {}).items()}
        if any(w.dtype.kind not in "fiub" for w in params.values()):
            raise TypeError("params has to be a dictionary of arrays of numbers")
    except Exception as error:
        raise TeacherFileError(f"{teacher.name}: {words.rpartition(', x ')[0]} of EXAMPLES cannot "
                               f"be built: {type(error).__name__}: {error}") from error
    drawn = _with_dy(teacher, Trial(owner, build | {"arguments": params}, x, x, words), rng)
    if isinstance(drawn, str):
        raise TeacherFileError(f"{teacher.name}: {words} of EXAMPLES: forward cannot be tried: "
                               f"{drawn}")
    return drawn


def _numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers between -2 and 2 or more, and none near 0, where many layers have a kink."""
    x = spread_out(rng, shape)
    wide = max(1.0, 2 / np.abs(x).max()) if x.size else 1.0
    return np.asarray(x * wide * rng.uniform(0.7, 1.3, shape))


def _drawn(weights: Array, rng: np.random.Generator) -> Array:
    """Other weights of about the same size; weights of 0 become numbers round 0."""
    if weights.dtype.kind != "f":
        return weights
    return np.where(weights == 0, 0.5 * _numbers(rng, weights.shape),
                    weights * rng.uniform(0.5, 1.5, weights.shape))


def _with_dy(teacher: TeacherFile, one: Trial, rng: np.random.Generator) -> Trial | str:
    """The trial with a dy of the shape of y; or why forward cannot be called."""
    answers, _ = answers_of(teacher, [one.build, {"do": "forward", "arguments": {"x": one.x},
                                                  "layout": one.layout}])
    said = refusal(answers)
    return said or replace(one, dy=_numbers(rng, answers[1]["got"]["y"].shape))


def _unusual(teacher: TeacherFile, one: Trial, rng: np.random.Generator) -> Iterator[Trial]:
    """The same with other layouts, one image, larger and smaller numbers, if forward takes them."""
    yield replace(one, layout="F", features=("the arrays are laid out column by column",))
    yield replace(one, layout="strided", features=("the arrays have gaps in memory",))
    others = [("there is one image", one.x[:1])] if one.x.ndim and len(one.x) > 1 else []
    if one.x.dtype.kind == "f" and (one.x < 0).any():
        others += [("the numbers are large", 30 * one.x), ("the numbers are tiny", 1e-3 * one.x)]
    for feature, x in others:
        drawn = _with_dy(teacher, replace(one, x=x, features=(feature,),
                                          words=f"{one.words.rpartition(', x ')[0]}, x {x.shape}"),
                         rng)
        if isinstance(drawn, Trial):
            yield drawn


def _forward(method: str, one: Trial, moment: str = "") -> Step:
    return Step({"do": "forward", "arguments": {"x": one.x}, "layout": one.layout}, {}, moment,
                own=method == "forward")


def _call(method: str, one: Trial, cache: int, moment: str = "") -> Step:
    return Step({"do": method, "arguments": {"dy": one.dy}, "layout": one.layout, "cache": cache},
                {}, moment)


def _values(teacher: TeacherFile, method: str, one: Trial) -> Question:
    """The numbers of one trial."""
    question = _asked(teacher, _first_calls(method, one), one)
    if isinstance(question, str):
        raise TeacherFileError(f"{teacher.name}: {one.words} of EXAMPLES: {method} cannot be "
                               f"tried: {question}")
    return question


def _first_calls(method: str, one: Trial) -> list[Step]:
    steps = [Step(one.build, {}, own=False), _forward(method, one)]
    return steps if method == "forward" else [*steps, _call(method, one, 0)]


def _contract(teacher: TeacherFile, method: str, one: Trial, rng: np.random.Generator
              ) -> Iterator[Question]:
    """The same layer called again and again, and the same in float32."""
    # One image more: what a layer keeps of an earlier call, if only its shape, does not fit.
    longer = np.concatenate([one.x[::-1], one.x[:1]]) if one.x.ndim else one.x
    other = _with_dy(teacher, replace(one, x=longer), rng)
    if isinstance(other, str):
        other = replace(one, x=one.x[::-1].copy(), dy=-1.5 * one.dy)
    first = _first_calls(method, one)
    steps = [*first, _forward(method, other, "after an earlier call")]
    if method == "forward":
        steps.append(_forward(method, one, "when called again"))
    else:
        again = "for the cache of an earlier forward pass"
        steps += [_call(method, one, 0, again), _call(method, other, 1, "when called again"),
                  _call(method, one, 0, again)]
    params: dict[str, Array] = one.build["arguments"]
    changes = (("write", "after the weights have changed in place, as an update does"),
               ("replace", "after params was replaced, as Network.load does"))
    for cache, (how, moment) in enumerate(changes if params else (), 2):
        changed = {name: _drawn(w, rng) for name, w in params.items()}
        steps += [Step({"do": how, "arguments": changed}, {}, own=False),
                  _forward(method, one, moment)]
        if method != "forward":
            steps.append(_call(method, one, cache, moment))
    question = _asked(teacher, steps, one)
    if isinstance(question, str):       # not even her own code can be called again
        question = _values(teacher, method, one)
    yield replace(question, strict=True)
    answered = _asked(teacher, first, one)
    rounded = None if isinstance(answered, str) else in_float32(teacher, answered.steps)
    if rounded is not None:
        _, caches = answers_of(teacher, [step.call for step in rounded])
        yield Question(f"{one.words}, in float32", rounded, _given(rounded, caches), strict=True)


def _asked(teacher: TeacherFile, steps: list[Step], one: Trial) -> Question | str:
    """The steps as a question with its right answers; or why they cannot be asked."""
    answers, caches = answers_of(teacher, [step.call for step in steps])
    if said := refusal(answers):
        return said
    answered = with_answers(steps, answers)
    return Question(one.words, answered, _given(answered, caches), one.features)


def _given(steps: list[Step], caches: list[Any]) -> list[Step] | None:
    """The steps without forward passes, with the caches of the reference; None if not possible."""
    if all(step.own or not step.right for step in steps) or any(c is UNSENT for c in caches):
        return None
    given = []
    for step in steps:
        if "cache" in step.call:
            call = {k: v for k, v in step.call.items() if k != "cache"}
            step = replace(step, call=call | {"given": caches[step.call["cache"]]})
        if step.call["do"] != "forward":
            given.append(step)
    return given
