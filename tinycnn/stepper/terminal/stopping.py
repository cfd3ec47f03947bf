"""Commands that say where to stop, and what is shown or done there."""

from __future__ import annotations

from dataclasses import replace
from typing import IO

from .. import names
from ..stepper import Stepper
from ..steps import Step
from .breaks import Breakpoint, parse
from .prompt import Prompt, split, whole


class Stopping(Prompt):
    """Stopping

    Attributes:
        breakpoints: {number: breakpoint}. displayed: names that are printed at every stop;
        watched: names that are noted at every training step.
    """

    stepper: Stepper

    def __init__(self, stdout: IO[str] | None = None) -> None:
        super().__init__(stdout)
        self.breakpoints: dict[int, Breakpoint] = {}
        self.displayed: list[str] = []
        self.watched: list[str] = []
        self._last_number = 0
        self._in_commands = False

    def do_break(self, text: str) -> None:
        """break WHERE [if WHAT]: stop there; without WHERE, list all.

        break backward conv2        break tanh1 if nan (or dead, or saturated)
        break conv1.W[0,0,1,1]      break tanh1 if abs(dy) > 1
        break if nan                break conv1.W if mean(abs(dw)) > 0.1
        break if L > 1.5 * last     break tanh1 if norm(dy) > 1 and max(o) < 2

        o is an output, dy its gradient, w a parameter, dw its gradient, L the
        loss, last the L of the training step before. Possible are + - * / **,
        > >= < <= == !=, and, or, not, abs, norm, mean, max, min, sum, sqrt, log.
        It stops after the step. `if nan` without a layer stops at the step that
        brings the NaN in; `help trouble` says what is dead or saturated.
        """
        if not text:
            for number_, point in self.breakpoints.items():
                self.say(f"{number_:>3}  {point}")
            if not self.breakpoints:
                self.say("no breakpoints; `help break` shows what is possible")
            return
        self._add(parse(self.stepper, text))

    def do_tbreak(self, text: str) -> None:
        """tbreak WHERE [if WHAT]: stop there once: `tbreak backward conv2`."""
        self._add(replace(parse(self.stepper, text), once=True))

    def do_condition(self, text: str) -> None:
        """condition N [WHAT]: breakpoint N stops only if this is true.

        `condition 1 norm(dy) > 2`; without WHAT it stops always.
        """
        number_, what = self._chosen(text, "condition 1 norm(dy) > 2")
        point = self.breakpoints[number_]
        where, what = f" {point.text}".partition(" if ")[0], what.removeprefix("if ")
        made = parse(self.stepper, f"{where} if {what}" if what else where)
        self._set(number_, replace(made, once=point.once, commands=point.commands))

    def do_commands(self, text: str) -> None:
        """commands N CMD; CMD: do this when breakpoint N stops.

        `commands 1 print norm(dL/dconv1.W); continue`: `continue` as the last one
        goes on with what was stopped. `commands 1` alone removes them.
        """
        number_, typed = self._chosen(text, "commands 1 print L; continue")
        lines = tuple(self.parseline(line)[2] for line in typed.split(";") if line.strip())
        for line in lines:
            if line.split()[0] in ("quit", "commands"):
                raise ValueError(f"`{line}` cannot be done by a breakpoint")
            if line.split()[0] not in self.commands():
                self.default(line)
        self._set(number_, replace(self.breakpoints[number_], commands=lines))

    def do_clear(self, text: str) -> None:
        """clear [N ...]: remove these breakpoints, or all."""
        for number_ in [whole(word, "breakpoint") for word in text.split()]:
            self._chosen(str(number_), "")
            self.say(f"breakpoint {number_} is gone: {self.breakpoints.pop(number_).text}")
        if not text:
            self.breakpoints.clear()
            self.say("no breakpoints now")

    def do_display(self, text: str) -> None:
        """display NAME ...: print these numbers at every stop.

        `display L norm(dL/dconv1.W)`; alone it prints them now.
        """
        asked = split(text)
        for name in asked:
            names.lookup(self.stepper, name, future=True)       # raises if there is none
        self.displayed += [name for name in asked if name not in self.displayed]
        if not self.displayed:
            self.say("nothing is displayed; `display L` prints L at every stop")
        self._display()

    def do_undisplay(self, text: str) -> None:
        """undisplay [NAME ...]: no longer print or watch these, or anything."""
        gone = split(text)
        for name in set(gone) - {*self.displayed, *self.watched}:
            raise ValueError(f"{name} is neither displayed nor watched; there are "
                             f"{', '.join([*self.displayed, *self.watched]) or 'none'}")
        for kept in (self.displayed, self.watched):
            kept[:] = [name for name in kept if gone and name not in gone]

    def stopped(self, step: Step) -> bool:
        """Whether breakpoints stop after this step; says which, and does their commands."""
        reasons = [(number_, point, reason) for number_, point in self.breakpoints.items()
                   if (reason := point.reason(self.stepper, step))]
        stops = any("continue" not in point.commands for _, point, _ in reasons)
        if stops:
            self.show_step()
        for number_, point, reason in reasons:
            self.say(f"{'stopped by ' if stops else ''}{number_}, {point.text}: {reason}")
            if point.once:
                self.breakpoints.pop(number_)
        if not self._in_commands:
            self._in_commands = True            # a command that walks does not begin others
            try:
                for command in [line for _, point, _ in reasons for line in point.commands]:
                    if command != "continue":
                        self.onecmd(command)
            finally:
                self._in_commands = False
        return stops

    def show_step(self) -> None:
        """Print the step that was done last, and what is displayed at every stop."""
        step = self.stepper.step
        self.say(step.text if step else "the start: nothing is computed yet")
        self._display()

    def _display(self) -> None:
        for name in self.displayed:
            try:
                self.say(names.lookup(self.stepper, name).line)
            except names.NoIndexError:
                self.say(f"{name}: no such index in this batch")
            except ValueError as error:
                self.say(f"{name}: {'not known yet' if ' yet' in str(error) else error}")

    def _add(self, point: Breakpoint) -> None:
        self._last_number += 1
        self._set(self._last_number, point)
        for step in self.stepper.taken:
            reason = point.reason(self.stepper, step)
            if reason and (point.trouble or point.condition):
                self.say(f"This was already true at step {step.number}, {step.name}: {reason}")
                break

    def _set(self, number_: int, point: Breakpoint) -> None:
        self.breakpoints[number_] = point
        self.say(f"breakpoint {number_}: {point}")

    def _chosen(self, text: str, example: str) -> tuple[int, str]:
        """The number of a breakpoint that there is, and the text after it."""
        word, _, rest = text.partition(" ")
        if not word:
            raise ValueError(f"which breakpoint? `{example}`; `break` alone lists them")
        number_ = whole(word, "breakpoint")
        if number_ not in self.breakpoints:
            raise ValueError(f"no breakpoint {number_}; there are "
                             f"{', '.join(map(str, self.breakpoints)) or 'none'}")
        return number_, rest.strip()
