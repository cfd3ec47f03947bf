"""The check by hand: move one number a little, and see how far the loss moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..gradcheck.numeric import KINK, RTOL, H
from ..layers.base import Array
from ..network import Network
from ..network.loss import negative_log_likelihood
from ..output.text import number
from .answers.blocks import Block, Remark, Table, Title
from .answers.shown import Shown
from .answers.terms import Index
from .training_step import TrainingStep


@dataclass(frozen=True)
class Nudge(Shown):
    """L when one number is h smaller, unchanged, and h larger.

    Attributes:
        name: the number; h: how far it was moved.
        below, here, above: L.
        gradient: dL/d(name) from backprop, None if it has not reached it yet.
        bent: L has a kink: its slopes on the left and on the right differ even for a small h, so
            there is no derivative to compare with.
    """

    name: str
    below: float
    here: float
    above: float
    gradient: float | None
    h: float = H
    bent: bool = False

    @property
    def measured(self) -> float:
        """(L above - L below) / 2h."""
        return (self.above - self.below) / (2 * self.h)

    @property
    def noise(self) -> float:
        """How much rounding may change `measured`: a few last digits of L, or of 1 if |L| < 1."""
        return 4 * float(np.finfo(np.float64).eps) * max(1.0, abs(self.here)) / self.h

    @property
    def slopes(self) -> tuple[float, float]:
        """The slopes on the left and on the right; they differ at a kink."""
        return (self.here - self.below) / self.h, (self.above - self.here) / self.h

    @property
    def verdict(self) -> str:
        """"agrees", "kink", "differs", "too small" (to tell from rounding), "unknown" or "nan"."""
        if not np.isfinite([self.below, self.here, self.above]).all():
            return "nan"
        if self.gradient is None:
            return "unknown"
        if self.near(self.measured, RTOL):
            lost = self.gradient != 0 and abs(self.measured) <= 4 * self.noise
            return "too small" if lost else "agrees"
        return "kink" if self.bent else "differs"

    def blocks(self) -> list[Block]:
        """The losses, the slope, and the verdict."""
        h = number(self.h)
        rows = [(f"{self.name} - {h}", f"L = {number(self.below, 12)}"),
                (f"{self.name} + {h}", f"L = {number(self.above, 12)}"),
                (f"difference / {number(2 * self.h)}", f"    {number(self.measured, 5)}")]
        if self.gradient is not None:
            rows.append(("backprop", f"    {number(self.gradient, 5)}"))
        return [Title("the check: nudge it, and watch the loss"), Table(rows, "<<"),
                Remark(self._sentence(), wrong=self.verdict == "differs", indent=4)]

    def _sentence(self) -> str:
        left, right = (number(slope, 5) for slope in self.slopes)
        one_of_them = any(self.near(slope, KINK) for slope in self.slopes)
        return {
            "agrees": "They agree.",
            "nan": "L is not finite here, so there is nothing to compare; `trouble` says why.",
            "unknown": "Backprop has not reached it yet; it will have to find this slope.",
            "too small": "They agree, but both are too small to tell from rounding errors.",
            "kink": f"There is a kink here, so no derivative: the slope of L is {left} on the left "
                    f"and {right} on the right. Backprop takes "
                    f"{'one' if one_of_them else 'neither'} of them: among equal values in a "
                    "pooling window, only the first gets a gradient.",
            "differs": "THEY DIFFER: the gradient is wrong in this layer or in a later one (nearer "
                       "to the loss). `tinycnn check` says why.",
        }[self.verdict]

    def near(self, slope: float, share: float) -> bool:
        """Whether backprop's gradient equals `slope`, to a `share` of its size and to rounding."""
        if self.gradient is None or not np.isfinite([slope, self.gradient]).all():
            return False
        size = max(abs(slope), abs(self.gradient))
        return bool(abs(slope - self.gradient) <= share * size + self.noise)


def nudge_unit(training: TrainingStep, name: str, label: str, index: Index,
               gradient: float | None) -> Nudge:
    """Nudge one unit's output, after its gates, and send it through the layers that follow."""
    array = np.array(training.trace[name])
    names = list(training.net.layers)
    rest = {n: training.net[n] for n in names[names.index(name) + 1 if name in names else 0:]}
    gates = {n: gate for n, gate in training.gates.items() if n in rest}
    tail = Network(**rest) if rest else None

    def loss() -> float:
        y = tail.forward(array, gates).y if tail else array
        return negative_log_likelihood(y, training.t)

    return _measure(label, array, index, loss, gradient)


def nudge_parameter(training: TrainingStep, name: str, label: str, index: Index,
                    gradient: float | None) -> Nudge:
    """Nudge one parameter, and send the images through the whole network."""
    net, x = training.net.copy(), training.trace["input"]

    def loss() -> float:
        return negative_log_likelihood(net.forward(x, training.gates).y, training.t)

    return _measure(label, net.params[name], index, loss, gradient)


def _measure(label: str, array: Array, index: Index, loss: Callable[[], float],
             gradient: float | None) -> Nudge:
    old, tries = float(array[index]), []

    def at(value: float) -> float:
        array[index] = value
        with np.errstate(all="ignore"):
            return loss()

    here = at(old)
    # If a max-pool's winner changes within h, L has a bend there. A smaller h avoids the bend, but
    # a wrong gradient stays wrong.
    for h in (H, H / 10, H / 100):
        tries.append(Nudge(label, at(old - h), here, at(old + h), gradient, h))
        if tries[-1].verdict != "differs":
            return tries[-1]
    # As h gets smaller, the slopes on both sides become equal, except at a kink.
    bends = [abs(one.slopes[0] - one.slopes[1]) for one in tries]
    bent = any(narrow > max(wide / 2, 4 * one.noise)
               for wide, narrow, one in zip(bends, bends[1:], tries[1:], strict=False))
    return replace(tries[1] if bent else tries[0], bent=bent)
