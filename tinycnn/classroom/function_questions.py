"""The questions for a student's loss and update: as `questions`, but for the two functions."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..gradcheck.cases import Case
from ..gradcheck.functions import loss, update
from ..layers.base import Params
from ..network.loss import loss_from_logits
from .exercises import Check, Exercise
from .questions import Question, Step, single


def loss_questions(exercise: Exercise, check: Check, seed: int) -> list[Question]:
    """The questions of one check of the loss: "plain" asks for L, "gradient" for ∂L/∂logits."""
    drawn = loss.cases(seed)
    plain = [case for case in drawn if case.group == "gradient"]
    if check.name == "contract":
        return [q for one, two in pairwise(plain[:4]) for q in _loss_contract(exercise, one, two)]
    asked = [case for case in drawn if case.group != "gradient"] if check.name == "unusual" \
        else plain
    names = {"plain": ("L",), "gradient": ("dlogits",)}.get(check.name, ("L", "dlogits"))
    return [Question(f"{exercise.method}, {case.where}", [_loss(exercise, case, names=names)],
                     features=case.features) for case in asked]


def _loss(exercise: Exercise, case: Case, moment: str = "",
          names: tuple[str, ...] = ("L", "dlogits")) -> Step:
    return Step({"do": "loss", "function": exercise.method,
                 "arguments": {"logits": case.x, "t": case.arguments["t"]}},
                {name: case.right[name] for name in names}, moment)


def _loss_contract(exercise: Exercise, one: Case, two: Case) -> list[Question]:
    steps = [_loss(exercise, one), _loss(exercise, two, "after an earlier call"),
             _loss(exercise, one, "when called again")]
    logits = one.x.astype(np.float32)
    in_float32 = replace(_loss(exercise, replace(one, x=logits)), single=True, right={
        "dlogits": loss_from_logits(logits, one.arguments["t"])[1]})
    where = f"{exercise.method}, {one.where}"
    return [Question(where, steps, strict=True),
            Question(f"{where}, in float32", [in_float32], strict=True)]


def update_questions(exercise: Exercise, check: Check, seed: int) -> list[Question]:
    """The questions of one check of the update."""
    drawn = [(case.params, case.arguments["grads"], case.arguments["rate"])
             for case in update.cases(seed)]
    if check.name == "contract":
        params, grads, rate = drawn[0]
        steps = [_update(exercise, params, grads, rate, moment)
                 for moment in ("", *["when called again"] * 3)]
        return [Question(_where(exercise, params), steps, strict=True),
                Question(f"{_where(exercise, params)}, in float32",
                         [single(_update(exercise, params, grads, rate))], strict=True)]
    if check.name == "unusual":
        rng = np.random.default_rng([seed, 1])
        shapes: dict[str, tuple[int, ...]] = {"row": (1, 5), "one": (1,), "W": (3, 2, 2)}
        odd = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        drawn = [(odd, {name: rng.normal(size=w.shape) for name, w in odd.items()}, 1e-3),
                 (odd, {name: 1e200 * rng.normal(size=w.shape) for name, w in odd.items()}, 2.0)]
    return [Question(_where(exercise, params), [_update(exercise, params, grads, rate)])
            for params, grads, rate in drawn]


def _update(exercise: Exercise, params: Params, grads: Params, rate: float, moment: str = ""
            ) -> Step:
    arguments = {f"w:{name}": w for name, w in params.items()} | {
        f"g:{name}": g for name, g in grads.items()}
    return Step({"do": "update", "function": exercise.method, "arguments": arguments, "rate": rate},
                {f"w:{name}": w - rate * grads[name] for name, w in params.items()}, moment)


def _where(exercise: Exercise, params: Params) -> str:
    return f"{exercise.method}, " + ", ".join(f"{name} {w.shape}" for name, w in params.items())
