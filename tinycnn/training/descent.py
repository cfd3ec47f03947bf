"""The update, and the loop that repeats it: minibatch gradient descent (eq. 2)."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..layers import NotFiniteError, ShapeError
from ..layers.base import Array
from ..network import Network, Trace
from ..network.loss import loss_from_logits
from . import inputs
from .checkpoint import Checkpoint
from .history import History, Params

log = logging.getLogger("tinycnn")

Callback = Callable[[Network, History], object]


def error_rate(net: Network, x: Array, t: Array) -> float:
    """The share of images that `net` classifies wrongly; t holds their (N,) labels."""
    if np.shape(t) != (len(x),):
        raise ShapeError(f"error_rate: expected a label for each of the {len(x)} images, got "
                         f"shape {np.shape(t)}")
    return float((net.predict(x) != t).mean())


def sgd_update(params: Params, grads: Params, learning_rate: float) -> None:
    """w ← w - λ ∂L/∂w, in place. (The paper prints a plus sign; to descend it must be a minus.)"""
    for name, w in params.items():
        w -= learning_rate * grads[name]


def train(net: Network, x: Array, t: Array, *, epochs: int = 250, batch_size: int = 10,
          learning_rate: float = 0.1, seed: int = 0, test: tuple[Array, Array] | None = None,
          callbacks: Sequence[Callback] = (), checkpoint: str | Path | None = None) -> History:
    """Train `net` in place by gradient descent on minibatches (section IV).

    Args:
        x: (N, C, H, W) images.
        t: (N,) their labels.
        epochs, batch_size, learning_rate: the paper's 250 epochs and 0.1 are the defaults. The
            last batch of an epoch may be smaller.
        seed: for the order of the images, which is drawn again for every epoch.
        test: images and labels to measure the error on after each epoch; not used for learning.
        callbacks: each is called as callback(net, history) after every epoch; one that returns
            True ends the training there. `Progress()` is one.
        checkpoint: a .npz file to write every 25 epochs and at the end. If it exists already,
            training goes on from it, and ends with the same bits as if it had never stopped.

    Ctrl-C ends the training: the network has the parameters of the last whole epoch, and
    `history.best` has those of the best epoch.

    Raises:
        NotFiniteError: a NaN or an infinity; it names epoch, batch, layer, and the likely cause.
            The network keeps the state of the last whole epoch.
        ModelFileError: the checkpoint is damaged, or from a training with other settings.

    Warns of pixels outside [-10, 10] (unless the first layer may scale them, or they are
    standardised), and of weights that are all 0.
    """
    x, t = np.asarray(x), np.asarray(t)
    if len(x) != len(t) or len(x) == 0:
        raise ShapeError(f"train: expected as many labels as images, got {len(t)} and {len(x)}")
    if epochs < 0 or batch_size < 1 or not learning_rate > 0:
        raise ValueError("train: expected epochs >= 0, batch_size >= 1 and learning_rate > 0, got "
                         f"{epochs}, {batch_size} and {learning_rate}")
    history = History(epochs)
    if test is not None:
        test = np.asarray(test[0]), np.asarray(test[1])
        inputs.check_test(net, *test)
    keeper = Checkpoint(checkpoint, [x, t, *(test or ())], batch_size=batch_size,
                        learning_rate=learning_rate, seed=seed,
                        precision=str(next(iter(net.params.values()), x).dtype))
    keeper.restore(net, history)
    last = _snapshot(net, history)
    warned = inputs.warn(net, x, None if test is None else test[0])
    try:
        with inputs.quiet() if warned else nullcontext():
            while len(history) < epochs:
                epoch = len(history)
                order = np.random.default_rng([seed, epoch]).permutation(len(x))
                started = time.perf_counter()
                loss, error = _epoch(net, x, t, order, batch_size, learning_rate, epoch)
                seconds = time.perf_counter() - started
                test_error = [error_rate(net, *test)] if test is not None else []
                _append(history, loss, error, test_error, seconds, net)
                last = _snapshot(net, history)
                if (epoch + 1) % 25 == 0:
                    keeper.write(net, history)
                if any([callback(net, history) is True for callback in callbacks]):
                    history.stopped = "callback"
                    break
    except BaseException as error:
        _put_back(net, history, last)
        keeper.write(net, history)
        if not isinstance(error, KeyboardInterrupt):
            raise
        history.stopped = "interrupted"
        log.warning("training interrupted: the network is that of epoch %d of %d, the best was "
                    "epoch %d", len(history), epochs, history.best_epoch)
    else:
        keeper.write(net, history)
    return history


def _epoch(net: Network, x: Array, t: Array, order: Array, batch_size: int, learning_rate: float,
           epoch: int) -> tuple[float, float]:
    """One update for each batch; returns mean loss and share of errors before each update."""
    first = next((name for name, layer in net.layers.items() if layer.params), None)
    params = net.params
    loss_sum, wrong = 0.0, 0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):   # checked below
        for number, start in enumerate(range(0, len(order), batch_size)):
            batch = order[start:start + batch_size]
            labels = t[batch]
            trace = net.forward(x[batch])
            loss, seed = loss_from_logits(trace.logits, labels)
            # ∂L/∂x is not needed: no layer before the first parameters learns.
            back = net.backward(trace, seed, of="logit", down_to=first or "input")
            grads = net.parameter_gradients(trace, back)
            sgd_update(params, grads, learning_rate)
            if not (math.isfinite(loss) and all(map(_is_finite, params.values()))):
                raise NotFiniteError(f"epoch {epoch + 1}, batch {number + 1}: "
                                     + _explain(net, trace, dict(back), grads, learning_rate))
            loss_sum += loss * len(batch)
            wrong += int(np.count_nonzero(trace.y.argmax(axis=1) != labels))
    return loss_sum / len(order), wrong / len(order)


def _is_finite(w: Array) -> bool:
    """Whether all of w is finite. If w · w is, all of w is: this test takes a third of the time."""
    return math.isfinite(np.vdot(w, w)) or bool(np.isfinite(w).all())


def _explain(net: Network, trace: Trace, back: Params, grads: Params, learning_rate: float) -> str:
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
    else:
        cause = (f"learning_rate={learning_rate:g} is too large, so the weights grow from step to "
                 f"step; try {learning_rate / 10:g}. Or a layer of your own divides by 0")
    return f"{kind} in {where}. Likely cause: {cause}"


def _append(history: History, loss: float, train_error: float, test_error: list[float],
            seconds: float, net: Network) -> None:
    history.loss.append(loss)
    history.train_error.append(train_error)
    history.test_error += test_error
    history.seconds.append(seconds)
    if not history.best or history.rank(-1) < history.rank(history.best_epoch - 1):
        history.best, history.best_epoch = _copied(net.params), len(history)


def _copied(params: Params) -> Params:
    return {name: w.copy() for name, w in params.items()}


def _snapshot(net: Network, history: History) -> tuple[Params, History]:
    """Network and history after a whole epoch, taken together: Ctrl-C can come at any line."""
    return _copied(net.params), replace(
        history, loss=history.loss[:], train_error=history.train_error[:],
        test_error=history.test_error[:], seconds=history.seconds[:])


def _put_back(net: Network, history: History, last: tuple[Params, History]) -> None:
    for name, w in net.params.items():
        w[...] = last[0][name]
    vars(history).update(vars(last[1]))
