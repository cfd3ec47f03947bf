"""Homework: 3 exercises on the layers of a convolutional network.

Replace each `raise NotImplementedError(...)` with your code. Everything else is given: do not
change names, arguments or constructors. Import only NumPy and Python's standard library. To check
your work, run one of these in this folder:

    tinycnn check .         # what is right, what is wrong, and the likely cause
    pytest                  # the same checks as tests; pytest --pdb stops at the error

In the docstrings, s is the scalar that a backward pass starts from: a loss L, or one output of the
network. Hand in this file.
"""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# --- given: nothing to do here --------------------------------------------------------------------

Array = np.ndarray
Pair = tuple[int, int]


class Layer:
    """A function y = f(x; params) and its two derivatives, from the upstream gradient ∂s/∂y.

    Here s is the scalar that a backward pass starts from: a loss L, or one output y_k.
    A layer holds no state but `params`. `forward` returns as `cache` what the other two need.
    They may be called any number of times: the answer is always the same, and nothing changes.

    A student's layer need not inherit from this class: the three methods and `params` suffice.
    """

    params: dict[str, Array]

    def __init__(self) -> None:
        self.params = {}

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        raise NotImplementedError(f"{type(self).__name__}.forward")

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x: the shapes of y and of x."""
        raise NotImplementedError(f"{type(self).__name__}.backward")

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}, one entry of the parameter's shape for each of `params`."""
        return {}


def pair(value: int | Pair, name: str, *, least: int = 1) -> Pair:
    """`value` as (rows, columns); one number means both."""
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2 or any([not isinstance(v, (int, np.integer)) or v < least for v in both]):
        raise ValueError(f"{name}: expected a whole number >= {least} or a pair of them "
                         f"(rows, columns), got {value!r}")
    return int(both[0]), int(both[1])


# --- the exercises --------------------------------------------------------------------------------


class MaxPool2D(Layer):
    """y[n, c, p, q] = max over (i, j) of x[n, c, p·stride + i, q·stride + j].

    Among equal values the first in reading order wins and takes the whole gradient. Where windows
    overlap, a pixel that won several of them adds up what they send to it.

    Shapes: x (N, C, H, W) -> y (N, C, H', W') with H' = (H - size) // stride + 1; rows and columns
    that no whole window reaches are dropped, and get no gradient.

    Args:
        size: the window, (rows, columns) or one number.
        stride: how far it moves; by default its own size, so that windows do not overlap.
    """

    def __init__(self, size: int | Pair, stride: int | Pair | None = None) -> None:
        super().__init__()
        self.size = pair(size, "size")
        self.stride = self.size if stride is None else pair(stride, "stride")

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, C, H, W) -> y (N, C, H', W'), and x as the cache: the largest of each window."""
        windows = sliding_window_view(x, self.size, axis=(2, 3))
        windows = windows[:, :, ::self.stride[0], ::self.stride[1]]
        return windows.max(axis=(4, 5)), x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y (N, C, H', W') -> ∂s/∂x (N, C, H, W), like x.

        Each unit sends its whole gradient to the pixel that won its window: the first in reading
        order among equals. A pixel that won several windows adds up what they send.
        """
        x, (kh, kw), (sh, sw) = cache, self.size, self.stride
        dx = np.zeros_like(x)
        for n, c, p, q in np.ndindex(*dy.shape):
            window = x[n, c, p * sh:p * sh + kh, q * sw:q * sw + kw]
            i, j = np.unravel_index(window.argmax(), window.shape)
            dx[n, c, p * sh + i, q * sw + j] = dy[n, c, p, q]
        return dx


class Softmax(Layer):
    """y[n, k] = exp(x[n, k]) / Σ_j exp(x[n, j]): every row is positive and sums to 1.

    Shapes: x (N, K) -> y (N, K).
    """

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
        raise NotImplementedError("Exercise 3: Softmax.backward - ∂s/∂x from ∂s/∂y")
