"""Solutions to lesson 2, layers.

Each has the same name as in the lesson. Where the lesson asks for a number, the solution is a
function that computes it from what the lesson gives to `check`.
"""

import numpy as np


def output_size(size, window, stride, padding):
    """The first window starts at 0, the last at most at size + 2·padding - window."""
    return (size + 2 * padding - window) // stride + 1


class MyReLU:
    """The slope is 1 where x > 0 and 0 elsewhere; backward needs only this."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        """x -> y, and which units are on."""
        return np.maximum(x, 0), x > 0

    def backward(self, dy, cache):
        """dy passes where the unit was on; the kink at 0 counts as off."""
        return dy * cache

    def parameter_gradients(self, dy, cache):
        """Nothing to learn."""
        return {}


def gradient_of_window(window, dy):
    """argmax gives the first of several equal values, and counts along the rows."""
    gradient = np.zeros(window.shape)
    gradient[np.unravel_index(window.argmax(), window.shape)] = dy
    return gradient


class AveragePool2D:
    """Each pixel adds 1/size² of its value to the mean: so backward needs only dy."""

    def __init__(self, size):
        self.size = size
        self.params = {}

    def forward(self, x):
        """Rows and columns are each cut in two axes, (block, place in the block)."""
        n, c, height, width = x.shape
        blocks = x.reshape(n, c, height // self.size, self.size, width // self.size, self.size)
        return blocks.mean(axis=(3, 5)), None

    def backward(self, dy, cache):
        """Every pixel of a block gets the same share."""
        return dy.repeat(self.size, axis=2).repeat(self.size, axis=3) / self.size ** 2

    def parameter_gradients(self, dy, cache):
        """Nothing to learn."""
        return {}


def softmax_backward(dy, y):
    """Σ_k dy_k y_k (δ_kj - y_j): the δ gives dy_j y_j, the rest has the factor y_j."""
    return y * (dy - (dy * y).sum(axis=1, keepdims=True))


def my_limit():
    """exp(x) stays finite up to the logarithm of the largest number in float32."""
    return np.log(np.finfo(np.float32).max)
