"""Which walls stand round a submission on this system: measured, not assumed.

A process is started as for a submission, and tries what no submission may do. What it cannot do is
walled off. Points never depend on it: honest code does not notice the walls.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .launch import Crash, Process

TRIED = {"read": "read other files than Python's", "write": "write to other folders than its own",
         "fill": "fill the disk", "start": "start programs", "connect": "use the network",
         "signal": "end or slow down other processes"}


@dataclass(frozen=True)
class Walls:
    """What a submission cannot do here, whatever it does to Python, and what it might.

    Attributes:
        standing: what it cannot do.
        missing: what nothing but Python's own audit hook keeps it from.
        advice: the one command that raises the missing walls; "" if all stand or none is known.
        bubblewrap: path of `bwrap` if submissions run in it, else "".
    """

    standing: list[str]
    missing: list[str]
    advice: str
    bubblewrap: str

    @property
    def line(self) -> str:
        """All of it in one line, for a teacher."""
        text = "a submission cannot " + ", ".join(self.standing) if self.standing else (
            "there are no walls round a submission but Python's audit hook and limits")
        if self.missing:
            text += "; only Python's audit hook keeps it from this: " + ", ".join(self.missing)
        return text + (f"; all walls: {self.advice}" if self.advice else "")


@lru_cache
def walls() -> Walls:
    """Measure the walls, once."""
    bubblewrap = shutil.which("bwrap") or ""
    answer = _probed(bubblewrap) if bubblewrap else None
    if answer is None:
        bubblewrap = ""
        answer = _probed("")
    possible = TRIED if answer is None else answer["possible"]
    missing = [what for name, what in TRIED.items() if name in possible]
    return Walls([what for name, what in TRIED.items() if name not in possible], missing,
                 _advice() if missing else "", bubblewrap)


def _probed(bubblewrap: str) -> Any:
    """The answer of a process that tries; None if it cannot be started in this way."""
    with tempfile.TemporaryDirectory() as outside:
        os.chmod(outside, 0o777)
        process = Process(bubblewrap, 10, probe=(str(Path(__file__)), outside, os.getpid()))
        try:
            return process.exchange([], 30)
        except Crash:
            return None
        finally:
            process.kill()


def _advice() -> str:
    """The command that raises all walls."""
    if sys.platform != "linux":
        return "grade on Linux, or in a container (tutorials/Dockerfile)"
    sudo = "" if os.geteuid() == 0 else "sudo "
    if shutil.which("bwrap") is None:
        return f"{sudo}apt-get install bubblewrap"
    for name, wanted in (("kernel/apparmor_restrict_unprivileged_userns", "0"),
                         ("kernel/unprivileged_userns_clone", "1")):
        setting = Path("/proc/sys") / name
        if setting.exists() and setting.read_text().strip() != wanted:
            return f"{sudo}sysctl -w {name.replace('/', '.')}={wanted}"
    return "in a container: docker run --tmpfs /tmp:size=64m"
