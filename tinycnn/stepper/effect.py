"""What a knockout or a changed weight does to the prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..loss import negative_log_likelihood

Array = np.ndarray


@dataclass(frozen=True, repr=False)
class Effect:
    """y before and after a change.

    Attributes:
        what: the change, such as "tanh1[:,4] times 0".
        t: (N,) the true labels; before, after: (N, K) y.
    """

    what: str
    t: Array
    before: Array
    after: Array

    @property
    def loss(self) -> tuple[float, float]:
        """L before and after."""
        with np.errstate(divide="ignore"):
            return (negative_log_likelihood(self.before, self.t),
                    negative_log_likelihood(self.after, self.t))

    @property
    def text(self) -> str:
        """y of the classes that moved the most, and L."""
        from .text import effect_text
        return effect_text(self)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Effect of {self.what}: L {self.loss[0]:.4g} -> {self.loss[1]:.4g}>"

    def _repr_html_(self) -> str:
        from .html import effect_html
        return effect_html(self)
