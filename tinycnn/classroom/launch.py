"""Starts a student's process inside of walls, talks to it, and ends it.

Which walls there are depends on the system; `walls` measures what they hold.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from .bubblewrap import FOLDER, wrapped
from .process.frames import TREE, FrameError, receive, send

MEMORY = 2 << 30        # bytes
FILES = 1000            # files and folders that a process may have where there is no bubblewrap
START = 60              # seconds until a process has to be ready
LOOK = 0.2              # seconds after which it is looked at, again and again
GONE = 5                # seconds until killed processes have ended
HERE = Path(__file__).parent
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
          "/etc/alternatives")      # where shared libraries are

# The kernel ends a student's process when the thread that started it ends: one that lives as long
# as the grader.
STARTER = ThreadPoolExecutor(1, "tinycnn")


class Crash(Exception):
    """The process has ended or answers nonsense; the message says what is known."""


class Hang(Crash):
    """No answer within the time limit."""


class NotStarted(OSError):
    """No process could be started: the fault of this system, not of a submission."""


class Process:
    """One student's process, and a thread that talks to it: the grader never waits too long.

    Args:
        bubblewrap: path of `bwrap`; "" to do without it.
        kernel: raise the walls of the kernel.
        timeout: seconds for a request; here it gives a limit of CPU time for all of them.
        diagnose: let it read tinycnn, and call `diagnosis.diagnose`, not `calls.perform`.
        probe: arguments of `probe.possible`; its answer is then all that this process gives.

    Attributes:
        hello: what the process says before anything of a submission has run.

    Raises:
        NotStarted: it says nothing.
    """

    def __init__(self, bubblewrap: str, timeout: float, diagnose: bool = False, *,
                 kernel: bool = True, probe: tuple[str, str, int] | None = None) -> None:
        self.token, self.bubblewrap = secrets.token_hex(16), bubblewrap
        self.folder = tempfile.TemporaryDirectory(prefix="tinycnn-", ignore_cleanup_errors=True)
        own = os.path.realpath(self.folder.name)
        os.chmod(own, 0o777)    # the process may run as another user
        environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TINYCNN": self.token,
                       "HOME": own, "TMPDIR": own}
        if "SYSTEMROOT" in os.environ:      # Windows cannot start a process without it
            environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
        command = _command(own, bubblewrap, int(60 + 20 * timeout), diagnose, kernel, probe)
        self.child = STARTER.submit(lambda: subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=own, env=environment, start_new_session=os.name == "posix")).result()
        self.requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._talk, daemon=True)
        self.thread.start()
        try:
            self.hello = self.exchange([], START)
        except Crash as error:
            self.kill()
            raise NotStarted(f"a process for a submission cannot be started: {error}") from error

    def _talk(self) -> None:
        """Send a request, wait for its answer, pass it on; an error is an answer too."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        while True:
            request = self.requests.get()
            if request is None:
                return
            try:
                send(self.child.stdin, request)             # type: ignore[arg-type]
                self.answers.put(receive(self.child.stdout, TREE))  # type: ignore[arg-type]
            except (OSError, EOFError, ValueError) as error:
                self.answers.put(error)
                return

    def exchange(self, request: Any, timeout: float) -> Any:
        """The answer to a request, or a Hang or a Crash."""
        self.requests.put(request)
        end = time.monotonic() + timeout
        while True:
            try:
                answer = self.answers.get(timeout=max(0, min(LOOK, end - time.monotonic())))
                break
            except queue.Empty:
                if time.monotonic() >= end:
                    raise Hang(f"no answer within {timeout:g} s; likely cause: a loop that does "
                               "not end") from None
                if not self.bubblewrap and _is_full(self.folder.name):
                    raise Crash(f"it writes more than {FOLDER >> 20} MB of files") from None
        if isinstance(answer, FrameError):
            raise Crash(f"the process answers nonsense: {answer}")
        if isinstance(answer, BaseException):
            raise Crash(self._how_it_ended())
        return answer

    def _how_it_ended(self) -> str:
        try:
            status = self.child.wait(1)
        except subprocess.TimeoutExpired:
            return "the process does not answer any more"
        if self.bubblewrap and status > 128:
            status = 128 - status
        if status < 0:
            return (f"Python was ended by signal {-status} "
                    f"({signal.Signals(-status).name}); likely cause: too much memory or CPU time")
        return f"Python ended with exit status {status}: the code calls exit"

    def kill(self) -> None:
        """End the process, its group, and every other process with its token."""
        self.requests.put(None)
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.killpg(self.child.pid, signal.SIGKILL)
        self.child.kill()
        self.child.wait()
        if sys.platform == "linux":
            _kill_all_with(f"TINYCNN={self.token}".encode())
        for stream in (self.child.stdin, self.child.stdout):
            with contextlib.suppress(OSError, ValueError):
                if stream is not None:
                    stream.close()
        self.thread.join(10)
        self.folder.cleanup()


def _is_full(folder: str) -> bool:
    """Whether there is more in a folder than bubblewrap would allow."""
    entries = size = 0
    for place, folders, files in os.walk(folder):
        entries += len(folders) + len(files)
        for name in files:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size
        if entries > FILES or size > FOLDER:
            return True
    return False


def _kill_all_with(mark: bytes) -> None:
    """Kill the processes that left the group; they still have the environment with the mark.

    A killed process may need a moment to end, and one may fork in the meantime: so this looks
    again until none is there.
    """
    end = time.monotonic() + GONE
    while True:
        found = False
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes():
                    found = True
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                continue
        if not found or time.monotonic() > end:
            return
        time.sleep(0.01)


def _command(own: str, bubblewrap: str, cpu: int, diagnose: bool, kernel: bool,
             probe: tuple[str, str, int] | None) -> list[str]:
    """The command that starts the process, with all that `child` has to know."""
    root = Path(np.__file__).parents[1]
    packages, names = [str(root)], ["numpy", "numpy.libs"]
    if diagnose:
        packages.append(str(HERE.parents[1]))
        names += ["scipy", "scipy.libs", "PIL", "pillow.libs"]
    readable = [str(root / name) for name in names if (root / name).is_dir()]
    if diagnose:
        readable.append(str(HERE.parent))
    library = [sysconfig.get_path("stdlib"),
               sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})]
    seen = [path for path in dict.fromkeys([*library, f"{sys.base_prefix}/lib", *SYSTEM, *readable])
            if os.path.exists(path)]
    number = secrets.randbits(24)
    settings = {"folder": own, "packages": packages, "readable": readable, "library": library,
                # In bubblewrap nothing else is there, so that Landlock need not look for packages.
                "seen": ["/"] if bubblewrap else seen,
                "diagnose": diagnose, "kernel": kernel, "cpu": cpu, "memory": MEMORY,
                # A number that no user has, so that sandboxes are strangers to each other. A
                # container may only have the first 65,536.
                "users": [(1 << 30) + number, 61184 + number % 4000],
                "parent": 0 if bubblewrap else os.getpid(), "probe": probe}
    python = sys.executable
    if bubblewrap:      # a virtual environment's Python is a link to this one
        python = os.path.realpath(getattr(sys, "_base_executable", "") or python)
    command = [python, "-I", "-S", "-B", "-X", "utf8", str(HERE / "process/child.py"),
               json.dumps(settings)]
    if bubblewrap:
        return wrapped(bubblewrap, command, [*seen, str(HERE / "process"), python], own)
    return command
