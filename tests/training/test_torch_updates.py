"""20 steps of every update and loss are those of torch.optim and torch.nn.functional."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.network import losses
from tinycnn.network.pytorch import from_torch, to_torch
from tinycnn.training import adam, momentum

torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")
F, optim = torch.nn.functional, torch.optim
pytestmark = pytest.mark.usefixtures("one_thread")

N, BATCH, EPOCHS = 18, 4, 4         # five batches in an epoch, the last of two images: 20 steps
RATE = 0.05

UPDATES = {     # ours, and PyTorch's from parameters, learning rate and weight decay
    "sgd": (None, lambda p, **o: optim.SGD(p, **o)),
    "momentum 0.9": (momentum(0.9), lambda p, **o: optim.SGD(p, momentum=0.9, **o)),
    "momentum 0": (momentum(0.0), lambda p, **o: optim.SGD(p, momentum=0, **o)),
    "adam": (adam(), lambda p, **o: optim.Adam(p, **o)),
    "adam, others": (adam(beta1=0.7, beta2=0.95, eps=1e-3),
                     lambda p, **o: optim.Adam(p, betas=(0.7, 0.95), eps=1e-3, **o)),
}


def net_ending(n_outputs, last=None):
    rng = np.random.default_rng(2)
    end = {} if last is None else {"last": last}
    return tc.Network(
        (1, 6, 5), conv1=tc.Conv2D(1, 3, 3, rng=rng), tanh1=tc.Tanh(), flatten=tc.Flatten(),
        dense2=tc.Dense(36, n_outputs, rng=rng), **end).astype(np.float64)


IMAGES = np.random.default_rng(0).normal(size=(N, 1, 6, 5))
LABELS = np.random.default_rng(1).integers(0, 3, N)


def batches(seed, epoch):
    """Which images are in each batch of an epoch, counted from 1."""
    order = np.random.default_rng([seed, epoch - 1]).permutation(N)
    return [order[start:start + BATCH] for start in range(0, N, BATCH)]


def trained_by_torch(net, t, loss, optimizer, decay=0.0, schedule=None, seed=5):
    """Parameters after each epoch, as arrays under our names, and the loss of every epoch."""
    model = to_torch(net).train()
    step = optimizer(model.parameters(), lr=RATE, weight_decay=decay)
    after, means = [], []
    for epoch in range(1, EPOCHS + 1):
        total = 0.0
        for group in step.param_groups:
            group["lr"] = RATE * (1 if schedule is None else schedule(epoch))
        for batch in batches(seed, epoch):
            step.zero_grad()
            value = loss(model(torch.tensor(IMAGES[batch])), torch.tensor(t[batch]))
            value.backward()
            step.step()
            total += value.item() * len(batch)
        means.append(total / N)
        after.append({name: w for (name, _), w in zip(
            net.params.items(), from_torch(model, softmax=False).params.values(), strict=True)})
    return after, means


def assert_same_training(net, t, theirs, optimizer, seed=5, **settings):
    after, means = trained_by_torch(net, t, theirs, optimizer, settings.get("weight_decay", 0.0),
                                    settings.get("schedule"), seed)
    ours = []
    history = tc.train(net, IMAGES, t, epochs=EPOCHS, batch_size=BATCH, learning_rate=RATE,
                       seed=seed, callbacks=[lambda net, _: ours.append(net.copy())], **settings)
    assert len(ours) == EPOCHS
    for epoch, (mine, expected) in enumerate(zip(ours, after, strict=True), 1):
        for name, w in expected.items():
            np.testing.assert_allclose(mine.params[name], w, 1e-9, 1e-9 * np.abs(w).max(),
                                       err_msg=f"{name} after epoch {epoch}")
    np.testing.assert_allclose(history.loss, means, 1e-9)


def nll(y, t):
    return F.nll_loss(torch.log(y), t)


# --- updates ----------------------------------------------------------------------------------

@pytest.mark.parametrize("decay", [0.0, 0.02])
@pytest.mark.parametrize("name", UPDATES)
def test_an_update_takes_pytorchs_steps(name, decay):
    update, optimizer = UPDATES[name]
    assert_same_training(net_ending(3, tc.Softmax()), LABELS, nll, optimizer, update=update,
                         weight_decay=decay)


@pytest.mark.parametrize("name", ["sgd", "momentum 0.9", "adam"])
def test_a_schedule_is_a_factor_on_pytorchs_rate(name):
    update, optimizer = UPDATES[name]
    assert_same_training(net_ending(3, tc.Softmax()), LABELS, nll, optimizer, update=update,
                         weight_decay=0.01, schedule=lambda epoch: 0.5 ** (epoch // 2))


def test_another_seed_gives_other_batches():
    """So the comparison sees the order of the images."""
    ours = [trained_by_torch(net_ending(3, tc.Softmax()), LABELS, nll, UPDATES["sgd"][1],
                             seed=seed)[0][0] for seed in (5, 6)]
    for name, w in ours[0].items():
        assert not np.allclose(w, ours[1][name], 1e-6)


def test_batch_norm_is_trained_as_pytorch_trains_it():
    rng = np.random.default_rng(3)
    net = tc.Network(
        (1, 6, 5), conv1=tc.Conv2D(1, 4, 3, rng=rng, init="he"), norm1=tc.BatchNorm(4),
        relu1=tc.ReLU(), pool1=tc.AvgPool2D(2), flatten=tc.Flatten(),
        dense2=tc.Dense(8, 5, rng=rng), norm2=tc.BatchNorm(5), sigmoid2=tc.Sigmoid(),
        dense3=tc.Dense(5, 3, rng=rng), softmax=tc.Softmax()).astype(np.float64)
    # Adam divides by √v, and a bias before a batch norm has the gradient 0 up to rounding: no
    # two programs agree on such a step. Hence momentum.
    model, step = to_torch(net).train(), None
    step = optim.SGD(model.parameters(), lr=RATE, momentum=0.9)
    for epoch in range(1, EPOCHS + 1):
        for batch in batches(0, epoch):
            step.zero_grad()
            nll(model(torch.tensor(IMAGES[batch])), torch.tensor(LABELS[batch])).backward()
            step.step()
    tc.train(net, IMAGES, LABELS, epochs=EPOCHS, batch_size=BATCH, learning_rate=RATE, seed=0,
             update=momentum(0.9))
    state = {name: w.detach().numpy() for name, w in model.state_dict().items()}
    for name, w in net.params.items():
        layer, _, key = name.partition(".")
        theirs = state[f"{layer}.{'weight' if key in ('W', 'gamma') else 'bias'}"]
        np.testing.assert_allclose(w, theirs.T if w.ndim == 2 else theirs, 1e-9, 1e-10,
                                   err_msg=name)


# --- losses -----------------------------------------------------------------------------------

SHARES = np.random.default_rng(7).dirichlet([1, 1, 1], N)
NUMBERS = np.random.default_rng(8).normal(size=(N, 3))
CHANCES = np.random.default_rng(9).random((N, 3))
BINARY = (LABELS > 0).astype(int)


def hot(t):
    return F.one_hot(t, 3).double()


def column(t):
    return t.double().reshape(-1, 1)


BCE, LOGITS = F.binary_cross_entropy, F.binary_cross_entropy_with_logits
LOSSES = {      # our loss, outputs, last layer, targets, the same in PyTorch
    "cross entropy": (losses.cross_entropy, 3, None, LABELS, F.cross_entropy),
    "cross entropy, shares": (losses.cross_entropy, 3, None, SHARES, F.cross_entropy),
    "squared error": (losses.squared_error, 3, None, NUMBERS, F.mse_loss),
    "squared error, labels": (losses.squared_error, 3, tc.Sigmoid(), LABELS,
                              lambda y, t: F.mse_loss(y, hot(t))),
    "squared error of a softmax": (losses.squared_error, 3, tc.Softmax(), LABELS,
                                   lambda y, t: F.mse_loss(y, hot(t))),
    "squared error, one output": (losses.squared_error, 1, None, NUMBERS[:, 0],
                                  lambda y, t: F.mse_loss(y, column(t))),
    "binary": (losses.binary_cross_entropy, 3, tc.Sigmoid(), CHANCES, BCE),
    "binary, labels": (losses.binary_cross_entropy, 3, tc.Sigmoid(), LABELS,
                       lambda y, t: BCE(y, hot(t))),
    "binary, one output": (losses.binary_cross_entropy, 1, tc.Sigmoid(), BINARY,
                           lambda y, t: BCE(y, column(t))),
    "binary, one column": (losses.binary_cross_entropy, 1, tc.Sigmoid(), CHANCES[:, :1], BCE),
    "logits": (losses.binary_cross_entropy_from_logits, 3, None, CHANCES, LOGITS),
    "logits, labels": (losses.binary_cross_entropy_from_logits, 3, None, LABELS,
                       lambda y, t: LOGITS(y, hot(t))),
    "logits, one output": (losses.binary_cross_entropy_from_logits, 1, None, BINARY,
                           lambda y, t: LOGITS(y, column(t))),
    "hinge": (losses.hinge, 3, None, LABELS, F.multi_margin_loss),
}


@pytest.mark.parametrize("update", ["sgd", "adam"])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_trains_as_pytorchs_does(name, update):
    loss, n_outputs, last, t, theirs = LOSSES[name]
    ours, optimizer = UPDATES[update]
    assert_same_training(net_ending(n_outputs, last), t, theirs, optimizer, loss=loss, update=ours)


@pytest.mark.parametrize("size", [1, 30, 800])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_and_its_gradient_agree_for_large_outputs_too(name, size):
    loss, n_outputs, last, t, theirs = LOSSES[name]
    y = size * np.random.default_rng(3).normal(size=(N, n_outputs))
    if isinstance(last, (tc.Sigmoid, tc.Softmax)):
        with np.errstate(over="ignore"):
            y = last.forward(y)[0]
    tensor = torch.tensor(y, requires_grad=True)
    expected = theirs(tensor, torch.tensor(t))
    expected.backward()
    value, gradient = loss(y, t)
    assert value == pytest.approx(expected.item(), rel=1e-9)
    # PyTorch's smallest y (1 - y) of the binary cross-entropy, 1e-12, is a float32: 4e-9 smaller.
    np.testing.assert_allclose(gradient, tensor.grad, 5e-9 if size > 1 else 1e-9, 1e-15)
    assert isinstance(value, float)
    assert gradient.dtype == y.dtype
