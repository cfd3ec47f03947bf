"""The rectified linear unit. The paper uses tanh; students compare the two."""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, expect_gradient


class ReLU(Layer):
    """y = max(x, 0), element by element, any shape."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> max(x, 0), and which units are on as the cache."""
        return np.maximum(x, 0), x > 0

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x = ∂s/∂y where x > 0, else 0; at the kink x = 0 it is 0 by convention."""
        on = cache
        expect_gradient(self, dy, on.shape)
        return dy * on
