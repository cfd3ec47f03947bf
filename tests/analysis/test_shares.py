"""Measures that share out y_t: their sums, their definitions, and the knockouts that they are."""

from itertools import combinations, permutations
from math import factorial
from pathlib import Path

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis.ablation import gate_effects
from tinycnn.analysis.activity import features_of, gate_slopes
from tinycnn.analysis.measures import MEASURES
from tinycnn.analysis.shares import (
    class_outputs,
    gate_integrated_gradient,
    gate_shares,
    shapley_value,
)

ROOT = Path(__file__).resolve().parents[2]
N = 11
t = np.array([0, 3, 3, 0, 1, 3, 0, 1, 1, 3, 0])         # no image of class 2


def network(seed=0, scale=2.5):
    """Five maps: three after a tanh, two after a ReLU; weights large enough for curved outputs."""
    net = small_net(seed)
    for w in net.params.values():
        w *= scale
    return net, np.random.default_rng(seed).random((N, 1, 11, 9))


def y_without(net, x, gone):
    return net.forward(x, tc.knockout(gone)).y[np.arange(len(t)), t]


class EveryOrder:
    """Stands for a random generator: it gives every order of the features once."""

    def __init__(self, n):
        self.orders = permutations(range(n))

    def permutation(self, n):
        return np.array(next(self.orders))


# --- gate-integrated --------------------------------------------------------------------------

@pytest.mark.parametrize("layers", [None, ["relu2"], ["tanh1", "tanh3"]])
def test_gate_shares_add_up_to_what_all_maps_contribute(layers):
    net, x = network()
    whole = y_without(net, x, []) - y_without(net, x, features_of(net, layers))
    errors = [abs(gate_shares(net, x, t, layers, steps=steps).sum(axis=1) - whole).max()
              for steps in (16, 64, 256)]
    assert abs(whole).max() > 0.3
    assert errors[0] < 0.02
    assert errors[2] < errors[0] / 50 or errors[0] < 1e-6      # falls with the square of the steps
    assert errors[2] < 1e-4


def test_sixteen_steps_are_enough_in_the_network_of_the_tutorials():
    faces = tc.drawn_faces(people=3)
    x, labels, net = faces.images, faces.labels, tc.Network.load(ROOT / "tutorials/drawn_faces.npz")
    rows, gone = np.arange(len(x)), tc.knockout(features_of(net))
    whole = (net.forward(x).y - net.forward(x, gone).y)[rows, labels]
    errors = abs(gate_shares(net, x, labels).sum(axis=1) - whole)
    assert whole.mean() > 0.7
    assert errors.max() < 0.001


def test_gate_shares_are_the_mean_slope_along_the_gates():
    """Central differences of the gate of one map, at the same gates of all maps."""
    net, x = network(1)
    features, h, steps = features_of(net), 1e-5, 3
    sizes = {name: net.forward(x[:1])[name].shape[1] for name in tc.feature_layers(net)}
    expected = np.zeros((N, len(features)))
    for a in (1 / 6, 3 / 6, 5 / 6):
        for i, (name, number) in enumerate(features):
            moved = {}
            for step in (h, -h):
                gates = {layer: np.full(maps, a) for layer, maps in sizes.items()}
                gates[name][number] += step
                moved[step] = net.forward(x, gates).y[np.arange(N), t]
            expected[:, i] += (moved[h] - moved[-h]) / (2 * h) / steps
    np.testing.assert_allclose(gate_shares(net, x, t, steps=steps), expected, 1e-6, 1e-9)


def test_of_a_networks_only_map_it_is_the_knockout():
    net = tc.Network((1, 6, 5), conv=tc.Conv2D(1, 1, 2, rng=2, init=0.8), tanh=tc.Tanh(),
                     flatten=tc.Flatten(), dense=tc.Dense(20, 4, rng=3), softmax=tc.Softmax(),
                     ).astype(np.float64)
    x = np.random.default_rng(4).random((N, 1, 6, 5)) * 4
    effect = -gate_effects(net, x, t)
    assert abs(effect).max() > 0.2
    np.testing.assert_allclose(gate_shares(net, x, t, steps=400), effect, 0, 1e-5)
    np.testing.assert_allclose(shapley_value(net, x, t).scores,
                               MEASURES["knockout alone"](net, x, t).scores, 1e-12)


def test_of_a_linear_network_all_agree():
    """One layer of maps, no curve: a share, a knockout and a slope are the same."""
    net = tc.Network((1, 6, 5), conv=tc.Conv2D(1, 4, 2, rng=2), flatten=tc.Flatten(),
                     dense=tc.Dense(80, 4, rng=3)).astype(np.float64)
    x = np.random.default_rng(4).random((N, 1, 6, 5))
    slopes = gate_slopes(net, x, t)
    np.testing.assert_allclose(gate_shares(net, x, t, steps=1), slopes, 1e-9)
    for k in (0, 1, 3):
        np.testing.assert_allclose(shapley_value(net, x, t, permutations=2).scores[k],
                                   slopes[t == k].mean(axis=0), 1e-9)


