"""Lesson 5, prediction gradients: what is right, and what usually goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..gradients import map_norms_of, prediction_gradients
from ..layers import Conv2D, Dense, Flatten, Softmax, Tanh
from ..network import Network
from ..network.loss import negative_log_likelihood_gradient, one_hot
from .exercise import Answer, Exercise, Written

Array = np.ndarray
Cases = list[tuple[Any, ...]]
CHOOSE = "[np.arange(N), t] takes one entry for each image"


def _put(y: Array, place: Any) -> Array:
    """The seed of training in some places, 0 elsewhere."""
    seed = np.zeros_like(y)
    seed[place] = -1 / (len(y) * y[place])
    return seed


def _probabilities(rng: np.random.Generator) -> Cases:
    return [(rng.dirichlet(np.ones(k), size=n), rng.integers(k, size=n))
            for n, k in ((4, 3), (6, 5), (3, 15))]


def small_net(maps: int, k: int, rng: np.random.Generator) -> Network:
    """Some maps, a tanh and K classes, on images of 5 x 6 pixels, in float64."""
    return Network(conv=Conv2D(1, maps, 3, rng=rng), tanh=Tanh(), flatten=Flatten(),
                   dense=Dense(maps * 3 * 4, k, rng=rng), softmax=Softmax()).astype(np.float64)


def _net_cases(rng: np.random.Generator) -> Cases:
    return [(small_net(2, k, rng), rng.normal(size=(n, 1, 5, 6)), layer)
            for n, k, layer in ((2, 3, "tanh"), (4, 2, "conv"), (3, 5, "flatten"))]


def _seeded(seed: Callable[[Array, int], Array], of: Any = "prob",
            axis: int = 1) -> Callable[[Network, Array, str], Array]:
    """A backward pass for each class k, each with the seed that `seed` makes from y and k."""
    def gradients(net: Network, x: Array, layer: str) -> Array:
        trace = net.forward(x)
        return np.stack([net.backward(trace, seed(trace.y, k), of)[layer]
                         for k in range(trace.y.shape[1])], axis=axis)
    return gradients


def _column(y: Array, k: int) -> Array:
    return one_hot(np.full(len(y), k), y.shape[1], y.dtype)


def _training_cases(rng: np.random.Generator) -> Cases:
    """dL/do, y and t of random networks: what a training step has computed."""
    cases = []
    for n, k in ((3, 4), (5, 3), (2, 6)):
        net, t = small_net(2, k, rng), rng.integers(k, size=n)
        trace = net.forward(rng.normal(size=(n, 1, 5, 6)))
        back = net.backward(trace, negative_log_likelihood_gradient(trace.y, t))
        cases.append((back["tanh"], trace.y, t))
    return cases


def _times(factor: Array, dL_do: Array) -> Array:
    """One factor for each image."""
    return factor[:, None, None, None] * dL_do


def _of_true(y: Array, t: Array) -> Array:
    return y[np.arange(len(y)), t]


def _gradient_cases(rng: np.random.Generator) -> Cases:
    return [(rng.normal(size=(n, c, h, w)), np.append(np.arange(k), rng.integers(k, size=n - k)))
            for n, c, h, w, k in ((5, 2, 3, 4, 2), (9, 3, 4, 4, 3), (12, 1, 2, 5, 4))]


def _class_means(rows: Array, t: Array) -> Array:
    return np.array([rows[t == k].mean(axis=0) for k in range(t.max() + 1)])


def _independent(K: int) -> int:
    """How many of the K gradients are independent: the rank of the softmax's own derivative."""
    return int(np.linalg.matrix_rank(Softmax().backward(np.eye(K), np.full((K, K), 1 / K))))


def _slope(y_t: float) -> float:
    """∂y_t/∂z_t, by the softmax layer; the other class has the rest of the probability."""
    return float(Softmax().backward(np.array([[1.0, 0.0]]), np.array([[y_t, 1 - y_t]]))[0, 0])


