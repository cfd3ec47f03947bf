"""Other readings of the paper: each is what its name says, for every network and training."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.analysis import controls, published, table_iii
from tinycnn.analysis.controls import LayerMatched
from tinycnn.analysis.measures import MEASURES, PAPER
from tinycnn.analysis.sanity import rank_correlation
from tinycnn.datasets.pixels import standardised
from tinycnn.layers import NotFiniteError
from tinycnn.paper.networks import network_maker
from tinycnn.paper.study.pages import readings as page
from tinycnn.paper.study.parts import readings
from tinycnn.paper.study.parts.readings import DEFAULT, multiverse
from tinycnn.paper.study.rows import Numbers, row
from tinycnn.paper.study.subject import Subject, Training, train_network

NETS = Path(__file__).with_name("own_nets.py")
OWN = "grey: unit; start: as made; batch: 10"


@pytest.fixture(scope="module")
def subject(places):
    """A small network of the places of 3 classes, which it has learnt."""
    training = Training(epochs=80, net=f"{NETS}:fully_convolutional")
    s = Subject(places, 1, training, train_network(places, 1, training)[0])
    assert (s.net.predict(places.images) != places.labels).mean() < 1 / 3
    return s


@pytest.fixture(scope="module")
def rows(subject):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readings, "DRAWS", 4)
        return readings.readings(subject)


def one(found, quantity, name=DEFAULT, how=OWN):
    [value] = Numbers(found).find("reading", quantity, subject=name, option=how)
    return value


# --- readings -----------------------------------------------------------------------------------

def by_hand(net, x, t, layers, level, y):
    """The scores of a reading, image by image."""
    found = []
    for k in range(t.max() + 1):
        images = [tc.prediction_gradients(net, x[i:i + 1], layers, of=y) for i in
                  np.flatnonzero(t == k)]
        line = []
        for layer in layers:
            maps = np.array([image[layer][0, k] for image in images])
            maps = maps.reshape(*maps.shape[:2], -1)
            line += (np.linalg.norm(maps.mean(axis=0), axis=-1) if level == "norm of mean"
                     else np.linalg.norm(maps, axis=-1).mean(axis=0)).tolist()
        found.append(line)
    return np.array(found)


def test_every_reading_is_what_its_name_says():
    rng = np.random.default_rng(1)
    net = tc.face_net(3, seed=2, size=36).astype(np.float64)
    x, t = rng.random((7, 1, 36, 36)), np.array([0, 1, 2, 0, 1, 2, 2])
    found = multiverse(net, x, t)
    assert next(iter(found)) == DEFAULT
    assert len(found) == 10
    assert not any("o: pool; class level: mean of norms" in name for name in found)
    places = {"before tanh": "conv", "tanh": "tanh", "pool": "pool"}
    for name, scores in found.items():
        output, level, y = re.fullmatch("o: (.*); class level: (.*); y: (.*)", name).groups()
        layers = [f"{places[output]}{i}" for i in (1, 2, 3)]
        np.testing.assert_allclose(scores.scores, by_hand(net, x, t, layers, level, y), rtol=1e-9)
        assert scores.features == found[DEFAULT].features       # the same maps are knocked out
    np.testing.assert_array_equal(found[DEFAULT].scores, MEASURES[PAPER](net, x, t).scores)


@pytest.mark.parametrize(("net", "shape", "outputs", "entries"), [
    ("two_convolutions", (3, 16, 16), {"tanh", "before tanh", "pool"}, {"prob"}),
    ("five_convolutions", (1, 9, 8), {"tanh", "before tanh"}, {"prob", "logit"}),
    ("perceptron", (1, 9, 8), {"tanh", "before tanh"}, {"prob", "logit"}),
    ("fully_convolutional", (1, 14, 12), {"tanh", "before tanh", "pool"},
     {"prob", "logit"})])
def test_other_networks_have_the_readings_that_differ(net, shape, outputs, entries):
    x, t = np.random.default_rng(3).random((6, *shape)), np.array([0, 1, 2] * 2)
    found = multiverse(network_maker(f"{NETS}:{net}")(3, 0, shape).frozen(x), x, t)
    said = [re.fullmatch("o: (.*); class level: (.*); y: (.*)", name).groups() for name in found]
    assert {output for output, _, _ in said} == outputs
    assert {y for _, _, y in said} == entries
    assert len(said) == len(outputs) * 2 * len(entries)
    assert len({scores.features for scores in found.values()}) == 1


def test_the_numbers_of_every_reading(subject, rows):
    """Areas, gains and swaps by loops over knockout curves."""
    s, (x, t) = subject, (subject.data.images, subject.data.labels)
    found = multiverse(s.net, x, t)
    control = LayerMatched(found[DEFAULT].features, 4, s.rng(2))
    for name in list(found)[::5]:
        orders = {k: found[name].strongest(k, 7) for k in range(3)}
        wrong = {k: tc.knockout_curve(s.net, x, t, order) != t for k, order in orders.items()}
        overall = np.mean([curve[1:].mean() for curve in wrong.values()])
        assert one(rows, "overall error, area", name) == pytest.approx(overall)
        own = [[wrong[k][1:, t == j].mean() for j in range(3)] for k in range(3)]
        assert one(rows, "own minus others", name) == pytest.approx(np.mean(
            [own[k][k] - np.mean([own[j][k] for j in range(3) if j != k]) for k in range(3)]))
        matched = [[(s.net.predict(x) if not removed else s.net.labels(s.net.forward(
            x, tc.knockout(removed)).y)) != t
            for counts in control.counts(order)[1:] for removed in [control.removed(draw, counts)]]
            for order in orders.values() for draw in range(4)]
        assert one(rows, "gain on same layers", name) == pytest.approx(overall - np.mean(matched))
    assert one(rows, "rank correlation") == pytest.approx(1)
    assert one(rows, "rank correlation", "norm: rms") < 0.999


def test_single_options_are_readings_too(subject, rows):
    s, (train, test) = subject, subject.split
    x, t = s.data.images, s.data.labels
    for name, scores in {
            "norm: per layer": MEASURES["gradient, per layer"](s.net, x, t),
            "images: training": MEASURES[PAPER](s.net, x[train], t[train]),
            "images: test": MEASURES[PAPER](s.net, x[test], t[test])}.items():
        areas = [(tc.knockout_curve(s.net, x, t, scores.strongest(k, 7)) != t)[1:].mean()
                 for k in scores.known]
        assert one(rows, "overall error, area", name) == pytest.approx(np.mean(areas))
    again = "ranking: again after each removal"
    assert one(rows, "overall error, area", again) >= 0
    assert not len(Numbers(rows).find("reading", "rank correlation", subject=again, option=OWN))
    assert len({r[:-1] for r in rows}) == len(rows)


def test_table_iii_is_read_from_the_papers_faces_and_maps_only():
    rng = np.random.default_rng(4)
    features = tuple((f"tanh{layer}", unit - 1) for layer, unit in table_iii.UNITS)
    scores = tc.FeatureScores(rng.random((15, 23)), features)
    yale = SimpleNamespace(name="Yale faces", n_classes=15)
    identities = [k - 1 for k in published.IDENTITIES]
    assert readings._table_iii(yale, scores) == table_iii.statistics(
        table_iii.table_of(scores, identities))
    unknown = scores.scores.copy()
    unknown[identities[2]] = np.nan
    assert readings._table_iii(yale, tc.FeatureScores(unknown, features)) == {}
    assert readings._table_iii(SimpleNamespace(name="drawn", n_classes=15), scores) == {}
    assert readings._table_iii(yale, tc.FeatureScores(scores.scores[:, 1:], features[1:])) == {}


# --- trainings ----------------------------------------------------------------------------------

def test_trainings_differ_in_what_they_say(subject, monkeypatch):
    made = []

    def watch(self, net, data, images, labels=None):
        made.append((self.training, net.params["conv1.W"].copy(), net.params["conv2.W"].copy(),
                     data, images))
        raise NotFiniteError("not trained here")
    monkeypatch.setattr(Subject, "trained", watch)
    rows = readings.trained_otherwise(subject)
    names = [r.subject for r in rows]
    assert all(r.quantity == "diverged" for r in rows)
    assert len(set(names)) == len(names) == 9
    first = subject.fresh().params
    for name, (training, one, two, data, images) in zip(names, made, strict=True):
        factor = 3 if "3 times larger" in name else 1
        np.testing.assert_array_equal(one, factor * first["conv1.W"])
        np.testing.assert_array_equal(two, factor * first["conv2.W"])
        single = "batch: 1" in name and "batch: 10" not in name
        assert (training.batch_size, training.learning_rate) == ((1, 0.01) if single else (10, 0.1))
        expected = subject.data.images if "standardised" not in name else np.array(
            [standardised(image) for image in subject.data.images])
        np.testing.assert_array_equal(data.images, expected)
        kind = name.partition("split: ")[2] or None
        np.testing.assert_array_equal(images, subject.data.split(kind, seed=1)[0])
    assert OWN not in names
    assert names[-2:] == ["split: stratified", "split: twins"]


def test_later_networks_are_not_trained_in_other_ways(subject):
    assert readings.trained_otherwise(replace(subject, seed=readings.OTHERWISE)) == []


def test_images_that_are_standardised_already_have_no_other_levels(subject):
    data = readings.grey_levels(subject.data)["standardised"]
    assert list(readings.grey_levels(data)) == ["standardised"]


def test_a_network_that_has_not_learnt_has_only_its_errors(subject):
    s = replace(subject, training=replace(subject.training, epochs=1, learning_rate=1e-9))
    found = readings._trained(s, s.data, "another", split="stratified")
    assert [r.quantity for r in found] == ["test error", "error on all"]
    learnt = readings._trained(subject, subject.data, "another", split="twins")
    assert {r.subject for r in learnt} == {"", DEFAULT}
    net = subject.trained(subject.fresh(), subject.data, subject.data.split("twins", seed=1)[0])
    x, t = subject.data.images, subject.data.labels
    assert one(learnt, "rank correlation", how="another") == pytest.approx(rank_correlation(
        MEASURES[PAPER](subject.net, x, t), MEASURES[PAPER](net, x, t)))


def test_saturated_maps_are_counted(subject, monkeypatch):
    x, t = subject.data.images, subject.data.labels
    scores = {DEFAULT: MEASURES[PAPER](subject.net, x, t)}
    monkeypatch.setattr(readings, "DRAWS", 2)
    before = one(readings.measured(subject, subject.data, subject.net, "h", scores,
                          scores[DEFAULT]),
                 "saturated or dead maps", how="h")
    stuck = subject.net.copy()
    stuck.params["conv1.b"][:] = [20, -20, *stuck.params["conv1.b"][2:]]
    after = one(readings.measured(subject, subject.data, stuck, "h", scores, scores[DEFAULT]),
                "saturated or dead maps", how="h")
    assert before == 0
    assert after == 2


# --- the page -----------------------------------------------------------------------------------

def planted(seeds=6):
    """Rows of a study in which one reading prints Table III, and one is far from it."""
    rng, rows = np.random.default_rng(5), []
    paper = table_iii.statistics(published.TABLE_III)
    other = DEFAULT.replace("y: prob", "y: logit")
    for seed in range(seeds):
        noise = (-1) ** seed * 1e-3
        rows += [row(seed, "training", "error", 0.1 if seed else 0.9, option="all"),
                 row(seed, "training", "error", 0.9, option="always the same answer")]
        for how in (OWN, OWN.replace("10", "1")):
            for name, shift, gain in ((DEFAULT, 0, 0.3), (other, 5, -0.3)):
                where = {"subject": name, "option": how}
                near = {"gain on same layers": gain, "own minus others": 0.06 + gain / 100,
                        "overall error, area": 0.5, "rank correlation": 0.5}
                rows += [row(seed, "reading", quantity, value + rng.normal(0, 1e-3), **where)
                         for quantity, value in near.items()]
                rows += [row(seed, "reading", quantity, value + shift + noise, **where)
                         for quantity, value in paper.items()]
        rows.append(row(seed, "reading", "overall error, area", 0.5, subject="images: training",
                        option=OWN))
        rows.append(row(seed, "reading", "test error", 0.25, option=OWN.replace("10", "1")))
    return Numbers(rows)


def test_verdicts_are_counted_and_the_reading_that_fits_is_named(tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr(page.figures, "multiverse", lambda *given: drawn.update(
        zip(("heads", "readings", "trainings", "panels"), given, strict=True)))
    monkeypatch.setattr(page, "save", lambda figure, path: path)
    section = page.multiverse(planted(), tmp_path)
    verdicts, fits = section.text[1:]
    assert "same layers holds in 2 and does not hold in 2 of 4;" in verdicts
    assert "those of others holds in part in 4 of 4." in verdicts
    assert "If the paper's network were one more of them, 6.7 would be." in fits
    assert f"The most are 10: {DEFAULT} ({OWN}); {DEFAULT} ({OWN.replace('10', '1')})." in fits
    assert "Where it is at least 9: that" in fits
    assert "same layers holds in 2 of 2; " in fits
    assert drawn["heads"] == ("o", "class level", "y")
    assert drawn["readings"] == tuple(("tanh", "norm of mean", y) for y in ("prob", "logit"))
    assert drawn["trainings"] == [OWN, OWN.replace("10", "1")]
    gain, own, area, fit = drawn["panels"]
    assert gain["found"][0, 0] == pytest.approx((0.3,) * 3, abs=5e-3)
    assert gain["found"][1, 1] == pytest.approx((-0.3,) * 3, abs=5e-3)
    assert {place: mean for place, (mean, _, _) in fit["found"].items()} == {
        (0, 0): 10, (0, 1): 10, (1, 0): 0, (1, 1): 0}
    assert "holds" in own
    assert "holds" not in area


def test_the_table_has_all_readings_and_all_trainings(tmp_path):
    header, body = page.options(planted(), tmp_path).table
    assert [line[0] for line in body] == [
        DEFAULT, DEFAULT.replace("prob", "logit"), "images: training", OWN.replace("10", "1")]
    assert {len(line) for line in body} == {len(header)}
    cells = dict(zip(header, body[0], strict=True))
    assert (cells["statistics in range"], cells["distance"]) == ("10", "0")
    assert cells["test error"] == ""
    assert dict(zip(header, body[-1], strict=True))["test error"].startswith("25.0%")
    assert float(dict(zip(header, body[1], strict=True))["distance"]) > 1000


def test_few_networks_and_other_faces_have_no_fit(tmp_path):
    two = Numbers(r for r in planted(3).rows)               # one of the three has not learnt
    assert not any("Table III" in text for text in page.multiverse(two, tmp_path).text)
    names = table_iii.statistics(published.TABLE_III)
    others = Numbers(r for r in planted().rows if r.quantity not in names)
    assert not any("Table III" in text for text in page.multiverse(others, tmp_path).text)
    assert "distance" not in page.options(others, tmp_path).table[0]


def test_networks_that_have_not_learnt_have_no_readings(tmp_path):
    for section in (page.multiverse, page.options):
        assert section(planted(1), tmp_path).text == [page.NOTHING]


def test_the_default_is_judged_by_the_claims_of_the_scorecard():
    same, own, area = map(page.claim_of, page.NUMBERS)
    assert same.key == "against same layers"
    assert "person" in own.sentence
    assert area is None
    assert controls.area(np.array([9, 1, 3])) == 2
