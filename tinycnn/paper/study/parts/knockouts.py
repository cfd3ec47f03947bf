"""Section V-C and V-D with controls: every measure's knockouts beside random ones.

Areas and shares are means over all identities, or those that `orders_of` takes of many, not over
the paper's five. The options of the rows: "strongest" and "weakest" are ranked and measured on all
images, as in the paper; "strongest, test" is ranked on the training images and measured on the
others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ....analysis import names_of
from ....analysis.consistency import overlap
from ....analysis.controls import area, half_step
from ....analysis.knockouts import knockout_experiments, map_means
from ....analysis.measures import MEASURES, PAPER
from ....analysis.sanity import spearman
from ....gradients import FeatureScores, feature_layers
from ..rows import Row, row
from ..subject import Subject
from .knockout_table import REMOVALS, KnockoutTable, orders_of
from .rankings import agreement_rows

WEAKEST = 20        # removals of the weakest features in Fig. 2


def knockouts(s: Subject) -> list[Row]:
    """All measures, strongest and weakest first, and ranked on training images only."""
    x, t, (train_part, test_part) = s.data.images, s.data.labels, s.split
    scores = {name: measure(s.net, x, t) for name, measure in MEASURES.items()}
    trained = {name: measure(s.net, x[train_part], t[train_part])
               for name, measure in MEASURES.items()}
    everyone = np.arange(len(t))
    experiments = [(name, option, orders_of(found[name], end), images)
                   for option, found, end, images in (
                       ("strongest", scores, "strongest", everyone),
                       ("weakest", scores, "weakest", everyone),
                       ("strongest, test", trained, "strongest", test_part))
                   for name in MEASURES]
    table = KnockoutTable(s, [orders for _, _, orders, _ in experiments])
    rows = []
    for name, option, orders, images in experiments:
        rows += table.alone(name, option, orders, images)
        rows += table.beside_same_layers(name, option, orders, images)
    rows += table.random_curves("strongest", everyone)
    rows += table.random_curves("strongest, test", test_part)
    return [*rows, *beside_others(s.seed, rows), *gentle_knockouts(s, scores),
            *paper_curves(s, scores[PAPER]), *agreement_rows(s.seed, scores)]


def beside_others(seed: int, rows: Sequence[Row]) -> list[Row]:
    """The paper's ranking beside its weakest features, activations, and the greedy order."""
    found = {(r.subject, r.option, r.quantity): r.value for r in rows if r.step == ""}

    def overall(measure: str, option: str = "strongest") -> float:
        return found[measure, option, "overall error, area"]
    greedy = found["greedy knockout", "strongest", "class error, gain on random"]
    compared = {
        "strongest minus weakest": overall(PAPER) - overall(PAPER, "weakest"),
        "class minus overall": found[PAPER, "strongest", "class error, area"] - overall(PAPER),
        "gradient minus activation": overall(PAPER) - overall("activation"),
        "share of the greedy gain":
            found[PAPER, "strongest", "class error, gain on random"] / greedy if greedy else np.nan}
    return [row(seed, "beside others", name, value) for name, value in compared.items()]


def gentle_knockouts(s: Subject, scores: Mapping[str, FeatureScores]) -> list[Row]:
    """The strongest first, but a removed map is set to its mean, or halved, instead of set to 0.

    Only the paper's measure gets its layer-matched control here.
    """
    everyone, rows = np.arange(len(s.data)), []
    orders = {name: orders_of(found) for name, found in scores.items()}
    fill = map_means(s.net, s.data.images, feature_layers(s.net))
    for option, how in (("strongest, to the mean", {"fill": fill}),
                        ("strongest, halved", {"factor": 0.5})):
        table = KnockoutTable(s, list(orders.values()), matched=[orders[PAPER]], **how)
        for name in scores:
            rows += table.alone(name, option, orders[name], everyone)
        rows += table.beside_same_layers(PAPER, option, orders[PAPER], everyone)
        rows += table.random_curves(option, everyone)
    return rows


def paper_curves(s: Subject, scores: FeatureScores) -> list[Row]:
    """What the paper says about Table III, Fig. 2 and Fig. 3, counted over the same identities."""
    x, t, n_classes = s.data.images, s.data.labels, s.data.n_classes
    identities = sorted(orders_of(scores))
    n = len(scores.features)
    curves = knockout_experiments(s.net, x, t, scores, identities, strongest=min(REMOVALS, n - 1),
                                  weakest=min(WEAKEST, n - 1))
    strongest = [curve for curve in curves if curve.end == "strongest"]
    weakest = [curve for curve in curves if curve.end == "weakest"]
    weak = np.array([curve.overall_error for curve in weakest])
    largest = [scores.scores[k].max() for k in identities]
    damage = [area(curve.class_error) for curve in strongest]
    constant = 1 - np.bincount(t).max() / len(t)
    counted = {
        "below one half after 15 weakest": (weak[:, 15] < 0.5).mean() if n > 15 else np.nan,
        "better without weak ones": (weak[:, 1:REMOVALS + 1].min(axis=1) < weak[:, 0]).mean(),
        "failure": np.mean([curve.overall_error[REMOVALS] for curve in strongest]) / constant
                   if n > REMOVALS else np.nan,
        "another is lost first": np.mean([curve.another_is_lost_first(n_classes)
                                          for curve in strongest]),
        "scale and damage": spearman(np.array(largest), np.array(damage)),
        "largest over smallest": max(largest) / min(largest) if min(largest) > 0 else np.nan,
        # Of fewer than 16 features, two choices of 8 have some in common in any case.
        "overlap of the 8 strongest": overlap([set(scores.strongest(k, 8)) for k in identities])
                                      if n >= 16 else np.nan}
    rows = [row(s.seed, "paper", name, value) for name, value in counted.items()]
    rows += [row(s.seed, "knockout", "overall error", error, subject=PAPER, option="weakest, long",
                 step=step) for step, error in enumerate(weak.mean(axis=0))]
    for curve, name in zip(strongest, (names_of(s.data)[k] for k in identities), strict=True):
        where = {"subject": PAPER, "option": "strongest", "identity": name}
        rows += [row(s.seed, "knockout", "class error, area", area(curve.class_error), **where),
                 row(s.seed, "knockout", "overall error, area", area(curve.overall_error), **where),
                 row(s.seed, "knockout", "half step", half_step(curve.class_error), **where)]
    return rows
