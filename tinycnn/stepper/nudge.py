"""The check by hand: move one number a little, and see how far the loss moves.

The network that is stepped is left alone: a nudge goes through a copy of it in float64, where it
can be as small as the formula needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..gradcheck.numeric import KINK, RTOL, H
from ..network import Network, Trace
from ..output.text import number
from .answers.blocks import Block, Remark, Table, Title
from .answers.shown import Shown
from .answers.terms import Index, at, coarsest
from .bend import first_bend
from .cancelling import precision_of
from .training_step import TrainingStep

COARSE = 1e-4       # what a deep network in float32 keeps of a gradient, as a rule, or better


@dataclass(frozen=True)
class Nudge(Shown):
    """L when one number is h smaller, unchanged, and h larger.

    Attributes:
        name: the number; h: how far it was moved.
        below, here, above: L, in float64.
        gradient: dL/d(name) from backprop, None if it has not reached it yet.
        size: how large the numbers are that L is made of, in units of L.
        share: how far, as a share of its size, `gradient` may be off in the network's precision.
        exact: the same from backprop in float64, if it was asked for a second opinion.
        bent: L has a kink: its slopes on the left and on the right differ even for a small h, so
            there is no derivative to compare with. Which layer bends, and why.
        because: why nothing is compared: a layer that answers otherwise each time, or the like.
        hint: what to look at next.
    """

    name: str
    below: float
    here: float
    above: float
    gradient: float | None
    h: float = H
    size: float = 1.0
    share: float = RTOL
    exact: float | None = None
    bent: str = ""
    because: str = ""
    hint: str = ""

    @property
    def measured(self) -> float:
        """(L above - L below) / 2h."""
        return (self.above - self.below) / (2 * self.h)

    @property
    def noise(self) -> float:
        """How much rounding may change `measured`: a few last digits of L, or of its parts."""
        return 4 * float(np.finfo(np.float64).eps) * max(self.size, abs(self.here)) / self.h

    @property
    def slopes(self) -> tuple[float, float]:
        """The slopes on the left and on the right; they differ at a kink."""
        return (self.here - self.below) / self.h, (self.above - self.here) / self.h

    @property
    def verdict(self) -> str:
        """"agrees", "rounded" (in float64 it agrees), "kink", "differs", "incomparable", ...

        And "too small" (to tell from rounding), "unknown" (not computed yet), or "nan".
        """
        if not np.isfinite([self.below, self.here, self.above]).all():
            return "nan"
        if self.gradient is None:
            return "unknown"
        if self.near(self.gradient, self.measured, self.share):
            lost = self.gradient != 0 and abs(self.measured) <= 4 * self.noise
            return "too small" if lost else "agrees"
        if self.exact is not None and self.near(self.exact, self.measured, RTOL):
            return "rounded"
        if self.exact is not None and np.isfinite(self.exact) and not np.isfinite(self.gradient):
            return "nan"
        return "incomparable" if self.because else "kink" if self.bent else "differs"

    def blocks(self) -> list[Block]:
        """The losses, the slope, and the verdict."""
        h = number(self.h)
        rows = [(f"{self.name} - {h}", f"L = {number(self.below, 12)}"),
                (f"{self.name} + {h}", f"L = {number(self.above, 12)}"),
                (f"difference / {number(2 * self.h)}", f"    {number(self.measured, 5)}")]
        if self.gradient is not None:
            rows.append(("backprop", f"    {number(self.gradient, 5)}"))
        if self.verdict == "rounded":
            rows.append(("backprop in float64", f"    {number(self.exact or 0.0, 5)}"))
        return [Title("the check: nudge it, and watch the loss"), Table(rows, "<<"),
                Remark(self._sentence(), wrong=self.verdict == "differs", indent=4)]

    def _sentence(self) -> str:
        left, right = self.slopes
        gradient = self.gradient or 0.0
        one_of_them = any(self.near(gradient, slope, KINK) for slope in self.slopes)
        zero = "Both are 0, which proves nothing: a wrong layer might give 0 as well."
        return {
            "agrees": "They agree." if gradient else f"{zero} {self.hint}".rstrip(),
            "nan": f"{'Backprop' if np.isfinite([left, right]).all() else 'L'} is not finite here, "
                   "so there is nothing to compare; `trouble` may say why.",
            "unknown": "Backprop has not reached it yet; it will have to find this slope.",
            "too small": "Both are too small to tell from rounding errors.",
            "rounded": "In float64 they agree, so no layer is wrong. But the network's own "
                       "precision is too coarse here: its backprop finds another number.",
            "incomparable": f"Nothing can be compared here, because of {self.because}.",
            "kink": "There is a kink here, so no derivative: the slope of L is "
                    f"{number(left, 5)} on the left and {number(right, 5)} on the right. Backprop "
                    f"takes {'one' if one_of_them else 'neither'} of them. {self.bent}",
            "differs": f"THEY DIFFER: {self.hint or 'this number, or a layer after it, is wrong.'}",
        }[self.verdict]

    def near(self, gradient: float, slope: float, share: float) -> bool:
        """Whether a gradient equals a `slope`, to a `share` of its size and to rounding."""
        if not np.isfinite([slope, gradient]).all():
            return False
        return bool(abs(slope - gradient)
                    <= share * max(abs(slope), abs(gradient)) + self.noise)


class _Rest:
    """The layers after some units, in float64, and what goes into them.

    Args:
        name: the units before, or a parameter of the first layer.
    """

    def __init__(self, training: TrainingStep, name: str, index: Index) -> None:
        self.training, self.name, self.index = training, name, index
        self.first = name.rpartition(".")[0]
        before = training.before(self.first) if self.first else name
        start = before if before in training.trace else "input"
        net, self.x = training.net.astype(np.float64), np.array(training.trace[start], np.float64)
        self.units = training.units[training.units.index(start):]
        self.layers = {unit: net[unit] for unit in self.units[1:]}
        self.net = Network(**self.layers) if self.layers else None
        self.gates = {unit: gate for unit, gate in training.gates.items() if unit in self.layers}
        self.array = net.params[name] if self.first else self.x
        self.old = float(self.array[index])

    def trace(self, value: float) -> Trace:
        """A pass with this value of the number; if no layer is left, it holds only x."""
        self.array[self.index] = value
        with np.errstate(all="ignore"):
            trace = (self.net.forward(self.x, self.gates) if self.net
                     else Trace(self.x.copy(), None))
        self.array[self.index] = self.old
        return trace

    def loss(self, value: float) -> float:
        """L with this value of the number."""
        with np.errstate(all="ignore"):
            return self.training.loss_from(self.trace(value))

    def backprop(self) -> float | None:
        """The number's gradient by the same steps, in float64; None if no layer is left."""
        if self.net is None:
            return None
        training = self.training
        steps = TrainingStep(self.net, self.x, training.t, training.learning_rate,
                             training.objective.own)
        steps.gates = self.gates
        for i, step in enumerate(steps.steps, 1):
            if step.split()[0] not in ("gradients", "update") or step == f"gradients {self.first}":
                steps.do(i)
        found = steps.parameter_gradients[self.name] if self.first else steps.gradients["input"]
        return float(found[self.index])

    def bend(self, h: float) -> str:
        """Which layer bends within h, and why."""
        layers, passes = dict(self.layers), []
        for value in (self.old - h, self.old, self.old + h):
            self.array[self.index] = value
            passes.append(Trace(self.x.copy(), None))
            if self.first:
                passes[-1].add(self.first, *layers[self.first].forward(self.x),
                               self.gates.get(self.first))
        layers.pop(self.first, None)
        return first_bend(self.training, layers, passes, h)


