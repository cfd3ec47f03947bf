"""Networks as students break them. Each function gives (network, images, labels, learning rate)."""

from pathlib import Path

import numpy as np
from broken_layers import Dropout, InPlace, InPlaceBack, KeepsItsCache, NoParams, Sigmoid

import tinycnn as tc

FACES = tc.drawn_faces()
X, T = FACES.images[FACES.labels < 5], FACES.labels[FACES.labels < 5]
TUTORIAL = Path(__file__).parents[1] / "tutorials" / "drawn_faces.npz"


def with_layers(n=4, rate=0.1, **changed):
    """The paper's network with other layers, on n images; None leaves a layer out."""
    layers = {**tc.face_net(n_classes=5, seed=0).layers, **changed}
    layers = {name: layer for name, layer in layers.items() if layer is not None}
    return tc.Network((1, 60, 60), **layers), X[:n], T[:n], rate


def vanishing():
    net, *rest = with_layers()
    for w in net.params.values():
        w *= 0.01
    return net, *rest


def zero_init():
    net, *rest = with_layers()
    for w in net.params.values():
        w[...] = 0
    return net, *rest


def dead_relu(maps=8):
    rng = np.random.default_rng(0)
    net = tc.Network(
        (1, 60, 60), conv1=tc.Conv2D(1, 5, 5, rng=rng), relu1=tc.ReLU(), pool1=tc.MaxPool2D(2),
        conv2=tc.Conv2D(5, 8, 5, rng=rng), relu2=tc.ReLU(), pool2=tc.MaxPool2D(2),
        flatten=tc.Flatten(), dense=tc.Dense(8 * 144, 5, rng=rng), softmax=tc.Softmax())
    net.params["conv2.b"][:maps] = -20
    return net, X[:4], T[:4], 0.1


def dead_relu_half():
    return dead_relu(5)


def saturated():
    net, *rest = with_layers()
    net.params["conv1.W"][...] *= 40
    return net, *rest


def pixels255():
    net, x, *rest = with_layers()
    return net, 255 * x, *rest


def lr10():
    return with_layers(10, 10.0)


def exploding():
    rng = np.random.default_rng(0)
    net = tc.Network((1, 60, 60), conv1=tc.Conv2D(1, 5, 5), relu1=tc.ReLU(), pool1=tc.MaxPool2D(2),
                     flatten=tc.Flatten(), dense1=tc.Dense(5 * 28 * 28, 50), relu2=tc.ReLU(),
                     dense2=tc.Dense(50, 5), softmax=tc.Softmax())
    for w in net.params.values():
        w[...] = rng.normal(size=w.shape)
    return net, X[:4], T[:4], 0.1


def off_by_one():
    return tc.Network.load(TUTORIAL), X[:10], T[:10] + 1, 0.1


class WrongSign(NoParams):
    def forward(self, x):
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        return -dy * (1 - y * y)


def wrong_sign():
    return with_layers(2, tanh2=WrongSign())


class DenseNoBias:
    def __init__(self, n_in, n_out):
        rng = np.random.default_rng(0)
        self.params = {"W": rng.normal(size=(n_in, n_out)) / n_in ** 0.5, "b": np.zeros(n_out)}

    def forward(self, x):
        return x @ self.params["W"] + self.params["b"], x

    def backward(self, dy, x):
        return dy @ self.params["W"].T

    def parameter_gradients(self, dy, x):
        return {"W": x.T @ dy, "b": np.zeros_like(self.params["b"])}


def no_bias_gradient():
    return with_layers(2, dense4=DenseNoBias(160, 20))


class DenseMean(DenseNoBias):
    def parameter_gradients(self, dy, x):
        return {"W": x.T @ dy / len(x), "b": dy.mean(axis=0)}


def twice_mean():
    return with_layers(dense4=DenseMean(160, 20))


class ConvStride:
    """Backward and the gradients forget the stride; here on small maps, so that it is quick."""

    def __init__(self, channels, filters, size, stride):
        rng = np.random.default_rng(0)
        self.k, self.s = size, stride
        self.params = {"W": rng.normal(size=(filters, channels, size, size)) * 0.1,
                       "b": np.zeros(filters)}

    def forward(self, x):
        k, s, (rows, columns) = self.k, self.s, x.shape[2:]
        p, q = (rows - k) // s + 1, (columns - k) // s + 1
        y = np.zeros((len(x), len(self.params["b"]), p, q))
        for i in range(p):
            for j in range(q):
                y[:, :, i, j] = np.tensordot(x[:, :, i * s:i * s + k, j * s:j * s + k],
                                             self.params["W"], ([1, 2, 3], [1, 2, 3]))
        return y + self.params["b"][:, None, None], x

    def backward(self, dy, x):
        dx = np.zeros_like(x)
        for i in range(dy.shape[2]):
            for j in range(dy.shape[3]):
                dx[:, :, i:i + self.k, j:j + self.k] += np.tensordot(dy[:, :, i, j],
                                                                     self.params["W"], (1, 0))
        return dx

    def parameter_gradients(self, dy, x):
        dw = np.zeros_like(self.params["W"])
        for i in range(dy.shape[2]):
            for j in range(dy.shape[3]):
                dw += np.tensordot(dy[:, :, i, j], x[:, :, i:i + self.k, j:j + self.k], (0, 0))
        return {"W": dw, "b": dy.sum((0, 2, 3))}


def stride_bug():
    net = tc.Network((1, 8, 8), conv1=ConvStride(1, 2, 4, 2), tanh1=tc.Tanh(),
                     flatten=tc.Flatten(), dense=tc.Dense(18, 5, rng=0), softmax=tc.Softmax())
    return net, X[:2, :, 24:32, 24:32], T[:2], 0.1


def in_place():
    return with_layers(2, tanh1=InPlace())


def in_place_back():
    return with_layers(2, tanh1=InPlaceBack())


def no_softmax():
    return with_layers(softmax=None)


def mse_sigmoid():
    return with_layers(softmax=Sigmoid())


class NormNaN(NoParams):
    def forward(self, x):
        deviation = x.std((2, 3), keepdims=True)
        with np.errstate(all="ignore"):
            return (x - x.mean((2, 3), keepdims=True)) / deviation, deviation

    def backward(self, dy, deviation):
        with np.errstate(all="ignore"):
            return dy / deviation


def nan_norm():
    net, x, t, rate = with_layers()
    x = x.copy()
    x[2] = 0
    return tc.Network((1, 60, 60), norm=NormNaN(), **net.layers), x, t, rate


def double_softmax():
    return with_layers(softmax2=tc.Softmax())


def stateful():
    return with_layers(tanh2=KeepsItsCache())


def dropout():
    return with_layers(tanh4=Dropout())


def transposed():
    net, x, *rest = with_layers()
    return net, x.transpose(0, 1, 3, 2), *rest
