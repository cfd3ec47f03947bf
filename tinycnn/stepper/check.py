"""`check`: the gradient check of the whole network, and the way to the first wrong gradient."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..gradcheck.compare import against_measured
from ..gradcheck.numeric import H, numeric_gradient
from ..gradcheck.one_layer import check_tries, name_of
from ..gradcheck.own_form import Try
from ..gradcheck.report import Failure, Report
from ..gradcheck.subject import Trouble
from ..gradcheck.whole_network import check_network
from ..layers import Flatten, Softmax
from ..layers.base import Array
from ..network import Network
from ..output.text import listing
from .answers.blocks import Block, Remark
from .answers.shown import Shown
from .answers.terms import at
from .steps import StepError

if TYPE_CHECKING:
    from .stepper import Stepper

IMAGES = 3          # a mean over N images that should be a sum shows only with more than one
SMALL = 8           # rows and columns of the maps on which a wrong layer is looked at alone
ENTRIES = 6000      # of its input and parameters: each takes two forward passes
CANDIDATES = 8
NO_CAUSE = ("unknown", "dtype", "raises", "wrong_shape")    # it may not take the middle alone


@dataclass(frozen=True, repr=False)
class Checked(Shown):
    """What the check found.

    Attributes:
        ok: whether all gradients are right; None if nothing could be checked.
        layer: the first one that is wrong, going backward from the loss; "" if none.
        lines: what there is to say, a paragraph each.
        report: the gradient check's whole report; None if there is none.
    """

    ok: bool | None
    layer: str
    lines: tuple[str, ...]
    report: Report | None = None

    def blocks(self) -> list[Block]:
        """The lines."""
        return [Remark(line, wrong=self.ok is False, indent=0) for line in self.lines]

    def __repr__(self) -> str:
        return f"<Checked: {self.lines[0]}>"


@np.errstate(all="ignore")
def check(stepper: Stepper) -> Checked:
    """Check all gradients on up to three of the images, and go to the first that is wrong.

    Knockouts are left out. A loss of one's own is checked, too.
    """
    if wrong := _wrong_loss(stepper):
        return Checked(False, "", (wrong, _go(stepper, "loss")))
    x, net = np.array(stepper.trace["input"], np.float64), stepper.net.astype(np.float64)
    few = np.concatenate([x, x[..., ::-1]])[:IMAGES]
    with suppress(Exception):       # a layer may be made for batches of this size: then all images
        x, _ = few, net.forward(few)
    if net.logits_layer is None:        # the check starts at what goes into a softmax
        flat = {"flatten for the check": Flatten()} if stepper.forward_pass().y.ndim != 2 else {}
        net = Network(net.input_shape, **net.layers, **flat, **{"softmax for the check": Softmax()})
    try:
        report = check_network(net, x, np.zeros(len(x), int))
    except ValueError as error:
        return Checked(None, "", (f"{error}. `trouble` says where it began.",))
    except Trouble as error:
        return Checked(None, "", (f"Nothing was checked: {error}",))
    if report.ok:
        trace = stepper.forward_pass()
        bad = [name for name in trace if not np.isfinite(trace[name]).all()]
        if bad:
            return Checked(None, "", (f"The numbers of {bad[0]} are not all finite, so nothing can "
                                      "be measured there. `trouble` says where it began.",), report)
        all_ = not any("not checked alone" in note for note in report.notes)
        return Checked(True, "", (
            f"{'All gradients' * all_ or 'The gradients that could be checked'} are right, so it "
            "is not the gradients: `sizes` and `trouble` look for other causes.",
            *report.notes), report)
    wrong_layers = [key.removesuffix(" alone") for key, right in report.checks.items()
                    if key.endswith(" alone") and not right]
    if not wrong_layers:
        return Checked(False, "", (
            *(f.message for f in report.failures), *report.notes), report)
    name, *others = wrong_layers
    found = [f for f in report.failures if f.check == f"{name} alone"]
    failure = next((f for f in found if f.quantity), found[0])
    cause = _cause(net, name, x, report, failure)
    which = re.findall(r"(\w+) by ", failure.message)       # by how much depends on the direction
    lines = [f"{name}, {name_of(net[name])}: wrong {listing(which)}" if which else
             f"{failure.message} ({name_of(net[name])})",
             *([cause] * bool(cause)),
             *([f"Wrong, too: {', '.join(others)}"] * bool(others)),
             _go(stepper, _step_of(name, failure), name, failure.quantity, len(x))]
    return Checked(False, name, tuple(lines), report)


def _cause(net: Network, name: str, x: Array, report: Report, failure: Failure) -> str:
    """The likely cause: of the class if its kind is known, or else of the layer, on small maps."""
    first, *more = report.diagnosis
    if first.key != "first_wrong_layer" or not failure.quantity:
        return f"Likely cause: {first.sentence}" if first.key != "first_wrong_layer" else ""
    layer, names = net[name], ["input", *net.layers]
    x = net.forward(x)[names[names.index(name) - 1]]
    if x.ndim == 4:     # the middle of the maps shows as much
        rows, columns = (slice(max(0, n // 2 - SMALL // 2), n // 2 + SMALL // 2)
                         for n in x.shape[2:])
        x = x[:, :, rows, columns]
    if not more and x.size + sum(w.size for w in layer.params.values()) <= ENTRIES:
        # With two numbers of images, a factor 1/N is told from a constant.
        more = check_tries(name, [Try(layer, x), Try(layer, x[:2])]).diagnosis
    known = [cause.sentence for cause in more if cause.key not in NO_CAUSE]
    if known or "unknown" not in [cause.key for cause in more]:
        return "".join(f"Likely cause: {cause}" for cause in known[:1])
    return "No known mistake gives these numbers."


def _step_of(name: str, failure: Failure) -> str:
    """The step in which a layer is wrong."""
    what = failure.quantity or failure.message.removeprefix(f"{name}: ").split()[0].rstrip("'s")
    if what in ("forward", "y"):
        return f"forward {name}"
    of_weights = what == "parameter_gradient" or (what.startswith("d") and what != "dx")
    return f"{'gradients' if of_weights else 'backward'} {name}"


def _go(stepper: Stepper, step: str, name: str = "", quantity: str = "", n: int = 0) -> str:
    """Go to a step, and say what to type there."""
    try:
        stepper.jump(step)
    except StepError as error:
        return str(error).splitlines()[0]
    more = "" if quantity in ("", "y") else (
        f" `explain {_worst(stepper, name, quantity, n)}` shows a wrong number.")
    return f"Here is {step}.{more}"


def _worst(stepper: Stepper, name: str, quantity: str, n: int) -> str:
    """The number whose gradient is off the most, of some: the largest ones and a few others.

    They are nudged in the layer alone, with the ∂L/∂o that it was given for the first n images.
    """
    layer, before = stepper.net.astype(np.float64)[name], stepper.before(name)
    x = np.array(stepper.trace[before][:n], np.float64)
    dy = np.array(stepper.upstream(name).array[:n], np.float64)
    _, cache = layer.forward(x.copy())
    array, label, gradient = x, before, np.asarray(layer.backward(dy.copy(), cache))
    if quantity != "dx":
        array, label = layer.params[quantity[1:]], f"{name}.{quantity[1:]}"
        gradient = np.asarray(layer.parameter_gradients(dy.copy(), cache)[quantity[1:]])
    tried = [*np.argsort(-np.abs(gradient).ravel())[:CANDIDATES],
             *np.linspace(0, gradient.size - 1, CANDIDATES).astype(int)]

    def off(i: int) -> float:
        old, sums = array.flat[i], []
        for h in (H, -H):
            array.flat[i] = old + h
            sums.append(float((layer.forward(x.copy())[0] * dy).sum()))
        array.flat[i] = old
        return abs((sums[0] - sums[1]) / (2 * H) - float(gradient.flat[i]))

    worst = np.unravel_index(max(tried, key=off), gradient.shape)
    return at(label, tuple(int(i) for i in worst))


def _wrong_loss(stepper: Stepper) -> str:
    """What is wrong with ∂L/∂y of a loss of one's own, nudged at its output; "" if nothing."""
    loss = stepper.objective.own
    if loss is None:
        return ""
    y, t = np.array(stepper.forward_pass().y, np.float64), stepper.t
    if y.size > ENTRIES:    # else all images: a loss may be made for this number of them
        y, t = y[:IMAGES], t[:IMAGES]
    numeric = numeric_gradient(lambda: np.array(loss(y.copy(), t)[0]), y, np.ones(()))
    got = np.asarray(loss(y.copy(), t)[1])
    if not np.isfinite(numeric.gradient).all() or (
            right := against_measured(got, numeric, kinks=True)).all():
        return ""
    first = tuple(int(i) for i in np.argwhere(~right)[0])
    return (f"The loss gives a wrong ∂L/∂y in {(~right).sum()} of {right.size} numbers, the first "
            f"at [{','.join(map(str, first))}]: {got[first]:.6g}, but nudged it is "
            f"{numeric.gradient[first]:.6g}.")
