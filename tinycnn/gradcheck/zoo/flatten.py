"""Flatten layers with a mistake each. Right is every image in reading order, and back."""

from __future__ import annotations

import numpy as np

from ...layers import Flatten
from .entries import bugs

Array = np.ndarray
Shape = tuple[int, ...]


class FlattenByColumns(Flatten):
    """forward reads the images in Fortran's order, the last axis slowest."""

    def forward(self, x: Array) -> tuple[Array, Shape]:
        """x -> (y, cache)."""
        return x.reshape(len(x), -1, order="F").copy(), x.shape


class FlattenMixesImages(Flatten):
    """backward takes the images for the last axis."""

    def backward(self, dy: Array, cache: Shape) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy.T.reshape(cache)


class FlattenWholeBatch(Flatten):
    """All images end up in one row."""

    def forward(self, x: Array) -> tuple[Array, Shape]:
        """x -> (y, cache)."""
        return x.reshape(1, -1).copy(), x.shape


class FlattenReadsMemoryOrder(Flatten):
    """order="A" reads an array that lies in memory by columns in another order."""

    def forward(self, x: Array) -> tuple[Array, Shape]:
        """x -> (y, cache)."""
        return x.reshape(len(x), -1, order="A").copy(), x.shape


class FlattenRemembersShape(Flatten):
    """backward uses self.shape, that of the latest input, and not its cache."""

    def forward(self, x: Array) -> tuple[Array, Shape]:
        """x -> (y, cache)."""
        self.shape = x.shape
        return x.reshape(len(x), -1).copy(), x.shape

    def backward(self, dy: Array, cache: Shape) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy.reshape(self.shape).copy()


class FlattenForgetsToUnflatten(Flatten):
    """backward hands the row on as it is, not in the shape of the maps."""

    def backward(self, dy: Array, cache: Shape) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy.copy()


BUGS = bugs("flatten", {
    FlattenByColumns: "memory_reshaped", FlattenMixesImages: "memory_reshaped",
    FlattenWholeBatch: "wrong_shape", FlattenReadsMemoryOrder: "memory_order",
    FlattenRemembersShape: "state_kept", FlattenForgetsToUnflatten: "wrong_shape"})
