"""The slope to zero: what it is, that a saturated unit does not hide from it, and the 2 x 2."""

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis.activity import gate_slopes
from tinycnn.analysis.measures import MEASURES
from tinycnn.analysis.secant import secant, with_secants
from tinycnn.gradients import with_rules

Z = np.array([[-200.0, -30, -9, -3, -0.7, -1e-3, 1e-3, 0.02, 0.4, 5, 17, 88]])


def softplus(z):
    return np.log1p(np.exp(-abs(z))) + np.maximum(z, 0)


class Softplus:
    """A student's own activation, with f(0) = log 2."""

    params = {}         # noqa: RUF012

    def forward(self, x):
        return softplus(x), x

    def backward(self, dy, cache):
        return dy * (1 + np.tanh(cache / 2)) / 2


WITH_ZERO = np.concatenate([Z, [[0.0]]], axis=1)      # the slope there has its own test


def slope_of(layer, z):
    y, cache = layer.forward(z)
    return secant(layer, z, y, np.ones_like(z), cache)


# --- the rule ---------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_of_tanh_it_is_tanh_of_z_over_z_even_where_tanh_is_1(dtype):
    z = Z.astype(dtype)
    found = slope_of(tc.Tanh(), z)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, np.tanh(Z) / Z, 3e-7)
    assert np.tanh(dtype(88)) == 1


@pytest.mark.parametrize(("layer", "f"), [
    (tc.Sigmoid(), lambda z: 1 / (1 + np.exp(-z))), (tc.ReLU(), lambda z: np.maximum(z, 0)),
    (Softplus(), softplus)])
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 6e-4), (np.float64, 1e-12)])
def test_of_others_it_is_the_difference_quotient(layer, f, dtype, rtol):
    expected = (f(Z) - f(0 * Z)) / Z
    found = slope_of(layer, WITH_ZERO.astype(dtype))[:, :-1]
    np.testing.assert_allclose(found, expected, rtol, 1e-15)


@pytest.mark.parametrize("layer", [tc.Tanh(), tc.Sigmoid(), tc.ReLU(), Softplus()])
@pytest.mark.parametrize(("dtype", "near"), [(np.float32, 1e-4), (np.float64, 1e-9)])
def test_at_zero_it_is_the_tangent(layer, dtype, near):
    z = np.array([[0, near, -near, 1e-30]], dtype)
    _, cache = layer.forward(z)
    tangent = layer.backward(np.ones_like(z), cache)
    np.testing.assert_allclose(slope_of(layer, z), tangent, 1e-3 if dtype == np.float32 else 1e-8)


def test_each_unit_and_each_gradient_has_its_own_slope():
    rng = np.random.default_rng(0)
    z, dy = rng.normal(size=(2, 3, 5, 4)) * 3, rng.normal(size=(2, 3, 5, 4))
    y, cache = tc.Tanh().forward(z)
    found = secant(tc.Tanh(), z, y, dy, cache)
    for i in np.ndindex(*z.shape):
        assert found[i] == pytest.approx(dy[i] * np.tanh(z[i]) / z[i], rel=1e-12)


# --- the measures -----------------------------------------------------------------------------

def dense_net():
    """12 pixels, 5 tanh units, 4 sigmoids, 3 classes, without and with biases."""
    rng = np.random.default_rng(3)
    net = tc.Network((1, 4, 3), flatten=tc.Flatten(), dense1=tc.Dense(12, 5), act1=tc.Tanh(),
                     dense2=tc.Dense(5, 4), act2=tc.Sigmoid(), dense3=tc.Dense(4, 3),
                     softmax=tc.Softmax()).astype(np.float64)
    for w in net.params.values():
        w[...] = rng.normal(size=w.shape)
    t = np.array([0, 2, 2, 0, 0, 2, 0])
    return net, rng.random((len(t), 1, 4, 3)), t


