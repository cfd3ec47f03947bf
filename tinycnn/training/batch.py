"""One minibatch: its gradients and its update; and what to say if they are not finite."""

from __future__ import annotations

import math

import numpy as np

from ..layers import NotFiniteError
from ..layers.base import Array, Params
from ..network import Network, Trace
from .plan import Plan, written
from .updates import State


def descend(net: Network, plan: Plan, trace: Trace, loss: float, seed: Array, state: State,
            place: tuple[int, int]) -> State:
    """Backward, gradients and update of a batch; returns the update's state after it.

    Args:
        trace, loss, seed: what `plan.forward` returned.
        place: epoch and batch, counted from 1, for the rate and for the error.

    Raises:
        NotFiniteError: a NaN or an infinity, in any of its numbers.
    """
    first = next((name for name, layer in net.layers.items() if layer.params), "input")
    # ∂L/∂x is not needed: no layer before the first parameters learns.
    back = net.backward(trace, seed, of="logit" if plan.loss is None else None, down_to=first)
    grads = net.parameter_gradients(trace, back)
    params = net.params
    state = plan.step(params, grads, state, place[0])
    # If w · w is finite, all of w is: this test takes a third of the time.
    if not (math.isfinite(loss) and all(math.isfinite(np.vdot(w, w)) or np.isfinite(w).all()
                                        for w in params.values())):
        error = NotFiniteError(f"epoch {place[0]}, batch {place[1]}: " + _explain(
            net, plan, trace, loss, dict(back), grads, place))
        error.epoch, error.batch = place
        raise error
    return state


def _explain(net: Network, plan: Plan, trace: Trace, loss: float, back: Params, grads: Params,
             place: tuple[int, int]) -> str:
    """The first place in a training step with a NaN or an infinity, and its likely cause."""
    names = list(trace)
    places = [(f"the output of {name}" if name != "input" else "the images", trace[name])
              for name in names]
    places += [("the loss", np.array(loss))]
    places += [(f"the gradient at the output of {name}", back[name])
               for name in reversed(names) if name in back]
    places += [(f"the gradient of {name}", grad) for name, grad in grads.items()]
    places += [(f"{name} after the update", w) for name, w in net.params.items()]
    where, array = next((where, array) for where, array in places
                        if not np.isfinite(array).all())
    kind = "NaN" if np.isnan(array).any() else "infinity"
    rate = plan.rate(place[0])
    too_large = f"learning_rate={rate:g} is too large"
    if where == "the images":
        cause = (f"the data contain it, or numbers too large for {array.dtype}; look at "
                 "x[~np.isfinite(x)]")
    elif plan.loss and where in ("the loss", f"the gradient at the output of {names[-1]}"):
        cause = ("the network's outputs are finite, so the targets are not, or "
                 f"{written(plan.loss)} divides by 0 or gets numbers that are too large for it"
                 + f", because {too_large}" * (place != (1, 1)))
    elif where == "the loss":
        cause = "logits that are too far apart for this precision"
    elif where.endswith("update") and plan.update:
        cause = f"the gradients are finite, so it is {written(plan.update)} itself, or {too_large}"
    elif place == (1, 1) and not where.endswith("update"):
        cause = ("no weight has changed yet, so it is not the learning rate: a layer of your own "
                 "divides by 0, or the first weights or the pixels are too large")
    else:
        cause = (f"{too_large}, so the weights grow from step to step; try "
                 f"{min(rate / 10, 0.1):g}. Or a layer, loss or update of your own is wrong")
    return f"{kind} in {where}. Likely cause: {cause}"
