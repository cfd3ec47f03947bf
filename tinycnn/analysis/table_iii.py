"""What the printed Table III says, and which network, read in which way, would print such a table.

The paper's network is lost, but 80 of its gradients are in print. Ten statistics of them can be
compared with those of any network that has as many maps, also in another order: maps of the same
layer are not told apart, only shared ones are counted. So the table is evidence about how the
paper is to be read (V-B: which output of a unit, which norm, averaged when?), and about its claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..gradients import Feature, FeatureScores, layer_and_unit, layers_of
from ..layers.base import Array
from .consistency import effective_maps
from .published import MAPS, PROBLEMATIC, TABLE_III, Ranked
from .sanity import spearman

Table = Mapping[int, tuple[Ranked, Ranked]]         # {identity: (strongest, weakest)}
Unit = tuple[int, int]                              # layer and unit, counted from 1

UNITS: tuple[Unit, ...] = tuple((layer, unit) for layer, n in enumerate(MAPS, start=1)
                                for unit in range(1, n + 1))
PRINTED = 8                                         # at each end of a ranking
MIDDLE = len(UNITS) - 2 * PRINTED                   # maps of each identity that are not printed
RATIOS = ("largest over smallest map", "largest over smallest identity")
LEAST_SPREAD = 0.02     # of a statistic over networks, or equal ones would be infinitely far away


def comparable(features: Sequence[Feature]) -> bool:
    """Whether a network has as many maps in each layer as the paper's: 5, 8 and 10."""
    layers = layers_of(features)
    return [layer_and_unit(feature, layers) for feature in features] == list(UNITS)


def table_of(scores: FeatureScores, identities: Sequence[int]) -> Table:
    """What the paper would print of a network: the eight strongest and weakest features.

    Args:
        scores: of a network with the paper's maps.
        identities: counted from 0, with known scores; the table counts them from 1.

    Raises:
        ValueError: the network has other maps.
    """
    if not comparable(scores.features):
        raise ValueError(f"Table III: expected layers of {MAPS} maps, got {len(scores.features)} "
                         f"features of {len(layers_of(scores.features))} layers")
    layers = layers_of(scores.features)

    def ranked(k: int, features: Sequence[Feature]) -> Ranked:
        return [(*layer_and_unit(feature, layers), scores.value(k, feature))
                for feature in features]
    return {k + 1: (ranked(k, scores.strongest(k, PRINTED)), ranked(k, scores.weakest(k, PRINTED)))
            for k in identities}


def statistics(table: Table) -> dict[str, float]:
    """Ten numbers of a table, by name; all but two are shares or correlations.

    They use no more of a network than what the paper prints. The seven maps in the middle of a
    ranking have equal places, and gradients in the middle of the possible ones.
    """
    strong = [units_of(strongest) for strongest, _ in table.values()]
    weak = [units_of(weakest) for _, weakest in table.values()]
    largest = np.array([strongest[0][2] for strongest, _ in table.values()])
    smallest = np.array([weakest[0][2] for _, weakest in table.values()])
    with np.errstate(divide="ignore", invalid="ignore"):        # a dead map: infinitely far away
        within, scale = np.exp(np.log(largest / smallest).mean()), largest.max() / largest.min()
    places = np.array([_places(*ends) for ends in table.values()])
    return {
        "layer 1 among the strongest": _share_of_layer(strong, 1),
        "layer 3 among the strongest": _share_of_layer(strong, 3),
        "layer 1 among the weakest": _share_of_layer(weak, 1),
        "layer 3 among the weakest": _share_of_layer(weak, 3),
        "led by layer 1": float(np.mean([units[0][0] == 1 for units in strong])),
        "strongest in common": shared(strong),
        "class agreement": _agreement(places),
        "effective maps": float(np.mean([_effective(*ends, [sum(_middle(*ends)) / 2] * MIDDLE)
                                         for ends in table.values()])),
        RATIOS[0]: float(within), RATIOS[1]: float(scale)}


def differences(network: Mapping[str, float], table: Table = TABLE_III) -> dict[str, float]:
    """How much larger each of the `statistics` of a network is than a table's, by name; of a ratio,
    how much larger its logarithm."""
    with np.errstate(divide="ignore"):
        return {name: float(np.log(network[name] / value) if name in RATIOS
                            else network[name] - value)
                for name, value in statistics(table).items()}


@dataclass(frozen=True)
class Fit:
    """How well tables of networks fit a table.

    Attributes:
        inside: how many of the ten statistics are within the range of the networks. If the table
            were of one more such network, n networks would have (n - 1)/(n + 1) of them inside.
        distance: the sum over the statistics of (mean difference / standard deviation)² over the
            networks; NaN for one network. The statistics depend on each other, so it orders
            readings, and is no test.
    """

    inside: int
    distance: float


def fit(networks: Sequence[Mapping[str, float]], table: Table = TABLE_III) -> Fit:
    """Compare a table with those of networks, whose `statistics` are given."""
    inside, distance = 0, 0.0
    found = [differences(network, table) for network in networks]
    for name in statistics(table):
        values = np.array([difference[name] for difference in found])
        inside += bool(values.min() <= 0 <= values.max())
        known = values[np.isfinite(values)]
        distance += (known.mean() / max(known.std(ddof=1), LEAST_SPREAD)) ** 2 \
            if len(known) > 1 else np.inf
    return Fit(inside, float(distance) if len(found) > 1 else np.nan)


