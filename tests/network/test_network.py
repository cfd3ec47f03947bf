"""The three calls, gates, predictions, and what a network looks like."""

import numpy as np
import pytest
from helpers import numeric_gradient, small_net

import tinycnn as tc


@pytest.fixture
def net():
    return small_net()


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(3, 1, 11, 9))


def test_trace_holds_every_layers_output(net, x):
    trace = net.forward(x)
    assert list(trace) == ["input", *net.layers]
    np.testing.assert_array_equal(trace["input"], x)
    np.testing.assert_array_equal(trace.y, trace["softmax"])
    np.testing.assert_array_equal(trace.logits, trace["dense4"])
    np.testing.assert_array_equal(trace["tanh1"], np.tanh(trace["conv1"]))
    with pytest.raises(KeyError, match=r"no layer 'tanh9'.*tanh1"):
        trace["tanh9"]


@pytest.mark.parametrize("of", ["prob", "logit"])
def test_backward_at_every_unit_agrees_with_central_differences(net, x, of):
    trace = net.forward(x)
    seed = np.random.default_rng(2).normal(size=trace.y.shape)
    back = net.backward(trace, seed, of=of)
    layers = ["input", *net.layers]
    for name in back:
        rest = layers[layers.index(name) + 1:]
        if of == "logit":
            rest = rest[:-1]

        def onwards(o, rest=rest):
            for later in rest:
                o, _ = net[later].forward(o)
            return o

        expected = numeric_gradient(onwards, trace[name].copy(), seed)
        np.testing.assert_allclose(back[name], expected, 1e-6, 1e-9, err_msg=name)
    assert ("softmax" in back) == (of == "prob")


def test_parameter_gradients_agree_with_central_differences(net, x):
    trace = net.forward(x)
    seed = np.random.default_rng(2).normal(size=trace.y.shape)
    grads = net.parameter_gradients(trace, net.backward(trace, seed))
    assert list(grads) == list(net.params)
    for name, w in net.params.items():
        expected = numeric_gradient(lambda _: net.forward(x).y, w, seed)
        np.testing.assert_allclose(grads[name], expected, 1e-6, 1e-9, err_msg=name)


def test_passes_can_be_repeated_and_interleaved(net, x):
    a, b = net.forward(x), net.forward(x[::-1])
    seed = np.random.default_rng(2).normal(size=a.y.shape)
    first = net.backward(a, seed)
    net.backward(b, seed)
    second = net.backward(a, seed)
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_a_trace_and_a_pass_do_not_share_the_callers_arrays(net, x):
    seed = np.random.default_rng(2).normal(size=(3, 4))
    trace = net.forward(x)
    back = net.backward(trace, seed)
    grads = net.parameter_gradients(trace, back)
    expected = {name: grad.copy() for name, grad in grads.items()}
    x += 1
    seed += 1
    for name, grad in net.parameter_gradients(trace, back).items():
        np.testing.assert_array_equal(grad, expected[name])
    assert not np.shares_memory(back["softmax"], seed)


def test_backward_stops_where_it_is_told(net, x):
    trace = net.forward(x)
    seed = np.random.default_rng(2).normal(size=trace.y.shape)
    short, full = net.backward(trace, seed, down_to="conv2"), net.backward(trace, seed)
    assert list(short) == list(net.layers)[list(net.layers).index("conv2"):]
    for name in short:
        np.testing.assert_array_equal(short[name], full[name])
    with pytest.raises(KeyError, match="conv9"):
        net.backward(trace, seed, down_to="conv9")
    with pytest.raises(ValueError, match="'prob' or 'logit'"):
        net.backward(trace, seed, of="probability")
    with pytest.raises(tc.ShapeError, match=r"\(3, 4\).*\(4,\)"):
        net.backward(trace, seed[0])


def test_gates_multiply_a_layers_output(net, x):
    plain = net.forward(x)
    gated = net.forward(x, gates={"tanh1": [1, 0, 0.5], "tanh3": [0, 1, 1, 1, 1]})
    factors = np.array([1, 0, 0.5])[:, None, None]
    np.testing.assert_allclose(gated["tanh1"], plain["tanh1"] * factors)
    np.testing.assert_array_equal(gated.ungated["tanh1"], plain["tanh1"])
    assert (gated["tanh3"][:, 0] == 0).all()
    assert not np.allclose(gated.y, plain.y)
    np.testing.assert_array_equal(net.forward(x).y, plain.y)        # no state is left


def test_fewer_factors_than_maps_leave_the_others_alone(net, x):
    np.testing.assert_array_equal(net.forward(x, gates={"tanh1": [1, 0]}).y,
                                  net.forward(x, gates={"tanh1": [1, 0, 1]}).y)


