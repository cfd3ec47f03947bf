"""The parts of a study, on a small network: their numbers are what their names say."""

import os
import re
from dataclasses import replace

import numpy as np
import pytest
from small_disk import has_limits, largest_file

import tinycnn as tc
from tinycnn.analysis import names_of
from tinycnn.analysis.activity import features_of
from tinycnn.analysis.controls import LayerMatched
from tinycnn.analysis.knockouts import map_means
from tinycnn.analysis.measures import MEASURES, PAPER
from tinycnn.output.whole_file import NotWrittenError
from tinycnn.paper.study import parts
from tinycnn.paper.study.claims import CLAIMS
from tinycnn.paper.study.pages import write
from tinycnn.paper.study.parts import knockout_table, knockouts
from tinycnn.paper.study.rows import Numbers
from tinycnn.paper.study.scorecard import scorecard
from tinycnn.paper.study.subject import Subject, Training, train_network

TRAINING = Training(epochs=14)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Four people; two pairs of twins, one of them across the split of seed 1."""
    faces = tc.drawn_faces(people=4)
    train, test = faces.split(seed=1)
    images, digests = faces.images.copy(), list(faces.digests)
    same = next((i, j) for i in train for j in test if faces.labels[i] == faces.labels[j])
    both = next((i, j) for i in train for j in train
                if i < j and i not in same and faces.labels[i] == faces.labels[j])
    for i, j in (same, both):
        images[j], digests[j] = images[i], digests[i]
    return type(faces)(faces.name, images, faces.labels, faces.people, faces.conditions,
                       faces.files, tuple(digests))


@pytest.fixture(scope="module")
def study(data):
    """All rows of one seed, with few random orders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knockout_table, "DRAWS", 6)
        params, rows = train_network(data, 1, TRAINING)
        subject = Subject(data, 1, TRAINING, params)
        for part in parts.PARTS.values():
            rows += part.run(subject)
    return subject, rows


@pytest.fixture(scope="module")
def numbers(study):
    return Numbers(study[1])


def one(numbers, *what, **where):
    [value] = numbers.find(*what, **where)
    return value


def test_the_network_is_that_of_its_seed(study, numbers):
    s, _ = study
    net = tc.face_net(4, seed=1)
    train, test = s.data.split(seed=1)
    tc.train(net, s.data.images[train], s.data.labels[train], epochs=14, seed=1)
    np.testing.assert_array_equal(net.params["conv1.W"], s.net.params["conv1.W"])
    wrong = net.predict(s.data.images) != s.data.labels
    assert one(numbers, "training", "error", option="test") == wrong[test].mean()
    assert one(numbers, "training", "error", option="train") == wrong[train].mean()
    assert one(numbers, "training", "error", option="always the same answer") == 0.75
    assert wrong.mean() < 0.5


def test_every_claim_has_its_number(numbers):
    missing = [e.claim.key for e in CLAIMS for quantity in e.quantities
               if len(numbers.find(e.analysis, quantity, **e.where)) != 1]
    assert missing == []
    keys = [claim.key for claim, *_ in CLAIMS]
    assert len(set(keys)) == len(keys) >= 30


def test_no_number_is_there_twice(study):
    _, rows = study
    names = [row[:-1] for row in rows]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("option", "end"), [("strongest", "strongest"), ("weakest", "weakest"),
                                             ("strongest, to the mean", "strongest"),
                                             ("strongest, halved", "strongest")])
@pytest.mark.parametrize("name", [PAPER, "activation", "knockout alone"])
def test_curves_are_means_over_identities(study, numbers, name, option, end):
    s, _ = study
    x, t = s.data.images, s.data.labels
    how = {"strongest, to the mean": {"fill": map_means(s.net, x, ["tanh1", "tanh2", "tanh3"])},
           "strongest, halved": {"factor": 0.5}}.get(option, {})
    scores = MEASURES[name](s.net, x, t)
    curves = {k: tc.knockout_curve(s.net, x, t, getattr(scores, end)(k, 10), **how)
              for k in range(4)}
    overall = np.mean([(labels != t).mean(axis=1) for labels in curves.values()], axis=0)
    of_class = np.mean([(labels[:, t == k] != k).mean(axis=1) for k, labels in curves.items()],
                       axis=0)
    for kind, expected in (("overall error", overall), ("class error", of_class)):
        [curve] = numbers.curve("knockout", kind, subject=name, option=option)
        np.testing.assert_allclose(curve, expected)
        assert one(numbers, "knockout", f"{kind}, area", subject=name,
                   option=option) == pytest.approx(expected[1:].mean())


