"""PyTorch's autograd on the same weights agrees at every unit (extra `oracle`)."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.network import loss

torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")
F = torch.nn.functional


def torch_outputs(net, x):
    """Every layer's output by name, each with its gradient kept; and the parameters."""
    params = {name: torch.tensor(w, requires_grad=True) for name, w in net.params.items()}
    o = torch.tensor(x, requires_grad=True)
    outputs = {"input": o}
    for name, layer in net.layers.items():
        kind = type(layer)
        if kind is tc.Conv2D:
            o = F.conv2d(o, params[f"{name}.W"], params[f"{name}.b"], layer.stride, layer.padding)
        elif kind is tc.Dense:
            o = o @ params[f"{name}.W"] + params[f"{name}.b"]
        elif kind is tc.MaxPool2D:
            o = F.max_pool2d(o, layer.size, layer.stride)
        else:
            o = {tc.Tanh: torch.tanh, tc.ReLU: torch.relu, tc.Flatten: lambda o: o.flatten(1),
                 tc.Softmax: lambda o: torch.softmax(o, 1)}[kind](o)
        o.retain_grad()
        outputs[name] = o
    return outputs, params


def paper_net():
    return tc.face_net(seed=2).astype(np.float64), (60, 60), 15


def awkward_net():
    rng = np.random.default_rng(3)
    return tc.Network(
        conv1=tc.Conv2D(1, 3, (5, 4), stride=(2, 1), padding=(1, 2), rng=rng), relu1=tc.ReLU(),
        pool1=tc.MaxPool2D(3, stride=2), conv2=tc.Conv2D(3, 4, (2, 3), stride=2, rng=rng),
        tanh2=tc.Tanh(), pool2=tc.MaxPool2D((2, 3), stride=(1, 2)), flatten=tc.Flatten(),
        dense3=tc.Dense(4 * 3 * 3, 6, rng=rng), softmax=tc.Softmax(),
    ).astype(np.float64), (40, 34), 6


@pytest.fixture(params=[paper_net, awkward_net], ids=["face_net", "awkward"])
def case(request):
    net, size, n_classes = request.param()
    for w in net.params.values():
        w += np.random.default_rng(w.size).normal(0, 0.05, w.shape)
    x = np.random.default_rng(6).random((2, 1, *size))
    return net, x, n_classes


def test_every_output_agrees(case):
    net, x, _ = case
    outputs, _ = torch_outputs(net, x)
    for name, o in net.forward(x).items():
        np.testing.assert_allclose(o, outputs[name].detach(), 1e-12, 1e-13, err_msg=name)


def test_prediction_gradients_agree_at_every_unit(case):
    net, x, n_classes = case
    ours = tc.prediction_gradients(net, x, ["input", *net.layers])
    for k in range(n_classes):
        outputs, _ = torch_outputs(net, x)
        outputs["softmax"][:, k].sum().backward()
        for name, o in outputs.items():
            theirs = o.grad.numpy()
            np.testing.assert_allclose(ours[name][:, k], theirs, 1e-10,
                                       1e-10 * np.abs(theirs).max(), err_msg=f"{name}, y_{k}")


def test_parameter_gradients_agree(case):
    net, x, n_classes = case
    t = np.array([1, n_classes - 1])
    trace = net.forward(x)
    _, seed = loss.loss_from_logits(trace.logits, t)
    ours = net.parameter_gradients(trace, net.backward(trace, seed, of="logit"))
    outputs, params = torch_outputs(net, x)
    F.nll_loss(torch.log(outputs["softmax"]), torch.tensor(t)).backward()
    for name, w in params.items():
        theirs = w.grad.numpy()
        np.testing.assert_allclose(ours[name], theirs, 1e-10, 1e-10 * np.abs(theirs).max(),
                                   err_msg=name)


def test_training_takes_the_same_steps(case):
    net, _, n_classes = case
    rng = np.random.default_rng(0)
    x = rng.random((6, *net.forward(case[1])["input"].shape[1:]))
    t = rng.integers(0, n_classes, 6)
    start = net.copy()
    tc.train(net, x, t, epochs=3, batch_size=6, learning_rate=0.1)
    for _ in range(3):
        outputs, params = torch_outputs(start, x)
        F.cross_entropy(outputs[start.logits_layer], torch.tensor(t)).backward()
        for name, w in start.params.items():
            w -= 0.1 * params[name].grad.numpy()
    for name, w in start.params.items():
        np.testing.assert_allclose(net.params[name], w, 1e-9, 1e-12, err_msg=name)
