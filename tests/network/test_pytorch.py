"""Networks from PyTorch and back: the same outputs and gradients at every unit (extra `oracle`)."""

import copy
import sys
from collections import OrderedDict

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn import loops
from tinycnn.network.pytorch import from_torch, to_torch

torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")
nn = torch.nn

RTOL = 1e-9     # of the largest number of its kind, in float64


def first():
    """Convolution, batch norm with used statistics, pooling; an image that is not square."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Dropout(), nn.Linear(4 * 4 * 3, 5)), (1, 10, 8)


def strides_and_paddings():
    return nn.Sequential(
        nn.Conv2d(3, 4, (3, 5), stride=(2, 1), padding=(1, 2)), nn.Tanh(),
        nn.MaxPool2d((2, 3), stride=(1, 2)), nn.Conv2d(4, 5, 2, stride=2), nn.ReLU(),
        nn.Flatten(), nn.Linear(5 * 2 * 2, 6)), (3, 9, 11)


def words_for_paddings():
    return nn.Sequential(
        nn.Conv2d(2, 3, (3, 5), padding="same"), nn.ReLU(), nn.Conv2d(3, 3, 2, padding="valid"),
        nn.Tanh(), nn.Conv2d(3, 2, 1, padding=2), nn.Flatten(), nn.Linear(2 * 9 * 10, 3)), (2, 6, 7)


def average_pools():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.Sigmoid(), nn.AvgPool2d(3, 2),
        nn.Conv2d(6, 7, 3), nn.ReLU(), nn.AvgPool2d((1, 2)), nn.Flatten(),
        nn.Linear(14, 4, bias=False)), (3, 9, 10)


def whole_map_at_the_end():
    """Logits without a Linear, as in the networks of Lin et al. (2014)."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 5, 1), nn.AdaptiveAvgPool2d(1),
        nn.Flatten()), (1, 7, 8)


def perceptron():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(30, 8), nn.BatchNorm1d(8), nn.Sigmoid(), nn.Dropout(0.3),
        nn.Linear(8, 7, bias=False), nn.BatchNorm1d(7, affine=False, eps=0.1), nn.Tanh(),
        nn.Linear(7, 3)), (1, 6, 5)


def rows():
    return nn.Sequential(nn.BatchNorm1d(12), nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, 4)), (12,)


def nested():
    def block(c, f):
        return nn.Sequential(nn.Conv2d(c, f, 3, bias=False), nn.BatchNorm2d(f), nn.ReLU())
    return nn.Sequential(OrderedDict(
        body=nn.Sequential(block(1, 3), nn.Identity(), block(3, 4), nn.AdaptiveAvgPool2d((1, 1))),
        head=nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(4, 6)))), (1, 8, 9)


def one_output():
    return nn.Sequential(nn.Conv2d(1, 3, 4, 2), nn.ReLU(), nn.Flatten(),
                         nn.Linear(36, 1)), (1, 9, 10)


def one_probability():
    return nn.Sequential(nn.Flatten(), nn.Linear(20, 6), nn.Tanh(), nn.Linear(6, 1),
                         nn.Sigmoid()), (1, 4, 5)


def own_softmax():
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(inplace=True), nn.Flatten(),
                         nn.Linear(3 * 4 * 3, 4), nn.Softmax(dim=-1)), (2, 6, 5)


def same_activation_twice():
    act = nn.ReLU()
    return nn.Sequential(nn.Conv2d(1, 3, 3), act, nn.Conv2d(3, 3, 3), act, nn.Flatten(),
                         nn.Linear(3 * 3 * 2, 4)), (1, 7, 6)


def five_convolutions():
    layers = [part for c in (1, 3, 3, 3, 3) for part in (
        nn.Conv2d(c, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())]
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3 * 3 * 3, 5)), (1, 6, 7)


BUILDS = [first, strides_and_paddings, words_for_paddings, average_pools, whole_map_at_the_end,
          perceptron, rows, nested, one_output, one_probability, own_softmax,
          same_activation_twice, five_convolutions]


def used(build):
    """The model in float64, with running statistics of batches that it has seen; and images."""
    torch.manual_seed(BUILDS.index(build))
    model, shape = build()
    model.double().train()
    for _ in range(3):
        model(2 * torch.randn(6, *shape, dtype=torch.float64) + 1)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) and module.affine:
            nn.init.normal_(module.weight), nn.init.normal_(module.bias)
    return model, shape, np.random.default_rng(1).normal(size=(4, *shape))


