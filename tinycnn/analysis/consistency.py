"""Section V-A, Table II: are profiles similar for images of one person, and different for others?

A profile is any row of numbers for each image: the convolutional gradients of its feature maps, its
activations, its pixels. Two images are compared by the cosine of the angle between their profiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..gradients import Layers, map_norms
from ..layers.base import Array
from ..network import Network
from .choice import spread

ENTRIES = 15        # of y, in `same_entry_consistency`: each needs a backward pass of all images


@dataclass(frozen=True)
class Consistency:
    """How well profiles tell people apart.

    Attributes:
        within: the mean cosine of two images of one person.
        between: the mean cosine of images of two people.
        auc: the chance that a pair of images of one person is more alike than a pair of two
            people; 0.5 is chance, 1 perfect.
        nearest: the share of images whose most similar other image is of the same person.
        chance: the value of `nearest` for profiles without information.
        p: how often `within - between` is as large for shuffled labels (a permutation test).
    """

    within: float
    between: float
    auc: float
    nearest: float
    chance: float
    p: float


def consistency(profiles: Array, t: Array, *, centred: bool = False,
                rng: np.random.Generator | None = None, permutations: int = 999) -> Consistency:
    """Compare all pairs of images.

    Args:
        profiles: (N, d), one row for each image.
        t: (N,) the person on each image; at least two people, one of them with two images.
        centred: subtract the mean profile first, so that what all images share does not count.
            Before that, profiles are scaled to length 1, so that a few large ones do not decide.
        rng: for the permutation test.
    """
    t, people = np.asarray(t), np.unique(t)
    rows = _unit_length(profiles)
    cosine = cosines(rows - rows.mean(axis=0) if centred else rows)
    same = t[:, None] == t
    upper = np.triu(np.ones(same.shape, bool), 1)
    within, between = cosine[same & upper], cosine[~same & upper]
    if not comparable(t):
        raise ValueError("consistency: expected at least two people, and two images of one; got "
                         f"{len(t)} images of {len(people)} people")
    auc = stats.mannwhitneyu(within, between).statistic / (len(within) * len(between))
    others = np.where(np.eye(len(t), dtype=bool), -np.inf, cosine)
    nearest = t[others.argmax(axis=1)] == t
    chance = (same.sum(axis=1) - 1).mean() / (len(t) - 1)

    def gap(labels: Array, axis: int = -1) -> Array:
        """Orders labellings (..., N) as within - between does: their numbers of pairs are equal."""
        rows = np.eye(len(people))[np.searchsorted(people, labels)]     # one-hot
        pairs = np.einsum("...ik,ij,...jk->...", rows, cosine, rows, optimize=True)
        return np.asarray(pairs)
    test = stats.permutation_test(
        (t,), gap, permutation_type="pairings", vectorized=True, n_resamples=permutations,
        batch=50, alternative="greater", random_state=rng or np.random.default_rng(0))
    return Consistency(float(within.mean()), float(between.mean()), float(auc),
                       float(nearest.mean()), float(chance), float(test.pvalue))


def comparable(t: Array) -> bool:
    """Whether there are pairs of images of one person, and pairs of two people."""
    counts = np.unique(t, return_counts=True)[1]
    return len(counts) > 1 and bool(counts.max() > 1)


def cosines(profiles: Array) -> Array:
    """(N, d) -> (N, N), the cosine of each pair; 0 for a profile of zeros."""
    rows = _unit_length(profiles)
    return rows @ rows.T


def _unit_length(profiles: Array) -> Array:
    rows = np.asarray(profiles, np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def same_entry_consistency(net: Network, x: Array, t: Array, layers: Layers = None, *,
                           centred: bool = False, rng: np.random.Generator | None = None,
                           ) -> Consistency:
    """`consistency` of gradient profiles that are all gradients of the same entry of y.

    A profile of Table II is the gradient of the image's own y_t. So profiles of two people differ
    even if the images do not, because they belong to two different outputs. Here all profiles
    belong to one y_k, so only the images can tell people apart; averaged over all k, or `ENTRIES`
    of many.
    """
    rng = rng or np.random.default_rng(0)
    n_classes = net.forward(x[:1]).y.shape[1]
    each = [consistency(map_norms(net, x, k, layers, of=None)[0], t, centred=centred, rng=rng,
                        permutations=99) for k in spread(n_classes, ENTRIES).tolist()]
    return Consistency(*np.mean([list(vars(found).values()) for found in each], axis=0).tolist())


def effective_maps(profiles: Array) -> Array:
    """(N, d) -> (N,), the number of maps that a profile is spread over, as a share of all.

    (Σ δ)² / Σ δ² / d: 1 if all d gradients are equal, 1/d if only one is not 0. A sparse
    profile, as in the paper's conclusion, has a low value.
    """
    total, squares = profiles.sum(axis=1) ** 2, (profiles ** 2).sum(axis=1)
    return total / np.where(squares > 0, squares, 1) / profiles.shape[1]


def overlap(sets: list[set]) -> float:
    """The mean share |A ∩ B| / |A ∪ B| of two sets, over all pairs of them."""
    pairs = [(a, b) for i, a in enumerate(sets) for b in sets[:i]]
    return float(np.mean([len(a & b) / len(a | b) for a, b in pairs]))
