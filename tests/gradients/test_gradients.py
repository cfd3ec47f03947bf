"""Sections III-A to III-D: the identities that must hold exactly, and the options."""

import tracemalloc

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn import gradients
from tinycnn.gradients.prediction import iter_entries, weights_before
from tinycnn.network import loss

K = 15


@pytest.fixture(scope="module")
def net():
    net = tc.face_net(seed=4).astype(np.float64)
    for name, w in net.params.items():          # biases that are not 0, weights that saturate some
        w += np.random.default_rng(len(name)).normal(0, 0.1, w.shape)
    return net


@pytest.fixture(scope="module")
def faces():
    rng = np.random.default_rng(5)
    return rng.random((13, 1, 60, 60)), np.arange(13) % 4


@pytest.fixture(scope="module")
def every(net, faces):
    """∂y/∂o of all classes at every unit of every layer."""
    return tc.prediction_gradients(net, faces[0], ["input", *net.layers])


def test_shapes(net, faces, every):
    x, t = faces
    assert every["tanh1"].shape == (13, K, 5, 56, 56)
    assert every["tanh4"].shape == (13, K, 20)
    by_default = tc.prediction_gradients(net, x)
    assert list(by_default) == ["tanh1", "tanh2", "tanh3"]      # the paper's units
    one = tc.prediction_gradients(net, x, classes=t)
    assert one["tanh3"].shape == (13, 10, 8, 8)


def test_training_gradient_is_the_sum_over_classes_of_the_two_factors(net, faces, every):
    x, t = faces
    trace = net.forward(x)
    dL_dy = loss.negative_log_likelihood_gradient(trace.y, t)
    back = net.backward(trace, dL_dy)
    for name in ["input", *net.layers]:
        product = np.einsum("nk,nk...->n...", dL_dy, every[name])
        np.testing.assert_allclose(product, back[name], 1e-12, 1e-12 * np.abs(back[name]).max())


def test_gradients_of_all_classes_cancel(every):
    """The probabilities sum to 1 for every o. After the softmax each y_k is its own unit."""
    for name, array in every.items():
        if name != "softmax":
            assert np.abs(array.sum(axis=1)).max() <= 1e-12 * np.abs(array).max(), name


def test_training_hands_out_the_true_classs_entry(net, faces, every):
    x, t = faces
    trace = net.forward(x)
    _, seed = loss.loss_from_logits(trace.logits, t)
    back = net.backward(trace, seed * len(x), of="logit")       # ∂L/∂o of each single image
    for name, dL_do in back.items():
        y_t = trace.y[range(len(x)), t].reshape(-1, *[1] * (dL_do.ndim - 1))
        expected = every[name][range(len(x)), t]
        np.testing.assert_allclose(-y_t * dL_do, expected, 1e-12, 1e-12 * np.abs(expected).max())


def test_the_mean_of_gradients_is_the_gradient_of_the_mean(net, faces):
    x, t = faces
    left = tc.class_gradients(net, x, t, side="mean_of_gradients")
    right = tc.class_gradients(net, x, t, side="gradient_of_mean")
    one = tc.prediction_gradients(net, x, classes=t)
    for name in left:
        assert left[name].shape == (K, *one[name].shape[1:])
        for k in range(4):
            by_hand = one[name][t == k].mean(axis=0)
            for side in (left, right):
                np.testing.assert_allclose(side[name][k], by_hand, 1e-12,
                                           1e-12 * np.abs(by_hand).max())
        assert np.isnan(left[name][4:]).all()       # no image has these labels
        assert np.isnan(right[name][4:]).all()


def test_the_class_gradient_says_how_the_mean_prediction_moves():
    """Eq. 3's right side, literally: one nudge of a unit in all images of the class."""
    net, rng = small_net(), np.random.default_rng(0)
    x, t, h = rng.normal(size=(6, 1, 11, 9)), np.array([0, 1, 0, 1, 0, 2]), 1e-5
    gradients_ = tc.class_gradients(net, x, t, ["tanh1"])["tanh1"]
    layers = list(net.layers)
    for k in range(3):
        o = net.forward(x[t == k])["tanh1"]
        for unit in [(0, 0, 0), (1, 4, 3), (2, 8, 7)]:
            means = []
            for nudge in (h, -h):
                moved = o.copy()
                moved[(slice(None), *unit)] += nudge
                for name in layers[layers.index("tanh1") + 1:]:
                    moved, _ = net[name].forward(moved)
                means.append(moved[:, k].mean())
            assert gradients_[k][unit] == pytest.approx((means[0] - means[1]) / (2 * h), rel=1e-6,
                                                        abs=1e-10)


