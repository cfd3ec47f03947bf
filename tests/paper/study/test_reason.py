"""Other activations, and what secants and tangents then find."""

from dataclasses import replace

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.analysis.controls import own_minus_others, swap_matrix
from tinycnn.analysis.measures import MEASURES
from tinycnn.paper.study.pages import reason as page
from tinycnn.paper.study.parts import reason
from tinycnn.paper.study.rows import Numbers, row
from tinycnn.paper.study.subject import Subject, Training


@pytest.fixture(scope="module")
def subject():
    """A paper's network of three people, trained for a moment."""
    data = tc.drawn_faces(people=3)
    s = Subject(data, 1, Training(epochs=24))
    net = s.fresh()
    s.trained(net, data, s.split[0])
    return replace(s, params=net.params)


def test_a_wider_tanh_is_right():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 3, (2, 3, 4, 5))
    assert tc.check_layer(reason.WiderTanh(), x, rng).ok
    np.testing.assert_allclose(reason.WiderTanh().forward(x)[0], 2 * np.tanh(x / 2))


def test_every_tanh_is_replaced_and_nothing_else(subject):
    net = reason.with_activation(subject.fresh(), tc.ReLU)
    assert [type(layer).__name__ for layer in net.layers.values()] == [
        "ReLU" if isinstance(layer, tc.Tanh) else type(layer).__name__
        for layer in subject.fresh().layers.values()]
    assert sum(isinstance(layer, tc.ReLU) for layer in net.layers.values()) == 4
    np.testing.assert_array_equal(net.params["conv2.W"], subject.fresh().params["conv2.W"])


def test_numbers_are_those_of_the_networks(subject):
    rows = Numbers(reason.reason(subject))
    x, t, train = subject.data.images, subject.data.labels, subject.split[0]
    relu = reason.with_activation(subject.fresh(), tc.ReLU)
    tc.train(relu, x[train], t[train], epochs=24, seed=1, learning_rate=0.03)
    for name, net in (("tanh", subject.net), ("ReLU", relu)):
        [wrong] = rows.find("reason", "error on all", option=name)
        assert wrong == (net.predict(x) != t).mean()
        trace = net.forward(x)
        slopes = [((1 - trace[f"{layer}"] ** 2) if name == "tanh" else trace[layer] > 0).ravel()
                  for layer in ("tanh1", "tanh2", "tanh3", "tanh4")]
        assert wrong <= 1 / 3, "not learnt: it has only its error"
        assert rows.find("reason", "mean slope", option=name) == pytest.approx(
            np.concatenate(slopes).mean(), rel=1e-4)
        own = [own_minus_others(swap_matrix({k: tc.knockout_curve(
            net, x, t, MEASURES[measure](net, x, t).strongest(k, 10)) for k in range(3)}, t))
            for measure in (reason.TANGENT, reason.SECANT)]
        for measure, value in zip((reason.TANGENT, reason.SECANT), own, strict=True):
            assert rows.find("reason", "own minus others", subject=measure,
                             option=name) == pytest.approx(value)
        assert rows.find("reason", "secant minus tangent", option=name) == pytest.approx(
            own[1] - own[0])


def test_only_some_seeds_and_only_with_a_tanh(subject):
    assert reason.reason(replace(subject, seed=20)) == []
    assert reason.reason(replace(subject, seed=120)) == []
    no_tanh = replace(subject.training, net="tutorials/my_network.py:two_convolutions")
    assert reason.reason(replace(subject, training=no_tanh)) == []


def test_the_page_shows_each_activation(tmp_path):
    rows = [row(seed, "reason", quantity, value + seed / 1e3, option=name)
            for seed in range(3) for name, lead in (("tanh", 0.2), (reason.WIDER, 0.01))
            for quantity, value in (("error on all", 0.05), ("mean slope", 0.4),
                                    ("secant minus tangent", lead))]
    head, body = page.reason(Numbers(rows), tmp_path).table
    assert [(line[0], line[1]) for line in body] == [("tanh", 3), (reason.WIDER, 3)]
    assert body[0][-1].startswith("0.20 (")
    assert body[1][-1].startswith("0.01 (")
    assert len(head) == len(body[0])
    assert "Not measured" in page.reason(Numbers(rows[:3]), tmp_path).text[0]


def test_the_lead_that_is_lost_is_that_of_tanh_minus_that_of_the_wider_one(subject, monkeypatch):
    leads = {"tanh": 0.25, reason.WIDER: 0.0625, "ReLU": 0.5}
    monkeypatch.setattr(Subject, "trained", lambda self, net, *_: net)
    monkeypatch.setattr(reason, "_measured", lambda s, net, name: [
        row(1, "reason", "secant minus tangent", leads[name], option=name)
        for _ in range(name in leads)])
    assert Numbers(reason.reason(subject)).find("reason", "lead lost") == [0.1875]
    del leads[reason.WIDER]         # it has not learnt
    assert not len(Numbers(reason.reason(subject)).find("reason", "lead lost"))


def test_a_network_that_has_not_learnt_has_only_its_error(subject):
    rows = reason._measured(subject, subject.fresh(), "tanh")
    assert [r.quantity for r in rows] == ["error on all"]
