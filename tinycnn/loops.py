"""The same layers as the equations are written: one explicit loop for every index.

To read, and to test the fast ones against. Every class is built like its twin in `tinycnn.layers`
and gives the same numbers, some thousand times slower. Shapes are documented there.
"""

from __future__ import annotations

from itertools import product
from math import exp, tanh

import numpy as np

from .layers.base import Array, Layer, Pair, Rng, glorot_uniform, pair


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
        """The arguments that build this layer anew."""
        F, C, *kernel = self.params["W"].shape
        return {"in_channels": C, "out_channels": F, "kernel_size": (kernel[0], kernel[1]),
                "stride": self.stride, "padding": self.padding}

    def _pad(self, x: Array) -> Array:
        (ph, pw), (N, C, H, W) = self.padding, x.shape
        padded = np.zeros((N, C, H + 2 * ph, W + 2 * pw), x.dtype)
        padded[:, :, ph:ph + H, pw:pw + W] = x
        return padded

    def forward(self, x: Array) -> tuple[Array, Array]:
        """Each unit sums over its window."""
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
        """Each unit sends ∂s/∂y · W back to the pixels of its window."""
        x, W, (sh, sw), (ph, pw) = cache, self.params["W"], self.stride, self.padding
        _, C, kh, kw = W.shape
        dpadded = np.zeros(self._pad(x).shape, np.result_type(dy, W))
        for n, f, p, q in np.ndindex(*dy.shape):
            for c, i, j in product(range(C), range(kh), range(kw)):
                dpadded[n, c, p * sh + i, q * sw + j] += dy[n, f, p, q] * W[f, c, i, j]
        return dpadded[:, :, ph:ph + x.shape[2], pw:pw + x.shape[3]]

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """Each weight is shared by all positions of all images, so it sums over them (eq. 2)."""
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
        """One unit at a time."""
        y = np.zeros(x.shape, np.result_type(x, np.float32))
        for unit in np.ndindex(*x.shape):
            y[unit] = tanh(x[unit])
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x = ∂s/∂y · (1 - y²)."""
        dx = np.zeros_like(dy)
        for unit in np.ndindex(*dy.shape):
            dx[unit] = dy[unit] * (1 - cache[unit] ** 2)
        return dx


class ReLU(Layer):
    """y = max(x, 0)."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """One unit at a time."""
        y = np.zeros_like(x)
        for unit in np.ndindex(*x.shape):
            y[unit] = x[unit] if x[unit] > 0 else 0
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x = ∂s/∂y where x > 0, else 0."""
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
        """The arguments that build this layer anew."""
        return {"size": self.size, "stride": self.stride}

    def _winner(self, x: Array, unit: tuple[int, ...]) -> tuple[int, ...]:
        """Where the largest pixel of the unit's window stands: the first in reading order."""
        (kh, kw), (sh, sw), (n, c, p, q) = self.size, self.stride, unit
        best = (n, c, p * sh, q * sw)
        for i, j in product(range(kh), range(kw)):
            pixel = (n, c, p * sh + i, q * sw + j)
            if x[pixel] > x[best]:
                best = pixel
        return best

    def forward(self, x: Array) -> tuple[Array, Array]:
        """Each unit takes its winner's value."""
        (kh, kw), (sh, sw), (N, C, H, W) = self.size, self.stride, x.shape
        y = np.zeros((N, C, (H - kh) // sh + 1, (W - kw) // sw + 1), x.dtype)
        for unit in np.ndindex(*y.shape):
            y[unit] = x[self._winner(x, unit)]
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """Each unit sends its whole gradient to its winner."""
        dx = np.zeros(cache.shape, dy.dtype)
        for unit in np.ndindex(*dy.shape):
            dx[self._winner(cache, unit)] += dy[unit]
        return dx


class Flatten(Layer):
    """y[n, d] = the d-th number of image n in reading order."""

    def forward(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """Count the numbers of each image."""
        y = np.zeros((len(x), x[0].size), x.dtype)
        for n in range(len(x)):
            for d, unit in enumerate(np.ndindex(*x.shape[1:])):
                y[n, d] = x[(n, *unit)]
        return y, x.shape

    def backward(self, dy: Array, cache: tuple[int, ...]) -> Array:
        """Put each number back where it came from."""
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
        """Each unit sums over all units before it."""
        W, bias = self.params["W"], self.params["b"]
        y = np.zeros((len(x), W.shape[1]), np.result_type(x, W))
        for n, b in np.ndindex(*y.shape):
            y[n, b] = bias[b]
            for a in range(len(W)):
                y[n, b] += x[n, a] * W[a, b]
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x[n, a] = Σ_b ∂s/∂y[n, b] · W[a, b]."""
        W = self.params["W"]
        dx = np.zeros(cache.shape, np.result_type(dy, W))
        for n, a in np.ndindex(*dx.shape):
            for b in range(W.shape[1]):
                dx[n, a] += dy[n, b] * W[a, b]
        return dx

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂W[a, b] = Σ_n x[n, a] · ∂s/∂y[n, b] (eq. 2)."""
        W = self.params["W"]
        dW, db = np.zeros(W.shape, np.result_type(dy, cache)), np.zeros(W.shape[1], dy.dtype)
        for n, b in np.ndindex(*dy.shape):
            db[b] += dy[n, b]
            for a in range(len(W)):
                dW[a, b] += cache[n, a] * dy[n, b]
        return {"W": dW, "b": db}

    def config(self) -> dict[str, int]:
        """The arguments that build this layer anew."""
        n_in, n_out = self.params["W"].shape
        return {"n_in": n_in, "n_out": n_out}


class Softmax(Layer):
    """y[n, k] = exp(x[n, k]) / Σ_j exp(x[n, j])."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """The largest logit is taken off first, so that exp cannot overflow."""
        N, K = x.shape
        y = np.zeros(x.shape, np.result_type(x, np.float32))
        for n in range(N):
            largest = max(x[n, k] for k in range(K))
            total = sum(exp(x[n, j] - largest) for j in range(K))
            for k in range(K):
                y[n, k] = exp(x[n, k] - largest) / total
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x_j = Σ_k ∂s/∂y_k · ∂y_k/∂x_j, with ∂y_k/∂x_j = y_k (δ_jk - y_j)."""
        y, (N, K) = cache, dy.shape
        dx = np.zeros_like(dy)
        for n, j, k in product(range(N), range(K), range(K)):
            dx[n, j] += dy[n, k] * y[n, k] * ((j == k) - y[n, j])
        return dx
