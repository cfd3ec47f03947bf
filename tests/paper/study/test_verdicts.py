"""Verdicts from rows; and what a study does not say: of nothing learnt, one layer, few classes."""

import csv
import re

import numpy as np
import pytest
from scipy import stats

import tinycnn as tc
from tinycnn.analysis.claims import Claim
from tinycnn.layers import NotFiniteError
from tinycnn.paper.study.claims import CLAIMS, Entry
from tinycnn.paper.study.pages.text import dots, named, percent, plain
from tinycnn.paper.study.pages.verdicts import write_scorecard
from tinycnn.paper.study.pages.write import write_study
from tinycnn.paper.study.parts import PARTS, knockout_table, readings, retrained
from tinycnn.paper.study.rows import Numbers, row
from tinycnn.paper.study.scorecard import as_text, scorecard
from tinycnn.paper.study.subject import Subject, Training, train_network

pytestmark = pytest.mark.usefixtures("few_pixels")


def rows_of(errors, same, value):
    """Rows of as many seeds as there are errors, in which every claim has the same number."""
    rows = []
    for seed, error in enumerate(errors):
        rows += [row(seed, e.analysis, quantity, value, **e.where) for e in CLAIMS
                 for quantity in e.quantities if quantity != "error"]
        rows += [row(seed, "training", "error", error, option=option) for option in ("all", "test")]
        rows.append(row(seed, "training", "error", same, option="always the same answer"))
    return rows


def judged(rows, n_classes=15):
    return {j.claim.key: j for j in scorecard(Numbers(rows), n_classes)}


def planted(monkeypatch, entries, numbers):
    """The verdicts on claims that hold from 0.5 on, and in part from 0.25 on.

    Args:
        entries: (analysis, quantity, null) of each.
        numbers: {(analysis, quantity): the number of each seed}; None where it was not measured.
    """
    monkeypatch.setattr("tinycnn.paper.study.scorecard.CLAIMS", tuple(
        Entry(Claim(str(i), "", "", "", 0.5, 0.25, "{:.0%}"), analysis, quantity, {}, null)
        for i, (analysis, quantity, null) in enumerate(entries)))
    return scorecard(Numbers(
        [row(seed, *key, value) for key, values in numbers.items()
         for seed, value in enumerate(values) if value is not None]
        + [row(seed, "training", "error", error, option=option) for seed in range(12)
           for option, error in (("all", 0.1), ("always the same answer", 0.9))]))


def test_a_claim_gets_the_control_of_its_own_network(monkeypatch):
    rng = np.random.default_rng(0)
    control = rng.uniform(0.4, 0.9, 12)
    better = control + rng.uniform(0.03, 0.05, 12)
    numbers = {("a", "better"): better, ("a", "control"): control, ("a", "equal"): control[::-1],
               ("a", "gap"): [*better[:11], None], ("a", "late"): [None, *control[1:]]}
    found = planted(monkeypatch, [
        ("a", "better", "control"), ("a", "equal", "control"), ("a", "equal", ""),
        ("a", "gap", "late"), ("a", "better", "never measured"), ("a", "never measured", "late")],
        numbers)
    assert [j.verdict for j in found] == ["holds", "says nothing", "holds", "holds", "holds",
                                          "cannot be told"]
    assert [j.measured.n for j in found] == [12, 12, 12, 11, 12, 0]
    assert found[1].text.endswith(f"; the control: {control.mean():.0%}")
    assert "control" not in found[4].text
    assert found[5].text == "not measured"
    assert f"; the control: {control.mean():.0%}; the control is as good" in as_text(found)


def test_a_pair_is_a_ratio_of_means(monkeypatch):
    rng = np.random.default_rng(1)
    gain = rng.uniform(0.01, 0.5, 12)
    numbers = {("a", "gain"): gain, ("a", "part"): 0.6 * gain + rng.normal(0, 0.005, 12),
               ("a", "none"): rng.normal(0, 0.1, 12)}
    share, undefined = planted(monkeypatch, [("a", ("part", "gain"), ""),
                                             ("a", ("part", "none"), "")], numbers)
    assert share.measured.mean == pytest.approx(numbers["a", "part"].sum() / gain.sum())
    assert share.verdict == "holds"
    assert undefined.text == "not measured: the gain itself is not surely above 0"


