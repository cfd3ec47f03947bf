"""Networks for the tests of `study --net`, as a user would write them: each function makes one."""

import numpy as np

import tinycnn as tc
from tinycnn.layers import (
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Flatten,
    MaxPool2D,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)


class Leaky:
    """A layer of one's own, without a config() that would say how to build it again."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        return np.where(x > 0, x, 0.1 * x), x

    def backward(self, dy, cache):
        return np.where(cache > 0, dy, 0.1 * dy)

    def parameter_gradients(self, dy, cache):
        return {}


def two_convolutions(n_classes, seed):
    """Colour, stride, ReLU, batch norm, average pooling; no softmax."""
    rng = np.random.default_rng(seed)
    return tc.Network(
        (3, 16, 16), conv1=Conv2D(3, 6, 3, rng=rng, stride=2, padding=1, init="he"),
        bn1=BatchNorm(6), relu1=ReLU(), conv2=Conv2D(6, 8, 3, rng=rng, init="he"), relu2=ReLU(),
        pool=AvgPool2D(2), flatten=Flatten(), dense=Dense(72, n_classes, rng=rng))


def five_convolutions(n_classes, seed, input_shape):
    rng, layers, maps = np.random.default_rng(seed), {}, input_shape[0]
    for i in range(1, 6):
        layers[f"conv{i}"] = Conv2D(maps, 3, 3, rng=rng, padding=1)
        layers[f"act{i}"], maps = (Tanh() if i % 2 else Sigmoid()), 3
    return tc.Network(input_shape, **layers, flatten=Flatten(), dense=Dense(
        3 * input_shape[1] * input_shape[2], n_classes, rng=rng), softmax=Softmax())


def perceptron(n_classes, seed, input_shape):
    rng = np.random.default_rng(seed)
    return tc.Network(
        input_shape, flatten=Flatten(), dense1=Dense(int(np.prod(input_shape)), 6, rng=rng),
        leaky1=Leaky(), dense2=Dense(6, n_classes, rng=rng), softmax=Softmax())


def from_torch(n_classes, seed, input_shape):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    return tc.from_torch(nn.Sequential(
        nn.Conv2d(input_shape[0], 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.Linear(8 * 6 * 6, 16),
        nn.Tanh(), nn.Linear(16, n_classes)).eval())


def fully_convolutional(n_classes, seed, input_shape):
    """Its last maps are the outputs: they cannot be removed for good."""
    rng = np.random.default_rng(seed)
    return tc.Network(
        input_shape, conv1=Conv2D(input_shape[0], 5, 3, rng=rng), tanh1=Tanh(), pool1=MaxPool2D(2),
        conv2=Conv2D(5, n_classes, 3, rng=rng), pool2=AvgPool2D(None), flatten=Flatten(),
        softmax=Softmax())


def one_unit(n_classes, seed, input_shape):
    return tc.Network(
        input_shape, flatten=Flatten(), dense1=Dense(int(np.prod(input_shape)), 1, rng=seed),
        tanh1=Tanh(), dense2=Dense(1, n_classes, rng=seed), softmax=Softmax())


def fifty_percent(n_classes, seed, input_shape):
    raise ZeroDivisionError("of one's own")
