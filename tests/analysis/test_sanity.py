"""Checks of rankings, and first-order predictions, where the answer is known."""

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis.activity import features_of
from tinycnn.analysis.sanity import (
    agreement,
    bootstrap_stability,
    class_agreement,
    first_order_truth,
    layers_from_the_top,
    rank_correlation,
    shuffled_weights,
)

FEATURES = tuple(("tanh1", i) for i in range(10))


def scores(rows):
    return tc.FeatureScores(np.array(rows, float), FEATURES)


def test_rank_correlation_knows_order_only():
    rising = np.arange(10.0)
    assert rank_correlation(scores([rising]), scores([rising ** 3])) == pytest.approx(1)
    assert rank_correlation(scores([rising]), scores([-rising])) == pytest.approx(-1)
    both = scores([rising, rising])
    assert rank_correlation(both, scores([rising, -rising])) == pytest.approx(0)
    assert rank_correlation(scores([rising]), scores([np.ones(10)])) == 0
    half_known = scores([rising, np.full(10, np.nan)])
    assert rank_correlation(half_known, scores([rising, -rising])) == pytest.approx(1)


def test_agreement_of_measures_and_of_classes():
    rng = np.random.default_rng(0)
    one = scores(rng.random((30, 10)))
    matrix = agreement({"one": one, "twice": scores(2 * one.scores),
                        "against": scores(-one.scores), "other": scores(rng.random((30, 10)))})
    np.testing.assert_allclose(matrix, matrix.T)
    np.testing.assert_allclose(np.diag(matrix), 1)
    np.testing.assert_allclose(matrix[0, :3], [1, 1, -1])
    assert abs(matrix[0, 3]) < 0.2
    assert abs(class_agreement(one)) < 0.1
    assert class_agreement(scores([np.arange(10)] * 3)) == pytest.approx(1)


def test_shuffling_moves_numbers_within_the_layers_named():
    net = small_net()
    before = {name: w.copy() for name, w in net.params.items()}
    mixed = shuffled_weights(net, ["conv2", "dense4"], np.random.default_rng(1))
    for name, w in mixed.params.items():
        np.testing.assert_array_equal(net.params[name], before[name])       # a copy was shuffled
        same = np.array_equal(w, before[name])
        assert same != (name in ("conv2.W", "dense4.W")), name              # biases are all 0 here
        np.testing.assert_array_equal(np.sort(w.ravel()), np.sort(before[name].ravel()))


def test_layers_from_the_top():
    assert layers_from_the_top(small_net()) == ["dense4", "dense3", "conv2", "conv1"]


def test_bootstrap_of_images_that_agree_and_of_noise():
    rng = np.random.default_rng(2)
    t = np.repeat(np.arange(3), 11)
    same = np.tile(np.arange(10.0), (33, 1)) + 0.01 * rng.random((33, 10))
    assert bootstrap_stability(same, t, rng, 20) == pytest.approx(1)
    noise = bootstrap_stability(rng.random((33, 10)), t, rng, 50)
    assert 0.4 < noise < 0.85           # a sample is like its source, but only in part


def test_first_order_holds_for_small_changes_and_is_exact_for_a_linear_network():
    net, rng = small_net(), np.random.default_rng(3)
    x, t = rng.random((6, 1, 11, 9)), np.arange(6) % 4
    for factor, tolerance in ((0.999, 2e-3), (0.9, 0.2)):
        predicted, true = first_order_truth(net, x, t, factor)
        assert predicted.shape == true.shape == (6, len(features_of(net)))
        assert np.abs(predicted - true).max() < tolerance * np.abs(true).max()
    linear = tc.Network(conv=tc.Conv2D(1, 3, 3, rng=rng), flatten=tc.Flatten(),
                        dense=tc.Dense(3 * 9 * 7, 4, rng=rng))
    predicted, true = first_order_truth(linear.astype(np.float64), x, t, 0.0)
    np.testing.assert_allclose(predicted, true, rtol=1e-9, atol=1e-12)
