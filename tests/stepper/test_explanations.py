"""Every explanation adds up to the number in the pass, and agrees with the nudge."""

import numpy as np
import pytest
from stepper_nets import every_kind, images

import tinycnn as tc

LAYERS = ["input", *every_kind().layers]
PARAMS = list(every_kind().params)


def some_indices(shape, n, seed):
    rng = np.random.default_rng(seed)
    return [tuple(int(rng.integers(size)) for size in shape) for _ in range(n)]


def assert_adds_up(explanation, tolerance=1e-9):
    """Each result with an expected number is equal to it, to 1e-9 of its terms."""
    held = 0
    for a_sum in explanation.sums:
        for result in a_sum.results:
            if result.expected is not None:
                size = max(abs(result.expected), result.scale, 1e-300)
                assert abs(result.value - result.expected) <= tolerance * size, result
                held += 1
    return held


@pytest.fixture(scope="module", params=["intact", "gated"])
def done(request):
    """A stepper after its last step, with and without knocked out and damaged maps."""
    stepper = tc.Stepper(every_kind(), *images())
    if request.param == "gated":
        for layer, unit, factor in (("tanh1", 1, 0.5), ("conv2", 2, 0), ("dense3", 4, 0),
                                    ("pool2", 0, 2.0), ("tanh3", 3, 0.25)):
            stepper.knock(layer, unit, factor)
    stepper.run()
    return stepper


@pytest.mark.parametrize("layer", LAYERS)
def test_units_of_every_kind_of_layer(done, layer):
    shape = done.trace[layer].shape
    for unit in some_indices(shape, 12, seed=LAYERS.index(layer)):
        explanation = done.explain(layer, unit)
        assert explanation.value == done.trace[layer][unit]
        held = assert_adds_up(explanation)
        assert held >= {"input": 2, "softmax": 3}.get(layer, 3), explanation.text
        assert explanation.nudge.gradient == done.gradients[layer][unit]
        # A ReLU's zeros are ties in the pool after it, and a map that is knocked out before a ReLU
        # is at its bend. L has a kink there, and nowhere else.
        possible = {"agrees"}
        if explanation.value == 0 and layer in ("relu2", "conv2"):
            possible = {"agrees", "kink"}
        assert explanation.nudge.verdict in possible, explanation.text
        assert explanation.ok


@pytest.mark.parametrize("name", PARAMS)
def test_parameters_of_every_kind_of_layer(done, name):
    for index in some_indices(done.net.params[name].shape, 8, seed=PARAMS.index(name)):
        explanation = done.explain(name, index)
        assert explanation.value == done.net.params[name][index]
        assert assert_adds_up(explanation) == 2         # its gradient, and its update
        assert explanation.nudge.gradient == done.parameter_gradients[name][index]
        assert explanation.nudge.verdict == "agrees", explanation.text


def test_the_terms_of_a_convolution_are_its_window(done):
    """Compared with an independent count: the weights of the filter that are inside the image."""
    (first,) = done.explain("conv1", (0, 1, 0, 3)).parts[0].sums
    names = {(first.factors[0].name(i), first.factors[1].name(i)) for i in range(len(first.terms))}
    # stride (2, 1), padding (1, 0): row 0 looks at image rows -1, 0, 1 and columns 3, 4
    assert names == {(f"conv1.W[1,{c},{i},{j}]", f"input[0,{c},{i - 1},{3 + j}]")
                     for c in range(2) for i in (1, 2) for j in (0, 1)}


def test_the_largest_terms_come_first_and_the_rest_is_summed(done):
    (a_sum,) = done.explain("dense3", (1, 2)).parts[0].sums
    order = a_sum.order()
    sizes = np.abs(a_sum.terms[order])
    assert len(order) == 8
    assert (np.diff(sizes) <= 0).all()
    n, rest = a_sum.rest()
    assert n == np.count_nonzero(a_sum.terms) - 8
    assert sum(a_sum.terms[order]) + rest == pytest.approx(a_sum.terms.sum(), rel=1e-12)


