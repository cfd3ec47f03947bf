"""Sigmoid layers with a mistake each."""

from functools import partial

from ...layers import Sigmoid
from .entries import bug

wrong = partial(bug, "sigmoid", Sigmoid)

BUGS = (
    wrong("SigmoidOverflows", "overflow", "exp(x) / (1 + exp(x)): ∞ / ∞ for large inputs.",
          forward=("np.where(x >= 0, 1, e) / (1 + e)", "np.exp(x) / (1 + np.exp(x))")),
    wrong("SigmoidTurnedRound", "other_function", "x < 0 for x >= 0: it falls where it rises.",
          forward=("x >= 0", "x < 0")),
    wrong("SigmoidDerivativeOfInput", "derivative_of_input", "x (1 - x): the cache holds x, not y.",
          forward=("return y, y", "return y, x")),
    wrong("SigmoidActivatesTwice", "activation_twice", "The derivative is that at y, not at x.",
          forward=("return y, y", "return y, 1 / (1 + np.exp(-y))")),
    wrong("SigmoidTanhDerivative", "derivative_formula", "1 - y², the derivative of a tanh.",
          backward=("y * (1 - y)", "1 - y ** 2")),
    wrong("SigmoidForgetsUpstream", "upstream_forgotten", "backward gives its own derivative only.",
          backward=("return dy *", "return")),
)
