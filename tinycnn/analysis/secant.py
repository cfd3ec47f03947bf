"""The slope to zero instead of the slope at a point: measures for maps that are removed.

A knockout sets outputs to 0, which is no small change. Let a unit have the input z and the
activation f. The derivative f'(z), its tangent, says what a small change of z does. If the unit is
saturated, that is next to nothing. The secant (f(z) - f(0)) / z says what taking away all of z
does, for each part of z: for tanh it is tanh(z) / z.

With it in place of the tangent, one backward pass gives LRP-0 (Bach et al., 2015) divided by the
outputs, if f(0) = 0, and the rescale rule of DeepLIFT (Shrikumar et al., 2017) with all units at 0
as its reference. Ancona et al. (2018) show that both are a gradient with other slopes.

It answers what happens at 0, and knows nothing of other values: if a map is set to its mean, the
secant is no better than the tangent.

Two slopes, tangent and secant, and two ways to make a number of a map's units give four measures,
all of the logit, where no softmax makes the gradients of a sure answer small:

|         | norm of the class gradient | mean of abs(Σ o · gradient)       |
|---------|----------------------------|-----------------------------------|
| tangent | "gradient, logit"          | "gradient x activation, logit"    |
| secant  | "secant"                   | "secant x activation"             |
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..gradients import FeatureScores, Layers, activations, convolutional_gradients, with_rules
from ..layers import Layer
from ..layers.base import Array
from ..network import Network
from .activity import gradient_times_activation


def secant_norm(net: Network, x: Array, t: Array, layers: Layers = None) -> FeatureScores:
    """The norm of the class gradient over each map, as III-D has it, but with secants.

    One forward and one backward pass. Without a softmax at the end, the logit is the output.
    """
    return convolutional_gradients(with_secants(net), x, t, layers, of="logit")


def secant_times_activation(net: Network, x: Array, t: Array, layers: Layers = None,
                            ) -> FeatureScores:
    """|Σ o · g| over a map's units, averaged over the images of a class; g is made with secants.

    If no layer had a bias, and f(0) = 0, the maps of one layer would share out the logit exactly:
    Σ o · g over a layer would be logit_t. Cost as `secant_norm`.
    """
    return gradient_times_activation(with_secants(net), x, t, layers, of="logit")


def with_secants(net: Network) -> Network:
    """The network with the secant of each activation as its slope in a backward pass."""
    return with_rules(net, dict.fromkeys(activations(net), secant))


def secant(layer: Layer, x: Array, y: Array, dy: Array, cache: Any) -> Array:
    """The rule ∂s/∂x = ∂s/∂y · (f(x) - f(0)) / x; at x = 0 it is the tangent, ∂s/∂y · f'(0).

    The input x is at hand, so that a saturated unit is no problem: y / arctanh(y) would be 0.
    Where |x| < √(rounding error), the tangent is nearer to the secant than f(x) - f(0) could say.

    Args:
        layer: an activation f, one of `activations(net)`.
        x, y, dy, cache: its input, its output f(x), ∂s/∂y (all of one shape), and its cache.
    """
    at_zero = layer.forward(np.zeros_like(x[:1]))[0]
    near = np.abs(x) < np.sqrt(np.finfo(x.dtype).eps)
    tangent = layer.backward(np.ones_like(dy), cache)
    return dy * np.where(near, tangent, (y - at_zero) / np.where(near, 1, x))
