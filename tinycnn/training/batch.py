"""One minibatch: its images, its gradients, its update; and what to say if it is not finite."""

from __future__ import annotations

import math

import numpy as np

from ..layers import NotFiniteError
from ..layers.base import Array, Params
from ..network import Network, Trace
from ..network.loss import loss_from_logits


def batches(n: int, batch_size: int, seed: int, epoch: int) -> list[Array]:
    """Which of the n images are in each batch of an epoch, counted from 1.

    The order is drawn again for every epoch, from the seed and the epoch's number alone.
    """
    order = np.random.default_rng([seed, epoch - 1]).permutation(n)
    return [order[start:start + batch_size] for start in range(0, n, batch_size)]


def sgd_update(params: Params, grads: Params, learning_rate: float) -> None:
    """w ← w - λ ∂L/∂w, in place. (The paper prints a plus sign; to descend it must be a minus.)"""
    for name, w in params.items():
        w -= learning_rate * grads[name]


def forward(net: Network, x: Array, t: Array) -> tuple[Trace, float, Array]:
    """All outputs of a batch, L, and ∂L/∂logits."""
    trace = net.forward(x)
    return trace, *loss_from_logits(trace.logits, t)


def descend(net: Network, trace: Trace, loss: float, seed: Array, learning_rate: float,
            place: tuple[int, int]) -> None:
    """Backward, gradients and update of a batch.

    Args:
        trace, loss, seed: what `forward` returned.
        place: epoch and batch, counted from 1, for the error.

    Raises:
        NotFiniteError: a NaN or an infinity, in any of its numbers.
    """
    first = next((name for name, layer in net.layers.items() if layer.params), "input")
    # ∂L/∂x is not needed: no layer before the first parameters learns.
    back = net.backward(trace, seed, of="logit", down_to=first)
    grads = net.parameter_gradients(trace, back)
    params = net.params
    sgd_update(params, grads, learning_rate)
    if not (math.isfinite(loss) and all(map(_is_finite, params.values()))):
        error = NotFiniteError(f"epoch {place[0]}, batch {place[1]}: " + _explain(
            net, trace, dict(back), grads, learning_rate, place == (1, 1)))
        error.epoch, error.batch = place
        raise error


def _is_finite(w: Array) -> bool:
    """Whether all of w is finite. If w · w is, all of w is: this test takes a third of the time."""
    return math.isfinite(np.vdot(w, w)) or bool(np.isfinite(w).all())


def _explain(net: Network, trace: Trace, back: Params, grads: Params, learning_rate: float,
             very_first: bool) -> str:
    """The first place in a training step with a NaN or an infinity, and its likely cause."""
    names = list(trace)
    places = [(f"the output of {name}" if name != "input" else "the images", trace[name])
              for name in names]
    places += [(f"the gradient at the output of {name}", back[name])
               for name in reversed(names) if name in back]
    places += [(f"the gradient of {name}", grad) for name, grad in grads.items()]
    places += [(f"{name} after the update", w) for name, w in net.params.items()]
    where, array = next(((where, array) for where, array in places
                         if not np.isfinite(array).all()), ("the loss", np.array(np.inf)))
    kind = "NaN" if np.isnan(array).any() else "infinity"
    if where == "the images":
        cause = "the data contain it; look at x[~np.isfinite(x)]"
    elif where == "the loss":
        cause = "logits that are too far apart for this precision"
    elif very_first and not where.endswith("update"):
        cause = ("no weight has changed yet, so it is not the learning rate: a layer of your own "
                 "divides by 0, or the first weights or the pixels are too large")
    else:
        cause = (f"learning_rate={learning_rate:g} is too large, so the weights grow from step to "
                 f"step; try {min(learning_rate / 10, 0.1):g}. Or a layer of your own divides by 0")
    return f"{kind} in {where}. Likely cause: {cause}"
