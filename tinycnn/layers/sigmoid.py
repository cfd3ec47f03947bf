"""The logistic function: the activation of the first networks, and a probability at the end."""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, expect_gradient


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)), element by element: any shape, values between 0 and 1."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> y, which is also the cache: the derivative needs only y."""
        e = np.exp(-np.abs(x))      # never more than 1, so it cannot overflow
        y = np.where(x >= 0, 1, e) / (1 + e)
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x = ∂s/∂y · y (1 - y): at most a quarter, and almost nothing near 0 and 1."""
        y = cache
        expect_gradient(self, dy, y.shape)
        return dy * (y * (1 - y))
