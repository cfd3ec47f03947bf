"""What only many networks show: planted identities, and the paper's test error among others."""

import numpy as np
import pytest
from scipy import stats

from tinycnn.paper.study.between import between_networks
from tinycnn.paper.study.rows import Numbers, row

HALF = {"subject": "gradient", "option": "strongest"}


def trained(errors, same=0.9):
    return [row(seed, "training", "error", value, option=option)
            for seed, error in errors.items()
            for option, value in (("all", error), ("test", error),
                                  ("always the same answer", same))]


def half_steps(table, quantity="half step"):
    """Rows of {seed: {identity: removals}}; and others, which must not count."""
    return [row(seed, "knockout", quantity, value, identity=name, **HALF)
            for seed, values in table.items() for name, value in values.items()] + [
            row(seed, "knockout", quantity, 3, identity=name, subject=subject, option=option)
            for seed in table for name in ("1", "2", "9")
            for subject, option in (("activation", "strongest"), ("gradient", "weakest"))] + [
            row(seed, "knockout", quantity, 3, **HALF) for seed in table]


def robustness(rows, name="robustness of identities"):
    return Numbers(between_networks(rows)).find("between networks", name)


def test_what_the_networks_have_in_common_is_found():
    rng = np.random.default_rng(0)
    true = rng.permutation(15).astype(float)
    names = [str(k + 1) for k in range(15)]

    def table(noise, common):
        return {seed: dict(zip(names, common * true + noise * rng.normal(size=15), strict=True))
                for seed in (0, 2, 3, 7, 8, 9)}
    rows = trained(dict.fromkeys((0, 2, 3, 7, 8, 9), 0.1))
    np.testing.assert_allclose(robustness(rows + half_steps(table(0, 1))), 1)
    noisy = robustness(rows + half_steps(table(4, 1)))
    assert len(noisy) == 6
    assert 0.4 < noisy.mean() < 0.95
    nothing = [robustness(rows + half_steps(table(1, 0))).mean() for _ in range(40)]
    assert np.mean(nothing) == pytest.approx(0, abs=0.1)
    areas = half_steps(table(0, -1), "class error, area")
    np.testing.assert_allclose(robustness(rows + areas, "robustness of identities, area"), 1)
    assert np.isnan(robustness(rows + areas)).all()


def test_each_network_is_compared_with_the_mean_of_the_others():
    rng = np.random.default_rng(1)
    steps = rng.integers(1, 11, (4, 5)).astype(float)
    table = {seed: dict(zip("abcde", steps[seed], strict=True)) for seed in range(4)}
    expected = [stats.spearmanr(steps[i], np.delete(steps, i, 0).mean(0)).statistic
                for i in range(4)]
    found = robustness(trained(dict.fromkeys(range(4), 0.1)) + half_steps(table))
    np.testing.assert_allclose(found, expected)
    table[2]["f"] = 3.0                                 # known of one network only
    del table[1]["b"]
    fewer = np.delete(steps, 1, axis=1)
    found = robustness(trained(dict.fromkeys(range(4), 0.1)) + half_steps(table))
    np.testing.assert_allclose(found, [stats.spearmanr(
        fewer[i], np.delete(fewer, i, 0).mean(0)).statistic for i in range(4)])


def test_who_has_not_learnt_does_not_count():
    rng = np.random.default_rng(2)
    table = {seed: dict(zip("abcd", rng.permutation(4) + 1.0, strict=True)) for seed in range(5)}
    errors = {0: 0.1, 1: 0.2, 2: 0.46, 3: 0.0, 4: 0.9}
    found = robustness(trained(errors) + half_steps(table))
    assert np.isnan(found).tolist() == [False, False, True, False, True]
    learnt = {seed: table[seed] for seed in (0, 1, 3)}
    np.testing.assert_array_equal(found[[0, 1, 3]], robustness(
        trained({seed: errors[seed] for seed in learnt}) + half_steps(learnt)))


@pytest.mark.parametrize(("networks", "identities"), [(2, 5), (1, 5), (5, 2), (3, 0)])
def test_too_few_networks_or_identities_have_none(networks, identities):
    table = {seed: {str(k): k + seed for k in range(identities)} for seed in range(networks)}
    found = robustness(trained(dict.fromkeys(range(networks), 0.1)) + half_steps(table))
    assert len(found) == networks
    assert np.isnan(found).all()


def test_who_is_as_good_as_the_paper():
    rows = trained({3: 2 / 41, 0: 0.0, 1: 3 / 41, 5: 0.0489})
    rows += [row(7, "training", "error", 0.04, option="all"),
             row(7, "training", "error", 0.06, option="test")]
    found = Numbers(between_networks(rows))
    for option, last in (("all", 1), ("test", 0)):
        np.testing.assert_array_equal(found.find("training", "at most 4.88 %", option=option),
                                      [1, 0, 1, 0, last])
