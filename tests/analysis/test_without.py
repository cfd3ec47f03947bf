"""What is computed for thousands of sets at once is what `forward` gives for each of them."""

from itertools import chain, combinations

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis import without
from tinycnn.analysis.activity import features_of
from tinycnn.analysis.without import labels_without, outputs_without

N = 13


class Softsign(tc.Layer):
    """A student's own: it works on each map alone, but tinycnn does not know that."""

    def forward(self, x):
        return x / (1 + np.abs(x)), x


class Rival(tc.Layer):
    """Divides each map by the sum of all: what a map gives depends on the others."""

    def forward(self, x):
        return x / (1 + np.abs(x).sum(axis=1, keepdims=True)), x


class Squared(tc.Conv2D):
    """Inherits from a convolution, but its maps do not add up."""

    def forward(self, x):
        y, cache = super().forward(x)
        return y ** 2, cache


def deep(rng):
    net = tc.Network(
        (2, 12, 10), conv1=tc.Conv2D(2, 3, 3, padding=1, rng=rng), norm1=tc.BatchNorm(3),
        act1=tc.Sigmoid(), pool1=tc.AvgPool2D(2), conv2=tc.Conv2D(3, 4, (3, 2), rng=rng),
        act2=tc.Tanh(), norm2=tc.BatchNorm(4), pool2=tc.MaxPool2D(2, 1), flatten=tc.Flatten(),
        dense3=tc.Dense(36, 5, rng=rng), act3=tc.ReLU(), dense4=tc.Dense(5, 3, rng=rng),
        softmax=tc.Softmax()).astype(np.float64)
    return net.frozen(rng.normal(size=(20, 2, 12, 10)))


def own(rng, first=Softsign, second=Rival, conv=tc.Conv2D):
    return tc.Network(
        (2, 12, 10), conv1=tc.Conv2D(2, 3, 3, rng=rng), act1=first(), act2=second(),
        conv2=conv(3, 4, 3, rng=rng), act3=Softsign(), flatten=tc.Flatten(),
        dense=tc.Dense(4 * 8 * 6, 3, rng=rng)).astype(np.float64)


NETS = {
    "every kind": (lambda rng: small_net(), ["tanh1", "relu2"], (1, 11, 9)),
    "batch norms": (deep, ["act1", "act2", "act3"], (2, 12, 10)),
    "next to each other": (deep, ["conv1", "norm1", "act2", "pool2"], (2, 12, 10)),
    "layers of one's own": (own, ["act1", "act3"], (2, 12, 10)),
    "rivals": (lambda rng: own(rng, Rival, tc.Tanh), ["conv1", "act2", "conv2"], (2, 12, 10)),
    "no sums": (lambda rng: own(rng, tc.Tanh, tc.ReLU, Squared), ["act1", "act3"], (2, 12, 10)),
    "dense units": (lambda rng: small_net(), ["tanh3"], (1, 11, 9)),
    "the output": (lambda rng: small_net(), ["dense4", "softmax"], (1, 11, 9)),
}


def subsets(features, rng, n=30):
    """Nothing, everything, and n others; in any order, and one twice."""
    sizes = rng.integers(1, len(features) + 1, size=n)
    sets = [frozenset(features[i] for i in rng.permutation(len(features))[:size])
            for size in sizes]
    return [*sets, frozenset(), frozenset(features), sets[3]]


@pytest.fixture(params=NETS, ids=lambda name: name.replace(" ", "-"))
def case(request):
    make, layers, shape = NETS[request.param]
    rng = np.random.default_rng(3)
    net = make(rng)
    return net, list(features_of(net, layers)), rng.normal(size=(N, *shape)), rng


def fills(net, x, layers, rng):
    """To 0, to a half, to a number for each map, and to the outputs of other images."""
    o = net.forward(x[rng.permutation(N)])
    means = {name: o[name].reshape(N, o[name].shape[1], -1).mean(axis=(0, 2)) for name in layers}
    return {"to 0": {}, "to one half": {"factor": 0.5}, "to a number": {"fill": means},
            "in part": {"factor": 0.25, "fill": {layers[-1]: means[layers[-1]]}},
            "to other images": {"fill": {name: o[name] for name in layers}}}