def leaves(model):
    """The modules that compute, in their order; one that stands there twice is there twice."""
    if not isinstance(model, nn.Sequential):
        return [] if isinstance(model, (nn.Dropout, nn.Identity)) else [model]
    return [leaf for part in model for leaf in leaves(part)]


def outputs(model, x, softmax):
    """Every layer's output in eval mode, each with its gradient kept."""
    model = copy.deepcopy(model).eval()
    chain = leaves(model) + [nn.Softmax(dim=1)] * softmax
    found = [torch.tensor(x, requires_grad=True)]
    for module in chain:
        if isinstance(module, nn.ReLU):
            module.inplace = False      # else it changes the output that is kept before it
        found.append(module(found[-1]))
        found[-1].retain_grad()
    return found


def close(a, b, name):
    np.testing.assert_allclose(a, b, 0, RTOL * max(1e-6, np.abs(b).max(initial=0)), err_msg=name)


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
@pytest.mark.parametrize("softmax", [True, False])
def test_outputs_and_every_prediction_gradient_agree(build, softmax):
    model, shape, x = used(build)
    net = from_torch(model, shape, softmax=softmax)
    added = softmax and build not in (one_output, one_probability, own_softmax)
    assert (net.logits_layer is not None) == (added or build is own_softmax)
    found = outputs(model, x, added)
    names = ["input", *net.layers]
    assert len(found) == len(names)
    trace = net.forward(x)
    assert trace.y.dtype == np.float64
    for name, o in zip(names, found, strict=True):
        close(trace[name], o.detach().numpy(), name)
    ours = tc.prediction_gradients(net, x, names, of=None)
    for k in range(found[-1].shape[1]):
        for o in found:
            o.grad = None
        found[-1][:, k].sum().backward(retain_graph=True)
        for name, o in zip(names, found, strict=True):
            close(ours[name][:, k], o.grad.numpy(), f"{name}, y_{k}")


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_there_and_back_again_is_the_same(build):
    model, shape, x = used(build)
    net = from_torch(model, shape)
    back = to_torch(net)
    assert not back.training
    close(back(torch.tensor(x)).detach().numpy(), net.forward(x).y, "to_torch")
    again = from_torch(back, shape)
    np.testing.assert_array_equal(again.forward(x).y, net.forward(x).y)
    assert [repr(layer) for layer in again.layers.values()] == [
        repr(layer) for layer in net.layers.values()]
    assert list(again.layers) == list(net.layers)
    for name, w in net.params.items():
        assert again.params[name].dtype == w.dtype


def test_names_are_readable_and_the_table_shows_the_sizes():
    model, shape, _ = used(nested)
    net = from_torch(model, shape)
    assert list(net.layers) == ["conv1", "batchnorm1", "relu1", "conv2", "batchnorm2", "relu2",
                                "avgpool1", "flatten1", "dense1", "softmax"]
    assert net.output_shapes()["relu2"] == (4, 4, 5)


@pytest.mark.parametrize("mode", [True, False])
def test_the_model_is_neither_changed_nor_shared(mode):
    model, shape, x = used(first)
    model.train(mode)
    model[1].eval()
    before = copy.deepcopy(model)
    random = torch.get_rng_state()
    net = from_torch(model, shape)
    y = net.forward(x).y
    modes = [module.training for module in model.modules()]
    assert modes == [module.training for module in before.modules()]
    for (name, w), (_, old) in zip(model.state_dict().items(), before.state_dict().items(),
                                   strict=True):
        assert torch.equal(w, old), name
    assert all(w.requires_grad and w.grad is None for w in model.parameters())
    for w in net.params.values():
        w += 1
    assert all(map(torch.equal, model.state_dict().values(), before.state_dict().values()))
    net = from_torch(model, shape)
    with torch.no_grad():
        for w in model.state_dict().values():
            w += 1
    np.testing.assert_array_equal(net.forward(x).y, y)
    assert torch.equal(torch.get_rng_state(), random)


def test_to_torch_shares_nothing_and_draws_no_random_number():
    net = small_net()
    random = torch.get_rng_state()
    model = to_torch(net)
    assert torch.equal(torch.get_rng_state(), random)
    x = np.random.default_rng(0).normal(size=(2, 1, 11, 9))
    y = net.forward(x).y
    with torch.no_grad():
        for w in model.parameters():
            assert w.requires_grad
            assert w.is_contiguous()
            w += 1
    np.testing.assert_array_equal(net.forward(x).y, y)
    assert list(model._modules) == list(net.layers)


