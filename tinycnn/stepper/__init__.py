"""Step through backprop: forward and backward as named steps, and a debugger for them."""

from __future__ import annotations

import numpy as np

from ..network import Network
from .effect import Effect
from .explain import Explanation
from .factors import Factors
from .nudge import Nudge
from .stepper import Stepper
from .steps import Step, StepError
from .trouble import Trouble

__all__ = ["Effect", "Explanation", "Factors", "Nudge", "Step", "StepError", "Stepper", "Trouble",
           "debug"]


def debug(net: Network, x: np.ndarray, t: np.ndarray | int, *, learning_rate: float = 0.1,
          color: str = "auto") -> Stepper:
    """Open the debugger on a network of your own, and return the stepper as you left it.

        tc.debug(net, faces.images[0], faces.labels[0])

    Args:
        net, x, t, learning_rate: as for `Stepper`.
        color: "auto", "always" or "never".
    """
    from .terminal.debugger import Debugger  # needs Pillow; nothing else here does
    stepper = Stepper(net, x, t, learning_rate=learning_rate)
    Debugger(stepper, color=color).interact()
    return stepper
