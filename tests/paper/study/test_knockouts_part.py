"""The knockouts of a study, on a small network: every number again, from plain knockouts."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy import stats

import tinycnn as tc
from tinycnn.analysis import names_of
from tinycnn.analysis.activity import features_of
from tinycnn.analysis.controls import LayerMatched, own_minus_others, own_percentile, swap_matrix
from tinycnn.analysis.knockouts import map_means
from tinycnn.analysis.measures import MEASURES, PAPER
from tinycnn.paper.study.parts import counted, dense_units, knockout_table, knockouts, units
from tinycnn.paper.study.parts.knockout_table import KnockoutTable, orders_of
from tinycnn.paper.study.rows import Numbers
from tinycnn.paper.study.subject import Subject, Training, train_network

TRAINING, DRAWS, K = Training(epochs=14), 6, 4
LAYERS = ["tanh1", "tanh2", "tanh3"]


@pytest.fixture(scope="module")
def subject():
    data = tc.drawn_faces(36, people=K)
    return Subject(data, 1, TRAINING, train_network(data, 1, TRAINING)[0])


@pytest.fixture(scope="module")
def numbers(subject):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knockout_table, "DRAWS", DRAWS)
        return Numbers(found for part in (knockouts.knockouts, dense_units.dense_units, units.units)
                       for found in part(subject))


def one(numbers, *what, **where):
    [value] = numbers.find(*what, **where)
    return value


def fill_of(s, option):
    if option == "strongest, to the mean":
        return map_means(s.net, s.data.images, LAYERS)
    if option == "strongest, to samples":
        return knockouts.outputs_of_others(s.net, s.data.images, LAYERS, s.rng(10))
    return None


def predictions(s, name, option, n=10):
    """The images that are measured; the orders and the (n + 1, images) predictions by identity."""
    x, t, (train, test) = s.data.images, s.data.labels, s.split
    ranked, images = (train, test) if option == "strongest, test" else (np.arange(44),) * 2
    scores = MEASURES[name](s.net, x[ranked], t[ranked])
    orders = orders_of(scores, option.split(",")[0], n)
    return images, orders, {
        k: tc.knockout_curve(s.net, x, t, order, fill=fill_of(s, option))[:, images]
        for k, order in orders.items()}


OPTIONS = ["strongest", "strongest, test", "weakest", "strongest, to the mean",
           "strongest, to samples"]
CASES = [(PAPER, option) for option in OPTIONS] + [
    ("knockout alone", "strongest"), ("activation", "strongest, test"),
    ("LRP", "strongest, to the mean"), ("secant x activation", "strongest, to samples")]


@pytest.mark.parametrize(("name", "option"), CASES)
def test_curves_are_means_over_identities(subject, numbers, name, option):
    images, _, found = predictions(subject, name, option)
    t = subject.data.labels[images]
    here = [k for k in found if (t == k).any()]
    for kind, errors in (
            ("overall error", [(found[k] != t).mean(axis=1) for k in here]),
            ("class error", [(found[k][:, t == k] != k).mean(axis=1) for k in here])):
        expected, where = np.mean(errors, axis=0), {"subject": name, "option": option}
        [curve] = numbers.curve("knockout", kind, **where)
        np.testing.assert_allclose(curve, expected)
        [rise] = numbers.curve("knockout", f"{kind}, rise", **where)
        np.testing.assert_allclose(rise, expected - expected[0])
        assert one(numbers, "knockout", f"{kind}, area", **where) == pytest.approx(
            expected[1:].mean())


@pytest.mark.parametrize(("name", "option"), [case for case in CASES if case[1] != "weakest"])
def test_the_swap_control(subject, numbers, name, option):
    images, _, found = predictions(subject, name, option)
    t = subject.data.labels[images]
    areas, where = swap_matrix(found, t), {"subject": name, "option": option}
    here = np.isfinite(areas[0])
    own = areas.diagonal()[here].mean()
    assert one(numbers, "swap", "own", **where) == pytest.approx(own)
    assert one(numbers, "swap", "own", **where) == pytest.approx(
        one(numbers, "knockout", "class error, area", **where))
    assert one(numbers, "swap", "own minus others", **where) == pytest.approx(
        own_minus_others(areas))
    others = areas[:, here][~np.eye(K, dtype=bool)[:, here]].mean()
    assert one(numbers, "swap", "others", **where) == pytest.approx(others)
    assert one(numbers, "swap", "percentile of own", **where) == own_percentile(areas)
    [curve] = numbers.curve("knockout", "class error, others' orders", **where)
    for step in (0, 3, 10):
        assert curve[step] == pytest.approx(np.mean([
            np.mean(found[k][step, t == j] != j) for k in found for j in found
            if k != j and (t == j).any()]))
    assert one(numbers, "knockout", "class error, others' orders", step=10, **where) == curve[10]


@pytest.mark.parametrize("option", OPTIONS)
def test_the_layer_matched_control_answers_the_same_question(subject, numbers, option):
    s, t = subject, subject.data.labels
    images, orders, _found = predictions(s, PAPER, option)
    control = LayerMatched(features_of(s.net), DRAWS, s.rng(2))
    control.measure(s.net, s.data.images, orders.values(), fill=fill_of(s, option))
    errors = np.mean([(control.labels(order)[..., images] != t[images]).mean(axis=-1)
                      for k, order in orders.items() if (t[images] == k).any()], axis=0)
    areas, where = errors[1:].mean(axis=0), {"subject": PAPER, "option": option}
    for quantity, value in (("", areas.mean()), (", 95 %", np.percentile(areas, 95))):
        assert one(numbers, "knockout", f"overall error, area, same layers{quantity}",
                   **where) == pytest.approx(value)
    if option == "weakest":
        [curve] = numbers.curve("knockout", "overall error, same layers", **where)
        np.testing.assert_allclose(curve, errors.mean(axis=1))
    if option == "strongest":
        [rise] = numbers.curve("knockout", "class error, rise, same layers", **where)
        expected = np.mean([(control.labels(order)[..., t == k] != k).mean(axis=(-2, -1))
                            for k, order in orders.items()], axis=0)
        np.testing.assert_allclose(rise, expected - expected[0], atol=1e-12)


def test_gains_follow_from_areas(numbers):
    for name in MEASURES:
        for kind in ("class error", "overall error"):
            where = {"subject": name, "option": "strongest"}
            area = one(numbers, "knockout", f"{kind}, area", **where)
            for control in ("same layers", "random"):
                assert one(numbers, "knockout", f"{kind}, gain on {control}", **where) == \
                    pytest.approx(area - one(numbers, "knockout", f"{kind}, area, {control}",
                                             **where))


def test_beside_others(numbers):
    def area(name, kind, option="strongest"):
        return one(numbers, "knockout", f"{kind} error, area", subject=name, option=option)
    gain = {name: one(numbers, "knockout", "class error, gain on random", subject=name,
                      option="strongest") for name in (PAPER, "greedy knockout")}
    for name, expected in {
            "strongest minus weakest": area(PAPER, "overall") - area(PAPER, "overall", "weakest"),
            "gradient minus activation": area(PAPER, "overall") - area("activation", "overall"),
            "secant minus gradient": area("secant x activation", "class") - area(PAPER, "class"),
            "gain": gain[PAPER], "greedy gain": gain["greedy knockout"]}.items():
        assert one(numbers, "beside others", name) == pytest.approx(expected)


def test_each_sample_is_of_another_image(subject):
    s, x = subject, subject.data.images
    found = knockouts.outputs_of_others(s.net, x, LAYERS, np.random.default_rng(0))
    plain = s.net.forward(x)
    taken = [[j for j in range(44) if np.allclose(plain["tanh3"][j], o, atol=1e-6)]
             for o in found["tanh3"]]
    assert all(i not in others for i, others in enumerate(taken))
    assert sorted(j for [j] in taken) == list(range(44))    # each of them once
    for i, [j] in enumerate(taken):                         # and the same one in all layers
        np.testing.assert_allclose(found["tanh1"][i], plain["tanh1"][j], atol=1e-6)


# --- what the paper says, counted -------------------------------------------------------------

def test_what_is_counted_of_the_strongest(subject, numbers):
    t = subject.data.labels
    _, orders, found = predictions(subject, PAPER, "strongest")
    modes = {k: np.array([[np.bincount(row[t == j]).argmax() for j in range(K)] for row in labels])
             for k, labels in found.items()}
    lost = {k: [next((step for step in range(11) if modes[k][step][j] != j), 11) for j in range(K)]
            for k in found}

    def first(k, j):
        return any(lost[k][i] < lost[k][j] for i in range(K) if i != j)

    def slower(k, j):
        return ((found[k][1:, t == j] != j).mean() - (found[k][1:] != t).mean()) >= 0.1
    for name, counts in (("another is lost first", first), ("slower for all", slower)):
        assert one(numbers, "paper", name) == np.mean([counts(k, k) for k in found])
        assert one(numbers, "paper", f"{name}, bystanders") == pytest.approx(
            np.mean([counts(k, j) for k in found for j in range(K) if j != k]))
    intact = (subject.net.predict(subject.data.images) != t).mean()
    after = np.mean([(labels[10] != t).mean() for labels in found.values()])
    assert one(numbers, "paper", "failure") == pytest.approx((after - intact) / (0.75 - intact))
    assert one(numbers, "paper", "answers left") == np.mean(
        [len(set(labels[10].tolist())) / K for labels in found.values()])
    control = LayerMatched(features_of(subject.net), DRAWS, subject.rng(2))
    control.measure(subject.net, subject.data.images, orders.values())
    assert one(numbers, "paper", "answers left, same layers") == pytest.approx(np.mean(
        [len(set(labels.tolist())) / K for order in orders.values()
         for labels in control.labels(order)[10]]))
    for k, name in enumerate(names_of(subject.data)):
        area = one(numbers, "knockout", "class error, area", subject=PAPER, option="strongest",
                   identity=name)
        assert area == pytest.approx((found[k][1:, t == k] != k).mean())


def test_what_is_counted_of_the_weakest(subject, numbers):
    x, t = subject.data.images, subject.data.labels
    _, _, weak = predictions(subject, PAPER, "weakest", 20)
    table = KnockoutTable(subject, [orders_of(MEASURES[PAPER](subject.net, x, t), "weakest", 20)],
                          matched=[])
    random = [tc.knockout_curve(subject.net, x, t, order) for order in table.random[:DRAWS]]
    assert {len(labels) for labels in random} == {21}
    wrong = [(labels != t).mean(axis=1) for labels in weak.values()]
    assert one(numbers, "paper", "below one half after 15 weakest") == np.mean(
        [errors[15] < 0.5 for errors in wrong])
    assert one(numbers, "paper", "better without weak ones") == np.mean(
        [min(errors[1:11]) < errors[0] for errors in wrong])

    def falls(labels, k):
        counts = [(row[t == k] != k).sum() for row in labels]
        return any(after <= before - 2 for before, after in pairwise(counts))
    assert one(numbers, "paper", "error falls again") == np.mean(
        [falls(labels, k) for k, labels in weak.items()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knockout_table, "DRAWS", DRAWS)
        same = KnockoutTable(subject, [{0: table.random[0][:20]}], matched=[]).random
    assert same == table.random[:DRAWS]
    assert one(numbers, "paper", "better without weak ones, random") == np.mean(
        [min((row != t).mean() for row in labels[1:11]) < (labels[0] != t).mean()
         for labels in random])
    assert one(numbers, "paper", "error falls again, random") == pytest.approx(np.mean(
        [falls(labels, k) for labels in random for k in range(K)]))


def test_an_error_that_falls_again_is_seen():
    t = np.repeat([0, 1], 4)
    labels = np.array([[0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 0, 0, 1, 1, 1],
                       [0, 0, 1, 0, 1, 1, 1, 1]])
    assert counted.falls_again(labels, t, 0) == 1           # 0, 3, 1 errors
    assert counted.falls_again(labels, t, 1) == 0           # 0, 1, 0
    both = np.stack([labels, labels[::-1]], axis=1)         # the other one: 1, 3, 0
    assert counted.falls_again(both, t, 0) == 1
    assert counted.falls_again(np.stack([labels, labels * 0], axis=1), t, 0) == 0.5
    better = counted.better_without(np.array([[0.2, 0.2], [0.3, 0.1], [0.2, 0.4]]))
    assert better.tolist() == [False, True]


def test_what_is_counted_of_scores(subject, numbers):
    s, x, t = subject, subject.data.images, subject.data.labels
    scores = MEASURES[PAPER](s.net, x, t)
    sets = [set(np.argsort(-row)[:8].tolist()) for row in scores.scores]
    assert one(numbers, "paper", "overlap of the 8 strongest") == pytest.approx(np.mean(
        [len(a & b) / 8 for a, b in combinations(sets, 2)]))
    assert one(numbers, "paper", "overlap of the 8 strongest, chance") == 8 / 23
    halves = one(numbers, "paper", "overlap of the 8 strongest, two halves")
    assert 8 / 23 < halves <= 1
    damage = [(tc.knockout_curve(s.net, x, t, scores.strongest(k, 10))[1:, t == k] != k).mean()
              for k in range(K)]
    assert one(numbers, "paper", "scale and damage") == pytest.approx(
        stats.spearmanr(scores.scores.max(axis=1), damage).statistic)
    for name, found in (("", scores), (", logit", MEASURES["gradient, logit"](s.net, x, t))):
        largest = found.scores.max(axis=1)
        assert one(numbers, "paper", f"largest over smallest{name}") == pytest.approx(
            largest.max() / largest.min())


# --- other outputs ----------------------------------------------------------------------------

def test_dense_units(subject, numbers):
    s, x, t = subject, subject.data.images, subject.data.labels
    scores = tc.convolutional_gradients(s.net, x, t, ["tanh4"])
    found = {k: tc.knockout_curve(s.net, x, t, scores.strongest(k, 10)) for k in range(K)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knockout_table, "DRAWS", DRAWS)
        table = KnockoutTable(s, [orders_of(scores)], matched=[], layers=["tanh4"])
    random = [tc.knockout_curve(s.net, x, t, order) for order in table.random]
    assert {layer for order in table.random for layer, _ in order} == {"tanh4"}
    assert one(numbers, "dense units", "gain on random") == pytest.approx(
        np.mean([(labels[1:] != t).mean() for labels in found.values()])
        - np.mean([(labels[1:] != t).mean() for labels in random]))
    assert one(numbers, "dense units", "class error, gain on random") == pytest.approx(
        np.mean([(labels[1:, t == k] != k).mean() for k, labels in found.items()])
        - np.mean([(labels[1:, t == k] != k).mean() for labels in random for k in range(K)]))
    assert one(numbers, "dense units", "own minus others") == pytest.approx(
        own_minus_others(swap_matrix(found, t)))


def test_a_network_without_hidden_dense_units_has_no_such_rows():
    net = tc.Network(conv=tc.Conv2D(1, 2, 3), tanh=tc.Tanh(), flatten=tc.Flatten(),
                     dense=tc.Dense(50, 3))
    assert dense_units.last_hidden(net) is None
    assert dense_units.last_hidden(tc.face_net(3, size=36)) == "tanh4"
    bare = tc.Network(flatten=tc.Flatten(), one=tc.Dense(9, 4), two=tc.Dense(4, 3))
    assert dense_units.last_hidden(bare) == "one"


def test_saturation_is_the_share_of_outputs_near_a_limit(subject, numbers):
    trace = subject.net.forward(subject.data.images)
    assert numbers.subjects("saturation", "share") == [*LAYERS, "tanh4"]
    for name in (*LAYERS, "tanh4"):
        assert one(numbers, "saturation", "share", subject=name) == pytest.approx(
            (np.abs(trace[name]) > 0.9).mean())


def test_a_measure_equal_to_the_oracle_gains_as_much(subject, monkeypatch):
    monkeypatch.setattr(knockout_table, "DRAWS", 3)
    names = (PAPER, "activation", "greedy knockout")
    monkeypatch.setattr(knockouts, "MEASURES", dict.fromkeys(names, MEASURES["knockout alone"]))
    rows = Numbers(knockouts.knockouts(subject))
    assert one(rows, "beside others", "gain") == one(rows, "beside others", "greedy gain")
    assert one(rows, "beside others", "gradient minus activation") == 0
    assert np.isnan(one(rows, "beside others", "secant minus gradient"))


def test_of_many_identities_a_sample_is_knocked_out(subject, monkeypatch):
    monkeypatch.setattr(knockout_table, "IDENTITIES", 2)
    monkeypatch.setattr(knockout_table, "DRAWS", 3)
    s, t, everyone = subject, subject.data.labels, np.arange(44)
    orders = orders_of(MEASURES[PAPER](s.net, s.data.images, t))
    assert list(orders) == [0, 3]
    table = KnockoutTable(s, [orders], matched=[])
    labels = np.array([table.along(order, everyone) for order in table.random]).swapaxes(0, 1)
    np.testing.assert_allclose(table.random_errors(everyone)["class error"], np.mean(
        [(labels[..., t == k] != k).mean(axis=-1) for k in (0, 3)], axis=0))
