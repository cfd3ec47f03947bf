"""Section V on networks that are not the paper's: each number is computed a second time."""

import numpy as np
import pytest
from helpers import Softsign

import tinycnn as tc
from tinycnn.analysis import problematic_units
from tinycnn.analysis.ablation import gate_effects, reranked_order
from tinycnn.analysis.activity import (
    activation_norms,
    conductances,
    features_of,
    filter_norm,
    gate_slopes,
)
from tinycnn.analysis.consistency import consistency, same_entry_profiles
from tinycnn.analysis.controls import LayerMatched, random_orders
from tinycnn.analysis.knockouts import map_means
from tinycnn.analysis.measures import (
    MEASURES,
    PAPER,
    gradient_before_activation,
    gradient_of_predicted,
)
from tinycnn.analysis.mistakes import mistakes
from tinycnn.analysis.pruning import first_removable, overall_order, pruned
from tinycnn.analysis.sanity import first_order_truth, layers_from_the_top, shuffled_weights
from tinycnn.gradients.prediction import weights_before
from tinycnn.layers import FrozenBatchNorm

K, N = 3, 9
t = np.array([0, 2, 2, 0, 0, 2, 2, 0, 2])       # no image of class 1


def colour():
    return (3, 13, 12), {
        "conv1": tc.Conv2D(3, 4, 3, stride=(2, 1)), "relu1": tc.ReLU(), "pool1": tc.MaxPool2D(2),
        "conv2": tc.Conv2D(4, 5, (2, 3), padding=1), "relu2": tc.ReLU(),
        "flatten": tc.Flatten(), "dense": tc.Dense(5 * 4 * 5, K), "softmax": tc.Softmax()}


def five():
    layers, maps = {}, 1
    for i in range(1, 6):
        layers |= {f"conv{i}": tc.Conv2D(maps, 3, 3, padding=1), f"tanh{i}": tc.Tanh()}
        maps = 3
        if i % 2:
            layers[f"pool{i}"] = tc.MaxPool2D(2)
    return (1, 9, 8), {**layers, "flatten": tc.Flatten(), "dense6": tc.Dense(3, 4),
                       "act": tc.ReLU(), "dense7": tc.Dense(4, K), "softmax": tc.Softmax()}


def perceptron():
    return (1, 4, 3), {"flatten": tc.Flatten(), "dense1": tc.Dense(12, 5), "tanh1": tc.Tanh(),
                       "dense2": tc.Dense(5, K), "softmax": tc.Softmax()}


def deep_perceptron():
    return (1, 4, 3), {
        "flatten": tc.Flatten(), "dense1": tc.Dense(12, 5), "norm1": FrozenBatchNorm(5),
        "act1": tc.Sigmoid(), "dense2": tc.Dense(5, 4), "act2": tc.ReLU(),
        "norm2": FrozenBatchNorm(4), "dense3": tc.Dense(4, K), "softmax": tc.Softmax()}


def without_softmax():
    return (2, 7, 7), {"conv1": tc.Conv2D(2, 4, 3), "tanh1": tc.Tanh(), "pool1": tc.AvgPool2D(2),
                       "flatten": tc.Flatten(), "dense": tc.Dense(16, K)}


def normalised():
    return (1, 8, 9), {
        "conv1": tc.Conv2D(1, 4, 3), "norm1": FrozenBatchNorm(4), "relu1": tc.ReLU(),
        "conv2": tc.Conv2D(4, 3, 3), "relu2": tc.ReLU(), "norm2": FrozenBatchNorm(3),
        "pool2": tc.MaxPool2D(2), "conv3": tc.Conv2D(3, 4, 1), "act3": tc.Sigmoid(),
        "flatten": tc.Flatten(), "norm3": FrozenBatchNorm(4 * 4), "dense4": tc.Dense(16, 5),
        "norm4": FrozenBatchNorm(5), "tanh4": tc.Tanh(), "dense5": tc.Dense(5, K),
        "softmax": tc.Softmax()}


def fully_convolutional():
    return (1, 7, 6), {"conv1": tc.Conv2D(1, 4, 3), "tanh1": tc.Tanh(),
                       "conv2": tc.Conv2D(4, K, 3, padding=1), "pool": tc.AvgPool2D(None),
                       "flatten": tc.Flatten(), "softmax": tc.Softmax()}


