"""The measures with secants, relevance and shares, computed again in PyTorch by other code."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.analysis.measures import MEASURES
from tinycnn.analysis.relevance import relevances
from tinycnn.analysis.shares import gate_shares, shapley_value

torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")

F = torch.nn.functional
pytestmark = pytest.mark.usefixtures("one_thread")
N, K = 7, 3
T = np.array([2, 0, 2, 2, 0, 0, 0])         # no image of class 1
MAPS = (3, 2)                               # of the two convolutions


@pytest.fixture(scope="module")
def net():
    """Two channels, 11 x 8 pixels, strides, padding, windows that overlap, three activations."""
    rng = np.random.default_rng(0)
    net = tc.Network(
        (2, 11, 8), conv1=tc.Conv2D(2, 3, (2, 3), stride=(2, 1)), tanh1=tc.Tanh(),
        pool1=tc.MaxPool2D((3, 2), (1, 2)), conv2=tc.Conv2D(3, 2, 2, padding=(1, 0)),
        relu2=tc.ReLU(), pool2=tc.AvgPool2D(2, 1), flatten=tc.Flatten(), dense3=tc.Dense(6, 4),
        act3=tc.Sigmoid(), dense4=tc.Dense(4, K), softmax=tc.Softmax()).astype(np.float64)
    for w in net.params.values():
        w[...] = rng.normal(size=w.shape) * 0.9
    return net


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(1).normal(size=(N, 2, 11, 8))


class Secant(torch.autograd.Function):
    """An activation f whose derivative is (f(z) - f(0)) / z."""

    @staticmethod
    def forward(ctx, z, f):
        ctx.save_for_backward((f(z) - f(torch.zeros(()))) / z)
        return f(z)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None


def derivative(z, f):
    return f(z)


def forward(net, x, activate=derivative, gates=None):
    """All that a pass computes, in order: {name: tensor that autograd can ask about}."""
    w = {name: torch.from_numpy(array) for name, array in net.params.items()}
    gate1, gate2 = gates or (torch.ones(MAPS[0]), torch.ones(MAPS[1]))
    o = {"input": torch.from_numpy(x).requires_grad_()}
    o["conv1"] = F.conv2d(o["input"], w["conv1.W"], w["conv1.b"], stride=(2, 1))
    o["tanh1"] = activate(o["conv1"], torch.tanh) * gate1[..., None, None]
    o["pool1"] = F.max_pool2d(o["tanh1"], (3, 2), (1, 2))
    o["conv2"] = F.conv2d(o["pool1"], w["conv2.W"], w["conv2.b"], padding=(1, 0))
    o["relu2"] = activate(o["conv2"], torch.relu) * gate2[..., None, None]
    o["pool2"] = F.avg_pool2d(o["relu2"], 2, 1)
    o["flatten"] = o["pool2"].flatten(1)
    o["dense3"] = o["flatten"] @ w["dense3.W"] + w["dense3.b"]
    o["act3"] = activate(o["dense3"], torch.sigmoid)
    o["dense4"] = o["act3"] @ w["dense4.W"] + w["dense4.b"]
    return o


def of_maps(*layers):
    return torch.cat([o.flatten(2).sum(2) for o in layers], dim=1).detach().numpy()


def by_class(per_image):
    return np.array([per_image[k == T].mean(axis=0) for k in (0, 2)])


@pytest.mark.parametrize(("activate", "norm", "product"), [
    (derivative, "gradient, logit", "gradient x activation, logit"),
    (Secant.apply, "secant", "secant x activation")])
def test_tangent_and_secant(net, x, activate, norm, product):
    o = forward(net, x, activate)
    units = o["tanh1"], o["relu2"]
    gradients = torch.autograd.grad(o["dense4"][range(N), T].sum(), units)
    expected = by_class(abs(of_maps(*(a * g for a, g in zip(units, gradients, strict=True)))))
    np.testing.assert_allclose(MEASURES[product](net, x, T).scores[[0, 2]], expected, 1e-9)
    means = [torch.stack([g[k == T].mean(dim=0) for k in (0, 2)]) for g in gradients]
    norms = torch.cat([mean.flatten(2).norm(dim=2) for mean in means], dim=1)
    np.testing.assert_allclose(MEASURES[norm](net, x, T).scores[[0, 2]], norms, 1e-9)


@pytest.mark.parametrize("eps", [0.25, 1e-3])
def test_relevance(net, x, eps):
    """Each linear part by a small graph of its own: R_in = x · ∂(z · s)/∂x, s held fixed."""
    o = {name: array.detach() for name, array in forward(net, x).items()}
    w = {name: torch.from_numpy(array) for name, array in net.params.items()}

    def down(R, name, function):
        start = o[name].clone().requires_grad_()
        z = function(start)
        s = R / (z + eps * torch.where(z < 0, -1.0, 1.0))
        return (start * torch.autograd.grad((z * s.detach()).sum(), start)[0]).detach()
    R = F.one_hot(torch.from_numpy(T), K) * o["dense4"]
    R = down(R, "act3", lambda a: a @ w["dense4.W"] + w["dense4.b"])
    R = down(R, "flatten", lambda a: a @ w["dense3.W"] + w["dense3.b"]).reshape(o["pool2"].shape)
    second = down(R, "relu2", lambda a: F.avg_pool2d(a, 2, 1))
    R = down(second, "pool1", lambda a: F.conv2d(a, w["conv2.W"], w["conv2.b"], padding=(1, 0)))
    start = o["tanh1"].clone().requires_grad_()
    first = torch.autograd.grad(F.max_pool2d(start, (3, 2), (1, 2)), start, R)[0]
    expected = of_maps(first, second)
    np.testing.assert_allclose(relevances(net, x, T, eps=eps), expected, 1e-7,
                               1e-10 * abs(expected).max())
    if eps == 0.25:
        np.testing.assert_allclose(MEASURES["LRP"](net, x, T).scores[[0, 2]],
                                   by_class(abs(expected)), 1e-8)


def y_t(net, x, gates):
    return forward(net, x, gates=gates)["dense4"].softmax(dim=1)[range(N), T]


def test_gate_integrated(net, x):
    total = np.zeros((N, sum(MAPS)))
    for a in (np.arange(16) + 0.5) / 16:        # gates for each image, to have its own gradient
        gates = [torch.full((N, maps), a, dtype=torch.float64, requires_grad=True)
                 for maps in MAPS]
        slopes = torch.autograd.grad(y_t(net, x, gates).sum(), gates)
        total += torch.cat(slopes, dim=1).numpy() / 16
    np.testing.assert_allclose(gate_shares(net, x, T), total, 1e-8, 1e-13)
    np.testing.assert_allclose(MEASURES["gate-integrated"](net, x, T).scores[[0, 2]],
                               by_class(total), 1e-8)


def test_shapley(net, x):
    """Over all 32 sets of five maps, with weights 1 / (n · (n - 1 over size of the set))."""
    n = sum(MAPS)
    value = {}
    for size in range(n + 1):
        for kept in combinations(range(n), size):
            gate = torch.zeros(n, dtype=torch.float64)
            gate[list(kept)] = 1
            value[kept] = by_class(y_t(net, x, gate.split(MAPS)).detach().numpy())
    expected = np.zeros((2, n))
    for i in range(n):
        for kept, without in value.items():
            if i not in kept:
                more = value[tuple(sorted([*kept, i]))]
                expected[:, i] += (more - without) / (n * comb(n - 1, len(kept)))
    found = shapley_value(net, x, T, permutations=4000).scores[[0, 2]]
    np.testing.assert_allclose(found, expected, 0, 0.03 * abs(expected).max())
    np.testing.assert_allclose(found.sum(axis=1), expected.sum(axis=1), 1e-10)
