"""Where a number comes from, and what it does to the loss: term by term, and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..trace import behind_gate
from . import names
from .kinds import Site, kind_of
from .nudge import Nudge, nudge_parameter, nudge_unit
from .terms import Factor, Index, Result, Sum, at, constant, entries, total_of

if TYPE_CHECKING:
    from .stepper import Stepper

Array = np.ndarray


@dataclass(frozen=True)
class Part:
    """One question and its answer."""

    heading: str
    sums: tuple[Sum, ...] = ()
    remark: str = ""


@dataclass(frozen=True, repr=False)
class Explanation:
    """One number, explained.

    Attributes:
        name: such as "tanh1[0,4,10,10]"; value: the number; what: "a unit" or "a parameter".
        parts: where it comes from, and its gradient as far as backprop has come.
        nudge: the numeric check of that gradient, None before the network has a loss (with labels
            that its output has no class for) .
    """

    name: str
    value: float
    what: str
    parts: tuple[Part, ...]
    nudge: Nudge | None

    @property
    def sums(self) -> list[Sum]:
        """All sums of all parts."""
        return [a_sum for part in self.parts for a_sum in part.sums]

    @property
    def ok(self) -> bool:
        """Whether all sums are the pass's own numbers, and the nudge does not contradict."""
        return (all(a_sum.ok for a_sum in self.sums)
                and (self.nudge is None or self.nudge.verdict != "differs"))

    @property
    def text(self) -> str:
        """The explanation as lines that fit into 80 columns."""
        from .text import explanation_text
        return explanation_text(self)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Explanation of {self.name} = {self.value:.6g}>"

    def _repr_html_(self) -> str:
        from .html import explanation_html
        return explanation_html(self)


def explain(stepper: Stepper, where: str) -> Explanation:
    """Explain one unit, one parameter, or the loss; a gradient's name means the thing itself.

    Raises:
        ValueError: there is no such number, or it is not known yet; the message says what there is.
    """
    value, index = names.unit(stepper, where)
    if value.kind == "labels":
        raise ValueError("t holds the labels; nothing computes them")
    if value.kind == "loss":
        return _loss(stepper)
    if value.of in stepper.net.params:
        return _parameter(stepper, value.of, index)
    return _unit(stepper, value.of, index)


def _unit(stepper: Stepper, name: str, index: Index) -> Explanation:
    label, value = at(name, index), float(stepper.trace[name][index])
    gradient = stepper.gradients.get(name)
    expected = None if gradient is None else float(gradient[index])
    parts = [_origin(stepper, name, index)]
    if expected is None:
        parts.append(Part("what it does to the loss",
                          remark="Backprop has not come to it yet: " + _computed_by(stepper, name)))
    else:
        parts += _unit_gradient(stepper, name, index, expected)
    return Explanation(label, value, "a unit", tuple(parts),
                       nudge_unit(stepper, name, label, index, expected))


def _origin(stepper: Stepper, name: str, index: Index) -> Part:
    """o of one unit. Where a tanh stands behind a sum, both are one formula."""
    heading = "where it comes from"
    if name == "input":
        return Part(heading, remark="It is a number of the image.")
    site = _site(stepper, name)
    kind = kind_of(site.layer)
    sums = kind.value(site, index)
    inner = None
    if site.before != "input" and kind.apply is not None and site.before not in stepper.gates:
        inner = _site(stepper, site.before)
    if inner is not None and kind_of(inner.layer).linear:
        (before,) = kind_of(inner.layer).value(inner, index)
        (last,) = sums[0].results
        function = last.name.removeprefix("o = ").replace("o'", "s")
        sums = [replace(before, title="o = " + function.replace("s)", "b + Σ w·o')", 1)
                        if "(s)" in function else f"o = {function}, s = b + Σ w·o'",
                        results=(*before.results, replace(last, name=f"o = {function}")))]
    if site.gated:
        gate = float(stepper.trace.gates[name][index[1]])
        behind = Result(f"· gate {gate:g}", float(site.y[index]) * gate,
                        float(stepper.trace[name][index]))
        sums = [replace(sums[0], results=(*sums[0].results, behind)), *sums[1:]]
    return Part(heading, tuple(sums))