def own():
    return (1, 6, 6), {"conv1": tc.Conv2D(1, 3, 3), "mine1": Softsign(), "flatten": tc.Flatten(),
                       "dense2": tc.Dense(48, 4), "mine2": Softsign(), "dense3": tc.Dense(4, K),
                       "softmax": tc.Softmax()}


BUILD = (colour, five, perceptron, deep_perceptron, without_softmax, normalised,
         fully_convolutional, own)
HIDDEN = {five: ["tanh3", "act"], normalised: ["relu2", "tanh4"], own: ["mine2"],
          perceptron: ["dense1"], deep_perceptron: ["act2", "act1"]}      # others than the paper's
CASES = [(build, None) for build in BUILD] + list(HIDDEN.items())


def network(build, seed=0):
    shape, layers = build()
    net, rng = tc.Network(shape, **layers).astype(np.float64), np.random.default_rng(seed)
    for name, w in net.params.items():          # biases that are not 0, scales that are not 1
        fan_in = w[0].size if w.ndim == 4 else len(w)
        w[...] = rng.normal(size=w.shape) * (0.5 if w.ndim == 1 else 1.5 / np.sqrt(fan_in))
        w += name.endswith("gamma")
    return net, rng.uniform(0, 1, (N, *shape))


@pytest.fixture(params=CASES, ids=[f"{build.__name__}{layers or ''}" for build, layers in CASES])
def case(request):
    build, layers = request.param
    return *network(build), layers


def one_gone(net, x, feature, factor=0.0):
    return net.forward(x, tc.knockout([feature], factor)).y


def of_layer(features, name):
    return [i for i, (layer, _) in enumerate(features) if layer == name]


# --- all measures -----------------------------------------------------------------------------

@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_has_a_number_for_every_map_and_unit(case, name):
    net, x, layers = case
    trace, found = net.forward(x), MEASURES[name](net, x, t, layers)
    names = [n for n in net.layers if n in (layers or tc.feature_layers(net))]
    assert found.features == tuple((n, i) for n in names for i in range(trace[n].shape[1]))
    assert found.features == features_of(net, layers)
    assert found.scores.shape == (K, len(found.features))
    assert np.isfinite(found.scores[[0, 2]]).all()
    assert found.scores[[0, 2]].any()
    if name not in ("filter", "random"):
        assert np.isnan(found.scores[1]).all()
    np.testing.assert_array_equal(found.scores, MEASURES[name](net, x, t, layers).scores)


def test_the_papers_measure_is_the_norm_of_the_gradient_of_the_networks_output(case):
    net, x, layers = case
    kind = "logit" if net.logits_layer is None else "prob"
    found = MEASURES[PAPER](net, x, t, layers)
    assert found.options["of"] == kind
    rows, names = np.arange(N), layers or tc.feature_layers(net)
    for name, array in tc.prediction_gradients(net, x, names, of=kind).items():
        own_ones = of_layer(found.features, name)
        for k in (0, 2):
            mean = array[rows, t][t == k].mean(axis=0)
            norms = np.sqrt((mean ** 2).reshape(array.shape[2], -1).sum(axis=1))
            np.testing.assert_allclose(found.scores[k, own_ones], norms, 1e-10)
    predicted = gradient_of_predicted(net, x, t, layers)
    by_hand = tc.convolutional_gradients(net, x, t, layers, of=kind, classes=net.predict(x))
    np.testing.assert_array_equal(predicted.scores, by_hand.scores)
    logit = MEASURES["gradient, logit"](net, x, t, layers).scores
    assert np.allclose(logit, found.scores, 1e-9, 0, equal_nan=True) == (kind == "logit")


def test_slopes_and_effects_are_those_of_gates(case):
    net, x, layers = case
    rows, h, intact = np.arange(N), 1e-6, net.forward(x).y
    slopes = gate_slopes(net, x, t, layers)
    effects = gate_effects(net, x, t, layers=layers)
    predicted, true = first_order_truth(net, x, t, 0.5, layers)
    for i, feature in enumerate(features_of(net, layers)):
        above, below = (one_gone(net, x, feature, 1 + s)[rows, t] for s in (h, -h))
        np.testing.assert_allclose(slopes[:, i], (above - below) / (2 * h), 1e-5, 1e-8)
        np.testing.assert_allclose(effects[:, i], (one_gone(net, x, feature) - intact)[rows, t],
                                   0, 1e-12)
        np.testing.assert_allclose(true[:, i], (one_gone(net, x, feature, 0.5) - intact)[rows, t],
                                   0, 1e-12)
    np.testing.assert_allclose(predicted, -0.5 * slopes)