def test_the_four_measures_by_hand():
    """One product of matrices for each slope, written out for two layers of units."""
    net, x, t = dense_net()
    z1 = x.reshape(len(t), 12) @ net["dense1"].params["W"] + net["dense1"].params["b"]
    z2 = np.tanh(z1) @ net["dense2"].params["W"] + net["dense2"].params["b"]
    o1, o2 = np.tanh(z1), 1 / (1 + np.exp(-z2))
    slope = {"tangent": o2 * (1 - o2), "secant": (o2 - 0.5) / z2}
    names = {("tangent", False): "gradient, logit", ("secant", False): "secant",
             ("tangent", True): "gradient x activation, logit",
             ("secant", True): "secant x activation"}
    for (kind, product), name in names.items():
        g2 = net["dense3"].params["W"].T[t]
        g1 = (g2 * slope[kind]) @ net["dense2"].params["W"].T
        found = MEASURES[name](net, x, t)
        assert found.features[0] == ("act1", 0)
        assert found.features[-1] == ("act2", 3)
        o, g = np.concatenate([o1, o2], axis=1), np.concatenate([g1, g2], axis=1)
        for k in (0, 2):
            own = t == k
            expected = abs(o * g)[own].mean(axis=0) if product else abs(g[own].mean(axis=0))
            np.testing.assert_allclose(found.scores[k], expected, 1e-12)
        assert np.isnan(found.scores[1]).all()


def test_without_biases_the_maps_of_a_layer_share_out_the_logit():
    """Also at the input, where the sum of image · gradient is the logit."""
    net, rng = small_net(), np.random.default_rng(5)
    for name, w in net.params.items():
        if name.endswith("b"):
            w[...] = 0
    x, t = rng.normal(size=(9, 1, 11, 9)) * 3, np.arange(9) % 4
    logit = net.forward(x).logits[np.arange(9), t]
    names = ["tanh1", "pool1", "relu2", "tanh3"]
    slopes = gate_slopes(with_secants(net), x, t, names[:1] + names[2:], of="logit")
    for columns in (slice(0, 3), slice(3, 5), slice(5, 10)):
        np.testing.assert_allclose(slopes[:, columns].sum(axis=1), logit, 1e-12)
    assert not np.allclose(gate_slopes(net, x, t, ["tanh1"], of="logit").sum(axis=1), logit, 0.1)


def test_of_one_layer_of_units_the_product_is_what_taking_all_input_away_costs():
    """f(z) - f(0) of each unit, times what reads it: the change is large, and it is exact."""
    net, x, t = dense_net()
    gone = tc.Network(dense3=net["dense3"], softmax=net["softmax"])
    ruled, trace = with_secants(net), net.forward(x)
    seed = np.eye(3)[t]
    back = ruled.backward(ruled.forward(x), seed, "logit")["dense2"]
    at_zero = gone.forward(np.full((len(t), 4), 0.5)).logits
    np.testing.assert_allclose((back * trace["dense2"]).sum(axis=1),
                               ((trace.logits - at_zero) * seed).sum(axis=1), 1e-12)


def test_a_network_without_a_softmax_is_asked_for_its_output():
    net, x, t = dense_net()
    bare = tc.Network(net.input_shape, **{name: net[name] for name in list(net.layers)[:-1]})
    for name in ("secant", "secant x activation", "gradient x activation, logit", "LRP"):
        np.testing.assert_array_equal(MEASURES[name](bare, x, t).scores,
                                      MEASURES[name](net, x, t).scores)


def test_float32_ranks_as_float64_where_all_units_are_saturated():
    """Sums of about 300: every tanh is 1 in float32, and the tangent is exactly 0."""
    rng = np.random.default_rng(2)
    net = small_net(dtype=np.float32)
    net["conv1"].params["W"] *= 1000
    x, t = rng.random((8, 1, 11, 9)).astype(np.float32), np.arange(8) % 4
    assert (abs(net.forward(x)["tanh1"]) == 1).mean() > 0.9
    for name in ("secant", "secant x activation", "LRP"):
        exact = MEASURES[name](net.astype(np.float64), x, t).scores
        np.testing.assert_allclose(MEASURES[name](net, x, t).scores, exact, 2e-5, 1e-7)


def test_only_activations_have_another_slope():
    net, rng = small_net(), np.random.default_rng(0)
    x, seed = rng.random((3, 1, 11, 9)), rng.normal(size=(3, 4))
    one_by_one = with_rules(net, {"tanh1": secant, "relu2": secant, "tanh3": secant})
    whole = with_secants(net)
    for of in ("prob", "logit"):
        a = whole.backward(whole.forward(x), seed, of)
        b = one_by_one.backward(one_by_one.forward(x), seed, of)
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])
