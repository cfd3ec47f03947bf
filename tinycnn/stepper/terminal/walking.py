"""Commands that walk from step to step."""

from __future__ import annotations

from .prompt import count
from .stopping import Stopping


class Walking(Stopping):
    """Walking"""

    def do_next(self, text: str) -> None:
        """next [N]: do the next step, or the next N."""
        self._go(self.stepper.position + count(text, "next"))

    def do_back(self, text: str) -> None:
        """back [N]: undo the last step, or the last N.

        Forward again gives the same numbers. `back again [N]` undoes training
        steps, `back batch [N]` goes to earlier batches of a training.
        """
        word, _, rest = text.partition(" ")
        if word in ("again", "batch"):
            n = count(rest, f"back {word}")
            self.onecmd(f"undo {n}" if word == "again" else f"batch -{n}")
            return
        n, position = count(text, "back"), self.stepper.position
        if n > position > 0:
            raise ValueError(f"back {n}: only {position} steps are done; `jump 0` goes to the "
                             "start")
        for _ in range(n):
            self.stepper.back()
        self.show_step()

    def do_until(self, text: str) -> None:
        """until STEP: go on until that step is done.

        `until backward conv2`, or `until 20`; breakpoints on the way stop it.
        """
        if not text:
            raise ValueError("until which step? `until backward conv2`; `list` shows all")
        number_ = self.stepper.number(text)
        if number_ <= self.stepper.position:
            raise ValueError(f"{self.stepper.steps[number_ - 1] if number_ else 'the start'} was "
                             f"passed already; `jump {text}` goes back to it")
        self._go(number_)

    def do_continue(self, text: str) -> None:
        """continue: go on to the next breakpoint or to the end."""
        if self.stepper.done:
            raise ValueError("the last step is done; `again` begins the next training step")
        self._go(len(self.stepper))

    def do_jump(self, text: str) -> None:
        """jump STEP: go to just after a step, forward or backward.

        `jump backward conv2`; `jump 0` is the start. Breakpoints do not stop it.
        """
        if not text:
            raise ValueError("jump to which step? `jump backward conv2`; `jump 0` is the start")
        self.stepper.jump(text)
        self.show_step()

    def _go(self, to: int) -> None:
        if not self.walk(to):
            self.show_step()

    def walk(self, to: int) -> bool:
        """Do steps; whether a breakpoint stopped it."""
        while self.stepper.position < to:
            if self.stopped(self.stepper.next()):
                return True
        return False
