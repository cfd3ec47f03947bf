"""Layers as students write them, most with one thing that a layer must not do."""

import numpy as np


class NoParams:
    """A layer without parameters."""

    def __init__(self):
        self.params = {}


class Dropout(NoParams):
    """Draws at random in every call."""

    def __init__(self):
        super().__init__()
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = 2.0 * (self.rng.random(x.shape) > 0.5)
        return x * mask, mask

    def backward(self, dy, mask):
        return dy * mask


class GlobalDropout(Dropout):
    """Draws from NumPy's global generator."""

    def forward(self, x):
        mask = 2.0 * (np.random.random(x.shape) > 0.5)    # noqa: NPY002
        return x * mask, mask


class KeepsItsCache(NoParams):
    """A right tanh, but backward uses the latest forward."""

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y, None

    def backward(self, dy, _):
        return dy * (1 - self.y ** 2)


class InPlace(NoParams):
    """A right ReLU that writes into its input."""

    def forward(self, x):
        x[x < 0] = 0
        return x, x > 0

    def backward(self, dy, mask):
        return dy * mask


class InPlaceBack(NoParams):
    """A right ReLU that writes into its upstream gradient."""

    def forward(self, x):
        return np.maximum(x, 0), x > 0

    def backward(self, dy, mask):
        dy *= mask
        return dy


class OneBuffer(NoParams):
    """A right tanh that returns the same array in every call."""

    out = None

    def forward(self, x):
        if self.out is None or self.out.shape != x.shape:
            self.out = np.empty_like(x)
        return np.tanh(x, out=self.out), x

    def backward(self, dy, x):
        return dy * (1 - np.tanh(x) ** 2)


class PlainTanh(NoParams):
    """Nothing is wrong with it."""

    def forward(self, x):
        y = np.tanh(x)
        return y, y

    def backward(self, dy, y):
        return dy * (1 - y * y)


class Temperature:
    """Its parameter has no axis."""

    def __init__(self):
        self.params = {"T": np.array(1.5)}

    def forward(self, x):
        return x * self.params["T"], x

    def backward(self, dy, x):
        return dy * self.params["T"]

    def parameter_gradients(self, dy, x):
        return {"T": np.array((dy * x).sum())}


class Sigmoid(NoParams):
    """Nothing is wrong with it."""

    def forward(self, x):
        y = 1 / (1 + np.exp(-x))
        return y, y

    def backward(self, dy, y):
        return dy * y * (1 - y)
