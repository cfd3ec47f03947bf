"""A prompt on the standard library's `cmd`. It also runs scripts; no error ends a session.

Every command is a method `do_NAME`; its docstring is its help, and begins "NAME ARGUMENTS: what".
"""

from __future__ import annotations

import cmd
import os
import re
import shutil
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable
from typing import IO, Any

import numpy as np

from ...output.text import columns
from ..answers.as_text import PLAIN, WIDTH
from ..answers.shading import unicode_in
from ..names import did_you_mean
from ..steps import StepError
from .foreign import FOREIGN


class Prompt(cmd.Cmd):
    """The loop, errors, help and completion of commands; the commands are in the groups.

    Attributes:
        groups: classes with commands, in the order of the help; a docstring is a heading.
        aliases: {short: command}. repeated: commands that an empty line repeats.
        notes: what `help` says below the commands.
        elsewhere: what to do instead where nobody can type.
        failed: whether a command was not understood, or a layer raised an exception.
    """

    groups: tuple[type, ...] = ()
    aliases: dict[str, str]
    repeated: tuple[str, ...] = ()
    notes = elsewhere = ""
    intro: str = ""
    failed = False

    def __init__(self, stdout: IO[str] | None = None) -> None:
        super().__init__(stdout=stdout)
        self.unicode = unicode_in(self.stdout)

    def interact(self) -> None:
        """Read commands until `quit`; Ctrl-C drops a line, or stops a long command."""
        self.say(self.intro if usable() else self.elsewhere)
        self.intro = ""
        while True:
            try:
                self.cmdloop()
                return
            except KeyboardInterrupt:
                self.say("\nstopped; `quit` leaves")
            except Exception as error:      # of input(): commands do not raise
                self.say(f"no command can be typed here ({error})")
                return

    def run_script(self, lines: Iterable[str]) -> None:
        """Run commands, one a line, showing each; empty lines and lines with # are skipped."""
        for line in lines:
            line = line.strip()
            if line and not line.startswith("#"):
                self.say(f"{self.prompt}{line}")
                if self.onecmd(line):
                    return
                self.say("")

    def preloop(self) -> None:
        """Completion sees a whole name as one word, dL/dconv1.W[0 too."""
        try:
            import readline
            readline.set_completer_delims(" \t\n")
        except ImportError:         # Windows has no readline, and so no completion
            pass

    def onecmd(self, line: str) -> bool:
        """Run one command. An error is printed, and the stepper stays where it is."""
        try:
            word, text, _ = self.parseline(line)
            if text and word in self.commands() and self._usage(word)[0] == word:
                raise ValueError(f"`{word}` takes nothing after it, got {text!r}")
            with np.errstate(all="ignore"):     # `trouble` says where a NaN began
                return bool(super().onecmd(line))
        except (ValueError, StepError) as error:
            self._failed(str(error))
        except Exception as error:      # raised by a student's layer outside a step
            frame = traceback.extract_tb(error.__traceback__)[-1]
            self._failed(f"{type(error).__name__}: {error}\n  {frame.filename}, line "
                         f"{frame.lineno}: {frame.line}")
        finally:
            self.prompt = self.prompt_text()
        return False

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        """The command's full name (n is next), its arguments, and the whole line."""
        word, _, rest = line.strip().partition(" ")
        word = self.full_name(word)
        if word == "?" or not word:
            return super().parseline("help" if word else "")
        return word, rest.strip(), f"{word} {rest}".strip()

    def full_name(self, word: str) -> str:
        """The command that an alias, or a beginning that only one command has, stands for."""
        word = self.aliases.get(word, word)
        begun = [name for name in self.commands() if name.startswith(word)]
        return begun[0] if len(begun) == 1 and len(word) > 2 and word not in FOREIGN else word

    def emptyline(self) -> bool:
        """An empty line repeats a walking command, never one that changes something."""
        return self.lastcmd.partition(" ")[0] in self.repeated and self.onecmd(self.lastcmd)

    def default(self, line: str) -> None:
        """The line is not a command: say what the commands are, or whose word it is."""
        word = line.split()[0]
        theirs = "!" if word[0] == "!" else word.split("/")[0]        # gdb has x/4
        if theirs in FOREIGN:
            raise ValueError(f"`{theirs}` is of pdb or gdb; {FOREIGN[theirs]}")
        raise ValueError(f"no command {word!r}{did_you_mean(word, self.commands())}; there are "
                         f"{', '.join(self.commands())}")

    def _failed(self, message: str) -> None:
        self.failed = True
        self.say(message)

    def say(self, text: str) -> None:
        """Write lines, in plain characters if the terminal has no Unicode.

        Lines that are longer than the terminal's go on in the next one, except in colours.
        Where nobody reads them any more (`| head -1`), the session ends.
        """
        width = self._width()
        text = "\n".join("\n".join(_wrapped(line, width)) if len(line) > width
                         and "\x1b" not in line else line for line in text.split("\n"))
        try:
            self.stdout.write((text if self.unicode else text.translate(PLAIN)) + "\n")
            self.stdout.flush()
        except BrokenPipeError:     # what Python still has to write must not fail at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())
            self.cmdqueue = ["quit"]

    def _width(self) -> int:
        columns_ = shutil.get_terminal_size().columns if self.stdout.isatty() else WIDTH + 1
        return max(29, min(columns_ - 1, WIDTH))

    def prompt_text(self) -> str:
        """The current prompt."""
        return self.prompt

    def do_quit(self, text: str) -> bool:
        """quit: leave."""
        return True

    def do_help(self, text: str) -> None:
        """help [COMMAND]: all commands, or one in full."""
        if text:
            name = self.full_name(text.split()[0])
            if name not in self.commands():
                self.default(name)
            doc = getattr(self, f"do_{name}").__doc__
            self.say("\n".join(line.removeprefix("        ").rstrip()
                               for line in doc.strip().splitlines()))
            return
        lines = columns([self._usage(name) for name in self.commands()], "<<")
        for group in (*self.groups, Prompt):
            self.say((group.__doc__ or "").splitlines()[0] if group is not Prompt else "Besides")
            for _ in _commands(group):
                self.say(lines.pop(0))
        short = ", ".join(f"{a} {b}" for a, b in self.aliases.items() if len(a) == 1)
        self.say(f"\nShort: {short}; or any beginning that is clear.\n\n{self.notes}")

    def _usage(self, command: str) -> tuple[str, str]:
        """What is typed, and what it does: ("until STEP", "go on until that step is done")."""
        usage, _, what = getattr(self, f"do_{command}").__doc__.strip().partition(": ")
        return usage, what.splitlines()[0].split(": `")[0].rstrip(".")

    def commands(self) -> list[str]:
        """The names of all commands, in the order of the help."""
        return [name for group in (*self.groups, Prompt) for name in _commands(group)]


