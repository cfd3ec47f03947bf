"""The debugger in trainings with another update, loss, schedule, dropout, or a batch norm."""

import re

import numpy as np
import pytest
from debugger_session import Session
from trainings import in_place

import tinycnn as tc
from tinycnn.network import losses
from tinycnn.stepper import Stepper, compare
from tinycnn.training import adam, momentum

HOW = {"epochs": 3, "batch_size": 5, "learning_rate": 0.02}
ALL = {"update": adam(), "weight_decay": 0.01, "schedule": lambda epoch: 1 / epoch,
       "dropout": {"pool1": 0.5, "flatten": 0.3}}


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(13, 1, 9, 8)), rng.integers(0, 4, 13)


def net(softmax=True, outputs=4):
    rng = np.random.default_rng(1)
    layers = {"conv1": tc.Conv2D(1, 3, 3, rng=rng), "norm1": tc.BatchNorm(3), "relu1": tc.ReLU(),
              "pool1": tc.MaxPool2D(2), "flatten": tc.Flatten(),
              "dense2": tc.Dense(27, outputs, rng=rng)}
    return tc.Network((1, 9, 8), **layers, **({"softmax": tc.Softmax()} if softmax else {})
                      ).astype(np.float64)


def train(network, place=(2, 2), t=None, **how):
    x, labels = data()
    return tc.train(network, x, labels if t is None else t, **{**HOW, **how}, stop=place)


@pytest.mark.parametrize("how", [
    ALL, {"update": in_place}, {"update": momentum(0.8)}, {"weight_decay": 0.2},
    {"loss": losses.squared_error}, {"dropout": {"relu1": 0.4}}])
def test_the_numbers_are_those_of_the_training(how):
    """L, the gates, and the parameters after the update."""
    history = train(net(), **how)
    stepper = Stepper.into(history)
    stepper.run()
    assert stepper.loss == pytest.approx(history.replay.losses[-1], rel=1e-12)
    assert stepper.learning_rate == history.replay.plan.rate(2)
    later = train(net(), (2, 3), **how).moment.params
    for name, w in stepper.updated.items():     # `train` begins at the logits: the last digits
        np.testing.assert_allclose(w, later[name], 1e-9, 1e-10, err_msg=name)
    assert set(stepper.gates) == set(how.get("dropout", {}))
    before = {name: w.copy() for name, w in stepper.net.params.items()}
    stepper.again()                             # with the state that the update had there
    for name, w in stepper.net.params.items():
        np.testing.assert_allclose(w, later[name], 1e-9, 1e-10, err_msg=name)
    stepper.run()
    changed = {name: w.copy() for name, w in stepper.updated.items()}
    stepper.undo_again()
    assert all(np.array_equal(stepper.net.params[name], w) for name, w in before.items())
    stepper.again()
    stepper.run()
    assert all(np.array_equal(stepper.updated[name], w) for name, w in changed.items())


def test_the_update_is_named_and_no_formula_is_invented():
    session = Session(Stepper.into(train(net(), **ALL)))
    said = session.type("until update conv1")
    assert " ".join(said.split()).count("w ← Adam(beta1=0.9, beta2=0.999, eps=1e-08) of w, "
                                        "(∂L/∂w + decay·w), with λ = 0.01, decay = 0.01") == 1
    old, new = (float(array["conv1.W"][0, 0, 1, 1]) for array in (
        session.stepper.net.params, session.stepper.updated))
    said = " ".join(session.type("explain conv1.W[0,0,1,1]").split())
    assert f"decay = 0.01: from {old:.6g} to {new:.6g}" in said
    assert "-λ·dL/dconv1" not in said
    moved = np.sqrt(np.mean((session.stepper.updated["conv1.W"]
                             - session.stepper.net.params["conv1.W"]) ** 2))
    sizes = session.stepper.sizes()
    size = np.sqrt(np.mean(session.stepper.net.params["conv1.W"] ** 2))
    assert sizes.columns["update"]["conv1"] == pytest.approx(moved / size)
    assert "|change of w| / |w|; w ← Adam" in sizes.text
    plain = Session(Stepper.into(train(net())))
    assert "w ← w - λ ∂L/∂w, with λ = 0.02" in plain.type("until update conv1")
    decay = Session(Stepper.into(train(net(), weight_decay=0.5)))
    assert "w ← w - λ (∂L/∂w + decay·w), with λ = 0.02, decay = 0.5" in decay.type(
        "until update conv1")


