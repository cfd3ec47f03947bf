"""Max-pooling: of every window the largest value, and the gradient back to where it came from."""

from __future__ import annotations

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

    def forward(self, x: Array) -> tuple[Array, tuple[Array, Array]]:
        """x -> y, and both as the cache: the maximum over rows, then of those over columns."""
        rows, columns = self._places(x.shape)
        y = x[:, :, rows[0]]
        for place in rows[1:]:
            y = np.maximum(y, x[:, :, place])
        tall, y = y, y[..., columns[0]].copy()
        for place in columns[1:]:
            np.maximum(y, tall[..., place], out=y)
        return y, (x, y)

    def backward(self, dy: Array, cache: tuple[Array, Array]) -> Array:
        """∂s/∂x: each window hands its ∂s/∂y to its winner, and nothing to the others."""
        x, y = cache
        expect_gradient(self, dy, y.shape)
        rows, columns = self._places(x.shape)
        overlap = self.stride[0] < self.size[0] or self.stride[1] < self.size[1]
        dx = np.zeros(x.shape, dy.dtype)
        undecided = np.ones(y.shape, bool)
        for i in rows:
            for j in columns:           # in reading order, so among equals the first one wins
                won = (x[:, :, i, j] == y) & undecided
                undecided ^= won
                if overlap:
                    dx[:, :, i, j] += dy * won
                else:                   # each pixel has one window: writing takes 2/3 of the time
                    np.multiply(dy, won, out=dx[:, :, i, j])
        return dx

    def config(self) -> dict[str, Pair]:
        """The arguments that build this layer anew."""
        return {"size": self.size} | ({} if self.stride == self.size else {"stride": self.stride})

    def _places(self, shape: tuple[int, ...]) -> tuple[list[slice], list[slice]]:
        """For each row i of a window: which rows of x are the i-th of some window; and columns."""
        expect(len(shape) == 4, self, "(N, C, H, W)", shape,
               "the axis of images or of channels is missing; one image is x[None]")
        counts = [windows(*sizes) for sizes in zip(shape[2:], self.size, self.stride, strict=True)]
        expect(min(counts) > 0, self, f"maps of at least {self.size[0]} x {self.size[1]}", shape,
               "the maps have become smaller than the window")
        (kh, kw), (sh, sw), (n_rows, n_columns) = self.size, self.stride, counts
        return ([slice(i, i + sh * n_rows, sh) for i in range(kh)],
                [slice(j, j + sw * n_columns, sw) for j in range(kw)])
