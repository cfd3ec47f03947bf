"""Measures of importance: each finds what was planted, and is what its definition says."""

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis.ablation import gate_effects, greedy_knockout, knockout_alone, reranked_order
from tinycnn.analysis.activity import (
    class_selectivity,
    features_of,
)
from tinycnn.analysis.measures import (
    CHEAP,
    MEASURES,
    gradient_of_predicted,
    layer_matched,
)

# Measures that see what reaches y. The others cannot know that an output is not used.
CAUSAL = [name for name in MEASURES
          if name not in ("filter", "random", "random, same layers", "selectivity", "activation")]
N_IMAGES = 40


@pytest.fixture(scope="module")
def planted():
    """A network that knows class k by map k of its one convolution, and by nothing else.

    Images of class k have a bright spot in quarter k. Filter k responds to all light, but the dense
    layer reads map k only in quarter k. Map 4 responds as strongly, and is never read.
    """
    rng = np.random.default_rng(0)
    net = tc.Network((1, 8, 8), conv=tc.Conv2D(1, 5, 1), tanh=tc.Tanh(), flatten=tc.Flatten(),
                     dense=tc.Dense(5 * 64, 4), softmax=tc.Softmax()).astype(np.float64)
    net["conv"].params["W"][...] = 1.5
    net["conv"].params["b"][...] = 0
    weights = np.zeros((5, 8, 8, 4))
    t = np.arange(N_IMAGES) % 4
    x = rng.uniform(0, 0.05, (N_IMAGES, 1, 8, 8))
    for k, (row, column) in enumerate([(0, 0), (0, 4), (4, 0), (4, 4)]):
        weights[k, row:row + 4, column:column + 4, k] = 0.5
        x[t == k, :, row:row + 4, column:column + 4] += 0.6
    net["dense"].params["W"][...] = weights.reshape(320, 4)
    net["dense"].params["b"][...] = 0
    assert (net.predict(x) == t).all()
    return net, x, t


@pytest.mark.parametrize("name", CAUSAL)
def test_a_planted_class_specific_map_is_found(planted, name):
    net, x, t = planted
    scores = MEASURES[name](net, x, t)
    assert scores.features == tuple(("tanh", i) for i in range(5))
    for k in range(4):
        assert scores.strongest(k, 1) == [("tanh", k)]
    if name != "greedy knockout":       # it continues when y_k is 0 already
        assert all(("tanh", 4) in scores.weakest(k, 1) or scores.value(k, ("tanh", 4)) <= 1e-12
                   for k in range(4))


def test_cheap_ones_are_measures():
    assert set(CHEAP) <= set(MEASURES)


def test_gate_effects_are_those_of_single_gates():
    net, rng = small_net(), np.random.default_rng(3)
    x, t, rows = rng.random((40, 1, 11, 9)), rng.integers(4, size=40), np.arange(40)
    intact = net.forward(x).y[rows, t]
    for factor in (0.0, 0.5):
        effects = gate_effects(net, x, t, factor)
        for i, feature in enumerate(features_of(net)):
            gone = net.forward(x, tc.knockout([feature], factor)).y[rows, t]
            np.testing.assert_allclose(effects[:, i], gone - intact, atol=1e-12)
    np.testing.assert_allclose(knockout_alone(net, x, t).scores[2],
                               -gate_effects(net, x, t)[t == 2].mean(axis=0))


def test_selectivity_by_hand():
    net = tc.Network(conv=tc.Conv2D(1, 1, 1), flatten=tc.Flatten(), dense=tc.Dense(4, 2),
                     softmax=tc.Softmax())
    net["conv"].params["W"][...], net["conv"].params["b"][...] = 1, 0
    x = np.array([3.0, 5.0, 1.0]).reshape(3, 1, 1, 1) * np.ones((3, 1, 2, 2))
    scores = class_selectivity(net, x, np.array([0, 0, 1])).scores
    np.testing.assert_allclose(scores[:, 0], [(4 - 1) / (4 + 1), (1 - 4) / (1 + 4)], rtol=1e-6)


def test_greedy_takes_the_best_next_one_at_every_step():
    net, rng = small_net(), np.random.default_rng(6)
    x, t = rng.random((12, 1, 11, 9)), np.arange(12) % 4
    scores = greedy_knockout(net, x, t)
    for k in range(4):
        gone = []
        for feature in scores.strongest(k, 5):
            left = [f for f in scores.features if f not in gone]
            y = {f: net.forward(x[t == k], tc.knockout([*gone, f])).y[:, k].mean() for f in left}
            assert y[feature] == pytest.approx(min(y.values()))
            gone.append(feature)


def test_gradient_of_the_predicted_class(planted):
    net, x, t = planted
    wrong = (t + 1) % 4
    scores = gradient_of_predicted(net, x, wrong)
    assert scores.strongest(1, 1) == [("tanh", 0)]      # the labels say 1; the network says 0


def test_layer_matched_keeps_the_layers_and_loses_the_maps():
    features = tuple((layer, i) for layer in ("a", "b") for i in range(6))
    scores = tc.FeatureScores(np.tile(np.arange(12.0), (50, 1)), features)
    dealt = layer_matched(scores, np.random.default_rng(0))
    firsts = set()
    for k in range(50):
        assert [layer for layer, _ in dealt.strongest(k, 12)] == ["b"] * 6 + ["a"] * 6
        firsts.add(dealt.strongest(k, 1)[0])
        np.testing.assert_array_equal(np.sort(dealt.scores[k]), np.arange(12.0))
    assert len(firsts) == 6


def test_reranking_looks_at_the_damaged_network():
    differ = other_reading = 0
    for seed in range(6):
        net, rng = small_net(seed), np.random.default_rng(8)
        x, t = rng.normal(size=(9, 1, 11, 9)), np.full(9, 2)
        for w in net.params.values():
            w *= 3          # bent more, so that gradients of opposite sign cancel
        order = reranked_order(net, x, 2, 5)
        assert sorted(order) == sorted(features_of(net))
        for step in range(5):
            back = net.backward(net.forward(x, tc.knockout(order[:step])), np.eye(4)[t])
            left = {f: back[f[0]][:, f[1]].reshape(9, -1) for f in features_of(net)
                    if f not in order[:step]}
            norm = {f: np.linalg.norm(gradient.mean(axis=0)) for f, gradient in left.items()}
            assert norm[order[step]] == pytest.approx(max(norm.values()))
            other_reading += order[step] != max(
                left, key=lambda f, left=left: np.linalg.norm(left[f], axis=1).mean())
        differ += order != tc.convolutional_gradients(net, x, t).strongest(2, 5)
    assert differ                       # else the check above says nothing
    assert other_reading