def test_dropout_is_no_knockout():
    stepper = Stepper.into(train(net(), **ALL))
    moment = stepper.moment
    assert "with the dropout of pool1 and flatten" in stepper.where
    with pytest.raises(ValueError, match="nothing is knocked out"):
        stepper.restore()
    unit = int(np.flatnonzero(moment.gates["flatten"])[0])
    for restore in ((), ("flatten",), ("flatten", unit)):
        stepper.knock("flatten", unit)
        stepper.knock("relu1", 0)
        assert stepper.gates["flatten"][unit] == 0
        stepper.restore(*restore)
        assert np.array_equal(stepper.gates["flatten"], moment.gates["flatten"])
        assert ("relu1" in stepper.gates) == bool(restore)
        if restore:
            stepper.restore()
    assert {name: gate.tolist() for name, gate in stepper.gates.items()} == {
        name: gate.tolist() for name, gate in moment.gates.items()}
    stepper.batch()
    assert np.array_equal(stepper.gates["flatten"], stepper.moment.gates["flatten"])
    assert not np.array_equal(stepper.gates["flatten"], moment.gates["flatten"])


def test_before_and_now_are_compared_with_the_updates_state():
    stepper = Stepper.into(train(net(), **ALL))
    stepper.run()
    stepper.again()
    stepper.run()
    assert stepper.compare().first.name == "conv1.W"
    stepper.undo_again()
    stepper.knock("relu1", 1, factor=1.0 - 1e-15)       # next to nothing: all of it is the same
    assert stepper.compare().first is None


def test_two_trainings_part_where_their_updates_do():
    a, b = (train(net(), (3, 1), update=update) for update in (momentum(0.8), adam()))
    found = compare(a, b)
    assert found.first.name.endswith("updated")
    assert "epoch 1, batch 1" in found.text
    a, b = (train(net(), (3, 1), update=momentum(0.8)) for _ in range(2))
    assert compare(a, b).first is None


@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.squared_error, losses.hinge,
                                  losses.binary_cross_entropy_from_logits])
def test_a_network_without_a_softmax_is_stepped_with_its_loss(loss):
    session = Session(Stepper.into(train(net(softmax=False), loss=loss)))
    assert f"{loss.__name__}(y, t)" in session.type("until loss")
    assert f"The loss is {loss.__name__}" in session.type("explain L")
    session.type("until gradients conv1")
    for name in ("dense2", "relu1", "conv1.W"):
        assert "They agree" in session.type(f"explain {name}")
    assert session.type("check").startswith("All gradients are right")
    assert session.stepper.factors("relu1").ok
    assert "wrong among all" in session.type("knock relu1 1")


def test_one_output_has_no_true_class():
    history = train(net(softmax=False, outputs=1), t=data()[1] % 2,
                    loss=losses.binary_cross_entropy_from_logits)
    session = Session(Stepper.into(history))
    session.type("until backward relu1")
    assert "They agree" in session.type("explain relu1")
    assert "wrong among all" not in session.type("knock relu1 1")
    assert "no class is the true one" in session.type("show dy/drelu1")
    assert "L = " in session.type("sizes")


def test_an_error_in_such_a_training_is_entered():
    x, t = data()
    x[3, 0, 2, 2] = np.nan
    with pytest.raises(tc.NotFiniteError) as error:
        tc.train(net(), x, t, **HOW, **ALL)
    stepper = Stepper.into(error.value)
    assert set(stepper.gates) == {"pool1", "flatten"}
    stepper.run()
    assert stepper.troubles()[0].kind == "nan"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_update_that_enlarges_rounding_takes_the_trainings_gradient(dtype):
    """The bias before a batch norm has a gradient of rounding alone, and Adam makes steps of it."""
    history = train(net().astype(dtype), **ALL)
    stepper, later = Stepper.into(history), train(net().astype(dtype), (2, 3), **ALL).moment.params
    stepper.run()
    assert all(np.array_equal(w, later[name]) for name, w in stepper.updated.items())
    said = " ".join(stepper.explain("conv1.b", 1).text.split())
    shown = float(re.search(r"Its dL/dconv1.b\[1\] is (\S+),", said)[1])
    replay = history.replay
    trace, _, seed = replay.plan.forward(stepper.net, stepper.moment.x.astype(dtype),
                                         stepper.moment.t, stepper.gates)
    back = stepper.net.backward(trace, seed, of="logit")
    right = stepper.net.parameter_gradients(trace, back)["conv1.b"][1]
    assert shown == pytest.approx(right, rel=1e-5)
    stepper.again()
    assert all(np.array_equal(w, later[name]) for name, w in stepper.net.params.items())


def mixed_stepper():
    """Layers before and after a batch norm, without dropout."""
    stepper = Stepper(net(), *data())
    stepper.run()
    return stepper


