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

from .launch import NotStarted, Process

PARTS = ("bubblewrap", "Landlock", "seccomp")
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
        kernel: the kernel's walls are raised; not where Python does not work behind them.
        parts: what the walls are made of, of `PARTS`.
    """

    standing: list[str]
    missing: list[str]
    advice: str
    bubblewrap: str
    kernel: bool
    parts: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """All of it in one line, for a teacher."""
        lacking = [part for part in PARTS if part not in self.parts]
        text = f"walls: {', '.join(self.parts) or 'none but an audit hook of Python'}" + (
            f"; not {', '.join(lacking)}" if lacking and self.parts else "")
        if self.standing:
            text += f". A submission cannot {', '.join(self.standing)}"
        if self.missing:
            text += f". Only the audit hook keeps it from this: {', '.join(self.missing)}"
        return text + (f". To raise all walls: {self.advice}" if self.advice else "")


@lru_cache
def walls() -> Walls:
    """Measure the walls, once: the strongest behind which honest code works.

    Raises:
        NotStarted: it does not work at all, so that nothing can be graded here.
    """
    bubblewrap = shutil.which("bwrap") or ""
    for path, kernel in [*([(bubblewrap, True)] if bubblewrap else []), ("", True), ("", False)]:
        answer = _probed(path, kernel)
        if answer is not None:
            possible, off = answer["possible"], " ".join(answer["off"])
            missing = [what for name, what in TRIED.items() if name in possible]
            raised = [bool(path), *(kernel and sys.platform == "linux" and part not in off
                                    for part in PARTS[1:])]
            return Walls([what for name, what in TRIED.items() if name not in possible], missing,
                         _advice() if missing else "", path, kernel,
                         tuple(part for part, there in zip(PARTS, raised, strict=True) if there))
    raise NotStarted("no process for a submission can be started here, or Python and NumPy do not "
                     "work in it; nothing was graded. Is the disk full, or memory short?")


def _probed(bubblewrap: str, kernel: bool) -> dict[str, Any] | None:
    """What a process can do that tries; None if no process works in this way."""
    with tempfile.TemporaryDirectory() as outside:
        os.chmod(outside, 0o777)
        try:
            process = Process(bubblewrap, 10, kernel=kernel,
                              probe=(str(Path(__file__)), outside, os.getpid()))
        except OSError:         # NotStarted, or not even that
            return None
        process.kill()
    answer: dict[str, Any] = process.hello
    return answer if answer["works"] else None


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
