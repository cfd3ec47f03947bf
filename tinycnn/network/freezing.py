"""A network whose batch norms are fixed: what it says of an image no longer depends on others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers import ShapeError
from ..layers.base import Array
from ..layers.batchnorm import all_but_maps

if TYPE_CHECKING:
    from .chain import Network

BLOCK = 32      # images in one pass, so that any number fits into memory


def frozen(net: Network, x: Array) -> Network:
    """A copy of `net` in which every batch norm has the mean and variance that x give it.

    The first batch norm is fixed first, because those after it see its output.
    """
    if len(x) == 0:
        raise ShapeError("frozen: expected the training images, got none")
    net = net.copy()
    for name, layer in list(net.layers.items()):
        if not getattr(layer, "mixes_images", False):
            continue
        if not hasattr(layer, "frozen"):
            raise ValueError(f"layer {name!r}: to be fixed, {type(layer).__name__} needs a method "
                             "frozen(mean, variance) that returns the fixed layer")
        net.layers[name] = layer.frozen(*_statistics(net, name, x))
    return net


def _statistics(net: Network, name: str, x: Array) -> tuple[Array, Array]:
    """Mean and variance (C,) of each map that goes into a layer, over all images.

    Block after block, with the rule of Chan et al. (1979) for the variance of two parts together.
    """
    count, mean, squares = 0, np.zeros(()), np.zeros(())
    for start in range(0, len(x), BLOCK):
        o: Any = net.upto(name, x[start:start + BLOCK]).astype(np.float64)
        axes, n = all_but_maps(o), o.size // o.shape[1]
        there, gap = o.mean(axes), o.mean(axes) - mean
        squares = squares + o.var(axes) * n + gap ** 2 * count * n / (count + n)
        mean, count = (there if not count else mean + gap * n / (count + n)), count + n
    return mean, squares / count
