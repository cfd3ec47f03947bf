"""Section V-C and V-D with controls: every measure's knockouts beside random ones.

Areas and shares are means over all identities, not over the paper's five. What a row's option says:
"strongest" and "weakest" are ranked and measured on all images, as in the paper; "strongest, test"
is ranked on the training images and measured on the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import stats

from ..analysis import names_of
from ..analysis.activity import features_of
from ..analysis.consistency import overlap
from ..analysis.controls import (
    LayerMatched,
    area,
    attractor,
    class_errors,
    half_step,
    map_specific_share,
    order_sets,
    overall_errors,
    percentile,
    precision,
    random_orders,
)
from ..analysis.measures import MEASURES, PAPER
from ..feature_scores import Feature, FeatureScores
from ..gradients import feature_layers
from ..knockout import (
    KnockoutCurve,
    knockout_experiments,
    knockout_sets,
    labels_without,
    map_means,
)
from ..network import Gates
from .rows import Row, row
from .subject import Subject

Array = np.ndarray
Orders = Mapping[int, Sequence[Feature]]        # for each identity, what goes first

K = 10              # removals that areas are taken over
LONG = 20           # removals of the weakest features in Fig. 2
DRAWS = 100         # random orders, and random choices of the same layers


def knockouts(s: Subject) -> list[Row]:
    """All measures, strongest and weakest first, and ranked on training images only."""
    x, t, (train_part, test_part) = s.data.images, s.data.labels, s.split
    scores = {name: measure(s.net, x, t) for name, measure in MEASURES.items()}
    trained = {name: measure(s.net, x[train_part], t[train_part])
               for name, measure in MEASURES.items()}
    everyone = np.arange(len(t))
    experiments = [(name, "strongest", orders_of(scores[name]), everyone) for name in MEASURES]
    experiments += [(name, "weakest", orders_of(scores[name], "weakest"), everyone)
                    for name in MEASURES]
    experiments += [(name, "strongest, test", orders_of(trained[name]), test_part)
                    for name in MEASURES]
    table = Table(s, [orders for _, _, orders, _ in experiments])
    rows = []
    for name, option, orders, images in experiments:
        rows += table.alone(name, option, orders, images)
        rows += table.beside_same_layers(name, option, orders, images)
    rows += table.random_curves("strongest", everyone)
    rows += table.random_curves("strongest, test", test_part)
    return rows + beside_others(s.seed, rows) + paper_curves(s, scores[PAPER])


def beside_others(seed: int, rows: Sequence[Row]) -> list[Row]:
    """The paper's ranking beside its own weak end, a simpler measure, and the best one known."""
    found = {(r.subject, r.option, r.quantity): r.value for r in rows if r.step == ""}

    def overall(measure: str, option: str = "strongest") -> float:
        return found[measure, option, "overall error, area"]
    compared = {
        "strongest minus weakest": overall(PAPER) - overall(PAPER, "weakest"),
        "class minus overall": found[PAPER, "strongest", "class error, area"] - overall(PAPER),
        "gradient minus activation": overall(PAPER) - overall("activation"),
        "share of the greedy gain": found[PAPER, "strongest", "class error, gain on random"]
        / found["greedy knockout", "strongest", "class error, gain on random"],
    }
    return [row(seed, "beside others", name, value) for name, value in compared.items()]


def gentle_knockouts(s: Subject) -> list[Row]:
    """All measures, strongest first, where a map is set to its mean, or halved, and not to 0.

    Only the paper's measure gets its layer-matched control here.
    """
    x, everyone, rows = s.data.images, np.arange(len(s.data)), []
    orders = {name: orders_of(measure(s.net, x, s.data.labels))
              for name, measure in MEASURES.items()}
    fill = map_means(s.net, x, feature_layers(s.net))
    for option, how in (("strongest, to the mean", {"fill": fill}),
                        ("strongest, halved", {"factor": 0.5})):
        table = Table(s, list(orders.values()), matched=[orders[PAPER]], **how)
        for name in MEASURES:
            rows += table.alone(name, option, orders[name], everyone)
        rows += table.beside_same_layers(PAPER, option, orders[PAPER], everyone)
        rows += table.random_curves(option, everyone)
    return rows


