"""Verdicts follow from thresholds and intervals."""

import numpy as np
import pytest
from scipy import stats

from tinycnn.analysis.claims import Claim, Interval, interval

HIGH = Claim("high", "V", "It is large.", "size", 0.5, 0.25, "{:.0%}")
LOW = Claim("low", "V", "It is small.", "size", 0.25, 0.5, "{:.0%}", lower_is_better=True)


@pytest.mark.parametrize(("low", "high", "verdict"), [
    (0.5, 0.9, "holds"), (0.49, 0.9, "holds in part"), (0.25, 0.4, "holds in part"),
    (0.2, 0.9, "cannot be told"), (0.2, 0.26, "cannot be told"), (0.1, 0.24, "does not hold")])
def test_large_is_good(low, high, verdict):
    assert HIGH.verdict(Interval((low + high) / 2, low, high, 10)) == verdict


@pytest.mark.parametrize(("low", "high", "verdict"), [
    (0.1, 0.25, "holds"), (0.1, 0.26, "holds in part"), (0.3, 0.5, "holds in part"),
    (0.1, 0.6, "cannot be told"), (0.51, 0.6, "does not hold")])
def test_small_is_good(low, high, verdict):
    assert LOW.verdict(Interval((low + high) / 2, low, high, 10)) == verdict


@pytest.mark.parametrize("values", [[], [0.9], [0.9, 0.9], [np.nan] * 5])
def test_too_few_networks_tell_nothing(values):
    assert HIGH.verdict(interval(np.array(values))) == "cannot be told"


def test_the_interval_is_students():
    values = np.array([1.0, 2.0, 4.0, np.nan, 5.0])
    found = interval(values)
    assert found.n == 4
    assert found.mean == 3
    known = values[np.isfinite(values)]
    assert (found.low, found.high) == pytest.approx(
        stats.t.interval(0.95, 3, known.mean(), stats.sem(known)))


def test_it_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    found = [interval(rng.normal(7, 2, 10)) for _ in range(2000)]
    assert np.mean([f.low <= 7 <= f.high for f in found]) == pytest.approx(0.95, abs=0.015)


def test_a_number_that_is_always_the_same():
    assert interval(np.ones(3)) == Interval(1, 1, 1, 3)
    assert HIGH.verdict(interval(np.ones(3))) == "holds"


def test_words():
    assert HIGH.text(Interval(0.62, 0.58, 0.66, 9)) == "62% (58% to 66%)"
    assert HIGH.text(interval(np.array([0.62]))) == "62% (one network)"
    assert HIGH.text(interval(np.array([]))) == "not measured"
    assert HIGH.thresholds == "holds ≥ 50%; in part ≥ 25%"
    assert LOW.thresholds == "holds ≤ 25%; in part ≤ 50%"


def test_to_be_equal_is_not_to_be_better():
    better = Claim("better", "", "It is better.", "difference", 0.05, 0.0)
    for low, high, verdict in ((0.0, 0.0, "does not hold"), (1e-16, 1e-16, "does not hold"),
                               (-0.1, 0.0, "does not hold"), (0.0, 0.1, "cannot be told"),
                               (0.01, 0.1, "holds in part"), (0.05, 0.1, "holds")):
        assert better.verdict(Interval((low + high) / 2, low, high, 3)) == verdict
    assert better.thresholds == "holds ≥ 0.05; in part > 0.00"


def test_no_end_of_an_interval_is_impossible():
    values = np.array([0.0, 0.1, 0.5])
    assert interval(values).low < 0
    assert interval(values, (0, np.inf)) == Interval(values.mean(), 0, interval(values).high, 3)
    assert interval(np.array([1.0, 0.9, 0.5]), (0, 1)).high == 1
