"""A student's code in its own process: asked over a pipe, limited, and killed if it hangs.

    with Sandbox(code) as sandbox:
        answers = sandbox.ask(sessions)

These protect the grader: an interpreter that is isolated from the user's settings, an environment
with nothing in it, walls that the kernel holds (`walls`), limits of CPU time, memory and files, a
hook that refuses what no layer needs (`process.guard`), and a time limit for every request. All
processes that were started are killed. The answers are arrays without pickle, and this side decides
whether they are right. The tutorial says what the sandbox does not protect from.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from .claims import are_answers, is_diagnosis
from .launch import Crash, Hang, Process
from .needed import Code
from .reasons import Reasons
from .walls import walls

__all__ = ["Crash", "Hang", "LoadError", "Sandbox", "walls"]

WHOLE = 12              # after so many times the limit of a request, each gets a fifth of it


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
        self._process: Process | None = None
        self._failed: LoadError | None = None
        self.reasons = Reasons(self.code, [])
        self._started = time.monotonic()

    def ask(self, request: Any) -> Any:
        """The answer to a request.

        Raises:
            Hang: it took too long. The next request starts a new process.
            LoadError: the file itself cannot be run; it is not tried again.
            Crash: the process ended, or gave no answer that can be read.
            NotStarted: the fault of this system.
        """
        if self._failed is not None:
            raise self._failed
        if self._process is None:
            self._start()
        assert self._process is not None
        try:
            answer = self._process.exchange(request, self._limit(self.timeout))
            answers = answer.get("answers") if isinstance(answer, dict) else None
            if not (is_diagnosis(answers) if self.diagnose else are_answers(answers, request)):
                raise Crash("the process answers nonsense")
            self.printed = str(answer.get("printed", ""))[:2000]
            if not self.diagnose:
                self.reasons.add_to(answers)
            return answers
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
            stand = walls()
            self._process = Process(stand.bubblewrap, self.timeout, self.diagnose,
                                    kernel=stand.kernel)
            self.off = [str(line) for line in self._process.hello["off"]]
            statements = [[s.line, s.text, s.binds] for s in self.code.statements]
            loaded = self._process.exchange(statements, self._limit(self.timeout + 5))
            if not isinstance(loaded, dict):
                raise Crash("the process answers nonsense")
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
