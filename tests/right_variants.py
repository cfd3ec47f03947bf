"""Right layers, losses and updates that are written in other ways than tinycnn's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from right_conv2d import CONV2D
from right_maxpool2d import MAXPOOL2D
from scipy import special

from tinycnn.layers import Dense, Flatten, ReLU, Sigmoid, Softmax, Tanh

Array = np.ndarray
Params = dict[str, np.ndarray]


class DenseByEinsum(Dense):
    """Products by einsum; the cache is a dictionary."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        return np.einsum("na,ab->nb", x, self.params["W"]) + self.params["b"], {"x": x}

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return np.einsum("nb,ab->na", dy, self.params["W"])

    def parameter_gradients(self, dy: Array, cache: Any) -> Params:
        """∂s/∂y -> {name: ∂s/∂w}."""
        return {"b": np.einsum("nb->b", dy), "W": np.einsum("na,nb->ab", cache["x"], dy)}


class DenseFromScratch:
    """No base class; the bias is one more row of weights, and x has one more column of ones."""

    def __init__(self, n_in: int, n_out: int) -> None:
        rng = np.random.default_rng(0)
        self.params = {"W": rng.normal(size=(n_in, n_out)), "b": np.zeros(n_out)}

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        x = np.hstack([x, np.ones((len(x), 1), x.dtype)])
        return x @ np.vstack([self.params["W"], self.params["b"]]), x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return np.array([self.params["W"] @ row for row in dy])

    def parameter_gradients(self, dy: Array, cache: Array) -> Params:
        """∂s/∂y -> {name: ∂s/∂w}."""
        both = np.zeros((cache.shape[1], dy.shape[1]), dy.dtype)
        for image, row in zip(cache, dy, strict=True):
            both += np.outer(image, row)
        return {"W": both[:-1], "b": both[-1]}


class DenseInDoublePrecision(Dense):
    """All sums in float64, cast back to what came in; outputs are stored by columns."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        wide = x.astype(np.float64)
        y = wide @ self.params["W"] + self.params["b"]
        return np.asfortranarray(y.astype(x.dtype)), wide

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return np.asfortranarray((dy @ self.params["W"].T.astype(np.float64)).astype(dy.dtype))

    def parameter_gradients(self, dy: Array, cache: Array) -> Params:
        """∂s/∂y -> {name: ∂s/∂w}."""
        return {"W": (cache.T @ dy).astype(dy.dtype), "b": np.ones(len(dy), dy.dtype) @ dy}


class SoftmaxFullJacobian(Softmax):
    """backward builds the K x K Jacobian of every image, diag(y) - y yᵀ."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return np.array([row @ (np.diag(y) - np.outer(y, y))
                         for row, y in zip(dy, cache, strict=True)])


class SoftmaxByLogarithm(Softmax):
    """exp(x - log Σ exp x); the cache holds the logarithms, as a list of rows."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        logs = x - special.logsumexp(x, axis=1, keepdims=True)
        return np.exp(logs), list(logs)

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        weighted = dy * np.exp(np.stack(cache))
        return weighted - np.exp(np.stack(cache)) * weighted.sum(axis=1)[:, None]


class TanhByHand(Tanh):
    """(1 - e) / (1 + e) with e = exp(-2 |x|), which cannot overflow, and the sign put back."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        e = np.exp(-2 * np.abs(x))
        return np.sign(x) * -np.expm1(-2 * np.abs(x)) / (1 + e), (e, 1 + e)

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        e, one_more = cache
        return 4 * dy * e / one_more ** 2


class TanhBySigmoid(Tanh):
    """2 σ(2x) - 1; the cache is the derivative."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        s = special.expit(2 * x)
        return 2 * s - 1, 4 * s * special.expit(-2 * x)

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return cache * dy


class TanhInLoops(Tanh):
    """backward goes number by number, with (1 - y) (1 + y) for 1 - y²."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = np.empty(dy.shape, dy.dtype)
        for unit in np.ndindex(*dy.shape):
            dx[unit] = (1 - cache[unit]) * (1 + cache[unit]) * dy[unit]
        return dx


