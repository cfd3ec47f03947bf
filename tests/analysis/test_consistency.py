"""Consistency of profiles on made-up data where the answer is known."""

from itertools import permutations

import numpy as np
import pytest
from helpers import small_net
from scipy import stats

import tinycnn as tc
from tinycnn.analysis.consistency import (
    consistency,
    cosines,
    effective_maps,
    likeness,
    matched_auc,
    same_entry_profiles,
)

T = np.repeat(np.arange(6), 5)


def profiles_of(own, noise, rng, d=12):
    """Rows: `own` times a person's vector, plus `noise`; their lengths are random."""
    rows = own * rng.normal(size=(6, d))[T] + noise * rng.normal(size=(30, d)) + 3
    return rows * rng.uniform(0.01, 10, (30, 1))


@pytest.mark.parametrize("centred", [False, True])
def test_planted_profiles_are_found(centred):
    found = consistency(profiles_of(1, 0.05, np.random.default_rng(0)), T, centred=centred)
    assert found.auc > 0.99
    assert found.nearest == 1
    assert found.within > found.between + 0.05
    assert found.p == pytest.approx(1 / 1000)


@pytest.mark.parametrize("centred", [False, True])
def test_shuffled_labels_give_chance(centred):
    rng = np.random.default_rng(1)
    profiles = profiles_of(1, 0.05, rng)
    found = [consistency(profiles, rng.permutation(T), centred=centred, rng=rng, permutations=99)
             for _ in range(20)]
    assert np.mean([f.auc for f in found]) == pytest.approx(0.5, abs=0.03)
    assert np.mean([f.nearest for f in found]) == pytest.approx(found[0].chance, abs=0.06)
    assert found[0].chance == pytest.approx(4 / 29)
    p = [f.p for f in found]
    assert np.mean(p) == pytest.approx(0.5, abs=0.2)
    assert sum(value <= 0.05 for value in p) <= 4


def test_all_the_same_profile_is_chance():
    found = consistency(np.ones((30, 4)), T)
    assert found.auc == 0.5
    assert found.within == pytest.approx(1)
    assert found.p == 1


def test_the_numbers_by_hand():
    profiles = np.array([[1.0, 0], [1, 1.5], [0, 2], [0, 3]])
    found = consistency(profiles, np.array([0, 0, 1, 1]), permutations=9)
    far, near = 1 / np.sqrt(3.25), 1.5 / np.sqrt(3.25)
    assert found.within == pytest.approx((far + 1) / 2)         # pairs within: far, 1
    assert found.between == pytest.approx((0 + 0 + near + near) / 4)
    assert found.auc == pytest.approx((2 + 4) / 8)
    assert found.nearest == 3 / 4                               # the second is nearest to the third
    assert found.chance == pytest.approx(1 / 3)


def test_numbers_of_several_kinds_are_means():
    rng = np.random.default_rng(4)
    kinds = np.array([profiles_of(own, 1, rng) for own in (0, 0.5, 2)])
    found = consistency(kinds, T, permutations=99)
    for name in ("within", "between", "auc", "nearest", "chance"):
        each = [getattr(consistency(one, T, permutations=9), name) for one in kinds]
        assert getattr(found, name) == pytest.approx(np.mean(each)), name
    assert found.p == 0.01
    words = [f"{i % 5}!" for i in range(30)]
    assert matched_auc(kinds, T, words) == pytest.approx(np.mean(
        [matched_auc(one, T, words) for one in kinds]))


def test_p_is_that_of_all_permutations():
    rng = np.random.default_rng(5)
    profiles, t = rng.normal(size=(6, 3)), np.array([0, 0, 0, 1, 1, 2])
    cosine = cosines(profiles)

    def gap(labels):
        same = np.equal.outer(labels, labels)[np.triu_indices(6, 1)]
        values = cosine[np.triu_indices(6, 1)]
        return values[same].mean() - values[~same].mean()
    exact = np.mean([gap(np.array(labels)) >= gap(t) - 1e-12 for labels in permutations(t)])
    assert consistency(profiles, t, permutations=2999).p == pytest.approx(exact, abs=0.03)


