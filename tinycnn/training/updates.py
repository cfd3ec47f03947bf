"""Momentum and Adam, as `torch.optim` defines them: pure functions, whose memory is an argument.

    params, state = update(params, grads, state, learning_rate)     # the state is None at first
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers.base import Params

State = Any     # None, a number, an array, or a dictionary {name: state}, list or tuple of states
Update = Callable[[Params, Params, State, float], tuple[Params, State]]


class _Update:
    """What both have; the checkpoint keeps the `config`."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (isinstance(value, (int, float, np.number)) and 0 <= value < 1):
                raise ValueError(f"{self}: expected {name} in [0, 1), got {value!r}")

    def config(self) -> dict[str, Any]:
        """The arguments that build it again."""
        return dict(vars(self))


@dataclass(frozen=True)
class Momentum(_Update):
    """v ← mu · v + ∂L/∂w, w ← w - λ v, as torch.optim.SGD(momentum=mu). The state is {name: v}."""

    mu: float = 0.9

    def __call__(self, params: Params, grads: Params, state: State, learning_rate: float
                 ) -> tuple[Params, State]:
        """New parameters and state."""
        v = {name: g if state is None else self.mu * state[name] + g for name, g in grads.items()}
        return {name: w - learning_rate * v[name] for name, w in params.items()}, v


@dataclass(frozen=True, kw_only=True)
class Adam(_Update):
    """Kingma and Ba (2015), as torch.optim.Adam. The state is {"t": t, "m": {name: m}, "v": ...}.

    With g = ∂L/∂w, in step t: m ← beta1 · m + (1 - beta1) g, v ← beta2 · v + (1 - beta2) g²,
    and w ← w - λ m / (1 - beta1^t) / (√(v / (1 - beta2^t)) + eps). λ is the `learning_rate` of
    `train`: 0.001 is usual for Adam, and the default 0.1 is too large in most cases.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __new__(cls, *rate: float, **names: float) -> Adam:
        """TypeError for arguments that PyTorch's Adam has, above all the learning rate."""
        if rate or not names.keys() <= cls.__annotations__.keys():
            raise TypeError(f"adam: expected names, {', '.join(cls.__annotations__)}. The learning "
                            "rate is an argument of train: train(..., learning_rate=0.001)")
        return super().__new__(cls)

    def __call__(self, params: Params, grads: Params, state: State, learning_rate: float
                 ) -> tuple[Params, State]:
        """New parameters and state."""
        old = state or {"t": 0, "m": dict.fromkeys(grads, 0.0), "v": dict.fromkeys(grads, 0.0)}
        t = old["t"] + 1
        m = {name: self.beta1 * old["m"][name] + (1 - self.beta1) * g for name, g in grads.items()}
        v = {name: self.beta2 * old["v"][name] + (1 - self.beta2) * g * g
             for name, g in grads.items()}
        rate, root = learning_rate / (1 - self.beta1 ** t), (1 - self.beta2 ** t) ** 0.5
        return {name: w - rate * m[name] / (np.sqrt(v[name]) / root + self.eps)
                for name, w in params.items()}, {"t": t, "m": m, "v": v}


momentum, adam = Momentum, Adam     # in a call they read as what they are: update=adam()
