"""What goes wrong without an error: NaN, dead maps, saturated layers; and which step began it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..layers.base import Array
from .answers.as_text import as_text
from .answers.blocks import Block, Remark, Table
from .answers.shown import Shown
from .purity import impure, mixed
from .steps import Quantity, Step, StepError
from .training_step import TrainingStep

KINDS = ("nan", "dead", "saturated")    # that a breakpoint can wait for
# A ReLU is off for about half of its numbers. In networks that train well, up to half of its maps
# are off for all images; so it is trouble if more are, each for at least this many numbers.
SEEN = 50
# Half of the inputs of a saturated tanh are beyond ±7.5: the slope is below 1e-6 there. In networks
# that train well the median is up to 2.4 (tests/healthy_nets.py).
FAR = 7.5
LEARNT = 1e-6       # a loss below which nothing is left to learn, so that gradients may be 0
PASSED_ON = {"nan": "NaN or infinity is passed on", "dead": "∂L/∂o = 0 is passed on"}


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong in the outputs of a step.

    Attributes:
        kind: "failed" (a step that is not done), "nan" (or infinite), "dead", "saturated",
            "impure", "probabilities" (they are none, or a softmax gets some), "mixed" (the
            images, perhaps rightly) or "underflow" (of y_t).
        step: the step's name; quantity: the array that is wrong.
        brought_in: whether this step began it, or only passed on what it was given.
        maps: which maps are dead, () otherwise.
        text: the trouble in a sentence.
    """

    kind: str
    step: str
    quantity: Quantity
    brought_in: bool
    maps: tuple[int, ...]
    text: str


class Troubles(Shown, list[Trouble]):
    """All troubles of the steps that are done, as a list.

    As text: those that begin something, each in a sentence; what only passes it on is counted.
    """

    def lines(self) -> list[tuple[str, str]]:
        """(step, what is wrong there), the origins first."""
        lines = [(one.step, one.text) for one in self if one.brought_in]
        for kind, what in PASSED_ON.items():
            steps = list(dict.fromkeys(
                one.step for one in self if one.kind == kind and not one.brought_in))
            if kind == "dead" and not any(one.brought_in for one in self if one.kind == kind):
                continue        # at the loss, ∂L/∂y is 0 except at the true classes
            if steps:
                more = f"in {len(steps)} later steps, from {steps[0]} to {steps[-1]}"
                lines.append(("and so on", f"{what} " + (
                    more if len(steps) > 1 else f"in {steps[0]}")))
        return lines

    def blocks(self) -> list[Block]:
        """A table of steps and sentences."""
        return [Table(self.lines(), "<<")] if self else [Remark(
            "none: no NaN, no dead map, no saturated layer, no layer that does what it must not, "
            "in the steps that are done", indent=0)]

    @property
    def text(self) -> str:
        """A sentence for each, on as many lines as it takes."""
        return as_text([Remark(f"{step}: {what}", indent=0) for step, what in self.lines()]
                       or self.blocks())

    def __repr__(self) -> str:
        return f"<Troubles: {', '.join(f'{one.kind} in {one.step}' for one in self) or 'none'}>"


def failure(error: StepError) -> Trouble:
    """A step that is not done, since its layer raised an exception or gave a wrong answer."""
    first, *lines = str(error).splitlines()
    cause = [line.strip() for line in lines if line.startswith("  Likely cause")]
    nothing = Quantity("", error.step, np.zeros(0))
    return Trouble("failed", error.step, nothing, True, (),
                   ". ".join([first.removeprefix(f"{error.step}: "), *cause]))


def troubles(training: TrainingStep, step: Step) -> list[Trouble]:
    """What is wrong in the outputs of one step that is done."""
    found = [*_not_finite(training, step), *_dead(training, step)]
    if step.name.startswith("forward"):
        name, output = step.name.split()[1], step.outputs[0]
        said = {"impure": impure(training, name), "saturated": saturated(training, name),
                "probabilities": doubtful_output(training, name)[1],
                "mixed": mixed(training, name)}
        found += [Trouble(kind, step.name, output, True, (), text)
                  for kind, text in said.items() if text]
    return found


