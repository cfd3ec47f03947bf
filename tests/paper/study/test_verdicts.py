"""What a study does not say: verdicts about nothing learnt, one layer, few classes, no result."""

import re

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.layers import NotFiniteError
from tinycnn.paper.study.claims import CLAIMS
from tinycnn.paper.study.pages.write import write_study
from tinycnn.paper.study.parts import PARTS, knockout_table, readings, retrained
from tinycnn.paper.study.rows import Numbers, row
from tinycnn.paper.study.scorecard import as_text, scorecard
from tinycnn.paper.study.subject import Subject, Training, train_network


def rows_of(errors, same, value):
    """Rows of as many seeds as there are errors, in which every claim has the same number."""
    rows = []
    for seed, error in enumerate(errors):
        rows += [row(seed, e.analysis, quantity, value, **e.where) for e in CLAIMS
                 if e.analysis != "training" for quantity in e.quantities]
        rows += [row(seed, "training", "error", error, option=option) for option in ("all", "test")]
        rows.append(row(seed, "training", "error", same, option="always the same answer"))
    return rows


def judged(rows, n_classes=15):
    return {j.claim.key: j for j in scorecard(Numbers(rows), n_classes)}


def test_a_network_that_learnt_nothing_shows_its_errors_and_costs_only():
    found = judged(rows_of([0.75, 0.75, 0.8], 0.75, 0.9))
    told = {key for key, j in found.items() if np.isfinite(j.measured.mean)}
    assert told == {"test error", "error on all", "cost, true class", "cost, all classes"}
    assert found["irrelevant"].verdict == "cannot be told"
    assert found["irrelevant"].text == ("not measured: no network is better than always the same "
                                        "answer")
    assert as_text(list(found.values())).count("than always the same") == len(found) - 4


def test_networks_that_learnt_count_without_the_others():
    rows = rows_of([0.1, 0.75, 0.2, 0.3], 0.75, 0.9)
    assert Numbers(rows).idle == {1}
    found = judged(rows)
    assert (found["irrelevant"].measured.n, found["irrelevant"].verdict) == (3, "holds")
    assert found["error on all"].measured.n == 4
    assert not any(j.why for j in found.values())


@pytest.mark.parametrize(("n_classes", "missing"), [
    (2, {"ten strongest", "ten weakest"}), (3, {"ten strongest"}), (9, {"ten strongest"}),
    (10, set()), (15, set()), (40, set())])
def test_what_always_the_same_answer_decides_is_not_measured(n_classes, missing):
    found = judged(rows_of([0.1] * 3, 1 - 1 / n_classes, 0.4), n_classes)
    assert {key for key, j in found.items() if not j.measured.n} == missing
    for key in missing:
        assert f"always the same answer is {1 - 1 / n_classes:.0%} wrong" in found[key].text
    rare = judged(rows_of([0.01] * 3, 0.03, 0.4), 2)        # 97 % of the images are of one class
    assert not rare["error on all"].measured.n


@pytest.fixture(scope="module")
def one_layer(tmp_path_factory):
    """A study of a network with one convolution, whose function does not use its seed: its rows,
    the scorecard as text, and the page."""
    file = tmp_path_factory.mktemp("net") / "nets.py"
    file.write_text(
        "import tinycnn as tc\n\n\ndef net(n_classes):\n    return tc.Network((1, 12, 12), "
        "conv=tc.Conv2D(1, 5, 5, rng=0), tanh=tc.Tanh(), flatten=tc.Flatten(), dense="
        "tc.Dense(320, n_classes, rng=1), softmax=tc.Softmax())\n", "utf-8")
    data, rows = tc.drawn_faces(12, people=2), []
    training = Training(epochs=8, net=f"{file}:net")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knockout_table, "DRAWS", 3)
        for seed in range(2):
            params, found = train_network(data, seed, training)
            rows += found
            for name in ("knockouts", "rankings", "profiles", "readings", "leaks", "units",
                         "errors explained", "first order"):
                rows += PARTS[name].run(Subject(data, seed, training, params))
    assert not Numbers(rows).idle
    text = write_study(rows, data, training, file.parent)
    return rows, text, (file.parent / "report.html").read_text("utf-8")


def test_one_layer_has_no_control_of_the_same_layers(one_layer):
    rows, text, page = one_layer
    found = judged(rows, 2)
    for key in ("against same layers", "map-specific", "same layers, test", "same layers, mean"):
        assert found[key].text == "not measured: the features are of one layer"
    assert found["against random"].measured.n == 2
    assert text.count("not measured: the features are of one layer") == 4
    assert page.count("All features are of one layer") >= 2
    assert "Two controls" not in page
    assert not re.search(r"\bnan\b", re.sub(r"data:image[^\"]*", "", page))


def test_the_same_weights_for_all_seeds_are_said(one_layer):
    _, _, page = one_layer
    assert "does not use its seed" in page
    assert "2 networks that differ in the order of the images" in page
    assert "first weights" not in page


def test_a_training_that_diverges_is_left_out_and_said(tmp_path, monkeypatch):
    data, training = tc.drawn_faces(36, people=3), Training(epochs=1)
    params, rows = train_network(data, 0, training)

    def diverge(self, net, data, images, labels=None):
        raise NotFiniteError("infinity in the output of conv2")
    monkeypatch.setattr(Subject, "trained", diverge)
    for part in (readings.trained_otherwise, retrained.retrain, retrained.shuffled_labels):
        rows += part(Subject(data, 0, training, params))
    rest = ("knockouts", "rankings", "profiles", "readings", "leaks", "first order")
    monkeypatch.setattr(knockout_table, "DRAWS", 2)
    for name in rest:
        rows += PARTS[name].run(Subject(data, 0, training, params))
    text = write_study(rows, data, training, tmp_path)
    assert "difference in test error: not measured" in text
    page = (tmp_path / "report.html").read_text("utf-8")
    for what in ("split: stratified", "grey: standardised; start: 3 times larger; batch: 1",
                 "remove and retrain: strongest", "shuffled labels"):
        assert f"{what} (1 of 1 networks)" in page
