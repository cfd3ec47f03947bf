"""Dense layers with a mistake each."""

from functools import partial

from .entries import bug
from .textbook import Dense

wrong = partial(bug, "dense", Dense)

BUGS = (
    # --- in forward ---------------------------------------------------------------------------
    wrong("DenseForgetsBias", "bias_missing", "forward does not add the bias.",
          forward=("x @ W + b", "x @ W")),
    wrong("DenseAddsNoise", "random", "Each forward pass adds new noise, as some do in training.",
          forward=("return y, x", "noise = np.random.default_rng().normal(0, 0.01, y.shape)\n"
                   "        return y + noise.astype(y.dtype), x")),
    wrong("DenseReusesOutput", "buffer_reused", "All outputs of one shape share one array.",
          init="self.outputs = {}",
          forward=("y = x @ W + b",
                   "y = self.outputs.setdefault((x.shape, x.dtype), x @ W)\n"
                   "        y[...] = x @ W + b")),
    # --- in backward --------------------------------------------------------------------------
    wrong("DenseCopiesWeights", "weights_elsewhere", "backward uses the layer's initial weights.",
          init='self.transposed = self.params["W"].T.copy()',
          backward=("W.T", "self.transposed.astype(dy.dtype)")),
    wrong("DenseForgetsTranspose", "transposed",
          "backward multiplies by W, not by its transpose; this fits only if W is square.",
          backward=("W.T", "W")),
    wrong("DenseAlwaysFloat64", "dtype", "dx is always float64: np.zeros without a dtype.",
          backward=("return dy @ W.T", "dx = np.zeros((len(dy), len(W)))\n"
                    "        dx += dy @ W.T\n        return dx")),
    # --- in parameter_gradients ---------------------------------------------------------------
    wrong("DenseTransposesGradient", "transposed", "dW is (out, in), not (in, out).",
          parameter_gradients=("x.T @ dy", "dy.T @ x")),
    wrong("DenseMultipliesByN", "times_N",
          "The gradients are multiplied by the number of images, to undo a mean that nobody took.",
          parameter_gradients=('"W": dW, "b": db', '"W": len(x) * dW, "b": len(x) * db')),
    wrong("DenseAveragesBias", "divided_by_N", "db is the mean over the batch, not the sum.",
          parameter_gradients=("dy.sum(", "dy.mean(")),
    wrong("DenseLearnsFromFirstImage", "first_sample_only", "dW and db use only the first image.",
          parameter_gradients=(("x.T @ dy", "np.outer(x[0], dy[0])"),
                               ("dy.sum(axis=0)", "dy[0].copy()"))),
    wrong("DenseKeepsLastImage", "last_sample_only", "Each image overwrites dW: = instead of +=.",
          parameter_gradients=("dW = x.T @ dy",
                               "for n in range(len(x)):\n            dW = np.outer(x[n], dy[n])")),
    wrong("DenseForgetsUpstream", "upstream_forgotten",
          "dW is the sum of the inputs, the same for every output: dy is not in it.",
          parameter_gradients=("x.T @ dy", "x.T @ np.ones_like(dy)")),
    wrong("DenseDecaysWeights", "weight_decay", "A regulariser's 0.01 W is added to dW.",
          parameter_gradients=("x.T @ dy", 'x.T @ dy + 0.01 * self.params["W"]')),
    wrong("DenseUpdatesItself", "parameters_changed", "parameter_gradients also updates W and b.",
          parameter_gradients=("return", 'self.params["W"] -= 0.1 * dW\n'
                               '        self.params["b"] -= 0.1 * db\n        return')),
)
