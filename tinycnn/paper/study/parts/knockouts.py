"""Section V-C and V-D with controls: every measure's knockouts beside random ones.

Areas and shares are means over all identities, or those that `orders_of` takes of many, not over
the paper's five. The options of the rows:

- "strongest", "weakest": ranked and measured on all images, as in the paper; the weakest of the
  paper's measure only.
- "strongest, test": ranked on the training images and measured on the others.
- "strongest, to the mean": a removed map is set to its mean, for the measures in `GENTLE`.
- "strongest, to samples": to what it is for another image, for those in `RESAMPLED`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ....analysis.knockouts import map_means
from ....analysis.measures import MEASURES, PAPER, SECANT, applicable
from ....gradients import FeatureScores, feature_layers
from ....layers.base import Array
from ....network import Gates, Network
from ....network.passes import in_blocks
from ..rows import Row, row
from ..subject import Subject
from .counted import counted
from .knockout_table import LONG, KnockoutTable, orders_of
from .rankings import agreement_rows

GREEDY = "greedy knockout"
GENTLE = (PAPER, "gradient x activation", "gradient x activation, logit", SECANT, "LRP",
          "activation", "knockout alone", GREEDY)
RESAMPLED = (PAPER, "gradient x activation, logit", SECANT)


def knockouts(s: Subject) -> list[Row]:
    """All measures, ranked on all images and on training images only; and what is counted of the
    paper's measure."""
    x, t, (train_part, test_part) = s.data.images, s.data.labels, s.split
    measures = applicable(MEASURES, s.net)
    scores = {name: measure(s.net, x, t) for name, measure in measures.items()}
    trained = {name: measure(s.net, x[train_part], t[train_part])
               for name, measure in measures.items()}
    everyone = np.arange(len(t))
    experiments = [(name, option, orders_of(found[name], end), images)
                   for option, found, end, images in (
                       ("strongest", scores, "strongest", everyone),
                       ("strongest, test", trained, "strongest", test_part),
                       ("weakest", {PAPER: scores[PAPER]}, "weakest", everyone))
                   for name in found]
    matched = [orders for _, _, orders, _ in experiments]
    long = orders_of(scores[PAPER], "weakest", LONG)
    table = KnockoutTable(s, [*matched, long], matched=matched)
    rows = []
    for name, option, orders, images in experiments:
        rows += table.alone(name, option, orders, images)
        rows += table.beside_same_layers(name, option, orders, images, bands=name == PAPER)
        if option != "weakest":
            rows += table.swapped(name, option, orders, images)
    rows += table.random_curves("strongest", everyone)
    rows += table.random_curves("strongest, test", test_part)
    return [*rows, *beside_others(s.seed, rows), *other_values(s, scores),
            *counted(s, scores[PAPER], orders_of(scores[PAPER]), long, table),
            *agreement_rows(s.seed, scores)]


def beside_others(seed: int, rows: Sequence[Row]) -> list[Row]:
    """The paper's ranking beside its weakest features, other measures, and the greedy order."""
    found = {(r.subject, r.option, r.quantity): r.value for r in rows if r.step == ""}

    def overall(measure: str, option: str = "strongest") -> float:
        return found.get((measure, option, "overall error, area"), np.nan)

    def of_class(measure: str, quantity: str) -> float:
        return found.get((measure, "strongest", f"class error, {quantity}"), np.nan)
    compared = {
        "strongest minus weakest": overall(PAPER) - overall(PAPER, "weakest"),
        "gradient minus activation": overall(PAPER) - overall("activation"),
        "secant minus gradient": of_class(SECANT, "area") - of_class(PAPER, "area"),
        "gain": of_class(PAPER, "gain on random"),
        "greedy gain": of_class(GREEDY, "gain on random")}
    return [row(seed, "beside others", name, value) for name, value in compared.items()]


def other_values(s: Subject, scores: Mapping[str, FeatureScores]) -> list[Row]:
    """The strongest first, but a removed map is set to its mean, or to what it is for another
    image, instead of set to 0."""
    everyone, rows = np.arange(len(s.data)), []
    layers = feature_layers(s.net)
    fills: dict[str, tuple[Sequence[str], Sequence[str], Gates]] = {
        "strongest, to the mean": (GENTLE, (PAPER,), map_means(s.net, s.data.images, layers)),
        "strongest, to samples": (RESAMPLED, RESAMPLED,
                                  outputs_of_others(s.net, s.data.images, layers, s.rng(10)))}
    for option, (names, matched, fill) in fills.items():
        orders = {name: orders_of(scores[name]) for name in names if name in scores}
        table = KnockoutTable(s, list(orders.values()), fill=fill,
                              matched=[orders[name] for name in matched if name in orders])
        for name, found in orders.items():
            rows += table.alone(name, option, found, everyone)
            rows += table.swapped(name, option, found, everyone)
            if name in matched:
                rows += table.beside_same_layers(name, option, found, everyone)
        rows += table.random_curves(option, everyone)
    return rows


def outputs_of_others(net: Network, x: Array, layers: Sequence[str], rng: np.random.Generator
                      ) -> dict[str, Array]:
    """{layer: (N, C, ...)}: for each image the outputs for another one, each the other of one."""
    circle = rng.permutation(len(x))
    others = np.empty_like(circle)
    others[circle] = np.roll(circle, 1)
    found: dict[str, list[Array]] = {name: [] for name in layers}
    for trace in in_blocks(net, x[others]):
        for name in layers:
            found[name].append(trace[name])
    return {name: np.concatenate(parts) for name, parts in found.items()}
