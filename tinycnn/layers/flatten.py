"""From feature maps to one row for each image, as a dense layer needs it."""

from __future__ import annotations

from math import prod

from .base import Array, Layer, expect_gradient, mismatch


class Flatten(Layer):
    """y = x with all axes after the first joined into one: (N, C, H, W) -> (N, C·H·W)."""

    def forward(self, x: Array) -> tuple[Array, tuple[int, ...]]:
        """x (N, ...) -> y (N, D), and the shape to go back to."""
        if x.ndim < 2:
            raise mismatch(self, "(N, ...)", x.shape, "the axis of images is missing")
        return x.reshape(len(x), prod(x.shape[1:])).copy(), x.shape

    def backward(self, dy: Array, cache: tuple[int, ...]) -> Array:
        """∂s/∂x: the same numbers in the old shape."""
        expect_gradient(self, dy, (cache[0], prod(cache[1:])))
        return dy.reshape(cache).copy()
