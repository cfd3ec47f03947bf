"""Maps whose meaning is known: one for each identity, some for all, some loud for nothing.

Measures that claim to know which maps matter *to an identity* have to find its own map first.
"""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.analysis.controls import own_minus_others, swap_matrix
from tinycnn.analysis.measures import MEASURES

K, N, SIDE = 4, 24, 4
OWN, SHARED, LOUD = range(4), (4, 5), (6, 7)        # maps of the first convolution
SPECIFIC = ("gradient x activation", "gradient x activation, logit", "secant x activation", "LRP",
            "gate-integrated", "knockout alone", "Shapley value", "greedy knockout")
LARGE_CHANGES = SPECIFIC[2:]        # those that do not ask what a small change does
T = np.arange(N) % K


def faces(rng):
    """(N, K + 1, 4, 4): channel k is bright in images of k; the last one is, in all images."""
    x = rng.uniform(0, 0.1, (N, K + 1, SIDE, SIDE))
    x[np.arange(N), T] += 0.8
    x[:, K] += 0.8
    return x


def network(rng, saturated=()):
    """Map k of tanh1 sees the channel of identity k, and is read for class k alone.

    Maps 4 and 5 are read against a fifth class that nobody has: without them it is the answer to
    every image. Maps 6 and 7 have the largest outputs, and nobody reads them. In between, tanh2
    takes each map as it is; those in `saturated` it takes a hundred times as large.
    """
    net = tc.Network((K + 1, SIDE, SIDE), conv1=tc.Conv2D(K + 1, 8, 1), tanh1=tc.Tanh(),
                     conv2=tc.Conv2D(8, 8, 1), tanh2=tc.Tanh(), flatten=tc.Flatten(),
                     dense=tc.Dense(8 * SIDE ** 2, K + 1), softmax=tc.Softmax()).astype(np.float64)
    for w in net.params.values():
        w[...] = 0
    sees = net["conv1"].params["W"][:, :, 0, 0]
    sees[OWN, OWN], sees[SHARED, K], sees[LOUD, K] = 0.5, 0.5, 5
    passes = net["conv2"].params["W"][:, :, 0, 0]
    passes[range(8), range(8)] = 1
    passes[saturated, saturated] = 100
    reads = np.zeros((8, SIDE ** 2, K + 1))
    reads[OWN, :, OWN] = 0.7
    reads[SHARED, :, K] = -0.5
    net["dense"].params["W"][...] = reads.reshape(-1, K + 1)
    net["dense"].params["b"][K] = 5.5
    for w in net.params.values():           # nothing is exactly 0, in any network
        w += rng.normal(size=w.shape) * 1e-3
    return net


def test_what_is_planted_is_there():
    """Own maps matter to one identity, shared ones to all, loud ones to nobody."""
    rng = np.random.default_rng(0)
    net, x = network(rng), faces(rng)
    assert (net.predict(x) == T).all()
    for k in OWN:
        found = net.forward(x, tc.knockout([("tanh1", k)])).y.argmax(axis=1)
        assert (found[k == T] != k).all()
        assert (found == T)[k != T].all()
    for maps, answers in ((SHARED, K), (LOUD, T)):
        gone = net.forward(x, tc.knockout([("tanh1", m) for m in maps]))
        assert (gone.y.argmax(axis=1) == answers).all()
    size = abs(net.forward(x)["tanh1"]).mean(axis=(0, 2, 3))
    assert size[list(LOUD)].min() > 2 * np.delete(size, LOUD).max()


@pytest.mark.parametrize("name", SPECIFIC)
def test_each_identitys_own_map_is_found_first(name):
    rng = np.random.default_rng(1)
    net, x = network(rng), faces(rng)
    scores = MEASURES[name](net, x, T, ["tanh1"])
    for k in OWN:
        assert scores.strongest(k, 1) == [("tanh1", k)]
        if name != "greedy knockout":       # it continues when y_k is 0 already
            best_loud = max(scores.value(k, ("tanh1", m)) for m in LOUD)
            assert best_loud < scores.value(k, ("tanh1", k)) / 10


@pytest.mark.parametrize("name", SPECIFIC)
def test_knockouts_of_own_maps_are_specific(name):
    rng = np.random.default_rng(2)
    net, x = network(rng), faces(rng)
    scores = MEASURES[name](net, x, T, ["tanh1"])
    answers = {k: tc.knockout_curve(net, x, T, scores.strongest(k, 1)) for k in OWN}
    assert own_minus_others(swap_matrix(answers, T)) == 1
    loudest = MEASURES["activation"](net, x, T, ["tanh1"])
    answers = {k: tc.knockout_curve(net, x, T, loudest.strongest(k, 1)) for k in OWN}
    assert own_minus_others(swap_matrix(answers, T)) == 0


@pytest.mark.parametrize("name", LARGE_CHANGES)
def test_a_saturated_unit_after_the_map_hides_nothing(name):
    rng = np.random.default_rng(3)
    net, x = network(rng, saturated=OWN), faces(rng)
    assert abs(net.forward(x)["tanh2"][T == 1, 1]).min() > 0.999
    scores = MEASURES[name](net, x, T, ["tanh1"])
    assert [scores.strongest(k, 1) for k in OWN] == [[("tanh1", k)] for k in OWN]


@pytest.mark.parametrize("name", sorted(set(SPECIFIC) - set(LARGE_CHANGES) | {
    "gradient, logit", "gradient"}))
def test_the_tangent_is_blind_before_a_saturated_unit(name):
    """Why the test above says something: the map that decides about k comes after others."""
    rng = np.random.default_rng(3)
    net, x = network(rng, saturated=OWN), faces(rng)
    scores = MEASURES[name](net, x, T, ["tanh1"])
    assert not any(scores.strongest(k, 1) == [("tanh1", k)] for k in OWN)


def test_of_shuffled_labels_only_what_is_right_by_chance_is_specific():
    """A network learns shuffled labels by heart. Of the true ones it knows what chance gives: its
    answer k needs maps of its own, but these are no maps of identity k."""
    rng = np.random.default_rng(4)
    t = np.arange(40) % K
    x = rng.uniform(0, 0.3, (40, 1, 8, 8)) + 0.25 * rng.normal(size=(K, 1, 8, 8))[t]
    shuffled = rng.permutation(t)
    net = tc.Network((1, 8, 8), conv1=tc.Conv2D(1, 8, 3, rng=4), tanh1=tc.Tanh(),
                     pool1=tc.MaxPool2D(2), conv2=tc.Conv2D(8, 8, 2, rng=5), tanh2=tc.Tanh(),
                     flatten=tc.Flatten(), dense=tc.Dense(32, K, rng=6), softmax=tc.Softmax())
    tc.train(net, x, shuffled, epochs=200, batch_size=10, seed=4)
    assert (net.predict(x) == shuffled).mean() > 0.9
    by_chance = (net.predict(x) == t).mean()
    assert by_chance < 0.4
    for name in SPECIFIC:
        found = {}
        for labels in (shuffled, t):
            scores = MEASURES[name](net, x, labels)
            answers = {k: tc.knockout_curve(net, x, labels, scores.strongest(k, 6))
                       for k in range(K)}
            found[labels is t] = own_minus_others(swap_matrix(answers, labels))
        assert found[True] < by_chance + 0.1, name
        assert found[False] > found[True], name
