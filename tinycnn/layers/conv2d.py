"""Convolution: each filter slides over the image, and each place that it covers is one unit.

Cut out the C·kh·kw pixels under the window at every position and write them as a column: then
all units of an image are one matrix product, (F, C·kh·kw) @ (C·kh·kw, positions). This is known
as im2col. `loops.Conv2D` is the same sum, written as the formula is.
"""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, Pair, Rng, expect, expect_gradient, glorot_uniform, pair, strided, windows


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

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, C, H, W) -> y (N, F, H', W'), and x as the cache."""
        W, b = self.params["W"], self.params["b"]
        n, f, rows, columns = self._output_shape(x)
        patches, row = self._patches(x)
        y = W.reshape(f, -1) @ patches
        y += b[:, None]
        length = y.shape[2]
        return strided(y, (n, f, rows, columns), (f * length, length, row, 1)).copy(), x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x: each pixel gathers, from every window that it lay under, W · ∂s/∂y."""
        x, W = cache, self.params["W"]
        n, f, rows, columns = self._output_shape(x)
        expect_gradient(self, dy, (n, f, rows, columns))
        (sh, sw), (ph, pw), (kh, kw) = self.stride, self.padding, self.kernel_size
        c, height, width = x.shape[1], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw
        # Put each number of dy at the corner of its window, in rows as wide as x's, 0 elsewhere.
        # Pixel (i, j) of the window at p lies at p + i·width + j: the shifts by j are copied into
        # the product, those by i added up behind it. That is kw copies of dy and kh sums, and not
        # one sum for each of the kh·kw pixels.
        places = (height - kh + 1) * width
        length = kw - 1 + places
        corners = np.zeros((n, f, length), dy.dtype)
        strided(corners, dy.shape, (f * length, length, sh * width, sw), kw - 1)[...] = dy
        shifted = strided(corners, (n, f, kw, places), (f * length, length, 1, 1))
        product = W[..., ::-1].transpose(1, 2, 0, 3).reshape(c * kh, f * kw) @ shifted.reshape(
            n, f * kw, places)
        product = product.reshape(n, c, kh, height - kh + 1, width)
        dx = np.zeros((n, c, height, width), product.dtype)
        for i in range(kh):
            dx[:, :, i:i + height - kh + 1] += product[:, :, i]
        return dx[:, :, ph:height - ph, pw:width - pw]

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂W and ∂s/∂b: shared weights, so sums over all images and positions (eq. 2)."""
        x, W = cache, self.params["W"]
        shape = self._output_shape(x)
        expect_gradient(self, dy, shape)
        patches, row = self._patches(x)
        n, f = shape[:2]
        length, f8 = patches.shape[2], -(-f // 8) * 8
        spread = np.zeros((n, f8, length), dy.dtype)
        strided(spread, dy.shape, (f8 * length, length, row, 1))[...] = dy
        dW = (patches @ spread.transpose(0, 2, 1)).sum(axis=0)[:, :f].T
        return {"W": dW.reshape(W.shape), "b": spread.sum(axis=2).sum(axis=0)[:f]}

    def config(self) -> dict[str, int | Pair]:
        """The arguments that build this layer anew."""
        f, c = self.params["W"].shape[:2]
        return {"in_channels": c, "out_channels": f, "kernel_size": self.kernel_size,
                "stride": self.stride, "padding": self.padding}

    def _patches(self, x: Array) -> tuple[Array, int]:
        """The pixels under each window, one column a position: (N, C·kh·kw, H'·W')."""
        (sh, sw), (ph, pw), (kh, kw) = self.stride, self.padding, self.kernel_size
        n, _, rows, columns = self._output_shape(x)
        if ph or pw:
            x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        c, height, width = x.shape[1:]
        if (sh, sw) == (1, 1):
            row, shape, steps = width, ((rows - 1) * width + columns,), (1,)
        else:
            row, shape, steps = columns, (rows, columns), (sh * width, sw)
        view = strided(x, (n, c, kh, kw, *shape), (c * height * width, height * width, width, 1, *steps))
        return view.reshape(n, c * kh * kw, -1), row

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
