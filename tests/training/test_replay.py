"""Any batch of a training can be entered again, with the same bits."""

import pickle
import threading
from itertools import pairwise

import numpy as np
import pytest
from trainings import Recorder, copied, data, same

import tinycnn as tc
from tinycnn.training import Plan, Replay


def small_net(dtype=np.float32):
    return tc.Network((1, 9, 8), conv=tc.Conv2D(1, 3, 3, rng=0), tanh=tc.Tanh(),
                      pool=tc.MaxPool2D(2), flatten=tc.Flatten(), dense=tc.Dense(27, 4, rng=1),
                      softmax=tc.Softmax()).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_twenty_places_have_the_bits_of_the_training(dtype):
    x, t = data()
    recorder, net = Recorder(), small_net(dtype)
    first = copied(net)
    history = tc.train(net, x, t, epochs=9, batch_size=5, seed=3, callbacks=[recorder])
    n = history.replay.batches
    assert n == 5
    assert (recorder.epochs, len(recorder.after)) == (9, 45)
    rng = np.random.default_rng(1)
    for place in [*rng.permutation(45)[:20].tolist(), 0]:
        epoch, batch = place // n + 1, place % n + 1
        moment = history.replay.at(epoch, batch)
        before = recorder.after[(place - 1) // n + 1, (place - 1) % n + 1] if place else first
        assert (moment.epoch, moment.batch) == (epoch, batch)
        assert same(moment.params, before)
        assert np.array_equal(moment.x, x[moment.chosen])
        assert np.array_equal(moment.t, t[moment.chosen])
    order = np.random.default_rng([3, 8]).permutation(23)
    assert np.array_equal(history.replay.at(9, 5).chosen, order[20:])


def test_a_moment_stays_as_it_is_when_the_replay_goes_on():
    x, t = data()
    replay = Replay(small_net(), x, t, Plan(batch_size=5))
    moment = replay.at(2, 3)
    before = copied(moment.net)
    replay.after(moment, 4)
    assert same(moment.params, before)


def test_ten_batches_back_cost_at_most_an_epoch_of_updates(monkeypatch):
    from tinycnn.training import replay as module
    x, t = data(60)
    history = tc.train(small_net(), x, t, epochs=40, batch_size=4, stop=(39, 3))
    there = history.moment
    updates, original = [], module.descend
    monkeypatch.setattr(module, "descend", lambda *a: (updates.append(1), original(*a))[1])
    back = history.replay.after(there, -10)
    assert (back.epoch, back.batch) == (38, 8)
    assert len(updates) == 7
    again = history.replay.after(back, 10)
    assert len(updates) <= 17
    assert same(again.params, there.params)


@pytest.mark.parametrize("stop", [(1, 1), (2, 5), "3:2", "if epoch == 3 and batch > 1"])
def test_train_stops_just_before_the_update(stop):
    x, t = data()
    recorder, net = Recorder(), small_net()
    tc.train(net, x, t, epochs=4, batch_size=5, callbacks=[recorder])
    net = small_net()
    history = tc.train(net, x, t, epochs=4, batch_size=5, stop=stop)
    epoch, batch = (3, 2) if isinstance(stop, str) else stop
    assert (history.stopped, history.place, len(history)) == ("stop", (epoch, batch), epoch - 1)
    before = {(1, 1): copied(small_net())}.get((epoch, batch)) or recorder.after[
        (epoch, batch - 1) if batch > 1 else (epoch - 1, 5)]
    assert same(net.params, before)
    assert same(history.moment.params, before)


def test_train_stops_where_the_loss_rises():
    x, t = data()
    recorder = Recorder()
    tc.train(small_net(), x, t, epochs=6, batch_size=5, learning_rate=0.5, callbacks=[recorder])
    losses = list(recorder.losses.items())
    place = next(place for (_, last), (place, loss) in pairwise(losses)
                 if loss > 1.2 * last)
    history = tc.train(small_net(), x, t, epochs=6, batch_size=5, learning_rate=0.5,
                       stop="L > 1.2 * last")
    assert history.place == place


@pytest.mark.parametrize(("stop", "words"), [
    ((0, 1), "epochs 1 to 1"), ((1, 6), "batches 1 to 3"), ((2, 1), "epochs 1 to 1"),
    ((1, 2, 3), r"expected \(epoch, batch\)"), (7, "expected"),
    ("L >", "L"), ("loss > 3", "did you mean|L"), ((1.5, 2), "expected")])
def test_a_stop_that_is_none_is_refused_before_the_training(stop, words):
    with pytest.raises(ValueError, match=words):
        tc.train(small_net(), *data(), epochs=1, stop=stop)


def test_a_place_that_there_is_not_is_refused():
    replay = Replay(small_net(), *data(), Plan(batch_size=5))
    for place in ((0, 1), (1, 0), (1, 6)):
        with pytest.raises(ValueError, match="a batch from 1 to 5"):
            replay.at(*place)


def failing():
    """A network whose weights grow until they overflow in float32, and its data."""
    x, t = data()
    net = tc.Network((1, 9, 8), flatten=tc.Flatten(), dense1=tc.Dense(72, 8, rng=0),
                     relu=tc.ReLU(), dense2=tc.Dense(8, 4, rng=1), softmax=tc.Softmax())
    return net, x, t, {"epochs": 9, "batch_size": 5, "learning_rate": 1e9}


def test_a_batch_that_failed_is_found_again_and_fails_at_the_same_layer():
    net, x, t, how = failing()
    recorder = Recorder()
    with pytest.raises(tc.NotFiniteError) as caught:
        tc.train(net, x, t, callbacks=[recorder], **how)
    error = caught.value
    moment = error.moment
    assert (moment.epoch, moment.batch) == (error.epoch, error.batch)
    assert f"epoch {error.epoch}, batch {error.batch}: " in str(error)
    assert same(moment.params, list(recorder.after.values())[-1])
    assert np.array_equal(moment.x, x[moment.chosen])
    with pytest.raises(tc.NotFiniteError) as second:
        moment.replay.after(moment, 1)
    assert str(second.value) == str(error)


def test_an_error_and_a_history_go_to_another_process_without_the_images():
    net, x, t, how = failing()
    with pytest.raises(tc.NotFiniteError) as caught:
        tc.train(net, x, t, **how)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.moment) == (str(caught.value), None)
    history = tc.train(small_net(), x, t, epochs=2)
    copy = pickle.loads(pickle.dumps(history))
    assert (copy.loss, copy.replay) == (history.loss, None)