def test_the_norm_is_the_same_before_and_after_pooling(net, faces):
    x, t = faces
    for before, after in (("tanh1", "pool1"), ("tanh2", "pool2"), ("tanh3", "pool3")):
        norms = [tc.map_norms(net, x, t, [name])[0] for name in (before, after)]
        np.testing.assert_allclose(*norms, 1e-12)


@pytest.mark.parametrize("of", ["prob", "logit"])
def test_blocks_and_entries_agree(net, faces, of):
    x, t = faces
    everything = tc.prediction_gradients(net, x, ["pool2", "dense4"], of=of)
    seen = []
    for block, arrays in tc.iter_prediction_gradients(net, x, ["dense4", "pool2"], of=of):
        seen += range(*block.indices(len(x)))
        assert list(arrays) == ["pool2", "dense4"]      # the network's order
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, everything[name][block])
    assert seen == list(range(len(x)))
    for classes in (t, 2):
        labels = np.broadcast_to(classes, len(x))
        one = tc.prediction_gradients(net, x, ["pool2"], of=of, classes=classes)
        np.testing.assert_allclose(one["pool2"], everything["pool2"][range(len(x)), labels], 1e-12,
                                   1e-15)


def test_logit_and_probability_gradients_are_tied_by_the_softmax(net, faces):
    x, _ = faces
    y = net.forward(x).y
    prob, logit = (tc.prediction_gradients(net, x, ["pool3"], of=of)["pool3"]
                   for of in ("prob", "logit"))
    jacobian = np.einsum("nk,kj->nkj", y, np.eye(K)) - np.einsum("nk,nj->nkj", y, y)
    np.testing.assert_allclose(prob, np.einsum("nkj,nj...->nk...", jacobian, logit), 1e-9, 1e-14)


def test_any_number_of_images_in_bounded_memory():
    net = small_net()
    x = np.random.default_rng(0).normal(size=(1200, 1, 11, 9))

    def peak(n):
        tracemalloc.start()
        for _ in tc.iter_prediction_gradients(net, x[:n]):
            pass
        tc.convolutional_gradients(net, x[:n], np.zeros(n, int))
        tc.class_gradients(net, x[:n], np.zeros(n, int))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used
    peak(20)
    # The peak comes with the second full block: the last block is kept while the next is made.
    assert peak(1200) < 1.3 * peak(120)


def test_convolutional_gradients(net, faces):
    x, t = faces
    one = tc.prediction_gradients(net, x, classes=t)
    scores = tc.convolutional_gradients(net, x, t, reduce="mean_of_norms")
    assert scores.scores.shape == (K, 23)
    assert scores.features == tuple([("tanh1", i) for i in range(5)] + [("tanh2", i) for i in
                                    range(8)] + [("tanh3", i) for i in range(10)])
    assert scores.options == {"of": "prob", "reduce": "mean_of_norms", "norm": "frobenius"}
    for k in range(4):
        for layer, number in [("tanh1", 3), ("tanh3", 9)]:
            norms = [np.linalg.norm(g[number]) for g in one[layer][t == k]]
            assert scores.value(k, (layer, number)) == pytest.approx(np.mean(norms), rel=1e-12)
    of_mean = tc.convolutional_gradients(net, x, t)
    assert of_mean.options == {"of": "prob", "reduce": "norm_of_mean", "norm": "frobenius"}
    means = tc.class_gradients(net, x, t)
    assert of_mean.value(1, ("tanh2", 6)) == pytest.approx(np.linalg.norm(means["tanh2"][1, 6]))
    assert (of_mean.scores[:4] <= scores.scores[:4] * (1 + 1e-12)).all()
    assert (of_mean.scores[:4] < scores.scores[:4]).any()
    assert np.isnan(scores.scores[4:]).all()


@pytest.mark.parametrize("reduce", ["mean_of_norms", "norm_of_mean"])
def test_norms(net, faces, reduce):
    x, t = faces
    raw, rms, relative = (tc.convolutional_gradients(net, x, t, reduce=reduce, norm=norm).scores[:4]
                          for norm in ("frobenius", "rms", "per_layer"))
    units = np.repeat([56 * 56, 24 * 24, 8 * 8], [5, 8, 10])
    np.testing.assert_allclose(rms, raw / np.sqrt(units), 1e-12)
    for first, last in ((0, 5), (5, 13), (13, 23)):
        np.testing.assert_allclose(relative[:, first:last].mean(axis=1), 1, 1e-12)
        np.testing.assert_allclose(relative[:, first:last] / relative[:, first:first + 1],
                                   raw[:, first:last] / raw[:, first:first + 1], 1e-12)


