"""A layer in a form of its own: as a case, and what is checked of it.

No rule of tinycnn's contract applies to it but one: nobody overwrites another's arrays. What it is
and which weights it has was found out by `forms.as_it_is`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers.base import Array
from ..layers.kinds import KINDS, Claim, claim_of, claim_of_name
from .behaviour import arguments_unchanged
from .cases import Case, answers, uneven
from .checks import FORWARD, INPUT_GRADIENT, PARAMETERS, Check, behaviour_check
from .compare import against_measured, is_same
from .examination import Examination
from .forms.as_it_is import AsItIs
from .forms.known import POOLS, Turned, as_known
from .forms.words import plain
from .numeric import upstream
from .report import Failure, Report
from .subject import Trouble, call, copied


@dataclass(frozen=True)
class Try:
    """A layer with an input.

    Attributes:
        layer: an object, or (forward function, backward function).
        args: what forward is called with, X in the place of x; None: x alone.
        words: what is special about it, as a Case's features.
        text: how it was built or called, as a report says it; "" for the layer's own name.
        like: a layer that is right, with its own args; the weights are copied to it.
    """

    layer: Any
    x: Array
    args: tuple[Any, ...] | None = None
    words: tuple[str, ...] = ()
    text: str = ""
    like: Try | None = None


def claim_for(layer: Any, kind: str | None) -> Claim:
    """Which kind a layer is said to be. A pool need not be a max-pool if its name is only that, and
    tinycnn's own pools have no padding."""
    if kind is not None:
        return Claim(kind if kind in KINDS else None)
    name = layer[0].__name__ if isinstance(layer, tuple) else type(layer).__name__
    claim = claim_of_name(re.sub("(?i)_?(forward|fwd)_?", "", name)) if isinstance(layer, tuple) \
        else claim_of(type(layer))
    padded = claim.kind in POOLS and any(
        plain(key) in ("p", "pad", "padding") and value for key, value in
        getattr(layer, "__dict__", {}).items() if isinstance(value, (int, tuple)))
    return claim._replace(sure=claim.sure and not padded and (
        claim.kind != "maxpool2d" or "max" in name.lower()))


def own_case(one: Try, rng: np.random.Generator, name: str, claim: Claim) -> Case:
    """A layer in a form of its own as a case; in tinycnn's layout if it is of a known kind."""
    layer = call(name, AsItIs, copied(one.layer), one.x, one.args)
    for weight, array in layer.params.items():      # a factor of 1 or a term of 0 hides mistakes
        layer.params[weight] = vary(array, rng)
    y = np.array(layer.forward(one.x.copy())[0])
    where = ", ".join([one.text or name, f"x {one.x.shape}", *one.words])
    if one.like:
        dy = uneven(upstream(rng, y.shape))
        return Case("", {}, one.x, "given", one.words, params=dict(layer.params), dy=dy,
                    right=_answers_like(layer, one.like, one.x, dy), where=where, layer=layer,
                    like=True)
    match = claim.kind and as_known(layer, claim.kind, one.x, y)
    if not match or not (match.same or claim.sure):
        dy = uneven(upstream(rng, y.shape))
        return Case("", {}, one.x, "given", one.words, params=dict(layer.params), dy=dy,
                    where=where, layer=layer)
    dy = uneven(upstream(rng, match.twin.forward(match.x)[0].shape))
    return Case(claim.kind or "", match.twin.config(), match.x, "given", one.words,
                params=dict(match.layer.params), dy=dy, right=answers(match.twin, match.x, dy),
                where=where, layer=match.layer)


def _answers_like(layer: AsItIs, like: Try, x: Array, dy: Array) -> dict[str, Array]:
    """The answers of the layer that is right, with the weights of the layer under test.

    Raises:
        Trouble: it has other weights, or other shapes.
    """
    right = call("the layer to compare with", AsItIs, copied(like.layer), x, like.args)
    names: dict[str, str] = {}      # of the layer under test -> of the right one
    for name, w in layer.params.items():
        free = [other for other, v in right.params.items()
                if v.shape == w.shape and other not in names.values()]
        same = [other for other in free if other.lower() == name.lower()]
        if not free:
            shapes = ", ".join(f"{other} {v.shape}" for other, v in right.params.items())
            raise Trouble(f"{name} has shape {w.shape}; the layer to compare with has "
                          f"{shapes or 'no weights'}", "wrong_shape")
        names[name] = [*same, *free][0]
        right.params[names[name]] = w.copy()
    y, cache = right.forward(x.copy())
    if y.shape != dy.shape:
        raise Trouble(f"y has shape {dy.shape}; that of the layer to compare with has {y.shape}",
                      "wrong_shape")
    grads = right.parameter_gradients(dy.copy(), cache)
    dx = right.backward(dy.copy(), cache)
    return {"y": np.array(y)} | ({} if dx is None else {"dx": np.array(dx)}) | {
        f"d{name}": grads[other] for name, other in names.items() if other in grads}