def moved_predictions(stepper, name, index, h=1e-6):
    """∂y/∂o of one unit by central differences, (N, K): the y of all images."""
    found = []
    for step in (h, -h):
        rest = {unit: stepper.net[unit] for unit in
                stepper.units[stepper.units.index(name) + 1:]}
        o = stepper.trace[name].copy()
        o[index] += step
        found.append(tc.Network(**rest).forward(o).y)
    return (found[0] - found[1]) / (2 * h)


def test_before_a_batch_norm_no_single_images_prediction_gradient_is_shown():
    stepper = mixed_stepper()
    index = (2, 1, 0, 3)
    slopes = moved_predictions(stepper, "conv1", index)
    assert (np.abs(np.delete(slopes, 2, axis=0)) > 1e-6).any()      # it does move other images
    expected = (slopes * stepper.gradients["softmax"]).sum()
    assert stepper.gradients["conv1"][index] == pytest.approx(expected, rel=1e-5)
    for where in ("dy/dconv1", "dy0/dconv1[2,1,0,3]", "dy3/dinput"):
        with pytest.raises(ValueError, match="mixes the images"):
            stepper.value(where)
    said = stepper.explain("conv1", index).text
    assert "A layer after conv1 mixes the images" in " ".join(said.split())
    assert "the 4 classes" not in said
    assert "dy0" not in said
    assert "other images" not in said


def test_after_a_batch_norm_and_of_one_image_they_are_shown_as_before():
    stepper, index = mixed_stepper(), (2, 1, 0, 3)
    slopes = moved_predictions(stepper, "norm1", index)
    shown = [float(stepper.value(f"dy{k}/dnorm1[2,1,0,3]")) for k in range(4)]
    np.testing.assert_allclose(shown, slopes[2], 1e-5, 1e-8)
    assert "by the 4 classes" in stepper.explain("norm1", index).text
    x, t = data()
    one = Stepper(net(), x[0], t[0])
    one.run()
    shown = [float(one.value(f"dy{k}/dconv1[0,1,0,3]")) for k in range(4)]
    np.testing.assert_allclose(
        shown, moved_predictions(one, "conv1", (0, 1, 0, 3))[0], 1e-5, 1e-8)


@pytest.mark.parametrize("step", [1, 2, 4, 8])
def test_any_two_images_that_are_mixed_are_found(step):
    class Neighbours(tc.Layer):
        """Adds to each image the one `step` places before it."""

        def forward(self, x):
            return x + np.roll(x, step, 0), None

        def backward(self, dy, _):
            return dy + np.roll(dy, -step, 0)

    layers = {"a": tc.Tanh(), "own": Neighbours(), "flatten": tc.Flatten(),
              "dense": tc.Dense(72, 4, rng=0), "softmax": tc.Softmax()}
    stepper = Stepper(tc.Network((1, 9, 8), **layers), *data())
    stepper.run()
    assert [stepper.mixes(name) for name in stepper.units] == [True, True, False, False, False,
                                                                False]


@pytest.mark.parametrize("name", ["input", "conv1", "norm1", "pool1"])
def test_the_product_of_the_factors_is_the_gradient_with_a_batch_norm_too(name):
    stepper = mixed_stepper()
    found = stepper.factors(name)
    assert found.ok
    assert found.mixed == (name in ("input", "conv1"))
    np.testing.assert_allclose(found.dL_do, stepper.gradients[name], 1e-9, 1e-12)
    assert ("mixes the images" in found.text) == found.mixed


def test_what_dropout_removes_is_no_trouble():
    """A unit that it drops before a batch norm is 0 after a ReLU; so the norm gets a gradient 0."""
    rng = np.random.default_rng(3)
    network = tc.Network((6,), d1=tc.Dense(6, 8, rng=rng), n1=tc.BatchNorm(8), r1=tc.ReLU(),
                         d2=tc.Dense(8, 6, rng=rng), n2=tc.BatchNorm(6), r2=tc.ReLU(),
                         d3=tc.Dense(6, 3, rng=rng), s=tc.Softmax())
    x, t = rng.normal(size=(10, 6)), rng.integers(0, 3, 10)
    for dropout in ({"r1": 0.5, "d2": 0.3}, {"d1": 0.2, "r2": 0.5}):
        history = tc.train(network, x, t, epochs=1, batch_size=10, dropout=dropout, stop=(1, 1))
        stepper = Stepper.into(history)
        assert stepper.gates
        stepper.run()
        assert [one.text for one in stepper.troubles() if one.brought_in] == []
    stepper.knock("r2", int(np.flatnonzero(stepper.gates["r2"])[0]))
    assert [one.text.split("; ")[1] for one in stepper.troubles() if one.brought_in] == [
        "backward r2 brought it in: knocked out"]


