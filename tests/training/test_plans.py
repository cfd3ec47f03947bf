"""Trainings that are more than gradient descent: updates, decay, schedule, losses, dropout."""

import copy
import pickle

import numpy as np
import pytest
from trainings import Recorder, copied, data, in_place, same

import tinycnn as tc
from tinycnn.network import losses
from tinycnn.network.loss import loss_from_logits
from tinycnn.training import Plan, Replay, adam, momentum


def small_net(dtype=np.float32, norm=True, softmax=True, outputs=4, seed=0):
    rng = np.random.default_rng(seed)
    layers = {"conv": tc.Conv2D(1, 3, 3, rng=rng),
              **({"norm": tc.BatchNorm(3)} if norm else {}), "tanh": tc.Tanh(),
              "pool": tc.MaxPool2D(2), "flatten": tc.Flatten(),
              "dense": tc.Dense(27, outputs, rng=rng)}
    if softmax:
        layers["softmax"] = tc.Softmax()
    return tc.Network((1, 9, 8), **layers).astype(dtype)


def with_clipping(params, grads, state, learning_rate):
    """An update of one's own that looks at all gradients, and counts in its state."""
    steps = 0 if state is None else state["steps"]
    norm = np.sqrt(sum(float((g * g).sum()) for g in grads.values()))
    old = {name: np.zeros_like(g) for name, g in grads.items()} if state is None else state["old"]
    rate = learning_rate / max(norm, 1) / (1 + 0.1 * steps)
    return ({name: w - rate * (grads[name] + 0.5 * old[name]) for name, w in params.items()},
            {"steps": steps + 1, "old": dict(grads), "norms": np.array([norm])})


