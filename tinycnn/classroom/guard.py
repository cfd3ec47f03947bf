"""What a student's process may not do: limits of the system, and a hook on what Python does.

The limits hold whatever runs in the process. The hook (PEP 578) refuses to start processes, to use
the network, to load C libraries, and to open files that are none of its business: other students'
work, the reference, the grader. It cannot be taken off again. Python's authors call such a hook no
sandbox, and rightly: whoever finds a hole in NumPy's C code gets past it. It stops everything that
is written in Python.

This file is read by the student's process as well: it needs nothing of tinycnn.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

NOBODY = 65534

# Events of sys.audit (docs.python.org, "Audit events table") and the beginning of their names.
FORBIDDEN = ("os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system",
             "os.startfile", "os.kill", "os.killpg", "os.chmod", "os.chown", "os.chflags",
             "os.link", "os.symlink", "os.putenv", "os.setxattr", "os.removexattr",
             "subprocess.", "pty.", "socket.", "ctypes.", "mmap.", "signal.", "resource.", "fcntl.",
             "syslog.", "winreg.", "ftplib.", "http.client", "urllib.", "smtplib.", "shutil.",
             "webbrowser.", "code.__new__", "sqlite3.")
FOLDERS = ("os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
           "os.truncate", "os.utime", "os.chdir")
MODULES = ("subprocess", "_posixsubprocess", "multiprocessing", "_multiprocessing",
           "socket", "_socket", "resource", "signal", "_testcapi", "_testinternalcapi",
           "_xxsubinterpreters", "_interpreters", "_ctypes_test")


def limit(seconds: int, memory: int) -> list[str]:
    """Set the limits of the system for this process, for good; which ones are off, and why.

    Args:
        seconds: of CPU time, for the whole life of the process.
        memory: bytes.
    """
    try:
        import resource
    except ImportError:
        return ["CPU time, memory, number of processes and size of files (this system has no "
                "`resource`)"]
    off = []
    for name, what, value in (("RLIMIT_CPU", "CPU time", seconds),
                              ("RLIMIT_AS", "memory", memory),
                              ("RLIMIT_FSIZE", "size of files", 1 << 20),
                              ("RLIMIT_NOFILE", "number of open files", 64),
                              ("RLIMIT_CORE", "core dumps", 0),
                              ("RLIMIT_NPROC", "number of processes", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError) as error:
            off.append(f"{what} ({error})")
    return off


def drop_privileges(needed: Sequence[str]) -> list[str]:
    """Who is root becomes nobody, unless nobody can read Python itself; what is off then."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    os.seteuid(NOBODY)
    try:
        for folder in needed:
            os.listdir(folder)
    except OSError:
        return ["number of processes (the grader runs as root, and nobody else can read Python's "
                "files)"]
    finally:
        os.seteuid(0)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    return []


def watch(own: str, readable: Sequence[str], *, imports: bool = False) -> None:
    """Install the hook.

    Args:
        own: a folder that may be written to.
        readable: folders that may be read: Python's library, NumPy.
        imports: anything may be imported, not only NumPy and the standard library.
    """
    join, absolute, text = os.path.join, os.path.realpath, os.fsdecode
    own, reading = join(absolute(own), ""), tuple(join(absolute(f), "") for f in readable)
    importable = {"numpy", *sys.stdlib_module_names}.difference(MODULES)
    busy = False        # looking up a path raises events of its own

    def is_below(path: Any, folders: tuple[str, ...]) -> bool:
        nonlocal busy
        if isinstance(path, int):       # a file that is open already
            return True
        busy = True
        try:
            return join(absolute(text(path)), "").startswith(folders)
        finally:
            busy = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if busy:
            return
        if event == "open":
            path, mode, flags = arguments
            writing = (isinstance(mode, str) and set(mode) & set("wax+")) or (
                not isinstance(mode, str) and isinstance(flags, int) and flags & 3)
            if not is_below(path, (own,) if writing else (own, *reading)):
                raise PermissionError(f"the grader lets a submission open no file such as {path!r}")
        elif event == "import":
            if not imports and arguments[0].partition(".")[0] not in importable:
                raise ImportError(f"the grader refuses to import {arguments[0]}: a submission is "
                                  "written with NumPy and Python's standard library")
        elif event in FOLDERS:
            if arguments and not is_below(arguments[0] or ".", (own, *reading)
                                          if event in ("os.listdir", "os.scandir") else (own,)):
                raise PermissionError(f"the grader does not allow {event} there")
        elif event.startswith(FORBIDDEN):
            raise PermissionError(f"the grader does not allow {event}")

    sys.addaudithook(hook)
