"""What train says about pixels, weights and the arrays of test=, before the first update."""

import warnings

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc

T = np.arange(12) % 4
X = np.random.default_rng(4).random((12, 1, 11, 9))
SOME = np.arange(X.size).reshape(X.shape) == 311


def run(x=X, net=None, **settings):
    return tc.train(net or small_net(), x, T, **{"epochs": 2, "batch_size": 4, **settings})


def zeroed(net):
    for layer in net.layers.values():
        layer.params = {name: np.zeros_like(w) for name, w in layer.params.items()}
    return net


def standardised_by_pixel():
    """Each pixel with its own mean and deviation; one that is bright in 1 of 400 is far out."""
    x = (np.random.default_rng(0).random((400, 1, 11, 9)) < 0.5).astype(float)
    x[:, 0, 0, 0] = np.arange(400) == 7
    return (x - x.mean(0)) / x.std(0)


@pytest.mark.parametrize(("x", "text"), [
    (X * 255, "from 0.* to 25.*likely cause: a division by 255 is missing$"),
    ((X * 255).astype(np.uint8), "uint8, which wraps round: 0 - 1 is 255"),
    ((X * 255).astype(np.uint8) - np.uint8(128), "uint8, which wraps round"),
    (X * 255 - 128, "a division by 255 is missing$"),
    (X * 16, "divide them by their largest number, or standardise"),
    (X * -10.5, "from -10"),
    (np.where(SOME, 11, X), "to 11"),
    (X * 1e6, "divide them by their largest number"),
])
def test_pixels_outside_ten_give_one_warning_in_the_callers_line(x, text):
    with pytest.warns(UserWarning, match=text) as caught:
        run(x, test=(x[:3], T[:3]))
    assert [w.filename for w in caught] == [__file__]


def test_the_pixels_of_a_test_set_give_one_too():
    with pytest.warns(UserWarning, match="the test images run from") as caught:
        run(test=(X * 255, T))
    assert len(caught) == 1


def test_all_weights_zero_give_a_warning():
    text = r"all weights of the network are 0.*Likely cause: np\.zeros"
    with pytest.warns(UserWarning, match=text) as caught:
        run(net=zeroed(small_net()))
    assert [w.filename for w in caught] == [__file__]


class Scale(tc.Layer):
    """A first layer that divides by 255."""

    def forward(self, x):
        return x / 255, None

    def backward(self, dy, cache):
        return dy / 255


def one_layer():
    return tc.Network(flatten=tc.Flatten(), dense=tc.Dense(99, 4), softmax=tc.Softmax())


def one_conv_is_random():
    net = zeroed(small_net())
    weights = next(layer.params["W"] for layer in net.layers.values() if layer.params)
    weights += 0.1
    return net


def biases_differ():
    net = zeroed(small_net())
    for layer in net.layers.values():
        for w in layer.params.values():
            if w.ndim == 1:
                w += np.random.default_rng(0).random(w.shape)
    return net


@pytest.mark.parametrize(("x", "net"), [
    (X, small_net), (X - 0.5, small_net), (X * 10, small_net), (X < 0.5, small_net),
    ((X * 2).astype(np.uint8), small_net), (X * 255, lambda: tc.Network(
        scale=Scale(), **small_net().layers)),
    (X, lambda: zeroed(one_layer())), (X, one_conv_is_random), (X, biases_differ)])
def test_right_use_gives_no_warning(x, net):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(x, net=net(), test=(x[:3], T[:3]))


def test_standardised_pixels_give_no_warning_though_one_is_far_out():
    x = standardised_by_pixel()
    assert x.max() > 15
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tc.train(small_net(), x, np.arange(400) % 4, epochs=1)
    with pytest.warns(UserWarning, match="the images run from"):
        tc.train(small_net(), x + 3, np.arange(400) % 4, epochs=1)


@pytest.mark.parametrize("grey", ["unit", "standardised"])
def test_faces_give_no_warning(grey):
    faces = tc.drawn_faces(people=2, grey=grey)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tc.train(tc.face_net(2), faces.images, faces.labels, epochs=1,
                 test=(faces.images, faces.labels))


