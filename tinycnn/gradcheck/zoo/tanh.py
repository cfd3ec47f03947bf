"""Tanh layers with a mistake each."""

from functools import partial

from .entries import bug
from .textbook import Tanh

wrong = partial(bug, "tanh", Tanh)

BUGS = (
    # --- in forward ---------------------------------------------------------------------------
    wrong("TanhOverflows", "overflow", "A quotient of exponentials: ∞ / ∞ for large inputs.",
          forward=("np.tanh(x)", "(np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))")),
    wrong("TanhScaled", "other_function", "LeCun's 1.7159 tanh(2x / 3), which is another function.",
          forward=("return y, y", "return 1.7159 * np.tanh(2 * x / 3), y")),
    wrong("TanhReadsMemoryOrder", "memory_order",
          "The numbers are read in memory order, and put back row by row.",
          forward=("np.tanh(x)", 'np.tanh(x.ravel(order="K")).reshape(x.shape)')),
    wrong("TanhRemembersOutput", "state_kept",
          "backward uses self.y, the output of the latest forward pass, not its cache.",
          forward=("return y, y", "self.y = y\n        return y, y"),
          backward=("y = cache", "y = self.y")),
    wrong("TanhDerivativeOfInput", "derivative_of_input", "1 - x² for 1 - y²: the cache holds x.",
          forward=("return y, y", "return y, x")),
    wrong("TanhActivatesTwice", "activation_twice", "1 - tanh(y)²: the cache holds tanh(y), not y.",
          forward=("return y, y", "return y, np.tanh(y)")),
    # --- in backward --------------------------------------------------------------------------
    wrong("TanhSigmoidDerivative", "derivative_formula", "y (1 - y), the derivative of a sigmoid.",
          backward=("(1 - y ** 2)", "y * (1 - y)")),
    wrong("TanhForgetsSquare", "derivative_formula", "1 - y for 1 - y².",
          backward=("y ** 2", "y")),
    wrong("TanhForgetsUpstream", "upstream_forgotten", "backward gives its own derivative only.",
          backward=("dy * (1 - y ** 2)", "1 - y ** 2")),
    wrong("TanhWrongSign", "sign", "y² - 1 for 1 - y².",
          backward=("1 - y ** 2", "y ** 2 - 1")),
    wrong("TanhOverwritesUpstream", "argument_overwritten", "dy is multiplied in place.",
          backward=("return dy * (1 - y ** 2)", "dy *= 1 - y ** 2\n        return dy")),
)
