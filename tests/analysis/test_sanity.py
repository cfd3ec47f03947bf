"""Checks of rankings, and first-order predictions, where the answer is known."""

import numpy as np
import pytest
from helpers import small_net
from scipy import stats

import tinycnn as tc
from tinycnn.analysis.activity import features_of
from tinycnn.analysis.choice import spread
from tinycnn.analysis.measures import layer_matched
from tinycnn.analysis.sanity import (
    CLASSES,
    agreement,
    class_agreement,
    class_specific,
    first_order_truth,
    layers_from_the_top,
    rank_correlation,
    shuffled_weights,
    spearman,
    spearman_brown,
    split_half,
    within_layers,
)

FEATURES = tuple(("tanh1", i) for i in range(10))
IN_LAYERS = tuple((name, i) for name, n in (("tanh1", 3), ("tanh2", 6), ("tanh3", 1), ("tanh4", 7))
                  for i in range(n))


def scores(rows, features=FEATURES):
    return tc.FeatureScores(np.array(rows, float), features)


def test_rank_correlation_knows_order_only():
    rising = np.arange(10.0)
    assert rank_correlation(scores([rising]), scores([rising ** 3])) == pytest.approx(1)
    assert rank_correlation(scores([rising]), scores([-rising])) == pytest.approx(-1)
    both = scores([rising, rising])
    assert rank_correlation(both, scores([rising, -rising])) == pytest.approx(0)
    assert rank_correlation(scores([rising]), scores([np.ones(10)])) == 0
    half_known = scores([rising, np.full(10, np.nan)])
    assert rank_correlation(half_known, scores([rising, -rising])) == pytest.approx(1)


@pytest.mark.parametrize("ties", [False, True])
def test_correlations_are_spearmans(ties):
    rng = np.random.default_rng(4)
    a, b = (rng.integers(5, size=(6, 17)) if ties else rng.random((6, 17)) for _ in range(2))
    a[2] = 3
    each = [stats.spearmanr(one, other).statistic for one, other in zip(a, b, strict=True)
            if np.ptp(one)]
    assert [spearman(one, other) for one, other in zip(a, b, strict=True)] == pytest.approx(
        [*each[:2], 0, *each[2:]])
    assert rank_correlation(scores(a, IN_LAYERS), scores(b, IN_LAYERS)) == pytest.approx(
        sum(each) / 6)
    pairs = [spearman(a[i], a[j]) for i in range(6) for j in range(i)]
    assert class_agreement(scores(a, IN_LAYERS)) == pytest.approx(np.mean(pairs))
    layers = [slice(0, 3), slice(3, 9), slice(10, 17)]      # not the layer with one map
    assert within_layers(scores(a, IN_LAYERS), scores(b, IN_LAYERS)) == pytest.approx(np.mean(
        [spearman(one[own], other[own]) for own in layers
         for one, other in zip(a, b, strict=True)]))


def test_rankings_that_know_only_the_layers_have_nothing_within_them():
    rng = np.random.default_rng(5)
    layer = np.array([4 * int(name[-1]) for name, _ in IN_LAYERS])
    one, other = (scores(layer + rng.random((200, 17)), IN_LAYERS) for _ in range(2))
    assert rank_correlation(one, other) > 0.6
    assert within_layers(one, other) == pytest.approx(0, abs=0.06)
    own = scores(one.scores % 1, IN_LAYERS)         # the same maps, the layers in another order
    assert within_layers(one, own) == pytest.approx(1)
    assert rank_correlation(one, own) < 0.5
    single = tuple((f"tanh{i}", 0) for i in range(10))
    assert np.isnan(within_layers(scores([range(10)], single), scores([range(10)], single)))


def test_class_agreement_of_the_layers_alone_is_that_of_shuffled_scores():
    rng = np.random.default_rng(6)
    layer = np.array([int(name[-1]) for name, _ in IN_LAYERS])
    found = scores(layer + 2 * rng.random((5, 17)) + 3 * rng.random(17), IN_LAYERS)
    found.scores[3] = np.nan
    found.scores[4] -= 1.5 * layer                          # it prefers other layers
    drawn = [class_agreement(layer_matched(found, rng)) for _ in range(1500)]
    expected = class_agreement(found, layers_alone=True)
    assert expected == pytest.approx(np.mean(drawn), abs=0.01)
    assert abs(expected) < class_agreement(found) - 0.1
    one_layer = scores(rng.random((5, 10)))
    assert class_agreement(one_layer, layers_alone=True) == pytest.approx(0, abs=1e-12)
    assert np.isnan(class_agreement(scores([range(10)])))


