"""What both poolings do with their windows."""

from __future__ import annotations

from .base import Array, Layer, Pair, mismatch, strided, windows


def places(x: Array, size: Pair, stride: Pair, output: Pair) -> Array:
    """(kh, kw, N, C, H', W'): a view of x, the pixels at each place of the windows.

    Args:
        x: (N, C, H, W), contiguous.
        size, stride: of the window; output: (H', W').
    """
    (sh, sw), (n, c, height, width) = stride, x.shape
    return strided(x, (*size, n, c, *output),
                   (width, 1, c * height * width, height * width, sh * width, sw))


def output_size(layer: Layer, x: Array, size: Pair, stride: Pair) -> Pair:
    """(H', W'), or a ShapeError that says why x does not fit."""
    (kh, kw), (sh, sw), (height, width) = size, stride, x.shape[2:]
    if height < kh or width < kw:
        raise mismatch(layer, f"maps of at least {kh} x {kw}", x.shape,
                       "the maps have become smaller than the window")
    return windows(height, kh, sh), windows(width, kw, sw)


def expect_maps(layer: Layer, x: Array) -> None:
    """ShapeError unless x is (N, C, H, W)."""
    if x.ndim != 4:
        raise mismatch(layer, "(N, C, H, W)", x.shape,
                       "the axis of images or of channels is missing; one image is x[None]")
