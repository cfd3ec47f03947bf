"""Batch normalisation of rows of features."""
import numpy as np

EPS = 1e-5


class BatchNorm:
    """y = gamma (x - mean) / sqrt(variance + EPS) + beta, over the batch, for each feature."""

    def __init__(self, features):
        self.params = {"gamma": np.ones(features), "beta": np.zeros(features)}

    def forward(self, x):
        """x (N, D) -> (y, cache); the cache is (x_hat, the root of variance + EPS)."""
        root = np.sqrt(x.var(axis=0) + EPS)
        x_hat = (x - x.mean(axis=0)) / root
        return self.params["gamma"] * x_hat + self.params["beta"], (x_hat, root)

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x. Mean and variance depend on x, too."""
        x_hat, root = cache
        d_hat = dy * self.params["gamma"]
        centred = d_hat - d_hat.mean(axis=0) - x_hat * (d_hat * x_hat).mean(axis=0)
        return centred / root

    def parameter_gradients(self, dy, cache):
        """∂s/∂y -> {"gamma": ∂s/∂gamma, "beta": ∂s/∂beta}."""
        x_hat, _ = cache
        return {"gamma": (dy * x_hat).sum(axis=0), "beta": dy.sum(axis=0)}


EXAMPLES = {"BatchNorm": [((3,), (6, 3)), ((5,), (10, 5))]}