def test_what_is_particular_to_a_class():
    rng = np.random.default_rng(7)
    shared, own = 5 * rng.random(10), rng.random((40, 10))
    one = scores(shared + own)
    assert class_specific(one, scores(shared + own + 0.01 * rng.random((40, 10)))) > 0.9
    other = scores(shared + rng.random((40, 10)))
    assert rank_correlation(one, other) > 0.8               # strong for all, in both
    assert class_specific(one, other) == pytest.approx(0, abs=0.12)
    ranks = [stats.rankdata(found.scores, axis=1) for found in (one, other)]
    left = [r - r.mean(0) - r.mean(1, keepdims=True) + r.mean() for r in ranks]     # both ways
    assert class_specific(one, other) == pytest.approx(np.corrcoef(*map(np.ravel, left))[0, 1])
    one.scores[7] = np.nan
    assert np.isfinite(class_specific(one, other))
    unknown = [np.full(10, np.nan)]
    for few in ([range(10)], unknown, unknown * 3):         # one class, or none
        assert np.isnan(class_specific(scores(few), scores(few)))
    assert np.isnan(class_specific(scores([range(10), *unknown]), scores([*unknown, range(10)])))


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
    few = rng.permutation([np.arange(10.0), -np.arange(10.0)] * 30)     # of 60 classes, 40
    assert class_agreement(scores(few)) == class_agreement(scores(few[spread(60, CLASSES)]))


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


def means(net, x, t):
    """A measure: the mean of x over the images of each class."""
    return scores([x[t == k].mean(axis=0) if (t == k).any() else np.full(10, np.nan)
                   for k in range(4)])


def test_halves_have_no_image_in_common():
    rng = np.random.default_rng(8)
    t, seen = rng.permutation(np.repeat(range(4), [11, 6, 1, 2])), []

    def watch(net, x, t):
        seen.append((x[:, 0], t))
        return means(net, np.tile(x, 10) % 7, t)
    split_half(watch, None, np.arange(20.0)[:, None], t, rng, 3)
    assert len(seen) == 6
    for (first, k), (second, same) in zip(seen[::2], seen[1::2], strict=True):
        assert not set(first) & set(second)
        for images, labels in ((first, k), (second, same)):
            np.testing.assert_array_equal(t[images.astype(int)], labels)
            assert np.bincount(labels, minlength=4).tolist() == [5, 3, 0, 1]
    assert set(seen[0][0]) != set(seen[2][0])               # another draw


def test_split_halves_of_images_that_agree_and_of_noise():
    rng, t = np.random.default_rng(9), np.repeat(np.arange(4), 40)
    same = np.tile(np.arange(10.0), (160, 1)) + 0.01 * rng.random((160, 10))
    assert split_half(means, None, same, t, rng) == pytest.approx(1)
    noise = [split_half(means, None, rng.random((160, 10)), t, rng, 1) for _ in range(40)]
    assert np.mean(noise) == pytest.approx(0, abs=0.1)
    assert np.isnan(split_half(means, None, same[:4], np.arange(4), rng))


def test_spearman_and_brown_predict_larger_halves():
    assert spearman_brown(0.75, 2.2) == pytest.approx(0.868, abs=5e-4)
    assert spearman_brown(0.3, 1) == pytest.approx(0.3)
    assert spearman_brown(-0.5, 3) == -0.5
    rng, found = np.random.default_rng(10), []
    for n in (8, 24):       # images of a class; its maps differ as much as one image's noise
        x = [rng.normal(size=(4, 10))[np.repeat(range(4), n)] + 2 * rng.normal(size=(4 * n, 10))
             for _ in range(60)]
        t = np.repeat(range(4), n)
        found.append(np.mean([split_half(means, None, one, t, rng, 2) for one in x]))
    assert spearman_brown(found[0], 3) == pytest.approx(found[1], abs=0.04)
    assert found[1] - found[0] > 0.15


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
