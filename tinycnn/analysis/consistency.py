"""Section V-A, Table II: are profiles similar for images of one person, and different for others?

A profile is any row of numbers for each image: the convolutional gradients of its feature maps, its
activations, its pixels. Two images are compared by the cosine of the angle between their profiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..gradients import Layers, map_norms_of
from ..gradients.prediction import iter_entries
from ..layers.base import Array
from ..network import Network
from .choice import spread

ENTRIES = 15        # of y, in `same_entry_profiles`: each needs a backward pass of all images
BATCH = 50          # permutations at a time


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
        profiles: (N, d), one row for each image; or (E, N, d), E kinds of profile, such as those of
            `same_entry_profiles`: the numbers are means over the kinds, and p is that of the means.
        t: (N,) the person on each image; at least two people, one of them with two images.
        centred: subtract the mean profile first, so that what all images share does not count.
            Before that, profiles are scaled to length 1, so that a few large ones do not decide.
        rng: for the permutation test.

    Raises:
        ValueError: there are no such people, or numbers that are not finite.
    """
    t = np.asarray(t)
    if not comparable(t):
        raise ValueError("consistency: expected at least two people, and two images of one; got "
                         f"{len(t)} images of {len(np.unique(t))} people")
    same = t[:, None] == t
    upper, itself = np.triu(np.ones(same.shape, bool), 1), np.eye(len(t), dtype=bool)
    total, auc, nearest = np.zeros(same.shape), [], []
    for own in _kinds(profiles):
        cosine = _cosines(own, centred)
        within, between = cosine[same & upper], np.sort(cosine[~same & upper])
        places = [np.searchsorted(between, within, side) for side in ("left", "right")]
        auc.append(np.mean(places) / len(between))      # equal ones are one half
        others = np.where(itself, -np.inf, cosine)
        nearest.append((t[others.argmax(axis=1)] == t).mean())
        total += cosine
    mean = total / len(auc)
    shuffled = (rng or np.random.default_rng(0)).permuted(np.tile(t, (permutations, 1)), axis=1)
    return Consistency(float(mean[same & upper].mean()), float(mean[~same & upper].mean()),
                       float(np.mean(auc)), float(np.mean(nearest)),
                       float((same.sum(axis=1) - 1).mean() / (len(t) - 1)),
                       _share_as_large(mean, t, shuffled))


def comparable(t: Array) -> bool:
    """Whether there are pairs of images of one person, and pairs of two people."""
    counts = np.unique(t, return_counts=True)[1]
    return len(counts) > 1 and bool(counts.max() > 1)


def matched_auc(profiles: Array, t: Array, conditions: Sequence[str]) -> float:
    """How well profiles tell people apart if light, glasses and the like can neither help nor hurt.

    Two images of one person are always under two conditions, while two people can be under the
    same. So in `consistency`, what sees the light looks worse than it is. Here an image is
    compared with two others that are both under one other condition:
    P(cos(x_kc, x_kd) > cos(x_kc, x_jd)) for people j ≠ k and conditions c ≠ d, ties one half. A
    profile that shows nothing but the condition has 0.5.

    Args:
        profiles: (N, d); or (E, N, d), whose mean over the kinds is returned.
        t: (N,) the person on each image.
        conditions: N words. Anybody may have no image under a condition, or several: all count.

    NaN if there is nothing to compare (`conditions_known`).
    """
    wins, pairs = _matched(profiles, t, conditions)
    under = np.unique(conditions, return_inverse=True)[1]
    table = np.zeros((max(t) + 1, max(under) + 1))      # images of each person and condition
    np.add.at(table, (t, under), 1)
    own, everybody = table[t][:, under], table.sum(axis=0)[under]
    # Among the images of one person and condition, each wins half of the comparisons.
    comparisons = (everybody - own)[pairs].sum()
    return float((wins - own / 2)[pairs].sum() / comparisons) if comparisons else float("nan")


def matched_p(profiles: Array, t: Array, conditions: Sequence[str], rng: np.random.Generator,
              permutations: int = 999) -> float:
    """How often `matched_auc` is as large if the people of each condition are shuffled."""
    words, shuffled = np.asarray(conditions), np.tile(t, (permutations, 1))
    for word in np.unique(words):
        shuffled[:, words == word] = rng.permuted(shuffled[:, words == word], axis=1)
    # Which person an image is compared with does not change how many comparisons there are.
    return _share_as_large(_matched(profiles, t, words)[0], np.asarray(t), shuffled)


def conditions_known(t: Array, conditions: Sequence[str]) -> bool:
    """Whether `matched_auc` has something to compare: conditions that several people share.

    Conditions that are numbers only count the images of a person; they say nothing about them.
    """
    if all(word.isdigit() for word in conditions):
        return False
    people = {word: {k for k, own in zip(t, conditions, strict=True) if own == word}
              for word in set(conditions)}
    return any(len(here) > 1 and here & there for one, here in people.items()
               for other, there in people.items() if one != other)


