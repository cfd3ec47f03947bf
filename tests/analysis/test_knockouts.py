"""Section V-C: what is removed is removed, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis.knockouts import map_means

ORDER = [("relu2", 1), ("tanh1", 2), ("tanh1", 0), ("relu2", 0), ("tanh1", 1)]


@pytest.fixture
def net():
    return small_net()


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    return rng.normal(size=(70, 1, 11, 9)), rng.integers(0, 3, 70)


def test_gates_name_the_maps():
    gates = tc.knockout([("tanh1", 2), ("tanh3", 0), ("tanh1", 0)])
    assert gates.keys() == {"tanh1", "tanh3"}
    np.testing.assert_array_equal(gates["tanh1"], [0, 1, 0])
    np.testing.assert_array_equal(gates["tanh3"], [0])
    np.testing.assert_array_equal(tc.knockout([("a", 1)], factor=0.5)["a"], [1, 0.5])
    assert tc.knockout([]) == {}
    with pytest.raises(ValueError, match="counted from 0"):
        tc.knockout([("tanh1", -1)])


def test_a_knocked_out_map_is_zero_and_the_others_are_not(net, data):
    x, _ = data
    plain, broken = net.forward(x), net.forward(x, tc.knockout([("tanh1", 1)]))
    assert (broken["tanh1"][:, 1] == 0).all()
    np.testing.assert_array_equal(broken["tanh1"][:, [0, 2]], plain["tanh1"][:, [0, 2]])


def test_a_curve_is_the_network_without_ever_more_maps(net, data):
    x, t = data
    damaged = tc.knockout_curve(net, x, t, ORDER, factor=0.5)
    labels = tc.knockout_curve(net, x, t, ORDER)
    assert labels.shape == damaged.shape == (6, 70)
    np.testing.assert_array_equal(labels[0], net.predict(x))
    for step in range(6):
        for curve, factor in ((labels, 0), (damaged, 0.5)):
            expected = net.forward(x, tc.knockout(ORDER[:step], factor)).y.argmax(axis=1)
            np.testing.assert_array_equal(curve[step], expected)
    assert (labels != damaged).any()
    assert len({tuple(row) for row in labels}) > 2      # it does change
    np.testing.assert_array_equal(net.predict(x), labels[0])    # and leaves the network alone


def test_a_wrong_feature_is_explained(net, data):
    with pytest.raises(ValueError, match="no layer 'tanh7'"):
        tc.knockout_curve(net, *data, [("tanh7", 0)])
    with pytest.raises(tc.ShapeError, match="3 feature maps"):
        tc.knockout_curve(net, *data, [("tanh1", 3)])
    with pytest.raises(tc.ShapeError, match="as many labels"):
        tc.knockout_curve(net, data[0], data[1][:3], ORDER)


def test_errors_modes_and_rows():
    t = np.array([0, 0, 1, 1, 1])
    labels = np.array([[0, 0, 1, 1, 1], [0, 1, 2, 0, 1], [2, 2, 2, 2, 1]])
    curve = tc.KnockoutCurve(1, "strongest", (("tanh1", 4), ("tanh2", 0)), labels, t)
    np.testing.assert_allclose(curve.class_error, [0, 2 / 3, 2 / 3])
    np.testing.assert_allclose(curve.overall_error, [0, 3 / 5, 4 / 5])
    np.testing.assert_array_equal(curve.modes(3), [[0, 1, -1], [0, 0, -1], [2, 2, -1]])
    assert curve.lost_at(3).tolist() == [2, 1, 3]       # no image of 2, so it is not lost
    assert not curve.another_is_lost_first(3)
    assert replace(curve, identity=0).another_is_lost_first(3)
    rows = list(curve.rows())
    assert len(rows) == 15
    assert rows[0] == (1, "strongest", 0, "", -1, 0, 0, 0)
    assert rows[6] == (1, "strongest", 1, "tanh1", 4, 1, 0, 1)


def test_experiments_remove_what_the_scores_say(net, data):
    x, t = data
    scores = tc.convolutional_gradients(net, x, t)
    curves = tc.knockout_experiments(net, x, t, scores, [2, 0], strongest=2, weakest=4)
    assert [(c.identity, c.end, len(c.order)) for c in curves] == [
        (2, "strongest", 2), (2, "weakest", 4), (0, "strongest", 2), (0, "weakest", 4)]
    assert list(curves[0].order) == scores.strongest(2, 2)
    assert list(curves[3].order) == scores.weakest(0, 4)
    np.testing.assert_array_equal(curves[0].labels,
                                  tc.knockout_curve(net, x, t, scores.strongest(2, 2)))


def test_what_is_taken_away_can_be_filled(net, data):
    x, _ = data
    plain, fill = net.forward(x), {"tanh1": np.array([0.3, -0.2, 0.7])}
    for factor in (0.0, 0.5):
        filled = net.forward(x, tc.knockout([("tanh1", 1)], factor), fill)
        np.testing.assert_allclose(filled["tanh1"][:, 1],
                                   factor * plain["tanh1"][:, 1] + (1 - factor) * -0.2)
        np.testing.assert_array_equal(filled["tanh1"][:, [0, 2]], plain["tanh1"][:, [0, 2]])
    np.testing.assert_array_equal(net.forward(x, fill=fill).y, plain.y)     # nothing to fill


def test_a_filled_curve_is_the_network_with_these_fills(net, data):
    x, t = data
    fill = map_means(net, x, ["tanh1", "relu2"])
    labels = tc.knockout_curve(net, x, t, ORDER, fill=fill)
    for step in range(6):
        trace = net.forward(x, tc.knockout(ORDER[:step]), fill)
        np.testing.assert_array_equal(labels[step], trace.y.argmax(axis=1))
        assert (trace["relu2"][:, 1] == trace["relu2"][0, 1, 0, 0]).all() == (step >= 1)
    assert (labels != tc.knockout_curve(net, x, t, ORDER)).any()


def test_a_fill_may_differ_for_each_image_and_each_output(net, data):
    x, t = data
    others = np.random.default_rng(2).permutation(70)
    fill = {"tanh1": net.forward(x[others])["tanh1"]}
    for factor in (0.0, 0.25):
        trace = net.forward(x, tc.knockout([("tanh1", 1)], factor), fill)
        np.testing.assert_allclose(trace["tanh1"][:, 1], factor * net.forward(x)["tanh1"][:, 1]
                                   + (1 - factor) * fill["tanh1"][:, 1])
    labels = tc.knockout_curve(net, x, t, ORDER, fill=fill)
    for step in range(6):
        expected = net.forward(x, tc.knockout(ORDER[:step]), fill).y.argmax(axis=1)
        np.testing.assert_array_equal(labels[step], expected)


def test_map_means_are_those_of_all_images(net, data):
    x, _ = data
    trace, means = net.forward(x), map_means(net, x, ["tanh1", "relu2"])
    for name in ("tanh1", "relu2"):
        np.testing.assert_allclose(means[name], trace[name].mean(axis=(0, 2, 3)))


def test_a_wrong_fill_is_explained(net, data):
    x, _ = data
    gates = tc.knockout([("tanh1", 1)])
    with pytest.raises(tc.ShapeError, match=r"fill of layer 'tanh1': expected one number.* 3"):
        net.forward(x, gates, {"tanh1": np.zeros(2)})
    with pytest.raises(tc.ShapeError, match=r"outputs of shape \(70, 3, .*, got shape \(70, 3\)"):
        net.forward(x, gates, {"tanh1": np.zeros((70, 3))})
    with pytest.raises(ValueError, match="fill: no layer 'tanh9'"):
        net.forward(x, gates, {"tanh9": np.zeros(2)})


def test_gradients_do_not_see_a_fill(net, data):
    x, _ = data
    gates, fill = tc.knockout([("tanh1", 1)], 0.5), {"tanh1": np.array([9.0, 0.4, 9.0])}
    trace, seed = net.forward(x[:2], gates, fill), np.eye(4)[[0, 2]]
    back, h = net.backward(trace, seed), 1e-6
    pixel = h * (np.arange(99).reshape(11, 9) == 40)
    above, below = (net.forward(x[:2] + nudge, gates, fill) for nudge in (pixel, -pixel))
    slope = ((above.y - below.y) * seed).sum(axis=1) / (2 * h)
    np.testing.assert_allclose(back["input"][:, 0].reshape(2, -1)[:, 40], slope, rtol=1e-5)


@pytest.mark.parametrize(("predicted", "expected"), [
    ([[0, 1, 2], [0, 0, 2], [1, 0, 2]], True),          # 1 is lost at step 1, 0 at step 2
    ([[0, 1, 2], [1, 0, 2], [1, 0, 0]], False),         # both at once
    ([[0, 1, 2], [1, 1, 2], [1, 0, 2]], False), ([[0, 1, 2], [0, 1, 0], [0, 1, 0]], True),
    ([[0, 1, 2], [0, 1, 2], [0, 1, 2]], False)])        # nobody ever
def test_who_is_lost_first(predicted, expected):
    curve = tc.KnockoutCurve(0, "strongest", (("a", 0), ("a", 1)), np.array(predicted),
                             np.array([0, 1, 2]))
    assert curve.another_is_lost_first(3) is expected
