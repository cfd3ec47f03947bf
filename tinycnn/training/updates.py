"""Updates with a memory: momentum and Adam, as `torch.optim` defines them.

    params, state = update(params, grads, state, learning_rate)

An update is a pure function: no argument is changed, and what it remembers is its state, None at
first. Any function of this form can be given to `train`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers import ShapeError
from ..layers.base import Params

State = Any     # None, a number, an array, or a dictionary {name: state}
Update = Callable[[Params, Params, State, float], tuple[Params, State]]


class _Known:
    """An update of tinycnn; the checkpoint keeps its `config`."""

    def __post_init__(self) -> None:
        for name, share in vars(self).items():
            right = "> 0" if name == "eps" else "in [0, 1)"
            if not (isinstance(share, (int, float, np.number)) and (
                    share > 0 if name == "eps" else 0 <= share < 1)):
                raise ValueError(f"{type(self).__name__}: expected {name} {right}, got {share!r}")

    def config(self) -> dict[str, Any]:
        """The arguments that build it again."""
        return dict(vars(self))


@dataclass(frozen=True)
class Momentum(_Known):
    """v ← mu · v + ∂L/∂w, w ← w - λ v, as torch.optim.SGD(momentum=mu). Its state is {name: v}.

    Args:
        mu: how much of the velocity v is kept, in [0, 1).
    """

    mu: float = 0.9

    def __call__(self, params: Params, grads: Params, state: State, learning_rate: float
                 ) -> tuple[Params, State]:
        """New parameters and state."""
        v = {name: g if state is None else self.mu * state[name] + g for name, g in grads.items()}
        return {name: w - learning_rate * v[name] for name, w in params.items()}, v


@dataclass(frozen=True)
class Adam(_Known):
    """Kingma and Ba (2015), as torch.optim.Adam. Its state is {"t": t, "m": {name: m}, "v": ...}.

    With g = ∂L/∂w, in step t: m ← beta1 · m + (1 - beta1) g, v ← beta2 · v + (1 - beta2) g²,
    and w ← w - λ m / (1 - beta1^t) / (√(v / (1 - beta2^t)) + eps).

    Args:
        beta1, beta2: how much of m and v is kept, in [0, 1). eps: > 0, so nothing is divided by 0.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

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


def written(function: Any) -> str | None:
    """An update or a loss as a text: "Momentum(mu=0.9)", or the name of a function of one's own."""
    if function is None:
        return None
    if hasattr(function, "config"):
        arguments = ", ".join(f"{key}={value!r}" for key, value in function.config().items())
        return f"{type(function).__name__}({arguments})"
    return str(getattr(function, "__name__", type(function).__name__))


def put_update(update: Update, params: Params, grads: Params, state: State, rate: float) -> State:
    """Call an update, write its parameters into the arrays of `params`, and return its state.

    Raises:
        ShapeError: it did not return (params, state), or a parameter has another shape.
    """
    answer: Any = update(params, grads, state, rate)
    pair = isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[0], dict)
    got = [f"{name} of shape {np.shape(answer[0].get(name))} instead of {w.shape}"
           for name, w in params.items() if np.shape(answer[0].get(name)) != w.shape
           ] if pair else [type(answer).__name__]
    if got:
        raise ShapeError(f"update {written(update)}: expected (params, state) with all parameters, "
                         f"got {got[0]}. Likely cause: a missing return, or a missing name")
    for name, w in params.items():
        w[...] = answer[0][name]
    return answer[1]
