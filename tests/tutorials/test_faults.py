"""The broken networks of lesson 4 and of the debugger's page: each has its fault, and no other."""

from functools import cache

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.course import verdict
from tinycnn.course.faults import DIAGNOSIS, FOUND, LESSON, LOOK, broken, network
from tinycnn.gradcheck import check_network

FAULTS = {kind: (layer, letter) for letter, (layer, kind) in LESSON.items()}


@pytest.fixture(autouse=True, scope="module")
def drawn_once():
    """Drawing the faces takes longer than all else here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tinycnn.course.faults.drawn_faces", cache(tc.drawn_faces))
        yield


def step_through(kind, layer):
    net, x, t, rate = broken(kind, layer)
    stepper = tc.Stepper(net, x, t, learning_rate=rate)
    stepper.run()
    return stepper


def test_each_kind_is_there_once():
    assert len(LESSON) == len(FAULTS) == len(LOOK)
    assert set(FAULTS) == set(LOOK)


def test_the_healthy_network_has_none_of_the_faults():
    net, x, t, rate = network()
    stepper = tc.Stepper(net, x, t, learning_rate=rate)
    stepper.run()
    assert rate == 0.05
    assert x.max() <= 1
    assert len(x) == 10
    assert len(set(t)) == 5
    assert check_network(net, x[:2], t[:2]).ok
    assert not stepper.sizes().words
    assert not stepper.troubles()


@pytest.mark.parametrize("letter", LESSON)
def test_a_network_differs_from_the_healthy_one_in_its_fault_only(letter):
    layer, kind = LESSON[letter]
    (net, x, t, rate), (right, *others) = network(letter), network()
    assert np.array_equal(t, others[1])
    assert rate == (10 if kind == "learning rate" else 0.05)
    assert np.array_equal(x, others[0] * np.float32(255 if kind == "grey levels" else 1))
    assert [*net.layers][:14] == [name.replace("tanh", "relu" if kind == "dead units" else "tanh")
                                  for name in right.layers]
    assert [*net.layers][14:] == (["softmax2"] if kind == "too many layers" else [])
    for name, w in net.params.items():
        factor = np.float32(0.01 if kind == "first weights" else 1)
        shift = 20 if (kind, name) == ("dead units", "conv3.b") else 0
        assert np.array_equal(w, right.params[name] * factor - shift)
    factors = {name: layer.factor for name, layer in net.layers.items() if hasattr(layer, "factor")}
    assert len(factors) == (2 if kind == "dead units" else 6)
    wrong = {name: factor for name, factor in factors.items() if factor != 1}
    assert wrong == ({layer: -1} if kind == "backward" else
                     {layer: 0} if kind == "parameter gradients" else {})


@pytest.mark.parametrize(("letter", "quantity"), [("A", "dx"), ("E", "db")])
def test_a_wrong_gradient_is_wrong_in_one_array(letter, quantity):
    net, x, t, _ = network(letter)
    report = check_network(net, x[:2], t[:2])
    alone = [failure for failure in report.failures if failure.check.endswith(" alone")]
    assert [(failure.check, failure.quantity) for failure in alone] == [
        (f"{LESSON[letter][0]} alone", quantity)]


@pytest.mark.parametrize("letter", ["", *LESSON])
def test_all_but_one_do_not_learn_ten_faces(letter):
    net, x, t, rate = network(letter)
    stepper = tc.Stepper(net, x, t, learning_rate=rate)
    stepper.again(100)
    learns = letter in ("", "E")
    assert (stepper.losses[-1] < 0.2) == learns
    assert (stepper.losses[-1] > 1) != learns


def test_a_dead_layer_is_off_in_all_images():
    stepper = step_through("dead units", "relu3")
    assert not stepper.value("relu3").any()
    assert stepper.value("relu2").any()
    assert stepper.value("conv3").max() < 0
    said = " ".join(stepper.troubles().text.split())
    assert "for every image; the first layer that gives only 0 is relu3" in said


def test_a_network_does_not_print_its_fault():
    printed = {str(network(letter)[0]) for letter, (_, kind) in LESSON.items()
               if kind not in ("dead units", "too many layers")}
    assert printed == {str(network()[0])}


def test_a_hint_gives_nothing_away():
    for kind, look in LOOK.items():
        layer, _ = FAULTS[kind]
        assert kind.split()[-1] not in look
        assert layer not in look.split()
        assert kind not in look


def test_a_letter_that_there_is_not():
    with pytest.raises(ValueError, match="expected a letter from A, B"):
        network("H")


def answer(**said):
    """An answer with these letters only."""
    return [said.get(letter, "") for letter in LESSON]


@pytest.mark.parametrize(("said", "text"), [
    (answer(), "no answer yet."),
    (answer(A=FOUND[0]), "1 of 7 right."),
    (answer(B="grey levels,none", C=" RELU3 , Dead Units"), "2 of 7 right."),
    (answer(A="tanh2, backward"), "0 of 7 right.\nA: the kind is right. Where to look: Which layer "
                                  "does the debugger name first?"),
    (answer(G="none, first weights"), f"G: the layer is right. Where to look: "
                                      f"{LOOK['learning rate']}"),
    (answer(F="none, backward"), f"F: neither word is right. Where to look: "
                                 f"{LOOK['too many layers']}"),
    (answer(D="none, vanishing"), "D: the layer is right. Expected a layer, or none, then a "
                                  "comma and one of: first weights, learning rate,"),
    (answer(E="dense5, backward, parameter gradients"), "0 of 7 right.\nE: "),
    (FOUND[:3], "has shape (3,), expected (7,)"),
    (dict(zip(LESSON, FOUND, strict=True)), "expected a list or an array (texts)"),
    ([None] * 7, "expected a list or an array (texts)"),
])
def test_what_is_said_about_an_answer(said, text):
    judged = DIAGNOSIS.judge(said)
    assert not judged.ok
    assert text in judged.text


def test_only_the_first_wrong_network_is_named():
    judged = verdict("4.7", ["none, learning rate"] * 7)
    assert judged.text.startswith("1 of 7 right.\nA: ")
    assert judged.text.count(":") == 2
    assert not any(layer in judged.text for layer, _ in LESSON.values() if layer != "none")
