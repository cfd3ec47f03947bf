"""The shapes of a pass, without its arrays: a file may name a shape that no memory holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..layers import (
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    FrozenBatchNorm,
    Layer,
    MaxPool2D,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from ..layers.base import windows
from ..layers.kinds import is_tinycnns

Shape = tuple[int, ...]


def output_shape(layer: Layer, shape: Shape) -> Shape | None:
    """What tinycnn's own `layer` makes of one image of this shape.

    None if the shape does not fit, or if the layer is of another class.
    """
    if not is_tinycnns(layer):
        return None
    match layer:
        case Tanh() | ReLU() | Sigmoid():
            return shape
        case Softmax() if len(shape) == 1:
            return shape
        case BatchNorm() | FrozenBatchNorm() if len(shape) in (1, 3):
            return shape if shape[:1] == layer.params["gamma"].shape else None
        case Flatten():
            return (math.prod(shape),)
        case Dense() if shape == layer.params["W"].shape[:1]:
            return layer.params["W"].shape[1:]
        case MaxPool2D() | AvgPool2D() if len(shape) == 3:
            size, stride = layer.size or shape[1:], layer.stride or shape[1:]
            return _windows(shape[0], shape[1:], size, stride)
        case Conv2D() if len(shape) == 3 and shape[0] == layer.params["W"].shape[1]:
            maps, _, *kernel = layer.params["W"].shape
            return _windows(maps, _padded(layer, shape), kernel, layer.stride)
    return None


def largest(layers: Mapping[str, Layer], shape: Shape) -> tuple[str, int]:
    """The layer with the largest array in a pass of one image, and how many numbers it has.

    A convolution also cuts the image into its windows: C·kh·kw numbers for each position. Nothing
    is known of what comes after a layer of another class, or one that does not fit.
    """
    found = ("input", math.prod(shape))
    for name, layer in layers.items():
        after = output_shape(layer, shape)
        if after is None:
            break
        size = math.prod(after)
        if isinstance(layer, Conv2D):
            area = math.prod(_padded(layer, shape))
            size = area * max(len(layer.params["W"]), math.prod(layer.params["W"].shape[1:]))
        found, shape = max(found, (name, size), key=lambda pair: pair[1]), after
    return found


def _padded(layer: Conv2D, shape: Shape) -> Shape:
    """Rows and columns of an image with its padding."""
    return shape[1] + 2 * layer.padding[0], shape[2] + 2 * layer.padding[1]


def _windows(maps: int, side: Shape, window: Sequence[int], stride: Shape) -> Shape | None:
    """(maps, rows, columns) of windows that fit into an image; None if there are none."""
    rows, columns = map(windows, side, window, stride)
    return (maps, rows, columns) if rows > 0 and columns > 0 else None
