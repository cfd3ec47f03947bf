"""The tests' own gradient check is tested: planted bugs must make it fail."""

import numpy as np
import pytest
from helpers import assert_layer_gradients, in_float64

import tinycnn as tc


class MeanForSum(tc.Dense):
    def parameter_gradients(self, dy, cache):
        return {**super().parameter_gradients(dy, cache), "b": dy.mean(axis=0)}


class Transposed(tc.Dense):
    def parameter_gradients(self, dy, cache):
        return {**super().parameter_gradients(dy, cache), "W": (dy.T @ cache).reshape(4, 3)}


class DiagonalSoftmax(tc.Softmax):
    def backward(self, dy, cache):
        return dy * cache * (1 - cache)


class InputForOutput(tc.Tanh):
    def forward(self, x):
        return np.tanh(x), x


class FirstSampleOnly(tc.Tanh):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        dx[1:] = 0
        return dx


class SlightlyOff(tc.Tanh):
    def backward(self, dy, cache):
        return 1.0005 * super().backward(dy, cache)


class OneEntryOff(tc.Tanh):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        dx[-1, -1] += 1e-6
        return dx


class Flipped(tc.Conv2D):
    def backward(self, dy, cache):
        flipped = tc.Conv2D(**self.config())
        flipped.params = {**self.params, "W": self.params["W"][..., ::-1, ::-1]}
        return tc.Conv2D.backward(flipped, dy, cache)


class AllTiesPaid(tc.MaxPool2D):
    def forward(self, x):
        return super().forward(x)[0], x

    def backward(self, dy, cache):
        x = cache
        return (np.kron(dy, np.ones((2, 2)))) * (x > x.mean())


PLANTED = [
    (MeanForSum(4, 3), (2, 4)), (Transposed(4, 3), (2, 4)), (DiagonalSoftmax(), (2, 4)),
    (InputForOutput(), (2, 4)), (FirstSampleOnly(), (2, 4)), (SlightlyOff(), (2, 4)),
    (OneEntryOff(), (2, 4)), (Flipped(2, 3, (2, 3)), (2, 2, 4, 5)),
    (AllTiesPaid(2), (2, 3, 4, 6)),
]


@pytest.mark.parametrize(("layer", "shape"), PLANTED, ids=lambda v: type(v).__name__)
def test_planted_bug_is_caught(layer, shape):
    rng = np.random.default_rng(0)
    with pytest.raises(AssertionError):
        assert_layer_gradients(in_float64(layer), rng.normal(size=shape), rng)