def _unit_gradient(stepper: Stepper, name: str, index: Index, expected: float) -> list[Part]:
    """∂L/∂o: by the classes that it moves, and by the units that it feeds."""
    layers = list(stepper.net.layers)
    n, last = index[0], layers[-1]
    if name == last:
        n_images, label = len(stepper.t), int(stepper.t[n])
        y = float(stepper.trace.y[index])
        title = "∂L/∂y = -1/(N·y) at the true label, 0 elsewhere"
        true = index[1] == label
        factors: tuple[Factor, ...] = (
            constant(f"-1/{n_images}", -1 / n_images),
            Factor(lambda i: f"1/{at(last, index)}", np.array([1 / y if y else np.inf])))
        if not true:
            factors = (constant(f"{index[1]} is not the true label {label}", 0.0),)
        return [Part(f"dL/d{at(name, index)}, from the loss",
                     (total_of(title, factors, "the product", expected, all_shown=True),))]
    seed = stepper.gradients[last]
    k = np.arange(seed.shape[1])
    dy_do = np.array([stepper.prediction_gradient(int(j), name)[index] for j in k])
    by_class = total_of("∂L/∂o = Σ_k ∂L/∂y_k · ∂y_k/∂o",
                        (entries(f"dL/d{last}", seed, n, k),
                         Factor(lambda i: f"dy{i}/d{at(name, index)}", dy_do)), "the sum", expected,
                        all_shown=len(k) <= 20)
    after = layers[layers.index(name) + 1 if name in layers else 0]
    site = _site(stepper, after)
    dy = behind_gate(stepper.trace, after, stepper.gradients[after])
    return [Part(f"dL/d{at(name, index)}, by the {len(k)} classes", (by_class,)),
            Part(f"the same, by what it feeds in {after}",
                 (kind_of(site.layer).to_input(site, dy, index, expected),))]


def _parameter(stepper: Stepper, name: str, index: Index) -> Explanation:
    layer, _, key = name.rpartition(".")
    label, value = at(name, index), float(stepper.net.params[name][index])
    gradient = stepper.parameter_gradients.get(name)
    expected = None if gradient is None else float(gradient[index])
    if gradient is None or expected is None:
        parts = [Part("its gradient", remark="Backprop has not come to it yet: "
                                             f"`until gradients {layer}` goes there.")]
    else:
        site = _site(stepper, layer)
        dy = behind_gate(stepper.trace, layer, stepper.gradients[layer])
        parts = [Part(f"dL/d{label}, by the units that share it",
                      (kind_of(site.layer).parameter(site, dy, key, index, expected),))]
    if expected is not None and name in stepper.updated:
        rate = stepper.learning_rate
        step = -rate * expected
        parts.append(Part("its update", (Sum(
            "w ← w - λ·∂L/∂w", (Factor((label, f"-λ·dL/d{label}").__getitem__,
                                       np.array([value, step])),),
            (Result("the new one", value + step, float(stepper.updated[name][index])),),
            all_shown=True, remark=f"λ = {rate:g}"),)))
    return Explanation(label, value, "a parameter", tuple(parts),
                       nudge_parameter(stepper, name, label, index, expected))


def _loss(stepper: Stepper) -> Explanation:
    assert stepper.loss is not None
    n = np.arange(len(stepper.t))
    true = stepper.trace.y[n, stepper.t]
    last = list(stepper.net.layers)[-1]
    with np.errstate(divide="ignore"):
        logs = Factor(lambda i: f"log {at(last, (i, int(stepper.t[i])))}", np.log(true))
    share = constant(f"-1/{len(n)}", -1 / len(n), len(n))
    return Explanation("L", stepper.loss, "the loss", (Part("where it comes from", (
        total_of("L = -1/N Σ_n log y[n,t_n], the mean over the images", (share, logs), "the sum",
                 stepper.loss),)),), None)


def _site(stepper: Stepper, name: str) -> Site:
    trace, before = stepper.trace, stepper.before(name)
    return Site(name, stepper.net[name], before, trace[before], trace.ungated[name],
                trace.caches[name], name in trace.gates)


def _computed_by(stepper: Stepper, name: str) -> str:
    layers = ["input", *stepper.net.layers]
    i = layers.index(name)
    step = f"backward {layers[i + 1]}" if i + 1 < len(layers) else "loss"
    return f"`until {step}` goes there."