def test_ranked_on_training_images_and_measured_on_the_others(study, numbers):
    s, _ = study
    train, test = s.split
    x, t = s.data.images, s.data.labels
    scores = tc.convolutional_gradients(s.net, x[train], t[train])
    overall = np.mean([(tc.knockout_curve(s.net, x[test], t[test], scores.strongest(k, 10))
                        != t[test]).mean(axis=1) for k in range(4) if (t[train] == k).any()],
                      axis=0)
    here = [k for k in range(4) if (t[test] == k).any()]
    if len(here) == 4:
        [curve] = numbers.curve("knockout", "overall error", subject=PAPER,
                                option="strongest, test")
        np.testing.assert_allclose(curve, overall)


@pytest.mark.parametrize("option", ["strongest", "strongest, test", "strongest, to the mean",
                                    "strongest, halved"])
def test_the_layer_matched_control_answers_the_same_question(study, numbers, option):
    s, _ = study
    x, t, (train, test) = s.data.images, s.data.labels, s.split
    images = test if option == "strongest, test" else np.arange(44)
    ranked = train if option == "strongest, test" else np.arange(44)
    how = {"strongest, to the mean": {"fill": map_means(s.net, x, ["tanh1", "tanh2", "tanh3"])},
           "strongest, halved": {"factor": 0.5}}.get(option, {})
    scores = tc.convolutional_gradients(s.net, x[ranked], t[ranked])
    orders = {k: scores.strongest(k, 10) for k in range(4) if (t[ranked] == k).any()}
    control = LayerMatched(scores.features, 6, s.rng(2))
    control.measure(s.net, x, orders.values(), **how)
    areas = [(control.labels(order)[..., images] != t[images]).mean(axis=-1)[1:].mean(axis=0)
             for k, order in orders.items() if (t[images] == k).any()]
    for quantity, value in (("", np.mean(areas)),
                            (", 95 %", np.percentile(np.mean(areas, axis=0), 95))):
        assert one(numbers, "knockout", f"overall error, area, same layers{quantity}",
                   subject=PAPER, option=option) == pytest.approx(value)


def test_the_papers_counts(study, numbers):
    s, _ = study
    x, t = s.data.images, s.data.labels
    scores = tc.convolutional_gradients(s.net, x, t)
    curves = tc.knockout_experiments(s.net, x, t, scores, range(4))
    strong, weak = ([c for c in curves if c.end == end] for end in ("strongest", "weakest"))
    assert one(numbers, "paper", "failure") == pytest.approx(
        np.mean([c.overall_error[10] for c in strong]) / 0.75)
    assert one(numbers, "paper", "below one half after 15 weakest") == np.mean(
        [c.overall_error[15] < 0.5 for c in weak])
    assert one(numbers, "paper", "better without weak ones") == np.mean(
        [c.overall_error[1:11].min() < c.overall_error[0] for c in weak])
    largest = scores.scores.max(axis=1)
    assert one(numbers, "paper", "largest over smallest") == pytest.approx(
        largest.max() / largest.min())


def test_gains_and_shares_follow_from_areas(numbers):
    for name in MEASURES:
        where = {"subject": name, "option": "strongest"}
        for kind in ("class error", "overall error"):
            area, same, chance = (one(numbers, "knockout", f"{kind}, {what}", **where) for what in
                                  ("area", "area, same layers", "area, random"))
            assert one(numbers, "knockout", f"{kind}, gain on same layers",
                       **where) == pytest.approx(area - same)
            share = one(numbers, "knockout", f"{kind}, map-specific share", **where)
            if abs(area - chance) > 0.06:
                assert share == pytest.approx((area - same) / (area - chance))


def test_a_measure_equal_to_the_oracle_scores_1(study, monkeypatch):
    s, _ = study
    monkeypatch.setattr(knockout_table, "DRAWS", 3)
    names = (PAPER, "activation", "greedy knockout")
    monkeypatch.setattr(knockouts, "MEASURES", dict.fromkeys(names, MEASURES["greedy knockout"]))
    rows = Numbers(knockouts.knockouts(s))
    assert one(rows, "beside others", "share of the greedy gain") == 1
    assert one(rows, "beside others", "gradient minus activation") == 0


def test_units_have_a_row_for_each_map(study, numbers):
    s, rows = study
    features = [r.feature for r in rows if r.analysis == "units" and r.quantity == "alone"]
    assert features == [f"{layer[-1]}, {i + 1}" for layer, i in features_of(s.net)]
    alone = one(numbers, "units", "alone", feature="2, 3")
    x, t = s.data.images, s.data.labels
    without = s.net.forward(x, tc.knockout([("tanh2", 2)])).y.argmax(axis=1)
    assert alone == pytest.approx((without != t).mean() - (s.net.predict(x) != t).mean())