def orders_of(scores: FeatureScores, end: str = "strongest", n: int = K) -> Orders:
    """{identity: the n features that go first}, for identities whose scores are known."""
    known = np.flatnonzero(np.isfinite(scores.scores).all(axis=1)).tolist()
    return {k: getattr(scores, end)(k, n) for k in known}


class Table:
    """The answers of one network under all knockouts that some orders and their controls ask for.

    Args:
        experiments: the orders to be compared, one mapping for each experiment.
        matched: those that are to be set beside random maps of the same layers; None for all.
        factor, fill: what is left of a map, and what is put in its place (`Network.forward`).
    """

    def __init__(self, s: Subject, experiments: Sequence[Orders], *,
                 matched: Sequence[Orders] | None = None, factor: float = 0.0,
                 fill: Gates | None = None) -> None:
        self.s, x = s, s.data.images
        self._random: dict[bytes, dict[str, Array]] = {}
        features = features_of(s.net)
        self.random = [order[:K] for order in random_orders(features, DRAWS, s.rng(1))]
        orders = [order for experiment in experiments for order in experiment.values()]
        self.labels = labels_without(s.net, x, order_sets([*orders, *self.random]), factor, fill)
        self.control = LayerMatched(features, DRAWS, s.rng(2))
        controlled = experiments if matched is None else matched
        self.control.measure(s.net, x, [order for experiment in controlled
                                        for order in experiment.values()], factor=factor, fill=fill)

    def along(self, order: Sequence[Feature], images: Array) -> Array:
        """(steps, n) predictions while an order goes."""
        return np.array([self.labels[removed][images] for removed in knockout_sets(order)])

    def random_errors(self, images: Array) -> dict[str, Array]:
        """{kind of error: (steps, draws)} of fully random orders, averaged over identities."""
        key = images.tobytes()
        if key not in self._random:
            labels = np.array([self.along(order, images) for order in self.random]).swapaxes(0, 1)
            everybody = dict.fromkeys(range(self.s.data.n_classes), labels)
            self._random[key] = self.errors(everybody, images)
        return self._random[key]

    def errors(self, labels: Mapping[int, Array], images: Array) -> dict[str, Array]:
        """Errors of each identity's predictions, averaged over identities that are in `images`."""
        t = self.s.data.labels[images]
        present = [k for k in labels if (t == k).any()]
        return {"class error": np.mean([class_errors(labels[k], t, k) for k in present], axis=0),
                "overall error": np.mean([overall_errors(labels[k], t) for k in present], axis=0)}

    def alone(self, measure: str, option: str, orders: Orders, images: Array) -> list[Row]:
        """One experiment: its curves, and what it does beyond random orders."""
        rows: list[Row] = []
        t = self.s.data.labels[images]
        own = {k: self.along(order, images) for k, order in orders.items()}
        add = self._adder(rows, measure, option)
        for kind, error in self.errors(own, images).items():
            for step, value in enumerate(error):
                add(kind, value, step=step)
            mine, random = area(error), area(self.random_errors(images)[kind])
            add(f"{kind}, area", mine)
            add(f"{kind}, area, random", random.mean())
            add(f"{kind}, area, random, 5 %", np.percentile(random, 5))
            add(f"{kind}, area, random, 95 %", np.percentile(random, 95))
            add(f"{kind}, percentile, random", percentile(mine, random))
            add(f"{kind}, gain on random", mine - random.mean())
        halves = [half_step(class_errors(labels, t, k)) for k, labels in own.items()
                  if (t == k).any()]
        add("half step", np.mean(halves))
        precisions = np.array([precision(labels[1:], t, k) for k, labels in own.items()])
        add("precision", precisions[np.isfinite(precisions)].mean())
        ends = [attractor(labels[-1:]) for labels in own.values()]
        add("attractor share", np.mean([share for _, share in ends]))
        add("attractor is the identity",
            np.mean([modes[0] == k for k, (modes, _) in zip(own, ends, strict=True)]))
        return rows

    def beside_same_layers(self, measure: str, option: str, orders: Orders, images: Array
                           ) -> list[Row]:
        """What one experiment does beyond random maps of the same layers."""
        rows: list[Row] = []
        add = self._adder(rows, measure, option)
        measured = self.errors({k: self.along(order, images) for k, order in orders.items()},
                               images)
        matched = self.errors({k: self.control.labels(order)[..., images]
                               for k, order in orders.items()}, images)
        for kind, error in measured.items():
            rows += band_rows(self.s.seed, f"{kind}, same layers", matched[kind], subject=measure,
                              option=option)
            mine, control = area(error), area(matched[kind])
            add(f"{kind}, area, same layers", control.mean())
            add(f"{kind}, area, same layers, 5 %", np.percentile(control, 5))
            add(f"{kind}, area, same layers, 95 %", np.percentile(control, 95))
            add(f"{kind}, percentile, same layers", percentile(mine, control))
            add(f"{kind}, gain on same layers", mine - control.mean())
            add(f"{kind}, map-specific share", map_specific_share(
                mine, control.mean(), area(self.random_errors(images)[kind]).mean()))
        return rows

    def _adder(self, rows: list[Row], measure: str, option: str) -> Callable[..., None]:
        """Adds a number of this experiment to the rows."""
        def add(quantity: str, value: float, step: int | str = "") -> None:
            rows.append(row(self.s.seed, "knockout", quantity, value, subject=measure,
                            option=option, step=step))
        return add

    def random_curves(self, option: str, images: Array) -> list[Row]:
        """The errors of random orders, as bands."""
        rows = []
        for kind, errors in self.random_errors(images).items():
            rows += band_rows(self.s.seed, f"{kind}, random", errors, option=option)
        return rows


