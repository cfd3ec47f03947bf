"""Max-pooling: of every window the largest value, and the gradient back to where it came from."""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, Pair, expect, expect_gradient, pair, strided, windows


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

    def forward(self, x: Array) -> tuple[Array, tuple[Array, Array, tuple[int, ...]]]:
        """x -> y: each place of the window as an array of its own, and their maximum."""
        places = self._places(x)
        y = np.maximum.reduce(places, axis=0)
        return y, (places, y, x.shape)

    def backward(self, dy: Array, cache: tuple[Array, Array, tuple[int, ...]]) -> Array:
        """∂s/∂x: each window hands its ∂s/∂y to its winner, and nothing to the others."""
        places, y, shape = cache
        expect_gradient(self, dy, y.shape)
        (kh, kw), (sh, sw), (rows, columns) = self.size, self.stride, y.shape[2:]
        dx = np.zeros(shape, dy.dtype)
        free = np.ones(y.shape, bool)           # windows without a winner so far
        for k, (i, j) in enumerate(np.ndindex(kh, kw)):     # in reading order: the first one wins
            won = places[k] == y
            won &= free
            free ^= won
            target = dx[:, :, i:i + sh * rows:sh, j:j + sw * columns:sw]
            if sh < kh or sw < kw:
                target += dy * won
            else:
                np.multiply(dy, won, out=target)
        return dx

    def config(self) -> dict[str, Pair]:
        """The arguments that build this layer anew."""
        return {"size": self.size} | ({} if self.stride == self.size else {"stride": self.stride})

    def _places(self, x: Array) -> Array:
        """(kh·kw, N, C, H', W'): for each place of a window, the pixels that lie there."""
        expect(x.ndim == 4, self, "(N, C, H, W)", x.shape,
               "the axis of images or of channels is missing; one image is x[None]")
        (kh, kw), (sh, sw), (n, c, height, width) = self.size, self.stride, x.shape
        rows, columns = windows(height, kh, sh), windows(width, kw, sw)
        expect(min(rows, columns) > 0, self, f"maps of at least {kh} x {kw}", x.shape,
               "the maps have become smaller than the window")
        view = strided(x, (kh, kw, n, c, rows, columns),
                       (width, 1, c * height * width, height * width, sh * width, sw))
        return view.reshape(kh * kw, n, c, rows, columns)
