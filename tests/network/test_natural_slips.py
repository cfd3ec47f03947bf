"""Typical mistakes of the first hour: the message says what was expected and what to write."""

import re
import warnings

import numpy as np
import pytest

import tinycnn as tc


def _net():
    return tc.Network((1, 12, 12), conv1=tc.Conv2D(1, 3, 5, rng=0), tanh1=tc.Tanh(),
                      flatten=tc.Flatten(), dense2=tc.Dense(192, 2, rng=0), softmax=tc.Softmax())


X = np.zeros((2, 1, 12, 12), np.float32)
SEED = np.eye(2)


@pytest.mark.parametrize(("slip", "error", "words"), [
    (lambda: tc.Network(tc.Conv2D(1, 2, 3)), ValueError, ["by name", "conv1=", "Conv2D(1, 2, 3)"]),
    (lambda: tc.Network(tc.Conv2D(1, 2, 3), tc.Tanh()), ValueError, ["by name", "Conv2D(1, 2, 3)"]),
    (lambda: tc.Network((1, 12, 12), tc.Tanh()), ValueError, ["by name", "Tanh()"]),
    (lambda: tc.Network([tc.Tanh()]), ValueError, ["by name", "[Tanh()]"]),
    (lambda: tc.Network(a=tc.Tanh), ValueError, ["'a'", "brackets", "a=Tanh(...)"]),
    (lambda: tc.Network(a="tanh"), ValueError, ["'a'", "a str without params"]),
    (lambda: tc.knockout(("tanh1", 4)), ValueError, ["[('tanh1', 4)]", "list around it"]),
    (lambda: tc.knockout("tanh1"), ValueError, ["[('tanh1', 4)]", "'tanh1'"]),
    (lambda: _net().forward(X, ("tanh1", 4)), ValueError, ["gates", "dictionary", "tc.knockout"]),
    (lambda: _net().forward(X, fill=[1]), ValueError, ["fill", "dictionary"]),
    (lambda: _net().backward(X, SEED), TypeError, ["trace", "ndarray", "net.forward(x)"]),
    (lambda: _net().parameter_gradients(X, SEED), TypeError, ["trace", "ndarray"]),
    (lambda: _net().parameter_gradients(_net().forward(X), SEED), TypeError,
     ["what backward gave", "back = net.backward(trace, seed)"]),
    (lambda: _net().conv1, AttributeError, ["net['conv1']"]),
    (lambda: tc.check_layer(tc.Tanh, X), ValueError, ["class Tanh", "Tanh(...)"]),
    (lambda: tc.gradcheck.check_class(tc.Tanh(), "tanh"), ValueError, ["Tanh()", "check_layer"]),
])
def test_a_slip_is_told_with_its_remedy(slip, error, words):
    with pytest.raises(error) as raised:
        slip()
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize(("shape", "words"), [
    ((2, 12, 12, 1), ["channels are the last axis", "x.transpose(0, 3, 1, 2)"]),
    ((2, 3, 12, 12), ["colour", "x.mean(axis=1, keepdims=True)", "argument has to be 3"]),
    ((2, 12, 12, 3), ["colour", "channels last", "x.mean(axis=3)[:, None]"]),
    ((2, 12, 12), ["x[:, None]"]),
    ((2, 4, 12, 12), ["have 4 feature maps", "first argument has to be 4"]),
])
def test_images_of_another_form_are_told_what_they_are(shape, words):
    with pytest.raises(tc.ShapeError, match=r"^layer 'conv1'") as raised:
        _net().forward(np.zeros(shape))
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize("shape", [(60, 60), (60, 12, 12), (60, 3, 12, 12)])
def test_a_prediction_names_the_shape_that_it_was_given(shape):
    for ask in (_net().predict, lambda x: _net().evaluate(x, np.zeros(60, int))):
        with pytest.raises(tc.ShapeError) as raised:
            ask(np.zeros(shape))
        assert f"got {shape}" in str(raised.value)


