"""Every bug of the zoo is found in its layer of a network, and right networks of all sorts pass."""

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.gradcheck import check_network, whole_network
from tinycnn.gradcheck.zoo import BUGS

LABELS = [0, 2, 3]
PLACES = {"conv2d": "conv2", "tanh": "tanh1", "relu": "relu2", "maxpool2d": "pool1",
          "flatten": "flatten", "dense": "dense3", "softmax": "softmax"}
NAMES = {"conv2d": "MyConv2D", "tanh": "MyTanh", "relu": "MyReLU", "maxpool2d": "MyMaxPool2D",
         "flatten": "MyFlatten", "dense": "MyDense", "softmax": "MySoftmax"}
NOT_FOUND = {"DenseAlwaysFloat64": "a network is checked in float64, where this layer is right"}


@pytest.fixture(autouse=True)
def without_the_suite_for_a_class(monkeypatch):
    """What the suite says of the guilty layer's class is tested elsewhere, and takes long."""
    monkeypatch.setattr(whole_network, "check_class", lambda cls, kind: tc.Report(kind))


def images(n=3):
    """Images of which the first is black, so that there are ties and units at exactly 0."""
    x = np.random.default_rng(1).normal(size=(n, 1, 11, 9))
    x[0] = 0
    return x


def by_columns(layer):
    """The layer, with an output that is stored column by column."""
    base = type(layer)

    def forward(self, x):
        y, cache = base.forward(self, x)
        return np.asfortranarray(y), cache

    layer.__class__ = type(base.__name__, (base,), {"forward": forward})


def planted(bug):
    """A small network in which the bug shows, and the name of its layer."""
    net, place = small_net(0), PLACES[bug.kind]
    net["conv2"].params["W"] *= 30      # ReLU gets more than 6
    if bug.cause == "overlap_assigned":
        net.layers["pool1"] = tc.MaxPool2D((3, 2), stride=2)
    if bug.cause == "overflow":
        net[{"softmax": "dense4", "tanh1": "conv1"}[place]].params["W"] *= 1e4
    if bug.cause == "memory_order":
        by_columns(net[{"flatten": "relu2", "tanh1": "conv1"}[place]])
    layer = type(NAMES[bug.kind], (bug.subject,), {})(**net[place].config())
    layer.params = {name: w.copy() for name, w in net[place].params.items()}
    net.layers[place] = layer
    return net, place


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.kind in PLACES],
                         ids=lambda bug: bug.name)
def test_a_bug_of_the_zoo_is_found_in_its_layer_and_in_no_other(bug, monkeypatch):
    net, place = planted(bug)
    if bug.cause != "memory_order":     # all others show in the layer alone
        monkeypatch.setattr(whole_network, "_end_to_end", lambda *_: {})
    report = check_network(net, images(), LABELS)
    wrong = [name for name, passed in report.checks.items() if not passed and "alone" in name]
    if bug.name in NOT_FOUND:
        assert report.ok
        return
    assert wrong == [f"{place} alone"], report.text
    assert f"{place}, My" in report.causes[0]
    assert ("gradient arises in" in report.causes[0]) == (report.diagnosis[0].key not in (
        "argument_overwritten", "state_kept", "accumulates", "buffer_reused", "random",
        "parameters_changed"))


class Sigmoid(tc.Tanh):
    """Not one of tinycnn's kinds, whatever its base class."""

    def forward(self, x):
        y = 1 / (1 + np.exp(-x))
        return y, y

    def backward(self, dy, cache):
        return dy * cache * (1 - cache)


class LeakyReLU(tc.ReLU):
    def forward(self, x):
        return np.where(x > 0, x, 0.1 * x), x

    def backward(self, dy, cache):
        return dy * np.where(cache > 0, 1, 0.1)


QUARTERS = [(slice(None), slice(None), slice(i, None, 2), slice(j, None, 2))
            for i in (0, 1) for j in (0, 1)]