def test_where_after_again_says_that_the_update_is_in():
    stepper = Stepper.into(train(net()))
    for n, said in ((0, "before its update"), (1, "after 1 update with it"),
                    (2, "after 2 updates with it")):
        assert f"epoch 2, batch 2 of 3, {said}: images" in stepper.where
        assert len(stepper.losses) == 1 + n
        stepper.again()
    stepper.undo_again()
    assert "after 2 updates with it" in stepper.where
    stepper.batch()
    assert "batch 3 of 3, before its update" in stepper.where


@pytest.mark.parametrize("labels", [[0, 1] * 6 + [0], [0] * 13])
def test_one_output_without_a_loss_is_told_which(labels):
    stepper = Stepper(net(softmax=False, outputs=1), data()[0], np.array(labels))
    with pytest.raises(tc.ShapeError, match=r"another loss: tc\.binary_cross_entropy after"):
        stepper.run()


def test_what_an_update_remembers_can_be_looked_at():
    stepper = Stepper.into(train(net(), **ALL))
    session = Session(stepper)
    for key in ("m", "v"):
        kept = stepper.moment.state[key]["conv1.W"]
        assert np.array_equal(stepper.value(f"state.{key}.conv1.W"), kept)
        assert f"= {kept[1, 0, 2, 2]:.10g}" in session.type(f"print state.{key}.conv1.W[1,0,2,2]")
    assert session.said("print state.t").strip() == "state.t = 4"
    assert "state.m.conv1.W is from the last update; nothing computes it here" in session.type(
        "explain state.m.conv1.W")
    assert "no step computes state.t" in session.type("break state.t")
    assert "filter 2" in session.type("show state.v.conv1.W")
    session.type("watch norm(state.m.conv1.W)", "again", "until loss")
    assert stepper.value("state.t") == 5
    assert len(session.type("watch").splitlines()[1].split()) == 3
    for update in (momentum(), in_place):
        stepper = Stepper.into(train(net(), update=update))
        assert np.array_equal(stepper.value("state.dense2.b"), stepper.moment.state["dense2.b"])
    assert "did you mean" in Session(stepper).type("print state.dense2.w")
    with pytest.raises(ValueError, match=r"no number is called 'state\.t'"):
        Stepper.into(train(net())).value("state.t")


def test_what_cannot_be_known_before_a_batch_norm_is_not_said_to_be_known_later():
    session = Session(Stepper(net(), *data()))
    session.type("display norm(dy/dconv1) norm(dy/dnorm1)")
    assert session.said("display").count("not known yet") == 2
    said = session.said("until loss")
    assert "norm(dy/dconv1): a layer after conv1 mixes the images" in said
    assert "norm(dy/dnorm1) = " in said
    assert "not known yet" not in said


def test_a_layer_that_dropout_removes_is_not_said_to_be_knocked_out():
    rng = np.random.default_rng(4)
    network = tc.Network((5,), d1=tc.Dense(5, 2, rng=rng), t1=tc.Sigmoid(),
                         d2=tc.Dense(2, 3, rng=rng), s=tc.Softmax())
    history = tc.train(network, rng.normal(size=(8, 5)), rng.integers(0, 3, 8), epochs=9,
                       batch_size=4, dropout={"t1": 0.8})
    place = next((epoch, batch) for epoch in range(1, 10) for batch in (1, 2)
                 if not history.replay.gates(epoch, batch)["t1"].any())
    stepper = Stepper.into(history.replay.at(*place))
    stepper.run()
    words = stepper.sizes().words
    assert words["all 0"] == ["t1"]
    assert "knocked out" not in words
    assert [one for one in stepper.troubles() if one.brought_in] == []


def test_black_images_have_sizes():
    stepper = Stepper(net(), np.zeros((3, 1, 9, 8)), np.array([0, 1, 2]))
    stepper.run()
    assert "input" in stepper.sizes().words["all 0"]


def test_the_learning_rate_can_be_changed():
    stepper = Stepper(net(), *data(), learning_rate=0.1)
    stepper.learning_rate = 10
    stepper.run()
    assert stepper.learning_rate == 10
    w, gradient = stepper.net.params["dense2.W"], stepper.parameter_gradients["dense2.W"]
    np.testing.assert_allclose(stepper.updated["dense2.W"], w - 10 * gradient, rtol=1e-12)
    assert stepper.explain("dense2.W", (3, 1)).ok


def test_the_update_of_all_layers_is_made_once(monkeypatch):
    stepper = tc.Stepper.into(train(net(), update=adam()))
    stepper.run("gradients conv1")
    calls = []
    monkeypatch.setattr(stepper, "training_pass", lambda name, whole=stepper.training_pass:
                        calls.append(name) or whole(name))
    stepper.run()
    assert len([step for step in stepper.steps if step.startswith("update")]) == 3
    assert len(calls) == 1
