"""Max-pooling: of every window the largest value, and the gradient back to where it came from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .base import Array, Layer, Pair, expect, expect_gradient, pair, windows


class MaxPool2D(Layer):
    """y[n, c, p, q] = max over (i, j) of x[n, c, p·stride + i, q·stride + j].

    Among equal values the first in reading order wins and takes the whole gradient. Where windows
    overlap, a pixel that won several of them adds up what they send.

    Shapes: x (N, C, H, W) -> y (N, C, H', W') with H' = (H - size) // stride + 1; rows and columns
    that no whole window reaches are dropped, and get no gradient.

    Args:
        size: the window, (rows, columns) or one number.
        stride: how far it moves; by default as far as it is large, so that windows do not overlap.
    """

    def __init__(self, size: int | Pair, stride: int | Pair | None = None) -> None:
        super().__init__()
        self.size = pair(size, "size")
        self.stride = self.size if stride is None else pair(stride, "stride")

    def forward(self, x: Array) -> tuple[Array, tuple[Array, tuple[int, ...]]]:
        """x -> y; the cache holds the number, in reading order, of each window's winner."""
        places = self._places(x.shape)
        _, first = next(places)
        y = x[first].copy()
        winner = np.zeros(y.shape, np.int32)
        for number, place in places:
            candidate = x[place]
            np.copyto(winner, number, where=candidate > y)   # > and not >=: the first one stays
            np.maximum(y, candidate, out=y)
        return y, (winner, x.shape)

    def backward(self, dy: Array, cache: tuple[Array, tuple[int, ...]]) -> Array:
        """∂s/∂x: each window hands its ∂s/∂y to its winner, and nothing to the others."""
        winner, shape = cache
        expect_gradient(self, dy, winner.shape)
        dx = np.zeros(shape, dy.dtype)
        for number, place in self._places(shape):
            dx[place] += dy * (winner == number)
        return dx

    def config(self) -> dict[str, Pair]:
        """The arguments that build this layer anew."""
        return {"size": self.size, "stride": self.stride}

    def _places(self, shape: tuple[int, ...]) -> Iterator[tuple[int, tuple[slice, ...]]]:
        """For each place (i, j) in a window, in reading order: its number, and the pixels that
        stand at that place of all windows, as an index into x.
        """
        expect(len(shape) == 4, self, "(N, C, H, W)", shape,
               "the axis of images or of channels is missing; one image is x[None]")
        (kh, kw), (sh, sw), (height, width) = self.size, self.stride, shape[2:]
        rows, columns = windows(height, kh, sh), windows(width, kw, sw)
        expect(rows > 0 and columns > 0, self, f"maps of at least {kh} x {kw}", shape,
               "the maps have become smaller than the window")
        everything = slice(None)
        for i in range(kh):
            for j in range(kw):
                yield i * kw + j, (everything, everything, slice(i, i + sh * rows, sh),
                                   slice(j, j + sw * columns, sw))
