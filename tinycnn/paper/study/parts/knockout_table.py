"""One network under the knockouts of some orders and of their controls, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from ....analysis import controls
from ....analysis.activity import features_of
from ....analysis.choice import spread
from ....analysis.controls import area, class_errors, half_step, overall_errors
from ....analysis.knockouts import knockout_sets
from ....analysis.without import labels_without
from ....gradients import Feature, FeatureScores, Layers
from ....layers.base import Array
from ....network import Gates
from ..rows import Row, mean, row
from ..subject import Subject

Orders = Mapping[int, Sequence[Feature]]        # for each identity, what to remove, in order

REMOVALS = 10       # removals, or all features but one; an area is the mean over all of them
LONG = 20           # removals of the weakest features in Fig. 2
# Random orders, and random choices of the same layers. From so many, the mean area of a network has
# a standard error of 0.02 (same layers) and 0.01 (random); networks differ by 0.14.
DRAWS = 40
IDENTITIES = 15     # of more, so many are knocked out: the time grows with them and the images


def orders_of(scores: FeatureScores, end: str = "strongest", n: int = REMOVALS) -> Orders:
    """{identity: the first n features to remove}, for identities whose scores are known, or for
    `IDENTITIES` of them, spread evenly.

    One feature always stays: a network without any gives the same answer, whatever the order.
    """
    n = min(n, len(scores.features) - 1)
    known = scores.known
    return {known[i]: getattr(scores, end)(known[i], n) for i in spread(len(known), IDENTITIES)}


def answers_along(labels: Mapping[frozenset[Feature], Array], order: Sequence[Feature]) -> Array:
    """(steps, N) predictions as the maps of an order are removed one by one, of all in `labels`."""
    return np.array([labels[removed] for removed in knockout_sets(order)])


class KnockoutTable:
    """The answers of one network under the knockouts of some orders and of their controls.

    Args:
        experiments: the orders to compare, one mapping for each experiment.
        matched: those to compare with random maps of the same layers; None for all.
        layers: whose features the random orders are of; None for the paper's.
        factor, fill: what is left of a map, and what replaces the rest (`Network.forward`).
    """

    def __init__(self, s: Subject, experiments: Sequence[Orders], *,
                 matched: Sequence[Orders] | None = None, layers: Layers = None,
                 factor: float = 0.0, fill: Gates | None = None) -> None:
        self.s, x = s, s.data.images
        self._random: dict[bytes, dict[str, Array]] = {}
        features = features_of(s.net, layers)
        orders = [order for experiment in experiments for order in experiment.values()]
        longest = max(map(len, orders))
        self.random = [order[:longest]
                       for order in controls.random_orders(features, DRAWS, s.rng(1))]
        self.identities = sorted(set().union(*experiments))
        self.labels = labels_without(s.net, x, controls.order_sets([*orders, *self.random]),
                                     factor, fill)
        self.control = controls.LayerMatched(features, DRAWS, s.rng(2))
        controlled = experiments if matched is None else matched
        if len(self.control.layers) == 1:       # random maps of the same layers are random maps
            controlled = ()
        self.control.measure(s.net, x, [order for experiment in controlled
                                        for order in experiment.values()], factor=factor, fill=fill)

    def along(self, order: Sequence[Feature], images: Array) -> Array:
        """(steps, n) predictions as the maps of an order are removed one by one."""
        return answers_along(self.labels, order)[:, images]

    def random_labels(self, images: Array, steps: int = REMOVALS) -> Array:
        """(steps, draws, n) predictions along random orders."""
        return np.array([self.along(order[:steps], images) for order in self.random]).swapaxes(0, 1)

    def random_errors(self, images: Array) -> dict[str, Array]:
        """{kind of error: (steps, draws)} of fully random orders, averaged over identities."""
        key = images.tobytes()
        if key not in self._random:
            labels = self.random_labels(images)
            self._random[key] = self.errors(dict.fromkeys(self.identities, labels), images)
        return self._random[key]

    def errors(self, labels: Mapping[int, Array], images: Array) -> dict[str, Array]:
        """Errors of each identity's predictions, averaged over identities that are in `images`."""
        t = self.s.data.labels[images]
        present = [k for k in labels if (t == k).any()]
        if not present:         # a small data set: its test images show no ranked identity
            unknown = np.full(next(iter(labels.values())).shape[:-1], np.nan)
            return {"class error": unknown, "overall error": unknown}
        return {"class error": np.mean([class_errors(labels[k], t, k) for k in present], axis=0),
                "overall error": np.mean([overall_errors(labels[k], t) for k in present], axis=0)}

    def alone(self, measure: str, option: str, orders: Orders, images: Array) -> list[Row]:
        """One experiment: its curves, and its damage beyond random orders."""
        rows: list[Row] = []
        add = partial(row, self.s.seed, "knockout", subject=measure, option=option)
        t = self.s.data.labels[images]
        own = {k: self.along(order, images) for k, order in orders.items()}
        for kind, error in self.errors(own, images).items():
            rows += [add(kind, value, step=step) for step, value in enumerate(error)]
            rows += [add(f"{kind}, rise", value - error[0], step=step)
                     for step, value in enumerate(error)]
            mine, random = area(error), area(self.random_errors(images)[kind])
            rows += [add(f"{kind}, area", mine), *_beside(add, kind, mine, "random", random)]
        halves = [half_step(class_errors(labels, t, k)) for k, labels in own.items()
                  if (t == k).any()]
        precisions = np.array([controls.precision(labels[1:], t, k) for k, labels in own.items()])
        ends = [controls.attractor(labels[-1:]) for labels in own.values()]
        return [*rows, add("half step", mean(halves)),
                add("precision", mean(precisions[np.isfinite(precisions)])),
                add("attractor share", np.mean([share for _, share in ends])),
                add("attractor is the identity", np.mean(
                    [modes[0] == k for k, (modes, _) in zip(own, ends, strict=True)]))]

    def swapped(self, measure: str, option: str, orders: Orders, images: Array) -> list[Row]:
        """The swap control: errors of each identity under its own order, and under those of the
        others. Mean areas, and the errors under the others' orders step by step."""
        t = self.s.data.labels[images]
        errors = controls.swapped_errors({k: self.along(order, images)
                                          for k, order in orders.items()}, t)
        areas, difference = np.asarray(area(errors)), controls.own_minus_others(area(errors))
        own = mean(areas.diagonal()[np.isfinite(areas.diagonal())])
        add = partial(row, self.s.seed, "swap", subject=measure, option=option)
        rest = errors[:, ~np.eye(len(orders), dtype=bool)]      # (steps, pairs)
        rest = rest[:, np.isfinite(rest[0])]
        return [add("own", own), add("others", own - difference),
                add("own minus others", difference),
                add("percentile of own", controls.own_percentile(areas)),
                *(row(self.s.seed, "knockout", "class error, others' orders", mean(values),
                      subject=measure, option=option, step=step)
                  for step, values in enumerate(rest))]

    def beside_same_layers(self, measure: str, option: str, orders: Orders, images: Array, *,
                           bands: bool = False) -> list[Row]:
        """The damage of one experiment beyond random maps of the same layers; no rows for one.

        Args:
            bands: whether to give the control's curves, too.
        """
        if len(self.control.layers) == 1:
            return []
        rows: list[Row] = []
        add = partial(row, self.s.seed, "knockout", subject=measure, option=option)
        measured = self.errors({k: self.along(order, images) for k, order in orders.items()},
                               images)
        matched = self.errors({k: self.control.labels(order)[..., images]
                               for k, order in orders.items()}, images)
        for kind, error in measured.items():
            rows += _beside(add, kind, area(error), "same layers", area(matched[kind]))
            if bands:
                rows += band_rows(add, f"{kind}, same layers", matched[kind])
                rows += [add(f"{kind}, rise, same layers", value, step=step)
                         for step, value in enumerate(matched[kind].mean(axis=1) - error[0])]
        return rows

    def random_curves(self, option: str, images: Array) -> list[Row]:
        """The errors of random orders, as bands."""
        add = partial(row, self.s.seed, "knockout", option=option)
        return [found for kind, errors in self.random_errors(images).items()
                for found in band_rows(add, f"{kind}, random", errors)]


def _beside(add: Callable[..., Row], kind: str, mine: float, which: str, control: Array
            ) -> list[Row]:
    """An area beside those of the draws of a control."""
    return [add(f"{kind}, area, {which}", control.mean()),
            add(f"{kind}, area, {which}, 5 %", np.percentile(control, 5)),
            add(f"{kind}, area, {which}, 95 %", np.percentile(control, 95)),
            add(f"{kind}, percentile, {which}", controls.percentile(mine, control)),
            add(f"{kind}, gain on {which}", mine - control.mean())]


def band_rows(add: Callable[..., Row], quantity: str, errors: Array) -> list[Row]:
    """(steps, draws) as the mean and the 5th and 95th percentile at each step."""
    bands = {quantity: errors.mean(axis=1), f"{quantity}, 5 %": np.percentile(errors, 5, axis=1),
             f"{quantity}, 95 %": np.percentile(errors, 95, axis=1)}
    return [add(name, value, step=step)
            for name, values in bands.items() for step, value in enumerate(values)]
