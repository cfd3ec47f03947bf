"""What changes if the paper is read in another way, where it is silent or ambiguous.

A *reading* says which number ranks the maps. A *training* says how the network was made. Whatever
the reading, the same maps are knocked out, after their activation. Rows have the reading as their
subject and the training as their option. On the paper's faces, each reading also has the statistics
of its Table III, to compare with the printed one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np

from ....analysis import choose_identities, is_yale, published, table_iii
from ....analysis.ablation import reranked_order
from ....analysis.activity import features_of
from ....analysis.controls import (
    LayerMatched,
    area,
    order_sets,
    overall_errors,
    own_minus_others,
    swap_matrix,
)
from ....analysis.knockouts import labels_without
from ....analysis.measures import MEASURES, PAPER, gradient_of_predicted
from ....analysis.problematic import problematic_units
from ....analysis.sanity import rank_correlation
from ....datasets import Dataset
from ....datasets.pixels import standardised
from ....gradients import FeatureScores, Reduce, convolutional_gradients, feature_layers
from ....gradients.prediction import weights_before
from ....layers import NotFiniteError
from ....layers.kinds import claim_of
from ....network import Network
from ....training import error_rate
from ..rows import Row, row
from ..subject import Subject, idle
from .knockout_table import Orders, answers_along, orders_of

LEVELS: Mapping[str, Reduce] = {"norm of mean": "norm_of_mean", "mean of norms": "mean_of_norms"}
DEFAULT = "o: tanh; class level: norm of mean; y: prob"
OTHERWISE = 5       # of a hundred seeds, the first five have networks trained in other ways, too
DRAWS = 25          # of random maps of the same layers: fewer than elsewhere, for many readings
START = 3           # times larger first weights of the convolutions


def readings(s: Subject) -> list[Row]:
    """Every reading of the network of this seed."""
    x, t, (train_part, test_part) = s.data.images, s.data.labels, s.split
    scores = multiverse(s.net, x, t)
    scores |= {"entry of y: the predicted class": gradient_of_predicted(s.net, x, t),
               "norm: rms": MEASURES["gradient, rms"](s.net, x, t),
               "norm: per layer": MEASURES["gradient, per layer"](s.net, x, t),
               "images: training": MEASURES[PAPER](s.net, x[train_part], t[train_part]),
               "images: test": MEASURES[PAPER](s.net, x[test_part], t[test_part])}
    again = {k: reranked_order(s.net, x[t == k], k, len(order))
             for k, order in orders_of(scores[DEFAULT]).items()}
    return measured(s, s.data, s.net, how_trained(s), scores, scores[DEFAULT],
                    {"ranking: again after each removal": again})


def trained_otherwise(s: Subject) -> list[Row]:
    """The same for networks that are trained in another way: on other grey levels, from larger
    first weights, one image at a time, and these together; and on another split.

    Only for the first `OTHERWISE` of a hundred seeds, as these are nine more trainings. A network
    that has not learnt (`Numbers.idle`) has only its errors.
    """
    if not trains_otherwise(s):
        return []
    rows, greys = [], grey_levels(s.data)
    for grey, larger, one in product(greys, (False, True), (False, True)):
        how = how_trained(s, grey, larger, one)
        if how != how_trained(s):
            rows += _trained(s, greys[grey], how, larger=larger, one=one)
    for kind in ("stratified", "twins"):
        rows += _trained(s, s.data, f"split: {kind}", split=kind)
    return rows


def trains_otherwise(s: Subject, first: int = OTHERWISE) -> bool:
    """Whether the network of this seed is trained in other ways, too."""
    return s.seed % 100 < first


def multiverse(net: Network, x: np.ndarray, t: np.ndarray) -> dict[str, FeatureScores]:
    """{reading: scores} for all combinations of the unit's output (before the activation, after it,
    after pooling), the class level (norm of mean, mean of norms) and y (probability, logit).

    After pooling, a reading with the scores before it is left out: max-pooling passes a gradient
    to one unit, and its norm stays. The paper's network has 10 readings; one without pooling,
    activations or softmax has fewer.
    """
    after, names = feature_layers(net), list(net.layers)
    before = [name if net[name].params else names[names.index(name) - 1] for name in after]
    pooled = [below if (claim_of(type(net[below])).kind or "").endswith("pool2d") else name
              for name in after for below in names[names.index(name) + 1:][:1] or [name]]
    outputs = {"tanh": after, "before tanh": before, "pool": pooled}
    found: dict[str, FeatureScores] = {}
    for (output, layers), level, y in product(outputs.items(), LEVELS,
                                              ("prob", "logit")[:1 + net.ends_in_softmax]):
        rest = f"class level: {level}; y: {y}"
        if output != "tanh" and layers == after:
            continue
        scores = convolutional_gradients(net, x, t, layers, reduce=LEVELS[level],
                                         of="logit" if y == "logit" else None)
        if output != "pool" or not np.allclose(scores.scores, found[f"o: tanh; {rest}"].scores,
                                               rtol=1e-4, atol=0):
            found[f"o: {output}; {rest}"] = FeatureScores(scores.scores, features_of(net),
                                                          scores.options)
    return found


def grey_levels(data: Dataset) -> dict[str, Dataset]:
    """The data as they are, and with standardised images; only these if they are so already."""
    other = replace(data, images=np.array([standardised(image) for image in data.images]))
    if np.allclose(other.images, data.images, atol=1e-3):
        return {"standardised": data}
    return {"unit": data, "standardised": other}


def how_trained(s: Subject, grey: str = "", larger: bool = False, one: bool = False) -> str:
    """A training in words; by default the study's own."""
    start = f"{START} times larger" if larger else "glorot" if s.training.net is None else "as made"
    return (f"grey: {grey or next(iter(grey_levels(s.data)))}; start: {start}; "
            f"batch: {1 if one else s.training.batch_size}")