def _matched(profiles: Array, t: Array, conditions: Sequence[str] | Array) -> tuple[Array, Array]:
    """(N, N) how many images under the condition of image b are less like image a than b is, equal
    ones one half, 0 if a has this condition; and whether a and b are a pair of one person."""
    t, words = np.asarray(t), np.asarray(conditions)
    other = words[:, None] != words
    wins, kinds = np.zeros(other.shape), _kinds(profiles)
    for own in kinds:
        cosine = _cosines(own)
        for word in np.unique(words):
            here = words == word
            wins[:, here] += (stats.rankdata(cosine[:, here], axis=1) - 0.5) / len(kinds)
    return wins * other, other & (t[:, None] == t)


def _share_as_large(pairs: Array, t: Array, shuffled: Array) -> float:
    """The p of Σ pairs[a, b] over all pairs of one person: (N, N), (N,) and (P, N) labels."""
    people = np.unique(t)

    def total(labels: Array) -> Array:
        rows = np.eye(len(people))[np.searchsorted(people, labels)]     # one-hot
        return np.einsum("...ik,ij,...jk->...", rows, pairs, rows, optimize=True)
    found = float(total(t))
    least = found - 1e-9 * max(1, abs(found))
    as_large = sum((total(shuffled[start:start + BATCH]) >= least).sum()
                   for start in range(0, len(shuffled), BATCH))
    return float((1 + as_large) / (1 + len(shuffled)))


def _kinds(profiles: Array) -> Array:
    """(E, N, d): profiles of one kind are the only ones."""
    return np.asarray(profiles)[None] if np.ndim(profiles) == 2 else np.asarray(profiles)


def _cosines(profiles: Array, centred: bool = False) -> Array:
    """`cosines`, to 12 digits: those of equal profiles differ in the last ones."""
    rows = _unit_length(profiles)
    return cosines(rows - rows.mean(axis=0) if centred else rows).round(12)


def cosines(profiles: Array) -> Array:
    """(N, d) -> (N, N), the cosine of each pair; 0 for a profile of zeros."""
    rows = _unit_length(profiles)
    return rows @ rows.T


def _unit_length(profiles: Array) -> Array:
    rows = np.asarray(profiles, np.float64)
    if not np.isfinite(rows).all():
        raise ValueError(f"profiles: expected finite numbers; {(~np.isfinite(rows)).any(1).sum()} "
                         f"of {len(rows)} rows have others")
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def same_entry_profiles(net: Network, x: Array, layers: Layers = None) -> Array:
    """(E, N, n_features): gradient profiles that are all gradients of the same entry of y.

    A profile of Table II is the gradient of the image's own y_t. So profiles of two people differ
    even if the images do not, because they belong to two different outputs. Here all profiles of a
    kind belong to one y_k, so only the images can tell people apart. There is a kind for each k, or
    for `ENTRIES` of many.
    """
    entries, rows = spread(net.forward(x[:1]).y.shape[1], ENTRIES).tolist(), []
    for block, gradients in iter_entries(net, x, entries, layers, of=None):
        norms = map_norms_of({name: array.reshape(-1, *array.shape[2:])
                              for name, array in gradients.items()})
        rows.append(norms.reshape(block.stop - block.start, len(entries), -1))
    return np.concatenate(rows).swapaxes(0, 1)


def likeness(one: Array, other: Array, rng: np.random.Generator, permutations: int = 999,
             ) -> tuple[float, float]:
    """Are people alike in one way who are alike in another? (Section I: "similar classes often
    induce similar unit patterns".)

    Args:
        one, other: (K, d) and (K, e), two kinds of rows for each of K people, at least three. Rows
            are scaled to length 1 and the mean row is subtracted: what all share does not count.
        rng: for the permutation test.

    Returns:
        Spearman's correlation between the cosines of all pairs of people, and how often it is as
        large if the people of `other` are shuffled (Mantel's test). NaN without three people.
    """
    if len(one) < 3:
        return np.nan, np.nan
    first, second = np.triu_indices(len(one), 1)
    ranks = np.zeros((2, len(one), len(one)))
    for square, rows in zip(ranks, (one, other), strict=True):
        of_pairs = stats.rankdata(_cosines(rows, centred=True)[first, second])
        of_pairs -= of_pairs.mean()
        square[first, second] = square[second, first] = of_pairs / (of_pairs.std() or 1)
    again = rng.permuted(np.tile(np.arange(len(one)), (permutations, 1)), axis=1)
    found = np.mean(ranks[0][first, second] * ranks[1][first, second])
    shuffled = np.mean(ranks[0][first, second] * ranks[1][again[:, first], again[:, second]],
                       axis=1)
    return float(found), float((1 + (shuffled >= found - 1e-9).sum()) / (1 + permutations))


def effective_maps(profiles: Array) -> Array:
    """(N, d) -> (N,), the number of maps that a profile is spread over, as a share of all.

    (Σ δ)² / Σ δ² / d: 1 if all d gradients are equal, 1/d if only one is not 0. A sparse
    profile, as in the paper's conclusion, has a low value.
    """
    total, squares = profiles.sum(axis=1) ** 2, (profiles ** 2).sum(axis=1)
    return total / np.where(squares > 0, squares, 1) / profiles.shape[1]