def test_a_tanh_behind_a_sum_is_explained_with_the_sum():
    stepper = tc.Stepper(every_kind(), *images())
    stepper.run("forward tanh1")
    text = stepper.explain("tanh1", (0, 1, 2, 3)).text
    assert "o = tanh(b + Σ w·o')" in text
    assert "conv1.W[1," in text
    assert "= s" in text
    assert "o = tanh(s)" in text
    assert "has not reached it yet" in text
    assert "until backward pool1" in text


def test_all_classes_are_in_the_sum_over_classes(done):
    parts = done.explain("tanh1", (2, 0, 3, 3)).parts
    (by_class,) = next(part for part in parts if "classes" in part.heading).sums
    assert len(by_class.terms) == 5
    dy_do = tc.prediction_gradients(done.net, done.trace["input"], ["tanh1"])["tanh1"]
    if not done.gates:
        assert np.allclose(by_class.factors[1].values, dy_do[2, :, 0, 3, 3], 1e-12, 1e-15)


def test_a_pool_says_who_won_and_who_gets_nothing(done):
    text = done.explain("pool1", (0, 0, 1, 1)).text
    window = done.trace["tanh1"][0, 0, 2:5, 2:5]
    row, column = np.unravel_index(window.argmax(), (3, 3))
    winner = f"tanh1[0,0,{2 + row},{2 + column}]"
    lines = [line for line in text.splitlines() if line.strip().startswith("tanh1[0,0,")][:9]
    assert len(lines) == 9
    for line in lines:
        assert ("won, gets all" in line) == (winner in line)
        assert ("gets nothing" in line) == (winner not in line)


def test_equal_values_are_said_to_be_so():
    net = tc.Network(pool=tc.MaxPool2D(2), flatten=tc.Flatten(), dense=tc.Dense(1, 2, rng=0),
                     softmax=tc.Softmax())
    stepper = tc.Stepper(net, np.ones((1, 1, 2, 2)), np.array([0]))
    stepper.run()
    explanation = stepper.explain("pool", (0, 0, 0, 0))
    assert "3 more of the same value" in explanation.text
    lower = stepper.explain("input", (0, 0, 0, 0))
    assert lower.nudge.verdict == "kink"
    assert lower.ok
    assert "kink" in lower.text


def test_a_softmax_gives_the_row_of_its_jacobian(done):
    share, jacobian = done.explain("softmax", (1, 3)).parts[0].sums
    y = done.trace.ungated["softmax"][1]
    assert np.allclose(jacobian.terms, y[3] * (np.eye(5)[3] - y), 1e-12)
    assert share.results[-1].value == pytest.approx(y[3], rel=1e-12)


def test_the_loss_is_the_mean_over_the_images(done):
    explanation = done.explain("L")
    assert assert_adds_up(explanation) == 1
    assert len(explanation.sums[0].terms) == 3


def test_one_image_needs_no_index_of_the_image():
    x, t = images(1)
    stepper = tc.Stepper(every_kind(), x, t)
    stepper.run()
    assert stepper.explain("tanh1", (1, 2, 3)).name == "tanh1[0,1,2,3]"
    assert stepper.explain("tanh1[1,2,3]").name == "tanh1[0,1,2,3]"
    assert stepper.explain("dL/dtanh1[0,1,2,3]").name == "tanh1[0,1,2,3]"
    assert stepper.explain("y", (2,)).name == "softmax[0,2]"


@pytest.mark.parametrize(("where", "part"), [
    ("tanh1[0,3,0,0]", "no such index; tanh1 has image 0 to 2, map 0 to 2"),
    ("tanh1[0,1,3:3,0]", "no such index|holds no number"),
    ("tanh1[0,a,0,0]", "'a' is not an index"),
    ("tahn1[0,0,0,0]", "did you mean tanh1"),
    ("conv1.W[9,0,0,0]", "filter 0 to 2, channel 0 to 1, row 0 to 2, column 0 to 1"),
    ("t[0]", "t holds the labels"),
])
def test_a_wrong_index_says_what_is_possible(done, where, part):
    with pytest.raises(ValueError, match=part.replace("[", r"\[")):
        done.explain(where)


