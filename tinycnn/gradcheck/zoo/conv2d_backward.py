"""Convolutions with a mistake in one of the gradients. Right is what `loops.Conv2D` does."""

from __future__ import annotations

from typing import Any

import numpy as np

from .entries import bugs
from .textbook import WindowedConv2D

Array = np.ndarray


class ConvFlipsKernelInBackward(WindowedConv2D):
    """backward meets every pixel with the kernel turned round."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W = self.pad(np.zeros_like(cache)), self.params["W"][:, :, ::-1, ::-1]
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return self.crop(dx)


class ConvTransposesKernel(WindowedConv2D):
    """backward takes the rows of the kernel for its columns."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W = self.pad(np.zeros_like(cache)), self.params["W"].transpose(0, 1, 3, 2)
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return self.crop(dx)


class ConvForgetsStride(WindowedConv2D):
    """backward puts window (p, q) at pixel (p, q), whatever the stride."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W, (kh, kw) = self.pad(np.zeros_like(cache)), self.params["W"], self.kernel_size
        for p, q in np.ndindex(*dy.shape[2:]):
            dx[:, :, p:p + kh, q:q + kw] += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return self.crop(dx)


class ConvAssignsOverlap(WindowedConv2D):
    """Where windows overlap the last one overwrites what the others sent: = for +=."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W = self.pad(np.zeros_like(cache)), self.params["W"]
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] = np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return self.crop(dx)


class ConvCropsOneOff(WindowedConv2D):
    """The padding is cut off below and to the right alone, so the image is one pixel off."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W = self.pad(np.zeros_like(cache)), self.params["W"]
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return dx[:, :, :cache.shape[2], :cache.shape[3]]


class ConvReturnsPaddedGradient(WindowedConv2D):
    """The padding is never cut off the gradient."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W = self.pad(np.zeros_like(cache)), self.params["W"]
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return dx


class ConvForgetsUpstream(WindowedConv2D):
    """Every unit sends W to its pixels, not dy · W."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W = self.pad(np.zeros_like(cache)), self.params["W"]
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] += W.sum(axis=0)
        return self.crop(dx)


class ConvSubtracts(WindowedConv2D):
    """The gradients are subtracted instead of added: the sign is wrong."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W = self.pad(np.zeros_like(cache)), self.params["W"]
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] -= np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return self.crop(dx)


class ConvRoundsToFloat32(WindowedConv2D):
    """The gradient is added up in an array of float32, whatever comes in."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W = self.pad(np.zeros(cache.shape, np.float32)), self.params["W"]
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return self.crop(dx)


class ConvDividesByN(WindowedConv2D):
    """The gradients of the parameters are divided by the number of images."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        dW = np.einsum("nfpq,ncpqij->fcij", dy, self.windows(self.pad(cache)))
        return {"W": dW / len(dy), "b": dy.sum(axis=(0, 2, 3)) / len(dy)}


class ConvAveragesBias(WindowedConv2D):
    """db is the mean of dy over images and positions, not the sum."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        dW = np.einsum("nfpq,ncpqij->fcij", dy, self.windows(self.pad(cache)))
        return {"W": dW, "b": dy.mean(axis=(0, 2, 3))}


class ConvLearnsFromFirstImage(WindowedConv2D):
    """dW comes from the first image of the batch alone."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        windows = self.windows(self.pad(cache))
        dW = np.einsum("fpq,cpqij->fcij", dy[0], windows[0])
        return {"W": dW, "b": dy.sum(axis=(0, 2, 3))}


class ConvSkipsLastRow(WindowedConv2D):
    """The loop over the rows of positions ends one too early."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        padded, dW = self.pad(cache), np.zeros_like(self.params["W"])
        for p, q in np.ndindex(dy.shape[2] - 1, dy.shape[3]):
            dW += np.einsum("nf,ncij->fcij", dy[:, :, p, q], self.window(padded, p, q))
        return {"W": dW, "b": dy.sum(axis=(0, 2, 3))}


class ConvAccumulates(WindowedConv2D):
    """dW is added to self.dW, which nobody sets back to 0."""

    dW: Any = 0

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        self.dW += np.einsum("nfpq,ncpqij->fcij", dy, self.windows(self.pad(cache)))
        return {"W": self.dW, "b": dy.sum(axis=(0, 2, 3))}


BUGS = bugs("conv2d", {
    ConvFlipsKernelInBackward: "kernel_flipped", ConvTransposesKernel: "kernel_transposed",
    ConvForgetsStride: "stride_forgotten", ConvAssignsOverlap: "overlap_assigned",
    ConvCropsOneOff: "padding_cropped_off", ConvReturnsPaddedGradient: "padding_not_removed",
    ConvForgetsUpstream: "upstream_forgotten", ConvSubtracts: "sign",
    ConvRoundsToFloat32: "float32", ConvDividesByN: "divided_by_N",
    ConvAveragesBias: "mean_for_sum", ConvLearnsFromFirstImage: "first_sample_only",
    ConvSkipsLastRow: "border_missing", ConvAccumulates: "accumulates"})
