"""Right layers, a loss and an update, in the few words of a textbook.

Each bug of the zoo is this code with a line or two changed, and nothing else. Sigmoids, average-
poolings and batch norms are tinycnn's own, which have few words as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ... import layers
from ...layers.base import Array, Params


class Conv2D(layers.Conv2D):
    """y = b + Σ W · x over every window."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        W, b, (sh, sw) = self.params["W"], self.params["b"], self.stride
        padded = self.pad(x)
        windows = sliding_window_view(padded, self.kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]
        y = np.einsum("ncpqij,fcij->nfpq", windows, W)
        return y + b[:, None, None], x

    def backward(self, dy: Array, cache: Any) -> Array:
        x, W = cache, self.params["W"]
        dx = self.pad(np.zeros_like(x))
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return self.crop(dx)

    def parameter_gradients(self, dy: Array, cache: Any) -> Params:
        padded, dW = self.pad(cache), np.zeros_like(self.params["W"])
        for p, q in np.ndindex(*dy.shape[2:]):
            dW += np.einsum("nf,ncij->fcij", dy[:, :, p, q], self.window(padded, p, q))
        db = dy.sum(axis=(0, 2, 3))
        return {"W": dW, "b": db}

    def pad(self, x: Array) -> Array:
        """x with zeros around it."""
        (ph, pw), (n, c, height, width) = self.padding, x.shape
        padded = np.zeros((n, c, height + 2 * ph, width + 2 * pw), x.dtype)
        self.crop(padded)[...] = x
        return padded

    def crop(self, padded: Array) -> Array:
        """The image without its padding."""
        (ph, pw), (height, width) = self.padding, padded.shape[2:]
        return padded[:, :, ph:height - ph, pw:width - pw]

    def window(self, padded: Array, p: int, q: int) -> Array:
        """The part under the window of place (p, q), (N, C, kh, kw): a view to write to."""
        (kh, kw), (sh, sw) = self.kernel_size, self.stride
        return padded[:, :, p * sh:p * sh + kh, q * sw:q * sw + kw]


class MaxPool2D(layers.MaxPool2D):
    """y = the largest of every window."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        y = self.blank(x)
        for unit in np.ndindex(*y.shape):
            window = self.window(x, unit)
            y[unit] = window.max()
        return y, x

    def backward(self, dy: Array, cache: Any) -> Array:
        x = cache
        dx = np.zeros(x.shape, dy.dtype)
        for unit in np.ndindex(*dy.shape):
            window = self.window(x, unit)
            winner = np.unravel_index(window.argmax(), window.shape)
            self.window(dx, unit)[winner] += dy[unit]
        return dx

    def blank(self, x: Array) -> Array:
        """Zeros of the output's shape, (N, C, H', W')."""
        (kh, kw), (sh, sw), (n, c, height, width) = self.size, self.stride, x.shape
        return np.zeros((n, c, (height - kh) // sh + 1, (width - kw) // sw + 1), x.dtype)

    def window(self, x: Array, unit: tuple[int, ...]) -> Array:
        """The part of x under the window of unit (n, c, p, q), (kh, kw): a view to write to."""
        (kh, kw), (sh, sw), (n, c, p, q) = self.size, self.stride, unit
        return x[n, c, p * sh:p * sh + kh, q * sw:q * sw + kw]


class Dense(layers.Dense):
    """y = x W + b."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        W, b = self.params["W"], self.params["b"]
        y = x @ W + b
        return y, x

    def backward(self, dy: Array, cache: Any) -> Array:
        W = self.params["W"]
        return dy @ W.T

    def parameter_gradients(self, dy: Array, cache: Any) -> Params:
        x = cache
        dW = x.T @ dy
        db = dy.sum(axis=0)
        return {"W": dW, "b": db}


class Tanh(layers.Tanh):
    """y = tanh(x)."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        y = np.tanh(x)
        return y, y

    def backward(self, dy: Array, cache: Any) -> Array:
        y = cache
        return dy * (1 - y ** 2)


class ReLU(layers.ReLU):
    """y = x where x > 0, else 0."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        y = np.maximum(x, 0)
        return y, x

    def backward(self, dy: Array, cache: Any) -> Array:
        x = cache
        return dy * (x > 0)


class Softmax(layers.Softmax):
    """y = exp(x) / Σ exp(x), for each image."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        e = np.exp(x - x.max(axis=1, keepdims=True))
        y = e / e.sum(axis=1, keepdims=True)
        return y, y

    def backward(self, dy: Array, cache: Any) -> Array:
        y = cache
        return y * (dy - (dy * y).sum(axis=1, keepdims=True))


class Flatten(layers.Flatten):
    """Every image in one row."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        return x.reshape(len(x), -1).copy(), x.shape

    def backward(self, dy: Array, cache: Any) -> Array:
        return dy.reshape(cache).copy()


def loss_from_logits(logits: Array, t: Array) -> tuple[float, Array]:
    """L, the mean over the images of -log y_t, and ∂L/∂logits."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -logs[rows, t].mean()
    gradient = np.exp(logs)
    gradient[rows, t] -= 1
    return float(loss), gradient / n


def sgd_update(params: Params, grads: Params, learning_rate: float) -> None:
    """w <- w - learning_rate · ∂L/∂w, in place."""
    for name, w in params.items():
        w -= learning_rate * grads[name]
