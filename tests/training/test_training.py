"""The loss, the update, and the loop."""

import numpy as np
import pytest
from helpers import numeric_gradient, small_net

import tinycnn as tc
from tinycnn.network import loss
from tinycnn.network.model_file import read_npz
from tinycnn.training import descent, plan
from tinycnn.training.checkpoint import FORMAT

SETTINGS = {"batch_size": 5, "learning_rate": 0.4, "seed": 3}


@pytest.fixture
def data():
    """24 images of 4 kinds: the row of a bright bar tells the kind; with noise."""
    rng = np.random.default_rng(5)
    t = np.repeat(np.arange(4), 6)
    x = rng.normal(0, 0.3, (24, 1, 11, 9))
    for image, kind in zip(x, t, strict=True):
        image[0, 2 * kind + 1:2 * kind + 4] += 1
    return x, t


def same(a, b):
    return all(np.array_equal(a.params[name], w) for name, w in b.params.items())


def test_the_loss_step_equals_the_two_factor_path(data):
    net, (x, t) = small_net(), data
    trace = net.forward(x)
    value, seed = loss.loss_from_logits(trace.logits, t)
    assert value == pytest.approx(loss.negative_log_likelihood(trace.y, t), abs=1e-12)
    stable = net.backward(trace, seed, of="logit")
    factors = net.backward(trace, loss.negative_log_likelihood_gradient(trace.y, t))
    for name in stable:
        np.testing.assert_allclose(stable[name], factors[name], 1e-10, 1e-14)


def test_the_losss_gradient_agrees_with_central_differences():
    rng = np.random.default_rng(0)
    logits, t = rng.normal(size=(5, 4)), rng.integers(0, 4, 5)
    _, gradient = loss.loss_from_logits(logits, t)
    expected = numeric_gradient(lambda v: loss.loss_from_logits(v, t)[0], logits, np.array(1.0))
    np.testing.assert_allclose(gradient, expected, 1e-6, 1e-9)


def test_the_loss_step_is_stable():
    value, gradient = loss.loss_from_logits(np.array([[1e4, 0, -1e4]]), np.array([2]))
    assert value == 2e4
    np.testing.assert_array_equal(gradient, [[1, 0, -1]])


def test_an_untrained_network_knows_nothing():
    x, t = np.random.default_rng(0).random((60, 1, 60, 60)), np.arange(60) % 15
    value, _ = loss.loss_from_logits(tc.face_net().forward(x).logits, t)
    assert value == pytest.approx(np.log(15), abs=0.5)


def test_it_learns_and_says_so(data):
    net, (x, t) = small_net(), data
    history = tc.train(net, x, t, epochs=60, batch_size=5, learning_rate=0.2, test=(x, t))
    assert len(history) == 60
    assert history.loss[-1] < 0.1 < history.loss[0]
    assert history.train_error[-1] == history.test_error[-1] == 0
    assert descent.error_rate(net, x, t) == 0
    assert history.stopped == "done"
    assert all(seconds > 0 for seconds in history.seconds)


def test_the_first_update_descends_along_the_gradient(data):
    net, (x, t) = small_net(), data
    before = net.copy()
    tc.train(net, x, t, epochs=1, batch_size=len(x), learning_rate=0.25)
    trace = before.forward(x)
    grads = before.parameter_gradients(
        trace, before.backward(trace, loss.negative_log_likelihood_gradient(trace.y, t)))
    for name, w in before.params.items():
        np.testing.assert_allclose(net.params[name], w - 0.25 * grads[name], 1e-9, 1e-12)


def test_history_counts_what_it_says(data):
    net, (x, t) = small_net(), data
    start = net.copy()
    history = tc.train(net, x, t, epochs=1, batch_size=len(x), test=(x[:7], t[:7]))
    assert history.loss == [pytest.approx(
        loss.loss_from_logits(start.forward(x).logits, t)[0])]
    assert history.train_error == [descent.error_rate(start, x, t)]
    assert history.test_error == [descent.error_rate(net, x[:7], t[:7])]


