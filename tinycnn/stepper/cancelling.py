"""How large the numbers are that a gradient is the rest of.

Where the terms of a sum cancel, in a layer or in one after it, only rounding is left of them. Two
ways to compute it, each right, then give two numbers. So what they may differ by is a share of the
terms, not of the rest.
"""

from __future__ import annotations

import numpy as np

from ..layers.base import Array
from ..network.loss import one_hot
from ..network.passes import through_gate
from .answers.terms import MANY, coarsest, rounding
from .training_step import TrainingStep


def precision_of(training: TrainingStep) -> np.dtype:
    """The coarsest precision of all arrays of a pass: a layer may answer in its own."""
    return coarsest(*training.trace.values(), *training.gradients.values(),
                    *training.parameter_gradients.values())


def before_cancelling(training: TrainingStep, name: str) -> Array:
    """∂L/∂o (N, *unit) of a layer, if nothing on the way had cancelled: random, of that size.

    ∂L/∂y goes back once more, and after each layer every number is changed at random, by about its
    own size. So what cancelled before does not cancel now. Training also subtracts 1 from y_t, if
    it starts at the logits. This rounds once, where `same_gradient` gives room for MANY times.
    """
    rng, trace = np.random.default_rng(0), training.trace
    dy, precision = training.gradients[training.last], precision_of(training)
    once = np.finfo(precision).eps / rounding(precision, MANY)
    with np.errstate(all="ignore"):
        dy = dy + (rng.normal(size=dy.shape) * dy).astype(dy.dtype)
        for layer in reversed(training.units[training.units.index(name) + 1:]):
            dx = training.net[layer].backward(through_gate(trace, layer, dy), trace.caches[layer])
            size = np.abs(dx)
            if layer == training.last and training.starts_at_logits:
                size += once * (trace.y + one_hot(training.t, dx.shape[1])) / len(dx)
            dy = dx + (rng.normal(size=dx.shape) * size).astype(dx.dtype)
    return dy


def same_gradient(a: Array, b: Array, uncancelled: Array, precision: np.dtype) -> bool:
    """Whether two gradients are the same but for the rounding of what they are made of.

    Args:
        uncancelled: the same gradient from `before_cancelling`; precision: of the pass.
    """
    finite = np.isfinite(a) & np.isfinite(b)
    size = np.abs(uncancelled[np.isfinite(uncancelled)]).max(initial=0)
    return (np.array_equal(np.isfinite(a), np.isfinite(b)) and
            bool((np.abs(a - b)[finite] <= rounding(precision, MANY) * size).all()))