def test_of_many_claims_the_weak_ones_stand_alone(monkeypatch, tmp_path):
    rng = np.random.default_rng(2)
    base = rng.normal(0, 0.1, 12)
    base = (base - base.mean()) / base.std(ddof=1) * 0.1
    numbers = {("a", "clear"): base + 0.8, ("a", "weak"): base + 0.57, ("a", "not"): base - 0.5}
    few = planted(monkeypatch, [("a", name, "") for name in ("clear", "weak", "not")], numbers)
    many = planted(monkeypatch, [("a", name, "") for name in ("clear", *["weak"] * 5, "not")],
                   numbers)
    assert [j.alone for j in few] == [False] * 3
    assert [j.alone for j in many] == [False, *[True] * 5, False]
    assert {j.verdict for j in many} == {"holds", "does not hold"}
    assert as_text(many).count("alone: stands as the only claim") == 5
    write_scorecard(many, tmp_path / "scorecard.csv")
    with open(tmp_path / "scorecard.csv", encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["remark"] for line in lines] == [j.remark for j in many]
    assert [float(line["p"]) for line in lines] == [j.p for j in many]
    assert [line["verdict"] for line in lines] == [j.verdict for j in many]
    assert float(lines[1]["p"]) == pytest.approx(stats.ttest_1samp(base, -0.07).pvalue, rel=2e-3)


def test_a_network_that_has_not_learnt_shows_its_errors_and_costs_only():
    found = judged(rows_of([0.4, 0.75, 0.8], 0.75, 0.9))
    gated = {e.claim.key for e in CLAIMS if e.analysis not in ("training", "cost")}
    assert {key for key, j in found.items() if np.isfinite(j.measured.mean)} == set(found) - gated
    for key in gated:
        assert found[key].verdict == "cannot be told"
        assert found[key].text == "not measured: no network has learnt enough"
    without = judged([r for r in rows_of([0.75] * 3, 0.75, 0.9) if r.analysis != "cost"])
    assert without["cost, true class"].text == "not measured"


def test_networks_that_learnt_count_without_the_others():
    rows = rows_of([0.1, 0.4, 0.2, 0.3, 0.75], 0.75, 0.9)
    assert Numbers(rows).idle == {1, 4}
    for entry, j in zip(CLAIMS, scorecard(Numbers(rows)), strict=True):
        assert j.measured.n == (5 if entry.analysis in ("training", "cost") else 3)
        assert not j.why


@pytest.mark.parametrize(("n_classes", "missing"), [
    (2, {"large", "small", "rise"}), (3, {"large"}), (9, {"large"}), (10, set()), (15, set()),
    (40, set())])
def test_what_always_the_same_answer_decides_is_not_measured(n_classes, missing, monkeypatch):
    entries = [Entry(Claim("large", "", "", "", 0.9, 0.75), "knockout", "class error", {}),
               Entry(Claim("small", "", "", "", 0.25, 0.5, lower_is_better=True), "knockout",
                     "overall error", {}, "control"),
               Entry(Claim("rise", "", "", "", 0.6, 0.2), "knockout", "class error, rise", {}),
               Entry(Claim("other", "", "", "", 0.99, 0.98), "knockout", "half step", {}),
               Entry(Claim("error", "", "", "", 0.05, 0.05, lower_is_better=True), "training",
                     "error", {"option": "all"})]
    monkeypatch.setattr("tinycnn.paper.study.scorecard.CLAIMS", entries)

    def rows(error, same):
        return [row(seed, e.analysis, quantity, 0.4, **e.where) for seed in range(3)
                for e in entries[:4] for quantity in e.quantities] + [
                row(seed, "training", "error", value, option=option) for seed in range(3)
                for option, value in (("all", error), ("always the same answer", same))]
    found = judged(rows(0.1, 1 - 1 / n_classes), n_classes)
    assert {key for key, j in found.items() if not j.measured.n} == missing
    for key in missing:
        assert found[key].text == ("not measured: always the same answer is "
                                   f"{1 - 1 / n_classes:.0%} wrong")
    rare = judged(rows(0.01, 0.03), 2)              # 97 % of the images are of one class
    assert not rare["error"].measured.n


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
        patch.setattr(readings, "DRAWS", 3)
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
    matched = [e.claim.key for e in CLAIMS if "gain on same layers" in e.quantities[0]]
    assert {"against same layers", "map-specific"} <= set(matched)
    for key in matched:
        assert found[key].text == "not measured: the features are of one layer"
    assert found["against random"].measured.n == 2
    assert found["twins"].text == "not measured: no image is on both sides of a split"
    assert text.count("not measured: the features are of one layer") == len(matched)
    assert page.count("All features are of one layer") >= 2
    assert "Two controls" not in page
    assert not re.search(r"\bnan\b", re.sub(r"data:image[^\"]*", "", page))