class SigmoidByHand(Sigmoid):
    """1 / (1 + exp(-x)): for x far below 0 exp overflows to infinity, and 1 / infinity is 0."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        return 1 / (1 + np.exp(-x)), x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy / (1 + np.exp(-cache)) / (1 + np.exp(cache))


class AvgPoolByRepeat:
    """Windows side by side, cut out by a reshape; one size for both sides, and no stride."""

    def __init__(self, kernel_size: int) -> None:
        self.k = kernel_size
        self.params: Params = {}

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        (n, c, h, w), k = x.shape, self.k
        cut = x[:, :, :h // k * k, :w // k * k]
        return cut.reshape(n, c, h // k, k, w // k, k).mean((3, 5)), x.shape

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = np.zeros(cache, dy.dtype)
        sent = np.repeat(np.repeat(dy, self.k, 2), self.k, 3) / self.k ** 2
        dx[:, :, :sent.shape[2], :sent.shape[3]] = sent
        return dx


class BatchNormStepByStep:
    """The chain rule through x - mean, the variance and the mean, one after the other; eps 1e-8."""

    def __init__(self, channels: int) -> None:
        self.params = {"gamma": np.ones(channels), "beta": np.zeros(channels)}

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        axes, shape = (0, *range(2, x.ndim)), (1, -1, *[1] * (x.ndim - 2))
        off = x - x.mean(axes, keepdims=True)
        std = np.sqrt((off ** 2).mean(axes, keepdims=True) + x.dtype.type(1e-8))
        gamma, beta = (self.params[name].reshape(shape) for name in ("gamma", "beta"))
        return gamma * off / std + beta, (off, std, axes, gamma)

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        off, std, axes, gamma = cache
        n, dz = off.size // off.shape[1], dy * gamma
        dvar = -0.5 * (dz * off).sum(axes, keepdims=True) / std ** 3
        doff = dz / std + 2 * off * dvar / n
        return doff - doff.sum(axes, keepdims=True) / n

    def parameter_gradients(self, dy: Array, cache: Any) -> Params:
        """∂s/∂y -> {name: ∂s/∂w}."""
        off, std, axes, _ = cache
        return {"gamma": (dy * off / std).sum(axes), "beta": dy.sum(axes)}


class ReLUByIndices(ReLU):
    """The cache is a tuple of index arrays: where x is positive."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        on, y = np.nonzero(x > 0), np.zeros_like(x)
        y[on] = x[on]
        return y, on

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = np.zeros(dy.shape, dy.dtype)
        dx[cache] = dy[cache]
        return dx


class ReLUHalfOfSum(ReLU):
    """(x + |x|) / 2, with a mask of single bytes."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        return (x + np.abs(x)) / 2, (np.sign(x) == 1).astype(np.uint8)

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return np.where(cache, dy, np.zeros_like(dy))


class FlattenAsView(Flatten):
    """The output is a view of the input where that is possible."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        return x.reshape(len(x), -1), list(x.shape)

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy.reshape(cache)


class FlattenImageByImage(Flatten):
    """One image after the other; the cache is an empty array of the input's shape."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        return np.stack([image.flatten() for image in x]), np.zeros(x.shape, bool)

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return np.stack([row.reshape(image.shape) for row, image in zip(dy, cache, strict=True)])


def loss_in_loops(logits: Array, t: Array) -> tuple[float, Array]:
    """One image after the other."""
    loss, gradient = 0.0, np.zeros_like(logits)
    for n, (row, label) in enumerate(zip(logits, t, strict=True)):
        e = np.exp(row - row.max())
        loss += (np.log(e.sum()) - (row[label] - row.max())) / len(t)
        gradient[n] = e / e.sum() / len(t)
        gradient[n, label] -= 1 / len(t)
    return loss, gradient


def loss_by_log_softmax(logits: Array, t: Array) -> tuple[float, Array]:
    """SciPy's log_softmax, and a one-hot table; the loss is a NumPy number."""
    logs, target = special.log_softmax(logits, axis=1), np.eye(logits.shape[1])[t]
    return -np.where(target, logs, 0).sum() / len(t), ((np.exp(logs) - target)
                                                       / len(t)).astype(logits.dtype)


def update_written_into(params: Params, grads: Params, learning_rate: float) -> None:
    """w[...] = w - λ ∂L/∂w."""
    for name in params:
        params[name][...] = params[name] - learning_rate * grads[name]


def update_number_by_number(params: Params, grads: Params, learning_rate: float) -> None:
    """A loop over every number."""
    for w, grad in ((params[name], grads[name]) for name in sorted(params)):
        for i in np.ndindex(*w.shape):
            w[i] -= learning_rate * grad[i]


def update_by_subtract(params: Params, grads: Params, learning_rate: float) -> None:
    """np.subtract with out=."""
    for name, w in params.items():
        np.subtract(w, np.multiply(grads[name], learning_rate), out=w)


class Variant(NamedTuple):
    """A right layer, loss or update that is written in another way."""

    name: str
    kind: str
    description: str
    subject: Callable[..., Any]


def variants(kind: str, subjects: Iterable[Callable[..., Any]]) -> list[Variant]:
    """The right variants of a kind."""
    return [Variant(subject.__name__, kind, str(inspect.getdoc(subject)).splitlines()[0], subject)
            for subject in subjects]


CORRECT = (
    *variants("conv2d", CONV2D), *variants("maxpool2d", MAXPOOL2D),
    *variants("dense", [DenseByEinsum, DenseFromScratch, DenseInDoublePrecision]),
    *variants("softmax", [SoftmaxFullJacobian, SoftmaxByLogarithm]),
    *variants("tanh", [TanhByHand, TanhBySigmoid, TanhInLoops]),
    *variants("sigmoid", [SigmoidByHand]), *variants("avgpool2d", [AvgPoolByRepeat]),
    *variants("batchnorm", [BatchNormStepByStep]),
    *variants("relu", [ReLUByIndices, ReLUHalfOfSum]),
    *variants("flatten", [FlattenAsView, FlattenImageByImage]),
    *variants("loss", [loss_in_loops, loss_by_log_softmax]),
    *variants("update", [update_written_into, update_number_by_number, update_by_subtract]))
