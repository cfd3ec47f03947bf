"""The same network, but some of its layers have another backward rule.

A gradient is one way to go back through a network. Others replace the derivative of some layers by
something else: the secant of an activation, the relevance of LRP. Everything else stays, so the
three calls, and whatever is written with them, serve these ways as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..layers import Layer, ShapeError
from ..layers.base import Array
from ..network import Network
from ..network.freezing import mixes_images
from .prediction import is_activation

# rule(layer, x, y, dy, cache) -> dx: what stands in for the layer's own `backward(dy, cache)`,
# where y and the cache are what its `forward(x)` gave.
Rule = Callable[[Layer, Array, Array, Array, Any], Array]


def with_rules(net: Network, rules: Mapping[str, Rule]) -> Network:
    """A network with the same outputs in which the named layers go back by a rule.

    The layers and their parameters are shared with `net`, which is not changed. A backward pass
    needs a trace of the new network's own forward pass.

    Args:
        rules: {layer: rule}, with rule(layer, x, y, dy, cache) -> dx of the shape of x. The others
            keep their derivative: `with_rules(net, {})` has the gradients of `net`.

    Raises:
        KeyError: the network has no layer of such a name.
        ShapeError: in a backward pass, a rule gave another shape than that of x.
    """
    layers = dict(net.layers)
    for name, rule in rules.items():
        layers[name] = _Ruled(net[name], rule)
    ruled = Network(net.input_shape, **layers)
    ruled.logits_layer, ruled.ends_in_softmax = net.logits_layer, net.ends_in_softmax
    return ruled


def activations(net: Network) -> list[str]:
    """The layers that work unit by unit, a student's own among them: so no softmax."""
    return [name for name, layer in net.layers.items() if is_activation(layer)]


class _Ruled(Layer):
    """A layer whose `backward` is a rule; its outputs and parameters are those of the layer."""

    def __init__(self, layer: Layer, rule: Rule) -> None:
        self.layer, self.rule, self.params = layer, rule, layer.params
        self.mixes_images = mixes_images(layer)

    def forward(self, x: Array) -> tuple[Array, Any]:
        y, cache = self.layer.forward(x)
        return y, (x, y, cache)

    def backward(self, dy: Array, cache: Any) -> Array:
        x, y, inner = cache
        dx = self.rule(self.layer, x, y, dy, inner)
        if dx.shape != x.shape:
            raise ShapeError(f"{self!r}: a rule has to return the shape of the layer's input, "
                             f"{x.shape}, got {dx.shape}")
        return dx

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        raise TypeError(f"{self!r} has no parameter gradients: what a rule sends back is no "
                        "derivative. They are those of the network without rules")

    def __repr__(self) -> str:
        return f"{self.layer!r} with the rule {getattr(self.rule, '__name__', self.rule)}"
