"""A debugger that a test types into."""

import io

from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper.terminal.debugger import Debugger


class Session:
    """A debugger that one types into."""

    def __init__(self, stepper=None, color="never"):
        self.out = io.StringIO()
        self.stepper = stepper or tc.Stepper(every_kind(), *images(1))
        self.debugger = Debugger(self.stepper, color=color, stdout=self.out)

    def type(self, *commands):
        """The output of the last of these commands."""
        for command in commands:
            self.out.seek(0)
            self.out.truncate()
            self.stopped = self.debugger.onecmd(command)
        return self.out.getvalue()

    def said(self, *commands):
        """The same as one line, so that line breaks do not matter."""
        return " ".join(self.type(*commands).split())