def nudge(training: TrainingStep, name: str, index: Index, gradient: float | None) -> Nudge:
    """Nudge one unit's output, after its gates, or one parameter, and compute L again.

    A unit goes through the layers that follow; what goes into a parameter's layer goes through that
    one and those that follow.
    """
    rest, tries, label = _Rest(training, name, index), [], at(name, index)
    coarse = precision_of(training) != np.float64
    rough = [f"{layer}, which answers in {y.dtype} even if it is given float64"
             for layer, y in rest.trace(rest.old).ungated.items() if coarsest(y) != np.float64]
    # Rounding changes o by a share, and L by that share of o · ∂L/∂o.
    sizes = [1.0] + [
        float(np.linalg.norm((np.float64(1) * training.trace[on] * training.gradients[on]).ravel()))
        for on in rest.units if on in training.gradients]
    # log y bends by a share of y. Nothing else is so small that H is large beside it.
    unit = rest.old if not (rest.net or training.own_loss) and 0 < rest.old < 1 else 1.0
    # If a max-pool's winner changes within h, L has a bend there. A smaller h avoids the bend, but
    # a wrong gradient stays wrong.
    here = rest.loss(rest.old)
    for h in (unit * H, unit * H / 10, unit * H / 100):
        tries.append(Nudge(label, rest.loss(rest.old - h), here, rest.loss(rest.old + h), gradient,
                           h, max(sizes), COARSE if coarse else RTOL))
        if tries[-1].verdict != "differs":
            return tries[-1]
    if training.own_loss and here and (
            training.objective.value(rest.trace(rest.old).y.astype(np.float32)) == here
            or all(float(np.float32(L)) == L for one in tries for L in (one.below, one.above))):
        rough.append("the loss, which computes in float32 even if it is given float64")
    if rest.net is None and training.underflowed[index[0]]:
        rough.append("y of the true class: it is below the smallest number of "
                     f"{training.trace.y.dtype}, and counts as that number")
    if rough:                       # then a step of h is not much more than its rounding
        return replace(tries[0], because=rough[0])
    second = rest.backprop() if coarse else None
    for one in (replace(one, exact=second) for one in tries):
        if one.verdict in ("rounded", "nan"):
            return one
    # As h gets smaller, the slopes on both sides become equal, except at a kink.
    bends = [abs(one.slopes[0] - one.slopes[1]) for one in tries]
    if any(narrow > max(wide / 2, 4 * one.noise)
           for wide, narrow, one in zip(bends, bends[1:], tries[1:], strict=False)):
        return replace(tries[1], bent=rest.bend(tries[1].h))
    return tries[0]
