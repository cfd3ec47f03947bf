"""Knockout controls on networks and numbers whose answer is known."""

from itertools import pairwise

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis.activity import features_of
from tinycnn.analysis.controls import (
    LayerMatched,
    area,
    attractor,
    class_errors,
    half_step,
    map_specific_share,
    order_sets,
    overall_errors,
    own_minus_others,
    own_percentile,
    percentile,
    precision,
    random_orders,
    swap_matrix,
)

FEATURES = [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("b", 2)]


def test_layer_matched_takes_as_many_maps_of_each_layer():
    control = LayerMatched(FEATURES, 400, np.random.default_rng(0))
    order = [("b", 2), ("a", 0), ("b", 0)]
    assert control.counts(order) == [(0, 0), (0, 1), (1, 1), (1, 2)]
    taken = [control.removed(draw, (1, 2)) for draw in range(400)]
    for removed in taken:
        assert [layer for layer, _ in sorted(removed)] == ["a", "b", "b"]
    share = {f: np.mean([f in removed for removed in taken]) for f in FEATURES}
    for feature, expected in zip(FEATURES, (1 / 2, 1 / 2, 2 / 3, 2 / 3, 2 / 3), strict=True):
        assert share[feature] == pytest.approx(expected, abs=0.08)      # 3 standard errors


def test_a_draw_removes_more_and_more():
    control = LayerMatched(FEATURES, 20, np.random.default_rng(1))
    order = [("b", 1), ("b", 0), ("a", 1), ("b", 2), ("a", 0)]
    for draw in range(20):
        steps = [control.removed(draw, counts) for counts in control.counts(order)]
        assert [len(step) for step in steps] == list(range(6))
        assert all(one < other for one, other in pairwise(steps))


def test_its_labels_are_those_of_the_network_without_these_maps():
    net, rng = small_net(), np.random.default_rng(2)
    x = rng.random((35, 1, 11, 9))
    control = LayerMatched(features_of(net), 3, rng)
    order = [("relu2", 0), ("tanh1", 2)]
    fill = {"tanh1": np.array([0.3, -0.2, 0.5])}
    control.measure(net, x, [order], factor=0.25, fill=fill)
    labels = control.labels(order)
    assert labels.shape == (3, 3, 35)
    for draw in range(3):
        for step, counts in enumerate(control.counts(order)):
            gates = tc.knockout(control.removed(draw, counts), 0.25)
            np.testing.assert_array_equal(labels[step, draw],
                                          net.forward(x, gates, fill).y.argmax(axis=1))


def test_the_area_of_the_control_is_that_of_all_choices_of_maps():
    """Two maps in one layer, but the network needs only one of them: chance is one half."""
    net = tc.Network(conv=tc.Conv2D(1, 2, 1), flatten=tc.Flatten(), dense=tc.Dense(2, 2),
                     softmax=tc.Softmax()).astype(np.float64)
    net["conv"].params["W"][...] = 1
    net["dense"].params["W"][...] = [[0, 1], [0, 0]]
    net["dense"].params["b"][...] = [0.1, 0]
    x, t = np.ones((4, 1, 1, 1)), np.ones(4, int)
    order = [("conv", 0)]                               # the one that matters
    control = LayerMatched(features_of(net), 1000, np.random.default_rng(3))
    control.measure(net, x, [order])
    measured = area(overall_errors(tc.knockout_curve(net, x, t, order), t))
    matched = area(overall_errors(control.labels(order), t))
    assert measured == 1
    assert matched.mean() == pytest.approx(0.5, abs=0.05)
    assert map_specific_share(measured, matched.mean(), 0.5) == pytest.approx(1, abs=0.1)


def test_random_orders_are_permutations_all_alike():
    orders = random_orders(FEATURES, 500, np.random.default_rng(4))
    assert all(sorted(order) == FEATURES for order in orders)
    first = [orders.count(order) for order in orders]
    assert max(first) < 20                              # of 120 orders, 4.2 each on average
    assert {order[0] for order in orders} == set(FEATURES)


def test_areas_and_half_steps():
    error = np.array([[0.0, 0.2], [0.5, 0.2], [0.6, 0.2], [1.0, 0.2]])
    np.testing.assert_allclose(area(error), [0.7, 0.2])
    assert half_step(error).tolist() == [2, 4]          # 0.5 does not pass one half; 4: never
    assert half_step(np.array([0.6, 0.1])) == 0


@pytest.mark.parametrize(("measure", "matched", "random", "share"), [
    (0.6, 0.6, 0.2, 0), (0.6, 0.2, 0.2, 1), (0.6, 0.4, 0.2, 0.5), (0.6, 0.7, 0.2, -0.25),
    (0.2, 0.3, 0.4, 0.5)])                              # the last: weakest maps do less damage
def test_map_specific_share(measure, matched, random, share):
    assert map_specific_share(measure, matched, random) == pytest.approx(share)


def test_a_share_of_nothing_is_not_known():
    assert np.isnan(map_specific_share(0.22, 0.21, 0.2))


