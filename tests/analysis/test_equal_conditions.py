"""Profiles at equal conditions: light and glasses can neither help nor hurt."""

import numpy as np
import pytest

from tinycnn.analysis.consistency import (
    conditions_known,
    consistency,
    cosines,
    matched_auc,
    matched_p,
)

T = np.repeat(np.arange(6), 5)
CONDITIONS = ["normal", "left light", "right light", "happy", "glasses"] * 6


def triples(profiles, t, conditions):
    """matched_auc, from its definition."""
    cosine, won = cosines(profiles), []
    n = len(t)
    for a in range(n):
        for b in range(n):
            for c in range(n):
                if t[a] == t[b] != t[c] and conditions[a] != conditions[b] == conditions[c]:
                    gap = cosine[a, b] - cosine[a, c]
                    won.append(0.5 if abs(gap) < 1e-12 else float(gap > 0))
    return np.mean(won)


@pytest.mark.parametrize("seed", range(4))
def test_the_matched_auc_is_over_all_triples(seed):
    """People with no, one and several images under a condition; some profiles are equal."""
    rng = np.random.default_rng(seed)
    t = rng.integers(5, size=40)
    conditions = rng.choice(["happy", "sad", "left light", "glasses"], 40, p=[0.5, 0.3, 0.1, 0.1])
    profiles = rng.integers(-1, 2, size=(40, 3)) + 0.3 * np.eye(5)[t, :3]
    assert matched_auc(profiles, t, conditions) == pytest.approx(triples(profiles, t, conditions))


def test_people_who_share_the_light_are_told_apart_at_equal_light():
    """Two images of one person never share the light; half of the pairs of two people do."""
    rng = np.random.default_rng(6)
    t, words = np.repeat(np.arange(10), 2), ["left light", "right light"] * 10
    profiles = 3 * np.tile(rng.normal(size=(2, 200)), (10, 1)) + rng.normal(size=(10, 200))[t]
    assert consistency(profiles, t, permutations=9).auc < 0.6
    assert matched_auc(profiles, t, words) > 0.95
    assert matched_p(profiles, t, words, rng, 199) == 1 / 200


def test_profiles_of_the_condition_alone_are_chance_at_equal_conditions():
    rng = np.random.default_rng(7)
    light = np.tile(rng.normal(size=(5, 12)), (6, 1))
    assert consistency(light, T, permutations=9).auc < 0.45
    assert matched_auc(light, T, CONDITIONS) == 0.5
    assert matched_p(light, T, CONDITIONS, rng, 99) == 1
    # Two groups of people, each under conditions of its own: raw, they seem to have profiles.
    groups = np.repeat([0, 2], 15) + np.tile([0, 1, 0, 1, 0], 6)
    profiles = rng.normal(size=(2, 12))[groups // 2] + 0.1 * rng.normal(size=(30, 12))
    found = consistency(profiles, T, permutations=199)
    assert found.auc > 0.65
    assert found.p == 1 / 200
    words = np.array(["a", "b", "c", "d"])[groups]
    assert matched_auc(profiles, T, words) == pytest.approx(0.5, abs=0.1)
    assert matched_p(profiles, T, words, rng, 199) > 0.05


def test_the_matched_p_is_even_if_people_have_nothing_of_their_own():
    rng, found = np.random.default_rng(8), []
    for _ in range(40):
        profiles = 2 * np.tile(rng.normal(size=(5, 8)), (6, 1)) + rng.normal(size=(30, 8))
        found.append(matched_p(profiles, T, CONDITIONS, rng, 99))
    assert np.mean(found) == pytest.approx(0.5, abs=0.15)
    assert 0 < np.mean(np.array(found) <= 0.25) < 0.5


@pytest.mark.parametrize("seed", range(3))
def test_the_matched_p_is_the_share_of_shuffled_people_with_as_large_an_auc(seed):
    """Several images of a person under a condition, nearly the same: they are no comparison."""
    rng = np.random.default_rng(seed)
    t = np.repeat(rng.permutation(12) % 4, 3)
    words = np.repeat(np.array(["happy", "sad", "dark"])[np.arange(12) // 4], 3)
    profiles = 0.7 * rng.normal(size=(4, 6))[t] + np.repeat(rng.normal(size=(12, 6)), 3, axis=0)
    profiles += 0.1 * rng.normal(size=profiles.shape)
    found, as_large = matched_auc(profiles, t, words), 0
    for _ in range(300):
        again = t.copy()
        for word in ("happy", "sad", "dark"):
            again[words == word] = rng.permutation(t[words == word])
        as_large += matched_auc(profiles, again, words) >= found - 1e-9
    assert matched_p(profiles, t, words, rng, 999) == pytest.approx(as_large / 300, abs=0.08)


def test_conditions_are_known_if_people_share_words():
    t = np.array([0, 0, 1, 1, 2])
    assert conditions_known(t, ["happy", "sad", "happy", "dark", "sad"])
    assert not conditions_known(t, ["0", "1", "0", "1", "0"])           # numbered
    assert not conditions_known(t, list("abcde"))                       # each has its own
    assert not conditions_known(t, ["a", "a", "b", "b", "c"])           # all of a person in one
    assert not conditions_known(t, ["a", "a", "b", "c", "a"])   # nobody has a second that is shared
    assert conditions_known(t, ["a", "b", "c", "d", "a"])
    assert np.isnan(matched_auc(np.eye(5), t, list("abcde")))