def halved(epoch):
    return 0.5 ** (epoch // 2)


PLANS = {
    "momentum": {"update": momentum(0.8), "weight_decay": 0.01},
    "adam and all": {"update": adam(), "weight_decay": 0.02, "schedule": halved,
                     "dropout": {"pool": 0.3, "flatten": 0.5}, "loss": losses.squared_error},
    "one's own": {"update": with_clipping, "dropout": {"tanh": 0.5}},
    "in place": {"update": in_place},
    "dropout alone": {"dropout": {"flatten": 0.25}},
    "decay and schedule": {"weight_decay": 0.1, "schedule": halved},
}
HOW = {"batch_size": 5, "learning_rate": 0.05, "seed": 3}


def test_the_default_training_is_the_plain_loop_bit_for_bit():
    """Written out: the order of each epoch, the loss from the logits, w - λ ∂L/∂w in place."""
    x, t = data(21)
    ours, net = tc.face_net(4, seed=1), tc.face_net(4, seed=1)
    x = np.random.default_rng(2).random((21, 1, 60, 60)).astype(np.float32)
    history = tc.train(ours, x, t, epochs=3, batch_size=4, seed=7)
    for epoch in range(3):
        order, total = np.random.default_rng([7, epoch]).permutation(21), 0.0
        for start in range(0, 21, 4):
            chosen = order[start:start + 4]
            trace = net.forward(x[chosen])
            loss, seed = loss_from_logits(trace.logits, t[chosen])
            grads = net.parameter_gradients(trace, net.backward(trace, seed, of="logit"))
            for name, w in net.params.items():
                w -= 0.1 * grads[name]
            total += loss * len(chosen)
        assert history.loss[epoch] == total / 21
    assert same(ours.params, net.params)


@pytest.mark.parametrize("name", PLANS)
def test_resuming_gives_the_same_bits(name, tmp_path):
    x, t = data()
    other = data(9, seed=1)
    how = {**HOW, **PLANS[name], "epochs": 6, "validation": other}
    whole, resumed = small_net(), small_net()
    expected = tc.train(whole, x, t, **how)
    tc.train(resumed, x, t, **how, checkpoint=tmp_path / "run.npz",
             callbacks=[lambda _, history: len(history) == 4])
    resumed = small_net(seed=5)
    history = tc.train(resumed, x, t, **how, checkpoint=tmp_path / "run.npz")
    assert same(resumed.params, whole.params)
    assert (history.loss, history.validation_loss) == (expected.loss, expected.validation_loss)
    assert same(history.best, expected.best)
    assert not same(whole.params, small_net().params)


@pytest.mark.parametrize("name", PLANS)
def test_any_batch_is_entered_again_with_the_same_bits(name, monkeypatch):
    x, t = data()
    recorder, net = Recorder(), small_net()
    first = copied(net)
    history = tc.train(net, x, t, epochs=7, **HOW, **PLANS[name], callbacks=[recorder])
    for place in [*np.random.default_rng(1).permutation(35)[:12].tolist(), 0]:
        moment = history.replay.at(place // 5 + 1, place % 5 + 1)
        before = recorder.after[(place - 1) // 5 + 1, (place - 1) % 5 + 1] if place else first
        assert same(moment.params, before)
        assert set(moment.gates) == set(PLANS[name].get("dropout", {}))
    stopped = tc.train(small_net(), x, t, epochs=7, **HOW, **PLANS[name], stop=(4, 3))
    updates, one = [], Replay._one
    monkeypatch.setattr(Replay, "_one", lambda replay: (updates.append(1), one(replay)))
    later = stopped.replay.after(stopped.moment, 6)
    assert same(later.params, recorder.after[5, 3])
    assert len(updates) == 6                            # from where it stands, not from the start


def test_a_checkpoint_after_a_stop_or_an_error_has_the_state_of_the_last_epoch(tmp_path):
    x, t = data()
    how = {**HOW, **PLANS["adam and all"], "epochs": 5, "checkpoint": tmp_path / "run.npz"}
    tc.train(small_net(), x, t, **how, stop=(3, 4))
    resumed, whole = small_net(), small_net()
    assert len(tc.train(resumed, x, t, **how)) == 5
    tc.train(whole, x, t, **{**how, "checkpoint": None})
    assert same(resumed.params, whole.params)


@pytest.mark.parametrize(("change", "words"), [
    ({"update": momentum(0.9)}, r"update Momentum\(mu=0\.8\) there, Momentum\(mu=0\.9\) here"),
    ({"update": None}, r"update Momentum\(mu=0\.8\) there, None here"),
    ({"update": adam()}, "update Momentum"), ({"update": with_clipping}, "with_clipping here"),
    ({"weight_decay": 0.0}, "weight_decay 0.01 there, None here"),
    ({"loss": losses.hinge}, "loss None there, hinge here"),
    ({"dropout": {"tanh": 0.5}}, r"dropout None there, {'tanh': 0\.5} here"),
    ({"schedule": halved}, "schedule: epoch 2 had the rate 0.05 there, 0.025 here"),
    ({"validation": data(4)}, "validation None there"), ({"seed": 4}, "seed 3 there, 4 here")])
def test_a_run_with_another_setting_is_refused(change, words, tmp_path):
    x, t = data()
    how = {**HOW, **PLANS["momentum"], "epochs": 2, "checkpoint": tmp_path / "run.npz"}
    tc.train(small_net(), x, t, **how)
    net = small_net()
    with pytest.raises(tc.ModelFileError, match=words):
        tc.train(net, x, t, **{**how, "epochs": 3, **change})
    assert same(net.params, small_net().params)


def test_a_checkpoint_of_an_older_tinycnn_still_resumes(tmp_path):
    from tinycnn.network.model_file import read_npz, write_npz
    from tinycnn.training.checkpoint import FORMAT
    x, t = data()
    path = tmp_path / "run.npz"

    def made_old(**how):
        path.unlink(missing_ok=True)
        tc.train(small_net(), x, t, epochs=3, **HOW, checkpoint=path, **how)
        header, arrays = read_npz(path, FORMAT)
        for new in ("validation_error", "validation_loss", "rates", "state"):
            header.pop(new)
        write_npz(path, header, arrays)
    made_old()
    resumed, whole = small_net(seed=4), small_net()
    tc.train(resumed, x, t, epochs=5, **HOW, checkpoint=path)
    tc.train(whole, x, t, epochs=5, **HOW)
    assert same(resumed.params, whole.params)
    made_old()
    with pytest.raises(tc.ModelFileError, match=r"update None there, Adam"):
        tc.train(small_net(), x, t, epochs=5, **HOW, checkpoint=path, update=adam())
    made_old(test=(x, t))
    with pytest.warns(UserWarning, match="chosen by the test error"):
        tc.train(small_net(), x, t, epochs=5, **HOW, checkpoint=path, test=(x, t))


def test_dropout_is_the_gates_of_the_batch():
    """0 or 1/(1 - p), for all images of a batch; other ones in each batch; from the seed alone."""
    x, t = data()
    net, seen = small_net(norm=False), {}
    history = tc.train(net, x, t, epochs=2, **HOW, dropout={"pool": 0.5, "flatten": 0.2})
    for epoch in (1, 2):
        for batch in range(1, 6):
            moment = history.replay.at(epoch, batch)
            trace = moment.net.forward(moment.x, moment.gates)
            assert moment.gates["pool"].shape == (3,)
            assert set(moment.gates["pool"]) <= {0.0, 2.0}
            assert set(moment.gates["flatten"]) <= {0.0, 1.25}
            off = moment.gates["flatten"] == 0
            assert not trace["flatten"][:, off].any()
            seen[epoch, batch] = moment.gates["flatten"].tobytes()
            loss = loss_from_logits(trace.logits, moment.t)[0]
            assert history.replay.losses[(epoch - 1) * 5 + batch - 1] == loss
    assert len(set(seen.values())) == 10
    many = Plan(seed=1, dropout={"a": 0.3}).gates({"a": 100_000}, 1, 1)["a"]
    assert abs((many == 0).mean() - 0.3) < 0.006    # 4 standard deviations
    assert abs(many.mean() - 1) < 0.01


def test_weight_decay_and_the_schedule_are_what_they_say():
    x, t = data()
    net, start = small_net(np.float64, norm=False), small_net(np.float64, norm=False)
    tc.train(net, x, t, epochs=1, batch_size=23, learning_rate=0.2, weight_decay=0.3,
             schedule=lambda epoch: 0.5 if epoch == 1 else 99)
    trace = start.forward(x)
    seed = loss_from_logits(trace.logits, t)[1]
    grads = start.parameter_gradients(trace, start.backward(trace, seed, of="logit"))
    for name, w in start.params.items():
        np.testing.assert_allclose(net.params[name], w - 0.1 * (grads[name] + 0.3 * w), 1e-6, 1e-9)


# --- validation -------------------------------------------------------------------------------

def test_the_test_images_choose_nothing():
    x, t = data()
    with_test, without = (tc.train(small_net(), x, t, epochs=6, **HOW, **more)
                          for more in ({"test": data(8, seed=2)}, {}))
    assert len(with_test.test_error) == 6
    assert with_test.best_epoch == without.best_epoch
    assert same(with_test.best, without.best)
    order = sorted(range(6), key=lambda i: (without.train_error[i], without.loss[i]))
    assert without.best_epoch == order[0] + 1


def test_patience_ends_the_training_and_a_resumed_one_at_once(tmp_path):
    x, t = data()
    how = {**HOW, "epochs": 60, "validation": data(30, seed=2), "patience": 4,
           "checkpoint": tmp_path / "run.npz"}
    history = tc.train(small_net(), x, t, **how)
    assert history.stopped == "patience"
    assert len(history) == history.best_epoch + 4 < 60
    ranks = [history.rank(i) for i in range(len(history))]
    assert min(ranks) == ranks[history.best_epoch - 1]
    again = tc.train(small_net(), x, t, **how)
    assert (again.stopped, len(again)) == ("patience", len(history))


def test_errors_of_a_batch_norm_are_those_of_the_frozen_network():
    x, t = data()
    other = data(8, seed=2)
    net = small_net()
    history = tc.train(net, x, t, epochs=2, **HOW, validation=other, test=(x, t))
    there = net.frozen(x).evaluate(*other)
    assert (history.validation_error[-1], history.validation_loss[-1]) == (there.error, there.loss)
    assert history.test_error[-1] == net.frozen(x).evaluate(x, t).error


# --- other ends, other targets ----------------------------------------------------------------

@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.squared_error, losses.hinge,
                                  losses.binary_cross_entropy_from_logits])
def test_a_network_without_a_softmax_learns(loss):
    x, t = data()
    net = small_net(norm=False, softmax=False)
    history = tc.train(net, x, t, epochs=150, batch_size=5, learning_rate=0.3, loss=loss)
    assert net.evaluate(x, t, loss).error < 0.2
    assert history.loss[-1] < 0.5 * history.loss[0]
    rows = np.eye(4)[t]                     # one-hot rows are labels, too
    assert tc.train(net, x, rows, epochs=1, loss=losses.squared_error).train_error[0] < 0.5


def test_one_output_learns_labels_0_and_1():
    x, t = data()
    t = t % 2
    net = tc.Network((1, 9, 8), **small_net(norm=False, softmax=False, outputs=1).layers,
                     sigmoid=tc.Sigmoid())
    history = tc.train(net, x, t, epochs=60, batch_size=5, learning_rate=0.5,
                       loss=losses.binary_cross_entropy, validation=(x, t[:, None]))
    assert history.train_error[-1] == history.validation_error[-1] == 0
    assert net.evaluate(x, t, losses.binary_cross_entropy).confusion.tolist() == [
        [(t == 0).sum(), 0], [0, (t == 1).sum()]]


def test_a_regression_has_no_error_and_prints_none(capsys):
    x, _ = data()
    t = np.stack([x.mean((1, 2, 3)), x.max((1, 2, 3))], axis=1)
    net = small_net(norm=False, softmax=False, outputs=2)
    history = tc.train(net, x, t, epochs=30, **HOW, loss=losses.squared_error, test=(x, t),
                       validation=(x, t), callbacks=[tc.Progress()])
    assert np.isnan([*history.train_error, *history.test_error, *history.validation_error]).all()
    assert history.best_epoch == np.argmin(history.validation_loss) + 1
    assert len(history.validation_loss) == 30
    said = capsys.readouterr().err
    assert "nan" not in said
    assert f"validation loss {history.validation_loss[-1]:.4f}" in said
    assert "nan" not in repr(net.evaluate(x, t, losses.squared_error))
    history.plot()


def test_progress_shows_the_validation_error(capsys):
    x, t = data()
    history = tc.train(small_net(), x, t, epochs=1, **HOW, validation=(x, t), test=(x, t),
                       callbacks=[tc.Progress()])
    assert f"validation {history.validation_error[-1]:6.2%}" in capsys.readouterr().err


def test_the_plot_has_a_line_for_each_list_that_is_known():
    x, t = data()
    history = tc.train(small_net(), x, t, epochs=4, **HOW, validation=data(9), test=data(8, seed=2))
    above, below = history.plot().axes
    assert [line.get_ydata().tolist() for line in above.lines] == [
        history.loss, history.validation_loss]
    np.testing.assert_allclose([line.get_ydata() for line in below.lines], 100 * np.array(
        [history.train_error, history.validation_error, history.test_error]), 1e-12)
    history = tc.train(small_net(norm=False, softmax=False), x, np.zeros((23, 4)), epochs=1,
                       loss=losses.squared_error)
    above, below = history.plot().axes
    assert (len(above.lines), len(below.lines)) == (1, 0)


# --- what is refused --------------------------------------------------------------------------

def no_loss(y, t):
    return 1.0, np.zeros(3)


def half_an_update(params, grads, state, learning_rate):
    return {"conv.W": params["conv.W"]}, state


@pytest.mark.parametrize(("change", "words"), [
    ({"dropout": {"nothing": 0.5}}, "expected layers before the last outputs, conv, norm, tanh"),
    ({"dropout": {"dense": 0.5}}, "before the last outputs"),
    ({"dropout": {"tanh": 1.0}}, r"share in \[0, 1\)"), ({"dropout": {"tanh": "a"}}, "dropout"),
    ({"dropout": 0.5}, "dropout"), ({"update": "adam"}, "expected update as a function.*quotes"),
    ({"update": adam}, r"brackets are missing, Adam\(\)$"),
    ({"loss": "mse"}, "expected loss as a function.*quotes$"), ({"update": 0.9}, r"got 0\.9$"),
    ({"schedule": [1, 0.5]}, r"expected schedule as a function, got \[1, 0\.5\]$"),
    ({"patience": 1.5, "validation": data()}, "whole numbers.*patience=1.5"),
    ({"epochs": 2.5}, "whole numbers: epochs"),
    ({"validation": 0.2}, r"validation: expected \(images, labels\), got float"),
    ({"test": data()[0]}, r"test: expected \(images, labels\), got ndarray"),
    ({"validation": tc.drawn_faces(people=2)}, r"expected \(images, labels\), got Dataset"),
    ({"test": {"x": 1, "y": 2}}, r"test: expected \(images, labels\), got dict"),
    ({"validation": (*data(), 1)}, r"expected \(images, labels\), got 3 values"),
    ({"validation": (1, 2)}, r"validation: expected images and as many labels.*\(\) and \(\)"),
    ({"t": 3}, r"expected images and as many labels, got arrays of shape .* and \(\)"),
    ({"loss": losses.hinge, "t": np.random.default_rng(0).choice([-1, 1], (23, 4))},
     r"hinge: expected labels or one-hot rows, got rows such as \["),
    ({"loss": losses.hinge, "t": np.full((23, 4), 0.25)}, "labels or one-hot rows"),
    ({"weight_decay": -1}, "weight_decay >= 0"), ({"patience": 3}, "only with validation images"),
    ({"patience": 0, "validation": data()}, "patience >= 1"),
    ({"schedule": lambda epoch: -1}, r"schedule\(1\): expected a factor >= 0, got -1"),
    ({"schedule": lambda epoch: None}, "got None"),
    ({"loss": no_loss}, r"loss no_loss: expected \(L, ∂L/∂y\).*∂L/∂y of shape \(3,\)"),
    ({"loss": lambda y, t: 3.0}, "got float"), ({"loss": lambda y, t: None}, "got NoneType"),
    ({"loss": losses.squared_error, "t": np.zeros((23, 3))}, r"got \(\d, 4\) and \(\d, 3\)"),
    ({"loss": losses.squared_error, "t": np.arange(23)}, "0 to 3"),
    ({"loss": losses.binary_cross_entropy, "t": np.full((23, 4), 2.0)}, "from 0 to 1, got 2"),
    ({"validation": (data()[0], np.full(23, 4))}, "validation: labels: expected"),
    ({"validation": (data()[0], np.zeros(3, int))}, "validation: expected images and as many"),
    ({"update": half_an_update}, "update half_an_update: expected"),
    ({"update": lambda p, g, s, r: None}, "update <lambda>: expected")])
def test_what_cannot_be_is_refused(change, words):
    x, t = data()
    with pytest.raises(ValueError, match=words):
        tc.train(small_net(), x, **{"t": t, "epochs": 1, **HOW, **change})


@pytest.mark.parametrize("made", [lambda: adam(0.001), lambda: adam(lr=0.001),
                                  lambda: adam(betas=(0.9, 0.99))])
def test_adam_says_where_the_learning_rate_belongs(made):
    with pytest.raises(TypeError, match=r"names, beta1, beta2, eps\. .* an argument of train"):
        made()
    assert copy.deepcopy(adam(beta1=0.5)) == pickle.loads(pickle.dumps(adam(beta1=0.5)))


@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.hinge])
@pytest.mark.parametrize("end", [{}, {"sigmoid": tc.Sigmoid()}])
@pytest.mark.filterwarnings("ignore:the network ends in 'sigmoid', a sigmoid, and the loss applies")
def test_one_output_needs_a_loss_for_one_output(loss, end):
    """The softmax of one number is 1, so the loss would be 0 for ever."""
    x, t = data()
    net = tc.Network((1, 9, 8), **small_net(softmax=False, outputs=1).layers, **end)
    with pytest.raises(ValueError, match=r"K at least 2.*takes binary_cross_entropy_from_logits"):
        tc.train(net, x, t % 2, epochs=1, loss=loss)