@pytest.mark.parametrize("people", [3, 7])
def test_likeness_of_copies_and_by_hand(people):
    rng = np.random.default_rng(9)
    one, other = rng.normal(size=(people, 8)), rng.normal(size=(people, 3))
    found, p = likeness(one, 5 * one, rng, 199)
    assert found == pytest.approx(1)
    assert p == 1 / 200 or people == 3          # of three people, there are six orders
    found, p = likeness(one, other, rng, 1999)
    pairs = np.triu_indices(people, 1)

    def cosine(rows):
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return cosines(rows - rows.mean(axis=0))
    expected = stats.spearmanr(cosine(one)[pairs], cosine(other)[pairs]).statistic
    assert found == pytest.approx(expected)
    if people == 3:
        each = [stats.spearmanr(cosine(one)[pairs], cosine(other[list(order)])[pairs]).statistic
                for order in permutations(range(3))]
        assert p == pytest.approx(np.mean(np.array(each) >= expected - 1e-9), abs=0.04)


def test_likeness_of_what_has_nothing_to_do_with_it():
    rng = np.random.default_rng(10)
    found = np.array([likeness(rng.normal(size=(10, 20)), rng.normal(size=(10, 6)), rng, 99)
                      for _ in range(40)])
    assert found.mean(axis=0) == pytest.approx([0, 0.5], abs=0.15)
    assert likeness(np.ones((4, 2)), rng.random((4, 2)), rng, 9) == (0, 1)      # all alike
    assert np.isnan(likeness(np.eye(2), np.eye(2), rng)).all()


def test_auc_is_mann_and_whitneys():
    rng = np.random.default_rng(11)
    t, profiles = rng.integers(4, size=25), rng.integers(-1, 2, size=(25, 3))
    cosine, upper = cosines(profiles).round(12), np.triu(np.ones((25, 25), bool), 1)
    within, between = (cosine[upper & (np.equal.outer(t, t) == flag)] for flag in (True, False))
    expected = stats.mannwhitneyu(within, between).statistic / len(within) / len(between)
    assert consistency(profiles, t, permutations=9).auc == pytest.approx(expected)


def test_an_image_is_not_its_own_neighbour():
    profiles = np.array([[1.0, 0], [-1, 0.1], [-1, -0.1]])      # the first is like no other
    found = consistency(profiles, np.array([0, 1, 1]), permutations=9)
    assert found.nearest == pytest.approx(2 / 3)


def test_an_offset_that_all_share_is_taken_out():
    rng = np.random.default_rng(2)
    profiles = 100 + rng.normal(size=(6, 12))[T] + 0.1 * rng.normal(size=(30, 12))
    raw, centred = (consistency(profiles, T, centred=flag) for flag in (False, True))
    assert raw.within - raw.between < 0.001
    assert centred.within - centred.between > 0.9


def test_it_needs_pairs_of_both_kinds():
    with pytest.raises(ValueError, match="at least two people"):
        consistency(np.ones((3, 2)), np.zeros(3, int))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_profiles_have_to_be_finite(wrong):
    """Else every comparison with them is false, and p as small as it can be."""
    profiles = np.random.default_rng(12).random((30, 4))
    profiles[[3, 3, 7], [0, 1, 2]] = wrong
    words = ["happy", "sad"] * 15
    for call in (lambda: consistency(profiles, T), lambda: matched_auc(profiles, T, words),
                 lambda: likeness(profiles, np.ones((30, 2)), np.random.default_rng(0))):
        with pytest.raises(ValueError, match="finite numbers; 2 of 30 rows"):
            call()


def test_a_row_of_zeros_is_like_nothing():
    np.testing.assert_allclose(cosines(np.array([[0.0, 0], [3, 0]])), [[0, 0], [0, 1]])


def test_same_entry_asks_all_images_for_the_same_output():
    """All images are equal: profiles of the own entry differ, those of the same entry do not."""
    net, rng = small_net(), np.random.default_rng(3)
    x, t = np.tile(rng.random((1, 1, 11, 9)), (12, 1, 1, 1)), np.arange(12) % 4
    own = consistency(tc.map_norms(net, x, t)[0], t)
    assert own.auc == 1
    kinds = same_entry_profiles(net, x)
    for k, profiles in enumerate(kinds):
        np.testing.assert_allclose(profiles, tc.map_norms(net, x, k)[0], 1e-12)
    same = consistency(kinds.round(12), t)
    assert same.auc == pytest.approx(0.5)
    assert same.within == pytest.approx(1)
    assert matched_auc(kinds, t, list("aaaabbbbcccc")) == 0.5


def test_effective_maps():
    profiles = np.array([[1.0, 1, 1, 1], [5, 0, 0, 0], [2, 2, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_allclose(effective_maps(profiles), [1, 1 / 4, 1 / 2, 0])
