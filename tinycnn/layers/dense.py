"""The fully connected layer."""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, Rng, expect_gradient, initial_weights, mismatch, pair


class Dense(Layer):
    """y[n, b] = b[b] + Σ_a x[n, a] · W[a, b]; W[a, b] is the weight w_ab of Table I.

    Shapes: x (N, n_in) -> y (N, n_out).
    Parameters: W (n_in, n_out) and b (n_out,).

    Args:
        n_in: units of the previous layer.
        n_out: units of this layer.
        rng: a Generator or a seed for the weights; the biases start at 0.
        init: how the weights are drawn: "glorot" (uniform), "he" (normal, for ReLU), or a number,
            the deviation of a normal distribution.
    """

    def __init__(self, n_in: int, n_out: int, *, rng: Rng = None,
                 init: str | float = "glorot") -> None:
        n_in, n_out = pair((n_in, n_out), "(n_in, n_out)")
        self.params = {"W": initial_weights((n_in, n_out), n_in, n_out, init, rng),
                       "b": np.zeros(n_out, np.float32)}

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, n_in) -> y (N, n_out), and x as the cache."""
        W, b = self.params["W"], self.params["b"]
        if x.ndim != 2 or x.shape[1] != len(W):
            cause = ("a Flatten is missing before it" if x.ndim > 2 else
                     f"the previous layer, such as a Flatten, gives {x.shape[-1]} numbers for each "
                     f"image; then the first argument has to be {x.shape[-1]}")
            raise mismatch(self, f"(N, {len(W)})", x.shape, cause)
        return x @ W + b, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x[n, a] = Σ_b ∂s/∂y[n, b] · W[a, b]."""
        W = self.params["W"]
        expect_gradient(self, dy, (len(cache), W.shape[1]))
        return dy @ W.T

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂W[a, b] = Σ_n x[n, a] · ∂s/∂y[n, b] (eq. 2), and ∂s/∂b = Σ_n ∂s/∂y[n]."""
        x = cache
        expect_gradient(self, dy, (len(x), self.params["W"].shape[1]))
        return {"W": np.dot(x.T, dy), "b": dy.sum(axis=0)}

    def config(self) -> dict[str, int]:
        """The arguments that build this layer again."""
        n_in, n_out = self.params["W"].shape
        return {"n_in": n_in, "n_out": n_out}
