"""From logits to probabilities."""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, expect_gradient, mismatch


class Softmax(Layer):
    """y[n, k] = exp(x[n, k]) / Σ_j exp(x[n, j]): every row is positive and sums to 1.

    Shapes: x (N, K) -> y (N, K).
    """

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> y; the largest logit is subtracted first: the same y, but exp cannot overflow."""
        if x.ndim != 2:
            raise mismatch(self, "(N, K)", x.shape, "the axis of images is missing")
        e = np.exp(x - x.max(axis=1, keepdims=True))
        y = e / e.sum(axis=1, keepdims=True)
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x_j = Σ_k ∂s/∂y_k · y_k (δ_jk - y_j) = y_j (∂s/∂y_j - Σ_k ∂s/∂y_k · y_k).

        As Σ y = 1, a constant may be added to a row of dy: the result is the same. Here the entry
        of the largest y becomes 0. Without that, 1 - y is a difference of two numbers near 1 when
        the network is sure, and in float32 nothing is left of it.
        """
        y = cache
        expect_gradient(self, dy, y.shape)
        dy = dy - dy[np.arange(len(y)), y.argmax(axis=1)][:, None]
        return y * (dy - (dy * y).sum(axis=1, keepdims=True))
