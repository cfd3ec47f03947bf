"""Intervals of shares, factors, ratios of means and all other numbers."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from tinycnn.analysis.intervals import Interval, interval, networks_needed, ratio

SHARE, FACTOR, PLAIN = (0, 1), (1, np.inf), (-np.inf, np.inf)


def ends(found):
    return found.low, found.high


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_a_number_has_students_interval(level):
    values = np.array([1.0, 2.0, 4.0, np.nan, 5.0])
    known = values[np.isfinite(values)]
    found = interval(values, level=level)
    assert (found.mean, found.n) == (3, 4)
    assert ends(found) == pytest.approx(stats.t.interval(level, 3, 3, stats.sem(known)))
    assert ends(interval(values, (2.9, 3.1), level)) == (2.9, 3.1)


def test_a_factor_has_students_interval_of_its_logarithm():
    values = np.array([2.9, 5.0, 40.0, 3.0])
    found = interval(values, FACTOR)
    assert found.mean == pytest.approx(stats.gmean(values))
    low, high = stats.t.interval(0.95, 3, np.log(values).mean(), stats.sem(np.log(values)))
    assert low < 0.1
    assert ends(found) == pytest.approx((max(np.exp(low), 1), np.exp(high)))
    far = interval(values ** 0.1 * 20, FACTOR)
    assert far.low > 1
    assert far.mean ** 2 == pytest.approx(far.low * far.high)


@pytest.mark.parametrize("kind", [SHARE, FACTOR, PLAIN])
@pytest.mark.parametrize("values", [[], [1.0], [np.nan, 1.0]])
def test_fewer_than_two_have_no_interval(values, kind):
    found = interval(np.array(values), kind)
    assert found.n == np.isfinite(values).sum()
    assert np.isnan(ends(found)).all()
    assert found.mean == 1 if found.n else np.isnan(found.mean)


@pytest.mark.parametrize(("yes", "n"), [(0, 10), (10, 10), (3, 10), (1, 3), (0, 3), (7, 25)])
def test_yes_and_no_have_the_exact_interval(yes, n):
    found = interval(np.r_[np.ones(yes), np.zeros(n - yes)], SHARE)
    exact = stats.binomtest(yes, n).proportion_ci(method="exact")
    assert ends(found) == pytest.approx((exact.low, exact.high))


def korn_graubard(values, level=0.95):
    """The ends, each found by trying: so many yes, or so few, become too rare there."""
    n, p = len(values), np.mean(values)
    m = p * (1 - p) * n / np.var(values, ddof=1)
    m *= (stats.norm.ppf((1 + level) / 2) / stats.t.ppf((1 + level) / 2, n - 1)) ** 2
    return (brentq(lambda x: stats.beta.cdf(x, m * p, m - m * p + 1) - (1 - level) / 2, 0, 1),
            brentq(lambda x: stats.beta.sf(x, m * p + 1, m - m * p) - (1 - level) / 2, 0, 1))


@pytest.mark.parametrize("n", [2, 3, 10, 25])
def test_a_share_has_korn_and_graubards_interval(n):
    rng = np.random.default_rng(n)
    for mean in (0.05, 0.3, 0.9):
        values = rng.beta(8 * mean, 8 - 8 * mean, n)
        found = interval(values, SHARE)
        assert found.mean == values.mean()
        assert ends(found) == pytest.approx(korn_graubard(values), abs=1e-5)
        mirrored = interval(1 - values, SHARE)
        assert ends(mirrored) == pytest.approx((1 - found.high, 1 - found.low))
        if found.mean < 0.2:
            assert found.high - found.mean > found.mean - found.low


def test_no_end_of_an_interval_is_impossible():
    rng = np.random.default_rng(0)
    for _ in range(200):
        values = np.clip(rng.normal(rng.random(), 0.4, rng.integers(2, 12)), 0, 1)
        found = interval(values, SHARE, rng.choice([0.5, 0.95, 0.9999]))
        assert 0 <= found.low <= found.mean <= found.high <= 1
    values = np.array([0.0, 0.1, 0.5])
    assert interval(values).low < 0
    assert interval(values, (0, np.inf)) == Interval(values.mean(), 0, interval(values).high, 3)


def test_a_higher_level_has_a_wider_interval():
    values = np.random.default_rng(1).beta(2, 3, (2, 6))
    for find in (lambda level: interval(values[0], SHARE, level),
                 lambda level: interval(values[0], PLAIN, level),
                 lambda level: interval(1 / values[0], FACTOR, level),
                 lambda level: ratio(*values, level)):
        found = np.array([ends(find(level)) for level in (0.1, 0.5, 0.9, 0.95, 0.96)])
        assert (np.diff(found[:, 0]) <= 0).all()
        assert (np.diff(found[:, 1]) >= 0).all()


@pytest.mark.parametrize("kind", [SHARE, PLAIN])
def test_a_number_that_is_always_the_same(kind):
    assert interval(np.full(3, 0.6), kind) == Interval(0.6, 0.6, 0.6, 3)
    tiny = interval(np.array([0.1 + 0.2, 0.3, 0.3]), kind)
    assert (tiny.low, tiny.high) == pytest.approx((0.3, 0.3))


def test_it_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)

    def covered(found, truth):
        return np.mean([f.low <= truth <= f.high for f in found])
    for n in (3, 10):
        few = [interval(rng.normal(7, 2, n)) for _ in range(2000)]
        assert covered(few, 7) == pytest.approx(0.95, abs=0.015)
        for mean in (0.05, 0.5):
            shares = [interval(rng.beta(10 * mean, 10 - 10 * mean, n), SHARE) for _ in range(1000)]
            assert covered(shares, mean) > 0.89         # 0.90 if most are near an end
            images = [interval(rng.binomial(15, rng.beta(10 * mean, 10 - 10 * mean, n)) / 15,
                               SHARE) for _ in range(1000)]
            assert covered(images, mean) > 0.93


def test_a_ratio_of_means_is_covered_where_a_mean_of_ratios_is_not():
    rng, covered, cut = np.random.default_rng(2), [], []
    for _ in range(1000):
        bottoms = rng.normal(0.3, 0.1, 10)
        tops = 0.5 * bottoms + rng.normal(0, 0.05, 10)
        found = ratio(tops, bottoms)
        covered.append(found.low <= 0.5 <= found.high)
        cut.append(abs((tops / bottoms).mean() - 0.5) > abs(found.mean - 0.5))
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)
    assert np.mean(cut) > 0.5


def test_fiellers_ends_are_where_the_difference_cannot_be_told():
    rng = np.random.default_rng(3)
    for n in (3, 10):
        bottoms = rng.normal(0.5, 0.05, n)
        tops = rng.normal(0.2, 0.1, n)
        found = ratio(tops, bottoms, 0.9)
        assert found.mean == pytest.approx(tops.mean() / bottoms.mean())
        for end in ends(found):
            assert stats.ttest_1samp(tops - end * bottoms, 0).pvalue == pytest.approx(0.1)
    with_gaps = ratio(np.r_[tops, np.nan, 1], np.r_[bottoms, 1, np.nan], 0.9)
    assert with_gaps == found


@pytest.mark.parametrize("bottoms", [[0.3, -0.2, 0.1], [0.0, 0.0, 0.0], [-0.3, -0.31, -0.29]])
def test_there_is_no_share_of_no_gain(bottoms):
    found = ratio(np.array([0.1, 0.2, 0.1]), np.array(bottoms))
    assert found.n == 3
    assert np.isnan([found.mean, found.low, found.high]).all()


def test_one_pair_is_a_ratio_without_interval():
    assert ratio(np.array([0.1]), np.array([0.4])).mean == 0.25
    assert np.isnan(ratio(np.array([0.1]), np.array([-0.4])).mean)
    assert ratio(np.array([]), np.array([])).n == 0


def test_so_many_networks_tell_four_times_in_five():
    rng = np.random.default_rng(4)
    for effect in (0.4, 1.5):
        values = rng.normal(0, 1, 10)
        values = 3 + effect + (values - values.mean()) / values.std(ddof=1)
        n = int(networks_needed(values, 3))
        told = [interval(rng.normal(3 + effect, 1, n)).low > 3 for _ in range(1500)]
        assert 0.76 < np.mean(told) < 0.9           # of few networks, one more is a large step
    assert networks_needed(values, values.mean() + 0.01) == np.inf
    assert networks_needed(np.r_[values, np.nan], 3) == n


def test_it_needs_as_many_yes_as_the_exact_interval():
    for threshold in (0.75, 0.9, 0.99):
        n = int(networks_needed(np.ones(3), threshold, SHARE))
        assert interval(np.ones(n), SHARE).low >= threshold > interval(np.ones(n - 1), SHARE).low
        assert networks_needed(np.zeros(3), 1 - threshold, SHARE) == n
    assert networks_needed(np.ones(3), 1, SHARE) == networks_needed(np.zeros(3), 0, SHARE) == np.inf


def test_factors_are_told_apart_by_their_logarithms():
    values = np.array([2.0, 8.0, 4.0, 3.0])
    assert (networks_needed(values, 10, FACTOR)
            == networks_needed(np.log(values), np.log(10)) > 3)
