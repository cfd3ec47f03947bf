"""Convolution: each filter slides over the image, and each place that it covers is one unit.

Cut out the C·kh·kw pixels under the window at every position and write them as a column: then
all units of an image are one matrix product, (F, C·kh·kw) @ (C·kh·kw, positions). This is known
as im2col. `loops.Conv2D` is the same sum, written as the formula is.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .base import Array, Layer, Pair, Rng, expect, expect_gradient, glorot_uniform, pair, strided, windows


Cache = tuple[Array, tuple[int, ...], int, tuple[int, ...]]


class Conv2D(Layer):
    """y[n, f, p, q] = b[f] + Σ_cij W[f, c, i, j] · x[n, c, p·stride + i, q·stride + j].

    A cross-correlation: the kernel is not flipped, as in every framework of today.

    Shapes: x (N, C, H, W) -> y (N, F, H', W') with H' = (H + 2·padding - kh) // stride + 1.
    Parameters: W (F, C, kh, kw), the paper's mode-4 tensor (section III-D), and b (F,).

    Args:
        in_channels: C, the maps of the layer before (1 for a grey image).
        out_channels: F, the feature maps of this layer.
        kernel_size: (kh, kw), or one number for both.
        stride: how far the window moves, (rows, columns) or one number.
        padding: rings of zeros around the image, (rows, columns) or one number.
        rng: a Generator or a seed for the weights (Glorot uniform); the biases start at 0.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair, *,
                 stride: int | Pair = 1, padding: int | Pair = 0, rng: Rng = None) -> None:
        self.kernel_size = kh, kw = pair(kernel_size, "kernel_size")
        self.stride = pair(stride, "stride")
        self.padding = pair(padding, "padding", least=0)
        in_channels, out_channels = pair((in_channels, out_channels), "(in, out) channels")
        shape = (out_channels, in_channels, kh, kw)
        self.params = {
            "W": glorot_uniform(shape, in_channels * kh * kw, out_channels * kh * kw, rng),
            "b": np.zeros(out_channels, np.float32),
        }

    def forward(self, x: Array) -> tuple[Array, Cache]:
        """x (N, C, H, W) -> y (N, F, H', W')."""
        W, b = self.params["W"], self.params["b"]
        shifts, shape, row = self._shifts(x)
        weights = np.concatenate([W.reshape(len(W), -1), b[:, None]], axis=1)
        product, units = self._rows(np.result_type(x, W), shape, row)
        y = np.empty(shape, product.dtype)
        for k, patches in enumerate(_patches(shifts)):
            np.matmul(weights, patches, out=product)
            y[k] = units
        return y, (shifts, shape, row, x.shape)

    def backward(self, dy: Array, cache: Cache) -> Array:
        """∂s/∂x: each pixel gathers, from every window that it lay under, W · ∂s/∂y."""
        _, shape, _, (n, c, height, width) = cache
        expect_gradient(self, dy, shape)
        W, f = self.params["W"], len(self.params["W"])
        (sh, sw), (ph, pw), (kh, kw) = self.stride, self.padding, self.kernel_size
        height, width = height + 2 * ph, width + 2 * pw
        # Put each number of dy at the corner of its window, in rows as wide as x's, 0 elsewhere.
        # Pixel (i, j) of the window at p lies at p + i·width + j. The shifts by j are copied, as
        # the patches in `forward` are; those by i wait until the product is there.
        places = (height - kh + 1) * width
        corners = np.zeros((f, kw - 1 + places), dy.dtype)
        at_corners = strided(corners, shape[1:], (kw - 1 + places, sh * width, sw), kw - 1)
        shifts = strided(corners, (f, kw, places), (kw - 1 + places, -1, 1), kw - 1)
        copies = np.empty((f * kw, places), dy.dtype)
        # One row of `products` for each (c, i), and behind each row as many zeros as the lowest
        # shift moves it down. So, in the skewed view, i rows of zeros come before row (c, i).
        gap, whole = (kh - 1) * width, height * width
        products = np.zeros(gap + c * kh * whole, np.result_type(dy, W))
        product = strided(products, (c * kh, places), (whole, 1), gap)
        skewed = strided(products, (kh, c, whole), (whole - width, kh * whole, 1), gap)
        weights = W.transpose(1, 2, 0, 3).reshape(c * kh, f * kw)
        dx = np.empty((n, c, whole), products.dtype)
        for k in range(n):
            at_corners[...] = dy[k]
            copies.reshape(shifts.shape)[...] = shifts
            np.matmul(weights, copies, out=product)
            np.add.reduce(skewed, axis=0, out=dx[k])
        return dx.reshape(n, c, height, width)[:, :, ph:height - ph, pw:width - pw]

    def parameter_gradients(self, dy: Array, cache: Cache) -> dict[str, Array]:
        """∂s/∂W and ∂s/∂b: shared weights, so sums over all images and positions (eq. 2)."""
        shifts, shape, row, _ = cache
        expect_gradient(self, dy, shape)
        W = self.params["W"]
        spread, units = self._rows(dy.dtype, shape, row)
        total = np.zeros((W[0].size + 1, len(W)), np.result_type(shifts, dy))
        for k, patches in enumerate(_patches(shifts)):
            units[...] = dy[k]
            total += patches @ spread.T
        return {"W": total[:-1].T.reshape(W.shape), "b": total[-1]}

    def config(self) -> dict[str, int | Pair]:
        """The arguments that build this layer anew."""
        f, c = self.params["W"].shape[:2]
        return {"in_channels": c, "out_channels": f, "kernel_size": self.kernel_size,
                "stride": self.stride, "padding": self.padding}

    def _shifts(self, x: Array) -> tuple[Array, tuple[int, ...], int]:
        """The pixels under each window, as a view that copies nothing yet.
        """
        n, f, rows, columns = shape = self._output_shape(x)
        (sh, sw), (ph, pw), (kh, kw) = self.stride, self.padding, self.kernel_size
        if ph or pw:
            x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        _, c, height, width = x.shape
        x = np.ascontiguousarray(x)
        steps = c * height * width, height * width, width, 1
        if sh == sw == 1:
            length = (rows - 1) * width + columns
            return strided(x, (n, c, kh, kw, length), (*steps, 1)), shape, width
        places = (n, c, kh, kw, rows, columns), (*steps, sh * width, sw)
        return strided(x, *places), shape, columns

    def _rows(self, dtype, shape, row) -> tuple[Array, Array]:
        """(F, positions) of zeros, and its (F, H', W') units."""
        _, f, rows, columns = shape
        length = (rows - 1) * row + columns
        flat = np.zeros((f, length), dtype)
        return flat, strided(flat, (f, rows, columns), (length, row, 1))

    def _output_shape(self, x: Array) -> tuple[int, ...]:
        """(N, F, H', W'), or a ShapeError that says why x does not fit."""
        f, c, kh, kw = self.params["W"].shape
        expect(x.ndim == 4, self, "(N, C, H, W)", x.shape,
               "the axis of images or of channels is missing; one image is x[None]")
        expect(x.shape[1] == c, self, f"(N, {c}, H, W)", x.shape,
               "the layer before has another number of feature maps")
        rows = windows(x.shape[2] + 2 * self.padding[0], kh, self.stride[0])
        columns = windows(x.shape[3] + 2 * self.padding[1], kw, self.stride[1])
        expect(rows > 0 and columns > 0, self, f"images of at least {kh} x {kw} pixels", x.shape,
               "the maps have become smaller than the kernel")
        return len(x), f, rows, columns


def _patches(shifts: Array) -> Iterator[Array]:
    """For each image the pixels under each window, one column a position: (C·kh·kw + 1, H'·W').

    The last row is 1: the bias is a weight as well, from an input that is always 1. It is the same
    memory for each image; it stays in the processor's cache.
    """
    n, c, kh, kw, *places = shifts.shape
    patches = np.empty((c * kh * kw + 1, *places), shifts.dtype)
    patches[-1] = 1
    pixels, columns = patches[:-1].reshape(shifts.shape[1:]), patches.reshape(len(patches), -1)
    for k in range(n):
        pixels[...] = shifts[k]
        yield columns
