"""What a student's process may not do: limits of the operating system, and an audit hook.

The limits hold for all code in the process. The hook (PEP 578) refuses to start processes, to use
the network, to load C libraries, and to open files that a submission does not need: other students'
work, the reference, the grader. It cannot be removed. Python's authors say that such a hook is no
sandbox, and they are right: code that writes to memory gets past it. It gives clear messages, and
it is all there is on systems without the walls of `walls`.

Nothing is refused when it is imported, only when it is used: half of Python's library imports
`socket`, `signal` or `subprocess` for something that no layer needs.

The student's process runs this file too, so it needs nothing from tinycnn.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

# Names of audit events, or how they begin (docs.python.org, "Audit events table").
FORBIDDEN = ("os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile",
             "os.kill", "os.chmod", "os.chown", "os.chflags", "os.link", "os.symlink",
             "os.setxattr", "os.removexattr", "os.lockf", "subprocess.", "pty.", "socket.",
             "ctypes.", "mmap.", "signal.", "resource.", "fcntl.", "syslog.", "winreg.", "msvcrt.",
             "gc.get_", "sqlite3.", "cpython.run_", "sys.set_asyncgen",
             "_posixsubprocess.", "_winapi.", "shutil.chown")
FOLDERS = ("os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
           "os.truncate", "os.utime", "os.chdir")
# Modules in C that open files, start programs or write to memory without an event.
MODULES = ("_posixsubprocess", "_posixshmem", "readline", "_tkinter",
           "_testcapi", "_testinternalcapi", "_testlimitedcapi", "_testclinic",
           "_xxsubinterpreters", "_interpreters", "_xxtestfuzz", "_ctypes_test",
           "ossaudiodev", "_dbm", "_gdbm")
# Functions of `os` without an event.
ALONE = ("mkfifo", "mknod", "nice", "setpriority", "sched_setaffinity", "sched_setparam",
         "sched_setscheduler", "pidfd_open", "chroot", "setns", "unshare", "memfd_create",
         "openpty", "posix_openpt", "login_tty")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FILES = 200             # opened for writing, and folders made, by one process: 1 MB each


def limit(seconds: int, memory: int) -> list[str]:
    """Set the limits for this process, for its whole life; returns which are off, and why.

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


def become_another(users: Sequence[int], needed: Sequence[str]) -> list[str]:
    """Root becomes another user; returns what is off if that user cannot read Python.

    Args:
        users: numbers of users; the first one that this system knows is taken.
        needed: folders that the process reads later.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    for user in users:
        try:
            os.seteuid(user)
        except OSError:         # in a container, some numbers are of no user
            continue
        try:
            for folder in needed:
                os.listdir(folder)
        except OSError:
            return ["a user of its own (other users cannot read Python's files)"]
        finally:
            os.seteuid(0)
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        return []
    return ["a user of its own (this system does not let root become another user)"]


def disarm() -> None:
    """Replace the functions that reach files or other processes without an audit event."""
    import ctypes  # noqa: F401     it loads C when it is imported: before the hook
    import subprocess

    def refused(*_: Any, **__: Any) -> None:
        raise PermissionError("the grader does not allow this function")

    for module in (sys.modules.get("_posixsubprocess"), subprocess, os, sys.modules.get("posix")):
        for name in ("fork_exec", "_fork_exec", *ALONE):
            if hasattr(module, name):
                setattr(module, name, refused)


def watch(own: str, library: Sequence[str], packages: Sequence[str], *, imports: bool = False
          ) -> None:
    """Install the hook.

    It calls no Python code and looks up no names: everything that it needs is a default of one of
    its parameters. The submission could change what it looks up in a module or a closure.

    Args:
        own: a folder that may be written to; the working directory.
        library: folders of Python's own library, which may be read.
        packages: folders of packages that may be read: NumPy.
        imports: allow the import of any package, not only NumPy.
    """
    def folders(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(os.path.join(form(name), "") for name in names
                     for form in (os.path.abspath, os.path.realpath))

    mine, theirs, numpys = (own, *folders([own])), folders(library), folders(packages)
    known = None if imports else frozenset({"numpy", *sys.stdlib_module_names})
    slashes = os.sep, os.altsep or os.sep

    def hook(event: str, arguments: tuple[Any, ...], own: Any = mine, library: Any = theirs,
             packages: Any = numpys, importable: Any = known, refused: Any = MODULES,
             forbidden: Any = FORBIDDEN, on_folders: Any = FOLDERS, writing: Any = WRITING,
             separators: Any = slashes, left: Any = [FILES],  # noqa: B006    it counts
             type: Any = type, str: Any = str, bytes: Any = bytes, int: Any = int,
             PermissionError: Any = PermissionError, NotFound: Any = ModuleNotFoundError) -> None:
        if event == "import":
            top = arguments[0].partition(".")[0]
            if top.startswith("_sysconfigdata"):        # its name differs from system to system
                return
            file = arguments[1]         # of a module in C
            if top in refused or (importable is not None and top not in importable) or (
                    file is not None and not file.startswith((*library, *packages))):
                raise NotFound(f"the grader refuses to import {arguments[0]}: a submission may "
                                  "use NumPy and Python's standard library")
            return
        if event != "open" and event not in on_folders:
            if event.startswith(forbidden):
                raise PermissionError(f"the grader does not allow {event}")
            return
        # Comparing paths as text is safe: links cannot be made, and ".." is refused.
        reads = event in ("os.listdir", "os.scandir") or (
            event == "open" and not arguments[2] & writing)
        if not reads and event in ("open", "os.mkdir"):
            left[0] -= 1
            if left[0] < 0:
                raise PermissionError("the grader does not let a submission write so many files")
        for path in arguments[:2] if event == "os.rename" else arguments[:1]:
            if event == "open" and type(path) is int:       # a file that is open already
                continue
            if path is None or path == ".":
                path = own[0]
            if type(path) is bytes:
                path = path.decode("utf-8", "surrogateescape")
            if type(path) is str and ".." not in path:
                path = path.replace(separators[1], separators[0])
                absolute = path.startswith(separators[0]) or path[1:2] == ":"
                if "-packages" in path and not path.startswith(own):
                    if reads and path.startswith(packages):
                        continue
                elif not absolute or path.startswith(own) or (
                        reads and (path + separators[0]).startswith((*library, *packages))):
                    continue
            raise PermissionError(f"the grader does not let a submission use a file or folder such "
                                  f"as {path!r} ({event})")

    sys.addaudithook(hook)
