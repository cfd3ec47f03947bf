"""Where a number comes from, and what it does to the loss: term by term, and checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..network.loss import loss_from_logits
from . import names
from .answers.terms import (
    Factor,
    Index,
    Sum,
    at,
    coarsest,
    constant,
    entries,
    rounding,
    total_of,
)
from .explanation import Explanation, Part
from .judge import judged
from .kinds.base import Site, site_of
from .nudge import nudge_parameter, nudge_unit
from .training_step import TrainingStep
from .unit_gradient import unit_gradient


def explain(training: TrainingStep, where: str) -> Explanation:
    """Explain one unit, one parameter, or the loss; dL/dtanh1[...] explains tanh1[...].

    Of a whole layer, or a range of it, the number that matters most is explained.

    Raises:
        ValueError: there is no such number, or it is not known yet; the message says what there is.
    """
    value = names.lookup(training, where, only_image=True)
    if value.kind == "labels":
        raise ValueError("t holds the labels; nothing computes them")
    if value.kind == "loss":
        return _loss(training)
    index, chosen = _most_important(training, value)
    explain_one = _parameter if value.of in training.net.params else _unit
    return replace(judged(training, value.of, index, explain_one(training, value.of, index)),
                   chosen=chosen)


def _most_important(training: TrainingStep, value: names.Value) -> tuple[Index, str]:
    """The index of the number with the largest gradient among those of a name, and why that one."""
    shape, of, w = value.array.shape, value.of, value.of in training.net.params
    places = np.arange(value.array.size).reshape(shape)[value.index].ravel()
    if len(value.index) == len(shape) and places.size == 1:
        return tuple(map(int, np.unravel_index(places[0], shape))), ""
    if places.size == 0:
        raise ValueError(f"{value.label} holds no number")
    gradient = (training.parameter_gradients if w else training.gradients).get(of)
    letter, why = "w" if w else "o", ""
    if gradient is not None and gradient.ravel()[places].any():
        numbers, letter = gradient, f"∂L/∂{letter}"
    else:
        numbers = training.net.params[of] if w else training.trace[of]
        why = ("; backprop has not reached it yet" if gradient is None else
               f"; every ∂L/∂{letter} is 0")
    best = places[np.abs(numbers.ravel()[places]).argmax()]
    return (tuple(map(int, np.unravel_index(best, shape))),
            f"the largest |{letter}| of {value.label}{why}")


def _unit(training: TrainingStep, name: str, index: Index) -> Explanation:
    label, value = at(name, index), float(training.trace[name][index])
    gradient = training.gradients.get(name)
    expected = None if gradient is None else float(gradient[index])
    parts = [_origin(training, name, index)]
    if expected is None:
        remark = ("Backprop has not reached it yet: "
                  f"`until {training.gradient_step(name)}` goes there.")
        parts.append(Part("what it does to the loss", remark=remark))
    else:
        parts += unit_gradient(training, name, index, expected)
    return Explanation(label, value, tuple(parts),
                       nudge_unit(training, name, label, index, expected))


def _origin(training: TrainingStep, name: str, index: Index) -> Part:
    """o of one unit. If a tanh follows a sum, one formula shows both."""
    heading = "where it comes from"
    if name == "input":
        return Part(heading, remark="It is a number of the image.")
    site = _site(training, name)
    kind = training.explained(name)
    sums = kind.value(site, index)
    inner = None
    if site.before != "input" and kind.apply is not None and site.before not in training.gates:
        inner = _site(training, site.before)
    if inner is not None and training.explained(site.before).linear:
        (before,) = training.explained(site.before).value(inner, index)
        (last,) = sums[0].results
        function = last.name.removeprefix("o = ").replace("o'", "s")
        sums = [replace(before, title="o = " + function.replace("s)", "b + Σ w·o')", 1)
                        if "(s)" in function else f"o = {function}, s = b + Σ w·o'",
                        results=(*before.results, replace(last, name=f"o = {function}")))]
    if name in training.trace.gates:
        gate = float(training.trace.gates[name][index[1]])
        value = float(site.y[index]) * gate
        gated = Sum("", (entries(name, site.y, *index),)).result(
            f"· gate {gate:g}", value, training.trace[name][index], abs(value))
        sums = [replace(sums[0], results=(*sums[0].results, gated)), *sums[1:]]
    return Part(heading, tuple(sums))


def _parameter(training: TrainingStep, name: str, index: Index) -> Explanation:
    layer, _, key = name.rpartition(".")
    label, value = at(name, index), float(training.net.params[name][index])
    gradient = training.parameter_gradients.get(name)
    expected = None if gradient is None else float(gradient[index])
    if gradient is None or expected is None:
        parts = [Part("its gradient", remark="Backprop has not reached it yet: "
                                             f"`until gradients {layer}` goes there.")]
    else:
        site = _site(training, layer)
        of_units = training.upstream(layer)
        parts = [Part(f"dL/d{label}, by the units that share it",
                      (training.explained(layer).parameter(
                          site, of_units, key, index, expected),))]
    if gradient is not None and expected is not None and name in training.updated:
        rate = training.learning_rate
        terms = np.array([value, -rate * expected])
        precision = coarsest(training.net.params[name], gradient)
        parts.append(Part("its update", (total_of(
            "w ← w - λ·∂L/∂w", (Factor((label, f"-λ·dL/d{label}").__getitem__, terms),),
            "the new one", float(training.updated[name][index]),
            least=rounding(precision, 2), all_shown=True, remark=f"λ = {rate:g}"),)))
    return Explanation(label, value, tuple(parts),
                       nudge_parameter(training, name, label, index, expected))


def _loss(training: TrainingStep) -> Explanation:
    assert training.loss is not None
    heading = "where it comes from"
    if training.own_loss:
        return Explanation("L", training.loss, (
            Part(heading, remark="The loss is your own, and this is what it returned."),), None)
    n, trace, remark = np.arange(len(training.t)), training.trace, ""
    with np.errstate(divide="ignore"):
        logs = np.log(trace.y[n, training.t].astype(np.float64))
    if training.underflowed.any():
        remark = (f"Where y of the true class is 0 in {trace.y.dtype}, log y is computed from the "
                  "logits, as in training.")
        for i in np.flatnonzero(np.isneginf(logs)):
            row = trace.logits[i:i + 1].astype(np.float64)
            logs[i] = -loss_from_logits(row, training.t[i:i + 1])[0]
    terms = (constant(f"-1/{len(n)}", -1 / len(n), len(n)),
             Factor(lambda i: f"log {at(training.last, (i, int(training.t[i])))}", logs))
    return Explanation("L", training.loss, (Part(heading, (total_of(
        "L = -1/N Σ_n log y[n,t_n], the mean over the images", terms, "the sum", training.loss,
        remark=remark),)),), None)


def _site(training: TrainingStep, name: str) -> Site:
    return site_of(training.net, training.trace, name, training.before(name))
