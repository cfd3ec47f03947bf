"""The hyperbolic tangent, the paper's activation function (section IV-A)."""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, expect_gradient


class Tanh(Layer):
    """y = tanh(x), element by element: any shape, values between -1 and 1."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> tanh(x), which is also the cache: the derivative needs only tanh(x)."""
        y = np.tanh(x)
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x = ∂s/∂y · (1 - y²): a unit near ±1 is saturated and passes almost nothing."""
        y = cache
        expect_gradient(self, dy, y.shape)
        slope = y * y
        np.subtract(1, slope, out=slope)
        slope *= dy
        return slope
