"""What the paper says of Table III, Fig. 2 and Fig. 3, counted over identities beside a control.

A count needs one. That "another identity is lost first" is true of most identities whatever is
removed, as there are so many others; that the error falls at some step of twenty happens by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from ....analysis import names_of
from ....analysis.controls import area, class_errors, half_step, overall_errors
from ....analysis.knockouts import KnockoutCurve
from ....analysis.measures import MEASURES, PAPER
from ....analysis.sanity import halves, spearman
from ....gradients import FeatureScores
from ....layers.base import Array
from ..rows import Row, mean, row
from ..subject import Subject, always_the_same
from .knockout_table import LONG, REMOVALS, KnockoutTable, Orders
from .twins import one_of_each

SLOWER = 0.1        # the error over all grows more slowly if its mean over removals is less by this
FALL = 2            # images: a class error that falls by so many at one more removal falls again
SHARED = 8          # strongest features: how many have two identities in common?


def counted(s: Subject, scores: FeatureScores, strongest: Orders, weakest: Orders,
            table: KnockoutTable) -> list[Row]:
    """All counts of one network.

    Args:
        scores: of the paper's measure.
        strongest, weakest: its orders; `LONG` removals of the weakest.
        table: with the answers along both, and along random orders that are as long.
    """
    everyone = np.arange(len(s.data))
    curves = [KnockoutCurve(k, "strongest", tuple(order), table.along(order, everyone),
                            s.data.labels) for k, order in strongest.items()]
    found = {**of_the_strongest(curves, s.data.n_classes),
             **of_the_weakest(s.data.labels, {k: table.along(order, everyone)
                                              for k, order in weakest.items()},
                              table.random_labels(everyone, LONG)),
             **of_scores(s, scores, list(strongest)),
             "scale and damage": spearman(scores.scores[list(strongest)].max(axis=1),
                                          np.array([area(c.class_error) for c in curves]))}
    if len(table.control.layers) > 1:
        found["answers left, same layers"] = mean(
            [answers_left(labels, s.data.n_classes) for order in strongest.values()
             for labels in table.control.labels(order)[-1]])
    rows = [row(s.seed, "paper", name, value) for name, value in found.items()]
    for curve, name in zip(curves, (names_of(s.data)[c.identity] for c in curves), strict=True):
        where = {"subject": PAPER, "option": "strongest", "identity": name}
        rows += [row(s.seed, "knockout", "class error, area", area(curve.class_error), **where),
                 row(s.seed, "knockout", "overall error, area", area(curve.overall_error), **where),
                 row(s.seed, "knockout", "half step", half_step(curve.class_error), **where)]
    return rows


def of_the_strongest(curves: Sequence[KnockoutCurve], n_classes: int) -> dict[str, float]:
    """Fig. 2 and Fig. 3, as the strongest features go. A bystander is any other identity."""
    t = curves[0].t
    here = np.unique(t).tolist()
    constant = always_the_same(t)
    overall = np.array([curve.overall_error for curve in curves])
    slower: dict[bool, list[bool]] = {True: [], False: []}      # of the identity itself, of others
    first: dict[bool, list[bool]] = {True: [], False: []}
    for curve in curves:
        lost_at = curve.lost_at(n_classes)
        for j in here:
            gap = area(class_errors(curve.labels, t, j)) - area(curve.overall_error)
            slower[j == curve.identity].append(gap >= SLOWER)
            first[j == curve.identity].append(np.delete(lost_at, j).min() < lost_at[j])
    intact = float(overall[0, 0])
    failed = (overall[:, -1].mean() - intact) / (constant - intact) if constant > intact else np.nan
    return {"failure": failed if overall.shape[1] == REMOVALS + 1 else np.nan,
            "slower for all": mean(slower[True]), "slower for all, bystanders": mean(slower[False]),
            "another is lost first": mean(first[True]),
            "another is lost first, bystanders": mean(first[False]),
            "answers left": mean([answers_left(c.labels[-1], n_classes) for c in curves])}


def of_the_weakest(t: Array, weak: dict[int, Array], random: Array) -> dict[str, float]:
    """Fig. 2, as the weakest features go.

    Args:
        weak: {identity: (steps, N) predictions as its weakest features go}.
        random: (steps, draws, N) predictions as random features go.
    """
    errors = np.array([overall_errors(labels, t) for labels in weak.values()])
    n = errors.shape[1]
    return {"below one half after 15 weakest": (errors[:, 15] < 0.5).mean() if n > 15 else np.nan,
            "better without weak ones": better_without(errors.T).mean(),
            "better without weak ones, random": better_without(overall_errors(random, t)).mean(),
            "error falls again": np.mean([falls_again(found, t, k) for k, found in weak.items()]),
            "error falls again, random": np.mean([falls_again(random, t, k) for k in weak])}


def of_scores(s: Subject, scores: FeatureScores, identities: list[int]) -> dict[str, float]:
    """Table III: how the gradients of the identities differ, in size and in their order.

    The controls: what two identities would share by chance; what the rankings of one identity from
    two halves of its images share; and the sizes of the gradients of the logits, without the
    factor 1 - y_t of an image that the network is sure of.
    """
    x, t, n = s.data.images, s.data.labels, len(scores.features)
    largest = scores.scores[identities].max(axis=1)
    logits = MEASURES["gradient, logit"](s.net, x, t).scores[identities].max(axis=1)
    found = {"largest over smallest": _ratio(largest),
             "largest over smallest, logit": _ratio(logits)}
    if n < 2 * SHARED:      # of so few features, two choices of 8 have some in common in any case
        return {**found, "overlap of the 8 strongest": np.nan}
    single = one_of_each(s.data)
    one, other = (MEASURES[PAPER](s.net, x[single[half]], t[single[half]])
                  for half in halves(t[single], s.rng(11)))
    return {**found, "overlap of the 8 strongest": mean(
                [shared(scores, scores, i, k) for i, k in combinations(identities, 2)]),
            "overlap of the 8 strongest, chance": SHARED / n,
            "overlap of the 8 strongest, two halves": mean(
                [shared(one, other, k, k) for k in identities if k in one.known])}


def answers_left(labels: Array, n_classes: int) -> float:
    """How many different answers a network still gives, as a share of all that it could give."""
    return len(np.unique(labels)) / n_classes


def better_without(errors: Array) -> Array:
    """(steps, ...) overall errors: whether one of the first removals makes them less."""
    return errors[1:REMOVALS + 1].min(axis=0) < errors[0]


def falls_again(labels: Array, t: Array, k: int) -> float:
    """(steps, ..., N) predictions: the share with two errors fewer of class k at some step."""
    wrong = (labels[..., t == k] != k).sum(axis=-1)
    return float((np.diff(wrong, axis=0) <= -FALL).any(axis=0).mean())


def shared(one: FeatureScores, other: FeatureScores, i: int, k: int) -> float:
    """The share of the strongest features of class i that are among those of k, by other scores."""
    return len({*one.strongest(i, SHARED)} & {*other.strongest(k, SHARED)}) / SHARED


def _ratio(sizes: Array) -> float:
    return float(sizes.max() / sizes.min()) if sizes.min() > 0 else np.nan