def band_rows(seed: int, quantity: str, errors: Array, **where: str) -> list[Row]:
    """(steps, draws) as the mean and the 5th and 95th percentile at each step."""
    bands = {quantity: errors.mean(axis=1), f"{quantity}, 5 %": np.percentile(errors, 5, axis=1),
             f"{quantity}, 95 %": np.percentile(errors, 95, axis=1)}
    return [row(seed, "knockout", name, value, step=step, **where)
            for name, values in bands.items() for step, value in enumerate(values)]


def paper_curves(s: Subject, scores: FeatureScores) -> list[Row]:
    """What the paper says of Table III, Fig. 2 and Fig. 3, counted over all identities."""
    x, t, n_classes = s.data.images, s.data.labels, s.data.n_classes
    identities = sorted(orders_of(scores))
    curves = knockout_experiments(s.net, x, t, scores, identities, strongest=K, weakest=LONG)
    strongest = [curve for curve in curves if curve.end == "strongest"]
    weakest = [curve for curve in curves if curve.end == "weakest"]
    weak = np.array([curve.overall_error for curve in weakest])
    largest = [scores.scores[k].max() for k in identities]
    damage = [area(curve.class_error) for curve in strongest]
    constant = 1 - np.bincount(t).max() / len(t)
    counted = {
        "below one half after 15 weakest": (weak[:, 15] < 0.5).mean(),
        "better without weak ones": (weak[:, 1:K + 1].min(axis=1) < weak[:, 0]).mean(),
        "failure": np.mean([curve.overall_error[K] for curve in strongest]) / constant,
        "another is lost first": np.mean([another_first(curve, n_classes) for curve in strongest]),
        "scale and damage": stats.spearmanr(largest, damage).statistic,
        "largest over smallest": max(largest) / min(largest),
        "overlap of the 8 strongest": overlap([set(scores.strongest(k, 8)) for k in identities]),
    }
    rows = [row(s.seed, "paper", name, value) for name, value in counted.items()]
    rows += [row(s.seed, "knockout", "overall error", error, subject=PAPER, option="weakest, long",
                 step=step) for step, error in enumerate(weak.mean(axis=0))]
    for curve, name in zip(strongest, (names_of(s.data)[k] for k in identities), strict=True):
        where = {"subject": PAPER, "option": "strongest", "identity": name}
        rows += [row(s.seed, "knockout", "class error, area", area(curve.class_error), **where),
                 row(s.seed, "knockout", "overall error, area", area(curve.overall_error), **where),
                 row(s.seed, "knockout", "half step", half_step(curve.class_error), **where)]
    return rows


def another_first(curve: KnockoutCurve, n_classes: int) -> bool:
    """Fig. 3: whether another identity is lost before the one whose features are removed, by what
    most of its images are taken for."""
    modes = curve.modes(n_classes)
    lost = (modes != np.arange(n_classes)) & (modes >= 0)
    first = np.where(lost.any(axis=0), lost.argmax(axis=0), len(modes))
    others = np.delete(first, curve.identity)
    return bool(others.min() < first[curve.identity])
