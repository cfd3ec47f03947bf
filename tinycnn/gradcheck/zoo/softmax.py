"""Softmaxes with a mistake each. Right is dx = y (dy - Σ dy y), the sum over the classes."""

from __future__ import annotations

import numpy as np

from ...layers import Softmax
from .entries import bugs

Array = np.ndarray


class SoftmaxOverflows(Softmax):
    """The largest logit is not taken off first, so exp overflows."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        y = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return y, y


class SoftmaxShiftsByBatchMaximum(Softmax):
    """The largest logit of the batch is taken off; a row far below it becomes 0 / 0."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        e = np.exp(x - x.max())
        y = e / e.sum(axis=1, keepdims=True)
        return y, y


class SoftmaxOverBatch(Softmax):
    """Normalised over the images, not over the classes."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        e = np.exp(x - x.max(axis=0))
        y = e / e.sum(axis=0)
        return y, y


class SoftmaxNotNormalised(Softmax):
    """The exponentials are not divided by their sum."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e, e / e.sum(axis=1, keepdims=True)


class SoftmaxAddsEpsilon(Softmax):
    """A small number is added to the sum, against a division by 0 that cannot come up."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        e = np.exp(x - x.max(axis=1, keepdims=True))
        y = e / (e.sum(axis=1, keepdims=True) + 1e-6)
        return y, y


class SoftmaxDiagonalOnly(Softmax):
    """backward takes the diagonal of the Jacobian, y (1 - y), as if it were a sigmoid."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return dy * y * (1 - y)


class SoftmaxAddsTheSum(Softmax):
    """The off-diagonal part of the Jacobian has the wrong sign."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return y * (dy + (dy * y).sum(axis=1, keepdims=True))


class SoftmaxForgetsProbability(Softmax):
    """The factor y in front is missing."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return dy - (dy * y).sum(axis=1, keepdims=True)


class SoftmaxSumsOverBatch(Softmax):
    """The sum in backward runs over the images, not over the classes."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return y * (dy - (dy * y).sum(axis=0, keepdims=True))


class SoftmaxContainsTheLoss(Softmax):
    """backward takes dy for the target and gives the gradient of the loss."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return y - dy


class SoftmaxUsesLogits(Softmax):
    """The cache holds the logits, and the Jacobian takes them for probabilities."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        return super().forward(x)[0], x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return cache * (dy - (dy * cache).sum(axis=1, keepdims=True))


class SoftmaxPassesThrough(Softmax):
    """backward hands dy on as it is, as if the softmax were part of the loss."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy.copy()


BUGS = bugs("softmax", {
    SoftmaxOverflows: "overflow", SoftmaxShiftsByBatchMaximum: "overflow",
    SoftmaxOverBatch: "softmax_axis", SoftmaxNotNormalised: "not_normalised",
    SoftmaxAddsEpsilon: "slightly_off", SoftmaxDiagonalOnly: "diagonal_only",
    SoftmaxAddsTheSum: "off_diagonal_sign", SoftmaxForgetsProbability: "y_forgotten",
    SoftmaxSumsOverBatch: "softmax_axis", SoftmaxContainsTheLoss: "loss_in_softmax",
    SoftmaxUsesLogits: "logits_for_probabilities", SoftmaxPassesThrough: "derivative_forgotten"})