def test_the_seed_decides_everything(data):
    x, t = data
    nets = [small_net() for _ in range(3)]
    for net, seed in zip(nets, (0, 0, 1), strict=True):
        tc.train(net, x, t, epochs=3, seed=seed)
    assert same(nets[0], nets[1])
    assert not same(nets[0], nets[2])


def test_callbacks_see_every_epoch_and_may_stop(data):
    net, (x, t) = small_net(), data
    seen = []

    def watch(network, history):
        assert network is net
        seen.append(len(history))
        return len(history) == 3
    history = tc.train(net, x, t, epochs=10, callbacks=[watch])
    assert seen == [1, 2, 3]
    assert history.stopped == "callback"


@pytest.fixture
def hard(data):
    """A test set whose error rises again while the training error goes on falling."""
    x, t = data
    rng = np.random.default_rng(3)
    return x + rng.normal(0, 1.2, x.shape), t


def test_the_best_epoch_is_kept(data, hard):
    net, (x, t) = small_net(), data
    states = []
    history = tc.train(net, x, t, epochs=22, **SETTINGS, validation=hard, callbacks=[
        lambda network, _: states.append(network.copy())])
    order = sorted(range(22), key=lambda i: (history.validation_error[i],
                                             history.validation_loss[i]))
    assert history.best_epoch == order[0] + 1
    assert 1 < history.best_epoch < 22                  # neither the first nor the last
    assert history.loss[-1] < history.loss[order[0]]    # and the training goes on falling
    for name, w in states[order[0]].params.items():
        np.testing.assert_array_equal(history.best[name], w)


def test_each_epoch_has_an_order_of_its_own(data, monkeypatch):
    net, (x, t) = small_net(), data
    seen = []
    original = net.forward

    def forward(images, gates=None):
        seen.append(images[:, 0, 0, 0])
        return original(images, gates)
    monkeypatch.setattr(net, "forward", forward)
    tc.train(net, x, t, epochs=2, batch_size=7)
    assert [len(batch) for batch in seen] == [7, 7, 7, 3] * 2       # the last batch is smaller
    first, second = np.concatenate(seen[:4]), np.concatenate(seen[4:])
    np.testing.assert_array_equal(np.sort(first), np.sort(x[:, 0, 0, 0]))
    np.testing.assert_array_equal(np.sort(second), np.sort(x[:, 0, 0, 0]))
    assert (first != second).any()


def test_a_smaller_last_batch_counts_by_its_images(data):
    net, (x, t) = small_net(), data
    start = net.copy()
    history = tc.train(net, x, t, epochs=1, batch_size=7, learning_rate=1e-12)
    assert history.loss == [pytest.approx(
        loss.loss_from_logits(start.forward(x).logits, t)[0], rel=1e-9)]
    assert history.train_error == [pytest.approx(descent.error_rate(start, x, t))]


def test_every_callback_is_called_and_only_true_stops(data):
    net, (x, t) = small_net(), data
    seen = []
    history = tc.train(net, x, t, epochs=3, callbacks=[
        lambda _, h: seen.append("a") or len(h) == 2, lambda _, h: seen.append("b") or 1])
    assert seen == ["a", "b"] * 2
    assert len(history) == 2


@pytest.mark.parametrize("stop_at", [1, 4, 20])
def test_resuming_gives_the_same_bits(data, hard, tmp_path, stop_at):
    x, t = data
    never_stopped, resumed = small_net(), small_net()
    sets = {"test": (x, t), "validation": hard}
    expected = tc.train(never_stopped, x, t, epochs=22, **sets, **SETTINGS)
    assert expected.best_epoch not in (1, 22)
    tc.train(resumed, x, t, epochs=22, **sets, **SETTINGS, checkpoint=tmp_path / "run.npz",
             callbacks=[lambda _, history: len(history) == stop_at])
    resumed = small_net(seed=77)            # a new process has nothing from the old one
    held = resumed.params["conv1.W"]
    history = tc.train(resumed, x, t, epochs=22, **sets, **SETTINGS,
                       checkpoint=tmp_path / "run.npz")
    assert same(resumed, never_stopped)
    assert held is resumed.params["conv1.W"]            # in place, as always
    assert history.loss == expected.loss
    assert history.test_error == expected.test_error
    assert history.validation_loss == expected.validation_loss
    assert history.best_epoch == expected.best_epoch
    for name, w in expected.best.items():
        np.testing.assert_array_equal(history.best[name], w)


