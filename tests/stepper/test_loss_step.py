"""The step `loss`: in the network's own precision, finite where training is, or of one's own."""

import numpy as np
import pytest
from broken_layers import InPlace
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper import StepError


def two_logits(*rows):
    """A network whose logits are its inputs times 800."""
    net = tc.Network((2,), dense=tc.Dense(2, 2), softmax=tc.Softmax())
    net.params["dense.W"][...] = 800 * np.eye(2)
    return net, np.array(rows, np.float32)


def test_only_the_true_class_is_divided_by():
    net, x = two_logits([1, 0])
    stepper = tc.Stepper(net, x, np.array([0]))
    stepper.run()
    assert stepper.trace.y.tolist() == [[1, 0]]
    assert stepper.loss == 0
    assert stepper.gradients["softmax"].tolist() == [[-1, 0]]
    assert not any(array.any() for array in stepper.parameter_gradients.values())
    assert stepper.troubles() == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_where_the_true_class_underflows_the_step_is_that_of_training(dtype):
    net, x = two_logits([1, 0], [0.001, 0], [0, 1])
    net, t = net.astype(dtype), np.array([1, 1, 1])
    stepper = tc.Stepper(net, x, t, learning_rate=0.3)
    stepper.run()
    assert stepper.underflowed.tolist() == [True, False, False]
    assert stepper.trace.y[0].tolist() == [1, 0]
    trained = net.copy()
    history = tc.train(trained, x, t, epochs=1, learning_rate=0.3, seed=2)
    assert stepper.loss == pytest.approx(history.loss[0], rel=1e-6)
    assert all(np.isfinite(array).all() for array in stepper.gradients.values())
    for name, w in trained.params.items():
        np.testing.assert_allclose(stepper.updated[name], w, rtol=1e-5, err_msg=name)
    assert "too small for float" in stepper.taken[stepper.number("loss") - 1].changed
    assert stepper.factors("dense").ok
    stepper.jump("forward softmax")
    assert not stepper.underflowed.any()


@pytest.mark.parametrize("scale", [1, 30, 300, 3000])
def test_wherever_training_stays_finite_the_stepper_does(scale):
    x, t = images(4)
    for seed in range(3):
        net = every_kind(seed).astype(np.float32)
        net.params["dense4.W"][...] *= scale
        trained = net.copy()
        loss = tc.train(trained, x, t, epochs=1, batch_size=4).loss[0]
        stepper = tc.Stepper(net, x, t)
        stepper.run()
        assert stepper.loss == pytest.approx(loss, rel=1e-4)
        for name, array in {**stepper.gradients, **stepper.updated}.items():
            assert np.isfinite(array).all(), name
        for name, w in trained.params.items():
            np.testing.assert_allclose(stepper.updated[name], w, rtol=2e-3, atol=1e-4)


def test_a_network_steps_in_its_own_precision():
    stepper = tc.Stepper(every_kind().astype(np.float32), *images())
    stepper.run()
    for arrays in (stepper.trace, stepper.gradients, stepper.parameter_gradients, stepper.updated):
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}
    assert all(w.dtype == np.float64 for w in stepper.net.astype(np.float64).params.values())


def test_where_float32_overflows_the_stepper_shows_it():
    net = every_kind().astype(np.float32)
    net.params["conv2.W"][...] = 3e38
    stepper = tc.Stepper(net, *images())
    stepper.run()
    assert next(t.step for t in stepper.troubles() if t.kind == "nan") == "forward conv2"
    assert stepper.net.astype(np.float64).forward(images()[0])["conv2"].max() < np.inf


# --- a loss of one's own ----------------------------------------------------------------------


def squared(y, t):
    """1/N Σ |y - t|² and its gradient."""
    return float(((y - t) ** 2).sum() / len(y)), 2 * (y - t) / len(y)


def no_softmax():
    net = every_kind()
    layers = dict(net.layers)
    del layers["softmax"]
    return tc.Network(net.input_shape, **layers)


def test_a_loss_of_ones_own_steps_through_a_network_without_a_softmax():
    x, _ = images()
    t = np.random.default_rng(3).normal(size=(3, 5))
    stepper = tc.Stepper(no_softmax(), x, t, loss=squared)
    stepper.run()
    y = no_softmax().forward(x).y
    assert stepper.loss == squared(y, t)[0]
    assert np.array_equal(stepper.gradients["dense4"], 2 * (y - t) / 3)
    assert "squared(y, t)" in stepper.taken[stepper.number("loss") - 1].text
    for name, unit in (("conv1", (0, 1, 2, 3)), ("dense4", (1, 2)), ("conv2.W", (1, 2, 0, 1))):
        explanation = stepper.explain(name, unit)
        assert explanation.nudge.verdict == "agrees", explanation.text
        assert explanation.ok, explanation.text
    assert stepper.factors("conv1").ok
    assert stepper.value("dy2/dtanh1").shape == (3, 3, 7, 10)
    with pytest.raises(ValueError, match="t holds no labels"):
        stepper.value("dy/dtanh1")
    effect = stepper.knock("tanh1", 1)
    assert effect.loss[0] == pytest.approx(squared(y, t)[0])
    assert stepper.compare().first.name == "tanh1"
    assert effect.text
    stepper.again()
    stepper.run()
    assert stepper.loss != squared(y, t)[0]


def test_a_wrong_loss_of_ones_own_differs_from_its_nudge():
    def forgets(y, t):
        return squared(y, t)[0], (y - t) / len(y)

    stepper = tc.Stepper(no_softmax(), images()[0], np.zeros((3, 5)), loss=forgets)
    stepper.run()
    explanation = stepper.explain("dense4", (1, 2))
    assert explanation.nudge.verdict == "differs"
    assert not explanation.ok


@pytest.mark.parametrize(("loss", "part"), [
    (lambda y, t: 3.0, r"must return \(L, ∂L/∂y\)"), (lambda y, t: (y, y), "L one number"),
    (lambda y, t: (1.0, y[:, :2]), r"of shape \(3, 5\), got \(3, 2\)"),
    (lambda y, t: y @ t, "raised ValueError")])
def test_a_loss_that_answers_wrongly_stops_at_its_step(loss, part):
    stepper = tc.Stepper(no_softmax(), images()[0], np.zeros((3, 4)), loss=loss)
    with pytest.raises(StepError, match=part) as caught:
        stepper.run()
    assert caught.value.step == "loss"
    assert stepper.step.name == "forward dense4"


@pytest.mark.parametrize("t", [np.eye(3, 5, dtype=int), np.array([0.0, 1, 2])])
def test_what_are_no_labels_is_said(t):
    with pytest.raises(tc.ShapeError, match="whole numbers"):
        tc.Stepper(every_kind(), images()[0], t)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), "0.1", None])
def test_a_learning_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="expected a learning rate > 0"):
        tc.Stepper(every_kind(), *images(), learning_rate=rate)


def test_a_layer_that_writes_into_its_argument_is_told_so():
    net = every_kind()
    net = tc.Network(net.input_shape, **{**net.layers, "relu2": InPlace()})
    stepper = tc.Stepper(net, *images())
    with pytest.raises(StepError, match=r"(?s)forward relu2: InPlace.*writes into its argument"):
        stepper.run()
