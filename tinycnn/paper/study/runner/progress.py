"""How far a study is: one line that renews itself on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
from typing import TextIO

from ....training.progress import clock

LINES = 40


class StudyProgress:
    """A callback for `run_study`: tasks done, the time left, and what was finished last.

    Args:
        stream: where to write, stderr by default. A terminal gets one line that is written over
            and over, a file or a log no more than 40.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = sys.stderr if stream is None else stream

    def __call__(self, done: int, total: int, left: float, last: str) -> None:
        """Write the state after a task, or, with last = "", when workers start."""
        line = f"{done:{len(str(total))}}/{total}  {clock(left)} left  {last}".rstrip()
        if self.stream.isatty():
            # The cursor waits in the line below. When workers start, what stands above it is not
            # ours, but a warning why they had to.
            over = "\x1b[1A\x1b[2K" if last else ""
            self.stream.write(f"{over}{line[:79]}\n")
        elif last and (done == total or done % math.ceil(total / LINES) == 0):
            self.stream.write(line + "\n")
        self.stream.flush()