def test_gradients_behind_and_before_a_gate(net, x):
    gates = {"tanh1": [0.3, 0, 1], "conv2": [1, 0.5]}
    trace = net.forward(x, gates)
    seed = np.random.default_rng(2).normal(size=trace.y.shape)
    back = net.backward(trace, seed)
    expected = numeric_gradient(lambda v: net.forward(v, gates).y, x.copy(), seed)
    np.testing.assert_allclose(back["input"], expected, 1e-6, 1e-9)
    grads = net.parameter_gradients(trace, back)
    for name, w in net.params.items():
        expected = numeric_gradient(lambda _: net.forward(x, gates).y, w, seed)
        np.testing.assert_allclose(grads[name], expected, 1e-6, 1e-9, err_msg=name)


def test_the_gradient_of_a_gate_is_the_sum_of_output_times_gradient(net, x):
    gate = np.array([0.3, 0.7, 1.0])    # at 0 all units of a map tie: max-pooling has a kink
    trace = net.forward(x, {"tanh1": gate})
    seed = np.random.default_rng(2).normal(size=trace.y.shape)
    back = net.backward(trace, seed)
    expected = numeric_gradient(lambda g: net.forward(x, {"tanh1": g}).y, gate.copy(), seed)
    np.testing.assert_allclose((trace.ungated["tanh1"] * back["tanh1"]).sum(axis=(0, 2, 3)),
                               expected, 1e-6, 1e-9)


@pytest.mark.parametrize("gates", [
    {"tanh1": [1, 0, 1]}, {"tanh1": [1, 0.5, 1], "tanh3": [0.0]}, {"pool1": [0.0, 0, 0]}, {}, None,
    {"softmax": [1, 0, 1, 1]}])
def test_regate_equals_forward(net, x, gates):
    for before in (None, {"tanh1": [1, 0, 0]}, {"conv1": [0.0], "tanh3": [0, 0.0]}):
        trace = net.forward(x, before)
        kept = {name: array.copy() for name, array in trace.items()}
        again, expected = net.regate(trace, gates), net.forward(x, gates)
        assert list(again) == list(expected)
        for name in expected:
            np.testing.assert_array_equal(again[name], expected[name])
            np.testing.assert_array_equal(trace[name], kept[name])
        seed = np.ones_like(trace.y) * [1, 2, 3, 4]
        np.testing.assert_array_equal(net.backward(again, seed)["input"],
                                      net.backward(expected, seed)["input"])


def test_regate_keeps_the_gates_before_the_one_that_changed(net, x):
    seed = np.arange(12.0).reshape(3, 4)
    early, both = {"tanh1": [1, 0.5, 0]}, {"tanh1": [1, 0.5, 0], "relu2": [1, 0]}
    again, expected = net.regate(net.forward(x, early), both), net.forward(x, both)
    ours, theirs = net.backward(again, seed), net.backward(expected, seed)
    for name in theirs:
        np.testing.assert_array_equal(ours[name], theirs[name])
    grads = net.parameter_gradients(again, ours)
    for name, grad in net.parameter_gradients(expected, theirs).items():
        np.testing.assert_array_equal(grads[name], grad)


def test_regate_computes_only_what_lies_behind_the_gate(net, x, monkeypatch):
    trace = net.forward(x)
    computed = []
    for name, layer in net.layers.items():
        def forward(x, name=name, original=layer.forward):
            computed.append(name)
            return original(x)
        monkeypatch.setattr(layer, "forward", forward)
    net.regate(trace, {"conv2": [0.0]})
    assert computed == ["relu2", "flatten", "dense3", "tanh3", "dense4", "softmax"]
    computed.clear()
    assert net.regate(trace, {"conv2": [1.0, 1.0]}).y is trace.y
    assert computed == []


@pytest.mark.parametrize(("gates", "words"), [
    ({"tanh9": [1]}, "no layer 'tanh9'"), ({"tanh1": [1, 1, 1, 1]}, r"each of its 3 feature maps"),
    ({"tanh1": 0.0}, "one factor")])
def test_wrong_gates_are_explained(net, x, gates, words):
    with pytest.raises(ValueError, match=words):
        net.forward(x, gates)


def test_errors_name_the_layer(net):
    with pytest.raises(tc.ShapeError, match=r"layer 'conv1': Conv2D\(1, 3, \(3, 2\)\) expected"):
        net.forward(np.zeros((2, 3, 11, 9)))
    with pytest.raises(tc.ShapeError, match=r"layer 'dense3'.*\(N, 16\)"):
        net.forward(np.zeros((2, 1, 20, 9)))


def test_a_layer_that_forgets_its_cache_is_explained(x):
    class Forgetful(tc.Tanh):
        def forward(self, x):
            return np.tanh(x)
    with pytest.raises(TypeError, match=r"layer 'mine': forward must return \(y, cache\)"):
        tc.Network(mine=Forgetful()).forward(x)


