"""Lesson 1, one unit by hand: what is right, and what usually goes wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layers import Conv2D, Dense, Softmax, loops
from .exercise import Answer, Exercise, Written

Array = np.ndarray
Cases = list[tuple[Any, ...]]
UNIT = 0, 0, 1, 2       # second row, third column: the unit of exercise 1.1


def _unit(net: Any, x: Array, place: tuple[int, ...] = UNIT, turn: int = 1) -> float:
    """A unit of the convolution; with turn = -1 the filter is turned by 180 degrees."""
    layer = Conv2D(1, 1, 3)
    W, b = net["conv"].params["W"], net["conv"].params["b"]
    layer.params = {"W": W[..., ::turn, ::turn], "b": b}
    return float(layer.forward(x)[0][place])


def _loss_gradient(y: Array, t: int) -> Array:
    """∂L/∂o as the product of its two factors, by the softmax layer itself."""
    dL_dy = np.zeros((1, len(y)))
    dL_dy[0, t] = -1 / y[t]
    return Softmax().backward(dL_dy, y[None])[0]


def _probabilities(rng: np.random.Generator) -> Cases:
    return [(rng.dirichlet(np.ones(k)), int(rng.integers(k))) for k in (2, 3, 5, 15)]


def _one_hot(y: Array, t: int) -> Array:
    return np.eye(len(y))[t]


def _before_dense(dL_do: Array, W: Array) -> Array:
    layer = Dense(*W.shape)
    layer.params = {"W": W, "b": np.zeros(W.shape[1])}
    _, cache = layer.forward(np.zeros((1, len(W))))
    return layer.backward(dL_do[None], cache)[0]


def _dense_cases(rng: np.random.Generator) -> Cases:
    return [(rng.normal(size=k), rng.normal(size=(a, k))) for a, k in ((4, 2), (3, 3), (5, 7))]


def _filter_gradient(dL_do: Array, image: Array, size: int) -> Array:
    layer = loops.Conv2D(1, 1, size)
    _, cache = layer.forward(image[None, None])
    return layer.parameter_gradients(dL_do[None, None], cache)["W"][0, 0]


def _filter_cases(rng: np.random.Generator) -> Cases:
    return [(rng.normal(size=(h - k + 1, w - k + 1)), rng.normal(size=(h, w)), k)
            for h, w, k in ((6, 6, 3), (4, 5, 2), (7, 5, 3))]


def _one_sum(dL_do: Array, image: Array, size: int) -> Array:
    return np.array([[(dL_do * image[:len(dL_do), :dL_do.shape[1]]).sum()] * size] * size)


EXERCISES: dict[str, Exercise] = {
    "1.1": Answer(
        _unit,
        {"the bias is forgotten": lambda net, x: _unit(net, x) - net["conv"].params["b"][0],
         "the filter is turned by 180 degrees": lambda net, x: _unit(net, x, turn=-1),
         "that is the unit in the third row and second column: row and column are exchanged":
             lambda net, x: _unit(net, x, (0, 0, 2, 1)),
         "that is row 2, column 3 counted from 0: the second row has the index 1":
             lambda net, x: _unit(net, x, (0, 0, 2, 3)),
         "that is the value after tanh": lambda net, x: np.tanh(_unit(net, x))}),
    "1.2": Written(
        _loss_gradient, _probabilities,
        {"the sign is wrong": lambda y, t: _one_hot(y, t) - y,
         "that is dL/dy, without the softmax's derivative": lambda y, t: -_one_hot(y, t) / y[t],
         "that is dy_t/do, without dL/dy_t": lambda y, t: y[t] * (_one_hot(y, t) - y),
         "only o_t is counted, but every o_j moves y_t": lambda y, t: _one_hot(y, t) * (y - 1),
         "the 1 of the true class is not subtracted": lambda y, t: y}),
    "1.3": Written(
        _before_dense, _dense_cases,
        {"the sum over the outputs is missing": lambda dL_do, W: dL_do * W,
         "W has a row for each input, so W @ dL_do, not W.T": lambda dL_do, W: W.T @ dL_do,
         "only the largest term is counted": lambda dL_do, W: (dL_do * W).max(axis=1),
         "the weights are not used": lambda dL_do, W: np.full(len(W), dL_do.sum())}),
    "1.4": Written(
        lambda dL_do, o: dL_do * (1 - o ** 2),
        lambda rng: [(rng.normal(size=n), np.tanh(rng.normal(size=n))) for n in (1, 4, 9)],
        {"the factor dL_do, the upstream gradient, is missing": lambda dL_do, o: 1 - o ** 2,
         "the sign is wrong: the slope is 1 - o²": lambda dL_do, o: dL_do * (o ** 2 - 1),
         "o is the output of tanh already": lambda dL_do, o: dL_do * (1 - np.tanh(o) ** 2),
         "the square is missing": lambda dL_do, o: dL_do * (1 - o),
         "that is the derivative of the logistic function": lambda dL_do, o: dL_do * o * (1 - o)}),
    "1.5": Written(
        _filter_gradient, _filter_cases,
        {"all weights get the same sum: the window does not move with i and j": _one_sum,
         "the result is turned by 180 degrees": lambda *case: _filter_gradient(*case)[::-1, ::-1],
         "it is the mean over the positions, not the sum":
             lambda dL_do, *of: _filter_gradient(dL_do, *of) / dL_do.size,
         "each position overwrites the one before it: += is needed, not =":
             lambda dL_do, image, size: dL_do[-1, -1] * image[-size:, -size:],
         "p and q are exchanged in dL_do": lambda d, image, size: sum(
             d[q, p] * image[p:p + size, q:q + size] for p, q in np.ndindex(*d.shape)),
         "p and q are exchanged in the window": lambda d, image, size: sum(
             d[p, q] * image[q:q + size, p:p + size] for p, q in np.ndindex(*d.shape)),
         "only the first position is counted":
             lambda dL_do, image, size: dL_do[0, 0] * image[:size, :size]}),
    "1.6": Answer(
        lambda grads: -0.01 * sum((g ** 2).sum() for g in grads.values()),
        {"the sign is wrong: the step goes downhill":
            lambda grads: 0.01 * sum((g ** 2).sum() for g in grads.values()),
         "the gradients are not squared: the step is -λ g, and L changes by g times the step":
            lambda grads: -0.01 * sum(g.sum() for g in grads.values()),
         "λ is missing": lambda grads: -sum((g ** 2).sum() for g in grads.values()),
         "square each gradient and then add, not the other way round":
             lambda grads: -0.01 * sum(g.sum() for g in grads.values()) ** 2}),
}
