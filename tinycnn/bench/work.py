"""The least work of a job: multiply-adds of its matrix products, and bytes to write and read.

It is counted from the shapes of the network's layers, not from any implementation. In a layer with
weights, the forward pass, ∂s/∂x and ∂s/∂W are one matrix product each, all with the same number of
multiply-adds. Everything else (activations, pooling, the gradients on their way back) is written
once and read once for each unit: the same work as copying these bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ..gradients import Feature
from ..layers import Flatten
from ..network import Network


@dataclass(frozen=True)
class Work:
    """Multiply-adds and bytes copied; they add up, and can be multiplied by a number of images."""

    multiply_adds: float = 0
    copied: float = 0

    def __add__(self, other: Work) -> Work:
        return Work(self.multiply_adds + other.multiply_adds, self.copied + other.copied)

    def __mul__(self, times: float) -> Work:
        return Work(self.multiply_adds * times, self.copied * times)


@dataclass(frozen=True)
class LayerWork:
    """One layer for one image: multiply-adds of its product, and the bytes of its output."""

    multiply_adds: int
    output: int


class ImageWork:
    """What one image costs in each pass through a network that knows its input's shape.

    Args:
        net: convolutions, dense layers, and any layers without weights.
    """

    def __init__(self, net: Network) -> None:
        shapes = net.output_shapes()
        if not shapes:
            raise ValueError("the network does not know the shape of its images")
        self.itemsize = next(iter(net.params.values())).itemsize
        self.parameters = sum(w.size for w in net.params.values())
        self.layers: dict[str, LayerWork] = {}
        for name, layer in net.layers.items():
            weights, shape = layer.params.get("W"), shapes[name]
            products = 0
            if weights is not None:      # each weight is used once at every place
                products = weights.size * prod(shape[1:])
            # Flatten only gives the same numbers another shape.
            units = 0 if isinstance(layer, Flatten) else prod(shape)
            self.layers[name] = LayerWork(products, units * self.itemsize)

    def forward(self, after: str | None = None) -> Work:
        """The forward pass, or only the part after the layer `after`."""
        names = list(self.layers)
        return self._sum(names if after is None else names[names.index(after) + 1:])

    def backward(self, down_to: str) -> Work:
        """∂s/∂x of all layers after `down_to`, so that its units get their gradient."""
        return self.forward(after=down_to)

    def parameter_gradients(self) -> Work:
        """∂s/∂W of all layers; the weights are so few that writing them is not counted."""
        return Work(sum(layer.multiply_adds for layer in self.layers.values()))

    def epoch(self, images: int, batch_size: int) -> Work:
        """Training once on this many images; without ∂L/∂x of the images."""
        first = next(name for name, layer in self.layers.items() if layer.multiply_adds)
        each = self.forward() + self.backward(down_to=first) + self.parameter_gradients()
        updates = -(-images // batch_size)
        return each * images + Work(0, self.parameters * self.itemsize) * updates

    def gradients(self, images: int, down_to: str, classes: int = 1) -> Work:
        """Prediction gradients of `classes` entries of y at every unit from `down_to` on."""
        return (self.forward() + self.backward(down_to) * classes) * images

    def knockouts(self, images: int, orders: Sequence[Sequence[Feature]]) -> Work:
        """All curves of these orders: each layer once for each set of maps removed before it."""
        names, total = list(self.layers), Work()
        for place, name in enumerate(names):
            gone = {frozenset(feature for feature in order[:step] if feature[0] in names[:place])
                    for order in orders for step in range(len(order) + 1)}
            total += self._sum([name]) * len(gone)
        return total * images

    def _sum(self, names: list[str]) -> Work:
        return Work(sum(self.layers[name].multiply_adds for name in names),
                    sum(self.layers[name].output for name in names))
