"""Max-pooling: the largest value of every window, and the gradient back to where it came from.

Both passes work on all windows at once. For each place in the window, say the upper left, there is
one array with that pixel of every window. The maximum of these arrays is y. Comparing y with each
of them shows which place won. ∂s/∂x is ∂s/∂y, written to the place that won.
"""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, Pair, expect_gradient, pair
from .pooling import expect_maps, output_size, places

Cache = tuple[Array, tuple[int, ...]]


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

    def forward(self, x: Array) -> tuple[Array, Cache]:
        """x -> y, and the places that won: true where y came from."""
        expect_maps(self, x)
        output = output_size(self, x, self.size, self.stride)
        view = places(np.ascontiguousarray(x), self.size, self.stride, output)
        pixels = view.reshape(self.size[0] * self.size[1], *view.shape[2:])     # a copy
        y = np.maximum.reduce(pixels, axis=0)
        won = pixels == y
        if np.count_nonzero(won) != y.size:     # equal values: the first in reading order wins
            taken = won[0]
            for place in won[1:]:
                np.greater(place, taken, out=place)
                taken = taken | place
        return y, (won.reshape(view.shape), x.shape)

    def backward(self, dy: Array, cache: Cache) -> Array:
        """∂s/∂x: each window sends its ∂s/∂y to its winner, and nothing to the others."""
        won, shape = cache
        expect_gradient(self, dy, won.shape[2:])
        dx = np.zeros(shape, dy.dtype)
        view = places(dx, self.size, self.stride, (dy.shape[2], dy.shape[3]))
        if self.stride[0] >= self.size[0] and self.stride[1] >= self.size[1]:
            np.multiply(dy, won, out=view)
        else:                       # windows overlap: what they send to a pixel adds up
            for place in np.ndindex(self.size):
                view[place] += dy * won[place]
        return dx

    def config(self) -> dict[str, Pair]:
        """The arguments that build this layer again."""
        return {"size": self.size} | ({} if self.stride == self.size else {"stride": self.stride})