def as_it_is(case: Case) -> AsItIs:
    """The code of a case as it is, without what turns its axes."""
    layer: AsItIs = case.layer.layer if isinstance(case.layer, Turned) else case.layer
    return layer


def own_checks(case: Case, report: Report) -> list[Any]:
    """The checks of a layer in a form of its own; what cannot be checked becomes a note."""
    inner = as_it_is(case)
    if inner.unseen:
        report.unseen += [f"the gradient of {name}" for name in inner.unseen]
        report.notes.append("gradients are looked for in what backward returns, in attributes with "
                            "the usual names, and in the step that weights make.")
    if inner.unusual:
        report.notes.append(f"it {inner.unusual}. Its gradients were compared with its forward.")
    if not inner.has_dx and case.params:
        report.unseen.append("dx, which backward does not return")
    handed_on = case.kind == "softmax" and _hands_dy_on(case)
    if handed_on:
        report.unseen.append("dx: backward hands dy on, as if the derivative were in the loss")
    return [*([FORWARD] if case.right else []),
            *([INPUT_GRADIENT] if (inner.has_dx or not case.params) and not handed_on else []),
            *([PARAMETERS] if case.params else []), SECOND_PASS,
            behaviour_check(arguments_unchanged)]


def _hands_dy_on(case: Case) -> bool:
    """Whether dx is dy: many a softmax leaves its derivative to the loss, p - t."""
    try:
        _, cache = case.layer.forward(case.x.copy())
        dx = case.layer.backward(case.dy.copy(), cache)
    except Trouble:
        return False
    return dx is not None and np.shape(dx) == case.dy.shape and np.array_equal(dx, case.dy)


def _second_pass(examination: Examination) -> Iterator[Failure]:
    """A pass gives the same on an object that has made another pass before."""
    case = examination.cases[0]
    inner = as_it_is(case)
    shown = case.layer if isinstance(case.layer, Turned) else None
    x, dy = (shown.x.theirs(case.x), shown.y.theirs(case.dy)) if shown else (case.x, case.dy)
    if inner.functions or any(run.troubles for run in examination.runs):
        return
    try:
        answers = inner.second_pass(x, dy)
    except Trouble:     # it takes one size of batch, say: then nothing is known
        return
    for name in ("y", "dx") if answers else ():
        first, second = (answer[name] for answer in answers)
        if first is not None and second is not None and not is_same(first, second):
            yield Failure("second_pass", f"{name} is another one after an earlier pass with other "
                          "images", case.describe(examination.subject.name), name,
                          key="state_kept")


SECOND_PASS = Check("second_pass", _second_pass)


def means_over(examination: Examination) -> int:
    """N, if parameter gradients are the right ones divided by N; else 0.

    Many courses average here instead of in the loss. That is a style, and no mistake, if no
    gradient of a parameter is right without it, and dx is not averaged.
    """
    run = examination.runs[0] if examination.runs else None
    names = [f"d{name}" for name in run.case.params] if run else []
    if run is None or not names or any(q not in run.got or q not in run.measured for q in names):
        return 0

    def right(q: str, n: int) -> bool:
        got, numeric = n * run.got[q], run.measured[q]
        return got.shape == numeric.gradient.shape and bool(
            got.any() and against_measured(got, numeric).all())

    for n in {run.case.x.shape[0], run.case.x.shape[-1]} - {1}:
        if any(right(q, n) for q in names) and not any(right(q, 1) for q in names):
            return n
    return 0


def vary(w: Array, rng: np.random.Generator) -> Array:
    """Weights that are all alike (gamma 1, bias 0), a little different from each other."""
    return w + rng.uniform(-0.5, 0.5, w.shape) if w.size and np.ptp(w) == 0 else w
