"""The loop that repeats the update: minibatch gradient descent (eq. 2)."""

from __future__ import annotations

import logging
import math
import re
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..layers import NotFiniteError, ShapeError
from ..layers.base import Array
from ..network import Network
from ..network.losses import Loss
from . import inputs
from .batch import descend
from .checkpoint import Checkpoint, packed
from .condition import Condition
from .history import LISTS, History, Params
from .plan import Plan, Schedule
from .replay import Replay, copied, put
from .updates import State, Update

log = logging.getLogger("tinycnn")

Callback = Callable[[Network, History], object]
BatchCallback = Callable[[Network, int, int, float], object]


class _Stopped(Exception):
    """Epoch and batch before whose update `train` stops, and the update's state there."""


def error_rate(net: Network, x: Array, t: Array) -> float:
    """The share of images that `net` classifies wrongly; t holds their (N,) labels."""
    if np.shape(t) != (len(x),):
        raise ShapeError(f"error_rate: expected a label for each of the {len(x)} images, got "
                         f"shape {np.shape(t)}")
    return float((net.predict(x) != t).mean())


def train(net: Network, x: Array, t: Array, *, epochs: int = 250, batch_size: int = 10,
          learning_rate: float = 0.1, seed: int = 0, test: tuple[Array, Array] | None = None,
          validation: tuple[Array, Array] | None = None, patience: int | None = None,
          update: Update | None = None, weight_decay: float = 0.0,
          schedule: Schedule | None = None, loss: Loss | None = None,
          dropout: Mapping[str, float] | None = None,
          callbacks: Sequence[Callback] = (), checkpoint: str | Path | None = None,
          stop: tuple[int, int] | str | None = None) -> History:
    """Train `net` in place by gradient descent on minibatches (section IV).

    Args:
        x: (N, C, H, W) images.
        t: (N,) their labels, or what `loss` takes.
        epochs, batch_size, learning_rate: the paper's 250 epochs and 0.1 are the defaults. The
            last batch of an epoch may be smaller.
        seed: for the order of the images and the dropout, both drawn again for every epoch.
        test: (images, labels) to measure the error on after each epoch. It decides nothing.
        validation: (images, labels), other ones: `history.best` is the epoch with the smallest
            error (then loss) on them.
        patience: end after so many epochs without a better one on the validation images.
        update: `tc.momentum()`, `tc.adam()` (with a learning_rate of about 0.001), or any function
            (params, grads, state, learning_rate) -> (params, state); None for w - λ ∂L/∂w.
        weight_decay: so much of each parameter is added to its gradient before the update.
        schedule: epoch -> factor on the learning rate; epochs are counted from 1.
        loss: (y, t) -> (L, ∂L/∂y), y the output of the last layer: `tc.squared_error` or another of
            them, or one's own. None for the negative log-likelihood.
        dropout: {layer: p}. In each batch each of its maps (or units) is 0 with probability p, for
            all images of the batch, and times 1/(1 - p) otherwise. Only the training's own passes
            have it, not predictions and errors on other images.
        callbacks: each is called as callback(net, history) after every epoch; one that returns
            True ends the training there. `Progress()` is one. If it has a method `batch`, this is
            called as callback.batch(net, epoch, batch, loss) after every update, counted from 1.
        checkpoint: a .npz file to write after epoch 1, every 25 epochs, and at the end. If it
            exists already, training goes on from it, and ends with the same bits as if it had never
            stopped.
        stop: where to stop: (3, 5) just before the update of epoch 3, batch 5; or a condition, such
            as "L > 1.5 * last", on the loss L of a batch, the `last` one before it, `epoch` and
            `batch`. The network is left as it is there, and `tc.debug(history)` steps into it.

    With a `BatchNorm`, errors on other images are those of `net.frozen(x)`.

    Ctrl-C ends the training: the network has the parameters of the last whole epoch, and
    `history.best` has those of the best epoch.

    Raises:
        NotFiniteError: a NaN or an infinity; it names epoch, batch, layer, and the likely cause.
            The network keeps the state of the last whole epoch. `tc.debug(error)` steps into
            the batch that failed; `error.moment` has its images and the parameters before it.
        ModelFileError: the checkpoint is damaged, or from a training with other settings. Of
            functions, only the names are compared.

    Warns of pixels outside [-10, 10] (unless the first layer may scale them, or they are
    standardised), and of weights that are all 0.
    """
    x, t = inputs.arrays("train", x, t)
    plan = Plan(batch_size, learning_rate, seed, update, weight_decay, schedule, loss, dropout)
    if not all(isinstance(n, (int, np.integer)) for n in (epochs, patience or 1)) or epochs < 0 \
            or (patience is not None and (validation is None or patience < 1)):
        raise ValueError("train: expected whole numbers: epochs >= 0, and patience >= 1 only with "
                         f"validation images, got {epochs=}, {patience=}")
    inputs.check_network(net, plan, x, t)
    history = History(epochs)
    others = {what: inputs.checked(what, net, pair, loss) for what, pair in
              (("test", test), ("validation", validation)) if pair is not None}
    keeper = Checkpoint(checkpoint, plan, net, str(next(iter(net.params.values()), x).dtype), {
        "data": [x, t, *others.get("test", ())], "validation": [*others.get("validation", ())]})
    state = keeper.restore(net, history)
    history.replay = Replay(net, x, t, plan, first=len(history) + 1, epochs=epochs, state=state)
    stopping = _condition(stop, history.replay)
    last = _snapshot(net, history, state)
    each_batch = [callback.batch for callback in callbacks if hasattr(callback, "batch")]
    warned = inputs.warn(net, x, others)
    try:
        with warnings.catch_warnings():
            if warned:      # `Network.forward` need not say it again
                warnings.filterwarnings("ignore", "the images are", UserWarning)
            while len(history) < epochs:
                if patience is not None and len(history) - history.best_epoch >= patience:
                    history.stopped = "patience"
                    break
                epoch = len(history) + 1
                started = time.perf_counter()
                mean, error, state = _epoch(net, history.replay, epoch, each_batch, stopping,
                                            keeper, state)
                for name, value in {"loss": mean, "train_error": error,
                                    "seconds": time.perf_counter() - started,
                                    **_measured(net, x, others, loss)}.items():
                    getattr(history, name).append(value)
                if not history.best or history.rank(-1) < history.rank(history.best_epoch - 1):
                    history.best, history.best_epoch = copied(net.params), epoch
                last = _snapshot(net, history, state)
                if epoch == 1 or epoch % 25 == 0:       # a full disk is found at once
                    keeper.write(*last)
                if any([callback(net, history) is True for callback in callbacks]):
                    history.stopped = "callback"
                    break
                history.replay.begins(epoch + 1, net.params, state)
    except _Stopped as found:
        keeper.write(*last)
        epoch, batch, state = found.args
        history.stopped, history.place = "stop", (epoch, batch)
        history.replay.stand_at(epoch, batch, net, state)
    except BaseException as error:
        put(net, last[0])
        vars(history).update(vars(last[1]))
        keeper.write(*last)
        if isinstance(error, NotFiniteError):
            error.replay = history.replay
        if not isinstance(error, KeyboardInterrupt):
            raise
        history.stopped = "interrupted"
        log.warning("training interrupted: the network is that of epoch %d of %d, the best was "
                    "epoch %d", len(history), epochs, history.best_epoch)
    else:
        keeper.write(net.params, history, state)
    return history


