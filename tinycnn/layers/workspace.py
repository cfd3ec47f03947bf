"""The memory that a convolution works in: one image at a time, and the same for every image.

A convolution cuts out the C·kh·kw pixels under the window at every position and writes them as a
column of the *patches*. Then all units of an image are one matrix product. (This is known as
im2col.) The product is as fast as possible already. The cutting is made fast like this:

Write an image as one long row, `width` pixels for each line. If the window's corner is at p, pixel
(i, j) of the window is at p + i·width + j. A row of the patches is one pixel of the window at all
positions. So it is the image itself, from i·width + j on: one long copy instead of one for each
line. It has kw - 1 positions too many at the end of each line: windows that wrap around the edge.
They are computed and dropped.

The backward pass uses the same idea. The gradient of a pixel is a sum over the windows that covered
it: a sum of products, shifted the other way. The shifts by j are copied before the product, as
above. For the shifts by i, the rows of the product are moved while they are added up.

The gradient of the parameters is a product of the same patches with ∂s/∂y. Here the patches need
not be written out: after the shifts by j are copied, the shifts by i are views of the copies.

Except for the copies and the products, everything is a view of one of a few arrays. If images are
small, making a view takes longer than using it. So views are made once for each shape, and kept.
"""

from __future__ import annotations

import threading
from functools import lru_cache

import numpy as np

from .base import Pair, strided, windows


class Workspace:
    """Arrays for one image on its way through a convolution. L is the number of positions.

    Attributes:
        image: (C, H, W), the place for an image. Around it is the padding, which stays 0.
        shifts: (C, kh, kw, ...), a view: the image as each pixel of the window sees it.
        pixels: the same shape, the memory that `shifts` is copied to: all rows of `patches`
            (C·kh·kw + 1, L) except the last. The last row is 1: the bias is a weight too, from an
            input that is always 1.
        W, b: the places for the parameters; together they are `weights` (F, C·kh·kw + 1).
        product: weights @ patches, (F, L). `units` (F, H', W') is the part of it that is used.
        corners: (F, H', W'), the place for ∂s/∂y in the backward pass: each number at the corner of
            its window, in lines as wide as the image's. Between and before them are zeros.
        corner_shifts: (F, kw, M), a view: these lines moved to the right by 0, 1, ..., kw - 1.
        copies: the same shape, the memory for them; as a matrix it is `copied` (F·kw, M).
        back_W: the place for W; as a matrix it is `back_weights` (C·kh, F·kw).
        products: back_weights @ copied, (C·kh, M).
        skewed: (kh, C, H·W), a view of the products: those for row i of the window are moved down
            by i lines. The free lines above and below are zeros, stored between the products.
        padded: the shape (C, H, W) with the padding; `inside` is the index that removes it.
        line_shifts: (C, kw, ...), a view: the image moved to the left by 0, 1, ..., kw - 1.
        lines: the same shape, the memory for them. Below them is a row of ones, as in `patches`.
        shifted_lines: (kh, C·kw + 1, L'), a view: lines and ones from line i = 0, ..., kh - 1 on.
        at_corners: (L', F), a view: what is put into `corners`, with the zeros between.
    """

    def __init__(self, shape: tuple[int, ...], weights: tuple[int, ...], stride: Pair,
                 padding: Pair, dtype: np.dtype) -> None:
        (f, c, kh, kw), (sh, sw), (ph, pw) = weights, stride, padding
        height, width = shape[1] + 2 * ph, shape[2] + 2 * pw
        rows, columns = windows(height, kh, sh), windows(width, kw, sw)
        area = height * width
        self.padded, self.inside = (c, height, width), (..., slice(ph, height - ph),
                                                        slice(pw, width - pw))
        # Forward: the patches.
        padded = np.zeros(self.padded, dtype)
        self.image = padded[self.inside]
        line, positions, steps = width, [(rows - 1) * width + columns], [1]
        if stride != (1, 1):        # windows that are further apart are copied line by line
            line, positions, steps = columns, [rows, columns], [sh * width, sw]
        self.shifts = strided(padded, (c, kh, kw, *positions), (area, width, 1, *steps))
        length = (rows - 1) * line + columns
        self.patches = np.ones((c * kh * kw + 1, length), dtype)
        self.pixels = self.patches[:-1].reshape(self.shifts.shape)
        self.weights = np.zeros((f, c * kh * kw + 1), dtype)
        self.W, self.b = self.weights[:, :-1].reshape(weights), self.weights[:, -1]
        self.product = np.zeros((f, length), dtype)
        self.units = strided(self.product, (f, rows, columns), (length, line, 1))
        # Backward: the corners, with kw - 1 zeros before each map.
        length = (height - kh + 1) * width
        run = kw - 1 + length
        spread = np.zeros((f, run), dtype)
        self.corners = strided(spread, (f, rows, columns), (run, sh * width, sw), kw - 1)
        self.corner_shifts = strided(spread, (f, kw, length), (run, -1, 1), kw - 1)
        self.copied = np.zeros((f * kw, length), dtype)
        self.copies = self.copied.reshape(f, kw, length)
        self.back_weights = np.zeros((c * kh, f * kw), dtype)
        self.back_W = self.back_weights.reshape(c, kh, f, kw).transpose(2, 0, 1, 3)
        # And the products, with kh - 1 lines of zeros before and after each.
        gap = (kh - 1) * width
        spaced = np.zeros(gap + c * kh * area, dtype)
        self.products = strided(spaced, (c * kh, length), (area, 1), gap)
        self.skewed = strided(spaced, (kh, c, area), (area - width, kh * area, 1), gap)
        # The parameters: lines, and their products with the corners up to the last one.
        run, last = area - kw + 1, (rows - 1) * sh * width + (columns - 1) * sw + 1
        self.line_shifts = strided(padded, (c, kw, run), (area, 1, 1))
        lines = np.ones((c * kw + 1, run), dtype)
        self.lines = lines[:-1].reshape(c, kw, run)
        self.shifted_lines = strided(lines, (kh, c * kw + 1, last), (width, run, 1))
        self.at_corners = spread[:, kw - 1:kw - 1 + last].T


class _PerThread(threading.local):
    """Two threads never work in the same memory."""

    def __init__(self) -> None:
        self.workspace = lru_cache(maxsize=32)(Workspace)


_kept = _PerThread()


def workspace(shape: tuple[int, ...], weights: tuple[int, ...], stride: Pair, padding: Pair,
              dtype: np.dtype) -> Workspace:
    """This thread's workspace for images of `shape` (C, H, W) and `weights` (F, C, kh, kw).

    The last 32 are kept. Each call of a layer overwrites what the previous call left in it; no
    result shares this memory.
    """
    return _kept.workspace(shape, weights, stride, padding, dtype)
