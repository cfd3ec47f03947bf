"""Convolutions with a mistake in forward. Right is what `loops.Conv2D` does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .entries import bugs
from .textbook import WindowedConv2D

Array = np.ndarray


class ConvFlipsKernelInForward(WindowedConv2D):
    """forward turns the kernel round, as a convolution in mathematics does; backward does not."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b = self.params["W"][:, :, ::-1, ::-1], self.params["b"]
        y = np.einsum("ncpqij,fcij->nfpq", self.windows(self.pad(x)), W)
        return y + b[:, None, None], x


class ConvForgetsBias(WindowedConv2D):
    """forward does not add the bias."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        return np.einsum("ncpqij,fcij->nfpq", self.windows(self.pad(x)), self.params["W"]), x


class ConvForgetsPadding(WindowedConv2D):
    """forward does not pad the image."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b = self.params["W"], self.params["b"]
        return np.einsum("ncpqij,fcij->nfpq", self.windows(x), W) + b[:, None, None], x


class ConvRepeatsTheEdge(WindowedConv2D):
    """The padding repeats the border of the image instead of being 0."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b, (ph, pw) = self.params["W"], self.params["b"], self.padding
        padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="edge")
        return np.einsum("ncpqij,fcij->nfpq", self.windows(padded), W) + b[:, None, None], x


class ConvPadsOneSide(WindowedConv2D):
    """All of the padding is put above and to the left of the image."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b, (ph, pw) = self.params["W"], self.params["b"], self.padding
        padded = np.pad(x, ((0, 0), (0, 0), (2 * ph, 0), (2 * pw, 0)))
        return np.einsum("ncpqij,fcij->nfpq", self.windows(padded), W) + b[:, None, None], x


class ConvSwapsStrides(WindowedConv2D):
    """The stride of the rows is taken for that of the columns, and the other way round."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b, (sw, sh) = self.params["W"], self.params["b"], self.stride
        windows = sliding_window_view(self.pad(x), self.kernel_size, axis=(2, 3))
        return np.einsum("ncpqij,fcij->nfpq", windows[:, :, ::sh, ::sw], W) + b[:, None, None], x


class ConvSwapsHeightAndWidth(WindowedConv2D):
    """The output lies on its side: unit (p, q) is found at (q, p)."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b = self.params["W"], self.params["b"]
        return np.einsum("ncpqij,fcij->nfqp", self.windows(self.pad(x)), W) + b[:, None, None], x


class ConvReshapesBatch(WindowedConv2D):
    """The product (F, N·H'·W') is only reshaped to (N, F, H', W'): a transpose is missing."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b, windows = self.params["W"], self.params["b"], self.windows(self.pad(x))
        n, _, rows, columns, _, _ = windows.shape
        pixels = windows.transpose(1, 4, 5, 0, 2, 3).reshape(W[0].size, -1)
        y = W.reshape(len(W), -1) @ pixels + b[:, None]
        return y.reshape(n, len(W), rows, columns), x


class ConvSeesOneChannel(WindowedConv2D):
    """Only the first channel of the image is looked at."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b, windows = self.params["W"], self.params["b"], self.windows(self.pad(x))
        return np.einsum("npqij,fij->nfpq", windows[:, 0], W[:, 0]) + b[:, None, None], x


class ConvKeepsOwnWeights(WindowedConv2D):
    """The weights are copied to self.W when the layer is built, and read from there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.W = self.params["W"].copy()

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        y = np.einsum("ncpqij,fcij->nfpq", self.windows(self.pad(x)), self.W.astype(x.dtype))
        return y + self.params["b"][:, None, None], x


class ConvRemembersInput(WindowedConv2D):
    """backward works on self.x, the input of the latest forward pass, and not on its cache."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        self.x = x
        return super().forward(x)

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return super().backward(dy, self.x)

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        return super().parameter_gradients(dy, self.x)


BUGS = bugs("conv2d", {
    ConvFlipsKernelInForward: "kernel_flipped", ConvForgetsBias: "bias_missing",
    ConvForgetsPadding: "padding_forgotten", ConvRepeatsTheEdge: "padding_value",
    ConvPadsOneSide: "padding_one_side", ConvSwapsStrides: "stride_swapped",
    ConvSwapsHeightAndWidth: "rows_columns_swapped", ConvReshapesBatch: "memory_reshaped",
    ConvSeesOneChannel: "channels_first_only", ConvKeepsOwnWeights: "weights_elsewhere",
    ConvRemembersInput: "state_kept"})
