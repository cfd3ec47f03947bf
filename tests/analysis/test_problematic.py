"""Section V-E: planted dead, saturated and weak maps are found, healthy ones are not."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.analysis import problematic_units
from tinycnn.analysis.problematic import RANGES, disagreement, state_of, verdict


@pytest.fixture
def x():
    return np.random.default_rng(0).random((40, 1, 60, 60))


def test_planted_units_are_found(x):
    net = tc.face_net(seed=0).astype(np.float64)
    conv = net["conv1"].params
    conv["W"][1] = 0                    # dead: the same output everywhere
    conv["b"][1] = 0.4
    conv["W"][2] *= 0.2
    conv["b"][2] = 20.0                 # saturated, and so dead as well
    conv["W"][3] = 40 * (conv["W"][3] - conv["W"][3].mean())   # near -1 and 1, but it varies
    scores = tc.convolutional_gradients(net, x, np.arange(40) % 15)
    units = {unit.feature: unit for unit in problematic_units(net, x, np.arange(40) % 15, scores)}
    assert list(units) == list(scores.features)
    assert "dead" in units["tanh1", 1].verdict
    assert units["tanh1", 1].spread < 1e-12
    assert units["tanh1", 1].mean_activation == pytest.approx(np.tanh(0.4))
    assert "dead" in units["tanh1", 2].verdict
    assert units["tanh1", 2].saturated == 1
    assert "saturated" in units["tanh1", 3].verdict
    assert 0.5 < units["tanh1", 3].saturated < 1
    assert "dead" not in units["tanh1", 0].verdict
    assert "saturated" not in units["tanh1", 0].verdict


def test_weak_is_the_last_third_of_each_ranking(x):
    net = tc.face_net(seed=0)
    features = tuple(("tanh3", i) for i in range(9))
    scores = np.tile(np.arange(9.0), (3, 1))            # map 8 is the strongest for all classes
    scores[2] = scores[2, ::-1]                         # except class 2: the reverse order
    units = problematic_units(net, x[:5], np.arange(5), tc.FeatureScores(scores, features))
    assert [unit.weak_for for unit in units] == pytest.approx([2 / 3] * 3 + [0] * 3 + [1 / 3] * 3)


def test_statistics_are_those_of_the_outputs(x):
    net = tc.face_net(seed=1)
    scores = tc.convolutional_gradients(net, x, np.zeros(40, int), ["tanh2"])
    o = net.forward(x)["tanh2"].astype(np.float64)
    for unit in problematic_units(net, x, np.arange(40) % 15, scores):
        own = o[:, unit.feature[1]]
        assert unit.mean_activation == pytest.approx(own.mean(), abs=1e-6)
        assert unit.spread == pytest.approx(own.std(axis=0).mean(), rel=1e-4)
        assert unit.saturated == pytest.approx((np.abs(own) > 0.99).mean(), abs=1e-6)


@pytest.mark.parametrize(("weak_for", "spread", "saturated", "words"), [
    (1, 0.5, 0.0, "weak for all, yet active"), (1, 0.01, 0.0, "weak for all, dead"),
    (1, 0.5, 0.9, "weak for all, saturated"), (0.6, 0.5, 0.0, "weak for most"),
    (0.6, 0.01, 0, "weak for most, dead"), (0.2, 0.5, 0.9, "saturated, yet not weak"),
    (0.2, 0.5, 0.1, ""), (1, 0.5, np.nan, "weak for all, not judged"), (0.2, 0.5, np.nan, "")])
def test_verdicts(weak_for, spread, saturated, words):
    reach = np.nan if np.isnan(saturated) else 1
    assert verdict(weak_for, state_of(0.3, spread, saturated, reach)) == words


@pytest.mark.parametrize(("kind", "mean", "spread", "words"), [
    ("tanh", 0.0, 0.04, "dead"), ("tanh", 0.0, 0.06, ""), ("sigmoid", 0.5, 0.03, ""),
    ("sigmoid", 0.5, 0.02, "dead"), ("relu", 0.0, 0.0, "dead"), ("relu", 1e-5, 1e-6, ""),
    ("relu", 2.0, 1e-8, "dead")])
def test_what_is_dead_depends_on_the_activation(kind, mean, spread, words):
    assert state_of(mean, spread, 0.0, RANGES[kind][1]) == words


def test_gradients_are_shares_of_a_classs_largest(x):
    features = tuple(("tanh3", i) for i in range(3))
    scores = tc.FeatureScores(np.array([[1.0, 2, 4], [300, 0, 100], [np.nan] * 3]), features)
    units = problematic_units(tc.face_net(seed=0), x[:5], np.arange(5), scores)
    assert [unit.gradient for unit in units] == pytest.approx(
        [(1 / 4 + 1) / 2, (2 / 4 + 0) / 2, (1 + 1 / 3) / 2])


@pytest.mark.parametrize(("weak_for", "state", "alone", "words"), [
    (0.6, "", 0.03, "weak gradients, yet needed"), (0.6, "", 0.02, ""),
    (0.2, "dead", 0.03, "dead, yet needed"), (0.2, "saturated", 0.03, "saturated, yet needed"),
    (0.2, "not judged", 0.03, ""), (0.0, "", 0.0, "never weak, yet not missed"),
    (0.1, "", 0.0, "")])
def test_disagreements(weak_for, state, alone, words):
    assert disagreement(weak_for, state, alone) == words


@pytest.mark.parametrize("n", [1, 2, 6])
def test_equal_gradients_make_no_map_weak(x, n):
    """Nor does their order: only the index would differ."""
    features = tuple(("tanh3", i) for i in range(n))
    units = problematic_units(tc.face_net(seed=0), x[:5], np.arange(5),
                              tc.FeatureScores(np.zeros((3, n)), features))
    assert all(np.isnan(unit.weak_for) and unit.verdict in ("", "dead") for unit in units)
    assert not {unit.disagreement for unit in units} - {"", "dead, yet needed"}
    assert verdict(np.nan, "dead") == "dead"


def test_maps_without_any_gradient_are_weak_together(x):
    features = tuple(("tanh3", i) for i in range(7))
    scores = np.array([[0, 0, 3, 0, 0, 0, 0], [1, 0, 2, 0, 3, 4, 5], [2, 2, 2, 2, 2, 2, 2.0]])
    units = problematic_units(tc.face_net(seed=0), x[:5], np.arange(5),
                              tc.FeatureScores(scores, features))
    assert [unit.weak_for for unit in units] == [1, 1, 0, 1, 0.5, 0.5, 0.5]
    assert [unit.ranks[1] for unit in units] == [5, 7, 4, 7, 3, 2, 1]
