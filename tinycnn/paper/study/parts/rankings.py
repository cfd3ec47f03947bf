"""Is a ranking stable, do measures agree, and does a gradient predict a knockout?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import stats

from ....analysis import gradient_cost, sanity
from ....analysis.activity import by_class
from ....analysis.measures import CHEAP, MEASURES, PAPER
from ....analysis.sanity import class_agreement, within_layers
from ....gradients import FeatureScores
from ...networks import loss_for
from ..rows import Row, mean, row
from ..subject import Subject
from .twins import one_of_each

HALVED = (*CHEAP, "gradient, mean of norms", "LRP")
DRAWS = 10          # of halves of the images
ROUNDS = 5          # of the measurement of costs
POINTS = 200        # in the plot of predicted and true changes, for each gate and seed


def rankings(s: Subject) -> list[Row]:
    """Stability over images, and what gradients cost."""
    x, t, rng = s.data.images, s.data.labels, s.rng(4)
    single = one_of_each(s.data)
    sizes = np.unique(t[single], return_counts=True)[1]
    sizes = sizes[sizes > 1]
    rows = []
    for name in HALVED:
        half = sanity.split_half(MEASURES[name], s.net, x[single], t[single], rng, DRAWS)
        rows += [row(s.seed, "sanity", "split half", half, subject=name),
                 row(s.seed, "sanity", "split half, all images", subject=name,
                     value=sanity.spearman_brown(half, mean(sizes / (sizes // 2))))]
    cost = gradient_cost(s.net, x, t, s.split[0], batch_size=s.training.batch_size,
                         of=None, loss=loss_for(s.net), rounds=ROUNDS)
    return [*rows, row(s.seed, "cost", "epochs, true class", cost.true_class_epochs),
            row(s.seed, "cost", "epochs, all classes", cost.all_classes_epochs)]


def agreement_rows(seed: int, scores: Mapping[str, FeatureScores]) -> list[Row]:
    """Agreement between measures, and between the classes of each."""
    rows = [row(seed, "agreement", "rank correlation", value, subject=a, option=b)
            for a, line in zip(scores, sanity.agreement(scores), strict=True)
            for b, value in zip(scores, line, strict=True)]
    for name, found in scores.items():
        rows += [row(seed, "agreement", "between classes", class_agreement(found), subject=name),
                 row(seed, "agreement", "between classes, layers alone", subject=name,
                     value=class_agreement(found, layers_alone=True))]
    return rows


def weights_shuffled(s: Subject) -> list[Row]:
    """Correlation with the trained network, within layers, as the layers are shuffled, the last one
    first; and with the network before it was trained."""
    x, t, gone = s.data.images, s.data.labels, []
    intact = {name: MEASURES[name](s.net, x, t) for name in CHEAP}
    rows = [row(s.seed, "sanity", "shuffled weights", 1, subject=name, option="trained", step=0)
            for name in CHEAP]
    for step, layer in enumerate(sanity.layers_from_the_top(s.net), start=1):
        gone.append(layer)
        net = sanity.shuffled_weights(s.net, gone, s.rng(5))
        rows += [row(s.seed, "sanity", "shuffled weights",
                     within_layers(intact[name], MEASURES[name](net, x, t)),
                     subject=name, option=layer if step == 1 else f"+ {layer}", step=step)
                 for name in CHEAP]
    rows += [r._replace(quantity="all weights shuffled", option="", step="") for r in rows
             if r.step == step]
    fresh = s.untrained()
    return rows + [row(s.seed, "sanity", "untrained network",
                       within_layers(intact[name], MEASURES[name](fresh, x, t)), subject=name)
                   for name in CHEAP]


def first_order(s: Subject) -> list[Row]:
    """Predicted against true change of y_t for gates 0.9, 0.5 and 0, for single images; and the
    paper's ranking of a class against the fall of y_t if each map is knocked out alone."""
    x, t, rng, rows = s.data.images, s.data.labels, s.rng(6), []
    for gate in (0.9, 0.5, 0.0):
        changes = sanity.first_order_truth(s.net, x, t, gate)
        predicted, true = map(np.ravel, changes)
        where = {"subject": f"gate {gate:g}"}
        found = [np.nan] * 3 if not (np.ptp(predicted) and np.ptp(true)) else [
            stats.pearsonr(predicted, true)[0], stats.spearmanr(predicted, true).statistic,
            true @ predicted / (predicted @ predicted)]
        rows += [row(s.seed, "first order", quantity, value, **where) for quantity, value in zip(
            ("correlation", "rank correlation", "true over predicted"), found, strict=True)]
        for i in rng.permutation(len(true))[:POINTS].tolist():
            rows += [row(s.seed, "first order", "predicted", predicted[i], step=i, **where),
                     row(s.seed, "first order", "true", true[i], step=i, **where)]
    delta, alone = MEASURES[PAPER](s.net, x, t), by_class(s.net, x, t, -changes[1])
    return [*rows, row(s.seed, "first order", "rank correlation with knockout alone",
                       sanity.rank_correlation(delta, alone)),
            row(s.seed, "first order", "the same, class-specific",
                sanity.class_specific(delta, alone))]
