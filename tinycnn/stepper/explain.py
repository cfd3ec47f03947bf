"""Where a number comes from, and what it does to the loss: term by term, and checked."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from . import names
from .answers.terms import MANY, Factor, Index, Sum, at, constant, entries, rounding, total_of
from .cancelling import precision_of
from .explanation import Explanation, Part, judged
from .kinds.base import Site, site_of
from .nudge import nudge
from .training_step import TrainingStep

CLASSES = 100       # the terms of a sum over classes, each of which is a backward pass, at most


def explain(training: TrainingStep, where: str) -> Explanation:
    """Explain one unit, one parameter, or the loss; dL/dtanh1[...] explains tanh1[...].

    Of a whole layer, or a range of it, the number that matters most is explained.

    Raises:
        ValueError: there is no such number, or it is not known yet; the message says what there is.
    """
    value = names.lookup(training, where, only_image=True)
    if value.kind in ("labels", "parameter state"):
        what = "holds the labels" if value.name == "t" else "is from the last update"
        raise ValueError(f"{value.name} {what}; nothing computes it here")
    if value.kind == "loss":
        return _loss(training)
    index, chosen = _most_important(training, value)
    explain_one = _parameter if value.of in training.net.params else _unit
    with np.errstate(all="ignore"):
        found = explain_one(training, value.of, index)
        return replace(judged(training, value.of, index, found), chosen=chosen)


def _most_important(training: TrainingStep, value: names.Value) -> tuple[Index, str]:
    """The index of the number with the largest gradient among those of a name, and why that one."""
    shape, of, w = value.array.shape, value.of, value.of in training.net.params
    places = np.arange(value.array.size).reshape(shape)[value.index].ravel()
    if len(value.index) == len(shape) and places.size == 1:
        return tuple(map(int, np.unravel_index(places[0], shape))), ""
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
        parts += _unit_gradient(training, name, index, expected)
    return Explanation(label, value, tuple(parts), nudge(training, name, index, expected))


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


def _unit_gradient(training: TrainingStep, name: str, index: Index, expected: float) -> list[Part]:
    """∂L/∂o as a sum over the classes, and as a sum over the units that it feeds."""
    last, label = training.last, f"dL/d{at(name, index)}"
    if name == last:
        return [_from_loss(training, index, label, expected)]
    after = dict(pairwise(training.units))[name]
    seed, parts = training.gradients[last], []
    if training.underflowed[index[0]]:
        parts.append(Part(label, remark=(
            f"y of the true class is below the smallest number of {seed.dtype}. So there is no sum "
            "over the classes, and before the softmax ∂L/∂o is (y - onehot)/N, as in training.")))
    elif training.mixes(name):
        parts.append(Part(label, remark=(
            f"A layer after {name} mixes the images, so it moves the y of all of them: there is no "
            "sum over the classes of one image.")))
    elif seed.ndim == 2 and seed.shape[1] <= CLASSES:
        k = np.arange(seed.shape[1])
        dy_do = np.array([training.prediction_gradient(int(j), name)[index] for j in k])
        found = total_of("∂L/∂o = Σ_k ∂L/∂y_k · ∂y_k/∂o",
                         (entries(f"dL/d{last}", seed, index[0], k),
                          Factor(lambda i: f"dy{i}/d{at(name, index)}", dy_do)), "the sum",
                         expected, least=rounding(precision_of(training), MANY),
                         # Its terms may be what is left where others cancelled, in a later
                         # layer: then two ways to compute them, both right, differ.
                         excuse="rounding, or a backward that is not linear",
                         all_shown=len(k) <= 20)
        parts.append(Part(f"{label}, by the {len(k)} classes", (found,)))
    if not (training.underflowed[index[0]] and after == last):
        made = training.explained(after).to_input(
            _site(training, after), training.upstream(after), index, expected)
        heading = "the same" if parts else label
        parts.append(Part(f"{heading}, by the units that it feeds in {after}", (made,)))
    return parts


def _from_loss(training: TrainingStep, index: Index, label: str, expected: float) -> Part:
    """∂L/∂o of the last layer, as a product or in words."""
    heading = f"{label}, from the loss"
    if training.own_loss:
        return Part(heading, remark=f"The loss is {training.objective.whose}: it returned this "
                                    "number. The nudge below checks it.")
    k, true, n_images = index[1], int(training.t[index[0]]), len(training.t)
    factors: tuple[Factor, ...] = (constant(f"{k} is not the true label {true}", 0.0),)
    y = training.trace.y[index]
    if k == true and training.underflowed[index[0]]:
        return Part(heading, remark=f"y is below the smallest number of {y.dtype}, and counts as "
                                    "that number.")
    if k == true:
        factors = (constant(f"-1/{n_images}", -1 / n_images),
                   Factor(lambda i: f"1/{at(training.last, index)}", np.array([1 / y])))
    return Part(heading, (total_of("∂L/∂y = -1/(N·y) at the true label, 0 elsewhere", factors,
                                   "the product", expected, all_shown=True),))


def _parameter(training: TrainingStep, name: str, index: Index) -> Explanation:
    layer, _, key = name.rpartition(".")
    label, value = at(name, index), float(training.net.params[name][index])
    gradients = training.parameter_gradients
    expected = float(gradients[name][index]) if name in gradients else None
    if expected is None:
        parts = [Part("its gradient", remark="Backprop has not reached it yet: "
                                             f"`until gradients {layer}` goes there.")]
    else:
        parts = [Part(f"dL/d{label}, by the units that share it",
                      (training.explained(layer).parameter(_site(
                          training, layer), training.upstream(layer), key, index, expected),))]
    new = float(training.updated[name][index]) if name in training.updated else None
    if new is not None and not training.plan.plain:
        slope = float(training.the_update()[0][name][index])
        parts.append(Part("its update", remark=(
            f"{training.plan.formula(training.epoch)}: from {value:.6g} to {new:.6g}. Its "
            f"dL/d{label} is {slope:.6g}, computed as in training: from the logits if there is a "
            "softmax.")))
    elif new is not None and expected is not None:
        rate = training.learning_rate
        terms = np.array([value, -rate * expected])
        parts.append(Part("its update", (total_of(
            "w ← w - λ·∂L/∂w", (Factor((label, f"-λ·dL/d{label}").__getitem__, terms),),
            "the new one", new, least=rounding(precision_of(training), 2), all_shown=True,
            remark=f"λ = {rate:g}"),)))
    return Explanation(label, value, tuple(parts), nudge(training, name, index, expected))


def _loss(training: TrainingStep) -> Explanation:
    assert training.loss is not None
    heading, remark = "where it comes from", ""
    if training.own_loss:
        remark = f"The loss is {training.objective.whose}, and this is what it returned."
    elif training.underflowed.any() and np.isfinite(training.loss):
        remark = (f"y of a true class is below the smallest number of {training.trace.y.dtype}. "
                  "There log y comes from the logits, as in training.")
    if remark:
        return Explanation("L", training.loss, (Part(heading, remark=remark),), None)
    n = np.arange(len(training.t))
    with np.errstate(all="ignore"):
        logs = np.log(training.trace.y[n, training.t].astype(np.float64))
    share = constant(f"-1/{len(n)}", -1 / len(n), len(n))
    log = Factor(lambda i: f"log {at(training.last, (i, int(training.t[i])))}", logs)
    return Explanation("L", training.loss, (Part(heading, (
        total_of("L = -1/N Σ_n log y[n,t_n], the mean over the images", (share, log), "the sum",
                 training.loss),)),), None)


def _site(training: TrainingStep, name: str) -> Site:
    return site_of(training.net[name], training.trace, name, training.before(name))