def test_norms_are_those_of_the_arrays(case):
    net, x, layers = case
    trace, features = net.forward(x), features_of(net, layers)
    norms, filters = activation_norms(net, x, layers), filter_norm(net, x, t, layers)
    names = list(net.layers)
    for i, (layer, unit) in enumerate(features):
        np.testing.assert_allclose(norms[:, i], [np.linalg.norm(o) for o in trace[layer][:, unit]])
        W = next(net[n].params["W"] for n in names[names.index(layer)::-1] if "W" in net[n].params)
        own_weights = W[unit] if W.ndim == 4 else W[:, unit]
        np.testing.assert_allclose(filters.scores[[0, 2], i], np.linalg.norm(own_weights))


def test_the_conductances_of_a_layer_add_up(case):
    net, x, layers = case
    rows, features = np.arange(N), features_of(net, layers)
    whole = (net.forward(x).y - net.forward(0 * x).y)[rows, t]
    found = conductances(net, x, t, layers, steps=200)
    for name in dict.fromkeys(layer for layer, _ in features):
        total = found[:, of_layer(features, name)].sum(axis=1)
        np.testing.assert_allclose(total, whole, 1e-2, 1e-3)


def test_before_the_activation_is_after_a_batch_norm():
    net, x = network(normalised)
    found = gradient_before_activation(net, x, t, ["relu1", "relu2", "conv3"])
    before = tc.convolutional_gradients(net, x, t, ["norm1", "conv2", "conv3"])
    np.testing.assert_array_equal(found.scores, before.scores)
    assert found.features == features_of(net, ["relu1", "relu2", "conv3"])
    both = gradient_before_activation(net, x, t, ["conv2", "relu2"])
    np.testing.assert_array_equal(both.scores[:, :3], both.scores[:, 3:])


def test_a_reranked_order_begins_with_the_strongest(case):
    net, x, layers = case
    features = features_of(net, layers)
    order = reranked_order(net, x[t == 2], 2, len(features), layers)
    assert sorted(order) == sorted(features)
    assert order[0] == MEASURES[PAPER](net, x, t, layers).strongest(2, 1)[0]


# --- knockouts --------------------------------------------------------------------------------

def test_curves_and_controls_are_the_network_without_the_features(case):
    net, x, layers = case
    scores = MEASURES[PAPER](net, x, t, layers)
    order, rng = scores.strongest(2, 4), np.random.default_rng(0)
    curve = tc.knockout_curve(net, x, t, order)
    for step in range(len(order) + 1):
        expected = net.forward(x, tc.knockout(order[:step])).y.argmax(axis=1)
        np.testing.assert_array_equal(curve[step], expected)
    control = LayerMatched(scores.features, 2, rng)
    control.measure(net, x, [order])
    labels = control.labels(order)
    for draw in range(2):
        for step, counts in enumerate(control.counts(order)):
            gone = net.forward(x, tc.knockout(control.removed(draw, counts))).y
            np.testing.assert_array_equal(labels[step, draw], gone.argmax(axis=1))
    [whole] = random_orders(scores.features, 1, rng)
    assert tc.knockout_curve(net, x, t, whole).shape == (len(scores.features) + 1, N)
    curves = tc.knockout_experiments(net, x, t, scores, [0, 2], strongest=2, weakest=3)
    assert [len(c.order) for c in curves] == [2, 3, 2, 3]


def test_means_are_those_of_maps_and_units(case):
    net, x, layers = case
    names, trace = layers or tc.feature_layers(net), net.forward(x)
    for name, means in map_means(net, x, names).items():
        np.testing.assert_allclose(means, np.moveaxis(trace[name], 1, 0).reshape(
            trace[name].shape[1], -1).mean(axis=1))