def test_before_the_first_update_it_is_not_the_learning_rate():
    net, x, t, how = failing()
    net.params["dense1.W"][...] = 3e38
    with pytest.raises(tc.NotFiniteError, match=r"epoch 1, batch 1.*not the learning rate"):
        tc.train(net, x, t, **how)


def test_a_training_that_does_not_repeat_itself_is_not_replayed_as_if_it_did():
    def halve(net, history):
        net.params["dense.W"][...] *= 0.5

    x, t = data()
    history = tc.train(small_net(), x, t, epochs=9, batch_size=5, callbacks=[halve])
    assert history.replay.at(9, 2).epoch == 9       # the last epochs are kept as they began
    with pytest.raises(ValueError, match=r"epoch 2 does not begin as it did.*callback.*: 1, 9, 10"):
        history.replay.at(7)


def test_what_a_callback_does_to_a_batch_is_seen_before_the_epoch_ends():
    class Clips(Recorder):
        def batch(self, net, epoch, batch, loss):
            net.params["dense.W"][...] = np.clip(net.params["dense.W"], -0.1, 0.1)

    x, t = data()
    history = tc.train(small_net(), x, t, epochs=2, batch_size=5, callbacks=[Clips()])
    assert history.replay.at(1, 1).batch == 1
    for place in ((1, 2), (1, 4)):
        with pytest.raises(ValueError, match="epoch 1, batch 2 does not have L as it did"):
            history.replay.at(*place)


def test_images_that_were_changed_after_the_training_are_seen():
    x, t = data()
    history = tc.train(small_net(), x, t, epochs=2, batch_size=5)
    x += 0.5
    with pytest.raises(ValueError, match="somebody the images"):
        history.replay.at(1, 1)


