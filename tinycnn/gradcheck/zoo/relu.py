"""ReLU layers with a mistake each."""

from functools import partial

from .entries import bug
from .textbook import ReLU

wrong = partial(bug, "relu", ReLU)

BUGS = (
    # --- in forward ---------------------------------------------------------------------------
    wrong("ReLUOverwritesInput", "argument_overwritten", "Negative inputs are set to 0 in place.",
          forward=("y = np.maximum(x, 0)", "x[x < 0] = 0\n        y = x.copy()")),
    wrong("ReLULeaks", "leaky", "A unit that is off lets a hundredth through.",
          forward=("np.maximum(x, 0)", "np.maximum(x, 0.01 * x)")),
    wrong("ReLUTakesSize", "absolute", "forward gives the absolute value: |x| for max(x, 0).",
          forward=("np.maximum(x, 0)", "np.abs(x)")),
    wrong("ReLUCapsAtSix", "clipped", "forward cuts off at 6 as well.",
          forward=("np.maximum(x, 0)", "np.clip(x, 0, 6)")),
    wrong("ReLURemembersMask", "state_kept",
          "backward uses self.on, the mask of the latest forward pass, not its cache.",
          forward=("return y, x", "self.on = x > 0\n        return y, x"),
          backward=("(x > 0)", "self.on")),
    # --- in backward --------------------------------------------------------------------------
    wrong("ReLUPassesAtZero", "kink", "The gradient passes where x is exactly 0: >= for >.",
          backward=("x > 0", "x >= 0")),
    wrong("ReLURectifiesGradient", "upstream_rectified", "What passes depends on dy, not on x.",
          backward=("dy * (x > 0)", "np.maximum(dy, 0)")),
    wrong("ReLUPassesEverything", "mask_missing", "dy passes even where the unit was off.",
          backward=("dy * (x > 0)", "dy.copy()")),
    wrong("ReLUInvertsMask", "mask_inverted", "The mask is 1 where the unit was off, else 0.",
          backward=("x > 0", "x <= 0")),
    wrong("ReLUForgetsUpstream", "upstream_forgotten", "backward returns the derivative, 1 or 0.",
          backward=("dy * (x > 0)", "(x > 0).astype(dy.dtype)")),
)