@pytest.mark.parametrize("y", [-0.01, -1e-9, 0.0, 1.0, 1 + 1e-9, 1.01])
@pytest.mark.parametrize("t", [0, 1])
def test_a_probability_a_little_outside_counts_as_0_or_1(y, t):
    L, gradient = losses.binary_cross_entropy(np.array([[y]]), np.array([t]))
    expected = losses.binary_cross_entropy(np.array([[float(y > 0.5)]]), np.array([t]))
    assert np.isfinite([L, gradient[0, 0]]).all()
    assert (L, gradient[0, 0]) == (expected[0], expected[1][0, 0])


def test_class_probabilities_are_from_0_to_1():
    for t in (-1, 1.5, np.nan):
        with pytest.raises(tc.ShapeError, match="cross_entropy: expected targets from 0 to 1"):
            losses.cross_entropy(np.zeros((2, 3)), np.full((2, 3), t))


def test_dropout_does_not_depend_on_the_order_of_the_words():
    x, t = data()
    nets = small_net(), small_net()
    for net, dropout in zip(nets, ({"tanh": 0.5, "pool": 0.2}, {"pool": 0.2, "tanh": 0.5}),
                            strict=True):
        tc.train(net, x, t, epochs=2, **HOW, dropout=dropout)
    assert same(nets[0].params, nets[1].params)


