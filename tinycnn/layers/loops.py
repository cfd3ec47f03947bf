"""The same layers, written like the equations: one explicit loop for every index.

They are for reading, and for testing the fast layers. Every class takes the same arguments as its
twin in `tinycnn.layers` and gives the same numbers, about a thousand times slower. Handouts for
students are made from this file: students get its docstrings.
"""

from __future__ import annotations

from itertools import product
from math import exp, log, tanh

import numpy as np

from .base import Array, Layer, Pair, Rng, glorot_uniform, pair
from .loops_batchnorm import BatchNorm as BatchNorm
from .loops_batchnorm import FrozenBatchNorm as FrozenBatchNorm


class Conv2D(Layer):
    """y[n, f, p, q] = b[f] + Σ_cij W[f, c, i, j] · x[n, c, p·stride + i, q·stride + j]."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair, *,
                 stride: int | Pair = 1, padding: int | Pair = 0, rng: Rng = None) -> None:
        kh, kw = pair(kernel_size, "kernel_size")
        self.stride, self.padding = pair(stride, "stride"), pair(padding, "padding", least=0)
        self.params = {"W": glorot_uniform((out_channels, in_channels, kh, kw),
                                           in_channels * kh * kw, out_channels * kh * kw, rng),
                       "b": np.zeros(out_channels, np.float32)}

    def config(self) -> dict[str, int | Pair]:
        """The arguments that build this layer again."""
        F, C, *kernel = self.params["W"].shape
        return {"in_channels": C, "out_channels": F, "kernel_size": (kernel[0], kernel[1]),
                "stride": self.stride, "padding": self.padding}

    def _pad(self, x: Array) -> Array:
        (ph, pw), (N, C, H, W) = self.padding, x.shape
        padded = np.zeros((N, C, H + 2 * ph, W + 2 * pw), x.dtype)
        padded[:, :, ph:ph + H, pw:pw + W] = x
        return padded

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, C, H, W) -> y (N, F, H', W'), and x as the cache: a unit sums over its window."""
        W, b, (sh, sw) = self.params["W"], self.params["b"], self.stride
        padded = self._pad(x)
        N, C, H, Wd = padded.shape
        F, _, kh, kw = W.shape
        y = np.zeros((N, F, (H - kh) // sh + 1, (Wd - kw) // sw + 1), np.result_type(x, W))
        for n, f, p, q in np.ndindex(*y.shape):
            y[n, f, p, q] = b[f]
            for c, i, j in product(range(C), range(kh), range(kw)):
                y[n, f, p, q] += W[f, c, i, j] * padded[n, c, p * sh + i, q * sw + j]
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y (N, F, H', W') -> ∂s/∂x (N, C, H, W), like x.

        Each unit sends ∂s/∂y · W back to the pixels of its window. Where windows overlap, what they
        send adds up. What goes to the padding is dropped.
        """
        x, W, (sh, sw), (ph, pw) = cache, self.params["W"], self.stride, self.padding
        _, C, kh, kw = W.shape
        dpadded = np.zeros(self._pad(x).shape, np.result_type(dy, W))
        for n, f, p, q in np.ndindex(*dy.shape):
            for c, i, j in product(range(C), range(kh), range(kw)):
                dpadded[n, c, p * sh + i, q * sw + j] += dy[n, f, p, q] * W[f, c, i, j]
        return dpadded[:, :, ph:ph + x.shape[2], pw:pw + x.shape[3]]

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y (N, F, H', W') -> {"W": ∂s/∂W (F, C, kh, kw), "b": ∂s/∂b (F,)}.

        Each weight is shared by all positions of all images, so it sums over them (eq. 2).
        """
        x, W, (sh, sw) = cache, self.params["W"], self.stride
        _, C, kh, kw = W.shape
        padded = self._pad(x)
        dW, db = np.zeros(W.shape, np.result_type(dy, x)), np.zeros(len(W), dy.dtype)
        for n, f, p, q in np.ndindex(*dy.shape):
            db[f] += dy[n, f, p, q]
            for c, i, j in product(range(C), range(kh), range(kw)):
                dW[f, c, i, j] += dy[n, f, p, q] * padded[n, c, p * sh + i, q * sw + j]
        return {"W": dW, "b": db}


class Tanh(Layer):
    """y = tanh(x)."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x of any shape -> y of the same shape, and y as cache: the derivative needs only y."""
        y = np.zeros(x.shape, np.result_type(x, np.float32))
        for unit in np.ndindex(*x.shape):
            y[unit] = tanh(x[unit])
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x, unit by unit: the derivative of tanh(x), written with y, is 1 - y²."""
        dx = np.zeros_like(dy)
        for unit in np.ndindex(*dy.shape):
            dx[unit] = dy[unit] * (1 - cache[unit] ** 2)
        return dx


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x))."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x of any shape -> y of the same shape, and y as cache: the derivative needs only y.

        For x below 0 it is exp(x) / (1 + exp(x)): the same number, but exp cannot overflow.
        """
        y = np.zeros(x.shape, np.result_type(x, np.float32))
        for unit in np.ndindex(*x.shape):
            e = exp(-abs(x[unit]))
            y[unit] = (1 if x[unit] >= 0 else e) / (1 + e)
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x, unit by unit: the derivative, written with y, is y (1 - y)."""
        dx = np.zeros_like(dy)
        for unit in np.ndindex(*dy.shape):
            dx[unit] = dy[unit] * cache[unit] * (1 - cache[unit])
        return dx


class ReLU(Layer):
    """y = max(x, 0)."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x of any shape -> y of the same shape, and x as the cache."""
        y = np.zeros_like(x)
        for unit in np.ndindex(*x.shape):
            y[unit] = x[unit] if x[unit] > 0 else 0
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x: a unit passes it on where x > 0; at the kink x = 0 it does not."""
        dx = np.zeros_like(dy)
        for unit in np.ndindex(*dy.shape):
            dx[unit] = dy[unit] if cache[unit] > 0 else 0
        return dx


class MaxPool2D(Layer):
    """y[n, c, p, q] = max over (i, j) of x[n, c, p·stride + i, q·stride + j]."""

    def __init__(self, size: int | Pair, stride: int | Pair | None = None) -> None:
        super().__init__()
        self.size = pair(size, "size")
        self.stride = self.size if stride is None else pair(stride, "stride")

    def config(self) -> dict[str, Pair]:
        """The arguments that build this layer again."""
        return {"size": self.size, "stride": self.stride}

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, C, H, W) -> y (N, C, H', W'), and x as the cache: the largest of each window."""
        (kh, kw), (sh, sw), (N, C, H, W) = self.size, self.stride, x.shape
        y = np.zeros((N, C, (H - kh) // sh + 1, (W - kw) // sw + 1), x.dtype)
        for n, c, p, q in np.ndindex(*y.shape):
            y[n, c, p, q] = max(x[n, c, p * sh + i, q * sw + j]
                                for i, j in product(range(kh), range(kw)))
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y (N, C, H', W') -> ∂s/∂x (N, C, H, W), like x.

        Each unit sends its whole gradient to the pixel that won its window: the first in reading
        order among equals. A pixel that won several windows adds up what they send.
        """
        x, (kh, kw), (sh, sw) = cache, self.size, self.stride
        dx = np.zeros(x.shape, dy.dtype)
        for n, c, p, q in np.ndindex(*dy.shape):
            window = [(n, c, p * sh + i, q * sw + j) for i, j in product(range(kh), range(kw))]
            winner = max(window, key=lambda pixel: x[pixel])      # the first among equals
            dx[winner] += dy[n, c, p, q]
        return dx


class AvgPool2D(Layer):
    """y[n, c, p, q] = mean over (i, j) of x[n, c, p·stride + i, q·stride + j]."""

    def __init__(self, size: int | Pair | None, stride: int | Pair | None = None) -> None:
        super().__init__()
        self.size = None if size is None else pair(size, "size")
        self.stride = self.size if stride is None else pair(stride, "stride")

    def config(self) -> dict[str, Pair | None]:
        """The arguments that build this layer again."""
        return {"size": self.size, "stride": self.stride}

    def forward(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """x (N, C, H, W) -> y (N, C, H', W'), and x.shape as the cache.

        A size of None means one window that is the whole map.
        """
        N, C, H, W = x.shape
        (kh, kw), (sh, sw) = self.size or (H, W), self.stride or (1, 1)
        y = np.zeros((N, C, (H - kh) // sh + 1, (W - kw) // sw + 1), x.dtype)
        for n, c, p, q in np.ndindex(*y.shape):
            for i, j in product(range(kh), range(kw)):
                y[n, c, p, q] += x[n, c, p * sh + i, q * sw + j] / (kh * kw)
        return y, x.shape

    def backward(self, dy: Array, cache: tuple[int, ...]) -> Array:
        """∂s/∂y (N, C, H', W') -> ∂s/∂x (N, C, H, W), like x.

        Each unit sends an equal part of its gradient to every pixel of its window. A pixel of
        several windows adds up what they send.
        """
        (kh, kw), (sh, sw) = self.size or cache[2:], self.stride or (1, 1)
        dx = np.zeros(cache, dy.dtype)
        for n, c, p, q in np.ndindex(*dy.shape):
            for i, j in product(range(kh), range(kw)):
                dx[n, c, p * sh + i, q * sw + j] += dy[n, c, p, q] / (kh * kw)
        return dx


class Flatten(Layer):
    """y[n, d] = the d-th number of image n in reading order."""

    def forward(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """x (N, ...) -> y (N, D), in reading order, and x.shape as the cache."""
        y = np.zeros((len(x), x[0].size), x.dtype)
        for n in range(len(x)):
            for d, unit in enumerate(np.ndindex(*x.shape[1:])):
                y[n, d] = x[(n, *unit)]
        return y, x.shape

    def backward(self, dy: Array, cache: tuple[int, ...]) -> Array:
        """∂s/∂y (N, D) -> ∂s/∂x: each number goes back to where it came from."""
        dx = np.zeros(cache, dy.dtype)
        for n in range(cache[0]):
            for d, unit in enumerate(np.ndindex(*cache[1:])):
                dx[(n, *unit)] = dy[n, d]
        return dx


class Dense(Layer):
    """y[n, b] = b[b] + Σ_a x[n, a] · W[a, b]."""

    def __init__(self, n_in: int, n_out: int, *, rng: Rng = None) -> None:
        self.params = {"W": glorot_uniform((n_in, n_out), n_in, n_out, rng),
                       "b": np.zeros(n_out, np.float32)}

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, n_in) -> y (N, n_out), and x as the cache: each unit sums over all before it."""
        W, bias = self.params["W"], self.params["b"]
        y = np.zeros((len(x), W.shape[1]), np.result_type(x, W))
        for n, b in np.ndindex(*y.shape):
            y[n, b] = bias[b]
            for a in range(len(W)):
                y[n, b] += x[n, a] * W[a, b]
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y (N, n_out) -> ∂s/∂x (N, n_in): unit a sums over all units b that use it."""
        W = self.params["W"]
        dx = np.zeros(cache.shape, np.result_type(dy, W))
        for n, a in np.ndindex(*dx.shape):
            for b in range(W.shape[1]):
                dx[n, a] += dy[n, b] * W[a, b]
        return dx

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y (N, n_out) -> {"W": ∂s/∂W (n_in, n_out), "b": ∂s/∂b (n_out,)}.

        For each weight: the unit before it times ∂s/∂y after it (eq. 2), summed over all images.
        """
        W = self.params["W"]
        dW, db = np.zeros(W.shape, np.result_type(dy, cache)), np.zeros(W.shape[1], dy.dtype)
        for n, b in np.ndindex(*dy.shape):
            db[b] += dy[n, b]
            for a in range(len(W)):
                dW[a, b] += cache[n, a] * dy[n, b]
        return {"W": dW, "b": db}

    def config(self) -> dict[str, int]:
        """The arguments that build this layer again."""
        n_in, n_out = self.params["W"].shape
        return {"n_in": n_in, "n_out": n_out}


class Softmax(Layer):
    """y[n, k] = exp(x[n, k]) / Σ_j exp(x[n, j])."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, K) -> y (N, K), which is also the cache.

        The largest logit of a row is subtracted first: y stays the same, but exp cannot overflow.
        """
        N, K = x.shape
        y = np.zeros(x.shape, np.result_type(x, np.float32))
        for n in range(N):
            largest = max(x[n, k] for k in range(K))
            total = sum(exp(x[n, j] - largest) for j in range(K))
            for k in range(K):
                y[n, k] = exp(x[n, k] - largest) / total
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y (N, K) -> ∂s/∂x (N, K): each x_j changes each y_k, ∂y_k/∂x_j = y_k (δ_jk - y_j)."""
        y, (N, K) = cache, dy.shape
        dx = np.zeros_like(dy)
        for n, j, k in product(range(N), range(K), range(K)):
            dx[n, j] += dy[n, k] * y[n, k] * ((j == k) - y[n, j])
        return dx


def loss_from_logits(logits: Array, t: Array) -> tuple[float, Array]:
    """logits (N, K), labels t (N,) -> L, and ∂L/∂logits (N, K).

    L is the mean over the images of -log y_t, where y is the softmax of the logits. Its gradient is
    (y - onehot) / N. Neither may overflow, however large the logits are.
    """
    N, K = logits.shape
    L, dlogits = 0.0, np.zeros_like(logits)
    for n in range(N):
        largest = max(logits[n, k] for k in range(K))
        total = sum(exp(logits[n, k] - largest) for k in range(K))
        L += (log(total) + largest - logits[n, t[n]]) / N
        for k in range(K):
            dlogits[n, k] = (exp(logits[n, k] - largest) / total - (k == t[n])) / N
    return float(L), dlogits


def sgd_update(params: dict[str, Array], grads: dict[str, Array], learning_rate: float) -> None:
    """w ← w - λ ∂L/∂w for every parameter, written into the arrays of `params`.

    grads has the gradients, with the same names and shapes. It is not changed.
    """
    for name, w in params.items():
        for weight in np.ndindex(*w.shape):
            w[weight] -= learning_rate * grads[name][weight]
