"""A prompt on the standard library's `cmd`. It also runs scripts; no error ends a session.

Every command is a method `do_NAME`; its docstring is its help, and begins "NAME ARGUMENTS: what".
"""

from __future__ import annotations

import cmd
import traceback
from collections.abc import Iterable
from typing import IO

from ...output.text import columns
from ..answers.as_text import PLAIN, WIDTH, wrapped
from ..answers.shading import unicode_in
from ..names import did_you_mean
from ..steps import StepError


class Prompt(cmd.Cmd):
    """The loop, errors, help and completion of commands; the commands are in `Debugger`.

    Attributes:
        aliases: {short: command}. repeated: commands that an empty line repeats.
        notes: what `help` says below the commands.
        failed: whether a command was not understood, or a layer raised an exception.
    """

    aliases: dict[str, str]
    repeated: tuple[str, ...] = ()
    notes = ""
    intro: str = ""
    failed = False

    def __init__(self, stdout: IO[str] | None = None) -> None:
        super().__init__(stdout=stdout)
        self.unicode = unicode_in(self.stdout)

    def interact(self) -> None:
        """Read commands until `quit`; Ctrl-C drops a line, or stops a long command."""
        self.say(self.intro)
        self.intro = ""
        while True:
            try:
                self.cmdloop()
                return
            except KeyboardInterrupt:
                self.say("\nstopped; `quit` leaves")

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
        word = self.aliases.get(word, word)
        if word == "?" or not word:
            return super().parseline("help" if word else "")
        return word, rest.strip(), f"{word} {rest}".strip()

    def emptyline(self) -> bool:
        """An empty line repeats a walking command, never one that changes something."""
        word = self.lastcmd.split()[0] if self.lastcmd.split() else ""
        return self.onecmd(self.lastcmd) if word in self.repeated else False

    def default(self, line: str) -> None:
        """The line is not a command: say what the commands are."""
        word = line.split()[0]
        raise ValueError(f"no command {word!r}{did_you_mean(word, self.commands())}; there are "
                         f"{', '.join(self.commands())}")

    def _failed(self, message: str) -> None:
        self.failed = True
        for line in message.splitlines():
            (self.tell if len(line) > WIDTH else self.say)(line)

    def say(self, text: str) -> None:
        """Write lines, in plain characters if the terminal has no Unicode."""
        self.stdout.write((text if self.unicode else text.translate(PLAIN)) + "\n")
        self.stdout.flush()

    def tell(self, sentence: str) -> None:
        """Write a sentence, on as many lines as it takes."""
        self.say("\n".join(wrapped(sentence)))

    def prompt_text(self) -> str:
        """The current prompt."""
        return self.prompt

    def do_quit(self, text: str) -> bool:
        """quit: leave."""
        return True

    def do_help(self, text: str) -> None:
        """help [COMMAND]: all commands, or one in full."""
        if text:
            name = self.aliases.get(text, text)
            if name not in self.commands():
                self.default(name)
            doc = getattr(self, f"do_{name}").__doc__
            self.say("\n".join(line.removeprefix("        ").rstrip()
                               for line in doc.strip().splitlines()))
            return
        rows = []
        for name in self.commands():
            usage, _, what = getattr(self, f"do_{name}").__doc__.strip().partition(": ")
            rows.append((usage, what.splitlines()[0].split(": `")[0].rstrip(".")))
        lines = columns(rows, "<<")
        short = ", ".join(f"{a} {b}" for a, b in self.aliases.items() if len(a) == 1)
        self.say("\n".join([*lines, "", *wrapped(f"Short: {short}."), "", self.notes]))

    def commands(self) -> list[str]:
        """The names of all commands, in the order in which they are defined."""
        own = [name for cls in (type(self), Prompt) for name in vars(cls) if name.startswith("do_")]
        return [name.removeprefix("do_") for name in own]
