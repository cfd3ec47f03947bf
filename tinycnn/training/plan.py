"""What belongs to a training besides its network and its images: how each update is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers import ShapeError
from ..layers.base import Array, Params
from ..network import Network, Trace
from ..network.loss import loss_from_logits
from ..network.losses import Loss, answer_of
from .updates import State, Update

Schedule = Callable[[int], float]


def sgd_update(params: Params, grads: Params, learning_rate: float) -> None:
    """w ← w - λ ∂L/∂w, in place. (The paper prints a plus sign; to descend it must be a minus.)"""
    for name, w in params.items():
        w -= learning_rate * grads[name]


@dataclass(frozen=True)
class Plan:
    """The arguments of `train` that decide what an update does; it says what each means."""

    batch_size: int = 10
    learning_rate: float = 0.1
    seed: int = 0
    update: Update | None = None
    weight_decay: float = 0.0
    schedule: Schedule | None = None
    loss: Loss | None = None
    dropout: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        for name in ("update", "schedule", "loss"):
            value = getattr(self, name)
            if isinstance(value, type) or not (value is None or callable(value)):
                cause = f"brackets are missing, {value.__name__}()" if isinstance(
                    value, type) else "it is in quotes" if isinstance(value, str) else ""
                raise ValueError(f"train: expected {name} as a function, got {value!r}"
                                 + f". Likely cause: {cause}" * bool(cause))
        dropout = {} if self.dropout is None else self.dropout
        rate, decay, number = self.learning_rate, self.weight_decay, (int, float, np.number)
        for name, right, expected in (
                ("batch_size", _whole(self.batch_size) and self.batch_size >= 1,
                 ">= 1, a whole number"),
                ("seed", _whole(self.seed) and self.seed >= 0, ">= 0, a whole number"),
                ("learning_rate", isinstance(rate, number) and 0 < rate < np.inf, "> 0, a number"),
                ("weight_decay", isinstance(decay, number) and 0 <= decay < np.inf,
                 ">= 0, a number"),
                ("dropout", isinstance(dropout, Mapping) and all(
                    isinstance(p, number) and 0 <= p < 1 for p in dropout.values()),
                 "as {layer: share in [0, 1)}")):
            if not right:
                raise ValueError(f"train: expected {name} {expected}, got {getattr(self, name)!r}")

    def order(self, n: int, epoch: int) -> list[Array]:
        """Which of the n images are in each batch: from the seed and the epoch's number alone."""
        order = np.random.default_rng([self.seed, epoch - 1]).permutation(n)
        return [order[start:start + self.batch_size] for start in range(0, n, self.batch_size)]

    def gates(self, maps: Mapping[str, int], epoch: int, batch: int) -> dict[str, Array]:
        """The dropout of a batch: a factor 0 or 1/(1 - p) for each of the `maps` of a layer."""
        rng = np.random.default_rng([self.seed, epoch, batch])
        shares = self.dropout or {}
        return {name: (rng.random(n) >= shares[name]) / (1 - shares[name])
                for name, n in maps.items()}

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch."""
        if self.schedule is None:
            return self.learning_rate
        factor = self.schedule(epoch)
        if not (isinstance(factor, (int, float, np.number)) and 0 <= factor < np.inf):
            raise ValueError(f"schedule({epoch}): expected a factor >= 0, got {factor!r}")
        return self.learning_rate * float(factor)

    def forward(self, net: Network, x: Array, t: Array, gates: Mapping[str, Array]
                ) -> tuple[Trace, float, Array]:
        """All outputs of a batch, L, and ∂L/∂logits, or ∂L/∂y of a `loss`."""
        trace = net.forward(x, gates)
        if self.loss is None:
            return trace, *loss_from_logits(trace.logits, t)
        return trace, *answer_of(self.loss, trace.y, t)

    def step(self, params: Params, grads: Params, state: State, epoch: int) -> State:
        """One update of `params`, in place; returns the state after it."""
        if self.weight_decay:
            grads = {name: g + self.weight_decay * params[name] for name, g in grads.items()}
        if self.update is None:
            return sgd_update(params, grads, self.rate(epoch))
        answer: Any = self.update(params, grads, state, self.rate(epoch))
        pair = isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[0], dict)
        if not pair or any(np.shape(answer[0].get(name)) != w.shape for name, w in params.items()):
            raise ShapeError(f"update {written(self.update)}: expected (params, state), and params "
                             f"with the names and shapes of those it got; got {type(answer)}")
        for name, w in params.items():
            w[...] = answer[0][name]
        return answer[1]

    @property
    def plain(self) -> bool:
        """Whether an update is w - λ ∂L/∂w and nothing else."""
        return self.update is None and not self.weight_decay

    def formula(self, epoch: int) -> str:
        """What an update computes, as far as it is known."""
        decay = f", decay = {self.weight_decay:g}" if self.weight_decay else ""
        slope = "(∂L/∂w + decay·w)" if decay else "∂L/∂w"
        how = f"{written(self.update)} of w, {slope}" if self.update else f"w - λ {slope}"
        return f"w ← {how}, with λ = {self.rate(epoch):g}{decay}"

    def settings(self) -> dict[str, Any]:
        """What a checkpoint keeps of it, without what is as by default; it keeps the rates, too."""
        return {name: written(value) if callable(value) else value for name, value in
                vars(self).items() if name == "seed" or (value and name != "schedule")}


def _whole(value: object) -> bool:
    return isinstance(value, (int, np.integer))


def written(function: Any) -> str:
    """An update or a loss as a text: with its `config`, or the name of one's own; "" for None."""
    if hasattr(function, "config"):
        arguments = ", ".join(f"{key}={value}" for key, value in function.config().items())
        return f"{type(function).__name__}({arguments})"
    return getattr(function, "__name__", type(function).__name__) if function else ""
