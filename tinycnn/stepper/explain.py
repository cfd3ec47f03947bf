"""Where a number comes from, and what it does to the loss: term by term, and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..output.text import number
from . import names
from .answers.blocks import Block, Remark, Title
from .answers.shown import Shown
from .answers.terms import Factor, Index, Result, Sum, at, constant, entries, total_of
from .kinds.base import Site
from .nudge import Nudge, nudge_parameter, nudge_unit
from .training_step import TrainingStep


@dataclass(frozen=True)
class Part:
    """One question and its answer."""

    heading: str
    sums: tuple[Sum, ...] = ()
    remark: str = ""


@dataclass(frozen=True, repr=False)
class Explanation(Shown):
    """One number, explained.

    Attributes:
        name: such as "tanh1[0,4,10,10]"; value: the number.
        parts: where it comes from, and its gradient if backprop has reached it.
        nudge: the numeric check of that gradient; None for the loss itself.
    """

    name: str
    value: float
    parts: tuple[Part, ...]
    nudge: Nudge | None

    @property
    def sums(self) -> list[Sum]:
        """All sums of all parts."""
        return [a_sum for part in self.parts for a_sum in part.sums]

    @property
    def ok(self) -> bool:
        """Whether all sums equal the numbers of the pass, and the nudge does not disagree."""
        return (all(a_sum.ok for a_sum in self.sums)
                and (self.nudge is None or self.nudge.verdict != "differs"))

    def blocks(self) -> list[Block]:
        """All parts, one below the other, and the nudge."""
        blocks: list[Block] = [Title(f"{self.name} = {number(self.value)}")]
        for part in self.parts:
            blocks += [Title(part.heading), *part.sums]
            blocks += [Remark(part.remark)] if part.remark else []
        return blocks + (self.nudge.blocks() if self.nudge else [])

    def __repr__(self) -> str:
        return f"<Explanation of {self.name} = {self.value:.6g}>"


def explain(training: TrainingStep, where: str) -> Explanation:
    """Explain one unit, one parameter, or the loss; dL/dtanh1[...] explains tanh1[...].

    Raises:
        ValueError: there is no such number, or it is not known yet; the message says what there is.
    """
    value, index = names.unit(training, where)
    if value.kind == "labels":
        raise ValueError("t holds the labels; nothing computes them")
    if value.kind == "loss":
        return _loss(training)
    if value.of in training.net.params:
        return _parameter(training, value.of, index)
    return _unit(training, value.of, index)


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
        gated = Result(f"· gate {gate:g}", float(site.y[index]) * gate,
                        float(training.trace[name][index]))
        sums = [replace(sums[0], results=(*sums[0].results, gated)), *sums[1:]]
    return Part(heading, tuple(sums))


def _unit_gradient(training: TrainingStep, name: str, index: Index, expected: float) -> list[Part]:
    """∂L/∂o as a sum over the classes, and as a sum over the units that it feeds."""
    n, last = index[0], training.last
    if name == last:
        n_images, label = len(training.t), int(training.t[n])
        y = float(training.trace.y[index])
        title = "∂L/∂y = -1/(N·y) at the true label, 0 elsewhere"
        true = index[1] == label
        factors: tuple[Factor, ...] = (
            constant(f"-1/{n_images}", -1 / n_images),
            Factor(lambda i: f"1/{at(last, index)}", np.array([1 / y if y else np.inf])))
        if not true:
            factors = (constant(f"{index[1]} is not the true label {label}", 0.0),)
        return [Part(f"dL/d{at(name, index)}, from the loss",
                     (total_of(title, factors, "the product", expected, all_shown=True),))]
    seed = training.gradients[last]
    k = np.arange(seed.shape[1])
    dy_do = np.array([training.prediction_gradient(int(j), name)[index] for j in k])
    by_class = total_of("∂L/∂o = Σ_k ∂L/∂y_k · ∂y_k/∂o",
                        (entries(f"dL/d{last}", seed, n, k),
                         Factor(lambda i: f"dy{i}/d{at(name, index)}", dy_do)), "the sum", expected,
                        all_shown=len(k) <= 20)
    after = dict(pairwise(training.units))[name]
    site = _site(training, after)
    return [Part(f"dL/d{at(name, index)}, by the {len(k)} classes", (by_class,)),
            Part(f"the same, by the units that it feeds in {after}",
                 (training.explained(after).to_input(
                     site, training.upstream(after), index, expected),))]


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
    if expected is not None and name in training.updated:
        rate = training.learning_rate
        step = -rate * expected
        parts.append(Part("its update", (Sum(
            "w ← w - λ·∂L/∂w", (Factor((label, f"-λ·dL/d{label}").__getitem__,
                                       np.array([value, step])),),
            (Result("the new one", value + step, float(training.updated[name][index])),),
            all_shown=True, remark=f"λ = {rate:g}"),)))
    return Explanation(label, value, tuple(parts),
                       nudge_parameter(training, name, label, index, expected))


def _loss(training: TrainingStep) -> Explanation:
    assert training.loss is not None
    n = np.arange(len(training.t))
    true = training.trace.y[n, training.t]
    with np.errstate(divide="ignore"):
        logs = Factor(lambda i: f"log {at(training.last, (i, int(training.t[i])))}", np.log(true))
    share = constant(f"-1/{len(n)}", -1 / len(n), len(n))
    return Explanation("L", training.loss, (Part("where it comes from", (
        total_of("L = -1/N Σ_n log y[n,t_n], the mean over the images", (share, logs), "the sum",
                 training.loss),)),), None)


def _site(training: TrainingStep, name: str) -> Site:
    trace, before = training.trace, training.before(name)
    return Site(name, training.net[name], before, trace[before], trace.ungated[name],
                trace.caches[name])