EXERCISES: dict[str, Exercise] = {
    "5.1": Written(
        negative_log_likelihood_gradient, _probabilities,
        {"the factor 1/N is missing: L is a mean": lambda y, t: -one_hot(t, y.shape[1]) / y,
         "wrong sign: -log falls as y_t rises": lambda y, t: one_hot(t, y.shape[1]) / (len(y) * y),
         "all classes have an entry, but L depends only on the true class":
            lambda y, t: -1 / (len(y) * y),
         f"[:, t] is a column for all images: {CHOOSE}": lambda y, t: _put(y, np.s_[:, t]),
         f"[t] is a row, but t counts classes: {CHOOSE}": lambda y, t: _put(y, np.s_[t]),
         "the derivative of log y_t is 1/y_t": lambda y, t: -one_hot(t, y.shape[1]) / len(y),
         "that is dL/do before the softmax": lambda y, t: (y - one_hot(t, y.shape[1])) / len(y)}),
    "5.2": Written(
        lambda net, x, layer: prediction_gradients(net, x, [layer])[layer], _net_cases,
        {"the axes are (K, N, ...), but expected are (N, K, ...)": _seeded(_column, axis=0),
         "the passes start before the softmax: that is the gradient of the logits":
             _seeded(_column, "logit"),
         "the seed contains the derivative of the loss; it should be 1":
             _seeded(lambda y, k: -_column(y, k) / y),
         "a seed keeps the 1 of the classes before": _seeded(
             lambda y, k: np.ones_like(y) * (np.arange(y.shape[1]) <= k)),
         "only the first image has a seed":
             _seeded(lambda y, k: _column(y, k) * np.eye(len(y), 1))}),
    "5.3": Written(
        lambda dL_do, y, t: _times(-len(y) * _of_true(y, t), dL_do), _training_cases,
        {"the factor N is missing": lambda dL_do, y, t: _times(-_of_true(y, t), dL_do),
         "the sign is wrong: the loss falls as y_t rises":
            lambda dL_do, y, t: _times(len(y) * _of_true(y, t), dL_do),
         "the gradient is divided by y_t, but should be multiplied by it":
            lambda dL_do, y, t: _times(-len(y) / _of_true(y, t), dL_do),
         f"y[:, t] has N x N numbers: {CHOOSE}": lambda dL_do, y, t: _times(-y[:, t], dL_do),
         f"y[t] has N x K numbers: {CHOOSE}": lambda dL_do, y, t: _times(-y[t], dL_do),
         f"y[:, t] has two axes: {CHOOSE}": lambda dL_do, y, t: -y[:, t] * dL_do,
         f"y[t] has two axes: {CHOOSE}": lambda dL_do, y, t: -y[t] * dL_do,
         "y_t needs three more axes, [:, None, ...]": lambda dL_do, y, t: -_of_true(y, t) * dL_do,
         "y is taken for the predicted class, not for the true class":
            lambda dL_do, y, t: _times(-len(y) * y.max(axis=1), dL_do)}),
    "5.4": Answer(
        lambda K: _independent(K) - 1,      # training has made one of them
        {"each of the two equations saves a pass, but neither is used": lambda K: K,
         "each of the two equations saves a pass, but only one is used": lambda K: K - 1},
        tolerance=0),
    "5.5": Written(
        lambda dy_do, t: map_norms_of({"layer": _class_means(dy_do, t)}), _gradient_cases,
        {"that is the mean of the norms: mean first, then norm":
            lambda dy_do, t: _class_means(map_norms_of({"layer": dy_do}), t),
         "the root is missing: that is the square of the norm":
            lambda dy_do, t: (_class_means(dy_do, t) ** 2).sum(axis=(2, 3)),
         "absolute values are added up, without squares and root":
            lambda dy_do, t: np.abs(_class_means(dy_do, t)).sum(axis=(2, 3)),
         "the squares are averaged over the units, but the norm adds them up":
            lambda dy_do, t: map_norms_of({"layer": _class_means(dy_do, t)}, "rms"),
         "the gradients of a class are added up, not averaged":
            lambda dy_do, t: map_norms_of({"layer": np.array([
                dy_do[t == k].sum(axis=0) for k in range(t.max() + 1)])})}),
    "5.6": Answer(
        lambda a, b: _slope(a) / _slope(b),
        {"only 1 - y_t is used: y_t counts as well": lambda a, b: (1 - a) / (1 - b),
         "only y_t is used: 1 - y_t is missing": lambda a, b: a / b,
         "the ratio is inverted": lambda a, b: _slope(b) / _slope(a)}),
}
