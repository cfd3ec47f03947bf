"""`check_network`: the layer that is wrong is named, and no other."""

import time

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.gradcheck import check_network
from tinycnn.gradcheck import slopes as slopes_module
from tinycnn.layers.batchnorm import each_map


@pytest.fixture
def images():
    return np.random.default_rng(1).normal(size=(3, 1, 11, 9))


LABELS = [0, 2, 3]


@pytest.mark.parametrize("seed", range(5))
def test_right_networks_pass(seed, images):
    net = small_net(seed)
    before = {name: w.copy() for name, w in net.params.items()}
    report = check_network(net, images, LABELS, seed)
    assert report.ok, report.text
    assert report.causes == []
    assert max(report.errors.values()) < 1e-6
    for name, w in net.params.items():
        np.testing.assert_array_equal(w, before[name])


def test_a_batch_of_one_in_float32(images):
    assert check_network(small_net(0, np.float32), images[:1].astype(np.float32), LABELS[:1]).ok


def test_the_whole_face_network_in_time():
    faces = tc.drawn_faces(people=3)
    started = time.process_time()       # of this process: a busy machine does not count
    report = check_network(tc.face_net(3, seed=0), faces.images[:2], faces.labels[:2])
    assert report.ok, report.text
    assert time.process_time() - started < 30
    rows = [line.split()[0] for line in report.table.splitlines()]
    assert rows[1:4] == ["softmax", "dense5", "tanh4"]
    assert rows[-2:] == ["conv1", "input"]


def test_a_trained_network_whose_loss_is_next_to_nothing(images):
    net, t = small_net(0), np.array(LABELS)
    tc.train(net, images, t, epochs=300, batch_size=3, learning_rate=0.3)
    trace = net.forward(images)
    assert -np.log(trace.y[np.arange(3), t]).mean() < 0.02
    assert check_network(net, images, t).ok
    net.layers["conv1"] = spoilt(net["conv1"], "parameter_gradients", lambda g: {
        **g, "W": g["W"] * 1.0005})
    assert check_network(net, images, t).diagnosis[0].key == "first_wrong_layer"


def spoilt(layer, method, change):
    """A copy of a layer with a new class, in which one method's answers are changed."""
    base = type(layer)

    def wrong(self, *args):
        return change(getattr(base, method)(self, *args))

    cls = type(f"My{base.__name__}", (base,), {method: wrong})
    new = cls(**layer.config())
    new.params = layer.params
    return new