def test_a_batch_norm_that_is_not_frozen_stays_one_in_pytorch():
    net = tc.Network((3, 4, 5), norm1=tc.BatchNorm(3, eps=0.01), relu1=tc.ReLU(),
                     flatten=tc.Flatten(), norm2=tc.BatchNorm(60), dense=tc.Dense(60, 3, rng=0),
                     softmax=tc.Softmax()).astype(np.float64)
    x = np.random.default_rng(0).normal(size=(6, 3, 4, 5))
    model = to_torch(net)
    for training in (True, False):
        close(model.train(training)(torch.tensor(x)).detach().numpy(), net.forward(x).y, "y")
    frozen = net.frozen(x)
    close(to_torch(frozen)(torch.tensor(x[:1])).detach().numpy(), frozen.forward(x[:1]).y, "frozen")


def test_a_frozen_batch_norm_is_exact_in_float32_too():
    net = tc.Network(norm=tc.FrozenBatchNorm(5))
    rng = np.random.default_rng(0)
    net["norm"].params = {"beta": np.zeros(5, np.float32),      # in another order than usual
                          "gamma": rng.normal(size=5).astype(np.float32)}
    again = from_torch(to_torch(net))["batchnorm1"].params
    for key, w in net["norm"].params.items():
        np.testing.assert_array_equal(again[key], w)


@pytest.mark.parametrize(("first_dtype", "second_dtype", "expected"), [
    (torch.float32, torch.float32, np.float32), (torch.float64, torch.float64, np.float64),
    (torch.float64, torch.float32, np.float64), (torch.float32, torch.float64, np.float64)])
def test_precision(first_dtype, second_dtype, expected):
    model = nn.Sequential(nn.Linear(3, 4).to(first_dtype), nn.Linear(4, 2).to(second_dtype))
    net = from_torch(model)
    assert {w.dtype for w in net.params.values()} == {np.dtype(expected)}
    np.testing.assert_array_equal(net["dense1"].params["W"], model[0].weight.detach().T)
    assert all(w.flags.c_contiguous for w in net.params.values())


@pytest.mark.parametrize("module", [nn.Conv2d(2, 3, 2), nn.Linear(4, 1), nn.ReLU(),
                                    nn.BatchNorm2d(2), nn.AvgPool2d(2)], ids=repr)
def test_one_layer_is_a_network_too(module):
    x = np.random.default_rng(0).random(size=(3, 4) if isinstance(module, nn.Linear)
                                        else (3, 2, 6, 5)).astype(np.float32)
    y = module.eval()(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(from_torch(module).forward(x).y, y, 1e-5, 1e-6)


# --- refusals ---------------------------------------------------------------------------------

class OwnForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x).abs()


class TwiceAsMuch(nn.ReLU):
    def forward(self, x):
        return 2 * super().forward(x)


class ReLU(nn.Module):
    """Named as PyTorch's."""

    def forward(self, x):
        return x.clamp(0, 6)


class Backwards(nn.Sequential):
    def forward(self, x):
        for module in reversed(self):
            x = module(x)
        return x


def replaced():
    module = nn.Tanh()
    module.forward = torch.sigmoid
    return module


def hooked(how):
    module = nn.Linear(3, 3)
    getattr(module, f"register_{how}")(lambda *_: None)
    return module


def pruned():
    module = nn.Linear(3, 3)
    from torch.nn.utils import prune
    prune.l1_unstructured(module, "weight", 1)
    return module


def tied():
    first_layer, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first_layer.weight
    return nn.Sequential(first_layer, nn.ReLU(), second)


def used_twice():
    module = nn.Linear(3, 3)
    return nn.Sequential(module, nn.ReLU(), module)


