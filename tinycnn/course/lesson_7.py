"""Lesson 7, curves and their controls: what is right, and what usually goes wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from ..analysis.claims import Claim, Interval, interval
from ..analysis.controls import LayerMatched, area, percentile
from .exercise import Exercise, Written

Array = np.ndarray
Cases = list[tuple[Any, ...]]


def _curves(rng: np.random.Generator) -> Cases:
    return [(np.sort(rng.random(size=n)),) for n in (5, 11, 8)]


def _draws(rng: np.random.Generator) -> Cases:
    """Errors of few images, in eighths: some draws are equal to the value."""
    return [(int(rng.integers(2, 7)) / 8, rng.integers(9, size=n) / 8) for n in (20, 40, 50)]


def _gone(layers: Array, L: int) -> Array:
    features = [(str(layer), 0) for layer in range(L)]      # one map of each layer is enough
    matched = LayerMatched(features, 0, np.random.default_rng(0))
    return np.array(matched.counts([(str(layer), 0) for layer in layers]))


def _orders(rng: np.random.Generator) -> Cases:
    return [(rng.permutation(np.repeat(np.arange(len(sizes)), sizes))[:n], len(sizes))
            for sizes, n in (((5, 8, 10), 10), ((3, 4), 5), ((2, 3, 4, 5), 14))]


def _from_the_end(layers: Array, L: int) -> Array:
    return _gone(layers, L)[-1] - _gone(layers, L)


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


def _auc(within: Array, between: Array) -> float:
    return float(stats.mannwhitneyu(within, between).statistic / (len(within) * len(between)))


def _likenesses(rng: np.random.Generator) -> Cases:
    """In sixteenths, so that some pairs are equally alike."""
    return [(rng.integers(6, 17, size=n) / 16, rng.integers(3, 15, size=m) / 16)
            for n, m in ((6, 9), (10, 25), (15, 8))]


EXERCISES: dict[str, Exercise] = {
    "7.1": Written(
        area, _curves,
        {"step 0, where nothing is removed, is counted": lambda error: error.mean(),
         "that is only the last step": lambda error: error[-1],
         "that is the sum over the removals, not the mean": lambda error: error[1:].sum(),
         "that is what the removals add to the error": lambda error: error[1:].mean() - error[0]}),
    "7.2": Written(
        percentile, _draws,
        {"draws that are equal count half, but here they do not count":
            lambda value, draws: (draws < value).mean(),
         "draws that are equal count half, but here they count in full":
            lambda value, draws: (draws <= value).mean(),
         "that is the share of draws above it": lambda *case: 1 - percentile(*case)}),
    "7.3": Written(
        _gone, _orders,
        {"row 0, where nothing is removed, is missing": lambda layers, L: _gone(layers, L)[1:],
         "that is what each step removes, not all that is removed after it":
             lambda layers, L: np.vstack([np.zeros(L), np.diff(_gone(layers, L), axis=0)]),
         "that is what is still to be removed": _from_the_end}),
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
        _auc, _likenesses,
        {"pairs that are equally alike count half, but here they do not count":
            lambda within, between: (within[:, None] > between).mean(),
         "pairs that are equally alike count half, but here they count in full":
            lambda within, between: (within[:, None] >= between).mean(),
         "the two groups are exchanged": lambda within, between: _auc(between, within),
         "each value of the first is compared with the mean of the second, not with each of them":
             lambda within, between: (within > between.mean()).mean()}),
}
