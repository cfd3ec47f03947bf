"""Which maps push a face towards a wrong identity: planted culprits are found."""

import sys
import tracemalloc

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis.mistakes import mistakes


@pytest.fixture
def blamed():
    """A network whose map 2 speaks for class 1 wherever the right half is bright."""
    net = tc.Network(conv=tc.Conv2D(1, 3, 1), tanh=tc.Tanh(), flatten=tc.Flatten(),
                     dense=tc.Dense(3 * 8, 3), softmax=tc.Softmax()).astype(np.float64)
    net["conv"].params["W"][...], net["conv"].params["b"][...] = 1, 0
    weights = np.zeros((3, 2, 4, 3))
    weights[0, :, :2, 0] = 1                    # map 0, left half: class 0
    weights[1, :, 2:, 2] = 0.2                  # map 1, right half: a little for class 2
    weights[2, :, 2:, 1] = 2                    # map 2, right half: class 1
    net["dense"].params["W"][...] = weights.reshape(24, 3)
    net["dense"].params["b"][...] = [0.1, 0, 0]
    return net


def test_the_planted_culprit_is_found(blamed):
    x = np.zeros((3, 1, 2, 4))
    x[0, :, :, :2], x[1], x[2, :, :, 2:] = 0.9, 0.9, 0.9
    t = np.array([0, 0, 2])                     # the second and the third are mistaken for 1
    found = mistakes(blamed, x, t, nearly=0)
    assert [(m.image, m.true, m.other) for m in found] == [(2, 2, 1), (1, 0, 1)]
    for mistake in found:
        assert mistake.wrong
        assert mistake.features[mistake.culprits[0]] == ("tanh", 2)
        assert mistake.repairs.tolist() == [False, False, True]
        assert mistake.effects[2] == pytest.approx(mistake.effects.min())


def test_near_misses_are_counted_up_to_a_lead():
    net, rng = small_net(), np.random.default_rng(1)
    x = rng.random((30, 1, 11, 9))
    t = net.predict(x)                          # all are right
    y = np.sort(net.predict_proba(x), axis=1)
    margin = y[:, -1] - y[:, -2]
    limit = float(np.median(margin))
    assert len(mistakes(net, x, t, nearly=limit)) == (margin < limit).sum() == 15
    assert mistakes(net, x, t, nearly=0) == []


def test_any_number_of_images_in_bounded_memory():
    net, x = small_net(), np.random.default_rng(0).normal(size=(1600, 1, 11, 9))

    def peak(n):
        tracemalloc.start()
        for mistake in mistakes(net, x[:n], np.arange(n) % 4, nearly=1):
            assert mistake.image < n
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used
    peak(8)
    each = 1600 * 1.5e3         # what is found out about an image
    assert peak(1600) < 1.5 * peak(64) + each


def test_blocks_make_no_difference(monkeypatch):
    net, x, t = small_net(), np.random.default_rng(0).normal(size=(20, 1, 11, 9)), np.arange(20) % 4
    whole = mistakes(net, x, t)
    assert len(whole) > 2 * 3
    monkeypatch.setattr(sys.modules["tinycnn.analysis.mistakes"], "BLOCK", 3)
    for ours, theirs in zip(mistakes(net, x, t), whole, strict=True):
        assert (ours.image, ours.true, ours.other) == (theirs.image, theirs.true, theirs.other)
        np.testing.assert_allclose(ours.effects, theirs.effects, 1e-10, 1e-14)
        np.testing.assert_allclose(ours.pushes, theirs.pushes, 1e-10, 1e-14)
