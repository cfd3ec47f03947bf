"""Networks with a batch norm, and networks that do not end in a softmax."""

import numpy as np
import pytest
from helpers import numeric_gradient

import tinycnn as tc
from tinycnn.network.freezing import BLOCK


def normed(dtype=np.float64):
    rng = np.random.default_rng(3)
    net = tc.Network(
        (1, 6, 5), conv1=tc.Conv2D(1, 3, 2, rng=rng), norm1=tc.BatchNorm(3), tanh1=tc.Tanh(),
        flatten=tc.Flatten(), dense2=tc.Dense(60, 4, rng=rng), norm2=tc.BatchNorm(4, eps=0.1),
        relu2=tc.ReLU(), dense3=tc.Dense(4, 3, rng=rng), softmax=tc.Softmax()).astype(dtype)
    for name in ("norm1", "norm2"):
        for w in net[name].params.values():
            w += rng.normal(0, 0.4, w.shape)
    return net


def images(n):
    return 3 * np.random.default_rng(n).normal(size=(n, 1, 6, 5)) + 2


# --- frozen -----------------------------------------------------------------------------------

@pytest.mark.parametrize("n", [2, BLOCK, BLOCK + 1, 3 * BLOCK - 5])
def test_frozen_in_blocks_is_one_batch(n):
    """For the images that fixed it, it computes what the unfrozen network computes of them all."""
    net, x = normed(), images(n)
    np.testing.assert_allclose(net.frozen(x).forward(x).y, net.forward(x).y, 1e-12, 1e-12)


@pytest.mark.parametrize(("dtype", "middle"), [(np.float32, 1000), (np.float64, 1e8)])
def test_frozen_is_right_far_from_zero(dtype, middle):
    """The variance is not a small difference of large numbers."""
    net, x = tc.Network(norm=tc.BatchNorm(1)).astype(dtype), images(70).astype(dtype) + middle
    factor = net.frozen(x)["norm"].params["gamma"]
    np.testing.assert_allclose(factor, 1 / x.astype(np.float64).std(), 1e-4)


def test_frozen_is_a_function_of_one_image_and_changes_nothing():
    net, x = normed(), images(20)
    before = {name: w.copy() for name, w in net.params.items()}
    frozen = net.frozen(x)
    assert net.mixes_images
    assert not frozen.mixes_images
    assert [type(layer) for name, layer in frozen.layers.items() if "norm" in name] == [
        tc.FrozenBatchNorm] * 2
    together = frozen.predict_proba(x)
    one_by_one = np.concatenate([frozen.predict_proba(image[None]) for image in x])
    np.testing.assert_allclose(one_by_one, together, 1e-12, 1e-14)
    for name, w in frozen.params.items():
        w += 1
        np.testing.assert_array_equal(net.params[name], before[name])
    assert not frozen.frozen(x[:1]).mixes_images       # nothing is left to fix: a copy


def test_frozen_keeps_the_precision():
    assert {w.dtype for w in normed(np.float32).frozen(images(9)).params.values()} == {
        np.dtype(np.float32)}


def test_what_asks_about_one_image_refuses_a_network_that_is_not_frozen():
    net, x = normed(), images(4)
    for ask in (net.predict, net.predict_proba, lambda x: tc.prediction_gradients(net, x),
                lambda x: tc.class_gradients(net, x, np.zeros(4, int))):
        with pytest.raises(ValueError, match=r"has a BatchNorm.*net\.frozen\(x\)"):
            ask(x)
    assert net.forward(x).y.shape == (4, 3)


def test_freezing_refuses_no_images_and_a_layer_that_cannot_be_fixed():
    class Centred(tc.Layer):
        mixes_images = True

        def forward(self, x):
            return x - x.mean(0), None

    with pytest.raises(tc.ShapeError, match="expected the training images, got none"):
        normed().frozen(images(2)[:0])
    with pytest.raises(ValueError, match=r"layer 'own': to be fixed, Centred needs"):
        tc.Network(own=Centred()).frozen(images(2))


def test_prediction_gradients_of_a_frozen_network_agree_with_central_differences():
    net, x = normed().frozen(images(30)), images(2)
    ours = tc.prediction_gradients(net, x, ["input"], classes=1)["input"]
    expected = numeric_gradient(lambda v: net.forward(v).y, x.copy(), np.array([[0, 1, 0]] * 2))
    np.testing.assert_allclose(ours, expected, 1e-6, 1e-9)


# --- without a softmax ------------------------------------------------------------------------

def ending(**last):
    return tc.Network(flatten=tc.Flatten(), dense1=tc.Dense(30, 4, rng=0), relu1=tc.ReLU(),
                      **last).astype(np.float64)


ENDS = [(lambda: ending(dense2=tc.Dense(4, 3, rng=1)), False),
        (lambda: ending(dense2=tc.Dense(4, 1, rng=1), sigmoid=tc.Sigmoid()), False),
        (lambda: ending(dense2=tc.Dense(4, 3, rng=1), softmax=tc.Softmax()), True)]


