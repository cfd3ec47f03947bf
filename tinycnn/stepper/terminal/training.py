"""Commands that go from one training step to another: on the same images, or in a training."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from ...output.text import columns, number, times
from .. import names
from .prompt import count, split, whole
from .walking import Walking

LINES = 10      # of a long `again`
ROWS = 30       # of the table of `watch`
FAR = 100       # batches: going there may take a while


class Training(Walking):
    """Training steps

    Attributes:
        rows: {how many training steps were before: (what it is called, {name: number})}.
    """

    def __init__(self, stdout: IO[str] | None = None) -> None:
        super().__init__(stdout)
        self.rows: dict[int, tuple[str, dict[str, float]]] = {}

    def do_again(self, text: str) -> None:
        """again [N]: the next training step, or N, on the same images.

        With the new parameters. The steps that are left are done first;
        breakpoints on the way stop it. `undo` takes training steps back.
        """
        n = count(text, "again")
        if self._train(n, "again", self.stepper.again):
            before = number(self.stepper.losses[-n], 4)
            self.say(f"The updated parameters are in. L: {before} → {self._loss()}")

    def do_undo(self, text: str) -> None:
        """undo [N]: back to the training step before the last `again`.

        To its end: all its numbers are known, the same as before.
        """
        n, before = count(text, "undo"), self.stepper.undoable
        if n > before > 0:
            raise ValueError(f"undo {n}: there were only {before} training steps before this one")
        for _ in range(n):
            self.stepper.undo_again()
        self.say(f"back at the end of {self._label()}; L = {self._loss()}")

    def do_batch(self, text: str) -> None:
        """batch [N or E:B]: the next batch of a training, N on, or epoch:batch.

        `batch`, `batch 10`, `batch 3:5`; `back batch 2` goes back. It stands before
        the batch's update; knockouts and `set` are dropped. With breakpoints or
        `watch`, all steps on the way are done. A training is entered by
        `tinycnn step --at 3:5`, or in Python by `tc.train(..., stop=(3, 5))` and
        `tc.debug(history)`.
        """
        place, moment = re.fullmatch(r"(\d+)\s*:\s*(\d+)", text), self.stepper.moment
        epoch, batch = map(int, place.groups()) if place else (0, 0)
        n = 0 if place else whole(text or "1", "batch")
        if place or n < 0 or moment is None or not (self.breakpoints or self.watched):
            self._note()
            if place and moment:
                n = (epoch - moment.epoch) * moment.replay.batches + batch - moment.batch
            if abs(n) > FAR:
                self.say(f"{abs(n)} batches away: this may take a while; Ctrl-C stops it")
            if place:
                self.stepper.go_to(epoch, batch)
            else:
                self.stepper.batch(n)
        elif not self._train(n, "batch", self.stepper.batch):
            return
        self.say(f"{self.stepper.where}; L = {self._loss()}")

    def do_compare(self, text: str) -> None:
        """compare: where this training step and the last first differ.

        The one before the last `again` or `batch`; or, after `knock` or `set`, the
        same one without the change.
        """
        self.say(self.stepper.compare().text)

    def do_watch(self, text: str) -> None:
        """watch [NAME ...]: note a number at each training step; alone: table.

        `watch norm(dL/dconv1.W)`, `watch conv1.W[0,0,1,1]`: one number, or norm,
        mean, max, min, sum of an array. `again` and `batch` note them when the
        training step is done, so a weight is the new one.
        """
        asked = split(text)
        for name in asked:
            shape = names.lookup(self.stepper, name, future=True).selected.shape
            if shape:
                raise ValueError(f"{name} is {times(shape)} numbers; give an index, or `watch "
                                 f"norm({name})`")
        self.watched += [name for name in asked if name not in self.watched]
        if text:
            self.say(f"watching {', '.join(self.watched)}: `again` and `batch` note them, `watch` "
                      "shows the table")
            return
        self._note()
        watched = [name for name in self.watched if name != "L"]
        for first in range(0, max(len(watched), 1), 3):         # three fit in a line
            group = ["L", *watched[first:first + 3]]
            rows = [("", *group)] + [(label, *(number(row[name]) if name in row else ""
                                               for name in group))
                                     for label, row in list(self.rows.values())[-ROWS:]]
            self.say("\n".join(columns(rows, "<" + ">" * len(group))))
        if len(self.rows) > ROWS:
            self.say(f"the last {ROWS} of {len(self.rows)} training steps")

    def _train(self, n: int, word: str, forward: Callable[[], None]) -> bool:
        """n training steps, a line for some of them; False if a breakpoint stopped it."""
        for done in range(n):
            if self.walk(len(self.stepper)):
                if n > 1:
                    self.say(f"{done} of {n} training steps are done; `{word} {n - done}` goes on")
                return False
            self._note()
            if n > 1 and done % -(-n // LINES) == 0:
                self.say(f"{self._label()}: L = {self._loss()}")
            forward()
        return True

    def _loss(self) -> str:
        """L of this training step, also if its loss step is not done yet."""
        at = self.stepper
        return number(at.loss_from(at.forward_pass()) if at.loss is None else at.loss, 4)

    def _label(self) -> str:
        """What this training step is called: "step 3", or "3:5" or "3:5 again" in a training."""
        moment = self.stepper.moment
        return (f"step {len(self.stepper.losses) + 1}" if moment is None else
                f"{moment.epoch}:{moment.batch}" + " again" * bool(self.stepper.undoable))

    def _note(self) -> None:
        """Note what is watched, as far as it is known; the steps after this one are undone."""
        known: dict[str, float] = {}
        for name in ("L", *self.watched):
            with suppress(ValueError):          # not known yet
                known[name] = float(names.lookup(self.stepper, name).selected)
        now = len(self.stepper.losses)
        self.rows = {n: row for n, row in self.rows.items() if n < now}
        if known:
            self.rows[now] = self._label(), known
