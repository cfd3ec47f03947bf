"""Does a ranking say anything about what was learnt? Checks that a ranking can fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from ..gradients import FeatureScores, Layers
from ..layers.base import Array
from ..network import Network
from .ablation import gate_effects
from .activity import gate_slopes
from .choice import spread

CLASSES = 40        # in `class_agreement`: pairs of classes grow with their square


def rank_correlation(a: FeatureScores, b: FeatureScores) -> float:
    """Spearman's correlation of two rankings of the same features, averaged over the classes.

    Classes that are not finite in one of them are left out. If all scores of a ranking are equal,
    its correlation is 0.
    """
    return float(np.mean([spearman(one, other) for one, other
                          in zip(a.scores, b.scores, strict=True)
                          if np.isfinite(one).all() and np.isfinite(other).all()]))


def spearman(one: Array, other: Array) -> float:
    """Spearman's rank correlation of two rows; 0 if one of them is all the same."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(stats.spearmanr(one, other).statistic)


def agreement(scores: Mapping[str, FeatureScores]) -> Array:
    """(M, M) rank correlations between all measures; the diagonal is 1."""
    measures = list(scores.values())
    matrix = np.eye(len(measures))
    for i, a in enumerate(measures):
        for j, b in enumerate(measures[:i]):
            matrix[i, j] = matrix[j, i] = rank_correlation(a, b)
    return matrix


def class_agreement(scores: FeatureScores) -> float:
    """Spearman's correlation between the rankings of two classes, averaged over all pairs: 1 if a
    map that is weak for one class is weak for all. Of more than `CLASSES`, so many are compared."""
    known = scores.scores[scores.known][spread(len(scores.known), CLASSES)]
    return float(np.mean([spearman(a, b) for i, a in enumerate(known) for b in known[:i]]))


def shuffled_weights(net: Network, layers: Sequence[str], rng: np.random.Generator) -> Network:
    """A copy of the network with the numbers of each parameter of these layers in random order.

    What a layer has learnt is lost; its weights' distribution stays (Adebayo et al., 2018).
    """
    copy = net.copy()
    for name in layers:
        for w in copy[name].params.values():
            w[...] = rng.permutation(w.ravel()).reshape(w.shape)
    return copy


def layers_from_the_top(net: Network) -> list[str]:
    """The layers that have weights, the last one first."""
    return [name for name in reversed(net.layers) if net[name].params]


def bootstrap_stability(per_image: Array, t: Array, rng: np.random.Generator,
                        draws: int = 100) -> float:
    """How much a class's ranking depends on the choice of its images.

    Args:
        per_image: (N, n_features), scores whose mean over the images of a class ranks features.

    Returns:
        Spearman's correlation of a class's ranking with the ranking from as many of its images,
        drawn with replacement; averaged over draws and classes.
    """
    found = []
    for k in np.unique(t):
        own = per_image[t == k]
        again = own[rng.integers(len(own), size=(draws, len(own)))].mean(axis=1)
        found += [spearman(own.mean(axis=0), scores) for scores in again]
    return float(np.mean(found))


def first_order_truth(net: Network, x: Array, t: Array, factor: float,
                      layers: Layers = None) -> tuple[Array, Array]:
    """Predicted and true changes of y_t if one map at a time is multiplied by `factor`.

    A gradient predicts small changes: (factor - 1) · Σ o · ∂y_t/∂o. A knockout is a large
    change.

    Returns:
        Two arrays (N, n_features).
    """
    return (factor - 1) * gate_slopes(net, x, t, layers), gate_effects(net, x, t, factor, layers)
