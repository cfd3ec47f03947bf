"""Verdicts follow from thresholds, intervals and controls."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tinycnn.analysis.claims import VERDICTS, Claim, Judged, holm
from tinycnn.analysis.intervals import Interval, interval

HIGH = Claim("high", "V", "It is large.", "size", 0.5, 0.25, "{:.0%}")
LOW = Claim("low", "V", "It is small.", "size", 0.25, 0.5, "{:.0%}", lower_is_better=True)
SHARE = replace(HIGH, within=(0, 1))


@pytest.mark.parametrize(("low", "high", "verdict"), [
    (0.5, 0.9, "holds"), (0.49, 0.9, "holds in part"), (0.25, 0.4, "holds in part"),
    (0.2, 0.9, "cannot be told"), (0.2, 0.26, "cannot be told"), (0.1, 0.25, "cannot be told"),
    (0.1, 0.24, "does not hold")])
def test_large_is_good(low, high, verdict):
    assert HIGH.verdict(Interval((low + high) / 2, low, high, 10)) == verdict


@pytest.mark.parametrize(("low", "high", "verdict"), [
    (0.1, 0.25, "holds"), (0.1, 0.26, "holds in part"), (0.3, 0.5, "holds in part"),
    (0.1, 0.6, "cannot be told"), (0.5, 0.6, "cannot be told"), (0.51, 0.6, "does not hold")])
def test_small_is_good(low, high, verdict):
    assert LOW.verdict(Interval((low + high) / 2, low, high, 10)) == verdict


@pytest.mark.parametrize("values", [[], [0.9], [0.9, 0.9], [np.nan] * 5])
def test_too_few_networks_tell_nothing(values):
    assert HIGH.verdict(interval(np.array(values))) == "cannot be told"


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


@pytest.mark.parametrize(("claim", "good", "bad"), [(HIGH, 1, -1), (LOW, -1, 1)])
def test_what_the_control_does_as_well_says_nothing(claim, good, bad):
    passes, in_part = ((0.6, 0.9), (0.3, 0.4)) if claim is HIGH else ((0.1, 0.2), (0.3, 0.4))
    fails = (0.1, 0.2) if claim is HIGH else (0.6, 0.9)
    across = (0.1, 0.9)

    def verdict(ends, *beyond):
        return claim.verdict(Interval(0, *ends, 9), Interval(0, *sorted(beyond), 9))
    for ends, as_before in ((passes, "holds"), (in_part, "holds in part")):
        assert verdict(ends, 0.1 * good, 0.2 * good) == as_before
        for beyond in ((0.1 * bad, 0.2 * good), (0.1 * bad, 0.2 * bad), (0, 0), (0, 0.2 * good)):
            assert verdict(ends, *beyond) == "says nothing"
    for beyond in ((0.1 * good, 0.2 * good), (0.1 * bad, 0.2 * bad)):
        assert verdict(fails, *beyond) == "does not hold"
        assert verdict(across, *beyond) == "cannot be told"


def test_networks_are_compared_with_their_own_controls():
    rng = np.random.default_rng(0)
    control = rng.uniform(0.5, 0.95, 10)                    # varies much more than the difference
    better = Judged(SHARE, control + rng.uniform(0.01, 0.05, 10), control)
    assert better.verdict == "holds"
    assert better.text.endswith(f"); the control: {control.mean():.0%}")
    assert better.control == pytest.approx(control.mean())
    assert Judged(SHARE, better.values, rng.permutation(control)).verdict == "says nothing"
    equal = Judged(SHARE, control, control)
    assert (equal.verdict, equal.remark) == ("says nothing", "the control is as good")
    unknown = Judged(SHARE, control, np.r_[0.9, 0.9, np.full(8, np.nan)])
    assert unknown.verdict == "holds"                       # two pairs are too few to compare
    assert Judged(SHARE, control / 9, control / 9).verdict == "does not hold"
    assert Judged(SHARE, np.full(4, np.nan), np.ones(4)).text == "not measured"


def test_a_ratio_is_that_of_the_means():
    rng = np.random.default_rng(1)
    gain = rng.uniform(0.2, 0.4, 10)
    pairs = np.stack([0.6 * gain + rng.normal(0, 0.01, 10), gain], axis=1)
    found = Judged(HIGH, pairs)
    assert found.measured.mean == pytest.approx(pairs[:, 0].sum() / pairs[:, 1].sum())
    assert found.verdict == "holds"
    pairs[:, 1] -= 0.3
    nothing = Judged(HIGH, pairs)
    assert nothing.verdict == "cannot be told"
    assert nothing.text == "not measured: the gain itself is not surely above 0"
    assert nothing.remark == ""
    assert np.isnan(nothing.p)


def test_p_is_where_the_interval_reaches_the_threshold():
    rng = np.random.default_rng(2)
    values = rng.normal(0.7, 0.1, 8)
    for claim, threshold in ((HIGH, 0.5), (LOW, 0.5)):
        found = Judged(claim, values)
        assert found.verdict == ("holds" if claim is HIGH else "does not hold")
        assert found.p == pytest.approx(stats.ttest_1samp(values, threshold).pvalue, rel=2e-3)
    in_part = Judged(HIGH, values - 0.25)
    assert in_part.verdict == "holds in part"
    assert in_part.p == pytest.approx(stats.ttest_1samp(values, 0.5).pvalue, rel=2e-3)
    untold = Judged(HIGH, values - 0.42)
    assert untold.verdict == "cannot be told"
    assert untold.p == pytest.approx(stats.ttest_1samp(values, 0.67).pvalue, rel=2e-3)
    for few in ([0.7, 0.8], [np.nan] * 4):
        assert np.isnan(Judged(HIGH, np.array(few)).p)
    assert Judged(HIGH, np.full(3, 0.7)).p == 0
    ones = Judged(SHARE, np.ones(10))
    assert ones.p == pytest.approx(2 * 0.5 ** 10, rel=2e-3)     # Clopper and Pearson's end is 1/2
    three = Judged(SHARE, np.ones(3))
    assert three.verdict == "holds in part"
    assert three.p == pytest.approx(2 * 0.25 ** 3, rel=2e-3)


def test_p_of_a_claim_with_a_control_is_the_larger_one():
    rng = np.random.default_rng(3)
    control = rng.uniform(0.6, 0.7, 8)
    values = control + rng.normal(0.1, 0.08, 8)
    found = Judged(HIGH, values, control)
    ps = (stats.ttest_1samp(values, 0.5).pvalue, stats.ttest_rel(values, control).pvalue)
    assert ps[0] < ps[1] < 0.05
    assert found.verdict == "holds"
    assert found.p == pytest.approx(ps[1], rel=2e-3)
    assert Judged(HIGH, values, values + 0.1).p == 1


def test_a_number_that_rounds_to_0_has_no_sign():
    claim = Claim("x", "", "", "", holds=0.5, partly=0.2)
    found = Judged(claim, np.array([-0.003, -0.001, -0.002]), null=np.full(3, -0.001))
    assert found.text == "0.00 (0.00 to 0.00); the control: 0.00"


def test_why_it_cannot_be_told():
    values = np.random.default_rng(4).normal(0, 0.1, 10)
    values -= values.mean()

    def remark(mean, claim=HIGH):
        found = Judged(claim, values + mean)
        assert found.verdict == "cannot be told"
        return found.remark
    assert remark(0.251) == remark(0.25) == "on the threshold: more networks would hardly help"
    assert Judged(HIGH, np.array([0.3, 0.9])).remark == "too few networks (3 at least)"
    n = int(remark(0.29).removeprefix("imprecise: about ").removesuffix(" networks would tell"))
    spread = stats.norm.ppf([0.975, 0.8]).sum() * values.std(ddof=1) / 0.04
    assert n == pytest.approx(spread ** 2, rel=0.1)         # the usual formula, for many networks
    assert remark(0.21) == remark(0.29)
    assert remark(0.46, LOW) == remark(0.29)
    pairs = Judged(HIGH, np.stack([values + 0.29, np.ones(10)], axis=1))
    assert (pairs.verdict, pairs.remark) == ("cannot be told", remark(0.29))
    ceiling = Judged(replace(SHARE, partly=0.75, holds=0.9), np.ones(10))
    assert ceiling.remark == "imprecise: about 13 networks would tell"
    near_the_end = Judged(replace(SHARE, partly=0.5), np.array([1, 1, 0.9]))
    assert near_the_end.remark == "imprecise: about 4 networks would tell"
    for mean in (0.1, 0.4, 0.7):
        assert Judged(HIGH, values + mean).remark == ""
    assert Judged(HIGH, values + 0.7, alone=True).remark == "alone: stands as the only claim"


def holm_by_hand(p, level):
    """Adjusted p-values, as R's p.adjust has them."""
    known = [i for i in range(len(p)) if not np.isnan(p[i])]
    stand = [False] * len(p)
    for i in known:
        smaller = [j for j in known if p[j] <= p[i]]
        adjusted = max((len(known) - sum(p[k] < p[j] for k in known)) * p[j] for j in smaller)
        stand[i] = adjusted <= level
    return stand


def test_holm():
    assert holm([0.01, 0.04, np.nan, 0.001, 0.5]) == [True, False, False, True, False]
    assert holm([0.04]) == [True]
    assert holm([0.04, 0.9]) == [False, False]          # who asks twice
    assert holm([0.03, 0.03]) == [False, False]         # the first that fails ends it
    assert holm([]) == []
    assert holm([np.nan]) == [False]
    rng = np.random.default_rng(5)
    for n in (1, 2, 7, 40):
        for _ in range(20):
            p = rng.random(n) ** 4
            p[rng.random(n) < 0.2] = np.nan
            assert holm(p.tolist()) == holm_by_hand(p, 0.05)


def test_holm_is_wrong_about_any_of_forty_no_more_often_than_it_says():
    rng = np.random.default_rng(6)
    wrong = [any(holm(rng.random(40).tolist())) for _ in range(2000)]
    assert np.mean(wrong) == pytest.approx(0.05, abs=0.015)


def test_verdicts_have_an_order():
    assert VERDICTS == ("holds", "holds in part", "does not hold", "says nothing",
                        "cannot be told")
