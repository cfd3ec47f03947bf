"""Which layer has a kink: the first whose output has two slopes, one on each side of a nudge."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..gradcheck.numeric import KINK
from ..network import Network, Trace
from .answers.terms import at
from .kinds import explained
from .kinds.base import site_of
from .training_step import TrainingStep


def first_bend(training: TrainingStep, net: Network, walk: Iterator[list[Trace]], h: float) -> str:
    """The layer and the unit that bend, and why, in a sentence.

    Args:
        net: the layers after the number that was nudged.
        walk: a pass through each of them alone, with the number h smaller, unchanged, h larger.
    """
    for (name, layer), passes in zip(net.layers.items(), walk, strict=True):
        moved = np.flatnonzero([np.any(a != b) for a, b in zip(passes[0].y, passes[2].y,
                                                              strict=True)])
        if moved.size == 0:
            break
        below, y, above = (trace.y[moved] for trace in passes)
        left, right = (y - below) / h, (above - y) / h
        rounding = 16 * np.finfo(np.float64).eps * np.abs(y) / h
        size = np.maximum(np.abs(left), np.abs(right))
        bend = np.abs(left - right) - KINK * size.max() - rounding
        if (bend > 0).any():
            n, *place = map(int, np.unravel_index(bend.argmax(), bend.shape))
            unit = (int(moved[n]), *place)
            site = site_of(net, passes[1], name, training.before(name))
            return (f"It is {name} that bends, at {at(name, unit)}: "
                    f"{explained(layer, site.x).bends(site, unit)}.")
    return "A layer after it bends here; which one is not known."