def test_a_checkpoint_is_written_on_the_way(data, tmp_path):
    """Even a killed process, which can write nothing more, leaves a checkpoint to go on from."""
    x, t = data
    path, kept = tmp_path / "run.npz", []

    def watch(_, history):
        kept.append(len(read_npz(path, FORMAT)[0]["loss"]))
    tc.train(small_net(), x, t, epochs=27, checkpoint=path, callbacks=[watch])
    assert kept == [1] * 24 + [25] * 3      # the first one at once: there may be no room for it


@pytest.mark.parametrize("where", ["callback", "update"])
def test_ctrl_c_keeps_the_last_and_the_best_state(data, tmp_path, monkeypatch, where):
    x, t = data
    settings = {"epochs": 8, "batch_size": 5, "learning_rate": 0.2}
    four_epochs, full = small_net(), small_net()
    tc.train(four_epochs, x, t, **{**settings, "epochs": 4})
    tc.train(full, x, t, **settings)
    callbacks, calls = [], []
    if where == "callback":
        def stop(_, history):
            if len(history) == 4:
                raise KeyboardInterrupt
        callbacks = [stop]
    else:       # in the middle of the fifth epoch, with half of the parameters updated
        original = plan.sgd_update

        def interrupted(params, grads, rate):
            calls.append(1)
            if len(calls) == 4 * 5 + 2:
                half = dict(list(params.items())[:3])
                original(half, grads, rate)
                raise KeyboardInterrupt
            original(params, grads, rate)
        monkeypatch.setattr(plan, "sgd_update", interrupted)
    net = small_net()
    history = tc.train(net, x, t, **settings, callbacks=callbacks,
                       checkpoint=tmp_path / "run.npz")
    assert history.stopped == "interrupted"
    assert len(history) == 4
    assert same(net, four_epochs)
    assert history.best.keys() == net.params.keys()
    monkeypatch.undo()
    again = small_net()
    tc.train(again, x, t, **settings, checkpoint=tmp_path / "run.npz")
    assert same(again, full)