@pytest.mark.parametrize(("n", "batch_size", "one"), [(21, 10, True), (5, 1, True), (20, 5, False),
                                                      (21, 4, True), (11, 20, False)])
def test_a_batch_of_one_image_is_refused_before_the_first_update(n, batch_size, one):
    x, t = data(n)
    net = tc.Network((1, 9, 8), flatten=tc.Flatten(), dense=tc.Dense(72, 4, rng=0),
                     norm=tc.BatchNorm(4), softmax=tc.Softmax())
    before = copied(net)
    if one:
        with pytest.raises(tc.ShapeError, match=r"layer 'norm'.*a batch of one image"):
            tc.train(net, x, t, epochs=1, batch_size=batch_size)
    else:
        tc.train(net, x, t, epochs=1, batch_size=batch_size)
    assert same(net.params, before) == one
    tc.train(small_net(), x, t, epochs=1, batch_size=batch_size)    # maps have more numbers
    with pytest.raises(tc.ShapeError, match=r"^layer 'conv'"):       # another error is not hidden
        tc.train(small_net(), x[:, 0], t, epochs=1, batch_size=batch_size)


@pytest.mark.parametrize("made", [lambda: momentum(1.0), lambda: momentum(-0.1),
                                  lambda: adam(beta2=1.0), lambda: adam(beta1="a")])
