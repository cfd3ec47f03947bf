"""What takes another training: pruned networks and shuffled labels."""

from __future__ import annotations

import numpy as np

from ....analysis.controls import LayerMatched
from ....analysis.knockouts import knockout
from ....analysis.measures import CHEAP, MEASURES, PAPER
from ....analysis.pruning import first_removable, overall_order, pruned
from ....analysis.sanity import within_layers
from ....layers import NotFiniteError
from ....training import error_rate
from ..rows import Row, row
from ..subject import Subject

REMOVED = 10        # maps that are missing when a network is trained again


def retrain(s: Subject) -> list[Row]:
    """Remove and retrain: the test error of networks trained again without some maps, the strongest
    or random ones of the same layers.

    They start from the same initial weights as the network. Layers keep at least one map. Half of
    what they can lose stays, or the random ones would be the strongest too. A row says what is
    wrong if a network cannot be pruned.
    """
    x, t, (train_part, test_part) = s.data.images, s.data.labels, s.split
    scores = MEASURES[PAPER](s.net, x[train_part], t[train_part])
    order = overall_order(scores)
    n = min(REMOVED, len(first_removable(order, len(order))) // 2)
    strongest = first_removable(order, n)
    control = LayerMatched(scores.features, 1, s.rng(7))
    choices = {"strongest": strongest,
               "random, same layers": control.removed(0, control.counts(strongest)[-1])}
    try:
        if not n:
            raise ValueError("the layers have too few features to remove some")
        smaller = {name: pruned(s.fresh(), removed) for name, removed in choices.items()}
    except ValueError as error:
        return [row(s.seed, "retrain", "impossible", np.nan, subject=str(error))]
    errors = {"nothing": error_rate(s.net, x[test_part], t[test_part])}
    rows = []
    for name, removed in choices.items():
        gone = s.net.labels(s.net.forward(x[test_part], knockout(removed)).y)
        rows.append(row(s.seed, "retrain", "test error before", (gone != t[test_part]).mean(),
                        subject=name))
        try:
            net = s.trained(smaller[name], s.data, train_part)
            errors[name] = error_rate(net, x[test_part], t[test_part])
        except NotFiniteError:
            errors[name] = np.nan
            rows.append(s.diverged(f"remove and retrain: {name}"))
    return rows + [row(s.seed, "retrain", "test error", error, subject=name)
                   for name, error in errors.items()] + [
        row(s.seed, "retrain", "strongest minus same layers",
            errors["strongest"] - errors["random, same layers"])]


def shuffled_labels(s: Subject) -> list[Row]:
    """A network that learnt shuffled labels by heart: is its ranking different?"""
    x, t, (train_part, test_part) = s.data.images, s.data.labels, s.split
    wrong = s.rng(8).permutation(t[train_part])
    try:
        net = s.trained(s.fresh(), s.data, train_part, wrong)
    except NotFiniteError:
        return [s.diverged("shuffled labels")]
    rows = [row(s.seed, "sanity", "shuffled labels, error",
                error_rate(net, x[images], labels), option=option)
            for option, images, labels in (("train", train_part, wrong),
                                           ("test", test_part, t[test_part]))]
    return rows + [row(s.seed, "sanity", "shuffled labels",
                       within_layers(MEASURES[name](s.net, x, t), MEASURES[name](net, x, t)),
                       subject=name) for name in CHEAP]