@pytest.fixture(scope="module")
def many():
    """A class of 14 images, which is more than a block, and one of a single image."""
    rng = np.random.default_rng(8)
    return small_net(), rng.normal(size=(15, 1, 11, 9)), np.array([2] * 14 + [0])


@pytest.mark.parametrize("of", ["prob", "logit"])
@pytest.mark.parametrize("entry", [None, 1])
def test_every_option_by_hand(many, of, entry):
    net, x, t = many
    labels = t if entry is None else np.full(15, entry)
    trace, seed = net.forward(x), np.eye(4)[labels]
    back = net.backward(trace, seed, of=of)
    options = {"of": of, "classes": entry}
    means = tc.class_gradients(net, x, t, **options)
    right = tc.class_gradients(net, x, t, side="gradient_of_mean", **options)
    mean_of_norms = tc.convolutional_gradients(net, x, t, reduce="mean_of_norms", **options)
    norm_of_mean = tc.convolutional_gradients(net, x, t, **options)
    norms, features = tc.map_norms(net, x, labels, of=of)
    for i, (layer, number) in enumerate(features):
        by_hand = back[layer][:, number]
        np.testing.assert_allclose(norms[:, i], np.linalg.norm(by_hand, axis=(1, 2)), 1e-12)
        for k, own in ((2, slice(0, 14)), (0, slice(14, 15))):
            mean = by_hand[own].mean(axis=0)
            np.testing.assert_allclose(means[layer][k, number], mean, 1e-10, 1e-14)
            np.testing.assert_allclose(right[layer][k, number], mean, 1e-10, 1e-14)
            assert norm_of_mean.scores[k, i] == pytest.approx(np.linalg.norm(mean), rel=1e-10)
            assert mean_of_norms.scores[k, i] == pytest.approx(
                np.linalg.norm(by_hand[own], axis=(1, 2)).mean(), rel=1e-10)


def test_no_images(many):
    net, x, t = many
    assert tc.prediction_gradients(net, x[:0])["tanh1"].shape == (0, 4, 3, 9, 8)
    assert tc.map_norms(net, x[:0], t[:0])[0].shape == (0, 5)
    for reduce in ("mean_of_norms", "norm_of_mean"):
        scores = tc.convolutional_gradients(net, x[:0], t[:0], reduce=reduce).scores
        np.testing.assert_array_equal(scores, np.full((4, 5), np.nan))


def test_rankings():
    features = tuple((layer, i) for layer in ("a", "b") for i in range(3))
    scores = tc.FeatureScores(np.array([[0.1, 0.3, 0.3, 0.5, 0.3, 0.0], [np.nan] * 6]), features)
    order = [("b", 0), ("a", 1), ("a", 2), ("b", 1), ("a", 0), ("b", 2)]   # ties: layer, then map
    assert scores.strongest(0, 6) == order
    assert scores.strongest(0, 2) == order[:2]
    assert scores.weakest(0, 3) == order[:2:-1]
    np.testing.assert_array_equal(scores.ranks(), [[5, 2, 3, 1, 4, 6], [np.nan] * 6])
    with pytest.raises(ValueError, match=r"class 1.*no image"):
        scores.strongest(1, 2)


def test_feature_layers():
    assert gradients.feature_layers(small_net()) == ["tanh1", "relu2"]
    bare = tc.Network(a=tc.Conv2D(1, 2, 3), pool=tc.MaxPool2D(2), b=tc.Conv2D(2, 2, 3))
    assert gradients.feature_layers(bare) == ["a", "b"]

    class MyTanh:           # a student's: no base class, no known name
        params = {}         # noqa: RUF012

        def forward(self, x):
            return np.tanh(x), x
    own = tc.Network(a=tc.Conv2D(1, 2, 3), mine=MyTanh(), flatten=tc.Flatten())
    assert gradients.feature_layers(own) == ["mine"]


