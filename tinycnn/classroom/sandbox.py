"""A student's code in its own process: asked over a pipe, limited, and killed if it hangs.

    with Sandbox(code) as sandbox:
        answers = sandbox.ask(sessions)

These protect the grader: an interpreter that is isolated from the user's settings, an empty
temporary folder, an environment with nothing in it, limits of CPU time, memory, processes and
files, a hook that refuses what no layer needs (`guard`), and a time limit for every request. All
processes that were started are killed. The answers are arrays without pickle, and this side decides
whether they are right. The tutorial says what the sandbox does not protect from.
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
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from .code import Code
from .process.frames import TREE, FrameError, receive, send
from .reasons import Reasons

MEMORY = 2 << 30        # bytes
WHOLE = 12              # after so many times the limit of a request, each gets a fifth of it


class Crash(Exception):
    """The process has ended or answers nonsense; the message says what is known."""


class Hang(Crash):
    """No answer within the time limit."""


class LoadError(Exception):
    """The submission cannot even be loaded."""


@dataclass
class Sandbox:
    """A submission that answers. It is started at the first request, and again after it was killed.

    Args:
        code: the submission.
        timeout: seconds for each request, without the time to load the file. After `WHOLE` times
            as long in all, each request gets a fifth: right code needs less, and a submission that
            never answers does not hold up a class.
        diagnose: call `diagnosis.diagnose`, not `calls.perform`.
    """

    code: Code
    timeout: float = 10
    diagnose: bool = False
    off: list[str] = field(default_factory=list)
    printed: str = ""

    def __post_init__(self) -> None:
        self._process: _Process | None = None
        self._failed: LoadError | None = None
        self.reasons = Reasons(self.code, [])
        self._started = time.monotonic()

    def ask(self, request: Any) -> Any:
        """The answer to a request.

        Raises:
            Hang: it took too long. The next request starts a new process.
            LoadError: the file itself cannot be run; it is not tried again.
            Crash: the process ended, or gave no answer that can be read.
        """
        if self._failed is not None:
            raise self._failed
        if self._process is None:
            self._start()
        assert self._process is not None
        try:
            answer = self._process.exchange(request, self._limit(self.timeout))
            self.printed = str(answer["printed"])[:2000]
            self.reasons.add_to(answer["answers"])
            return answer["answers"]
        except (KeyError, TypeError, AttributeError) as error:
            self.close()
            raise Crash("the process answers nonsense") from error
        except Crash:
            self.close()
            raise

    def _limit(self, seconds: float) -> float:
        """What is left of a time limit."""
        late = time.monotonic() - self._started > WHOLE * self.timeout
        return seconds / 5 if late else seconds

    def _start(self) -> None:
        """A new process, with the submission loaded."""
        try:
            self._process = _Process(self.timeout, self.diagnose)
            statements = [[s.line, s.text, s.binds] for s in self.code.statements]
            loaded = self._process.exchange(statements, self._limit(self.timeout + 5))
            if not isinstance(loaded, dict):
                raise Crash("the process answers nonsense")
            self.off = [str(line) for line in loaded.get("off", [])]
            self.reasons = Reasons(self.code, loaded.get("failed"))
        except Hang as error:
            self.close()
            self._failed = LoadError("the file cannot be loaded: it does not finish within "
                                     f"{self.timeout + 5:g} s; is there a loop outside of the "
                                     "classes?")
            raise self._failed from error
        except (Crash, KeyError, TypeError, AttributeError) as error:
            self.close()
            self._failed = LoadError(f"the file cannot be loaded: {error}")
            raise self._failed from error

    def close(self) -> None:
        """Kill the process and everything that it has started."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


class _Process:
    """One child process, and a thread that talks to it, so that the grader never waits too long."""

    def __init__(self, timeout: float, diagnose: bool) -> None:
        self.token = secrets.token_hex(16)
        self.folder = tempfile.TemporaryDirectory(prefix="tinycnn-", ignore_cleanup_errors=True)
        root = Path(np.__file__).parents[1]
        packages = [root] + ([Path(__file__).parents[2]] if diagnose else [])
        names = ["numpy", "numpy.libs"] + (
            ["scipy", "scipy.libs", "PIL", "pillow.libs"] if diagnose else [])
        readable = [root / name for name in names if (root / name).is_dir()] + (
            [Path(__file__).parents[1]] if diagnose else [])
        libraries = {sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib")}
        settings = {"folder": self.folder.name, "packages": list(map(str, packages)),
                    "readable": list(map(str, readable)), "library": sorted(libraries),
                    "diagnose": diagnose, "cpu": int(60 + 20 * timeout), "memory": MEMORY}
        environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TINYCNN": self.token,
                       "HOME": self.folder.name, "TMPDIR": self.folder.name}
        if "SYSTEMROOT" in os.environ:      # Windows cannot start a process without it
            environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
        os.chmod(self.folder.name, 0o777)   # the process may run as the user "nobody"
        self.child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-X", "utf8",
             str(Path(__file__).parent / "process/child.py"), json.dumps(settings)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=self.folder.name, env=environment, start_new_session=os.name == "posix")
        self.requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._talk, daemon=True).start()

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
        try:
            answer = self.answers.get(timeout=timeout)
        except queue.Empty:
            raise Hang(f"no answer within {timeout:g} s; likely cause: a loop that does not end"
                       ) from None
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
        self.folder.cleanup()


def _kill_all_with(mark: bytes) -> None:
    """Kill the processes that left the group; they still have the environment with the mark."""
    for _ in range(5):          # again, because one may fork in the meantime
        found = False
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)
                    found = True
            except OSError:
                continue
        if not found:
            return
