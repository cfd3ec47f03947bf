"""A debugger for backprop: commands to walk through a training step and ask about it."""

from __future__ import annotations

from typing import IO

from .. import names
from ..answers.shading import colour_mode
from ..stepper import Stepper
from .completion import possible
from .looking import Looking
from .prompt import Prompt, real, whole
from .stopping import Stopping
from .training import Training
from .walking import Walking

ALIASES = {"n": "next", "s": "next", "step": "next", "b": "break", "c": "continue", "u": "until",
           "p": "print", "e": "explain", "w": "where", "l": "list", "j": "jump", "q": "quit",
           "h": "help", "EOF": "quit", "exit": "quit", "delete": "clear", "del": "clear",
           "tb": "tbreak", "bt": "where", "backtrace": "where", "ll": "list", "pp": "print"}
NAMES = """Numbers are called
  tanh1[0,3]         output o of a layer: image 0, map 3; y: the last layer's
  dL/dtanh1          its gradient ∂L/∂o
  dy/dtanh1          ∂y/∂o of the true class (eq. 1); dy3/dtanh1 of class 3
  conv1.W[0,0,1,1]   a parameter; dL/dconv1.W its gradient
  state.m.conv1.W    what the update (here Adam) remembers, before this one
  norm(dL/dconv1.W)  also mean, max, min, sum, abs
  L, t               the loss, the labels
Indices count from 0, the image first; 2:5 and : are ranges."""
ELSEWHERE = ("Here commands may not work: in a notebook, or without a terminal, call the stepper "
             "itself, s = tc.Stepper(net, x, t): s.next(), s.run(\"backward conv1\"), "
             "s.explain(\"conv1\"), s.troubles(), s.sizes(), s.check(), s.again(); a cell that "
             "ends with one shows it as a table. If you are asked for a command, `quit` leaves.")


class Changing(Prompt):
    """Changing"""

    stepper: Stepper

    def do_knock(self, text: str) -> None:
        """knock LAYER MAP [FACTOR]: multiply a map by 0; show how y changes.

        `knock tanh1 4`, or `knock tanh1 4 0.5` to halve it. The steps done so far
        are done again.
        """
        words = text.split()
        if len(words) not in (2, 3):
            raise ValueError("knock which map? `knock tanh1 4`, or to halve it `knock tanh1 4 0.5`")
        factor = real(words[2], "factor") if len(words) == 3 else 0.0
        self.say(self.stepper.knock(words[0], whole(words[1], "map"), factor).text)

    def do_restore(self, text: str) -> None:
        """restore [LAYER [MAP]]: undo knockouts.

        Without LAYER: all knockouts, and all parameters that were set.
        """
        words = text.split()
        if len(words) > 2:
            raise ValueError("restore what? `restore`, `restore tanh1` or `restore tanh1 4`")
        unit = whole(words[1], "map") if len(words) > 1 else None
        self.say(self.stepper.restore(words[0] if words else None, unit).text)

    def do_set(self, text: str) -> None:
        """set NAME[INDEX] VALUE: change a parameter; show how y changes.

        `set conv1.W[0,0,1,1] 0.5`. The steps done so far are done again.
        """
        where, _, value = text.replace("=", " ").strip().rpartition(" ")
        if not where:
            raise ValueError("set what? `set conv1.W[0,0,1,1] 0.5`")
        self.say(self.stepper.set(where.strip(), real(value, "value")).text)


class Debugger(Training, Looking, Changing):
    """The commands for a stepper.

    Args:
        stepper: the stepper that the commands work on.
        color: "auto", "always" or "never".
        stdout: where it writes; sys.stdout by default.
    """

    groups = (Walking, Training, Looking, Stopping, Changing)
    aliases, notes, elsewhere = ALIASES, NAMES, ELSEWHERE
    repeated = ("next", "back", "again", "batch")
    intro = "Type `help` for the commands, `next` for the first step."

    def __init__(self, stepper: Stepper, *, color: str = "auto",
                 stdout: IO[str] | None = None) -> None:
        super().__init__(stdout)
        self.stepper = stepper
        self.mode = colour_mode(self.stdout, color)
        self.prompt = self.prompt_text()

    def prompt_text(self) -> str:
        """The prompt: how many of the steps are done."""
        return f"({self.stepper.position}/{len(self.stepper)}) "

    def completedefault(self, text: str, line: str, begidx: int, endidx: int) -> list[str]:
        """What may follow: steps, layers, or names of numbers."""
        command, *before = line[:begidx].split()
        head, bracket, tail = text.rpartition("(")          # names in norm(...) too
        return [f"{head}{bracket}{word}"
                for word in possible(self.stepper, self.full_name(command), before)
                if word.startswith(tail)]

    def default(self, line: str) -> None:
        """Not a command: a number's name gets a hint."""
        word = line.split()[0].split("[")[0]
        if word in names.listing(self.stepper):
            name, _, new = (part.strip() for part in line.partition("="))
            raise ValueError(f"{word} is a number: `print {name}` shows it"
                             + (f", `set {name} {new}` changes it" if new else ""))
        super().default(line)