REFUSED = {     # what stands at body.1, and what is said of it
    "group norm": (lambda: nn.GroupNorm(1, 2), "body.1 (GroupNorm): has no exact counterpart"),
    "leaky": (lambda: nn.LeakyReLU(), "body.1 (LeakyReLU): has no exact counterpart"),
    "log-softmax": (lambda: nn.LogSoftmax(1), "(LogSoftmax): has no exact counterpart"),
    "groups": (lambda: nn.Conv2d(2, 2, 3, groups=2), "body.1 (Conv2d): groups=2"),
    "dilation": (lambda: nn.Conv2d(2, 2, 3, dilation=(1, 2)), "body.1 (Conv2d): dilation=(1, 2)"),
    "reflect": (lambda: nn.Conv2d(2, 2, 3, padding_mode="reflect"), "padding_mode='reflect'"),
    "even same": (lambda: nn.Conv2d(2, 2, (3, 4), padding="same"), "body.1 (Conv2d): padding='same'"
                  " with kernel_size=(3, 4): PyTorch adds one zero more on one side"),
    "padded pool": (lambda: nn.MaxPool2d(3, padding=1), "body.1 (MaxPool2d): padding=1"),
    "padded mean": (lambda: nn.AvgPool2d(3, padding=(0, 1)), "(AvgPool2d): padding=(0, 1)"),
    "ceil": (lambda: nn.MaxPool2d(3, ceil_mode=True), "body.1 (MaxPool2d): ceil_mode=True"),
    "dilated pool": (lambda: nn.MaxPool2d(3, dilation=2), "body.1 (MaxPool2d): dilation=2"),
    "indices": (lambda: nn.MaxPool2d(3, return_indices=True), "return_indices=True"),
    "divisor": (lambda: nn.AvgPool2d(2, divisor_override=3), "divisor_override=3"),
    "adaptive": (lambda: nn.AdaptiveAvgPool2d((2, 1)), "output_size=(2, 1)"),
    "flatten all": (lambda: nn.Flatten(0), "body.1 (Flatten): start_dim=0"),
    "half": (lambda: nn.Linear(3, 2).half(), "body.1 (Linear): expected float32 or float64, got "
             "torch.float16"),
    "complex": (lambda: nn.Linear(3, 2, dtype=torch.complex64), "got torch.complex64"),
    "meta": (lambda: nn.Linear(3, 2, device="meta"), "on meta"),
    "softmax first": (lambda: nn.Sequential(nn.Softmax(1), nn.Linear(3, 2)),
                      "body.1.1 (Linear): comes after a Softmax"),
    "softmax of rows": (lambda: nn.Softmax(0), "body.1 (Softmax): dim=0"),
    "own forward": (OwnForward, "(OwnForward): has no exact counterpart. A forward of one's own"),
    "own activation": (TwiceAsMuch, "body.1 (TwiceAsMuch)"),
    "own class of that name": (ReLU, "body.1 (ReLU): has no exact counterpart"),
    "own order": (lambda: Backwards(nn.ReLU()), "body.1 (Backwards)"),
    "replaced": (replaced, "body.1 (Tanh): a hook or another forward"),
    "hook": (lambda: hooked("forward_hook"), "body.1 (Linear): a hook"),
    "hook before": (lambda: hooked("forward_pre_hook"), "body.1 (Linear): a hook"),
    "hook back": (lambda: hooked("full_backward_hook"), "body.1 (Linear): a hook"),
    "pruned": (pruned, "body.1 (Linear): a hook"),
    "parametrized": (lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 3)),
                     "body.1 (ParametrizedLinear)"),
    "lazy": (lambda: nn.LazyLinear(3), "so do Lazy layers until the first x"),
    "tied": (tied, "body.1.2 (Linear): has the weights of body.1.0"),
    "used twice": (used_twice, "body.1.2 (Linear): has the weights of body.1.0"),
    "wrapped": (lambda: nn.DataParallel(nn.Linear(3, 2)), "body.1 (DataParallel)"),
    "1-d": (lambda: nn.Conv1d(2, 2, 3), "body.1 (Conv1d)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_exact_counterpart_is_refused_by_its_place(what):
    make, said = REFUSED[what]
    model = nn.Sequential(OrderedDict(body=nn.Sequential(nn.Tanh(), make())))
    with pytest.raises(ValueError) as error:  # noqa: PT011
        from_torch(model)
    assert said in str(error.value)
    assert str(error.value).startswith("body.1")


def test_a_model_with_a_forward_of_its_own_is_told_to_be_a_sequential():
    with pytest.raises(ValueError, match=r"the model \(OwnForward\).*nn\.Sequential\(model\.conv1"):
        from_torch(OwnForward())


def test_a_subclass_of_sequential_that_only_builds_is_one():
    class Block(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Linear(3, 2), nn.ReLU())
    assert list(from_torch(Block()).layers) == ["dense1", "relu1"]


def test_a_lazy_layer_that_has_seen_a_batch_is_an_ordinary_one():
    model = nn.Sequential(nn.LazyLinear(4), nn.ReLU())
    model(torch.zeros(2, 3))
    assert from_torch(model)["dense1"].params["W"].shape == (3, 4)


def test_the_first_layer_that_does_not_fit_is_named():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Linear(6, 2))
    with pytest.raises(tc.ShapeError, match=r"layer 'dense1'.*a Flatten is missing"):
        from_torch(model, (1, 8, 8))
    from_torch(model)       # without a shape, that is not known


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"expected a torch.nn.Sequential, got a OrderedDict"):
        from_torch(nn.Linear(2, 3).state_dict())