def test_the_same_weights_for_all_seeds_are_said(one_layer):
    _, _, page = one_layer
    assert "does not use its seed" in page
    assert "2 networks that differ in the order of the images" in page
    assert "their first weights" not in page
    assert "<td >seeds</td><td >0 and 1</td>" in page


@pytest.mark.parametrize(("seeds", "words"), [
    ([4], "4"), ([0, 1], "0 and 1"), (list(range(25)), "0 to 24"),
    ([0, 1, 2, 7], "0 to 2 and 7"), ([1, 3, 5, 6, 7, 9, 10], "1, 3, 5 to 7, 9 and 10")])
def test_seeds_in_words(seeds, words):
    assert named(seeds) == words


def test_no_page_says_or_draws_what_cannot_be():
    for values in ([0.0, 0.13], [0.97, 1.0, 0.5], [1.0, 1.0], [0.0, 0.0, 0.02]):
        low, high = re.search(r"\((.*)% to (.*)%\)", percent(np.array(values))).groups()
        assert 0 <= float(low) < float(high) <= 100
        shown, (mean, low, high) = dots(np.array(values))
        assert shown == values
        assert 0 <= low <= mean == np.mean(values) <= high <= 1
    assert percent(np.full(4, 0.9)) == "90.0% (90.0% to 90.0%)"
    assert percent(np.array([0.25])) == "25.0%"


def test_a_training_that_diverges_is_left_out_and_said(tmp_path, monkeypatch):
    data, training = tc.drawn_faces(36, people=3), Training(epochs=1)
    params, rows = train_network(data, 0, training)

    def diverge(self, net, data, images, labels=None):
        raise NotFiniteError("infinity in the output of conv2")
    monkeypatch.setattr(Subject, "trained", diverge)
    for part in (readings.trained_otherwise, retrained.retrain, retrained.shuffled_labels):
        rows += part(Subject(data, 0, training, params))
    rest = ("knockouts", "leaks", "first order")
    monkeypatch.setattr(knockout_table, "DRAWS", 2)
    monkeypatch.setattr(readings, "DRAWS", 2)
    for name in rest:
        rows += PARTS[name].run(Subject(data, 0, training, params))
    text = write_study(rows, data, training, tmp_path)
    assert "difference in test error: not measured" in text
    page = (tmp_path / "report.html").read_text("utf-8")
    for what in ("split: stratified", "grey: standardised; start: 3 times larger; batch: 1",
                 "remove and retrain: strongest", "shuffled labels"):
        assert f"{what} (1 of 1 networks)" in page


def test_a_number_that_rounds_to_0_has_no_sign():
    values = np.array([-0.004, -0.0011, 0.0001])
    assert plain(values) == "0.00 (-0.01 to 0.00)"
    assert plain(values / 100, "{:+.1%}") == "0.0% (0.0% to 0.0%)"
    assert plain(-np.ones(3)) == "-1.00 (-1.00 to -1.00)"
    assert plain(np.array([0.021, 0.02, 0.019]), "{:+.1%}") == "+2.0% (+1.8% to +2.2%)"
    assert plain(np.array([])) == "–"
