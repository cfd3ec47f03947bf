"""Step through backprop: forward and backward as named steps, and a debugger for them."""

from __future__ import annotations

import numpy as np

from ..layers import NotFiniteError
from ..network import Network
from ..training import History, Moment
from .comparison import Comparison, compare
from .effect import Effect
from .explain import Explanation
from .factors import Factors
from .nudge import Nudge
from .objective import Loss
from .stepper import Stepper
from .steps import Step, StepError
from .trouble import Trouble

__all__ = ["Comparison", "Effect", "Explanation", "Factors", "Nudge", "Step", "StepError",
           "Stepper", "Trouble", "compare", "debug"]


def debug(found: Network | History | NotFiniteError | Moment, x: np.ndarray | None = None,
          t: np.ndarray | int | None = None, *, learning_rate: float = 0.1,
          loss: Loss | None = None, color: str = "auto") -> Stepper:
    """Open the debugger on a network of your own, and return the stepper as you left it.

        tc.debug(net, faces.images[0], faces.labels[0])
        tc.debug(tc.train(net, x, t, stop=(3, 5)))      # in the training, before that update
        tc.debug(error)                                 # in the batch of a NotFiniteError

    Args:
        found: a network; or what `train` returned or raised, or `history.replay.at(3, 5)`.
        x, t, learning_rate, loss: as for `Stepper`; only with a network.
        color: "auto", "always" or "never".

    Raises:
        ValueError: a training that did not stop at a batch.
    """
    from .terminal.debugger import Debugger  # needs Pillow; nothing else here does
    if isinstance(found, Network):
        if x is None or t is None:
            raise ValueError("tc.debug: expected images and labels: tc.debug(net, x, t)")
        stepper = Stepper(found, x, t, learning_rate=learning_rate, loss=loss)
    else:
        stepper = Stepper.into(found)
    debugger = Debugger(stepper, color=color)
    if isinstance(found, NotFiniteError):
        debugger.say(str(found))
    if stepper.where:
        debugger.say(stepper.where)
    debugger.interact()
    return stepper
