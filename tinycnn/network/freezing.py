"""A network whose batch norms are fixed: what it says of an image no longer depends on others."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers import Layer, ShapeError
from ..layers.base import Array
from ..layers.batchnorm import all_but_maps
from ..layers.kinds import KINDS, claim_of, is_tinycnns
from .passes import BLOCK

if TYPE_CHECKING:
    from .chain import Network


def frozen(net: Network, x: Array) -> Network:
    """A copy of `net` in which every batch norm has the mean and variance that x give it.

    The first batch norm is fixed first, because those after it see its output.
    """
    if len(x) == 0:
        raise ShapeError("frozen: expected the training images, got none")
    net = net.copy()
    for name, layer in list(net.layers.items()):
        if mixes_images(layer):
            norm: Any = layer if hasattr(layer, "frozen") else KINDS["batchnorm"].twin(layer)
            if norm is None:
                raise ValueError(f"layer {name!r}: to be fixed, {type(layer).__name__} needs a "
                                 "method frozen(mean, variance) that returns the fixed layer")
            net.layers[name] = norm.frozen(*_statistics(net, name, x))
    return net


def mixes_images(layer: Layer) -> bool:
    """Whether a layer's output for an image depends on the other images of its batch.

    A batch norm of one's own may say so (`mixes_images`), or it is tried.
    """
    if is_tinycnns(layer) or hasattr(layer, "frozen") or claim_of(
            type(layer)).kind != "batchnorm":
        return getattr(layer, "mixes_images", False)
    for maps in ((), (2, 2)):
        with suppress(Exception):       # it may take only one of both, or raise anything
            copy, x = deepcopy(layer), np.random.default_rng(0).normal(
                size=(4, len(next(iter(layer.params.values()))), *maps))
            return not np.allclose(copy.forward(x)[0][:2], copy.forward(x[:2])[0])
    return False


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