@pytest.mark.parametrize(("make", "softmax"), ENDS)
@pytest.mark.parametrize("of", ["prob", "logit", None])
def test_what_y_is_in_a_backward_pass(make, softmax, of):
    net, x = make(), images(3)
    trace = net.forward(x)
    seed = np.random.default_rng(0).normal(size=trace.y.shape)
    if of == "prob" and not softmax:
        with pytest.raises(ValueError, match="not a softmax, so it has no probabilities"):
            net.backward(trace, seed, of)
        return
    assert net.entry(of) == ("prob" if of == "prob" or (of is None and softmax) else "logit")

    def output(v):
        trace = net.forward(v)
        return trace.logits if net.entry(of) == "logit" else trace.y

    back = net.backward(trace, seed, of)
    assert back.of == net.entry(of)
    np.testing.assert_allclose(back["input"], numeric_gradient(output, x.copy(), seed), 1e-6, 1e-9)
    np.testing.assert_array_equal(
        tc.prediction_gradients(net, x, ["dense1"], of=of, classes=0)["dense1"],
        net.backward(trace, np.eye(1, trace.y.shape[1]).repeat(3, 0), of)["dense1"])


def test_an_unknown_entry_is_refused():
    with pytest.raises(ValueError, match=r"of='logits': expected 'prob' or 'logit'"):
        ENDS[0][0]().entry("logits")


@pytest.mark.parametrize(("last", "y", "expected"), [
    ({"relu": tc.ReLU()}, [[0.2, 0.7, 0.1], [3, -1, 3]], [1, 0]),
    ({"dense": tc.Dense(3, 1)}, [[0.1], [-0.1], [0.0], [0.7]], [1, 0, 0, 1]),
    ({"sigmoid": tc.Sigmoid()}, [[0.6], [0.4], [0.5], [1.0]], [1, 0, 0, 1])])
def test_labels_of_outputs(last, y, expected):
    labels = tc.Network(**last).labels(np.array(y))
    assert labels.dtype.kind == "i"
    assert labels.tolist() == expected


# --- on disk ----------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_new_layers_on_disk(tmp_path, dtype):
    net = tc.Network(
        (2, 9, 8), conv1=tc.Conv2D(2, 3, 2, rng=0, init="he"), norm1=tc.BatchNorm(3, eps=0.02),
        sigmoid1=tc.Sigmoid(), pool1=tc.AvgPool2D((2, 3), stride=(1, 2)),
        fixed2=tc.FrozenBatchNorm(3), pool2=tc.AvgPool2D(2), all2=tc.AvgPool2D(None),
        flatten=tc.Flatten(), dense3=tc.Dense(3, 2, rng=1, init=0.1)).astype(dtype)
    for w in net.params.values():
        w += np.random.default_rng(w.size).normal(size=w.shape)
    net.save(tmp_path / "net.npz")
    again = tc.Network.load(tmp_path / "net.npz")
    x = np.random.default_rng(0).normal(size=(4, 2, 9, 8))
    assert again.forward(x).y.tobytes() == net.forward(x).y.tobytes()
    assert repr(again) == repr(net)
    assert again["norm1"].eps == 0.02
    assert again.logits_layer is None
    assert again.frozen(x).forward(x).y.tobytes() == net.frozen(x).forward(x).y.tobytes()


def test_a_batch_norm_of_ones_own_is_known_by_what_it_does_and_frozen():
    class BatchNorm:
        def __init__(self, channels):
            self.params = {"gamma": np.full(channels, 1.5), "beta": np.full(channels, -0.5)}

        def forward(self, x):
            return tc.loops.BatchNorm.forward(self, x)

        eps = 1e-3

    class RunningBatchNorm(BatchNorm):
        def forward(self, x):
            self.passes = getattr(self, "passes", 0) + 1
            return x / 2, x

    x = np.random.default_rng(0).normal(size=(5, 2, 3, 4))
    for norm in (BatchNorm(2), tc.loops.BatchNorm(2)):
        net = tc.Network(norm=norm, flatten=tc.Flatten()).astype(np.float64)
        with pytest.raises(ValueError, match="frozen"):
            net.predict(x)
        np.testing.assert_allclose(net.frozen(x).forward(x).y, net.forward(x).y, 0, 1e-12)
    net = tc.Network(norm=RunningBatchNorm(2), flatten=tc.Flatten())
    assert not net.mixes_images
    assert not hasattr(net["norm"], "passes")       # a copy was tried


def test_one_output_after_a_sigmoid_of_ones_own_and_an_output_of_maps():
    class Squash:
        params = {}     # noqa: RUF012

        def forward(self, x):
            y = 1 / (1 + np.exp(-x))
            return y, y

    x = np.linspace(-2, 2, 7)[:, None]
    for last, expected in ((Squash(), x > 0), (tc.Sigmoid(), x > 0), (tc.Tanh(), x > 0)):
        np.testing.assert_array_equal(tc.Network(last=last).predict(x), expected[:, 0])
    with pytest.raises(tc.ShapeError, match="Flatten is missing"):
        tc.Network(pool=tc.AvgPool2D(None)).predict(np.zeros((2, 3, 4, 4)))
