"""Sigmoid, average pools, batch norms and init= against PyTorch in float64 (extra `oracle`)."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn import loops
from tinycnn.network.pytorch import from_torch, to_torch

torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")
nn, F = torch.nn, torch.nn.functional


def batch_norm(eps):
    def forward(x, gamma, beta):
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)
    return forward


def frozen(x, gamma, beta):
    zeros, ones = torch.zeros_like(gamma), torch.ones_like(gamma)
    return F.batch_norm(x, zeros, ones, gamma, beta, eps=0)


CASES = {       # the layer, the shape of x, what PyTorch computes from x and the parameters
    "sigmoid of maps": (lambda m: m.Sigmoid(), (2, 3, 5, 4), torch.sigmoid),
    "sigmoid of rows": (lambda m: m.Sigmoid(), (3, 7), torch.sigmoid),
    "mean of 2 x 2": (lambda m: m.AvgPool2D(2), (2, 3, 7, 8), lambda x: F.avg_pool2d(x, 2)),
    "mean with gaps": (lambda m: m.AvgPool2D(2, 3), (2, 1, 9, 11), lambda x: F.avg_pool2d(x, 2, 3)),
    "overlapping means": (lambda m: m.AvgPool2D(3, 1), (2, 2, 6, 5),
                          lambda x: F.avg_pool2d(x, 3, 1)),
    "rectangular means": (lambda m: m.AvgPool2D((3, 2), (2, 1)), (1, 4, 8, 5),
                          lambda x: F.avg_pool2d(x, (3, 2), (2, 1))),
    "mean of the map": (lambda m: m.AvgPool2D(None), (3, 4, 5, 7),
                        lambda x: F.adaptive_avg_pool2d(x, 1)),
    "batch norm of maps": (lambda m: m.BatchNorm(3), (4, 3, 5, 2), batch_norm(1e-5)),
    "batch norm of one image": (lambda m: m.BatchNorm(2), (1, 2, 3, 4), batch_norm(1e-5)),
    "batch norm of rows": (lambda m: m.BatchNorm(6, eps=0.1), (5, 6), batch_norm(0.1)),
    "frozen, maps": (lambda m: m.FrozenBatchNorm(3), (2, 3, 4, 5), frozen),
    "frozen, rows": (lambda m: m.FrozenBatchNorm(4), (3, 4), frozen),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("module", [tc, loops], ids=["tinycnn", "loops"])
def test_output_and_all_gradients_agree(name, module):
    make, shape, theirs = CASES[name]
    rng = np.random.default_rng(len(name))
    layer = make(module)
    layer.params = {key: rng.normal(size=w.shape) for key, w in layer.params.items()}
    x = 3 * rng.normal(size=shape) + 1
    y, cache = layer.forward(x)
    dy = rng.normal(size=y.shape)
    arrays = {"x": torch.tensor(x, requires_grad=True)} | {
        key: torch.tensor(w, requires_grad=True) for key, w in layer.params.items()}
    expected = theirs(*arrays.values())
    expected.backward(torch.tensor(dy))
    np.testing.assert_allclose(y, expected.detach(), 1e-9, 1e-12)
    ours = {"x": layer.backward(dy, cache)} | layer.parameter_gradients(dy, cache)
    assert ours.keys() == arrays.keys()
    for key, array in arrays.items():
        np.testing.assert_allclose(ours[key], array.grad, 1e-9, 1e-10, err_msg=key)


@pytest.mark.parametrize(("make", "fan_in"), [
    (lambda **init: tc.Conv2D(8, 100, (3, 5), rng=4, **init), 8 * 3 * 5),
    (lambda **init: tc.Dense(150, 90, rng=5, **init), 150)], ids=["conv", "dense"])
def test_initial_weights_have_the_deviation_of_pytorchs(make, fan_in):
    he, own = make(init="he").params["W"], make(init=0.3).params["W"]
    torch.manual_seed(0)
    theirs = nn.init.kaiming_normal_(
        torch.empty(*(he.shape if he.ndim == 4 else he.T.shape)), nonlinearity="relu")
    n = he.size     # the deviation of n normal numbers is known to 1/√(2n); 5 of these
    tolerance = 5 / np.sqrt(2 * n)
    assert he.dtype == own.dtype == np.float32
    assert he.std() == pytest.approx(np.sqrt(2 / fan_in), rel=tolerance)
    assert he.std() == pytest.approx(float(theirs.std()), rel=2 * tolerance)
    assert own.std() == pytest.approx(0.3, rel=tolerance)
    for W in (he, own):
        assert abs(W.mean()) < 5 * W.std() / np.sqrt(n)
        # Normal and not uniform: the fourth moment is 3 and not 9/5.
        assert (W.astype(np.float64) ** 4).mean() / W.std() ** 4 == pytest.approx(3, rel=0.15)
    np.testing.assert_array_equal(make(init="he").params["W"], he)
    np.testing.assert_allclose(make(init=0.6).params["W"], 2 * own, 1e-6)
    assert make(init="glorot").params["W"].tobytes() == make().params["W"].tobytes()


def a_network_with_batch_norms():
    rng = np.random.default_rng(8)
    net = tc.Network(
        (2, 8, 7), conv1=tc.Conv2D(2, 4, 3, rng=rng), norm1=tc.BatchNorm(4), relu1=tc.ReLU(),
        pool1=tc.AvgPool2D(2), flatten=tc.Flatten(), dense2=tc.Dense(24, 6, rng=rng),
        norm2=tc.BatchNorm(6, eps=0.01), sigmoid2=tc.Sigmoid(), dense3=tc.Dense(6, 3, rng=rng),
        softmax=tc.Softmax()).astype(np.float64)
    for w in net.params.values():
        w += rng.normal(0, 0.3, w.shape)
    return net, 2 * rng.normal(size=(70, 2, 8, 7)) + 1


def test_frozen_is_pytorchs_average_over_all_images_in_one_batch():
    """momentum=None makes PyTorch's running mean that of its one batch.

    Its running variance is divided by n - 1, ours by n: that factor is put right here.
    """
    net, x = a_network_with_batch_norms()
    model = to_torch(net)
    counts = {"norm1": 70 * 6 * 5, "norm2": 70}
    for name in counts:
        old = getattr(model, name)
        new = type(old)(old.num_features, eps=old.eps, momentum=None).double()
        new.weight, new.bias = old.weight, old.bias
        setattr(model, name, new)
    model.train()(torch.tensor(x))
    for name, n in counts.items():
        getattr(model, name).running_var *= (n - 1) / n
    # In training mode the second norm has seen what the first one, with the batch's own mean and
    # variance, gave it. So has ours: the first norm is fixed before the second looks.
    frozen_net, few = net.frozen(x), x[:5]
    expected = model.eval()(torch.tensor(few)).detach().numpy()
    np.testing.assert_allclose(frozen_net.forward(few).y, expected, 1e-9, 1e-12)
    theirs = from_torch(model).params
    for ours, w in zip(frozen_net.params.values(), theirs.values(), strict=True):
        np.testing.assert_allclose(ours, w, 1e-9, 1e-12)
