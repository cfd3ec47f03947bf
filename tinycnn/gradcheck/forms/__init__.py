"""Student's code as it is: which forms it may have, and each as a layer of tinycnn's contract.

A file is searched for pieces that can be checked (`pieces`): classes with a forward and a backward,
pairs of functions, activations with their derivatives, losses, updates. A layer in any form becomes
an object with `params`, `forward`, `backward` and `parameter_gradients` (`as_it_is`), so that all
checks of this package apply to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..report import Report


@dataclass(frozen=True)
class Found:
    """A piece of a student's file that can be checked.

    Attributes:
        names: as the file has them: ("Conv",), ("conv_forward", "conv_backward").
        check: seed -> the report.
    """

    names: tuple[str, ...]
    check: Callable[[int], Report]
