"""Lesson 4, training: what is right, and what usually goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..layers import Softmax
from ..network.loss import loss_from_logits, negative_log_likelihood
from ..training import sgd_update
from .exercise import Answer, Exercise, Written
from .faults import DIAGNOSIS

Array = np.ndarray
Cases = list[tuple[Any, ...]]
Gradient = Callable[[Array, Array], Array]
PAPER_EPOCHS, BATCH = 250, 10


def _knowing_nothing(n_classes: int) -> float:
    """The loss of the softmax of equal logits."""
    y, _ = Softmax().forward(np.zeros((1, n_classes)))
    return negative_log_likelihood(y, np.array([0]))


def _logit_cases(rng: np.random.Generator) -> Cases:
    """Logits of size 1, then of size 1000, with very different levels in the rows."""
    cases = [(rng.normal(size=(n, k)), rng.integers(k, size=n)) for n, k in ((4, 3), (6, 15))]
    large = 1000 * rng.normal(size=(5, 4)) + np.array([[5000], [-5000], [0], [2000], [-2000]])
    lowest = large.argmin(axis=1)               # true classes whose probability is 0 in float64
    return [*cases, (large, lowest), (large, rng.integers(4, size=5))]


def _true_logits(logits: Array, t: Array) -> Array:
    return logits[np.arange(len(t)), t]


def _without_c(logits: Array, t: Array) -> float:
    return float((np.log(np.exp(logits).sum(axis=1)) - _true_logits(logits, t)).mean())


def _with_floor(logits: Array, t: Array) -> float:
    y, _ = Softmax().forward(logits)
    return float(-np.log(_true_logits(y, t) + 1e-9).mean())


def _epoch(w: Array, gradient: Gradient, order: Array, batch_size: int, rate: float) -> Array:
    """Go through the images as `tc.train` does, with its update."""
    w = w.copy()
    for start in range(0, len(order), batch_size):
        sgd_update({"w": w}, {"w": gradient(w, order[start:start + batch_size])}, rate)
    return w


def _old_gradients(w: Array, gradient: Gradient, order: Array, size: int, rate: float) -> Array:
    starts = range(0, len(order), size)
    return w - rate * np.sum([gradient(w, order[s:s + size]) for s in starts], axis=0)


def _epoch_cases(rng: np.random.Generator) -> Cases:
    """Mean squared errors of n images, 7 with 3 in a batch and so on."""
    cases: Cases = []
    for n, k, size in ((7, 3, 3), (10, 2, 4), (5, 4, 1), (9, 3, 4)):
        a, b = rng.normal(size=(n, k)), rng.normal(size=n)

        def gradient(w: Array, batch: Array, a: Array = a, b: Array = b) -> Array:
            return a[batch].T @ (a[batch] @ w - b[batch]) / len(batch)

        cases.append((rng.normal(size=k), gradient, rng.permutation(n), size,
                      float(rng.uniform(0.05, 0.2))))
    return cases


def _updates(n_images: int) -> int:
    """Counted, batch by batch."""
    return PAPER_EPOCHS * sum(1 for _ in range(0, n_images, BATCH))


def _constant_errors(t: Array) -> Array:
    """The error of each constant answer, for the people who are in t."""
    return np.array([(t != k).mean() for k in np.unique(t)])


def _stuck(o: Array, limit: float) -> float:
    """Unit by unit, image by image."""
    stuck = [all(abs(value) > limit for value in unit) for unit in o.T]
    return sum(stuck) / len(stuck)


def _output_cases(rng: np.random.Generator) -> Cases:
    """Units that are saturated in all images (at one side, at both), in some, and in none."""
    cases: Cases = []
    for n, limit in ((6, 0.99), (9, 0.9), (4, 0.95)):
        sure = 4 * np.sign(rng.normal(size=(1, 5))) * np.ones((n, 5))
        both = 4 * np.where(np.arange(n)[:, None] % 2, 1, -1) * np.ones((n, 2))
        some = np.where(np.arange(n)[:, None] == 1, 5, 0.3) * np.ones((n, 3))
        never = rng.normal(size=(n, 4)) / 4
        o = np.tanh(np.hstack([sure, -sure[:, :1], both, some, never]))
        cases.append((o[:, rng.permutation(o.shape[1])[:9 + len(cases)]], limit))
    return cases


EXERCISES: dict[str, Exercise] = {
    "4.1": Answer(
        _knowing_nothing,
        {"that is the probability of the true class, not the loss": lambda k: 1 / k,
         "that is the share of errors, not the loss": lambda k: 1 - 1 / k,
         "take the natural logarithm, not base 2": np.log2,
         "take the natural logarithm, not base 10": np.log10,
         "the sign is wrong: the logarithm of a probability is negative": lambda k: np.log(1 / k)}),
    "4.2": Written(
        lambda logits, t: loss_from_logits(logits, t)[0], _logit_cases,
        {"it is the sum over the images, not the mean":
            lambda logits, t: loss_from_logits(logits, t)[0] * len(t),
         "a small number is added before the logarithm, and this limits the loss":
            _with_floor,
         "exp overflows: subtract the largest logit of each image first": _without_c,
         "y_t is so small that it is 0: take the logarithm of the sum, not of y_t":
            lambda logits, t: -np.log(_true_logits(Softmax().forward(logits)[0], t)).mean(),
         "each image has a largest logit of its own: max(axis=1)":
            lambda logits, t: _without_c(logits - logits.max(), t),
         "the largest logit is subtracted in the sum only":
            lambda logits, t: loss_from_logits(logits, t)[0] - logits.max(axis=1).mean(),
         "[:, t] takes each column in every image: [np.arange(len(t)), t] is meant":
            lambda logits, t: loss_from_logits(logits, t)[0] + _true_logits(logits, t).mean()
            - logits[:, t].mean(),
         "only the largest logit is used, not the sum over the classes":
            lambda logits, t: (logits.max(axis=1) - _true_logits(logits, t)).mean(),
         "the sign is wrong": lambda logits, t: -loss_from_logits(logits, t)[0]}),
    "4.3": Written(
        _epoch, _epoch_cases,
        {"the last, smaller batch is left out":
            lambda w, g, order, size, rate: _epoch(w, g, order[:len(order) // size * size], size,
                                                   rate),
         "the sign is wrong: the update is w - λ ∂L/∂w, and a plus climbs":
            lambda w, g, order, size, rate: _epoch(w, g, order, size, -rate),
         "return stands in the loop": lambda w, g, order, size, rate: w - rate * g(w, order[:size]),
         "each update starts at the first weights, and only the last is left":
            lambda w, g, order, size, rate: w - rate * g(w, order[-(len(order) % size or size):]),
         "all gradients are taken at the weights from before the epoch": _old_gradients,
         "the order is not used": lambda w, g, order, *rest: _epoch(w, g, np.sort(order), *rest),
         "the gradient is divided by the batch size, but it is already a mean":
            lambda w, g, order, size, rate: _epoch(w, lambda w, b: g(w, b) / len(b), order, size,
                                                   rate)}),
    "4.4": Answer(
        _updates,
        {"the last, smaller batch counts as well": lambda n: PAPER_EPOCHS * (n // BATCH),
         "the last batch counts as one update: round up": lambda n: PAPER_EPOCHS * n / BATCH,
         "that is one epoch": lambda n: _updates(n) // PAPER_EPOCHS,
         "that is the number of images that are looked at": lambda n: PAPER_EPOCHS * n},
        tolerance=0),
    "4.5": Answer(
        lambda t: _constant_errors(t).min(),
        {"that is the share of right answers": lambda t: 1 - _constant_errors(t).min(),
         "that is in per cent, not a share": lambda t: 100 * _constant_errors(t).min(),
         "that is the largest error: for the rarest person": lambda t: _constant_errors(t).max(),
         "that holds only if every person has the same share of the images":
            lambda t: 1 - 1 / len(np.unique(t)),
         "that is a count: the error is a share of the images":
            lambda t: _constant_errors(t).min() * len(t)}),
    "4.6": Written(
        _stuck, _output_cases,
        {"that is the share of outputs; a unit counts only if all of its outputs do":
            lambda o, limit: (abs(o) > limit).mean(),
         "units near -1 are saturated too": lambda o, limit: (o > limit).all(axis=0).mean(),
         "a unit counts if it is beyond the limit in every image, not in only one":
            lambda o, limit: (abs(o) > limit).any(axis=0).mean(),
         "that is a number of units, not a share": lambda o, limit: len(o.T) * _stuck(o, limit),
         "that is the share of images": lambda o, limit: (abs(o) > limit).all(axis=1).mean()}),
    "4.7": DIAGNOSIS,
}
