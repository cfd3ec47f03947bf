"""LRP-ε of Bach et al. (2015): the logit, shared out among all units from the top down.

Each unit's relevance R_j goes to its inputs i in proportion to what they add to its sum
z_j = Σ_i o_i·w_ij + b_j:

    R_i = o_i · Σ_j w_ij · s_j      with  s_j = R_j / (z_j + ε·sign(z_j))

An activation passes R on as it is, and a max-pooling gives it to the winner of each window. The
term ε takes relevance from units with a small sum. Without it R = o · gradient, with the secant of
each activation as its slope (see `secant`), if f(0) = 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..gradients import FeatureScores, Layers, activations, check_labels, with_rules
from ..gradients.prediction import BLOCK, in_order
from ..gradients.rules import Rule
from ..layers import Layer
from ..layers.base import Array
from ..layers.kinds import claim_of
from ..network import Network
from ..network.loss import one_hot
from .activity import by_class, map_sums

EPS = 0.25      # not relative: for sums z of about 1, as in the paper's network

LINEAR = ("conv2d", "dense", "frozenbatchnorm", "avgpool2d")    # y = Σ w·x + b
AS_IS = ("maxpool2d", "flatten")                # their derivative only says where R goes


class NoRuleError(ValueError):
    """LRP has no rule for a layer of a kind that it does not know."""


def relevance_scores(net: Network, x: Array, t: Array, layers: Layers = None, *,
                     eps: float = EPS) -> FeatureScores:
    """|Σ R| over a map's units, averaged over the images of a class; see `relevances`."""
    return by_class(net, x, t, np.abs(relevances(net, x, t, layers, eps=eps)), layers)


def relevances(net: Network, x: Array, t: Array, layers: Layers = None, *,
               eps: float = EPS) -> Array:
    """(N, n_features): the relevance of each map for the logit of the true label, with its sign.

    One forward and one backward pass. Without a softmax at the end, the logit is the output.

    Args:
        x, t, layers: as in `convolutional_gradients`.
        eps: 0 or more, in units of the sums z.

    Raises:
        NoRuleError: the network has a layer of a kind without a rule.
    """
    names, t = in_order(net, layers), check_labels(t, len(x))
    ruled, rows = with_rules(net, relevance_rules(net, eps)), []
    for start in range(0, len(x), BLOCK):
        trace = ruled.forward(x[start:start + BLOCK])
        seed = one_hot(t[start:start + BLOCK], trace.y.shape[1], trace.y.dtype) * trace.logits
        back = ruled.backward(trace, seed, "logit", down_to=names[0])
        rows.append(map_sums(back[name] for name in names))
    return np.concatenate(rows)


def relevance_rules(net: Network, eps: float = EPS) -> dict[str, Rule]:
    """{layer: rule} of LRP-ε for `with_rules`; the layers that are not named need none.

    Raises:
        NoRuleError: a layer is of a kind without a rule; which, and which there are.
    """
    def linear(layer: Layer, z_in: Array, z: Array, dy: Array, cache: Any) -> Array:
        z = z + eps * np.where(z < 0, -1, 1).astype(z.dtype)
        s = np.divide(dy, z, out=np.zeros_like(dy), where=z != 0)      # 0 / 0: nothing to share
        return z_in * layer.backward(s, cache)

    def passes(layer: Layer, z: Array, y: Array, dy: Array, cache: Any) -> Array:
        return dy

    rules: dict[str, Rule] = dict.fromkeys(activations(net), passes)
    for name in list(net.layers)[:-1 if net.ends_in_softmax else None]:
        layer = net[name]
        kind, sure = claim_of(type(layer))
        if name in rules:
            continue
        if not sure or kind not in LINEAR + AS_IS:
            raise NoRuleError(f"LRP: no rule for layer {name!r}, {layer!r}. There are rules for "
                              f"activations, {', '.join(LINEAR)}, maxpool2d and flatten")
        if kind in LINEAR:
            rules[name] = linear
    return rules
