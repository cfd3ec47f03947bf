"""The slope of a number along a direction: one measurement for a whole array of derivatives.

    Σ_i v_i · ∂s/∂x_i ≈ (s(x + h·v) - s(x - h·v)) / 2h

With a v of random numbers, none near 0, a wrong entry anywhere in the gradient changes the left
side. But the right side may be wrong, too: if a max-pool or a ReLU switches within the step, or if
rounding is larger than what is measured. So a difference is an error of the gradient only if two
steps agree on it, and the bend, the change of slope at x, shrinks with the step, as it does where s
is smooth. At a kink it stays the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..layers.base import Array
from .numeric import NEAR_ZERO, RTOL, upstream

STEPS = (1e-5, 1e-6, 1e-7, 1e-8)    # relative to the size of x
CLEAR = 0.01    # what the steps disagree by, and rounding, are below this share of a clear error
HIDDEN = 1e-4   # rounding above this share of a slope could hide an error
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Verdict:
    """A gradient's slope along a direction, compared with the measured one.

    Attributes:
        error: their difference, relative to the typical size of such a slope.
        wrong: the measurement is sound, and the gradient differs from it.
        unsure: nothing can be said, because of a kink or of rounding.
    """

    error: float
    wrong: bool = False
    unsure: bool = False


def along_all(s: Callable[[], tuple[float, float]], x: Array, gradient: Array,
              rng: np.random.Generator) -> list[Verdict]:
    """Compare <gradient, v> with the slope of s along v, for some directions v.

    Args:
        s: returns (s, Σ|terms of s|) for x, which is nudged in place and put back. The second
            number tells how much rounding to expect at least.
        x: float64; gradient: an array of its shape.
    """
    here, old, tried = s(), x.copy(), directions(rng, x, gradient)
    scale = float(np.sqrt(np.mean(np.square(x)))) or 1.0

    def moved(h: float, v: Array) -> float:
        x[...] = old + h * v
        value = s()[0]
        x[...] = old
        return value

    @cache
    def jitter() -> float:      # once, along the first direction: every entry moves in it
        steps = [moved(k * 1e-12 * scale, tried[0]) for k in range(8)]
        return 2 * float(np.abs(np.diff(steps, 2)).max())

    return [_along(moved, jitter, here, scale, gradient, v) for v in tried]


def _along(moved: Callable[[float, Array], float], jitter: Callable[[], float],
           here: tuple[float, float], scale: float, gradient: Array, v: Array) -> Verdict:
    """The verdict along one direction.

    Args:
        moved: (h, v) -> s at x + h·v; here: (s, Σ|terms of s|) at x; scale: the size of x.
        jitter: how much rounding changes s: over steps so small that nothing else bends its graph.
    """
    if not np.isfinite(gradient).all():
        return Verdict(float("inf"), wrong=True)
    analytic = float((gradient * v).sum())
    typical = float(np.sqrt(np.square(gradient * v).sum()))
    (at_x, terms), earlier = here, (np.inf, np.inf)
    rounding = 4 * EPS * terms
    for step in STEPS:
        if step == STEPS[1]:        # not right at once: measure the rounding inside s as well
            rounding = max(rounding, jitter())
        h = step * scale
        above, below = moved(h, v), moved(-h, v)
        measured, bend = (above - below) / (2 * h), abs((above - at_x) - (at_x - below)) / h
        off, size, noise = abs(analytic - measured), max(typical, abs(measured)), rounding / h
        error = off / size if size else 0.0
        if off <= RTOL * size + noise:
            return Verdict(error if typical else 0.0, unsure=noise > HIDDEN * size and typical > 0)
        agreed = max(abs(measured - earlier[0]), noise) <= CLEAR * off
        if agreed and earlier[1] <= off and bend <= max(earlier[1] / 5, 4 * noise):
            return Verdict(error, wrong=True)
        earlier = measured, bend
    return Verdict(error, unsure=True)


def is_wrong(verdicts: list[Verdict]) -> bool:
    """Whether two directions show it: among many kinks at many distances, one may be chance."""
    return sum(v.wrong for v in verdicts) > 1


def largest(verdicts: list[Verdict]) -> float:
    """The largest relative error of those that could be measured."""
    return max((v.error for v in verdicts if not v.unsure), default=0.0)


def directions(rng: np.random.Generator, x: Array, gradient: Array, samples: int = 4
               ) -> list[Array]:
    """Directions that touch every entry, and some single entries, including the largest one.

    Two are random. Two move equal entries of x by the same, so that a max-pool's tie is no kink.
    Single entries near 0 are not sampled: their measured slope is mostly rounding.
    """
    result = [upstream(rng, x.shape), upstream(rng, x.shape), np.ones(x.shape), np.cos(x)]
    size = float(np.sqrt(np.mean(np.square(gradient)))) if gradient.size else 0.0
    candidates = np.flatnonzero(np.abs(gradient) >= NEAR_ZERO * size)
    chosen = rng.choice(candidates, min(samples, len(candidates)), replace=False)
    for index in {*chosen.tolist(), int(np.abs(gradient).argmax())}:
        v = np.zeros(gradient.shape)
        v.flat[index] = 1
        result.append(v)
    return result
