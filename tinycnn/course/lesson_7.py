"""Lesson 7, curves and their controls: what is right, and what usually goes wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from ..analysis.claims import Claim
from ..analysis.controls import own_minus_others, percentile
from ..analysis.intervals import Interval, interval
from .exercise import Answer, Exercise, Written

Array = np.ndarray
Cases = list[tuple[Any, ...]]


def _draws(rng: np.random.Generator) -> Cases:
    """Errors of few images, in eighths: some draws are equal to the value."""
    return [(int(rng.integers(2, 7)) / 8, rng.integers(9, size=n) / 8) for n in (20, 40, 50)]


def _swaps(rng: np.random.Generator) -> Cases:
    return [(rng.integers(11, size=(n, n)) / 11 + 0.3 * np.eye(n),) for n in (3, 5, 4)]


def _gains(rng: np.random.Generator) -> Cases:
    """Of all it gains and of its maps; one network gains little, as it happens."""
    cases: Cases = []
    for n in (3, 5, 10):
        all_of_it = np.append(rng.uniform(0.2, 0.6, size=n - 1), 0.06)
        cases.append((all_of_it * rng.uniform(-0.2, 1, size=n), all_of_it))
    return cases


def _seeds(rng: np.random.Generator) -> Cases:
    return [(rng.normal(0.2, 0.1, size=n),) for n in (3, 5, 10, 2)]


def _ends(values: Array, quantile: float, ddof: int = 1, root: bool = True) -> Array:
    """mean -+ quantile · s / √n, with s and √n as the arguments say."""
    half = quantile * values.std(ddof=ddof) / (np.sqrt(len(values)) if root else 1)
    return values.mean() + np.array([-half, half])


def _t(values: Array, level: float) -> float:
    return float(stats.t.ppf(level, len(values) - 1))


def _interval(values: Array) -> Array:
    found = interval(values)
    return np.array([found.low, found.high])


def _verdict(low: float, high: float, holds: float, partly: float) -> str:
    claim = Claim("", "", "", "", holds, partly)
    return claim.verdict(Interval((low + high) / 2, low, high, 10))


def _by_one_number(value: float, holds: float, partly: float) -> str:
    return _verdict(value, value, holds, partly)


def _without_doubt(low: float, high: float, holds: float, partly: float) -> str:
    found = _verdict(low, high, holds, partly)
    return "does not hold" if found == "cannot be told" else found


def _intervals(rng: np.random.Generator) -> Cases:
    """Above both thresholds, between them, below both, across one of them, and across both."""
    cases: Cases = []
    for _ in range(3):
        for place, width in ((2, 0.3), (0.5, 0.3), (-1, 0.3), (1, 0.3), (0, 0.3), (0.5, 2)):
            partly, step = float(rng.uniform(0, 0.2)), float(rng.uniform(0.1, 0.3))
            middle, half = partly + place * step, width * step * float(rng.uniform(0.8, 1))
            ends = round(middle - half, 3), round(middle + half, 3)
            cases.append((*ends, round(partly + step, 3), round(partly, 3)))
    return [*cases, (0.5, 0.75, 0.5, 0.25), (0.0, 0.25, 0.5, 0.25)]     # an end on a threshold


def _matched(alike: Array, t: Array, c: Array, *, at: str = "b", equal: float = 0.5,
             itself: bool = False) -> float:
    """Comparison by comparison, from the definition; the options are the mistakes."""
    won = total = 0.0
    n = range(len(t))
    for a, b, rival in ((a, b, rival) for a in n for b in n for rival in n):
        if t[a] != t[b] or t[a] == t[rival] or (c[a] == c[b] and not (itself and a == b)):
            continue
        if at == "anywhere" or c[rival] == c[b if at == "b" else a]:
            won += (alike[a, b] > alike[a, rival]) + equal * (alike[a, b] == alike[a, rival])
            total += 1
    return won / total


def _person_by_person(alike: Array, t: Array, c: Array) -> float:
    """Every pair counts as one, however many rivals it has."""
    found = [((alike[a, b] > rivals) + (alike[a, b] == rivals) / 2).mean()
             for a in range(len(t)) for b in range(len(t))
             if t[a] == t[b] and c[a] != c[b]
             and (rivals := alike[a, (t != t[a]) & (c == c[b])]).size]
    return float(np.mean(found))


def _likenesses(rng: np.random.Generator) -> Cases:
    """In sixteenths, so that some are equally alike; somebody lacks a condition."""
    cases: Cases = []
    for people, conditions in ((3, 4), (4, 3), (5, 3)):
        t, c = np.divmod(rng.permutation(people * conditions)[1:], conditions)
        near = 3 * (t[:, None] == t) + 4 * (c[:, None] == c)
        noise = rng.integers(7, size=near.shape)
        alike = np.minimum(near + noise, (near + noise).T) / 16
        np.fill_diagonal(alike, 1)
        cases.append((alike, t, c))
    return cases


CONTROLS = ("random maps", "same layers", "maps of others", "more networks", "untrained network",
            "equal conditions")


def _exchanged(i: int, j: int) -> Any:
    places = {i: j, j: i}
    return lambda: [CONTROLS[places.get(n, n)] for n in range(len(CONTROLS))]


EXERCISES: dict[str, Exercise] = {
    "7.1": Written(
        percentile, _draws,
        {"draws that are equal count half, but here they do not count":
            lambda value, draws: (draws < value).mean(),
         "draws that are equal count half, but here they count in full":
            lambda value, draws: (draws <= value).mean(),
         "that is the share of draws above it": lambda *case: 1 - percentile(*case)}),
    "7.2": Written(
        own_minus_others, _swaps,
        {"the own maps are among the others: take the mean of the K - 1 others only":
            lambda areas: (areas.diagonal() - areas.mean(axis=0)).mean(),
         "those are the errors without the own maps; subtract those without the others'":
            lambda areas: areas.diagonal().mean(),
         "the others' numbers are added up, but their mean is wanted":
            lambda areas: (2 * areas.diagonal() - areas.sum(axis=0)).mean(),
         "that is others minus own": lambda areas: -own_minus_others(areas),
         "that is one number for each person; average them":
            lambda areas: areas.diagonal() - (areas.sum(axis=0) - areas.diagonal())
            / (len(areas) - 1)}),
    "7.3": Written(
        lambda of_maps, all_of_it: of_maps.mean() / all_of_it.mean(), _gains,
        {"that is the mean of the ratios: average first, and divide after":
            lambda of_maps, all_of_it: (of_maps / all_of_it).mean(),
         "the ratio is inverted": lambda of_maps, all_of_it: all_of_it.mean() / of_maps.mean(),
         "that is the share due to the layers":
            lambda of_maps, all_of_it: 1 - of_maps.mean() / all_of_it.mean(),
         "that is the median of the ratios":
            lambda of_maps, all_of_it: np.median(of_maps / all_of_it)}),
    "7.4": Written(
        _interval, _seeds,
        {"1.96 is for many numbers: with few, take the quantile of Student's t":
            lambda values: _ends(values, float(stats.norm.ppf(0.975))),
         "s needs n - 1 (ddof=1)": lambda values: _ends(values, _t(values, 0.975), ddof=0),
         "that is the range of single networks: for their mean, divide by √n":
             lambda values: _ends(values, _t(values, 0.975), root=False),
         "Student's t has n - 1 degrees of freedom here": lambda values:
             _ends(values, float(stats.t.ppf(0.975, len(values)))),
         "those are the mean and the half of the interval, not its two ends":
             lambda values: np.array([values.mean(), np.ptp(_interval(values)) / 2]),
         "2.5 % are left out at each end, so take the quantile at 0.975":
             lambda values: _ends(values, _t(values, 0.95))}),
    "7.5": Written(
        _verdict, _intervals,
        {"that is the verdict on the middle of the interval":
            lambda low, high, holds, partly: _by_one_number((low + high) / 2, holds, partly),
         "at a threshold counts as above it: >= for low, < for high": lambda low, high, *thresholds:
             _verdict(low - 1e-9, high - 1e-9, *thresholds),
         "the whole interval must be above a threshold, not only its upper end":
             lambda low, high, holds, partly: _by_one_number(high, holds, partly),
         "a claim that is not proved is not refuted either: \"cannot be told\" is missing":
             _without_doubt}),
    "7.6": Written(
        _matched, _likenesses,
        {"the rivals are those under the condition of b, not of a":
            lambda *case: _matched(*case, at="a"),
         "the rivals have any condition: so the condition can decide again":
            lambda *case: _matched(*case, at="anywhere"),
         "equal ones count half, but here they do not count":
            lambda *case: _matched(*case, equal=0),
         "equal ones count half, but here they count in full":
            lambda *case: _matched(*case, equal=1),
         "an image is compared with itself: b needs another condition than a":
            lambda *case: _matched(*case, itself=True),
         "every comparison counts as one; a mean for each pair, and then the mean of these, is "
         "something else if pairs have more or fewer rivals": _person_by_person}),
    "7.7": Answer(
        lambda: [*CONTROLS],
        {"A and B are exchanged: B has already been compared with random maps": _exchanged(0, 1),
         "A and C are exchanged: C speaks of one person's own maps, A of maps that matter at all":
            _exchanged(0, 2),
         "B and C are exchanged: C is about people, B about layers": _exchanged(1, 2),
         "E and F are exchanged: F compares with pixels, and nothing is learnt there":
            _exchanged(4, 5)}),
}