def test_updates_refuse_what_they_cannot_use(made):
    with pytest.raises(ValueError, match=r"in \[0, 1\)"):
        made()


def test_a_network_without_a_softmax_needs_a_loss_and_one_with_it_no_second():
    x, t = data()
    with pytest.raises(ValueError, match=r"needs loss=: one of tc\.cross_entropy, tc\.sq"):
        tc.train(small_net(softmax=False), x, t, epochs=1)
    with pytest.warns(UserWarning, match="ends in 'softmax', a softmax, and the loss applies a"):
        tc.train(small_net(), x, t, epochs=1, loss=losses.cross_entropy)


def test_a_layer_with_two_names_is_refused_where_one_gradient_is_needed():
    x, t = data()
    twice = tc.Dense(72, 72, rng=0)
    net = tc.Network(flatten=tc.Flatten(), a=twice, b=twice, c=tc.Dense(72, 4, rng=1),
                     softmax=tc.Softmax())
    tc.train(net, x, t, epochs=1)
    for how in ({"update": adam()}, {"weight_decay": 0.1}):
        with pytest.raises(ValueError, match="a layer has two names"):
            tc.train(net, x, t, epochs=1, **how)


def test_updates_change_none_of_their_arguments():
    rng = np.random.default_rng(0)
    for update in (momentum(), adam()):
        params, grads = ({name: rng.normal(size=(2, 3)) for name in "ab"} for _ in range(2))
        state = None
        for _ in range(3):
            before = repr((params, grads, state))
            new, later = update(params, grads, state, 0.1)
            assert repr((params, grads, state)) == before
            params, state = new, later
        again = [update(params, grads, state, 0.1)[0] for _ in range(2)]
        assert same(*again)


