"""From one training step to another: again, batches of a training, and where two of them part."""

import numpy as np
import pytest
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper import Stepper
from tinycnn.stepper.comparison import compare


def copied(params):
    return {name: w.copy() for name, w in params.items()}


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in a)


def data(n=14):
    rng = np.random.default_rng(8)
    return rng.normal(size=(n, 2, 13, 11)), rng.integers(0, 5, n)


def stopped(stop=(2, 2), **how):
    x, t = data()
    return tc.train(every_kind(), x, t, epochs=3, batch_size=4, stop=stop, **how)


def test_a_step_in_a_training_is_its_batch_with_its_parameters():
    history = stopped(learning_rate=0.3)
    stepper = Stepper.into(history)
    x, t = data()
    order = np.random.default_rng([0, 1]).permutation(14)[4:8]
    assert np.array_equal(stepper.trace["input"], x[order])
    assert np.array_equal(stepper.t, t[order])
    assert stepper.learning_rate == 0.3
    stepper.run()
    later = stopped((2, 3), learning_rate=0.3).moment.params
    for name, w in stepper.updated.items():     # `train` begins at the logits: the last digits
        np.testing.assert_allclose(w, later[name], rtol=1e-12, atol=1e-14)


def test_batches_go_on_and_back_with_the_bits_of_the_training():
    stepper = Stepper.into(stopped())
    here, x = copied(stepper.net.params), stepper.trace["input"].copy()
    stepper.run("loss")
    stepper.batch(3)
    assert (stepper.moment.epoch, stepper.moment.batch, stepper.position) == (3, 1, 0)
    assert same(stepper.net.params, stopped((3, 1)).moment.params)
    stepper.batch(-6)
    assert (stepper.moment.epoch, stepper.moment.batch) == (1, 3)
    stepper.go_to(2, 2)
    assert same(stepper.net.params, here)
    assert np.array_equal(stepper.trace["input"], x)
    with pytest.raises(ValueError, match="only 5 were before this one"):
        stepper.batch(-99)
    assert (stepper.moment.epoch, stepper.moment.batch) == (2, 2)


def test_a_batch_drops_what_was_changed_by_hand():
    stepper = Stepper.into(stopped())
    stepper.knock("tanh1", 1)
    stepper.set("conv1.W[0,0,0,0]", 5)
    stepper.batch()
    assert not stepper.gates
    assert same(stepper.net.params, stopped((2, 3)).moment.params)


def test_the_last_batch_may_be_smaller():
    stepper = Stepper.into(stopped((1, 3)))
    stepper.run()
    stepper.batch()
    stepper.run()
    assert len(stepper.trace["input"]) == 2
    found = stepper.compare()       # of other images only parameters and L are compared
    assert [one.name for one in found.differences] == [*stepper.net.params, "input", "L",
                                                       *(f"{name}, updated" for name in
                                                         stepper.net.params)]
    assert found.first.name == "conv1.W"


def test_images_without_a_training_have_no_batches(stepper):
    with pytest.raises(ValueError, match=r"step --at 3:5"):
        stepper.batch()
    with pytest.raises(ValueError, match=r"stop=\(3, 5\)"):
        Stepper.into(tc.train(every_kind(), *data(), epochs=1))


def test_the_batch_that_failed_fails_again_at_the_same_layer():
    x, t = data()
    net = tc.Network((2, 13, 11), flatten=tc.Flatten(), dense1=tc.Dense(286, 9, rng=0),
                     relu=tc.ReLU(), dense2=tc.Dense(9, 5, rng=1), softmax=tc.Softmax())
    with pytest.raises(tc.NotFiniteError) as caught:
        tc.train(net, x, t, epochs=9, batch_size=4, learning_rate=1e12)
    stepper = Stepper.into(caught.value)
    with pytest.raises(ValueError, match="nothing to compare with"):
        stepper.compare()
    stepper.run()
    begun = next(trouble for trouble in stepper.troubles() if trouble.brought_in)
    assert (begun.step, begun.quantity.name) == ("forward dense2", "dense2")
    assert "in the output of dense2." in str(caught.value)
    place = stepper.moment.epoch, stepper.moment.batch
    stepper.go_to(1, 1)
    with pytest.raises(ValueError, match="The training ends here"):
        stepper.batch(8)
    assert (stepper.moment.epoch, stepper.moment.batch) == place
    with pytest.raises(ValueError, match="are after this one"):
        stepper.batch(50)


