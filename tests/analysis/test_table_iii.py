"""Table III: its statistics by hand, its bounds against random guesses, and which network fits."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

import tinycnn as tc
from tinycnn.analysis import table_iii
from tinycnn.analysis.published import PROBLEMATIC, TABLE_III
from tinycnn.analysis.table_iii import (
    RATIOS,
    UNITS,
    Fit,
    bounds,
    comparable,
    differences,
    fit,
    not_weak,
    same_strongest,
    statistics,
    table_of,
    weak_for_all,
)

FEATURES = tuple((f"tanh{layer}", unit - 1) for layer, unit in UNITS)


def scores(rows, features=FEATURES):
    return tc.FeatureScores(np.array(rows, float), features)


def of_table(table, rng, n_classes=15):
    """Scores that would print this table; the maps in the middle are drawn."""
    found = np.full((n_classes, 23), np.nan)
    for k, (strongest, weakest) in table.items():
        found[k - 1] = rng.uniform(weakest[-1][2] * 1.0001, strongest[-1][2] * 0.9999, 23)
        for layer, unit, gradient in [*strongest, *weakest]:
            found[k - 1, UNITS.index((layer, unit))] = gradient
    return scores(found)


def made_up():
    """Two identities: gradients 23, ..., 1 in the order of the network; and in turns from its ends.

    Identity 1 is led by (1, 1) to (1, 5) and (2, 1) to (2, 3), and ends with (3, 3) to (3, 10).
    Identity 2 has 2.3, ..., 0.1 in the order (3, 10), (1, 1), (3, 9), (1, 2), ...
    """
    turns = [place for pair in zip(range(22, 10, -1), range(12), strict=True) for place in pair]
    two = np.empty(23)
    two[turns[:23]] = np.arange(23, 0, -1) / 10
    return scores([np.arange(23, 0, -1), two])


# --- ten statistics -----------------------------------------------------------------------------

def test_statistics_of_a_small_table_by_hand():
    found = statistics(table_of(made_up(), [0, 1]))
    # The strongest of identity 2 are four of layer 3, and (1, 1) to (1, 4). Its weakest are in the
    # middle of the network: (2, 3) to (2, 8), (3, 1) and (3, 2).
    assert found["layer 1 among the strongest"] == (5 / 8 + 4 / 8) / 2
    assert found["layer 3 among the strongest"] == (0 + 4 / 8) / 2
    assert found["layer 1 among the weakest"] == 0
    assert found["layer 3 among the weakest"] == (8 / 8 + 2 / 8) / 2
    assert found["led by layer 1"] == 1 / 2
    assert found["strongest in common"] == 4 / 8
    assert found[RATIOS[0]] == pytest.approx(23)
    assert found[RATIOS[1]] == pytest.approx(10)
    row = np.array([*range(23, 15, -1), *[12] * 7, *range(8, 0, -1)])
    assert found["effective maps"] == pytest.approx(row.sum() ** 2 / (row ** 2).sum() / 23)
    assert len(found) == 10


def test_class_agreement_is_spearmans_with_a_tied_middle():
    rng = np.random.default_rng(0)
    drawn = scores(rng.random((6, 23)))
    chosen = [5, 0, 3, 2]
    places = [stats.rankdata(drawn.scores[k]) for k in chosen]
    places = [np.where((row > 8) & (row < 16), 12, row) for row in places]
    assert statistics(table_of(drawn, chosen))["class agreement"] == pytest.approx(np.mean(
        [np.corrcoef(a, b)[0, 1] for a, b in combinations(places, 2)]))


def test_a_dead_map_is_infinitely_far_and_nothing_warns():
    drawn = made_up().scores
    drawn[1, drawn[1].argmin()] = 0
    found = statistics(table_of(scores(drawn), [0, 1]))
    assert np.isinf(found[RATIOS[0]])
    assert np.isinf(fit([found, found]).distance)
    drawn[1] = 0
    assert np.isinf(statistics(table_of(scores(drawn), [0, 1]))[RATIOS[1]])


def test_only_networks_with_the_papers_maps_have_a_table():
    net = tc.face_net(3)
    features = tc.convolutional_gradients(net, np.zeros((1, 1, 60, 60)), np.zeros(1, int)).features
    assert comparable(features)
    assert not comparable(features[:-1])
    assert not comparable([("tanh1", i) for i in range(23)])
    with pytest.raises(ValueError, match="layers of"):
        table_of(scores(np.ones((1, 22)), FEATURES[:-1]), [0])


# --- fit ----------------------------------------------------------------------------------------

def test_a_network_whose_scores_are_printed_has_distance_0():
    rng = np.random.default_rng(1)
    networks = [statistics(table_of(of_table(TABLE_III, rng), [14, 13, 6, 9, 11]))
                for _ in range(3)]
    assert fit(networks) == Fit(10, 0)
    assert set(differences(networks[0]).values()) == {0}
    assert list(table_of(of_table(TABLE_III, rng), [14, 13, 6, 9, 11]).items()) == [
        (k, ends) for k, ends in TABLE_III.items()]


def test_inside_and_distance_by_hand():
    paper = statistics(TABLE_III)
    networks = [{name: value * factor if name in RATIOS else value + shift
                 for name, value in paper.items()}
                for factor, shift in ((2, -0.1), (8, 0.1), (4, 0.3))]
    found = fit(networks)
    assert found.inside == 8                    # both ratios are larger in all networks
    assert found.distance == pytest.approx(2 * (np.log(4) / np.log(2)) ** 2 + 8 * (0.1 / 0.2) ** 2)
    for name, difference in differences(networks[1]).items():
        assert difference == pytest.approx(np.log(8) if name in RATIOS else 0.1)
    alone = fit(networks[:1])
    assert alone.inside == 0
    assert np.isnan(alone.distance)


def test_another_network_is_far():
    rng = np.random.default_rng(2)
    drawn = [statistics(table_of(scores(rng.random((5, 23))), range(5))) for _ in range(8)]
    assert fit(drawn).inside < 8
    assert fit(drawn).distance > 40


# --- what is printed -----------------------------------------------------------------------------

def test_no_guess_at_what_is_not_printed_leaves_the_bounds():
    found, rng = bounds(), np.random.default_rng(3)
    effective, agreement = [], []
    for _ in range(60):
        guess = of_table(TABLE_III, rng).scores[[14, 13, 6, 9, 11]]
        effective.append(guess.sum(axis=1) ** 2 / (guess ** 2).sum(axis=1) / 23)
        agreement.append(np.mean([stats.spearmanr(a, b).statistic
                                  for a, b in combinations(guess, 2)]))
    for values, name, slack in ((np.array(effective), "effective maps", 0.03),
                                (np.array(agreement), "class agreement", 0.08)):
        low, high = found[name]
        assert low <= values.min() < low + slack
        assert high - slack < values.max() <= high


def test_the_bounds_of_effective_maps_are_reached():
    """Against a grid of all values for a table with a middle of any two gradients."""
    strongest, weakest = TABLE_III[12]
    printed = [gradient for _, _, gradient in strongest + weakest]
    low, high = table_iii._effective_bounds(strongest, weakest)
    grid = np.linspace(weakest[-1][2], strongest[-1][2], 41)
    tried = [sum(row) ** 2 / sum(v * v for v in row) / 23 for a in grid for b in grid
             for n in range(8) for row in [[*printed, *[a] * n, *[b] * (7 - n)]]]
    assert min(tried) == pytest.approx(low)
    assert max(tried) <= high
    assert max(tried) == pytest.approx(high, abs=1e-4)


def test_what_the_paper_prints():
    """Counted by hand in the printed table."""
    found = bounds()
    assert found["effective maps"] == pytest.approx((0.84, 0.94), abs=0.005)        # not sparse
    assert found[RATIOS[0]] == pytest.approx((0.02247 / 0.00728, 0.00202 / 0.00025))
    assert found["strongest in common"] == (1 / 8, 1)           # 14 and 15; 7 and 12
    assert found["weakest in common"] == (4 / 8, 7 / 8)         # 14 and 12; 14 and 10
    assert weak_for_all() == [(2, 2), (2, 4), (3, 2), (3, 6)]
    assert not_weak() == [((1, 1), 12, None), ((3, 9), 14, 7)]
    assert same_strongest() == [(7, 12)]
    assert set(weak_for_all()) < set(PROBLEMATIC)
    paper = statistics(TABLE_III)
    assert paper["led by layer 1"] == 3 / 5
    assert paper["layer 1 among the strongest"] == 14 / 40
    assert paper["layer 3 among the weakest"] == 20 / 40
    assert paper[RATIOS[1]] == pytest.approx(0.25153 / 0.00202)
    assert paper[RATIOS[0]] == pytest.approx(stats.gmean(
        [strongest[0][2] / weakest[0][2] for strongest, weakest in TABLE_III.values()]))