# --- NaN, and from where ----------------------------------------------------------------------

def nan_loss(y, t):
    return np.nan, np.zeros_like(y)


def nan_gradient(y, t):
    return 1.0, np.full_like(y, np.nan)


def nan_update(params, grads, state, learning_rate):
    return {name: np.full_like(w, np.nan) for name, w in params.items()}, state


@pytest.mark.parametrize(("how", "words"), [
    ({"loss": nan_loss}, "NaN in the loss. Likely cause: the network's outputs are finite, so the "
                         "targets are not, or nan_loss divides by 0"),
    ({"loss": nan_gradient}, "NaN in the gradient at the output of softmax. Likely cause: the "
                             "network's outputs are finite, so the targets are not, or nan_grad"),
    ({"loss": losses.squared_error, "t": np.full((23, 4), np.nan)}, "so the targets are not, or"),
    ({"update": nan_update}, "NaN in conv.W after the update. Likely cause: the gradients are "
                             "finite, so it is nan_update itself, or learning_rate=0.05"),
    ({"learning_rate": 1e39}, "after the update. Likely cause: learning_rate=1e+39 is too large")])
@pytest.mark.filterwarnings("ignore:overflow")
def test_a_number_that_is_not_finite_is_explained_by_where_it_begins(how, words):
    x, t = data()
    with pytest.raises(tc.NotFiniteError) as error:
        tc.train(small_net(norm=False), x, **{"t": t, "epochs": 1, **HOW, **how})
    assert "epoch 1, batch 1: " in str(error.value)
    assert words in str(error.value)


