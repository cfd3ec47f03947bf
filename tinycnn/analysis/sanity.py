"""Does a ranking say anything about what was learnt? Checks that a ranking can fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    return _correlation(a.scores, b.scores)


def within_layers(a: FeatureScores, b: FeatureScores) -> float:
    """The same within each layer, averaged over the layers; NaN if none has two maps.

    Two rankings that only know the layers have 0 here, while their `rank_correlation` may be high:
    most networks have their largest gradients in the same layers, whatever they have learnt.
    """
    each = [_correlation(a.scores[:, here], b.scores[:, here]) for here in _layers(a)
            if len(here) > 1]
    return float(np.mean(each)) if each else np.nan


def class_specific(a: FeatureScores, b: FeatureScores) -> float:
    """The correlation of what is particular to a class in two rankings.

    From the ranks of the maps (of each class, as in Spearman's correlation) a map's mean over the
    classes is subtracted. So a map that is strong for all classes in both rankings counts nothing.
    NaN if nothing is left, as with fewer than two classes.
    """
    known = sorted({*a.known} & {*b.known})
    if len(known) < 2:
        return np.nan
    one, other = (stats.rankdata(found.scores[known], axis=1) for found in (a, b))
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    size = np.linalg.norm(one) * np.linalg.norm(other)
    return float((one * other).sum() / size) if size else np.nan


def spearman(one: Array, other: Array) -> float:
    """Spearman's rank correlation of two rows; 0 if one of them is all the same."""
    return float((_places(one[None]) * _places(other[None])).sum())


def _correlation(one: Array, other: Array) -> float:
    """The mean over the rows (K, n) that are finite in both; NaN if none is."""
    known = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
    if not known.any():
        return np.nan
    return float((_places(one[known]) * _places(other[known])).sum(axis=1).mean())


def _places(rows: Array) -> Array:
    """The ranks of each row of (K, n), with mean 0 and length 1: a product is Spearman's
    correlation. Zeros for a row that is all the same."""
    ranks = stats.rankdata(rows, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(ranks, axis=1, keepdims=True)
    return ranks / np.where(lengths == 0, 1, lengths)


def _layers(scores: FeatureScores) -> list[Array]:
    """The places of the maps of each layer."""
    names = np.array([layer for layer, _ in scores.features])
    return [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]


def agreement(scores: Mapping[str, FeatureScores]) -> Array:
    """(M, M) rank correlations between all measures; the diagonal is 1."""
    measures = list(scores.values())
    matrix = np.eye(len(measures))
    for i, a in enumerate(measures):
        for j, b in enumerate(measures[:i]):
            matrix[i, j] = matrix[j, i] = rank_correlation(a, b)
    return matrix


def class_agreement(scores: FeatureScores, layers_alone: bool = False) -> float:
    """Spearman's correlation between the rankings of two classes, averaged over all pairs: 1 if a
    map that is weak for one class is weak for all. Of more than `CLASSES`, so many are compared.

    With `layers_alone` the value that is expected if the scores of each class are shuffled within
    each layer: a ranking that puts one layer before another has it without knowing any map.
    """
    places = _places(scores.scores[scores.known][spread(len(scores.known), CLASSES)])
    if len(places) < 2:
        return np.nan
    for here in _layers(scores) if layers_alone else ():
        places[:, here] = places[:, here].mean(axis=1, keepdims=True)
    return float((places @ places.T)[np.triu_indices(len(places), 1)].mean())


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


def split_half(measure: Callable[..., FeatureScores], net: Network, x: Array, t: Array,
               rng: np.random.Generator, draws: int = 10) -> float:
    """How much a class's ranking depends on the choice of its images.

    The images of each class are divided into two `halves`, and the rankings from them are compared.
    No image is on both sides; leave out one of two images with the same pixels before.

    Args:
        measure: is called as `measure(net, x, t)`, as those in `MEASURES`.

    Returns:
        Their rank correlation, averaged over draws and classes; NaN if no class has two images.
    """
    found = []
    for _ in range(draws):
        both = halves(t, rng)
        if not len(both[0]):
            return np.nan
        found.append(rank_correlation(*(measure(net, x[half], t[half]) for half in both)))
    return float(np.mean(found))


def halves(t: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Two halves of the images of each class, at random; of an odd number one is left out."""
    order = rng.permutation(len(t))
    own = [order[t[order] == k] for k in np.unique(t)]
    return (np.concatenate([images[:len(images) // 2] for images in own]),
            np.concatenate([images[len(images) // 2:len(images) // 2 * 2] for images in own]))


def spearman_brown(correlation: float, times: float) -> float:
    """The correlation to expect between rankings from `times` as many images as it was measured
    with (Spearman and Brown, 1910): r_n = n r / (1 + (n - 1) r). One below 0 stays: it is chance.
    """
    if correlation < 0:
        return correlation
    return times * correlation / (1 + (times - 1) * correlation)


def first_order_truth(net: Network, x: Array, t: Array, factor: float,
                      layers: Layers = None) -> tuple[Array, Array]:
    """Predicted and true changes of y_t if one map at a time is multiplied by `factor`.

    A gradient predicts small changes: (factor - 1) · Σ o · ∂y_t/∂o. A knockout is a large
    change.

    Returns:
        Two arrays (N, n_features).
    """
    return (factor - 1) * gate_slopes(net, x, t, layers), gate_effects(net, x, t, factor, layers)