def usable() -> bool:
    """Whether somebody can type commands: not in a notebook, nor where stdin is closed."""
    return "ipykernel" not in sys.modules and sys.stdin is not None and not sys.stdin.closed


def whole(text: str, what: str) -> int:
    """A whole number that was typed; `what` is for the error."""
    return int(_convert(text, what, int, "a whole number"))


def real(text: str, what: str) -> float:
    """A number that was typed."""
    return float(_convert(text, what, float, "a number"))


def count(text: str, command: str) -> int:
    """How many times; 1 if nothing was typed."""
    n = whole(text, command) if text else 1
    if n < 1:
        raise ValueError(f"{command} {n}: expected 1 or more")
    return n


def split(text: str) -> list[str]:
    """Several names as a list; there may be spaces inside brackets."""
    return re.sub(r"\s+(?=[\[(])|(?<=[\[(,])\s+|\s+(?=[\]),])", "", text).split()


def _convert(text: str, what: str, kind: Callable[[str], Any], expected: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{what} {text!r}: expected {expected}") from None


def _commands(group: type) -> list[str]:
    return [name.removeprefix("do_") for name in vars(group) if name.startswith("do_")]


def _wrapped(line: str, width: int) -> list[str]:
    """A line as several; in a list or a table those after the first begin further right."""
    indent = len(line) - len(line.lstrip())
    indent += 4 if indent else 0
    return textwrap.wrap(line, width, subsequent_indent=" " * indent, break_long_words=False,
                         break_on_hyphens=False) or [""]