def test_again_is_undone_exactly(stepper):
    stepper.run()
    first = copied(stepper.updated)
    stepper.again(3)
    assert len(stepper.losses) == 3
    for _ in range(3):
        stepper.undo_again()
    assert stepper.done
    assert same(stepper.updated, first)
    assert not stepper.losses
    with pytest.raises(ValueError, match="no `again` to undo"):
        stepper.undo_again()


def test_undo_and_restore_take_back_a_set_parameter(stepper):
    W = stepper.net.params["conv1.W"].copy()
    stepper.set("conv1.W[0,0,0,0]", 5)
    stepper.again()
    stepper.undo_again()
    assert stepper.net.params["conv1.W"][0, 0, 0, 0] == 5
    stepper.restore()
    assert np.array_equal(stepper.net.params["conv1.W"], W)


def test_a_layer_under_two_names_is_trained_as_in_training():
    def tied():
        dense = tc.Dense(6, 6, rng=0)
        return tc.Network((6,), a=dense, tanh=tc.Tanh(), b=dense, softmax=tc.Softmax())

    rng = np.random.default_rng(2)
    x, t = rng.normal(size=(5, 6)).astype(np.float32), rng.integers(0, 6, 5)
    history = tc.train(tied(), x, t, epochs=6, batch_size=5)
    stepper = Stepper(tied(), x, t)
    stepper.again(3)
    stepper.run("loss")
    assert stepper.net["a"] is stepper.net["b"]
    np.testing.assert_allclose([*stepper.losses, stepper.loss], history.loss[:4], rtol=1e-5)
    assert history.replay.at(5).epoch == 5


# --- comparing --------------------------------------------------------------------------------


def test_a_step_is_compared_with_the_one_before(stepper):
    with pytest.raises(ValueError, match="nothing to compare with"):
        stepper.compare()
    stepper.run("loss")
    stepper.knock("pool1", 2)
    found = stepper.compare()
    assert found.first.name == "pool1"
    apart = {one.name: one.apart for one in found.differences}
    assert not apart["tanh1"]
    assert apart["conv2"]
    assert "They first differ at pool1" in found.text
    stepper.restore()
    stepper.again()
    stepper.run("loss")
    assert stepper.compare().first.name == "conv1.W"


def test_two_networks_that_should_be_the_same_part_where_they_are_not():
    class Wrong(tc.Tanh):
        def backward(self, dy, cache):
            return 0.9 * super().backward(dy, cache)

    net, other = every_kind(), every_kind()
    other = tc.Network(net.input_shape, **{**other.layers, "tanh3": Wrong()})
    a, b = Stepper(net, *images()), Stepper(other, *images())
    a.run()
    b.run()
    assert compare(a, b).first.name == "dL/ddense3"
    b = Stepper(net, *images())
    b.run()
    assert compare(a, b).first is None
    assert "the same, in all" in compare(a, b).text


def test_two_trainings_part_where_the_first_batch_differs():
    x, t = data()
    other = x.copy()
    where = np.random.default_rng([0, 1]).permutation(14)
    changed = where[6]                      # epoch 2, batch 2
    a = tc.train(every_kind(), x, t, epochs=1, batch_size=4)
    b = tc.train(every_kind(), x, t, epochs=1, batch_size=4, learning_rate=0.2)
    found = compare(a, b)
    assert found.place == "in epoch 1, batch 1"
    assert found.first.name == "conv1.W, updated"
    assert compare(a, a).first is None
    other[changed] += 1
    first = np.random.default_rng([0, 0]).permutation(14).tolist().index(int(changed)) // 4 + 1
    c = tc.train(every_kind(), other, t, epochs=2, batch_size=4)
    d = tc.train(every_kind(), x, t, epochs=2, batch_size=4)
    found = compare(c, d)
    assert (found.place, found.first.name) == (f"in epoch 1, batch {first}", "input")


def test_two_trainings_that_part_by_a_callback_are_said_to():
    def changes(net, history):
        net.params["dense4.b"][0] += len(history) == 1

    x, t = data()
    a = tc.train(every_kind(), x, t, epochs=3, batch_size=4)
    b = tc.train(every_kind(), x, t, epochs=3, batch_size=4, callbacks=[changes])
    found = compare(a, b)
    assert found.first is None
    assert "epoch 2 begins differently, but not by anything that a replay knows" in found.text
