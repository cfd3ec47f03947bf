"""Which layer has a kink: the first whose output has two slopes, one on each side of a nudge."""

from __future__ import annotations

import numpy as np

from ..gradcheck.numeric import KINK
from ..network import Network, Trace
from .answers.terms import at
from .kinds import explained
from .kinds.base import site_of
from .training_step import TrainingStep


def first_bend(training: TrainingStep, net: Network, passes: list[Trace], h: float) -> str:
    """The layer and the unit that bend, and why, in a sentence.

    Args:
        net: the layers after the number that was nudged.
        passes: through these, with the number h smaller, unchanged, and h larger.
    """
    below, here, above = passes
    for name, layer in net.layers.items():
        left, right = (here[name] - below[name]) / h, (above[name] - here[name]) / h
        rounding = 16 * np.finfo(np.float64).eps * np.abs(here[name]) / h
        size = np.maximum(np.abs(left), np.abs(right))
        bend = np.abs(left - right) - KINK * size.max() - rounding
        if (bend > 0).any():
            unit = tuple(map(int, np.unravel_index(bend.argmax(), bend.shape)))
            site = site_of(net, here, name, training.before(name))
            return (f"It is {name} that bends, at {at(name, unit)}: "
                    f"{explained(layer, site.x).bends(site, unit)}.")
    return "A layer after it bends here; which one is not known."
