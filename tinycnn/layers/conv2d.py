"""Convolution: each filter slides over the image, and each place that it covers is one unit.

Cut out the C·kh·kw pixels under the window at every position and write them as a column: then
all units of an image are one matrix product, (F, C·kh·kw) @ (C·kh·kw, positions). This is known
as im2col. `loops.Conv2D` is the same sum, written as the formula is.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .base import Array, Layer, Pair, Rng, expect, expect_gradient, glorot_uniform, pair, windows


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
        n, *out = self._output_shape(x)
        y = W.reshape(len(W), -1) @ self._patches(x)
        y += b[:, None]
        return y.reshape(n, *out), x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x: each pixel gathers, from every window that it lay under, W · ∂s/∂y."""
        x, W = cache, self.params["W"]
        n, f, rows, columns = self._output_shape(x)
        expect_gradient(self, dy, (n, f, rows, columns))
        (sh, sw), (ph, pw), (kh, kw) = self.stride, self.padding, self.kernel_size
        c, height, width = x.shape[1], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw
        # Lay dy out in rows as wide as x's, each number at the corner of its window and 0
        # elsewhere. In the flat image, pixel (i, j) of the window at place p is then place
        # p + i·width + j. The shifts by j are copied into the product, those by i added up
        # behind it: kw copies and kh sums, and not one sum for each of the kh·kw pixels.
        # One more row of zeros on top is where shifted rows get their first numbers from.
        corners = np.zeros((n, f, 1 + height - kh + 1, width), dy.dtype)
        corners[:, :, 1:1 + sh * rows:sh, :sw * columns:sw] = dy
        length = (height - kh + 1) * width
        flat = corners.reshape(n, f, width + length)
        shifted = sliding_window_view(flat[:, :, width - kw + 1:], length, axis=2)
        product = W[..., ::-1].transpose(1, 2, 0, 3).reshape(c * kh, f * kw) @ shifted.reshape(
            n, f * kw, length)
        product = product.reshape(n, c, kh, length)
        dx = np.zeros((n, c, height * width), product.dtype)
        for i in range(kh):
            dx[:, :, i * width:i * width + length] += product[:, :, i]
        return dx.reshape(n, c, height, width)[:, :, ph:height - ph, pw:width - pw]

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂W and ∂s/∂b: shared weights, so sums over all images and positions (eq. 2)."""
        x, W = cache, self.params["W"]
        shape = self._output_shape(x)
        expect_gradient(self, dy, shape)
        n, f, rows, columns = shape
        dy = dy.reshape(n, f, rows * columns)
        dW = (dy @ self._patches(x).transpose(0, 2, 1)).sum(axis=0)
        return {"W": dW.reshape(W.shape), "b": dy.sum(axis=(0, 2))}

    def config(self) -> dict[str, int | Pair]:
        """The arguments that build this layer anew."""
        f, c = self.params["W"].shape[:2]
        return {"in_channels": c, "out_channels": f, "kernel_size": self.kernel_size,
                "stride": self.stride, "padding": self.padding}

    def _patches(self, x: Array) -> Array:
        """The pixels under each window, one column a position: (N, C·kh·kw, H'·W')."""
        (sh, sw), (ph, pw) = self.stride, self.padding
        if ph or pw:
            x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        view = sliding_window_view(x, self.kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]
        n, c, rows, columns, kh, kw = view.shape
        return view.transpose(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)

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