def doubtful_output(training: TrainingStep, name: str) -> tuple[str, str]:
    """What is wrong with the probabilities of a layer: in a word or two, and in a sentence.

    L needs probabilities and the last layer gives none; or a softmax gets some already.
    """
    y, before = training.trace.ungated[name], training.before(name)
    if before != "input" and _is_softmax(training, before) and _is_softmax(training, name):
        return "softmax twice", (
            f"what goes into {name} are probabilities already, those of {before}. A second softmax "
            "makes them almost equal, and the gradients small: one has to go")
    if name != training.last or training.own_loss or y.ndim != 2 or not np.isfinite(y).all() \
            or is_probabilities(y):
        return "", ""
    low, high, sums = float(y.min()), float(y.max()), y.sum(axis=1)
    if is_probabilities(np.exp(np.minimum(y, 1))):
        what = "are logarithms of probabilities, and L takes the logarithm once more"
    elif low < 0 or high > 1:
        what = (f"go from {low:.3g} to {high:.3g}, but L is the logarithm of a probability: is a "
                "softmax missing at the end?")
    else:
        along = {"over the images, not the classes,": y.sum(axis=0), "all together": y.sum()}
        ones = [how for how, total in along.items() if (np.abs(total - 1) < 1e-3).all()]
        guess = f"summed {ones[0]} they give 1: a wrong axis?" if ones else (
            "is a sigmoid at the end, where a softmax has to be?")
        what = (f"are between 0 and 1, but their rows sum to {sums.min():.3g} to {sums.max():.3g}, "
                f"not to 1: {guess}")
    return "no probabilities", f"the outputs of {name} are no probabilities: they {what}"


def is_probabilities(y: Array) -> bool:
    """Whether every row lies between 0 and 1 and sums to 1, up to rounding."""
    return y.ndim == 2 and bool((y >= 0).all() and (y <= 1.001).all()
                                and (np.abs(y.sum(axis=1) - 1) < 1e-3).all())


def _is_softmax(training: TrainingStep, name: str) -> bool:
    """Whether a layer computes a softmax of its rows, whatever its name."""
    x, y = training.trace[training.before(name)], training.trace.ungated[name]
    if x.shape != y.shape or not is_probabilities(y):
        return False
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return bool(np.allclose(e / e.sum(axis=1, keepdims=True), y, rtol=1e-4, atol=1e-6))


def _not_finite(training: TrainingStep, step: Step) -> list[Trouble]:
    bad_inputs = [q for q in step.inputs if not np.isfinite(q.array).all()]
    # What no earlier step has made begins here: a layer's own parameter, the images, a gate.
    own = [q.name for q in bad_inputs if not q.is_gradient and (
        q.is_parameter or q.name == "input" or q.letter == "gate")]
    given = [q.name for q in bad_inputs if q.name not in own]
    found = []
    for quantity in step.outputs:
        bad = ~np.isfinite(quantity.array)
        if not bad.any():
            continue
        kind = "NaN" if np.isnan(quantity.array).any() else "infinity"
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f", the first at [{','.join(map(str, first))}]" if first else ""
        whose = (f"it came with {given[0]}" if given
                 else f"{step.name} brought it in: {own[0]} contains it" if own
                 else f"{step.name} brought it in: all its inputs are finite" + _overflow(step))
        if step.name == "loss" and not given:
            gate, last = training.trace.gates.get(training.last), training.last
            if gate is not None and not training.own_loss and (gate == 0).any() and np.isfinite(
                    training.objective.value(training.trace.ungated[last])):
                whose = f"y of a true class is 0, since {last} is knocked out there"
            elif doubtful_output(training, last)[0]:
                given, whose = [last], f"{last} gives no probabilities"
        found.append(Trouble("nan", step.name, quantity, not given, (),
                             f"{kind} in {bad.sum()} of {bad.size} numbers of {quantity.name}"
                             f"{place}; {whose}"))
    if step.name == "loss" and training.underflowed.any() and np.isfinite(training.loss or 0):
        images = np.flatnonzero(training.underflowed)
        found.append(Trouble("underflow", step.name, step.inputs[0], True, (),
                             f"y of the true class is too small a number for {step.inputs[0].name} "
                             f"in {len(images)} of {len(training.t)} images, first in image "
                             f"{images[0]}: it is 0. As in training, L and the gradients come "
                             "from the logits there"))
    return found