def test_a_checkpoint_of_another_training_is_refused(data, tmp_path):
    x, t = data
    path = tmp_path / "run.npz"
    tc.train(small_net(), x, t, epochs=2, checkpoint=path)
    for change, word in (({"seed": 9}, "seed"), ({"learning_rate": 0.2}, "learning_rate"),
                         ({"batch_size": 3}, "batch_size"), ({"test": (x, t)}, "data")):
        with pytest.raises(tc.ModelFileError, match=word):
            tc.train(small_net(), x, t, epochs=3, checkpoint=path, **change)
    for other_x, other_t in ((x + 1, t), (x, t[::-1])):
        with pytest.raises(tc.ModelFileError, match="data"):
            tc.train(small_net(), other_x, other_t, epochs=3, checkpoint=path)
    with pytest.raises(tc.ModelFileError, match="precision float64 there, float32 here"):
        tc.train(small_net(dtype=np.float32), x, t, epochs=3, checkpoint=path)
    with pytest.raises(tc.ModelFileError, match="already ran 2"):
        tc.train(small_net(), x, t, epochs=1, checkpoint=path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(tc.ModelFileError, match=r"run\.npz"):
        tc.train(small_net(), x, t, epochs=3, checkpoint=path)


@pytest.mark.parametrize("damage", [
    lambda header, arrays: header.pop("settings"), lambda header, arrays: header.pop("loss"),
    lambda header, arrays: header.update(best_epoch=99), lambda header, arrays: arrays.popitem(),
    lambda header, arrays: header["loss"].append(1.0), lambda header, arrays: header.update(loss=3),
    lambda header, arrays: header["test_error"].append(1.0)])
def test_a_damaged_checkpoint_is_refused_and_changes_nothing(data, tmp_path, damage):
    from tinycnn.network.model_file import read_npz, write_npz
    from tinycnn.training.checkpoint import FORMAT
    x, t = data
    path = tmp_path / "run.npz"
    tc.train(small_net(), x, t, epochs=2, checkpoint=path)
    header, arrays = read_npz(path, FORMAT)
    damage(header, arrays)
    write_npz(path, header, arrays)
    net = small_net()
    with pytest.raises(tc.ModelFileError, match=r"run\.npz"):
        tc.train(net, x, t, epochs=3, checkpoint=path)
    assert same(net, small_net())


def test_numpys_numbers_are_numbers(data, tmp_path):
    settings = {"seed": np.int64(1), "learning_rate": np.float32(0.1), "epochs": np.int64(2),
                "batch_size": np.int32(5), "checkpoint": tmp_path / "run.npz"}
    for epochs in (2, 3):
        assert len(tc.train(small_net(), *data, **{**settings, "epochs": epochs})) == epochs


def test_a_checkpoint_in_no_folder_is_refused_before_the_work(data, tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        tc.train(small_net(), *data, epochs=1, checkpoint=tmp_path / "no" / "run.npz")


def test_a_divergence_in_the_very_last_update_is_found(data, monkeypatch):
    def overflow(params, grads, rate):
        params["dense4.b"][0] = np.inf
    monkeypatch.setattr(plan, "sgd_update", overflow)
    with pytest.raises(tc.NotFiniteError, match=r"batch 1: infinity in dense4\.b after the update"):
        tc.train(small_net(), *data, epochs=1, batch_size=24)


def test_nan_in_the_data_is_found(data):
    x, t = data
    x[7, 0, 3, 3] = np.nan
    with pytest.raises(tc.NotFiniteError, match=r"epoch 1, batch \d+: NaN in the images") as error:
        tc.train(small_net(), x, t, epochs=2)
    assert "Likely cause" in str(error.value)


def test_a_learning_rate_that_is_too_large_is_found_and_loses_nothing(data):
    x, t = data
    net = tc.Network(flatten=tc.Flatten(), dense1=tc.Dense(99, 8, rng=0), relu1=tc.ReLU(),
                     dense2=tc.Dense(8, 4, rng=1), softmax=tc.Softmax())
    states = [net.copy()]
    with pytest.raises(tc.NotFiniteError) as error:
        tc.train(net, x, t, epochs=50, learning_rate=1e15,
                 callbacks=[lambda network, _: states.append(network.copy())])
    assert "learning_rate=1e+15 is too large" in str(error.value)
    assert f"epoch {len(states)}, batch" in str(error.value)
    assert same(net, states[-1])


def test_a_layer_that_makes_nan_is_named(data):
    class Broken(tc.Tanh):
        def forward(self, x):
            return np.sqrt(-1 - x * x), x
    rng = np.random.default_rng(0)
    net = tc.Network(flatten=tc.Flatten(), dense1=tc.Dense(99, 8, rng=rng), broken=Broken(),
                     dense2=tc.Dense(8, 4, rng=rng), softmax=tc.Softmax())
    with pytest.raises(tc.NotFiniteError, match="NaN in the output of broken"):
        tc.train(net, *data, epochs=1)


@pytest.mark.parametrize(("change", "words"), [
    ({"t": np.arange(1, 25) % 5}, "0 to 3"), ({"t": np.eye(4)[np.arange(24) % 4]}, "one-hot rows"),
    ({"t": np.zeros(24)}, "whole numbers"), ({"t": np.zeros(3, int)}, "images and as many labels"),
    ({"test": (np.zeros((2, 1, 11, 9)), np.zeros((2, 1), int))}, "as many labels"),
    ({"test": (np.zeros((0, 1, 11, 9)), np.zeros(0, int))}, "expected images"),
    ({"batch_size": 0}, "batch_size >= 1"), ({"learning_rate": 0}, "learning_rate > 0"),
    ({"learning_rate": float("nan")}, "learning_rate > 0")])
def test_bad_arguments_are_explained(data, change, words):
    x, t = data
    with pytest.raises(ValueError, match=words):
        tc.train(small_net(), x, **{"t": t, "epochs": 1, **change})
