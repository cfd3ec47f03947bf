"""The slope of a number along a direction: one measurement for a whole array of derivatives.

    Σ_i v_i · ∂s/∂x_i ≈ (s(x + h·v) - s(x - h·v)) / 2h

With a v of random numbers, none near 0, a wrong entry anywhere in the gradient changes the left
side. If the slopes before and after x differ, a max-pool or a ReLU has switched in between. With a
smaller h most kinks fall outside the step; a tie exactly at x stays inside for every h.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..layers.base import Array
from .numeric import KINK, NEAR_ZERO, RTOL, upstream

STEPS = (1e-5, 1e-6, 1e-7)


@dataclass(frozen=True)
class Verdict:
    """A gradient's slope along a direction, compared with the measured one.

    Attributes:
        error: their difference, relative to the typical size of such a slope.
        right: whether the error is within the tolerance.
        kink: the slopes on the two sides differ at every h: nothing can be said.
    """

    error: float
    right: bool
    kink: bool

    @property
    def passes(self) -> bool:
        """Whether nothing wrong was seen."""
        return self.right or self.kink


def along(s: Callable[[], tuple[float, float]], x: Array, gradient: Array, v: Array) -> Verdict:
    """Compare <gradient, v> with the slope of s along v.

    Args:
        s: returns (s, Σ|terms of s|) for x, which is nudged in place and put back. The second
            number tells how much rounding to expect.
        x: float64; gradient, v: arrays of its shape.
    """
    analytic, at_x, old = float((gradient * v).sum()), s()[0], x.copy()
    typical = float(np.sqrt(np.square(gradient * v).sum()))
    verdicts = []
    for h in STEPS:
        x[...] = old + h * v
        above, terms = s()
        x[...] = old - h * v
        below, _ = s()
        x[...] = old
        measured = (above - below) / (2 * h)
        noise = 4 * float(np.finfo(np.float64).eps) * terms / h
        size = max(typical, abs(measured))
        kink = abs((above - at_x) - (at_x - below)) / h > KINK * size + 4 * noise
        off = abs(analytic - measured)
        right = bool(off <= RTOL * size + noise)       # False for NaN
        verdicts.append(Verdict(off / size if size else 0.0, right, kink))
        if right and not kink:
            return verdicts[-1]
    # A wrong gradient is wrong at every h. A right one may look wrong at a large h, where a kink
    # before x and one after it cancel.
    return next((v for v in reversed(verdicts) if not v.kink), verdicts[-1])


def directions(rng: np.random.Generator, gradient: Array, sweeps: int = 2, samples: int = 4
               ) -> list[Array]:
    """Directions that touch every entry, and some single entries, including the largest one.

    Entries near 0 are not sampled: their measured slope is mostly rounding.
    """
    result = [upstream(rng, gradient.shape) for _ in range(sweeps)]
    size = float(np.sqrt(np.mean(np.square(gradient)))) if gradient.size else 0.0
    candidates = np.flatnonzero(np.abs(gradient) >= NEAR_ZERO * size)
    chosen = rng.choice(candidates, min(samples, len(candidates)), replace=False)
    for index in {*chosen.tolist(), int(np.abs(gradient).argmax())}:
        v = np.zeros(gradient.shape)
        v.flat[index] = 1
        result.append(v)
    return result