def test_the_measure_is_the_mean_over_the_class_and_takes_blocks(monkeypatch):
    net, x = network()
    shares = gate_shares(net, x, t)
    monkeypatch.setattr("tinycnn.analysis.shares.BLOCK", 4)
    np.testing.assert_allclose(gate_shares(net, x, t), shares, 0, 1e-14)
    scores = gate_integrated_gradient(net, x, t)
    for k in (0, 1, 3):
        np.testing.assert_allclose(scores.scores[k], shares[t == k].mean(axis=0))
    assert scores.known == [0, 1, 3]
    assert (scores.scores[[0, 1, 3]] < 0).any()         # some maps are against the class


# --- Shapley ----------------------------------------------------------------------------------

def exact(net, x):
    """The sum over all sets of the other maps, with Shapley's weights: (4, n_features)."""
    features = features_of(net)
    n = len(features)
    y = {}
    for size in range(n + 1):
        for kept in combinations(features, size):
            y[frozenset(kept)] = y_without(net, x, set(features) - set(kept))
    values = np.full((4, n), np.nan)
    for i, feature in enumerate(features):
        gains = np.zeros(N)
        for kept, found in y.items():
            if feature not in kept:
                weight = factorial(len(kept)) * factorial(n - len(kept) - 1) / factorial(n)
                gains += weight * (y[kept | {feature}] - found)
        for k in np.unique(t):
            values[k, i] = gains[t == k].mean()
    return values


def test_over_all_orders_it_is_the_sum_over_all_sets():
    net, x = network(2)
    found = shapley_value(net, x, t, permutations=240, rng=EveryOrder(5))
    np.testing.assert_allclose(found.scores, exact(net, x), 0, 1e-13)


def test_of_random_orders_it_comes_near():
    net, x = network(2)
    values = exact(net, x)[[0, 1, 3]]
    errors = {n: np.mean([(shapley_value(net, x, t, permutations=n,
                                         rng=np.random.default_rng(seed)).scores[[0, 1, 3]]
                           - values) ** 2 for seed in range(8)]) for n in (8, 128)}
    assert errors[128] < errors[8] / 6          # about 16 times as small: chance, and no bias
    assert errors[128] < 0.01 * (values ** 2).mean()


def test_the_values_add_up_for_any_number_of_orders():
    net, x = network()
    whole = y_without(net, x, []) - y_without(net, x, features_of(net))
    for n in (1, 2, 5):
        found = shapley_value(net, x, t, permutations=n, rng=np.random.default_rng(n))
        assert found.options == {"permutations": n}
        for k in (0, 1, 3):
            assert found.scores[k].sum() == pytest.approx(whole[t == k].mean(), rel=1e-10)


def test_every_second_order_is_the_one_before_it_backwards():
    net, x = network()
    order = np.random.default_rng(3).permutation(5)
    found = shapley_value(net, x, t, permutations=2, rng=np.random.default_rng(3)).scores
    features = features_of(net)
    for k in (0, 1, 3):
        for place, i in enumerate(order):
            earlier = [features[j] for j in order[:place]]
            later = [features[j] for j in order[place + 1:]]
            losses = [(y_without(net, x, gone) - y_without(net, x, [*gone, features[i]]))[t == k]
                      for gone in (earlier, later)]
            assert found[k, i] == pytest.approx(np.mean(losses), abs=1e-13)


def test_the_orders_come_from_the_weights():
    net, x = network()
    np.testing.assert_array_equal(shapley_value(net, x, t, permutations=4).scores,
                                  shapley_value(net.copy(), x, t, permutations=4).scores)
    other = net.copy()
    other["conv1"].params["W"] += 1e-12
    assert not np.allclose(shapley_value(net, x, t, permutations=4).scores,
                           shapley_value(other, x, t, permutations=4).scores, equal_nan=True)


def test_mean_outputs_of_each_class(monkeypatch):
    net, x = network()
    features = features_of(net)
    sets = [frozenset(), frozenset(features), frozenset(features[1:4]), frozenset(features[3:])]
    monkeypatch.setattr("tinycnn.analysis.without.IN_MEMORY", 10_000)      # some images at a time
    found = class_outputs(net, x, t, sets)
    assert set(found) == set(sets)
    for gone, means in found.items():
        y = y_without(net, x, gone)
        np.testing.assert_allclose(means[[0, 1, 3]], [y[t == k].mean() for k in (0, 1, 3)])
        assert np.isnan(means[2])