def entry(array):
    array = array.copy()
    array.flat[array.size // 2] += 0.001 * np.abs(array).max()
    return array


PLANTED = [
    ("conv1", "parameter_gradients", lambda g: {**g, "W": g["W"] * 1.0005}, "dW"),
    ("conv1", "parameter_gradients", lambda g: {**g, "b": g["b"] / 3}, "db"),
    ("conv2", "backward", lambda dx: dx * 1.0005, "dx"),
    ("conv2", "backward", entry, "dx"),
    ("conv2", "parameter_gradients", lambda g: {**g, "W": entry(g["W"])}, "dW"),
    ("tanh1", "backward", lambda dx: -dx, "dx"),
    ("pool1", "backward", lambda dx: dx[:, :, ::-1], "dx"),
    ("pool1", "backward", entry, "dx"),
    ("relu2", "backward", lambda dx: np.abs(dx), "dx"),
    ("flatten", "backward", lambda dx: np.roll(dx, 1, -1), "dx"),
    ("dense3", "backward", entry, "dx"),
    ("dense3", "parameter_gradients", lambda g: {**g, "W": np.zeros_like(g["W"])}, "dW"),
    ("dense4", "parameter_gradients", lambda g: {**g, "b": entry(g["b"])}, "db"),
    ("softmax", "backward", lambda dx: dx + 1e-3, "dx")]


@pytest.mark.parametrize(("name", "method", "change", "quantity"), PLANTED)
def test_the_guilty_layer_is_named_first_and_those_nearer_to_the_loss_are_right(
        name, method, change, quantity, images):
    net = small_net(0)
    net.layers[name] = spoilt(net[name], method, change)
    report = check_network(net, images, LABELS)
    assert not report.ok
    assert report.failures[0].check == f"{name} alone"
    assert report.failures[0].quantity == quantity
    assert f"arises in {name}, My" in report.causes[0]
    assert len(report.causes) > 1       # what the contract suite says of the class
    assert [check for check, passed in report.checks.items()
            if not passed and check.endswith("alone")] == [f"{name} alone"]
    lines = report.table.splitlines()
    guilty = next(i for i, line in enumerate(lines) if line.startswith(f"{name} "))
    assert lines[guilty].endswith("WRONG HERE")
    assert all(line.endswith(" right") for line in lines[1:guilty])


def test_what_is_wrong_further_on_is_not_blamed(images):
    net = small_net(0)
    net.layers["conv2"] = spoilt(net["conv2"], "backward", lambda dx: 2 * dx)
    table = check_network(net, images, LABELS).table
    assert "wrong, because of conv2" in table.split("conv1")[1]
    assert "WRONG HERE, TOO" not in table


def test_two_guilty_layers_are_both_named(images):
    net = small_net(0)
    for name in ("conv1", "dense3"):
        net.layers[name] = spoilt(net[name], "parameter_gradients",
                                  lambda g: {**g, "W": g["W"] * 1.01})
    report = check_network(net, images, LABELS)
    assert [f.check for f in report.failures] == ["dense3 alone", "conv1 alone"]
    assert "WRONG HERE, TOO" in report.table


def test_a_layer_that_raises_or_remembers_is_named(images):
    net = small_net(0)
    net.layers["tanh3"] = spoilt(net["tanh3"], "backward", lambda dx: None)
    report = check_network(net, images, LABELS)
    assert "tanh3: backward's dx is None; is a return missing?" in report.failures[0].message
    assert "arises in tanh3" in report.causes[0]

    class MyTanh(tc.Tanh):
        def forward(self, x):
            self.y = np.tanh(x)
            return self.y, None

        def backward(self, dy, cache):
            return dy * (1 - self.y ** 2)

    net.layers["tanh3"] = MyTanh()
    report = check_network(net, images, LABELS)
    assert report.failures[0].key == "state_kept"


def test_ties_are_left_to_the_exact_rule(images, monkeypatch):
    class AllTiesPaid(tc.MaxPool2D):
        def forward(self, x):
            y, _ = super().forward(x)
            return y, (x, y)

        def backward(self, dy, cache):
            x, y = cache
            h, w = y.shape[2:]
            dx = np.zeros_like(x)
            big = np.kron(y, np.ones((2, 2))), np.kron(dy, np.ones((2, 2)))
            dx[:, :, :2 * h, :2 * w] = big[1] * (x[:, :, :2 * h, :2 * w] == big[0])
            return dx

    images = images.copy()
    images[0] = 0       # a black image: every window a tie
    assert check_network(small_net(0), images, LABELS).ok
    net = small_net(0)
    net.layers["pool1"] = AllTiesPaid(2)
    monkeypatch.setattr("tinycnn.gradcheck.whole_network.check_class", lambda *_: tc.Report(""))
    report = check_network(net, images, LABELS)
    assert [f.check for f in report.failures] == ["pool1 alone"]


def test_with_the_comparison_disabled_these_tests_fail(images, monkeypatch):
    monkeypatch.setattr(slopes_module, "RTOL", 1e9)
    monkeypatch.setattr("tinycnn.gradcheck.alone.is_exact",
                        lambda got, right: np.ones(got.shape, bool))
    for planted in PLANTED:
        if planted[0] != "softmax":
            with pytest.raises(AssertionError):
                test_the_guilty_layer_is_named_first_and_those_nearer_to_the_loss_are_right(
                    *planted, images)


def test_wrong_use_is_explained(images):
    with pytest.raises(tc.ShapeError, match="labels: expected"):
        check_network(small_net(0), images, [1, 2, 9])


def normed(*, end=None, norm=None):
    rng = np.random.default_rng(0)
    last = {"end": end} if end else {}
    return tc.Network(
        (1, 12, 12), conv1=tc.Conv2D(1, 3, 3, rng=rng), norm1=norm or tc.BatchNorm(3),
        tanh1=tc.Tanh(), pool1=tc.AvgPool2D(2), conv2=tc.Conv2D(3, 4, 2, rng=rng),
        sigmoid2=tc.Sigmoid(), whole=tc.AvgPool2D(None), flatten=tc.Flatten(),
        dense=tc.Dense(4, 4, rng=rng), **last)


class SmallEps(tc.BatchNorm):
    def __init__(self, channels):
        super().__init__(channels, eps=1e-8)


class Constants(tc.BatchNorm):
    def backward(self, dy, cache):
        return each_map(self.params["gamma"], dy) * dy / cache[1]


@pytest.mark.parametrize("net", [
    normed(), normed(end=tc.Softmax()), normed(end=tc.Sigmoid()), normed(end=tc.BatchNorm(4)),
    normed(norm=SmallEps(3)), normed(norm=tc.FrozenBatchNorm(3))], ids=range(6))
def test_batch_norms_and_networks_without_a_softmax_are_right(net):
    x = np.random.default_rng(1).normal(size=(4, 1, 12, 12))
    report = check_network(net, x, np.arange(4))
    assert report.ok, report.text
    assert "input end to end" in report.checks


@pytest.mark.parametrize("end", [None, tc.Softmax()])
def test_a_batch_norm_that_takes_its_statistics_for_constants_is_named(end):
    x = np.random.default_rng(1).normal(size=(4, 1, 12, 12))
    report = check_network(normed(end=end, norm=Constants(3)), x, np.arange(4))
    assert [c.key for c in report.diagnosis] == ["first_wrong_layer", "statistics_constant"]
    assert "norm1" in report.diagnosis[0].sentence
    assert report.checks["dense alone"]
    assert not report.checks["conv1.W end to end"]
