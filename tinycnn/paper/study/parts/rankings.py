"""Is a ranking stable, do measures agree, and does a gradient predict a knockout?"""

from __future__ import annotations

import numpy as np
from scipy import stats

from ....analysis import gradient_cost, sanity
from ....analysis.activity import gate_slopes
from ....analysis.measures import CHEAP, MEASURES, PAPER
from ....analysis.sanity import class_agreement, rank_correlation
from ....gradients import map_norms
from ...networks import loss_for
from ..rows import Row, row
from ..subject import Subject

POINTS = 200        # in the plot of predicted and true changes, for each gate and seed


def rankings(s: Subject) -> list[Row]:
    """Agreement between measures and classes, stability over images, what gradients cost."""
    x, t = s.data.images, s.data.labels
    scores = {name: measure(s.net, x, t) for name, measure in MEASURES.items()}
    rows = [row(s.seed, "agreement", "rank correlation", value, subject=a, option=b)
            for a, line in zip(scores, sanity.agreement(scores), strict=True)
            for b, value in zip(scores, line, strict=True)]
    rows += [row(s.seed, "agreement", "between classes", class_agreement(found), subject=name)
             for name, found in scores.items()]
    rng = s.rng(4)
    per_image = {PAPER: map_norms(s.net, x, t, of=None)[0],
                 "gradient x activation": np.abs(gate_slopes(s.net, x, t))}
    rows += [row(s.seed, "sanity", "bootstrap stability", sanity.bootstrap_stability(found, t, rng),
                 subject=name) for name, found in per_image.items()]
    cost = gradient_cost(s.net, x, t, s.split[0], batch_size=s.training.batch_size,
                         of=None, loss=loss_for(s.net))
    rows += [row(s.seed, "cost", "epochs, true class", cost.true_class_epochs),
             row(s.seed, "cost", "epochs, all classes", cost.all_classes_epochs)]
    return rows


def weights_shuffled(s: Subject) -> list[Row]:
    """Rank correlation with the trained network as its layers are shuffled, the last one first."""
    x, t, gone = s.data.images, s.data.labels, []
    intact = {name: MEASURES[name](s.net, x, t) for name in CHEAP}
    rows = [row(s.seed, "sanity", "shuffled weights", 1, subject=name, option="trained", step=0)
            for name in CHEAP]
    for step, layer in enumerate(sanity.layers_from_the_top(s.net), start=1):
        gone.append(layer)
        net = sanity.shuffled_weights(s.net, gone, s.rng(5))
        rows += [row(s.seed, "sanity", "shuffled weights",
                     rank_correlation(intact[name], MEASURES[name](net, x, t)),
                     subject=name, option=layer if step == 1 else f"+ {layer}", step=step)
                 for name in CHEAP]
    rows += [r._replace(quantity="all weights shuffled", option="", step="") for r in rows
             if r.step == step]
    fresh = s.untrained()
    return rows + [row(s.seed, "sanity", "untrained network",
                       rank_correlation(intact[name], MEASURES[name](fresh, x, t)), subject=name)
                   for name in CHEAP]


def first_order(s: Subject) -> list[Row]:
    """Predicted against true change of y_t for gates 0.9, 0.5 and 0."""
    x, t, rng, rows = s.data.images, s.data.labels, s.rng(6), []
    for gate in (0.9, 0.5, 0.0):
        predicted, true = (found.ravel() for found in sanity.first_order_truth(s.net, x, t, gate))
        where = {"subject": f"gate {gate:g}"}
        found = [np.nan] * 3 if not (np.ptp(predicted) and np.ptp(true)) else [
            stats.pearsonr(predicted, true)[0], stats.spearmanr(predicted, true).statistic,
            true @ predicted / (predicted @ predicted)]
        rows += [row(s.seed, "first order", quantity, value, **where) for quantity, value in zip(
            ("correlation", "rank correlation", "true over predicted"), found, strict=True)]
        for i in rng.permutation(len(true))[:POINTS].tolist():
            rows += [row(s.seed, "first order", "predicted", predicted[i], step=i, **where),
                     row(s.seed, "first order", "true", true[i], step=i, **where)]
    return rows