def _epoch(net: Network, training: Replay, epoch: int, callbacks: list[BatchCallback],
           stop: Condition | None, keeper: Checkpoint, state: State) -> tuple[float, float, State]:
    """One update for each batch; mean loss and share of errors before each, and the last state."""
    x, t, labels, losses = training.x, training.t, training.labels, training.losses
    loss_sum, wrong = 0.0, 0 if labels is not None else math.nan
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):   # `descend` looks
        for number, chosen in enumerate(training.order(epoch), 1):
            trace, loss, gradient = training.plan.forward(net, x[chosen], t[chosen],
                                                          training.gates(epoch, number))
            losses.append(loss)
            if stop is not None and stop.value({
                    "L": loss, "last": losses[-2] if len(losses) > 1 else math.nan,
                    "epoch": epoch, "batch": number}):
                raise _Stopped(epoch, number, state)
            state = descend(net, training.plan, trace, loss, gradient, state, (epoch, number))
            if number == 1 and keeper.path:
                packed(state, {})           # an error now, if the file could not keep it
            loss_sum += loss * len(chosen)
            if labels is not None:
                wrong += int(np.count_nonzero(net.labels(trace.y) != labels[chosen]))
            for callback in callbacks:
                callback(net, epoch, number, loss)
    return loss_sum / len(x), wrong / len(x), state


def _measured(net: Network, x: Array, others: Mapping[str, tuple[Array, Array]],
              loss: Loss | None) -> dict[str, float]:
    """{"test_error": error, ...} after an epoch, of the images that there are."""
    net = net.frozen(x) if others and net.mixes_images else net
    found = {what: net.evaluate(*pair, loss) for what, pair in others.items()}
    losses = {"validation_loss": found["validation"].loss} if "validation" in found else {}
    return {f"{what}_error": one.error for what, one in found.items()} | losses


def _condition(stop: tuple[int, int] | str | None, training: Replay) -> Condition | None:
    """What `stop` asks for, as a condition."""
    if isinstance(stop, str) and (place := re.fullmatch(r"\s*(\d+)\s*:\s*(\d+)\s*", stop)):
        stop = int(place[1]), int(place[2])         # as the debugger has it
    if isinstance(stop, tuple) and len(stop) == 2 and all(
            isinstance(n, (int, np.integer)) for n in stop):
        if not (training.first <= stop[0] <= (training.epochs or 0)
                and 1 <= stop[1] <= training.batches):
            raise ValueError(f"stop={stop}: the training has epochs {training.first} to "
                             f"{training.epochs}, and batches 1 to {training.batches} in each")
        stop = f"epoch == {stop[0]} and batch == {stop[1]}"
    if not isinstance(stop, str) and stop is not None:
        raise ValueError("stop: expected (epoch, batch), both counted from 1, or a condition such "
                         f"as 'L > 1.5 * last', got {stop!r}")
    return None if stop is None else Condition(stop.strip().removeprefix("if "),
                                               ["L", "last", "epoch", "batch"])


def _snapshot(net: Network, history: History, state: State) -> tuple[Params, History, State]:
    """All of a training after a whole epoch, taken together: Ctrl-C can come at any line."""
    return copied(net.params), replace(
        history, **{name: getattr(history, name)[:] for name in LISTS}), deepcopy(state)