def test_an_unsaturated_loss_is_checked_even_where_y_is_almost_1():
    """A trained network's gradients are small; the check must still work."""
    net = every_kind()
    x, t = images()
    tc.train(net, x, t, epochs=200, batch_size=3)
    stepper = tc.Stepper(net, x, t)
    stepper.run()
    assert stepper.loss < 0.02
    n = 0
    for layer in ("conv1", "tanh1", "conv2", "dense3"):
        for unit in some_indices(stepper.trace[layer].shape, 10, seed=3):
            explanation = stepper.explain(layer, unit)
            assert explanation.ok, explanation.text
            n += explanation.nudge.verdict == "agrees"
    assert n >= 30


def newer_kinds(dtype=np.float64):
    """Batch norms of maps and rows, fixed ones, sigmoids, average-pools that overlap or are whole.
    """
    rng = np.random.default_rng(0)
    net = tc.Network(
        (2, 13, 11), conv1=tc.Conv2D(2, 3, (3, 2), rng=rng), norm1=tc.BatchNorm(3),
        sigmoid1=tc.Sigmoid(), pool1=tc.AvgPool2D(3, 2), conv2=tc.Conv2D(3, 4, 2, rng=rng),
        norm2=tc.FrozenBatchNorm(4), relu2=tc.ReLU(), whole=tc.AvgPool2D(None),
        flatten=tc.Flatten(), dense3=tc.Dense(4, 6, rng=rng), norm3=tc.BatchNorm(6),
        tanh3=tc.Tanh(), dense4=tc.Dense(6, 5, rng=rng), softmax=tc.Softmax()).astype(dtype)
    for w in net.params.values():
        w += rng.normal(0, 0.2, w.shape).astype(dtype)
    return net


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sums_of_batch_norms_sigmoids_and_average_pools(dtype):
    stepper = tc.Stepper(newer_kinds(dtype), *images())
    stepper.run()
    for seed, layer in enumerate(stepper.net.layers):
        for unit in some_indices(stepper.trace[layer].shape, 6, seed):
            explanation = stepper.explain(layer, unit)
            assert explanation.ok, explanation.text
            assert explanation.nudge.verdict in ("agrees", "rounded"), explanation.text
            if dtype == np.float64:     # but for the classes: other images are moved, too
                for a_sum in (explanation.parts[0].sums[0], explanation.parts[-1].sums[-1]):
                    assert all(result.same and result.expected is not None
                               for result in a_sum.results[-1:]), explanation.text
    for seed, name in enumerate(stepper.net.params):
        for index in some_indices(stepper.net.params[name].shape, 4, seed):
            assert stepper.explain(name, index).ok


def test_a_batch_norm_shows_its_mean_its_variance_and_three_ways():
    stepper = tc.Stepper(newer_kinds(), *images())
    stepper.run()
    value, mean, variance = stepper.explain("norm3", (1, 2)).parts[0].sums
    o = stepper.trace["dense3"][:, 2]
    assert mean.results[0].value == pytest.approx(o.mean(), rel=1e-12)
    assert variance.results[0].value == pytest.approx(o.var(), rel=1e-12)
    z = (o[1] - o.mean()) / np.sqrt(o.var() + 1e-5)
    assert value.factors[1].values[0] == pytest.approx(z, rel=1e-12)
    fed = stepper.explain("dense3", (1, 2)).parts[-1].sums[0]
    assert len(fed.terms) == 3
    assert fed.results[0].value == pytest.approx(stepper.gradients["dense3"][1, 2], rel=1e-9)


def test_a_sigmoid_is_saturated_at_both_ends():
    for sign in (-1, 1):
        net = tc.Network((1, 2, 2), flatten=tc.Flatten(), dense=tc.Dense(4, 3, rng=0),
                         sigmoid=tc.Sigmoid(), out=tc.Dense(3, 2, rng=0), softmax=tc.Softmax())
        net["dense"].params["b"][...] = 30 * sign
        stepper = tc.Stepper(net, np.ones((2, 1, 2, 2)), np.array([0, 1]))
        stepper.run()
        (said,) = [str(one) for one in stepper.troubles() if "saturated" in str(one)]
        assert "|o - 0.5| > 0.49 in 100% of its units" in said