def bounds(table: Table = TABLE_III, *, starts: int = 3) -> dict[str, tuple[float, float]]:
    """What a table says without any network, as (lowest, highest).

    "effective maps" over the identities, whatever the gradients that are not printed; "largest over
    smallest map" over the identities; "class agreement" whatever the order of the maps that are not
    printed, the extremes of `starts` climbs from random orders. "strongest in common", as a share
    of the eight, and "weakest in common" are over pairs of identities.
    """
    strong, weak = ([units_of(ends[i]) for ends in table.values()] for i in (0, 1))
    effective = [_effective_bounds(*ends) for ends in table.values()]
    ratios = [strongest[0][2] / weakest[0][2] for strongest, weakest in table.values()]
    agreement = [_agreement(_climb(table, sign, np.random.default_rng(start)))
                 for start in range(starts) for sign in (-1, 1)]
    found = {"effective maps": [end for both in effective for end in both], RATIOS[0]: ratios,
             "class agreement": agreement,
             **{f"{name} in common": [shared([a, b]) for a, b in combinations(lists, 2)]
                for name, lists in (("strongest", strong), ("weakest", weak))}}
    return {name: (min(values), max(values)) for name, values in found.items()}


def weak_for_all(table: Table = TABLE_III) -> list[Unit]:
    """The units that are among the eight weakest of every identity."""
    return sorted(set.intersection(*(set(units_of(weakest)) for _, weakest in table.values())))


def same_strongest(table: Table = TABLE_III) -> list[tuple[int, int]]:
    """The pairs of identities that have the same eight strongest units, in any order."""
    return [(a, b) for a, b in combinations(table, 2)
            if {*units_of(table[a][0])} == {*units_of(table[b][0])}]


def not_weak(units: Sequence[Unit] = PROBLEMATIC,
             table: Table = TABLE_III) -> list[tuple[Unit, int, int | None]]:
    """Where a table contradicts that these units are weak for all: (unit, identity, place).

    The place is the unit's among the identity's strongest; None if it is in neither list.
    """
    found: list[tuple[Unit, int, int | None]] = []
    for unit in units:
        for identity, (strongest, weakest) in table.items():
            if unit not in units_of(weakest):
                top = units_of(strongest)
                found.append((unit, identity, top.index(unit) + 1 if unit in top else None))
    return found


def shared(lists: Sequence[Sequence[Unit]]) -> float:
    """The share |A ∩ B| / 8 of one list of eight that another has too, over all pairs of lists.

    Chance alone would give 8/23 = 35 %. The Jaccard index |A ∩ B| / |A ∪ B| of a pair is s/(2 - s).
    """
    return float(np.mean([len({*a} & {*b}) / len(a) for a, b in combinations(lists, 2)]))


def units_of(ranked: Ranked) -> list[Unit]:
    """The units of a list of Table III, without their gradients."""
    return [(layer, unit) for layer, unit, _ in ranked]


def _share_of_layer(lists: Sequence[Sequence[Unit]], layer: int) -> float:
    return float(np.mean([unit[0] == layer for units in lists for unit in units]))


def _middle(strongest: Ranked, weakest: Ranked) -> tuple[float, float]:
    """The smallest and the largest gradient that a map which is not printed can have."""
    return weakest[-1][2], strongest[-1][2]


def _effective(strongest: Ranked, weakest: Ranked, middle: Sequence[float]) -> float:
    printed = [gradient for _, _, gradient in [*strongest, *weakest]]
    return float(effective_maps(np.array([[*printed, *middle]]))[0])


def _effective_bounds(strongest: Ranked, weakest: Ranked) -> tuple[float, float]:
    """Of (Σ δ)²/Σ δ², over all gradients of the middle between a and b.

    Along one gradient it rises and then falls, so it is lowest if each is a or b. For a given sum,
    it is highest if all are equal; of equal ones, those nearest to Σ δ²/Σ δ of the printed.
    """
    a, b = _middle(strongest, weakest)
    printed = np.array([gradient for _, _, gradient in [*strongest, *weakest]])
    best = float(np.clip((printed @ printed) / printed.sum(), a, b)) if printed.sum() else a
    return (min(_effective(strongest, weakest, [a] * n + [b] * (MIDDLE - n))
                for n in range(MIDDLE + 1)),
            _effective(strongest, weakest, [best] * MIDDLE))


def _places(strongest: Ranked, weakest: Ranked) -> Array:
    """(23,) places of all units, from 1; the mean place for those in the middle."""
    places = dict.fromkeys(UNITS, (len(UNITS) + 1) / 2)
    places |= {unit: 1 + i for i, unit in enumerate(units_of(strongest))}
    places |= {unit: len(UNITS) - i for i, unit in enumerate(units_of(weakest))}
    return np.array([places[unit] for unit in UNITS], float)


def _agreement(places: Array) -> float:
    """Spearman's correlation of two rows of places, over all pairs."""
    return float(np.mean([spearman(a, b) for a, b in combinations(places, 2)]))


def _climb(table: Table, sign: int, rng: np.random.Generator) -> Array:
    """(identities, 23) places with the largest agreement (`sign` 1) or the smallest (-1) that is
    found from a random order of the middle.

    For one identity, given the others, the best order of its middle is that of the others' sums.
    """
    places = np.array([_places(*ends) for ends in table.values()])
    free = [np.flatnonzero(row == (len(UNITS) + 1) / 2) for row in places]
    ranks = np.arange(PRINTED + 1, PRINTED + MIDDLE + 1)
    for row, middle in zip(places, free, strict=True):
        row[middle] = rng.permutation(ranks)
    before = None
    while before is None or (places != before).any():
        before = places.copy()
        for row, middle in zip(places, free, strict=True):
            others = sign * (places.sum(axis=0) - row)[middle]
            row[middle[np.argsort(others, kind="stable")]] = ranks
    return places
