"""Which layer has a kink: the first whose output has two slopes, one on each side of a nudge."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..gradcheck.numeric import KINK
from ..layers import Layer
from ..network import Trace
from .answers.terms import at
from .kinds import explained
from .kinds.base import site_of
from .training_step import TrainingStep


def first_bend(training: TrainingStep, layers: Mapping[str, Layer], passes: list[Trace],
               h: float) -> str:
    """The layer and the unit that bend, and why, in a sentence.

    Args:
        layers: those that may bend, in float64.
        passes: what goes into them, with a number h smaller, unchanged, and h larger.
    """
    for name, layer in layers.items():
        passes = [Trace(trace.y, None) for trace in passes]     # of this layer alone
        for trace in passes:
            trace.add(name, *layer.forward(trace.y), training.gates.get(name))
        for n, (below, y, above) in enumerate(zip(*(one.y for one in passes), strict=True)):
            left, right = (y - below) / h, (above - y) / h
            size = np.maximum(np.abs(left), np.abs(right)).max()
            rounding = 16 * np.finfo(np.float64).eps * np.abs(y) / h
            bend = np.abs(left - right) - KINK * size - rounding
            if (bend > 0).any():
                unit = (n, *map(int, np.unravel_index(bend.argmax(), bend.shape)))
                site = site_of(layer, passes[1], name, training.before(name))
                return (f"It is {name} that bends, at {at(name, unit)}: "
                        f"{explained(layer, site.x, site.y).bends(site, unit)}.")
    return "A layer after it, or the loss, bends here; which one is not known."