class Average:
    """Windows of 2 x 2, under a name and with attributes that say nothing; x of even size."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        return sum(x[place] for place in QUARTERS) / 4, x

    def backward(self, dy, cache):
        dx = np.zeros_like(cache)
        for place in QUARTERS:
            dx[place] = dy / 4
        return dx


class Largest(Average):
    def forward(self, x):
        return np.maximum.reduce([x[place] for place in QUARTERS]), x

    def backward(self, dy, cache):
        dx, left = np.zeros_like(cache), dy.copy()
        for place in QUARTERS:
            won = cache[place] == self.forward(cache)[0]
            dx[place] = left * won
            left[won] = 0
        return dx


class Norm:
    """Normalises over the batch and the image, as it is with eps = 0.00001."""

    def __init__(self):
        self.params = {"gamma": np.full((1, 3, 1, 1), 1.5), "beta": np.zeros((1, 3, 1, 1))}

    def forward(self, x):
        std = np.sqrt(x.var((0, 2, 3), keepdims=True) + 1e-5)
        h = (x - x.mean((0, 2, 3), keepdims=True)) / std
        return self.params["gamma"] * h + self.params["beta"], (h, std)

    def backward(self, dy, cache):
        (h, std), g = cache, dy * self.params["gamma"]
        return (g - g.mean((0, 2, 3), keepdims=True)
                - h * (g * h).mean((0, 2, 3), keepdims=True)) / std

    def parameter_gradients(self, dy, cache):
        return {"gamma": (dy * cache[0]).sum((0, 2, 3), keepdims=True),
                "beta": dy.sum((0, 2, 3), keepdims=True)}


class Times:
    def __init__(self, factor):
        self.factor, self.params = factor, {}

    def forward(self, x):
        return x * self.factor, None

    def backward(self, dy, cache):
        return dy * self.factor


def network(seed, activation=tc.Tanh, pool=Average, norm=None, factor=1.0):
    rng = np.random.default_rng(seed)
    return tc.Network(
        times=Times(factor), conv1=tc.Conv2D(1, 3, 2, rng=rng),
        **({"norm": norm()} if norm else {}), act1=activation(), pool1=pool(),
        conv2=tc.Conv2D(3, 2, 3, padding=1, stride=(2, 1), rng=rng), relu2=tc.ReLU(),
        flatten=tc.Flatten(), dense3=tc.Dense(24, 4, rng=rng), softmax=tc.Softmax())


RIGHT = {
    "one image": lambda: (small_net(1), images(2)[1:], LABELS[:1]),
    "one black image": lambda: (small_net(1), images(1), LABELS[:1]),
    "sigmoid, average": lambda: (network(0, Sigmoid, Average), images(), LABELS),
    "leaky ReLU, own pool": lambda: (network(1, LeakyReLU, Largest), images(), LABELS),
    "ReLU, own pool": lambda: (network(1, tc.ReLU, Largest), images(), LABELS),
    "norm": lambda: (network(2, norm=Norm), images(), LABELS),
    "norm, x times 1e6": lambda: (network(3, norm=Norm, factor=1e6), images(), LABELS),
    "norm, x times 1e-3": lambda: (network(4, norm=Norm, factor=1e-3), images(), LABELS)}


@pytest.mark.parametrize("make", RIGHT.values(), ids=RIGHT)
def test_right_networks_of_all_sorts_pass(make):
    report = check_network(*make())
    assert report.ok, report.text
    assert report.causes == []


@pytest.mark.parametrize("factor", [0, 0.1, 3, 10, 30])
def test_right_networks_pass_whatever_the_size_of_their_weights(factor):
    for seed in (0, 17, 22):        # with 10 and 30 some maxima are equal to the last few digits
        net = small_net(seed)
        for name, w in net.params.items():
            w *= factor if name.endswith("W") else 1
        report = check_network(net, images(), LABELS, seed)
        assert report.ok, f"seed {seed}: {report.text}"


def wrong(base, change, name="backward"):
    """A class in which the answer of a method is changed: change(answer, *arguments)."""
    def method(self, *arguments):
        return change(getattr(base, name)(self, *arguments), *arguments)

    return type(base.__name__, (base,), {name: method})


def all_ties(dy, x):
    """What a max-pool sends back if each of several equal maxima gets all of it."""
    dx = np.zeros_like(x)
    for place in QUARTERS:
        dx[place] = dy * (x[place] == Largest().forward(x)[0])
    return dx


WRONG = {
    "sigmoid": ("act1", {"activation": wrong(Sigmoid, lambda dx, dy, y: dy * y)}),
    "leaky": ("act1", {"activation": wrong(
        LeakyReLU, lambda dx, dy, x: dy * np.where(x > 0, 1, 0.11))}),
    "average": ("pool1", {"pool": wrong(Average, lambda dx, dy, x: 1.0005 * dx)}),
    "largest": ("pool1", {"pool": wrong(Largest, lambda dx, dy, x: dx[:, :, ::-1])}),
    "all ties": ("pool1", {"pool": wrong(Largest, lambda dx, dy, x: all_ties(dy, x))}),
    "ReLU, all ties": ("pool1", {"activation": tc.ReLU, "pool": wrong(
        Largest, lambda dx, dy, x: all_ties(dy, x))}),
    "small dy is 0": ("act1", {"activation": wrong(
        tc.Tanh, lambda dx, dy, y: dx * (np.abs(dy) > 0.01))}),
    "norm": ("norm", {"norm": wrong(Norm, lambda dx, dy, cache: dy * 1.5 / cache[1])}),
    "norm, x times 1e6": ("norm", {"factor": 1e6, "norm": wrong(
        Norm, lambda dx, dy, cache: dy * 1.5 / cache[1])})}


@pytest.mark.parametrize(("place", "parts"), WRONG.values(), ids=WRONG)
def test_wrong_layers_of_other_kinds_are_found(place, parts):
    report = check_network(network(0, **parts), images(), LABELS)
    assert [check for check, passed in report.checks.items()
            if not passed and "alone" in check] == [f"{place} alone"], report.text


def test_trouble_in_one_layer_hides_no_other():
    for place, method, change in (
            ("tanh1", "backward", lambda dx, *_: dx[:, :, 1:]),
            ("tanh1", "backward", lambda dx, *_: None),
            ("conv2", "forward", lambda y, *_: y[0]),
            ("conv1", "forward", lambda y, *_: (y[0][..., 2:], y[1]))):
        net = small_net(0)
        net.layers[place] = spoilt(net[place], method, change)
        net.layers["tanh3"] = spoilt(net["tanh3"], "backward", lambda dx, *_: 2 * dx)
        report = check_network(net, images(), LABELS)
        assert [f.check for f in report.failures] == ["tanh3 alone", f"{place} alone"]
        assert "arises in tanh3" in report.causes[0]


def spoilt(layer, method, change):
    new = wrong(type(layer), change, method)(**layer.config())
    new.params = layer.params
    return new


def test_what_overwrites_is_named_with_its_layer():
    def overwrite(array):
        array *= 2

    for method, change, what in (
            ("backward", lambda dx, dy, y: overwrite(dy) or dx, "backward overwrites dy"),
            ("backward", lambda dx, dy, y: overwrite(y) or dx, "backward changes the cache"),
            ("forward", lambda y, x: overwrite(x) or y, "forward overwrites x")):
        net = small_net(0)
        net.layers["tanh1"] = spoilt(net["tanh1"], method, change)
        report = check_network(net, images(), LABELS)
        assert report.failures[0].check == "tanh1 alone"
        assert report.failures[0].key == "argument_overwritten"
        assert f"tanh1: {what}" in [f.message for f in report.failures]
        assert report.causes[0].startswith("An argument is overwritten: tanh1, Tanh(): ")


def test_layers_without_params_and_layers_that_share_them():
    net = small_net(0)
    del net["tanh3"].params
    report = check_network(net, images(), LABELS)
    assert report.ok
    assert "tanh3 has no params" in report.notes[0]
    net["tanh3"].params = [1]
    with pytest.raises(ValueError, match=r"tanh3: self.params has to be a dictionary"):
        check_network(net, images(), LABELS)
    net = small_net(0)
    net.layers["dense3"] = tc.Dense(16, 5)
    net["dense4"].params = net["dense3"].params = {"W": np.ones((5, 5)), "b": np.zeros(5)}
    assert any("dense3 and dense4 share the array params['W']" in note
               for note in check_network(net, images(), LABELS).notes)


def test_numbers_that_are_not_finite_are_refused():
    x = images()
    x[0, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="x holds NaN"):
        check_network(small_net(0), x, LABELS)
    net = small_net(0)
    net["conv2"].params["W"][0] = np.inf
    with pytest.raises(ValueError, match=r"conv2.W holds NaN or infinity"):
        check_network(net, images(), LABELS)
