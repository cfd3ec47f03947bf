"""Dense layers with a mistake each. Right is y = x W + b, dx = dy Wᵀ, dW = xᵀ dy, db = Σ dy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...layers import Dense
from .entries import bugs

Array = np.ndarray


class DenseForgetsBias(Dense):
    """forward does not add the bias."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        return x @ self.params["W"], x


class DenseAddsNoise(Dense):
    """Every call of forward adds noise of its own, as for training with a regulariser."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        y = x @ self.params["W"] + self.params["b"]
        noise = np.random.default_rng().normal(0, 0.01, y.shape)
        return y + noise.astype(y.dtype), x


class DenseReusesOutput(Dense):
    """All outputs of a shape are written to one and the same array."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.y = np.zeros((0, 0))

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b = self.params["W"], self.params["b"]
        if self.y.shape != (len(x), len(b)) or self.y.dtype != x.dtype:
            self.y = np.zeros((len(x), len(b)), x.dtype)
        np.matmul(x, W, out=self.y)
        self.y += b
        return self.y, x


class DenseCopiesWeights(Dense):
    """backward uses the weights that the layer was built with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.transposed = self.params["W"].T.copy()

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy @ self.transposed.astype(dy.dtype)


class DenseForgetsTranspose(Dense):
    """backward multiplies with W where its transpose is due; it fits where W is square."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy @ self.params["W"]


class DenseAlwaysFloat64(Dense):
    """The gradient is float64, whatever comes in: np.zeros without a dtype."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx, W = np.zeros(cache.shape), self.params["W"]
        for n in range(len(dy)):
            dx[n] = W @ dy[n]
        return dx


class DenseTransposesGradient(Dense):
    """dW is (out, in), not (in, out)."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        return {"W": dy.T @ cache, "b": dy.sum(axis=0)}


class DenseMultipliesByN(Dense):
    """The gradients are multiplied by the number of images, to undo a mean that nobody took."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        n = len(cache)
        return {"W": n * (cache.T @ dy), "b": n * dy.sum(axis=0)}


class DenseAveragesBias(Dense):
    """db is the mean over the batch, not the sum."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        return {"W": cache.T @ dy, "b": dy.mean(axis=0)}


class DenseLearnsFromFirstImage(Dense):
    """The gradients are those of the first image of the batch."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        return {"W": np.outer(cache[0], dy[0]), "b": dy[0].copy()}


class DenseKeepsLastImage(Dense):
    """In the loop over the images each one overwrites dW: = for +=."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        dW = np.zeros_like(self.params["W"])
        for n in range(len(dy)):
            dW = np.outer(cache[n], dy[n])
        return {"W": dW, "b": dy.sum(axis=0)}


class DenseForgetsUpstream(Dense):
    """dW is the input's sum, the same for every output: dy is not in it."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        dW = cache.T @ np.ones_like(dy)
        return {"W": dW, "b": dy.sum(axis=0)}


class DenseDecaysWeights(Dense):
    """A regulariser's 0.01 W is added to the gradient of the weights."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        return {"W": cache.T @ dy + 0.01 * self.params["W"], "b": dy.sum(axis=0)}


class DenseUpdatesItself(Dense):
    """parameter_gradients makes a step of gradient descent, too."""

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        grads = {"W": cache.T @ dy, "b": dy.sum(axis=0)}
        for name, grad in grads.items():
            self.params[name] -= 0.1 * grad
        return grads


BUGS = bugs("dense", {
    DenseForgetsBias: "bias_missing", DenseAddsNoise: "random",
    DenseReusesOutput: "buffer_reused", DenseCopiesWeights: "weights_elsewhere",
    DenseForgetsTranspose: "transposed", DenseAlwaysFloat64: "dtype",
    DenseTransposesGradient: "transposed", DenseMultipliesByN: "times_N",
    DenseAveragesBias: "divided_by_N", DenseLearnsFromFirstImage: "first_sample_only",
    DenseKeepsLastImage: "last_sample_only", DenseForgetsUpstream: "upstream_forgotten",
    DenseDecaysWeights: "weight_decay", DenseUpdatesItself: "parameters_changed"})