def test_the_remedies_work():
    net, rng = _net(), np.random.default_rng(0)
    y = net.predict_proba
    assert y(rng.random((2, 12, 12, 1)).transpose(0, 3, 1, 2)).shape == (2, 2)
    assert y(rng.random((2, 3, 12, 12)).mean(axis=1, keepdims=True)).shape == (2, 2)
    assert y(rng.random((2, 12, 12, 3)).mean(axis=3)[:, None]).shape == (2, 2)
    assert y(rng.random((2, 12, 12))[:, None]).shape == (2, 2)
    net.forward(X, tc.knockout([("tanh1", 2)]))


@pytest.mark.parametrize(("wrong", "layer", "needed"), [
    ({"conv2": tc.Conv2D(7, 3, 3)}, "conv2", 3),
    ({"dense2": tc.Dense(10, 2)}, "dense2", 192),
    ({"dense2": tc.Dense(192, 5), "dense3": tc.Dense(4, 2)}, "dense3", 5),
])
def test_a_network_that_does_not_fit_names_the_first_layer_and_the_number_it_needs(
        wrong, layer, needed):
    layers = {"conv1": tc.Conv2D(1, 3, 5), "tanh1": tc.Tanh(), "flatten": tc.Flatten()}
    if "conv2" in wrong:
        layers = {"conv1": layers["conv1"], **wrong, "flatten": tc.Flatten()}
    net = tc.Network((1, 12, 12), **{**layers, **wrong})
    lines = repr(net).splitlines()
    assert lines[-1].startswith(f"It does not fit: layer {layer!r}")
    assert f"has to be {needed}" in lines[-1]
    shown = {line.split()[0]: "?" in line for line in lines[1:-2]}
    names = list(net.layers)
    assert shown == {"input": False, **{n: names.index(n) >= names.index(layer) for n in names}}
    assert f"has to be {needed}" in net._repr_html_()
    with pytest.raises(tc.ShapeError, match=f"has to be {needed}"):
        net.output_shapes()


@pytest.mark.parametrize(("top", "dtype", "text"), [
    (255, float, "grey levels up to 255.*division by 255 is missing"),
    (255, np.uint8, "grey levels up to 255.*division by 255 is missing"),
    (16, np.uint8, "are uint8.*divide them by their largest number"),
    (60_000, np.uint16, "are uint16.*divide them by their largest number"),
])
def test_grey_levels_give_one_warning_in_the_line_that_predicts(top, dtype, text):
    x, net = np.zeros((70, 1, 12, 12), dtype), _net()
    x[..., 0] = top
    x[40:, ..., 0] -= 1         # each block of images has another range
    for ask in (net.predict, net.predict_proba, net.forward,
                lambda x: net.evaluate(x, np.zeros(len(x), int)),
                lambda x: tc.prediction_gradients(net, x, "tanh1")):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            ask(x)
        assert [w.filename for w in caught] == [__file__]
        assert re.search(text, str(caught[0].message))


@pytest.mark.parametrize("x", [
    X, X + 1, X < 1, X - 2.5, (X + 5).astype(np.uint8), X.astype(int) + 35, X[:0] + 255,
    np.full_like(X, 255) - 128 * (np.arange(12) < 6) * 3])
def test_right_pixels_give_no_warning(x):
    _net().predict(x)


def test_outputs_that_are_nan_give_no_label_in_silence():
    x, net = X.copy(), _net()
    x[1, 0, 3] = np.nan
    with pytest.warns(UserWarning, match="outputs of 1 of 2 images are NaN.* in the images$"):
        net.predict(x)
    net["conv1"].params["W"][0, 0, 0, 0] = np.nan
    with pytest.warns(UserWarning, match=r"2 of 2 images are NaN.* in conv1\.W$") as caught:
        net.predict(X)
    assert [w.filename for w in caught] == [__file__]


def test_a_network_whose_first_layer_scales_its_pixels_is_not_warned():
    class Scale(tc.Layer):
        def forward(self, x):
            return x / np.float32(255), None

        def backward(self, dy, cache):
            return dy / np.float32(255)

    layers = _net().layers
    tc.Network(scale=Scale(), **layers).forward(np.full((1, 1, 12, 12), 255.0))
