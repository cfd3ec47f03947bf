"""Tries what a submission must not be able to do, before the audit hook is there to refuse it; and
what it must be able to do.

The student's process runs this file too, so it needs nothing from tinycnn.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

FOLDER = 64 << 20       # bytes: a folder on a file system of this size cannot fill a disk


def possible(secret: str, outside: str, grader: int) -> list[str]:
    """What can be done, of "read", "write", "fill", "start", "connect" and "signal".

    Args:
        secret: a file of the grader.
        outside: a folder that is not this process's own.
        grader: the grader's process.
    """
    def read() -> None:
        with open(secret, "rb"):
            pass

    def write() -> None:
        with open(os.path.join(outside, "written"), "wb"):
            pass

    def fill() -> None:
        disk = os.statvfs(".")
        if disk.f_blocks * disk.f_frsize <= FOLDER:
            raise OSError("it is small")

    def start() -> None:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)

    def connect() -> None:
        socket.socket().close()

    def signal() -> None:
        os.kill(grader, 0)
        if os.getppid() <= 1:
            raise OSError("it is another process of that number")

    return [name for name, way in (("read", read), ("write", write), ("fill", fill),
                                   ("start", start), ("connect", connect), ("signal", signal))
            if _works(way)]


def works() -> bool:
    """Whether the walls leave alone what honest code needs."""
    try:
        import unittest  # noqa: F401

        import numpy as np
        np.linalg.solve(np.eye(3) + 1, np.random.default_rng(0).normal(size=3))
        with open("works", "w") as file:
            file.write("x")
        with open("works") as file:
            file.read()
        os.remove("works")
    except Exception:
        return False
    return True


def _works(way: Callable[[], None]) -> bool:
    try:
        way()
    except (OSError, AttributeError):
        return False
    return True