def test_layers_with_two_names_for_their_weights_are_copied_whole():
    class TwoNames(tc.Dense):
        def __init__(self):
            super().__init__(27, 4, rng=1)
            self.W = self.params["W"]

        def forward(self, x):
            return x @ self.W + self.params["b"], x

    net = small_net()
    net = tc.Network(net.input_shape, **{**net.layers, "dense": TwoNames()})
    x, t = data()
    first, recorder = net.copy(), Recorder()
    history = tc.train(net, x, t, epochs=3, batch_size=5, callbacks=[recorder])
    assert same(history.replay.at(3, 4).params, recorder.after[3, 3])
    assert not np.array_equal(first.predict_proba(x), net.predict_proba(x))
    assert first["dense"].W is first["dense"].params["W"]


class Property:
    """A dense layer whose params are a property, with what cannot be copied."""

    def __init__(self):
        self.W, self.b = np.ones((27, 4), np.float32), np.zeros(4, np.float32)
        self.shared = {"W": self.W}

    @property
    def params(self):
        return {"W": self.W, "b": self.b}

    def forward(self, x):
        return x @ self.shared["W"] + self.b, x

    def backward(self, dy, x):
        return dy @ self.W.T

    def parameter_gradients(self, dy, x):
        return {"W": x.T @ dy, "b": dy.sum(0)}


class Locked(Property):
    """The same with plain params, and a lock: as much as is possible is copied."""

    params = None

    def __init__(self):
        super().__init__()
        self.params, self.lock = {"W": self.W, "b": self.b}, threading.Lock()


@pytest.mark.parametrize("layer", [Property, Locked])
def test_layers_that_are_hard_to_copy_are_trained_and_replayed(layer):
    x, t = data()
    net = small_net()
    net = tc.Network(net.input_shape, **{**net.layers, "dense": layer()})
    recorder = Recorder()
    history = tc.train(net, x, t, epochs=3, batch_size=5, callbacks=[recorder])
    moment = history.replay.at(3, 4)
    assert same(moment.params, recorder.after[3, 3])
    assert moment.net["dense"].shared["W"] is moment.params["dense.W"]
    assert moment.last == recorder.losses[3, 3]


def test_what_cannot_be_copied_is_trained_all_the_same():
    class Odd(Property):
        def __deepcopy__(self, memo):
            raise TypeError("not this one")

    x, t = data()
    net = small_net()
    net = tc.Network(net.input_shape, **{**net.layers, "dense": Odd()})
    history = tc.train(net, x, t, epochs=2, batch_size=5, stop=(2, 3))
    assert history.place == (2, 3)
    with pytest.raises(AttributeError):
        history.replay.at(1, 1)


def test_the_loss_of_the_batch_before_is_known_at_the_beginning_of_an_epoch():
    x, t = data()
    history = tc.train(small_net(), x, t, epochs=4, batch_size=5)
    assert history.replay.at(4, 1).last == history.replay.losses[14]
    assert np.isnan(history.replay.at(1, 1).last)


def test_a_stop_writes_the_checkpoint_of_the_last_whole_epoch(tmp_path):
    x, t = data()
    path = tmp_path / "run.npz"
    tc.train(net := small_net(), x, t, epochs=4, batch_size=5, checkpoint=path, stop=(3, 2))
    whole = tc.train(end := small_net(), x, t, epochs=4, batch_size=5)
    assert same(net.params, whole.replay.at(3, 2).params)
    tc.train(again := small_net(), x, t, epochs=4, batch_size=5, checkpoint=path)
    assert same(again.params, end.params)


def test_a_resumed_training_can_be_entered_from_where_it_went_on(tmp_path):
    x, t = data()
    path = tmp_path / "run.npz"
    tc.train(small_net(), x, t, epochs=3, batch_size=5, checkpoint=path)
    whole = tc.train(small_net(), x, t, epochs=5, batch_size=5)
    history = tc.train(small_net(), x, t, epochs=5, batch_size=5, checkpoint=path)
    assert same(history.replay.at(5, 3).params, whole.replay.at(5, 3).params)
    with pytest.raises(ValueError, match="an epoch from 4 to 5"):
        history.replay.at(2)