def test_mistakes_are_explained(case):
    net, x, layers = case
    y, features = net.forward(x).y, features_of(net, layers)
    found = mistakes(net, x, t, layers, nearly=0.1)
    assert found
    assert [m.lead for m in found] == sorted([m.lead for m in found], reverse=True)
    for m in found:
        assert (m.true, m.wrong) == (t[m.image], y[m.image].argmax() != t[m.image])
        rivals = [k for k in range(K) if k != m.true]
        assert m.other == max(rivals, key=lambda k: y[m.image, k])
        assert m.lead == pytest.approx(y[m.image, m.other] - y[m.image, m.true])
        assert m.features == features
        image = x[m.image:m.image + 1]
        for i, feature in enumerate(features):
            lead = {g: one_gone(net, image, feature, g)[0] for g in (0, 1 - 1e-6, 1 + 1e-6)}
            lead = {g: (row[m.other] - row[m.true], row.argmax()) for g, row in lead.items()}
            assert m.pushes[i] == pytest.approx((lead[1 + 1e-6][0] - lead[1 - 1e-6][0]) / 2e-6,
                                                rel=1e-4, abs=1e-7)
            assert m.effects[i] == pytest.approx(lead[0][0] - m.lead, abs=1e-12)
            assert m.repairs[i] == (lead[0][1] == m.true)


def test_of_large_outputs_the_rival_is_not_the_class_itself():
    net, x = network(without_softmax)
    net["dense"].params["b"][...] = [50, 10, 0]         # class 0 leads by far, and it is right
    found = mistakes(net, x, np.zeros(N, int), nearly=1000)
    assert [m.other for m in found] == [1] * N
    assert all(m.lead < -10 for m in found)


def test_checks_of_rankings(case):
    net, x, layers = case
    top = layers_from_the_top(net)
    assert top[0] == [name for name in net.layers if net[name].params][-1]
    mixed = shuffled_weights(net, top, np.random.default_rng(0))
    assert MEASURES[PAPER](mixed, x, t, layers).features == features_of(net, layers)
    every = tc.prediction_gradients(net, x, layers, of=None)
    profiles = [np.concatenate([np.linalg.norm(o[:, k].reshape(N, o.shape[2], -1), axis=2)
                                for o in every.values()], axis=1) for k in range(K)]
    by_hand = [consistency(profile, t, permutations=9) for profile in profiles]
    result = consistency(same_entry_profiles(net, x, layers), t, permutations=9)
    assert result.within == pytest.approx(np.mean([found.within for found in by_hand]))
    assert result.auc == pytest.approx(np.mean([found.auc for found in by_hand]))


# --- problematic units ------------------------------------------------------------------------

def test_statistics_of_all_activations(case):
    net, x, layers = case
    trace = net.forward(x)
    for unit in problematic_units(net, x, t, MEASURES[PAPER](net, x, t, layers)):
        name, number = unit.feature
        o = trace[name][:, number].reshape(N, -1)
        assert unit.mean_activation == pytest.approx(o.mean())
        assert unit.spread == pytest.approx(o.std(axis=0).mean(), rel=1e-5, abs=1e-7)
        kind = type(net[name])
        share = {tc.Tanh: abs(o) > 0.99, tc.Sigmoid: (o < 0.01) | (o > 0.99)}.get(kind, np.nan)
        assert unit.saturated == pytest.approx(np.mean(share), nan_ok=True)     # NaN: no limits
        gone = one_gone(net, x, unit.feature).argmax(axis=1)
        assert unit.alone == pytest.approx((gone != t).mean() - (trace.y.argmax(1) != t).mean())


def test_dead_relu_saturated_sigmoid_and_what_is_not_judged():
    net, x = network(colour)
    net["conv1"].params["b"][1:3] = -100, 100
    units = {u.feature: u for u in problematic_units(net, x, t, MEASURES[PAPER](net, x, t))}
    assert "dead" in units["relu1", 1].verdict
    assert not any("saturated" in u.verdict for u in units.values())
    assert "dead" not in units["relu1", 2].verdict
    net, x = network(deep_perceptron)
    net["dense1"].params["W"][:, 2] = net["dense1"].params["b"][2] = 0
    net["dense1"].params["W"][0, 2] = 1                 # the first pixel decides
    net["norm1"].params["gamma"][2], net["norm1"].params["beta"][2] = 300, -150
    units = {u.feature: u for u in problematic_units(net, x, t, MEASURES[PAPER](net, x, t))}
    assert "saturated" in units["act1", 2].verdict
    net, x = network(own)
    units = problematic_units(net, x, t, MEASURES[PAPER](net, x, t))
    assert not any("saturated" in u.verdict or "active" in u.verdict for u in units)


def test_a_network_that_has_learnt_nothing_is_no_error():
    net, x = network(perceptron)
    net["dense2"].params["W"][...] = 0                  # every gradient is 0
    units = problematic_units(net, x, t, MEASURES[PAPER](net, x, t))
    assert [unit.gradient for unit in units] == [0] * 5


