"""How far a training is: one line that is rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
import time
from typing import TextIO

from ..network import Network
from ..output.patient import patient
from .history import History


class Progress:
    """A callback for `train`: epoch, loss, errors and the time left.

    On a terminal one line is rewritten again and again. In a file or a log there is a plain line
    after about every tenth of the epochs.

    Args:
        stream: where to write, stderr by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = patient(sys.stderr) if stream is None else stream
        self.history: History | None = None
        self.started = 0.0, 0       # when, and after how many epochs
        self.shown = 0.0

    def __call__(self, net: Network, history: History) -> None:
        """Write the state after an epoch."""
        done, epochs, now = len(history), history.epochs, time.monotonic()
        if self.history is not history:     # a new training, or one that goes on from a checkpoint
            self.history, self.shown = history, 0.0
            self.started = now - history.seconds[-1], done - 1
        rate = (now - self.started[0]) / (done - self.started[1])
        known = {"train error": history.train_error, "validation": history.validation_error} \
            if history.validation_error else {"train error": history.train_error,
                                              "test error": history.test_error}
        measured = [f"{name} {values[-1]:6.2%}" for name, values in known.items()
                    if values and not math.isnan(values[-1])]
        if history.validation_loss and len(measured) < 2:       # no labels, so no errors
            measured.append(f"validation loss {history.validation_loss[-1]:.4f}")
        line = "  ".join([f"epoch {done:{len(str(epochs))}}/{epochs}",
                          f"loss {history.loss[-1]:.4f}", *[", ".join(measured)] * bool(measured),
                          f"{clock(rate * (epochs - done))} left"])
        if self.stream.isatty():
            if done == epochs or now - self.shown > 0.1:
                # The cursor waits in the line below, so that the next output has its own line.
                over = "\x1b[1A\x1b[2K" if self.shown else ""
                self.shown = now
                self.stream.write(f"{over}{line[:79]}\n")
        elif done == epochs or done % max(1, epochs // 10) == 0:
            self.stream.write(line + "\n")
        self.stream.flush()


def clock(seconds: float) -> str:
    """Seconds as 0:07, 12:34 or 1:02:03."""
    minutes, s = divmod(round(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"
