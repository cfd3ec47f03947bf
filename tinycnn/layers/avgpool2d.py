"""Average-pooling: the mean of every window, and an equal part of the gradient to each pixel."""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, Pair, expect_gradient, pair
from .pooling import expect_maps, output_size, places

Shape = tuple[int, ...]


class AvgPool2D(Layer):
    """y[n, c, p, q] = mean over (i, j) of x[n, c, p·stride + i, q·stride + j].

    Shapes: x (N, C, H, W) -> y (N, C, H', W') with H' = (H - size) // stride + 1; rows and columns
    that no whole window reaches are dropped, and get no gradient.

    Args:
        size: the window, (rows, columns) or one number; None for the whole map, which gives one
            number for each map: y (N, C, 1, 1), "global average pooling".
        stride: how far it moves; by default its own size, so that windows do not overlap.
    """

    def __init__(self, size: int | Pair | None, stride: int | Pair | None = None) -> None:
        super().__init__()
        if size is None and stride is not None:
            raise ValueError(f"stride={stride}: the window is the whole map, which cannot move")
        self.size = None if size is None else pair(size, "size")
        self.stride = self.size if stride is None else pair(stride, "stride")

    def forward(self, x: Array) -> tuple[Array, Shape]:
        """x -> y, and the shape of x."""
        expect_maps(self, x)
        size, stride = self._window(x.shape)
        output = output_size(self, x, size, stride)
        view = places(np.ascontiguousarray(x), size, stride, output)
        return view.sum(axis=(0, 1)) / (size[0] * size[1]), x.shape

    def backward(self, dy: Array, cache: Shape) -> Array:
        """∂s/∂x: each pixel gets 1/(kh·kw) of the ∂s/∂y of every window that it is in."""
        size, stride = self._window(cache)
        dx = np.zeros(cache, dy.dtype)
        output = output_size(self, dx, size, stride)
        expect_gradient(self, dy, (*cache[:2], *output))
        view, part = places(dx, size, stride, output), dy / (size[0] * size[1])
        for place in np.ndindex(size):      # windows may overlap: what they send adds up
            view[place] += part
        return dx

    def config(self) -> dict[str, Pair | None]:
        """The arguments that build this layer again."""
        return {"size": self.size} | ({} if self.stride == self.size else {"stride": self.stride})

    def _window(self, shape: Shape) -> tuple[Pair, Pair]:
        """Size and stride; for the whole map they are its size."""
        if self.size is None or self.stride is None:
            return (shape[2], shape[3]), (shape[2], shape[3])
        return self.size, self.stride