@pytest.mark.parametrize(("x", "t", "error", "text"), [
    (X, T + 1, tc.ShapeError, "test: labels: expected .* from 0 to 3, got .*1 to 4"),
    (X, np.eye(4)[T], tc.ShapeError, "test: expected images and as many labels"),
    (X, T[:, None], tc.ShapeError, "test: expected images and as many labels"),
    (X, T.astype(float), tc.ShapeError, "test: labels: expected .* whole numbers"),
    (X, T - 1, tc.ShapeError, "test: labels: .*-1 to 2"),
    (X[:5], T, tc.ShapeError, "test: expected images and as many labels"),
    (X.transpose(0, 2, 3, 1), T, tc.ShapeError, "test: layer 'conv1'.*last axis"),
    (np.where(SOME, np.nan, X), T, tc.NotFiniteError, "test: NaN in the images"),
    (np.where(SOME, np.inf, X), T, tc.NotFiniteError, "test: infinity in the"),
])
def test_a_wrong_test_set_gives_the_errors_of_training_before_the_first_update(x, t, error, text):
    net = small_net()
    before = net.copy()
    with pytest.raises(error, match=text):
        run(net=net, test=(x, t))
    for name, w in before.params.items():
        np.testing.assert_array_equal(net.params[name], w)


@pytest.mark.parametrize(("settings", "text"), [
    ({"epochs": 2.5}, "expected .*epochs >= 0, .* got epochs=2.5"),
    ({"epochs": "3"}, "expected .*got epochs='3'"),
    ({"batch_size": 10.0}, r"expected batch_size >= 1, a whole number, got 10\.0"),
    ({"batch_size": "10"}, "expected batch_size >= 1, a whole number, got '10'"),
    ({"learning_rate": "0.1"}, r"expected learning_rate > 0, a number, got '0\.1'"),
    ({"learning_rate": None}, "expected learning_rate > 0, a number, got None"),
    ({"learning_rate": np.array([0.1, 0.2])}, "expected learning_rate > 0, a number"),
    ({"learning_rate": np.inf}, "expected learning_rate > 0, a number, got inf"),
    ({"weight_decay": "0"}, "expected weight_decay >= 0, a number, got '0'"),
    ({"seed": None}, "expected seed >= 0, a whole number, got None"),
    ({"seed": -1}, "expected seed >= 0, a whole number, got -1"),
    ({"seed": 1.5}, r"expected seed >= 0, a whole number, got 1\.5"),
    ({"dropout": {"tanh3": 1}}, "expected dropout as {layer: share in "),
])
def test_an_argument_that_cannot_be_is_named(settings, text):
    with pytest.raises(ValueError, match=f"^train: {text}"):
        run(**settings)


@pytest.mark.parametrize(("x", "t", "text"), [
    (X, np.int64(0), r"train: expected images and as many labels.* \(\)$"),
    (X[:0], T[:0], r"\(0,\)\. There are no images"),
    ([X[0], X[1][:, :3]], T[:2], "train: expected arrays.*images of different sizes"),
    (X, np.where(np.arange(12) < 11, T, 4), r"got int64 of shape \(12,\), values 0 to 4"),
    (X, T.astype(str), r"got <U.* of shape \(12,\)\. Likely cause: names; .*np\.unique"),
    (X, T.astype(float), r"got float64 of shape.*t\.astype\(int\)"),
    (X, T > 1, r"got bool of shape.*t\.astype\(int\)"),
    (X, np.eye(4)[T], r"got float64 of shape \(12, 4\).*one-hot"),
    (X[:, 0], T, r"layer 'conv1'.*got \(12, 11, 9\).*x\[:, None\]"),
    (X.transpose(0, 2, 3, 1), T, r"layer 'conv1'.*got \(12, 11, 9, 1\).*last axis"),
    (np.repeat(X, 3, 1), T, r"layer 'conv1'.*got \(12, 3, 11, 9\).*colour images"),
])
def test_wrong_arrays_are_named_whole_before_the_first_update(x, t, text):
    net = small_net()
    before = net.copy()
    with pytest.raises(tc.ShapeError, match=text):
        tc.train(net, x, t, epochs=1, batch_size=4)
    for name, w in before.params.items():
        np.testing.assert_array_equal(net.params[name], w)


def test_numbers_too_large_for_the_precision_are_a_cause():
    with pytest.warns(UserWarning, match="run from"), pytest.raises(
            tc.NotFiniteError, match=r"infinity in the images.*numbers too large for float32"):
        run(X * 1e200, net=small_net(dtype=np.float32))
