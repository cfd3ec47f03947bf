"""Walls that a process raises around itself and can never take down (Linux).

Landlock leaves only some folders to read and one to write. The process ends when the grader ends,
and has no rights of root. The kernel holds these walls and those of `syscalls`, so they also stand
before code that gets past Python, by writing to memory for example.

The student's process runs this file too, so it needs nothing from tinycnn.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import signal
import struct
from collections.abc import Sequence
from typing import Any

# Landlock's rights on files, in the kernel's order; the later ones need a later version.
(_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR,
 _MAKE_REG, _MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM, _REFER, _TRUNCATE, _IOCTL
 ) = (1 << n for n in range(16))
READ = _READ_FILE | _READ_DIR
WRITE = READ | (_WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER
                | _TRUNCATE)
ON_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE
DEVICES = ("/dev/null", "/dev/urandom")


def raise_all(readable: Sequence[str], own: str, parent: int) -> list[str]:
    """Raise the walls; returns what this kernel cannot do.

    Args:
        readable: files and folders that may be read. Packages in Python's own folders are not
            part of them, unless they are named.
        own: the folder that may be written to.
        parent: the grader's process; 0 if something else ends this process with it.
    """
    libc, off = ctypes.CDLL(None, use_errno=True), []
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    libc.prctl(1, signal.SIGKILL, 0, 0, 0)          # PR_SET_PDEATHSIG
    if parent and os.getppid() != parent:           # it has ended already
        os._exit(1)
    if libc.prctl(38, 1, 0, 0, 0):                  # PR_SET_NO_NEW_PRIVS
        return ["no_new_privs, Landlock and seccomp (this kernel is too old)"]
    if os.geteuid() == 0:
        # Version 3, this process; three sets of capabilities in two halves, all of them empty.
        libc.capset(struct.pack("Ii", 0x20080522, 0), struct.pack("6I", *[0] * 6))
    try:
        _landlock(libc, readable, own)
    except OSError as error:
        off.append(f"Landlock ({error.strerror})")
    return off


def _landlock(libc: Any, readable: Sequence[str], own: str) -> None:
    def call(number: int, *arguments: Any) -> int:
        answer: int = libc.syscall(ctypes.c_long(number), *(
            ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
        if answer < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return answer

    version = call(444, None, 0, 1)                 # landlock_create_ruleset
    known = (1 << 13 + min(version - 1, 2) + (version >= 5)) - 1
    # All rights on files; TCP's two; abstract sockets and signals. Older kernels read less of it.
    rules = struct.pack("QQQ", known, 3, 3)[:24 if version >= 6 else 16 if version >= 4 else 8]
    held = call(444, rules, len(rules), 0)

    def allow(path: str, rights: int) -> None:
        with contextlib.suppress(FileNotFoundError, PermissionError):
            there = os.open(path, os.O_PATH | os.O_CLOEXEC)     # type: ignore[attr-defined,unused-ignore]
            if not os.path.isdir(path):
                rights &= ON_FILES
            call(445, held, 1, struct.pack("=Qi", rights & known, there), 0)    # _add_rule
            os.close(there)

    for path in DEVICES:
        allow(path, _READ_FILE | _WRITE_FILE)
    for path in {os.path.realpath(path) for path in readable}:
        for part, rights in _parts(path):
            allow(part, rights)
    allow(own, WRITE)
    call(446, held, 0)                              # landlock_restrict_self
    os.close(held)


def packages_in(folder: str) -> list[str]:
    """The folders of packages in one of the folders of Python's library, or of the system's."""
    return [os.path.realpath(path) for pattern in ("*-packages", "python*/*-packages")
            for path in glob.glob(os.path.join(glob.escape(folder), pattern))]


def _parts(folder: str) -> list[tuple[str, int]]:
    """What to allow, so that all of a folder may be read but the packages in it.

    Landlock can only add. So a folder with packages in it may be listed, and each of its other
    parts may be read.
    """
    hidden = packages_in(folder)

    def parts(path: str) -> list[tuple[str, int]]:
        path = os.path.realpath(path)
        if path in hidden:
            return []
        if not any(name.startswith(os.path.join(path, "")) for name in hidden):
            return [(path, READ)]
        found = [(path, _READ_DIR)]
        for entry in os.listdir(path):
            found += parts(os.path.join(path, entry))
        return found

    return parts(folder)