def test_to_torch_refuses_a_layer_of_ones_own_by_its_name():
    class Mine(tc.ReLU):
        pass
    with pytest.raises(ValueError, match="layer 'act1': a Mine of one's own, not tinycnn's"):
        to_torch(tc.Network(act1=Mine()))


def twins():
    """Every layer written as loops, with parameters that are not those at the beginning."""
    rng = np.random.default_rng(0)
    net = tc.Network((2, 9, 8), conv=loops.Conv2D(2, 3, 2), norm=loops.BatchNorm(3, eps=0.1),
                     relu=loops.ReLU(), mean=loops.AvgPool2D(2, 1), frozen=loops.FrozenBatchNorm(3),
                     tanh=loops.Tanh(), pool=loops.MaxPool2D(2), flatten=loops.Flatten(),
                     dense=loops.Dense(27, 4), sigmoid=loops.Sigmoid(), dense2=loops.Dense(4, 3),
                     softmax=loops.Softmax()).astype(np.float64)
    for w in net.params.values():
        w[...] = rng.normal(size=w.shape)
    return net, rng.normal(size=(3, 2, 9, 8))


def test_layers_written_as_loops_are_tinycnns_too():
    net, x = twins()
    model = to_torch(net)
    close(model(torch.tensor(x)).detach().numpy(), net.forward(x).y, "y")
    again = from_torch(model, net.input_shape)      # the batch norm is still one
    assert repr(again["batchnorm1"]) == "BatchNorm(3, eps=0.1)"
    close(again.forward(x).y, net.forward(x).y, "y")


def test_a_batch_norm_without_statistics_takes_those_of_the_batch():
    norm = nn.BatchNorm2d(2, eps=0.01, track_running_stats=False).double()
    nn.init.normal_(norm.weight)
    x = torch.tensor(np.random.default_rng(0).normal(size=(4, 2, 3, 5)))
    net = from_torch(nn.Sequential(norm))
    assert net.mixes_images
    close(net.forward(x.numpy()).y, norm.eval()(x).detach().numpy(), "y")


@pytest.mark.parametrize("norm", [tc.FrozenBatchNorm, tc.BatchNorm])
def test_a_batch_norm_before_the_first_dense_layer_is_one_of_rows(norm):
    net = tc.Network(relu=tc.ReLU(), norm=norm(3), dense=tc.Dense(3, 2, rng=0)).astype(np.float64)
    x = np.random.default_rng(0).normal(size=(5, 3))
    close(to_torch(net)(torch.tensor(x)).detach().numpy(), net.forward(x).y, "y")


def test_numbers_in_lists_are_those_in_tuples():
    model = nn.Sequential(nn.Conv2d(2, 3, [2, 3], padding=[1, 0], dilation=[1, 1]),
                          nn.AvgPool2d([2, 1], padding=[0, 0]), nn.MaxPool2d([2, 2], stride=[1, 2]),
                          nn.AdaptiveAvgPool2d([1, 1])).double()
    x = np.random.default_rng(0).normal(size=(2, 2, 7, 8))
    close(from_torch(model).forward(x).y, model(torch.tensor(x)).detach().numpy(), "y")


@pytest.mark.parametrize("name", ["forward", "training", "append", "_modules"])
def test_to_torch_refuses_a_name_that_pytorch_has(name):
    with pytest.raises(ValueError, match=f"layer '{name}': a torch.nn.Sequential needs this name"):
        to_torch(tc.Network(**{name: tc.ReLU()}))


def test_to_torch_refuses_a_layer_with_two_names_unless_it_has_no_weights():
    twice, act = tc.Dense(3, 3, rng=0), tc.Tanh()
    net = tc.Network(a=twice, b=act, c=twice)
    with pytest.raises(ValueError, match=r"layer 'c': has the weights of a too; copy\.deepcopy it"):
        to_torch(net)
    to_torch(tc.Network(a=act, b=twice, c=act))


@pytest.mark.parametrize("call", [from_torch, to_torch])
def test_without_pytorch_it_is_said_what_to_install(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        call(small_net())
