"""Consistency of profiles on made-up data where the answer is known."""

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis.consistency import (
    consistency,
    cosines,
    effective_maps,
    overlap,
    same_entry_consistency,
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


def test_a_row_of_zeros_is_like_nothing():
    np.testing.assert_allclose(cosines(np.array([[0.0, 0], [3, 0]])), [[0, 0], [0, 1]])


def test_same_entry_asks_all_images_for_the_same_output():
    """All images are equal: profiles of the own entry differ, those of the same entry do not."""
    net, rng = small_net(), np.random.default_rng(3)
    x, t = np.tile(rng.random((1, 1, 11, 9)), (12, 1, 1, 1)), np.arange(12) % 4
    own = consistency(tc.map_norms(net, x, t)[0], t)
    assert own.auc == 1
    same = same_entry_consistency(net, x, t)
    assert same.auc == pytest.approx(0.5)
    assert same.within == pytest.approx(1)


def test_effective_maps():
    profiles = np.array([[1.0, 1, 1, 1], [5, 0, 0, 0], [2, 2, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_allclose(effective_maps(profiles), [1, 1 / 4, 1 / 2, 0])


def test_overlap():
    assert overlap([{1, 2}, {2, 3}, {4, 5}]) == pytest.approx((1 / 3) / 3)
    assert overlap([{1}, {1}]) == 1