def test_a_students_layer_needs_no_base_class(x):
    class Square:
        params = {}     # noqa: RUF012

        def forward(self, x):
            return x * x, x

        def backward(self, dy, cache):
            return 2 * cache * dy

        def parameter_gradients(self, dy, cache):
            return {}

    net = tc.Network(square=Square(), flatten=tc.Flatten())
    assert repr(net).splitlines()[2].split() == ["square", "Square()", "?"]
    trace = net.forward(x)
    back = net.backward(trace, np.ones_like(trace.y))
    np.testing.assert_allclose(back["input"], 2 * trace["input"])
    assert trace.logits is trace.y
    assert back.of == "logit"
    with pytest.raises(ValueError, match="'flatten', which is not a softmax"):
        net.backward(trace, trace.y, of="prob")


def test_a_network_of_loop_layers_is_one_like_any_other(x):
    from tinycnn.layers import loops
    fast = small_net()
    slow = tc.Network(**{name: getattr(loops, type(layer).__name__)(**layer.config())
                         for name, layer in fast.layers.items()}).astype(np.float64)
    for name, w in fast.params.items():
        slow.params[name][...] = w
    np.testing.assert_allclose(slow.forward(x).logits, fast.forward(x).logits, 1e-12)
    ours, theirs = (tc.prediction_gradients(net, x[:2]) for net in (slow, fast))
    assert list(ours) == list(theirs) == ["tanh1", "relu2"]
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], 1e-10, 1e-14)


def test_predictions_do_not_depend_on_the_blocks(net):
    x = np.random.default_rng(1).normal(size=(70, 1, 11, 9))
    y = net.predict_proba(x)
    np.testing.assert_allclose(y, net.forward(x).y, 1e-12)
    np.testing.assert_array_equal(net.predict(x), y.argmax(axis=1))
    np.testing.assert_allclose(y.sum(axis=1), 1)
    assert net.predict(x[:0]).shape == (0,)
    assert net.predict(x[:33]).shape == (33,)           # one more than a block


def test_the_lowest_label_wins_a_tie():
    net = tc.Network(flatten=tc.Flatten(), softmax=tc.Softmax())
    assert net.predict(np.array([[1.0, 3, 3]]))[0] == 1


def test_face_net_is_the_papers():
    net = tc.face_net()
    assert list(net.layers) == ["conv1", "tanh1", "pool1", "conv2", "tanh2", "pool2", "conv3",
                                "tanh3", "pool3", "flatten", "dense4", "tanh4", "dense5", "softmax"]
    shapes = net.output_shapes()
    assert [shapes[f"conv{i}"] for i in (1, 2, 3)] == [(5, 56, 56), (8, 24, 24), (10, 8, 8)]
    assert net["conv2"].params["W"].shape == (8, 5, 5, 5)
    assert shapes["tanh4"] == (20,)
    assert shapes["softmax"] == (15,)
    again, other = tc.face_net(seed=0), tc.face_net(seed=1)
    for name, w in net.params.items():
        np.testing.assert_array_equal(w, again.params[name])
        assert name.endswith(".b") or (w != other.params[name]).all()
        assert w.dtype == np.float32
    assert tc.face_net(40, size=(112, 92)).output_shapes()["softmax"] == (40,)
    with pytest.raises(tc.ShapeError, match="too small"):
        tc.face_net(size=30)


def test_precision_and_copies_are_independent():
    net = tc.face_net()
    double = net.astype(np.float64)
    np.testing.assert_array_equal(double.params["conv1.W"], net.params["conv1.W"])
    assert double.forward(np.zeros((1, 1, 60, 60), np.uint8)).y.dtype == np.float64
    assert net.forward(np.zeros((1, 1, 60, 60))).y.dtype == np.float32
    other = net.copy()
    other.params["conv1.W"][:] = 0
    assert net.params["conv1.W"].any()


def test_the_table():
    text = repr(tc.face_net())
    lines = text.splitlines()
    assert lines[2].split() == ["conv1", "Conv2D(1,", "5,", "5)", "5", "x", "56", "x", "56", "130"]
    assert lines[-1].split() == ["total", "6,683"]
    assert max(map(len, lines)) <= 79
    html = tc.face_net()._repr_html_()
    assert html.count("<tr>") == len(lines)
    assert "Conv2D(1, 5, 5)" in html
    assert "?" in repr(tc.Network(tanh=tc.Tanh()))      # the input's shape is not known


def test_names_are_checked():
    with pytest.raises(ValueError, match="none called 'input'"):
        tc.Network(**{"input": tc.Tanh()})
    with pytest.raises(ValueError, match="at least one layer"):
        tc.Network()
    with pytest.raises(KeyError, match="conv1"):
        tc.face_net()["conv"]


def test_a_backward_that_returns_more_than_one_array_is_named():
    class Both(tc.Tanh):
        def backward(self, dy, cache):
            return super().backward(dy, cache), {}

    net = tc.Network(first=tc.Tanh(), both=Both(), last=tc.Tanh())
    trace = net.forward(np.ones((2, 3)))
    with pytest.raises(TypeError, match=r"layer 'both': backward must return .* alone.*got tuple"):
        net.backward(trace, trace.y)