@pytest.mark.parametrize(("call", "words"), [
    (lambda n, x, t: tc.prediction_gradients(n, x, ["tanh9"]), "no layer 'tanh9'"),
    (lambda n, x, t: tc.prediction_gradients(n, x, classes="true"), "expected 'all'"),
    (lambda n, x, t: tc.prediction_gradients(n, x, classes=t[:3]), "each of the 13 images"),
    (lambda n, x, t: tc.prediction_gradients(n, x, classes=15), "0 to 14"),
    (lambda n, x, t: tc.prediction_gradients(n, x, of="loss"), "'prob' or 'logit'"),
    (lambda n, x, t: tc.convolutional_gradients(n, x, t, classes="all"), "one whole number"),
    (lambda n, x, t: tc.map_norms(n, x, "all"), "one whole number"),
    (lambda n, x, t: tc.prediction_gradients(n, x, "softmax", of="logit"), "no gradient at"),
    (lambda n, x, t: tc.class_gradients(n, x, t, side="left"), "'mean_of_gradients'"),
    (lambda n, x, t: tc.class_gradients(n, x, t + 20), "0 to 14"),
    (lambda n, x, t: tc.convolutional_gradients(n, x, t + 20), "0 to 14"),
    (lambda n, x, t: tc.convolutional_gradients(n, x, t, reduce="mean"), "'mean_of_norms'"),
    (lambda n, x, t: tc.convolutional_gradients(n, x, t, norm="l1"), "'frobenius'"),
])
def test_bad_arguments_are_explained(net, faces, call, words):
    with pytest.raises((ValueError, KeyError), match=words):
        call(net, *faces)


# --- networks that are not the paper's --------------------------------------------------------

def ends(softmax):
    net = small_net()
    layers = dict(net.layers)
    if not softmax:
        del layers["softmax"]
    return tc.Network(net.input_shape, **layers), np.random.default_rng(3).random((7, 1, 11, 9))


@pytest.mark.parametrize("softmax", [True, False])
def test_none_is_the_output_of_the_network(softmax):
    (net, x), t = ends(softmax), np.array([0, 1, 3, 3, 1, 0, 1])
    same = "prob" if softmax else "logit"
    for call in (tc.prediction_gradients, lambda n, x, **o: tc.class_gradients(n, x, t, **o)):
        own, by_name = call(net, x, of=None), call(net, x, of=same)
        for name in ("tanh1", "relu2"):
            np.testing.assert_array_equal(own[name], by_name[name])
    for reduce in ("mean_of_norms", "norm_of_mean"):
        own, by_name = (tc.convolutional_gradients(net, x, t, of=of, reduce=reduce)
                        for of in (None, same))
        np.testing.assert_array_equal(own.scores, by_name.scores)
        assert own.options["of"] == by_name.options["of"] == same
    np.testing.assert_array_equal(tc.map_norms(net, x, t, of=None)[0],
                                  tc.map_norms(net, x, t, of=same)[0])


def test_without_a_softmax_there_is_no_probability():
    net, x = ends(softmax=False)
    for call in (tc.prediction_gradients, lambda n, x: tc.convolutional_gradients(n, x, [0] * 7)):
        with pytest.raises(ValueError, match=r"of='prob'.*'dense4'.*of='logit' means its output"):
            call(net, x)


def test_the_layer_with_the_weights_of_a_unit():
    net = tc.Network(scale=tc.FrozenBatchNorm(1), conv=tc.Conv2D(1, 2, 3),
                     norm=tc.FrozenBatchNorm(2), relu=tc.ReLU(), pool=tc.AvgPool2D(2),
                     flatten=tc.Flatten(), dense=tc.Dense(8, 3), bn=tc.FrozenBatchNorm(3),
                     softmax=tc.Softmax())
    assert [weights_before(net, name) for name in ("conv", "norm", "relu", "pool")] == ["conv"] * 4
    assert [weights_before(net, name) for name in ("dense", "bn", "softmax")] == ["dense"] * 3
    for name, words in (("input", "'input' has no weights"), ("scale", "'scale' has no weights"),
                        ("flatten", "'flatten' flattens them")):
        with pytest.raises(ValueError, match=words):
            weights_before(net, name)


def test_many_classes_need_no_more_memory_than_fifteen():
    x = np.random.default_rng(0).normal(size=(40, 1, 11, 9))

    def sizes(n_classes):
        net = small_net(n_classes=n_classes)
        return [arrays["tanh1"].shape[:2] for _, arrays in tc.iter_prediction_gradients(net, x)]
    assert sizes(4) == [(15, 4), (15, 4), (10, 4)]
    assert sizes(15) == [(15, 15), (15, 15), (10, 15)]
    assert sizes(50)[0] == (4, 50)
    assert sizes(300) == [(1, 300)] * 40


def test_some_entries_are_those_of_all():
    net, x = small_net(n_classes=6), np.random.default_rng(0).normal(size=(20, 1, 11, 9))
    everything = tc.prediction_gradients(net, x, ["relu2"])["relu2"]
    for block, some in iter_entries(net, x, [4, 1], ["relu2"]):
        np.testing.assert_allclose(some["relu2"], everything[block][:, [4, 1]], 1e-12, 1e-15)
