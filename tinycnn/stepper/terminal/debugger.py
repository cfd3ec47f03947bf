"""A debugger for backprop: commands to walk through a training step and ask about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

import numpy as np

from ...output.text import number, span, times
from .. import names
from ..answers.as_text import WIDTH, as_text
from ..answers.shading import colour_mode
from ..stepper import Stepper
from ..steps import Step
from .breaks import Breakpoint, parse
from .completion import possible
from .prompt import Prompt
from .show import show

ALIASES = {"n": "next", "b": "back", "u": "until", "c": "continue", "p": "print", "s": "show",
           "e": "explain", "w": "where", "l": "list", "q": "quit", "EOF": "quit", "h": "help"}
NAMES = """Numbers are called
  tanh1[0,3]         output o of a layer: image 0, map 3; y: the last layer's
  dL/dtanh1          its gradient ∂L/∂o
  dy/dtanh1          ∂y/∂o of the true class (eq. 1); dy3/dtanh1 of class 3
  conv1.W[0,0,1,1]   a parameter; dL/dconv1.W its gradient
  L, t               the loss, the labels
Indices count from 0, the image first; 2:5 and : are ranges."""


class Debugger(Prompt):
    """The commands for a stepper.

    Args:
        stepper: the stepper that the commands work on.
        color: "auto", "always" or "never".
        stdout: where it writes; sys.stdout by default.

    Attributes:
        breakpoints: {number: breakpoint}.
    """

    aliases, repeated, notes = ALIASES, ("next", "back"), NAMES
    intro = "Type `help` for the commands, `next` for the first step."

    def __init__(self, stepper: Stepper, *, color: str = "auto",
                 stdout: IO[str] | None = None) -> None:
        super().__init__(stdout)
        self.stepper = stepper
        self.breakpoints: dict[int, Breakpoint] = {}
        self._last_number = 0
        self._mode = colour_mode(self.stdout, color)
        self.prompt = self.prompt_text()

    def prompt_text(self) -> str:
        """The prompt: how many of the steps are done."""
        return f"({self.stepper.position}/{len(self.stepper)}) "

    def completedefault(self, text: str, line: str, begidx: int, endidx: int) -> list[str]:
        """What may follow: steps, layers, or names of numbers."""
        command, *before = line[:begidx].split()
        words = possible(self.stepper, ALIASES.get(command, command), before)
        return [word for word in words if word.startswith(text)]

    # --- walking ------------------------------------------------------------------------------

    def do_next(self, text: str) -> None:
        """next [N]: do the next step, or the next N."""
        self._go(self.stepper.position + _count(text, "next"))

    def do_back(self, text: str) -> None:
        """back [N]: undo the last step, or the last N.

        Forward again gives the same numbers.
        """
        for _ in range(_count(text, "back")):
            self.stepper.back()
        self._show_step()

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
        self._show_step()

    def do_again(self, text: str) -> None:
        """again: the next training step, with the new parameters.

        On the same images. The steps that are left are done first.
        """
        before = self.stepper.forward_pass()
        self.stepper.again()
        after = self.stepper.forward_pass()
        t, n = self.stepper.t, np.arange(len(self.stepper.t))
        self.say(f"The updated parameters are in. y of the true class: "
                 f"{number(float(before.y[n, t].mean()), 4)} → "
                 f"{number(float(after.y[n, t].mean()), 4)}"
                 + (", the mean over the images" if len(t) > 1 else ""))

    def _go(self, to: int) -> None:
        while self.stepper.position < to:
            if self._stopped(self.stepper.next()):
                return
        self._show_step()

    def _stopped(self, step: Step) -> bool:
        """Whether a breakpoint stops after this step; if so, say which."""
        for number_, breakpoint_ in self.breakpoints.items():
            reason = breakpoint_.reason(self.stepper, step)
            if reason:
                self._show_step()
                self.tell(f"stopped by {number_}, {breakpoint_.text}: {reason}")
                return True
        return False

    def _show_step(self) -> None:
        step = self.stepper.step
        self.say(step.text if step else "the start: nothing is computed yet")

    # --- looking ------------------------------------------------------------------------------

    def do_where(self, text: str) -> None:
        """where: the step that was done last, and any trouble."""
        self._show_step()
        for trouble in self.stepper.troubles():
            if trouble.brought_in:
                self.tell(f"! {trouble.text}")

    def do_list(self, text: str) -> None:
        """list: all steps, with a dot at those that are done."""
        self.say(as_text([self.stepper.steps_block()]))

    def do_net(self, text: str) -> None:
        """net: the network's layers, shapes and parameters."""
        self.say(repr(self.stepper.net))

    def do_trouble(self, text: str) -> None:
        """trouble: NaN, dead maps, saturated layers; where they began.

        nan: NaN or infinity. dead: a map whose ∂L/∂o is 0 for the whole batch.
        saturated: |tanh| > 0.99 for most units of the layer.
        """
        found = self.stepper.troubles()
        if not found:
            self.say("none: no NaN, no dead map, no saturated layer in the steps that are done")
        for trouble in found:
            self.tell(f"{trouble.step}: {trouble.text}")

    def do_print(self, text: str) -> None:
        """print NAME[INDEX]: numbers.

        `print tanh1[0,3]`, `print dL/dconv1.W[0,0]`, `print y`; names: see `help`.
        """
        value = names.lookup(self.stepper, text or "?")
        array = value.selected
        if array.ndim == 0:
            self.say(f"{value.label} = {number(float(array), 10)}")
            return
        self.say(f"{value.label}   {times(array.shape)}   {span(array)}")
        self.say(np.array2string(array, max_line_width=WIDTH, threshold=200, edgeitems=3,
                                 formatter={"float_kind": lambda v: f"{v + 0.0:9.4g}"}))

    def do_show(self, text: str) -> None:
        """show NAME [MAP]: maps as shaded blocks: `show tanh1 4`.

        All maps of a layer, or one; a convolution's filters; dense units as bars.
        """
        name, _, which = text.partition(" ")
        self.say(show(self.stepper, name or "?", _whole(which, "map") if which.strip() else None,
                      self._mode, self.unicode))

    def do_explain(self, text: str) -> None:
        """explain NAME[INDEX]: where a number comes from, and its gradient.

        `explain tanh1[0,3,10,10]`, `explain conv1.W[0,0,1,1]`: term by term, from
        the steps that are done, and checked by nudging the number itself.
        """
        if not text:
            raise ValueError("explain which number? `explain tanh1[0,3,10,10]` or "
                             "`explain conv1.W[0,0,1,1]`")
        self.say(self.stepper.explain(text).text)

    def do_grad(self, text: str) -> None:
        """grad [LAYER]: the three factors of eq. 2, multiplied out.

        At the layer of the last step, or at another one. The product is compared
        with the training gradient, which is computed from the logits.
        """
        step = self.stepper.step
        here = step.name.split()[-1] if step and step.layer else self.stepper.last
        self.say(self.stepper.factors(text or here).text)

    # --- stopping -----------------------------------------------------------------------------

    def do_break(self, text: str) -> None:
        """break WHERE [if WHAT]: stop there; without WHERE, list all.

        break backward conv2        break tanh1 if nan (or dead, or saturated)
        break conv1.W[0,0,1,1]      break tanh1 if abs(dy) > 1
        break if nan                break conv1.W if abs(dw) > 0.5

        o is an output, dy its gradient, w a parameter, dw its gradient, L the
        loss. `if nan` without a layer stops at the step that brings the NaN in.
        """
        if not text:
            for number_, breakpoint_ in self.breakpoints.items():
                self.say(f"{number_:>3}  {breakpoint_.text}")
            if not self.breakpoints:
                self.say("no breakpoints; `help break` shows what is possible")
            return
        made = parse(self.stepper, text)
        self._last_number += 1
        self.breakpoints[self._last_number] = made
        self.say(f"breakpoint {self._last_number}: {made.text}")
        for step in self.stepper.taken:
            reason = made.reason(self.stepper, step)
            if reason and (made.trouble or made.condition):
                self.tell(f"This was already true at step {step.number}, {step.name}: {reason}")
                break

    def do_clear(self, text: str) -> None:
        """clear [N]: remove breakpoint N, or all."""
        if not text:
            self.breakpoints.clear()
            self.say("no breakpoints now")
            return
        number_ = _whole(text, "breakpoint")
        if number_ not in self.breakpoints:
            raise ValueError(f"no breakpoint {number_}; there are "
                             f"{', '.join(map(str, self.breakpoints)) or 'none'}")
        self.say(f"breakpoint {number_} is gone: {self.breakpoints.pop(number_).text}")

    # --- changing -----------------------------------------------------------------------------

    def do_knock(self, text: str) -> None:
        """knock LAYER MAP [FACTOR]: multiply a map by 0; show how y changes.

        `knock tanh1 4`, or `knock tanh1 4 0.5` to halve it. The steps done so far
        are done again.
        """
        words = text.split()
        if len(words) not in (2, 3):
            raise ValueError("knock which map? `knock tanh1 4`, or to halve it `knock tanh1 4 0.5`")
        factor = _real(words[2], "factor") if len(words) == 3 else 0.0
        self.say(self.stepper.knock(words[0], _whole(words[1], "map"), factor).text)

    def do_restore(self, text: str) -> None:
        """restore [LAYER [MAP]]: undo knockouts.

        Without LAYER: all knockouts, and all parameters that were set.
        """
        words = text.split()
        unit = _whole(words[1], "map") if len(words) > 1 else None
        self.say(self.stepper.restore(words[0] if words else None, unit).text)

    def do_set(self, text: str) -> None:
        """set NAME[INDEX] VALUE: change a parameter; show how y changes.

        `set conv1.W[0,0,1,1] 0.5`. The steps done so far are done again.
        """
        where, _, value = text.replace("=", " ").strip().rpartition(" ")
        if not where:
            raise ValueError("set what? `set conv1.W[0,0,1,1] 0.5`")
        self.say(self.stepper.set(where.strip(), _real(value, "value")).text)


def _convert(text: str, what: str, kind: Callable[[str], Any], expected: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{what} {text!r}: expected {expected}") from None


def _whole(text: str, what: str) -> int:
    return int(_convert(text, what, int, "a whole number"))


def _real(text: str, what: str) -> float:
    return float(_convert(text, what, float, "a number"))


def _count(text: str, command: str) -> int:
    n = _whole(text, command) if text else 1
    if n < 1:
        raise ValueError(f"{command} {n}: expected 1 or more")
    return n
