"""The debugger in trainings with another update, loss, schedule, dropout, or a batch norm."""

import numpy as np
import pytest
from debugger_session import Session

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


def in_place(params, grads, state, learning_rate):
    """An update that changes its arguments."""
    state = {} if state is None else state
    for name, w in params.items():
        state.setdefault(name, np.zeros_like(w))
        state[name] *= 0.9
        state[name] += grads[name]
        w -= learning_rate * state[name]
    return params, state


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