def test_errors_precision_and_attractor():
    t = np.array([0, 0, 1, 1, 2])
    labels = np.array([[0, 0, 1, 1, 2],         # all right
                       [0, 1, 1, 1, 1],         # 1 attracts
                       [2, 2, 2, 2, 2]])        # one answer for all
    np.testing.assert_allclose(overall_errors(labels, t), [0, 0.4, 0.8])
    np.testing.assert_allclose(class_errors(labels, t, 0), [0, 0.5, 1])
    np.testing.assert_allclose(class_errors(labels, t, 2), [0, 1, 0])       # right about one
    np.testing.assert_allclose(precision(labels, t, 2), [1, np.nan, 0.2])   # and worth nothing
    modes, shares = attractor(labels)
    assert modes[1:].tolist() == [1, 2]
    np.testing.assert_allclose(shares, [0.4, 0.8, 1])


def test_percentile_counts_ties_half():
    assert percentile(2, np.array([1, 2, 2, 3])) == 0.5
    assert percentile(9, np.array([1, 2])) == 1


def test_equal_areas_are_ties_though_they_are_rounded():
    errors = np.arange(11) / 11
    one, other = errors[[1, 4, 6, 2, 9, 3]].mean(), errors[[9, 2, 3, 1, 6, 4]][::-1].mean()
    same = np.array([other, one, np.nextafter(one, 1), np.nextafter(one, 0)])
    assert percentile(one, same) == 0.5
    assert percentile(one, one + np.array([1e-3, -1e-3, -1e-3, 0])) == 0.625


def test_sets_of_orders():
    assert order_sets([[("a", 0), ("a", 1)], [("a", 1), ("a", 0)]]) == {
        frozenset(), frozenset([("a", 0)]), frozenset([("a", 1)]),
        frozenset([("a", 0), ("a", 1)])}


def test_a_swap_matrix_is_each_ones_error_under_each_ones_order():
    rng = np.random.default_rng(5)
    t = np.array([4, 1, 7, 1, 4, 1])                    # three identities of many
    labels = {k: rng.choice([1, 4, 7], size=(5, 6)) for k in (7, 1, 4)}
    areas = swap_matrix(labels, t)
    assert areas.shape == (3, 3)
    for row, k in enumerate(labels):
        for column, j in enumerate(labels):
            wrong = [labels[k][step][i] != j for step in range(1, 5) for i in range(6) if t[i] == j]
            assert areas[row, column] == pytest.approx(np.mean(wrong))
    own = [areas[0, 0] - (areas[1, 0] + areas[2, 0]) / 2, areas[1, 1] - (areas[0, 1] + areas[2, 1])
           / 2, areas[2, 2] - (areas[0, 2] + areas[1, 2]) / 2]
    assert own_minus_others(areas) == pytest.approx(np.mean(own))


def test_orders_that_are_shared_are_not_specific():
    t = np.repeat(np.arange(4), 5)
    shared = np.random.default_rng(6).integers(0, 4, size=(7, 20))
    areas = swap_matrix(dict.fromkeys(range(4), shared), t)
    assert len(np.unique(areas)) > 1                    # some identities are hurt more than others
    assert own_minus_others(areas) == pytest.approx(0, abs=1e-12)
    assert own_percentile(areas) == 0.5


def test_maps_of_ones_own_are_specific():
    """Each class has a map, and the network answers 0 for a class whose map is gone."""
    net = tc.Network(conv=tc.Conv2D(3, 3, 1), flatten=tc.Flatten(), dense=tc.Dense(3, 3),
                     softmax=tc.Softmax()).astype(np.float64)
    net["conv"].params["W"][..., 0, 0] = net["dense"].params["W"][...] = np.eye(3)
    net["dense"].params["b"][...] = [0.2, 0.1, 0]
    t = np.array([0, 1, 2, 1, 2])
    x = np.eye(3)[t].reshape(5, 3, 1, 1)
    labels = {k: tc.knockout_curve(net, x, t, [("conv", k)]) for k in (1, 2)}
    areas = swap_matrix(labels, t)
    np.testing.assert_array_equal(areas, np.eye(2))
    assert own_minus_others(areas) == own_percentile(areas) == 1
    backwards = swap_matrix({1: labels[2], 2: labels[1]}, t)
    assert own_minus_others(backwards) == -1
    assert own_percentile(backwards) == 0


def test_a_swap_needs_two_identities_with_images():
    t = np.array([0, 0, 1])
    labels = {k: np.array([[0, 0, 1], [1, 0, k % 2]]) for k in (0, 1, 2)}
    areas = swap_matrix(labels, t)                      # nobody is 2
    assert np.isnan(areas[:, 2]).all()
    assert np.isfinite(areas[:, :2]).all()
    expected = [0.5 - 0.5, areas[1, 1] - (areas[0, 1] + areas[2, 1]) / 2]
    assert own_minus_others(areas) == pytest.approx(np.mean(expected))
    for few in (areas[:1, :1], areas[2:, 2:], areas[:0, :0]):
        assert np.isnan(own_minus_others(few))
        assert np.isnan(own_percentile(few))
