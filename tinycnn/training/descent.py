"""The loop that repeats the update: minibatch gradient descent (eq. 2)."""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..layers import NotFiniteError, ShapeError
from ..layers.base import Array
from ..network import Network
from . import inputs
from .batch import descend, forward
from .checkpoint import Checkpoint
from .condition import Condition
from .history import History, Params
from .replay import Replay, copied, put

log = logging.getLogger("tinycnn")

Callback = Callable[[Network, History], object]
BatchCallback = Callable[[Network, int, int, float], object]


class _Stopped(Exception):
    """Epoch and batch before whose update `train` stops."""


def error_rate(net: Network, x: Array, t: Array) -> float:
    """The share of images that `net` classifies wrongly; t holds their (N,) labels."""
    if np.shape(t) != (len(x),):
        raise ShapeError(f"error_rate: expected a label for each of the {len(x)} images, got "
                         f"shape {np.shape(t)}")
    return float((net.predict(x) != t).mean())


def train(net: Network, x: Array, t: Array, *, epochs: int = 250, batch_size: int = 10,
          learning_rate: float = 0.1, seed: int = 0, test: tuple[Array, Array] | None = None,
          callbacks: Sequence[Callback] = (), checkpoint: str | Path | None = None,
          stop: tuple[int, int] | str | None = None) -> History:
    """Train `net` in place by gradient descent on minibatches (section IV).

    Args:
        x: (N, C, H, W) images.
        t: (N,) their labels.
        epochs, batch_size, learning_rate: the paper's 250 epochs and 0.1 are the defaults. The
            last batch of an epoch may be smaller.
        seed: for the order of the images, which is drawn again for every epoch.
        test: images and labels to measure the error on after each epoch; not used for learning.
        callbacks: each is called as callback(net, history) after every epoch; one that returns
            True ends the training there. `Progress()` is one. If it has a method `batch`, this is
            called as callback.batch(net, epoch, batch, loss) after every update, counted from 1.
        checkpoint: a .npz file to write every 25 epochs and at the end. If it exists already,
            training goes on from it, and ends with the same bits as if it had never stopped.
        stop: where to stop: (3, 5) just before the update of epoch 3, batch 5; or a condition, such
            as "L > 1.5 * last", on the loss L of a batch, the `last` one before it, `epoch` and
            `batch`. The network is left as it is there, and `tc.debug(history)` steps into it.

    Ctrl-C ends the training: the network has the parameters of the last whole epoch, and
    `history.best` has those of the best epoch.

    Raises:
        NotFiniteError: a NaN or an infinity; it names epoch, batch, layer, and the likely cause.
            The network keeps the state of the last whole epoch. `tc.debug(error)` steps into
            the batch that failed; `error.moment` has its images and the parameters before it.
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
    history.replay = Replay(net, x, t, batch_size=batch_size, learning_rate=learning_rate,
                            seed=seed, first=len(history) + 1, epochs=epochs)
    stopping = _condition(stop, history.replay)
    last = _snapshot(net, history)
    each_batch = [callback.batch for callback in callbacks if hasattr(callback, "batch")]
    warned = inputs.warn(net, x, None if test is None else test[0])
    try:
        with inputs.quiet() if warned else nullcontext():
            while len(history) < epochs:
                epoch = len(history) + 1
                started = time.perf_counter()
                loss, error = _epoch(net, history.replay, epoch, each_batch, stopping)
                seconds = time.perf_counter() - started
                test_error = [error_rate(net, *test)] if test is not None else []
                _append(history, loss, error, test_error, seconds, net)
                last = _snapshot(net, history)
                if epoch % 25 == 0:
                    keeper.write(net, history)
                if any([callback(net, history) is True for callback in callbacks]):
                    history.stopped = "callback"
                    break
                history.replay.begins(epoch + 1, net.params)
    except _Stopped as found:
        there = copied(net.params)
        _put_back(net, history, last)
        keeper.write(net, history)
        put(net, there)
        history.stopped, history.place = "stop", found.args
        history.replay.stand_at(found.args[0], found.args[1], net)
    except BaseException as error:
        _put_back(net, history, last)
        keeper.write(net, history)
        if isinstance(error, NotFiniteError):
            error.replay = history.replay
        if not isinstance(error, KeyboardInterrupt):
            raise
        history.stopped = "interrupted"
        log.warning("training interrupted: the network is that of epoch %d of %d, the best was "
                    "epoch %d", len(history), epochs, history.best_epoch)
    else:
        keeper.write(net, history)
    return history


def _epoch(net: Network, training: Replay, epoch: int, callbacks: list[BatchCallback],
           stop: Condition | None) -> tuple[float, float]:
    """One update for each batch; returns mean loss and share of errors before each update."""
    x, t, losses = training.x, training.t, training.losses
    loss_sum, wrong = 0.0, 0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):   # `descend` looks
        for number, chosen in enumerate(training.order(epoch), 1):
            labels = t[chosen]
            trace, loss, gradient = forward(net, x[chosen], labels)
            losses.append(loss)
            if stop is not None and stop.value({
                    "L": loss, "last": losses[-2] if len(losses) > 1 else math.nan,
                    "epoch": epoch, "batch": number}):
                raise _Stopped(epoch, number)
            descend(net, trace, loss, gradient, training.learning_rate, (epoch, number))
            loss_sum += loss * len(chosen)
            wrong += int(np.count_nonzero(trace.y.argmax(axis=1) != labels))
            for callback in callbacks:
                callback(net, epoch, number, loss)
    return loss_sum / len(x), wrong / len(x)


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


def _append(history: History, loss: float, train_error: float, test_error: list[float],
            seconds: float, net: Network) -> None:
    history.loss.append(loss)
    history.train_error.append(train_error)
    history.test_error += test_error
    history.seconds.append(seconds)
    if not history.best or history.rank(-1) < history.rank(history.best_epoch - 1):
        history.best, history.best_epoch = copied(net.params), len(history)


def _snapshot(net: Network, history: History) -> tuple[Params, History]:
    """Network and history after a whole epoch, taken together: Ctrl-C can come at any line."""
    return copied(net.params), replace(
        history, loss=history.loss[:], train_error=history.train_error[:],
        test_error=history.test_error[:], seconds=history.seconds[:])


def _put_back(net: Network, history: History, last: tuple[Params, History]) -> None:
    put(net, last[0])
    vars(history).update(vars(last[1]))
