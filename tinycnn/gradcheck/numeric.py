"""Central differences: the derivative of a number, measured, not derived.

    ∂s/∂x_i ≈ (s(x + h·e_i) - s(x - h·e_i)) / 2h

In float64 with h = 1e-5 the formula is off by about h² = 1e-10, and rounding adds as much again.
At a kink it measures something between two slopes, for example if a max-pool changes its winner
between x - h and x + h. `Numeric.kinks` shows where.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..layers.base import Array

H = 1e-5
RTOL = 1e-6             # largest relative error of a right gradient
NEAR_ZERO = 1e-3        # smaller entries are compared relative to this share of the array's size
KINK = 1e-4             # left and right slopes differ by this share of the size


@dataclass(frozen=True)
class Numeric:
    """A measured gradient.

    Attributes:
        gradient: ∂s/∂x by central differences, with the shape of x.
        left, right: the slopes (s(x) - s(x - h)) / h and (s(x + h) - s(x)) / h.
        noise: how much rounding alone may have changed an entry.
    """

    gradient: Array
    left: Array
    right: Array
    noise: float

    @property
    def size(self) -> float:
        """The size of the gradient: the root of its mean square."""
        return float(np.sqrt(np.mean(self.gradient ** 2))) if self.gradient.size else 0.0

    @property
    def kinks(self) -> Array:
        """Where the left and the right slope differ: there is no derivative."""
        return np.abs(self.right - self.left) > KINK * self.size + 4 * self.noise

    def tolerance(self, other: Array) -> Array:
        """How far each entry of `other` may be from the measured one."""
        size = np.maximum(np.maximum(np.abs(self.gradient), np.abs(other)), NEAR_ZERO * self.size)
        return RTOL * size + self.noise


def numeric_gradient(f: Callable[[], Array], x: Array, dy: Array, h: float = H) -> Numeric:
    """∂ Σ f()·dy / ∂x for every entry of x.

    Args:
        f: computes the output from `x`, whose entries are nudged in place and put back.
        x: float64, C-contiguous or not; dy: one weight for each entry of the output, random. (With
            all ones the gradient of a softmax is 0, and the check could not fail.)
    """
    terms = f() * dy
    s, largest = float(terms.sum()), float(np.abs(terms).sum())
    above, below = np.zeros(x.shape), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        old = x[i]
        x[i] = old + h
        above[i] = (f() * dy).sum()
        x[i] = old - h
        below[i] = (f() * dy).sum()
        x[i] = old
    noise = float(np.finfo(np.float64).eps) * largest / h
    return Numeric((above - below) / (2 * h), (s - below) / h, (above - s) / h, noise)


def spread_out(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Random values, no two closer than 0.02 and none closer than 0.01 to 0: no kink within h."""
    n = int(np.prod(shape))
    return ((rng.permutation(n) - n // 2 + 0.5) * 0.02).reshape(shape)


def upstream(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """A random upstream gradient: both signs, no entry near 0, no two entries equal."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape)