def _trained(s: Subject, data: Dataset, how: str, *, larger: bool = False, one: bool = False,
             split: str | None = None) -> list[Row]:
    """Train a network from the same first weights, and read it."""
    train_part, test_part = data.split(split, seed=s.seed)
    training, fresh = s.training, s.fresh()
    if one:         # so many updates need a smaller step: with the paper's 0.1 it does not train
        training = replace(training, batch_size=1, learning_rate=training.learning_rate / 10)
    if larger:
        for name in feature_layers(fresh):
            fresh[weights_before(fresh, name)].params["W"][...] *= START
    try:
        net = replace(s, training=training).trained(fresh, data, train_part)
    except NotFiniteError:
        return [s.diverged(how)]
    x, t = data.images, data.labels
    rows = [row(s.seed, "reading", "test error", error_rate(net, x[test_part], t[test_part]),
                option=how),
            row(s.seed, "reading", "error on all", error_rate(net, x, t), option=how)]
    if idle(rows[-1].value, t):
        return rows
    scores = multiverse(net, x, t) if split is None else {DEFAULT: MEASURES[PAPER](net, x, t)}
    own = MEASURES[PAPER](s.net, s.data.images, t)
    return rows + measured(s, data, net, how, scores, own)


def measured(s: Subject, data: Dataset, net: Network, how: str, scores: Mapping[str, FeatureScores],
             default: FeatureScores, other_orders: Mapping[str, Orders] | None = None
             ) -> list[Row]:
    """The numbers of all readings of one network.

    Args:
        how: how it was trained, in words.
        scores: of each reading; DEFAULT is one of them.
        default: of the study's own network, whose maps began with the same weights.
        other_orders: of readings that are no scores.
    """
    x, t = data.images, data.labels
    orders = {name: orders_of(found) for name, found in scores.items()} | dict(other_orders or {})
    every = [order for found in orders.values() for order in found.values()]
    labels = labels_without(net, x, order_sets(every))
    control = LayerMatched(scores[DEFAULT].features, DRAWS, s.rng(2))
    if len(control.layers) > 1:         # else random maps of the same layers are random maps
        control.measure(net, x, every)
    rows = []
    for name, found in orders.items():
        own = {k: answers_along(labels, order) for k, order in found.items()}
        overall = np.mean([area(overall_errors(answers, t)) for answers in own.values()])
        numbers = {"overall error, area": overall,
                   "own minus others": own_minus_others(swap_matrix(own, t))}
        if len(control.layers) > 1:
            numbers["gain on same layers"] = overall - np.mean(
                [area(overall_errors(control.labels(order), t)) for order in found.values()])
        if name in scores:
            numbers["rank correlation"] = rank_correlation(default, scores[name])
            numbers |= _table_iii(data, scores[name])
        rows += [row(s.seed, "reading", quantity, value, subject=name, option=how)
                 for quantity, value in numbers.items()]
    useless = [unit.feature for unit in problematic_units(net, x, t, scores[DEFAULT])
            if {"saturated", "dead"} & {*unit.verdict.split(", ")}]
    return [*rows, row(s.seed, "reading", "saturated or dead maps", len(useless), subject=DEFAULT,
                       option=how)]


def _table_iii(data: Dataset, scores: FeatureScores) -> dict[str, float]:
    """The statistics of a reading's Table III; {} for other faces, maps, or identities."""
    identities = choose_identities(data, scores)
    if not (is_yale(data) and len(identities) == len(published.IDENTITIES)
            and table_iii.comparable(scores.features)):
        return {}
    return table_iii.statistics(table_iii.table_of(scores, identities))
