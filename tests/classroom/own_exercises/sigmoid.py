"""A sigmoid, and what it needs in one place."""
import numpy as np


class Sigmoid:
    """y = 1 / (1 + exp(-x)), element by element."""

    def forward(self, x):
        """x of any shape -> (y, cache); the cache is y."""
        y = 1 / (1 + np.exp(-x))
        return y, y

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x, from the cache of forward."""
        return dy * cache * (1 - cache)


EXAMPLES = {"Sigmoid": [((), (2, 3)), ((), (4, 2, 5, 5))]}
POINTS = {"Sigmoid.forward": 5, "Sigmoid.backward": 15}