@pytest.mark.parametrize("memory", ["all at once", "little"])
def test_every_output_is_that_of_forward(case, memory, monkeypatch):
    net, features, x, rng = case
    sets = subsets(features, rng)
    if memory == "little":
        monkeypatch.setattr(without, "IN_MEMORY", 3000)
        monkeypatch.setattr(without, "IN_CACHE", 2000)
    for name, how in fills(net, x, list(dict(features)), rng).items():
        found = {removed: np.full((N, net.forward(x[:1]).y.shape[1]), np.nan) for removed in sets}
        parts = set()
        for images, some, y in outputs_without(net, x, sets, **how):
            parts.add((images.start, images.stop))
            for removed, mine in zip(some, y, strict=True):
                assert np.isnan(found[removed][images]).all()       # each of them once
                found[removed][images] = mine
        labels = labels_without(net, x, sets, **how)
        for removed, y in found.items():
            gates = tc.knockout(removed, how.get("factor", 0))
            expected = net.forward(x, gates, how.get("fill")).y
            np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-12, err_msg=name)
            np.testing.assert_array_equal(labels[removed], net.labels(expected))
        assert (len(parts) > 1) == (memory == "little")
        assert len(np.unique(np.array(list(found.values())).round(6), axis=0)) > 3


def test_float32_answers_are_the_same():
    rng = np.random.default_rng(4)
    net, x = tc.face_net(4, seed=2, size=40), rng.random((9, 1, 40, 40))
    sets = subsets(list(features_of(net)), rng, 150)
    for removed, labels in labels_without(net, x, sets).items():
        np.testing.assert_array_equal(labels, net.forward(x, tc.knockout(removed)).y.argmax(axis=1))


def test_what_sets_share_is_computed_once(monkeypatch):
    net, x = small_net(), np.random.default_rng(5).normal(size=(N, 1, 11, 9))
    features = features_of(net, ["tanh1", "relu2"])
    sets = [frozenset(some) for some in chain.from_iterable(
        combinations(features, n) for n in range(6))]
    assert len(sets) == 2 ** 5
    images = dict.fromkeys(net.layers, 0)
    for name, layer in net.layers.items():
        def forward(x, name=name, original=layer.forward):
            images[name] += len(x)
            return original(x)
        monkeypatch.setattr(layer, "forward", forward)
    labels_without(net, x, sets)
    extra = 1 + N       # the first image, and the intact network
    assert images["conv1"] == images["tanh1"] == extra
    assert images["pool1"] == extra + 2 * N             # intact and removed
    assert images["conv2"] == extra + 4 * N             # three parts and nothing, not 8 branches
    assert images["relu2"] == extra + 8 * N
    assert images["dense3"] == extra + 8 * 3 * N        # two parts and nothing, not 4 branches
    assert images["softmax"] == extra + 32 * N


def test_without_features_it_is_the_network():
    net, x = small_net(), np.random.default_rng(6).normal(size=(N, 1, 11, 9))
    labels = labels_without(net, x, [frozenset()])
    np.testing.assert_array_equal(labels[frozenset()], net.predict(x))
    assert labels_without(net, x, []) == {}
    assert labels_without(net, x[:0], [frozenset([("tanh1", 1)])])[
        frozenset([("tanh1", 1)])].shape == (0,)


def test_what_is_wrong_is_explained():
    net, x = small_net(), np.zeros((2, 1, 11, 9))
    with pytest.raises(ValueError, match="no layer 'tanh7'"):
        labels_without(net, x, [frozenset([("tanh7", 0)])])
    with pytest.raises(tc.ShapeError, match="3 feature maps"):
        labels_without(net, x, [frozenset([("tanh1", 3)])])
    with pytest.raises(ValueError, match="counted from 0"):
        labels_without(net, x, [frozenset([("tanh1", -1)])])
    with pytest.raises(tc.ShapeError, match="fill of layer 'tanh1'"):
        labels_without(net, x, [frozenset([("tanh1", 1)])], fill={"tanh1": np.zeros(4)})
    unfrozen = tc.Network(conv=tc.Conv2D(1, 2, 3), norm=tc.BatchNorm(2), flatten=tc.Flatten(),
                          dense=tc.Dense(126, 3))
    with pytest.raises(ValueError, match="frozen"):
        labels_without(unfrozen, x, [frozenset([("conv", 1)])])
