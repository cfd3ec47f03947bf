"""The loss of a training step: the negative log-likelihood of the labels, or one's own."""

from __future__ import annotations

import numpy as np

from ..layers import ShapeError
from ..layers.base import Array
from ..network.loss import negative_log_likelihood_gradient
from ..network.losses import LOSSES, Loss
from ..training.plan import written
from .calls import call, shaped
from .steps import StepError


class Objective:
    """L of the last layer's output y, and ∂L/∂y.

    Args:
        t: what y is compared with: (N,) labels, or what a loss of one's own takes.
        own: (y, t) -> (L, ∂L/∂y), or None for the negative log-likelihood of probabilities y.
    """

    def __init__(self, t: Array, own: Loss | None) -> None:
        self.t, self.own = t, own

    @property
    def formula(self) -> str:
        """What is computed."""
        if self.own is not None:
            return f"L, ∂L/∂y = {getattr(self.own, '__name__', 'loss')}(y, t)"
        return "L = -1/N Σ_n log y[n,t_n]\n∂L/∂y[n,k] = -1/(N·y[n,k]) where k = t_n, else 0"

    @property
    def whose(self) -> str:
        """What a loss that is not the negative log-likelihood is called in sentences."""
        return written(self.own) if self.own in LOSSES else "your own"

    def value(self, y: Array, logits: Array | None = None) -> float:
        """L, in float64 unless the loss is one's own.

        Where y_t has become 0, L comes from the logits if they are given, as in training.
        """
        if self.own is not None:
            return self._called(y)[0]
        n = np.arange(len(y))
        with np.errstate(all="ignore"):
            logs = np.log(y[n, self.t].astype(np.float64))
            if logits is not None and np.isneginf(logs).any():
                z = np.asarray(logits, np.float64)
                z = z - z.max(axis=1, keepdims=True)
                stable = z[n, self.t] - np.log(np.exp(z).sum(axis=1))
                logs = np.where(np.isneginf(logs), stable, logs)
            return float(-logs.mean()) + 0.0         # no -0.0

    def step(self, last: str, y: Array, logits: Array | None) -> tuple[float, Array, Array]:
        """L, ∂L/∂y, and (N,) the images whose y_t is too small a number for its precision.

        There y_t counts as the smallest number, and `TrainingStep` goes on from the logits.
        """
        if self.own is not None:
            return (*self._called(y), np.zeros(len(y), bool))
        if y.ndim != 2 or self.t.max() >= y.shape[1] or y.shape[1] < 2:
            raise ShapeError(f"labels go from 0 to {self.t.max()}, but the output of {last} is "
                             f"{y.shape}: expected (N, K) with a probability for every class" + (
                ". One output takes another loss: tc.binary_cross_entropy after a Sigmoid, else "
                "tc.binary_cross_entropy_from_logits") * (y.shape[1:] == (1,)))
        true = np.abs(y[np.arange(len(y)), self.t])
        small = true < np.finfo(y.dtype).tiny if logits is not None else np.zeros(len(y), bool)
        return self.value(y, logits), negative_log_likelihood_gradient(y, self.t), small

    def _called(self, y: Array) -> tuple[float, Array]:
        """(L, ∂L/∂y) of a loss of one's own, looked at."""
        given = {"y": y}
        answer = call("loss", self.own, given, self.t)
        try:
            loss, gradient = answer
            loss = float(loss)
        except (TypeError, ValueError):
            raise StepError("loss", self.own, given, "must return (L, ∂L/∂y), L one "
                            f"number; got {type(answer).__name__}") from None
        return loss, shaped("loss", self.own, given, "∂L/∂y", gradient, y.shape)
