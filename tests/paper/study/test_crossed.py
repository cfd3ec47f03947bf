"""What a seed decides, changed one thing at a time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.analysis.controls import own_minus_others, swap_matrix
from tinycnn.analysis.measures import MEASURES
from tinycnn.layers import NotFiniteError
from tinycnn.paper.study.pages import crossed as page
from tinycnn.paper.study.parts import crossed, readings
from tinycnn.paper.study.rows import Numbers, row
from tinycnn.paper.study.subject import Subject, Training, train_network

NETS = Path(__file__).with_name("own_nets.py")


@pytest.fixture(scope="module")
def subject(places):
    """A small network of the places of 3 classes."""
    training = Training(epochs=80, learning_rate=0.3, net=f"{NETS}:fully_convolutional")
    return Subject(places, 1, training, train_network(places, 1, training)[0])


def test_one_thing_at_a_time_is_that_of_another_seed(subject, monkeypatch):
    made = []

    def watch(self, net, data, images, labels=None):
        made.append((next(iter(net.params.values())).copy(), self.seed, images))
        raise NotFiniteError("not trained here")
    monkeypatch.setattr(Subject, "trained", watch)
    rows = crossed.crossed(subject)
    assert [r.subject for r in rows if r.quantity == "diverged"] == [
        f"another seed's {what}" for what in ("first weights", "order of the images", "split")]
    own, other = subject, replace(subject, seed=1001)
    first = [next(iter(s.fresh().params.values())) for s in (own, other)]
    assert not np.array_equal(*first)
    for (weights, order, images), (start, seed, split) in zip(
            made, ((1, 1, own), (0, 1001, own), (0, 1, other)), strict=True):
        np.testing.assert_array_equal(weights, first[start])
        assert order == seed
        np.testing.assert_array_equal(images, split.split[0])


def test_numbers_are_those_of_the_networks(subject, monkeypatch):
    monkeypatch.setattr(readings, "DRAWS", 3)
    rows = Numbers(crossed.crossed(subject))
    x, t = subject.data.images, subject.data.labels
    train, test = replace(subject, seed=1001).split
    net = subject.fresh()
    tc.train(net, x[train], t[train], epochs=80, seed=1, learning_rate=0.3)
    for option, trained, images in (("nothing", subject.net, subject.split[1]),
                                    ("split", net, test)):
        [error] = rows.find("crossed", "test error", option=option)
        assert error == (trained.predict(x[images]) != t[images]).mean()
        for measure in ("gradient", "secant x activation"):
            scores = MEASURES[measure](trained, x, t)
            n = min(10, len(scores.features) - 1)
            labels = {k: tc.knockout_curve(trained, x, t, scores.strongest(k, n))
                      for k in range(3)}
            [found] = rows.find("crossed", "own minus others", subject=measure, option=option)
            assert found == pytest.approx(own_minus_others(swap_matrix(labels, t)))


def test_only_some_seeds_and_no_other_split_where_it_is_given(subject, monkeypatch):
    assert crossed.crossed(replace(subject, seed=readings.OTHERWISE)) == []
    given = replace(subject, data=replace(subject.data, test_part=np.arange(20, 30)))
    monkeypatch.setattr(Subject, "trained", lambda self, net, *_: net)
    monkeypatch.setattr(readings, "DRAWS", 2)
    rows = crossed.crossed(given)
    assert {r.option for r in rows} == {"nothing", "first weights", "order of the images"}
    # Those that were not trained have not learnt: only their error is measured.
    assert {r.option for r in rows if r.quantity != "test error"} == {"nothing"}


def test_the_page_shows_what_one_thing_makes(tmp_path):
    rng, rows = np.random.default_rng(0), []
    spread = {"nothing": 0, "first weights": 0.2, "order of the images": 0.01, "split": 0}
    for seed in range(400):
        own = rng.normal(0, 0.3)
        rows += [row(seed, "crossed", "test error", own + (2 ** 0.5) * rng.normal(0, sd),
                     option=option) for option, sd in spread.items()]
    section = page.crossed(Numbers(rows), tmp_path)
    head, [line] = section.table
    assert head == ("number", "everything", "first weights", "order of the images", "split")
    assert line[0] == "test error"
    assert [float(cell) for cell in line[1:]] == pytest.approx([0.3, 0.2, 0.01, 0], abs=0.03)
    assert "Not measured" in page.crossed(Numbers(rows[:4]), tmp_path).text[0]


def test_networks_are_compared_seed_by_seed_also_if_one_is_missing():
    own = {0: 1.0, 1: 2.0, 2: 5.0}
    assert page.alone(own, {1: 2.0, 2: 5.0}) == 0
    assert page.alone(own, {2: 4.0, 0: 4.0, 9: 7.0}) == pytest.approx((10 / 2 / 2) ** 0.5)
    assert np.isnan(page.alone(own, {}))