# --- pruning ----------------------------------------------------------------------------------

@pytest.mark.parametrize(("build", "removed"), [
    (colour, [("relu1", 0), ("relu1", 3), ("relu2", 2)]), (colour, [("conv1", 1), ("pool1", 2)]),
    (five, [("tanh1", 0), ("tanh3", 2), ("tanh5", 1), ("act", 3)]),
    (perceptron, [("tanh1", 0), ("tanh1", 4)]), (perceptron, [("dense1", 2)]),
    (perceptron, []), (deep_perceptron, [("act1", 1), ("act2", 0), ("act2", 3)]),
    (deep_perceptron, [("dense1", 1), ("norm1", 3), ("norm2", 2)]),
    (without_softmax, [("tanh1", 3)]),
    (normalised, [("relu1", 0), ("relu2", 1), ("act3", 2), ("tanh4", 0), ("tanh4", 3)]),
    (normalised, [("conv1", 2), ("norm2", 0), ("conv3", 0), ("dense4", 1)]),
    (normalised, [("relu2", 0), ("relu2", 2), ("norm2", 0)]),
    (fully_convolutional, [("tanh1", 0)]), (own, [("mine1", 1), ("mine2", 0)])])
def test_a_pruned_network_does_what_knocking_out_does(build, removed):
    net, x = network(build)
    small = pruned(net, removed)
    np.testing.assert_allclose(small.forward(x).y, net.forward(x, tc.knockout(removed)).y, 1e-9)
    assert len(small.params) == len(net.params)
    weights = [name for name in net.layers if "W" in net[name].params]
    gone = len(features_of(net, weights)) - len(features_of(small, weights))
    assert gone == len({(weights_before(net, name), unit) for name, unit in removed})
    assert not any(np.shares_memory(net.params[name], w) for name, w in small.params.items())


def test_before_it_is_frozen_a_network_can_be_pruned_too():
    """To train it again: the batch norm of the maps that are left is that of the whole network."""
    net = tc.Network((1, 8, 8), conv1=tc.Conv2D(1, 4, 3), norm1=tc.BatchNorm(4), relu1=tc.ReLU(),
                     conv2=tc.Conv2D(4, 3, 3), relu2=tc.ReLU(), norm2=tc.BatchNorm(3),
                     flatten=tc.Flatten(), dense=tc.Dense(48, K),
                     softmax=tc.Softmax()).astype(np.float64)
    rng = np.random.default_rng(1)
    for w in net.params.values():
        w += rng.normal(size=w.shape) / 3
    x, removed = rng.random((5, 1, 8, 8)), [("relu1", 2), ("relu2", 0)]
    np.testing.assert_allclose(pruned(net, removed).forward(x).y,
                               net.forward(x, tc.knockout(removed)).y, 1e-9)


def test_all_that_can_be_removed_can_be_pruned(case):
    net, x, layers = case
    order = overall_order(MEASURES[PAPER](net, x, t, layers))
    removed = [f for f in first_removable(order, 5)
               if (f[0], net.logits_layer) != ("conv2", "flatten")]
    np.testing.assert_allclose(pruned(net, removed).forward(x).y,
                               net.forward(x, tc.knockout(removed)).y, 1e-9)


@pytest.mark.parametrize(("build", "removed", "words"), [
    (fully_convolutional, [("conv2", 0)], "outputs"), (perceptron, [("dense2", 1)], "outputs"),
    (perceptron, [("tanh1", i) for i in range(5)], "no map or unit of dense1 is left"),
    (perceptron, [("flatten", 0)], "'flatten' flattens them"),
    (normalised, [("flatten", 3)], "'flatten' flattens them")])
def test_what_cannot_be_pruned_is_said(build, removed, words):
    with pytest.raises(ValueError, match=words):
        pruned(network(build)[0], removed)


def test_a_map_that_is_not_0_in_a_padded_convolution_cannot_be_pruned():
    net = tc.Network((1, 6, 6), conv1=tc.Conv2D(1, 2, 3), relu1=tc.ReLU(), norm=FrozenBatchNorm(2),
                     conv2=tc.Conv2D(2, 2, 3, padding=1), flatten=tc.Flatten(),
                     dense=tc.Dense(32, 2))
    net["norm"].params["beta"][...] = 1
    with pytest.raises(ValueError, match=r"'conv2'.* padding is: no bias"):
        pruned(net, [("relu1", 0)])
    net["norm"].params["beta"][...] = 0
    assert pruned(net, [("relu1", 0)])["conv2"].params["W"].shape == (2, 1, 3, 3)