def _overflow(step: Step) -> str:
    """That e^x is infinite, if the step is a softmax that gives these very numbers; else ""."""
    x, y = step.inputs[0].array, step.outputs[0].array
    if x.ndim != 2 or x.shape != y.shape:
        return ""
    with np.errstate(all="ignore"):
        e = np.exp(x)
        same = np.allclose(e / e.sum(axis=1, keepdims=True), y, 1e-4, 1e-6, equal_nan=True)
    return same * (f". e^x overflows for x over {np.log(np.finfo(e.dtype).max):.0f}, and x goes to "
                   f"{x.max():.3g}: subtract the largest x of each row first")


def _dead(training: TrainingStep, step: Step) -> list[Trouble]:
    """Maps whose ∂L/∂o is 0 for the whole batch: the layers before learn nothing from them."""
    if not step.name.startswith("backward") or abs(training.loss or 0) < LEARNT:
        return []
    layer = step.name.split()[1]
    name, (quantity,) = training.before(layer), step.outputs
    dx, dy, units = quantity.array, training.gradients[layer], training.units
    if dx.ndim < 2 or not any(training.net[one].params for one in units[1:units.index(layer)]):
        return []       # there is no layer before that could learn
    # A layer that keeps maps apart (tanh, pooling) passes on a map that is already dead. So does a
    # batch norm: its parameters are one number for each map, too few for a matrix.
    all_, params = dx.shape[1], training.net[layer].params
    same = dy.ndim == dx.ndim and dy.shape[1] == all_ and all(
        w.size <= all_ for w in params.values())
    kept = training.dropout.get(layer, np.ones(all_)) if same else np.ones(all_)
    dead = tuple(map(int, np.flatnonzero(all_zero(dx) & (kept != 0))))      # dropout is no trouble
    if not dead:
        return []
    given = all_zero(dy) if same else np.full(all_, not dy.any())
    new = [i for i in dead if not given[i]]
    gate = training.trace.gates.get(layer)
    few = 2 * len(dead) <= all_ or (len(dead) < all_ and dx.size < SEEN * all_)
    off = bool(new) and same and not params and not training.trace.ungated[layer][:, new].any()
    if off and few:
        return []
    which = (f"{'map' if dx.ndim > 2 else 'unit'}{'s' if len(dead) > 1 else ''} "
             f"{', '.join(map(str, dead[:8]))}{', ...' * (len(dead) > 8)}")
    weights = [f"{layer}.{key}" for key, w in params.items() if w.ndim > 1 and not w.any()]
    if not new:
        whose = "the gradient it was given is 0 there already"
    elif same and gate is not None and (gate[new] == 0).any():
        whose = f"{step.name} brought it in: knocked out"
    elif off:
        zero = [one for one in units[1:units.index(layer)] if not training.trace[one].any()]
        whose = (f"{step.name} brought it in: {layer} gives 0 there, for every image"
                 + (f"; the first layer that gives only 0 is {zero[0]}" if zero else ""))
    elif weights:
        whose = f"{step.name} brought it in: {weights[0]} is 0 everywhere"
    else:
        whose = f"{step.name} brought it in: the gradient it was given is not all 0"
    return [Trouble("dead", step.name, quantity, bool(new), dead,
                    f"{which} of {name} dead, {len(dead)} of {all_}: ∂L/∂o is 0 at every "
                    f"unit and image; {whose}")]


def saturated(training: TrainingStep, name: str) -> str:
    """In which way half of a layer is saturated, far out; "" if it is not."""
    share, before = saturation(training, name), training.before(name)
    typical = float(np.median(np.abs(training.trace[before])))
    if not share or not typical > FAR:      # it may be NaN
        return ""
    known = training.explained(name)
    far = f"|o - {known.middle}|" if known.middle else "|o|"
    return (f"{name} is saturated: {far} > {known.saturated} in {share:.0%} of its units, where "
            f"the slope is almost 0; {before} brought it in: half of its numbers "
            f"are beyond ±{typical:.3g}")


def saturation(training: TrainingStep, name: str) -> float | None:
    """The share of a layer's units that are saturated; None if its kind cannot be."""
    known = training.explained(name)
    off = np.abs(training.trace.ungated[name] - known.middle)
    return None if known.saturated is None else float((off > known.saturated).mean())


def all_zero(gradient: Array) -> Array:
    """(C,) True for maps with ∂L/∂o = 0 at every unit and image."""
    zero: Array = ~np.any(gradient, axis=(0, *range(2, gradient.ndim)))
    return zero
