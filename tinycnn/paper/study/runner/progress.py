"""The progress of a study: one line that is rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
from typing import TextIO

from ....output.patient import patient
from ....training.progress import clock

LINES = 40


class StudyProgress:
    """A callback for `run_study`: tasks done, the time left, and what was finished last.

    Args:
        stream: where to write, stderr by default. On a terminal one line is rewritten; a
            file or a log gets at most 40 lines.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = patient(sys.stderr) if stream is None else stream

    def __call__(self, done: int, total: int, left: float, last: str) -> None:
        """Write the state after a task, or, with last = "", when workers start."""
        line = f"{done:{len(str(total))}}/{total}  {clock(left)} left  {last}".rstrip()
        if self.stream.isatty():
            # The cursor is below our line. But when workers start (last = ""), the line above it
            # may be the warning that says why they start again: keep it.
            over = "\x1b[1A\x1b[2K" if last else ""
            self.stream.write(f"{over}{line[:79]}\n")
        elif last and (done == total or done % math.ceil(total / LINES) == 0):
            self.stream.write(line + "\n")
        self.stream.flush()