def test_weak_ones_are_those_with_weak_gradients(study, numbers):
    s, _ = study
    x, t = s.data.images, s.data.labels
    places = tc.convolutional_gradients(s.net, x, t).ranks()
    weak = (places > 23 * 2 / 3).mean(axis=0) >= 0.5
    assert one(numbers, "units", "weak for most") == weak.sum()
    alone = np.array([one(numbers, "units", "alone", feature=f"{layer[-1]}, {i + 1}")
                      for layer, i in features_of(s.net)])
    assert one(numbers, "units", "weak ones not needed") == (alone[weak] <= 0.02).mean()
    assert one(numbers, "units", "others not needed") == (alone[~weak] <= 0.02).mean()


def test_mistakes_are_counted(study, numbers):
    s, rows = study
    wrong = s.net.predict(s.data.images) != s.data.labels
    assert one(numbers, "mistakes", "wrong") == wrong.sum()
    leads = {r.subject: r for r in rows if r.analysis == "mistakes" and r.quantity == "lead"}
    named = names_of(s.data)
    for i in np.flatnonzero(wrong):
        row = leads[s.data.files[i]]
        assert row.value > 0
        assert row.identity == named[s.data.labels[i]]
        assert row.option == f"taken for {named[s.net.predict(s.data.images)[i]]}"


def test_the_page_shows_every_part(study, tmp_path):
    s, rows = study
    text = write.write_study(rows, s.data, TRAINING, tmp_path)
    assert text.count("cannot be told") == len(CLAIMS)          # one network tells nothing
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for word in ("Knockouts beside their controls", "Every measure", "Other ways", "profile",
                 "predict a knockout", "learnt", "Remove and retrain", "agree", "Problematic",
                 "errs", "What changes if", "leak", "How this was made"):
        assert word in page, word
    assert not re.search(r"\bnan\b", re.sub(r'"data:[^"]*"', "", page))
    assert page.count("<img") == 8
    assert (tmp_path / "scorecard.txt").read_text(encoding="utf-8") == text
    assert {path.name for path in tmp_path.iterdir()} >= {"study.csv", "scorecard.csv"}


def test_of_many_identities_a_sample_is_knocked_out_and_the_page_says_so(study, tmp_path,
                                                                         monkeypatch):
    s, rows = study
    for module in (knockout_table, write):
        monkeypatch.setattr(module, "IDENTITIES", 2)
    monkeypatch.setattr(knockout_table, "DRAWS", 3)
    orders = knockout_table.orders_of(MEASURES[PAPER](s.net, s.data.images, s.data.labels))
    assert list(orders) == [0, 3]
    table = knockout_table.KnockoutTable(s, [orders], matched=[])
    everyone, t = np.arange(len(s.data)), s.data.labels
    labels = np.array([table.along(order, everyone) for order in table.random]).swapaxes(0, 1)
    np.testing.assert_allclose(table.random_errors(everyone)["class error"], np.mean(
        [(labels[..., t == k] != k).mean(axis=-1) for k in (0, 3)], axis=0))
    write.write_study(rows, replace(s.data, notes=("12 bits <each>",)), TRAINING, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Knockouts are those of 2 of 4 people, spread evenly over the list." in page
    assert "<td >how the images were read</td><td >12 bits &lt;each&gt;</td>" in page


@has_limits
def test_pages_that_do_not_fit_leave_those_of_before(study, tmp_path):
    s, rows = study
    (tmp_path / "report.html").write_text("of before")
    (tmp_path / "study.csv").write_text("of before")
    with largest_file(1_000_000), pytest.raises(NotWrittenError, match=re.escape(
            f"{tmp_path / 'report.html'}: could not be written")):
        write.write_study(rows, s.data, TRAINING, tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["report.html", "study.csv"]
    assert {path.read_text() for path in tmp_path.iterdir()} == {"of before"}


def test_verdicts_come_with_more_networks(study):
    """Three networks with the same numbers: every verdict follows from the thresholds only."""
    _, rows = study
    judged = scorecard(Numbers([r._replace(seed=seed) for r in rows for seed in range(3)]))
    for j in judged:
        value, sign = j.measured.mean, -1 if j.claim.lower_is_better else 1
        if np.isfinite(value):
            assert (j.measured.low, j.measured.high) == pytest.approx((value, value))
            assert j.verdict == (
                "holds" if sign * value >= sign * j.claim.holds else
                "holds in part" if sign * value >= sign * j.claim.partly else "does not hold")
    assert len({j.verdict for j in judged}) >= 3