# --- what is refused --------------------------------------------------------------------------

CALLS = {
    **{name: lambda net, x, t, m=measure: m(net, x, t) for name, measure in MEASURES.items()},
    "mistakes": mistakes, "gate_effects": gate_effects, "class_gradients": tc.class_gradients,
    "convolutional_gradients": lambda net, x, t: tc.convolutional_gradients(net, x, t, of=None)}


@pytest.mark.parametrize("call", CALLS)
def test_softmax_regression_has_no_units_to_rank(call):
    net = tc.Network((1, 4, 3), flatten=tc.Flatten(), dense=tc.Dense(12, K), softmax=tc.Softmax())
    with pytest.raises(ValueError, match="no convolution and no hidden layer"):
        CALLS[call](net, np.ones((N, 1, 4, 3)), t)


@pytest.mark.parametrize("labels", [t // 2, 0 * t])
@pytest.mark.parametrize("call", CALLS)
def test_one_output_is_not_an_output_for_each_of_two_labels(call, labels):
    net = tc.Network((1, 4, 3), flatten=tc.Flatten(), dense1=tc.Dense(12, 4), tanh1=tc.Tanh(),
                     dense2=tc.Dense(4, 1), sigmoid=tc.Sigmoid())
    if call == "class_gradients":
        call_it = lambda net, x, t: tc.class_gradients(net, x, t, of=None)      # noqa: E731
    else:
        call_it = CALLS[call]
    words = r"one.*label 0.*Dense\(..., 2\), and a Softmax|a network with too few outputs"
    with pytest.raises(tc.ShapeError, match=words):
        call_it(net, np.random.default_rng(0).random((N, 1, 4, 3)), labels)


def test_one_output_can_be_knocked_out_and_asked_for_its_gradient():
    net = tc.Network((1, 4, 3), flatten=tc.Flatten(), dense1=tc.Dense(12, 4), tanh1=tc.Tanh(),
                     dense2=tc.Dense(4, 1), sigmoid=tc.Sigmoid()).astype(np.float64)
    x, order = np.random.default_rng(0).normal(size=(20, 1, 4, 3)), [("tanh1", 2), ("tanh1", 0)]
    labels = tc.knockout_curve(net, x, np.zeros(20), order)
    for step in range(3):
        y = net.forward(x, tc.knockout(order[:step])).y[:, 0]
        np.testing.assert_array_equal(labels[step], y > 0.5)
    assert set(labels.ravel()) == {0, 1}
    assert tc.prediction_gradients(net, x, of=None)["tanh1"].shape == (20, 1, 4)


@pytest.mark.parametrize("call", [
    *CALLS.values(), lambda net, x, t: tc.knockout_curve(net, x, t, [("relu1", 0)]),
    lambda net, x, t: map_means(net, x, ["relu1"]), lambda net, x, t: activation_norms(net, x),
    gate_slopes, conductances, lambda net, x, t: same_entry_profiles(net, x),
    lambda net, x, t: features_of(net),
    lambda net, x, t: reranked_order(net, x, 0, 2),
    lambda net, x, t: problematic_units(net, x, t, tc.FeatureScores(np.ones((K, 1)),
                                                                   (("relu1", 0),)))])
def test_a_network_that_mixes_its_images_is_refused(call):
    net = tc.Network((1, 6, 6), conv1=tc.Conv2D(1, 4, 3), norm1=tc.BatchNorm(4), relu1=tc.ReLU(),
                     flatten=tc.Flatten(), dense=tc.Dense(64, K), softmax=tc.Softmax())
    x = np.random.default_rng(0).random((N, 1, 6, 6))
    with pytest.raises(ValueError, match=r"BatchNorm.*net.frozen\(x\)"):
        call(net, x, t)
    call(net.frozen(x), x, t)


@pytest.mark.parametrize(("layers", "words"), [
    (["flatten"], "'flatten' flattens them"), (["input"], "'input' has no weights"),
    ("tanh9", "no layer 'tanh9'"), ([], "none given")])
def test_layers_that_cannot_be_ranked_are_refused(layers, words):
    net, x = network(without_softmax)
    for name in ("activation", "filter", "knockout alone", "greedy knockout", "random"):
        with pytest.raises((ValueError, KeyError), match=words):
            MEASURES[name](net, x, t, layers)

