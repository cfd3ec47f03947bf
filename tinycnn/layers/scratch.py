"""The memory that a convolution works in: one image at a time, and the same for every image.

A convolution cuts out the C·kh·kw pixels under the window at every position and writes them down
as a column of the *patches*; then all units of an image are one matrix product (this is known as
im2col). Cutting out is all that is slow about it, so here is how it is made quick:

Lay an image out as one long row, `width` pixels to a line. Pixel (i, j) of the window whose corner
is at p then lies at p + i·width + j. A row of the patches, one pixel of the window at all
positions, is therefore the image itself from i·width + j on: one long copy and not many short
ones. It has kw - 1 columns too many at the end of each line, windows that wrap round the edge;
they are computed and dropped.

The way back is the same idea: a pixel's gradient is a sum over the windows that it lay under, that
is, over products that are shifted the other way. The shifts by j are made by copying, before the
product; those by i by adding up kh long rows, after it.

All of these are views of a few arrays. Making views takes longer than using them where the images
are small, so they are made once for each shape and kept: the last 16 shapes of each thread. Nothing
in them is ever handed out.
"""

from __future__ import annotations

import threading
from functools import lru_cache

import numpy as np

from .base import Array, Pair, strided, windows


class Scratch:
    """Views of the scratch memory for images of one shape. p counts positions, F·kw and so on rows.

    Attributes:
        image: (C, H, W), where an image goes; around it the padding, which stays 0.
        shifts: (C, kh, kw, ...), the image as each pixel of the window sees it.
        pixels: the memory that `shifts` is copied to, in the same shape: it is all of `patches`
            (C·kh·kw + 1, p), but the last row. That row is 1: the bias is a weight like the
            others, from an input that is always 1.
        product: (F, p), one row for each filter; `units`, (F, H', W'), is what counts of it.
        dy: (F, p) and its `dy_units`, likewise; 0 elsewhere.
        corners: (F, H', W'), where a gradient goes: each number to the corner of its window, in
            lines as wide as the image's; between and before them it stays 0.
        corner_shifts: (F, kw, p), these lines, shifted to the right by 0 to kw - 1.
        copies: the memory for them, also as `copied` (F·kw, p).
        products: (C·kh, p), their product with the weights.
        skewed: (kh, C, H·W), the products with row i shifted down by i lines. There are as many
            zeros behind each product as the last one moves down: they fill what it leaves free.
    """

    def __init__(self, shape: tuple[int, ...], weights: tuple[int, ...], stride: Pair,
                 padding: Pair, dtype: np.dtype) -> None:
        f, c, kh, kw = weights
        (sh, sw), (ph, pw) = stride, padding
        height, width = shape[1] + 2 * ph, shape[2] + 2 * pw
        rows, columns = windows(height, kh, sh), windows(width, kw, sw)
        whole = height * width

        self.padded = np.zeros((c, height, width), dtype)
        self.inside = ..., slice(ph, height - ph), slice(pw, width - pw)
        self.image = self.padded[self.inside]
        if sh == sw == 1:
            line, places, steps = width, ((rows - 1) * width + columns,), (1,)
        else:       # far apart: no long copies here
            line, places, steps = columns, (rows, columns), (sh * width, sw)
        self.shifts = strided(self.padded, (c, kh, kw, *places), (whole, width, 1, *steps))
        length = (rows - 1) * line + columns
        self.patches = np.ones((c * kh * kw + 1, length), dtype)
        self.pixels = self.patches[:-1].reshape(self.shifts.shape)
        self.weights = np.zeros((f, c * kh * kw + 1), dtype)
        self.W, self.b = self.weights[:, :-1].reshape(weights), self.weights[:, -1]
        self.product = np.zeros((f, length), dtype)
        self.units = strided(self.product, (f, rows, columns), (length, line, 1))
        self.dy = np.zeros((f, length), dtype)
        self.dy_units = strided(self.dy, (f, rows, columns), (length, line, 1))

        length = (height - kh + 1) * width
        spread = np.zeros((f, kw - 1 + length), dtype)
        self.corners = strided(spread, (f, rows, columns), (kw - 1 + length, sh * width, sw), kw - 1)
        self.corner_shifts = strided(spread, (f, kw, length), (kw - 1 + length, -1, 1), kw - 1)
        self.back_weights = np.zeros((c * kh, f * kw), dtype)
        self.back_W = self.back_weights.reshape(c, kh, f, kw).transpose(2, 0, 1, 3)
        self.copied = np.zeros((f * kw, length), dtype)
        self.copies = self.copied.reshape(self.corner_shifts.shape)
        gap = (kh - 1) * width
        sums = np.zeros(gap + c * kh * whole, dtype)
        self.products = strided(sums, (c * kh, length), (whole, 1), gap)
        self.skewed = strided(sums, (kh, c, whole), (whole - width, kh * whole, 1), gap)


class _PerThread(threading.local):
    def __init__(self) -> None:
        self.made = lru_cache(maxsize=16)(Scratch)


_kept = _PerThread()


def scratch(shape: tuple[int, ...], weights: tuple[int, ...], stride: Pair, padding: Pair,
            dtype: np.dtype) -> Scratch:
    """This thread's scratch memory for images of `shape` (C, H, W) and weights (F, C, kh, kw)."""
    return _kept.made(shape, weights, stride, padding, dtype)
