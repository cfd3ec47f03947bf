"""What changes if the paper is read in another way, where it is silent or ambiguous.

Each option has the rank correlation of its ranking with the default's, and the knockout areas of
the strongest features over the identities. Options that need another training are compared with a
network that started from the same weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ....analysis.ablation import reranked_order
from ....analysis.controls import area, class_errors, order_sets, overall_errors
from ....analysis.knockouts import knockout_sets, labels_without, map_means
from ....analysis.measures import MEASURES, PAPER, gradient_of_predicted
from ....analysis.sanity import rank_correlation
from ....datasets import Dataset
from ....datasets.pixels import standardised
from ....gradients import FeatureScores, feature_layers
from ....gradients.prediction import weights_before
from ....layers import NotFiniteError
from ....network import Network
from ....training import error_rate
from ..rows import Row, row
from ..subject import Subject
from .knockout_table import Orders, orders_of

DEFAULT = "the default"


def choices(s: Subject) -> list[Row]:
    """Options that look at the same network in another way."""
    x, t, (train_part, test_part) = s.data.images, s.data.labels, s.split
    default = MEASURES[PAPER](s.net, x, t)
    other = {
        DEFAULT: default,
        "y: logit": MEASURES["gradient, logit"](s.net, x, t),
        "entry of y: the predicted class": gradient_of_predicted(s.net, x, t),
        "o: before tanh": MEASURES["gradient before tanh"](s.net, x, t),
        "class level: mean of norms": MEASURES["gradient, mean of norms"](s.net, x, t),
        "norm: rms": MEASURES["gradient, rms"](s.net, x, t),
        "norm: per layer": MEASURES["gradient, per layer"](s.net, x, t),
        "images: training": MEASURES[PAPER](s.net, x[train_part], t[train_part]),
        "images: test": MEASURES[PAPER](s.net, x[test_part], t[test_part])}
    if all(weights_before(s.net, name) == name for name in feature_layers(s.net)):
        del other["o: before tanh"]     # no activation: it is the default
    rows = []
    for option, scores in other.items():
        rows += _rows(s, option, s.net, s.data, orders_of(scores),
                      rank_correlation(default, scores))
    again = {k: reranked_order(s.net, x[t == k], k, len(order))
             for k, order in orders_of(default).items()}
    rows += _rows(s, "ranking: anew after each removal", s.net, s.data, again,
                  rank_correlation(default, _as_scores(default, again)))
    for option, how in (("knockout to: the mean", {"fill": map_means(s.net, x,
                                                                     feature_layers(s.net))}),
                        ("knockout to: one half", {"factor": 0.5})):
        rows += _rows(s, option, s.net, s.data, orders_of(default), 1.0, **how)
    return rows


def trained_otherwise(s: Subject) -> list[Row]:
    """Options that need another network: the split, and the grey levels."""
    default = MEASURES[PAPER](s.net, s.data.images, s.data.labels)
    grey = replace(s.data, images=np.array([standardised(image) for image in s.data.images]))
    rows = []
    options: list[tuple[str, Dataset, str | None]] = [
        ("split: stratified", s.data, "stratified"), ("split: twins together", s.data, "twins"),
        ("grey levels: standardised", grey, None)]
    for option, data, kind in options:
        train_part, test_part = data.split(kind, seed=s.seed)
        try:
            net = s.trained(s.fresh(), data, train_part)
        except NotFiniteError:
            rows.append(s.diverged(option))
            continue
        scores = MEASURES[PAPER](net, data.images, data.labels)
        rows += _rows(s, option, net, data, orders_of(scores), rank_correlation(default, scores))
        rows.append(row(s.seed, "choice", "test error", subject=option, value=error_rate(
            net, data.images[test_part], data.labels[test_part])))
    return rows


def _rows(s: Subject, option: str, net: Network, data: Dataset, orders: Orders, correlation: float,
          **how: Any) -> list[Row]:
    """Rank correlation and both knockout areas of one option."""
    x, t = data.images, data.labels
    labels = labels_without(net, x, order_sets(orders.values()), **how)
    found = {k: np.array([labels[removed] for removed in knockout_sets(order)])
             for k, order in orders.items()}
    return [row(s.seed, "choice", "rank correlation", correlation, subject=option),
            row(s.seed, "choice", "class error, area", subject=option, value=np.mean(
                [area(class_errors(answers, t, k)) for k, answers in found.items()])),
            row(s.seed, "choice", "overall error, area", subject=option, value=np.mean(
                [area(overall_errors(answers, t)) for answers in found.values()]))]


def _as_scores(like: FeatureScores, orders: Mapping[int, Any]) -> FeatureScores:
    """Orders of the first features as scores: the first has most, those not in the order have 0."""
    scores = np.full(like.scores.shape, np.nan)
    for k, order in orders.items():
        scores[k] = 0
        for place, feature in enumerate(order):
            scores[k, like.features.index(feature)] = len(order) - place
    return FeatureScores(scores, like.features)
