"""All measures of a feature map's importance: a name, and a function that gives FeatureScores.

The first is the paper's (III-D). Every measure is called as `measure(net, x, t)` and gives a number
for each class and each feature map, larger for maps that matter more; only the order counts when
features are knocked out. To add one, write such a function and give it a name here.
With the names of layers as a fourth argument, their maps, or their hidden units, are ranked. The
gradients are of the network's output: of probabilities, if it ends in a softmax.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from ..gradients import FeatureScores, Layers, convolutional_gradients, count_classes, layers_of
from ..layers.base import Array
from ..network import Network
from .ablation import greedy_knockout, knockout_alone
from .activity import (
    activation_norm,
    class_selectivity,
    conductance,
    features_of,
    filter_norm,
    gradient_times_activation,
    rng_of,
)
from .relevance import NoRuleError, relevance_rules, relevance_scores
from .secant import secant_norm, secant_times_activation
from .shares import gate_integrated_gradient, shapley_value

Measure = Callable[..., FeatureScores]      # of (net, x, t, layers=None)

PAPER = "gradient"      # the measure of section III-D, with the options that the paper suggests
SECANT = "secant x activation"      # one line changed: for large changes, at the same cost


def gradient_before_activation(net: Network, x: Array, t: Array,
                               layers: Layers = None) -> FeatureScores:
    """The convolutional gradient if the "output of the unit" is the one before the activation.

    The maps have the names of the maps after it, because they are knocked out there.
    """
    features, names = features_of(net, layers), list(net.layers)
    before = {name: name if net[name].params else names[names.index(name) - 1]     # no activation
              for name in layers_of(features)}
    found = convolutional_gradients(net, x, t, list(before.values()), of=None)
    places = [found.features.index((before[name], unit)) for name, unit in features]
    return FeatureScores(found.scores[:, places], features)


def gradient_of_predicted(net: Network, x: Array, t: Array,
                          layers: Layers = None) -> FeatureScores:
    """The convolutional gradient of the label that the network gives, right or wrong."""
    return convolutional_gradients(net, x, t, layers, of=None, classes=net.predict(x))


def random_scores(net: Network, x: Array, t: Array, layers: Layers = None) -> FeatureScores:
    """A random order for each class: what a measure must beat. It differs between networks."""
    features = features_of(net, layers)
    shape = count_classes(net, x, t), len(features)
    return FeatureScores(rng_of(net).random(shape), features)


def layer_matched(scores: FeatureScores, rng: np.random.Generator) -> FeatureScores:
    """The same scores, shuffled among the maps of each layer, class by class.

    The ranking goes through the layers in the same order as before, but at random within each.
    This is what is left of a measure that knows only the layers of the maps.
    """
    shuffled = scores.scores.copy()
    layers = np.array([layer for layer, _ in scores.features])
    for layer in np.unique(layers):
        shuffled[:, layers == layer] = rng.permuted(shuffled[:, layers == layer], axis=1)
    return FeatureScores(shuffled, scores.features, {**scores.options, "layer matched": True})


def layer_matched_random(net: Network, x: Array, t: Array,
                         layers: Layers = None) -> FeatureScores:
    """`layer_matched` of the paper's measure, as a measure of its own."""
    return layer_matched(convolutional_gradients(net, x, t, layers, of=None), rng_of(net))


MEASURES: Mapping[str, Measure] = {
    PAPER: partial(convolutional_gradients, of=None),
    "gradient, logit": partial(convolutional_gradients, of="logit"),
    "gradient, mean of norms": partial(convolutional_gradients, of=None, reduce="mean_of_norms"),
    "gradient, rms": partial(convolutional_gradients, of=None, norm="rms"),
    "gradient, per layer": partial(convolutional_gradients, of=None, norm="per_layer"),
    "gradient before tanh": gradient_before_activation,
    "gradient x activation": gradient_times_activation,
    "gradient x activation, logit": partial(gradient_times_activation, of="logit"),
    "secant": secant_norm,
    "secant x activation": secant_times_activation,
    "LRP": relevance_scores,
    "activation": activation_norm,
    "filter": filter_norm,
    "selectivity": class_selectivity,
    "conductance": conductance,
    "gate-integrated": gate_integrated_gradient,
    "knockout alone": knockout_alone,
    "Shapley value": shapley_value,
    "greedy knockout": greedy_knockout,
    "random": random_scores,
    "random, same layers": layer_matched_random,
}

# Those that take milliseconds and use no other network: for checks on many networks.
CHEAP = (PAPER, "gradient, logit", "gradient x activation", "secant x activation", "activation",
         "filter")


def applicable(measures: Mapping[str, Measure], net: Network) -> dict[str, Measure]:
    """Those of the measures that the network has what they need for: without LRP, if a layer is of
    a kind that LRP has no rule for."""
    try:
        relevance_rules(net)
    except NoRuleError:
        return {name: measure for name, measure in measures.items()
                if measure is not relevance_scores}
    return dict(measures)