def test_a_loss_that_overflows_later_may_come_from_the_learning_rate():
    x, t = data()
    net = tc.Network(flatten=tc.Flatten(), dense=tc.Dense(72, 1, rng=0))
    with pytest.raises(tc.NotFiniteError, match=r"in the loss\..* large for it, because learn"):
        tc.train(net, x, t / 4, epochs=50, batch_size=5, learning_rate=1e4,
                 loss=losses.squared_error)


# --- the state of an update -------------------------------------------------------------------

def listed(params, grads, state, learning_rate):
    """Its state is [number of steps, (arrays), NumPy's number], and a text."""
    t, old, rate, _ = [0, (), np.float64(1), ""] if state is None else state
    assert isinstance(old, tuple)
    assert rate.dtype == np.float64
    new = {name: w - learning_rate * rate * (g + 0.5 * v) for (name, w), g, v in zip(
        params.items(), grads.values(), old or grads.values(), strict=True)}
    return new, [t + 1, tuple(grads.values()), rate * 0.9, "text"]


def test_a_state_of_lists_and_tuples_resumes_with_the_same_bits(tmp_path):
    x, t = data()
    how = {**HOW, "update": listed}
    resumed, whole = small_net(), small_net()
    tc.train(whole, x, t, epochs=4, **how)
    tc.train(resumed, x, t, epochs=2, **how, checkpoint=tmp_path / "run.npz")
    resumed = small_net(seed=3)
    tc.train(resumed, x, t, epochs=4, **how, checkpoint=tmp_path / "run.npz")
    assert same(resumed.params, whole.params)


@pytest.mark.parametrize(("state", "words"), [
    ({0: np.zeros(3)}, "got dict {0: "), ([np.random.default_rng(0)], "got Generator"),
    ({"a": np.array([None])}, "got ndarray"), ({1, 2}, "got set {1, 2}")])
def test_a_state_that_no_file_can_keep_is_refused_at_the_first_update(state, words, tmp_path):
    x, t = data()
    batches = []

    def update(params, grads, _, learning_rate):
        batches.append(1)
        return {name: w - learning_rate * grads[name] for name, w in params.items()}, state
    with pytest.raises(ValueError, match="a checkpoint can keep numbers") as error:
        tc.train(small_net(), x, t, epochs=2, **HOW, update=update, checkpoint=tmp_path / "a.npz")
    assert words in str(error.value)
    assert len(batches) == 1
    tc.train(small_net(), x, t, epochs=1, **HOW, update=update)     # without a file, it is right


def test_another_learning_rate_is_said_once(tmp_path):
    x, t = data()
    how = {**HOW, "epochs": 1, "checkpoint": tmp_path / "run.npz"}
    tc.train(small_net(), x, t, **how)
    with pytest.raises(tc.ModelFileError) as error:
        tc.train(small_net(), x, t, **{**how, "learning_rate": 0.2})
    assert "(learning_rate 0.05 there, 0.2 here)" in str(error.value)


class Remembering:
    """Momentum that keeps v in itself: a replay cannot come out the same."""

    def __init__(self):
        self.v = 0.0

    def __call__(self, params, grads, state, learning_rate):
        self.v = {name: g + (0.9 * self.v[name] if self.v else 0) for name, g in grads.items()}
        return {name: w - learning_rate * self.v[name] for name, w in params.items()}, None


def test_an_update_that_keeps_something_in_itself_is_a_likely_cause():
    x, t = data()
    history = tc.train(small_net(), x, t, epochs=2, **HOW, update=Remembering())
    with pytest.raises(ValueError, match="a layer, the loss or the update draws random"):
        history.replay.at(1, 4)
