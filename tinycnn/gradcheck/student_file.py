"""Check what is in a student's file, each piece in its own process.

    for outcome in check_file(Path("layers.py")):
        print(outcome.text)

One child process runs the definitions of the file and says what can be checked; then each class or
pair of functions is checked in a child of its own. If the code hangs, crashes, prints, exits or
patches NumPy there, this ends with that process, and so does every process that it has started. The
answer comes back as JSON in a separate file, so that printed text cannot mix with it. This is no
protection against cheating: it helps the person who writes the file.
"""

from __future__ import annotations

import ast
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..output.text import did_you_mean, listing
from .source import definitions, text_of

MEMORY = 3 * 2 ** 30        # bytes that a child may use, where the system can limit it


@dataclass(frozen=True)
class Outcome:
    """The result for one class, pair of functions or function, or for a whole file.

    Attributes:
        name: "layers.py:MyConv2D", "layers.py:conv_forward,conv_backward", or only the file.
        ok: whether it was checked and is right.
        text: the report, or why there is none.
        report: `Report.as_dict()`, None if there is none.
        skipped: it was not checked, and need not be: no layer by its name, and not asked for.
    """

    name: str
    ok: bool
    text: str
    report: dict[str, Any] | None = None
    skipped: bool = False


def check_file(file: Path, names: Sequence[str] = (), kind: str | None = None, *, seed: int = 0,
               timeout: float = 60, example: str = "", shape: tuple[int, ...] | None = None,
               like: str = "") -> Iterator[Outcome]:
    """Check what is in a Python file or notebook; yield each outcome as soon as it is known.

    Args:
        names: which classes or functions; (): all that can be checked.
        kind: the kind of all of them; None: the name says it.
        timeout: seconds for each piece, including the definitions of the file.
        example: how to build or call it; shape: of x. like: "teacher.py:Conv", which is right.

    Raises:
        ValueError: the timeout is no positive number.
    """
    if not (math.isfinite(timeout) and timeout > 0):
        raise ValueError(f"--timeout: expected seconds, a number above 0; got {timeout:g}")
    wish = {"kind": kind, "example": example, "shape": shape, "like": like and str(
        Path(like.rpartition(":")[0]).resolve()) + ":" + like.rpartition(":")[2]}
    try:
        text = text_of(file)
        defined = definitions(ast.parse(text, str(file)))
    except SyntaxError as error:
        line = f": {error.text.strip()}" if error.text else ""
        yield Outcome(str(file), False, f"{file}, line {error.lineno}: {error.msg}{line}")
        return
    except (OSError, ValueError, RecursionError) as error:      # ValueError: not UTF-8, zero bytes
        why = error.strerror if isinstance(error, OSError) else str(error)
        yield Outcome(str(file), False, f"{file} cannot be read: {why}. Expected a Python file")
        return
    names = names or ([_called(example, defined)] if example else [])
    for name in names:
        if name not in defined:
            hint = did_you_mean(name, defined) or "."
            yield Outcome(f"{file}:{name}", False, f"{file} has no {name}{hint} It has "
                          + (listing(sorted(defined)) or "no class and no function"))
    asked, wanted = [name for name in names if name in defined], bool(names)
    if not wanted:
        listed = _in_a_process(file, "", wish, seed, timeout)
        if listed.report is None:
            yield Outcome(str(file), False, listed.text)
            return
        asked = listed.report["names"]
        if not asked:
            yield Outcome(str(file), False, f"{file} has no layer: expected a class with the "
                          "methods forward and backward, or functions such as conv_forward and "
                          "conv_backward; found "
                          + (listing(sorted(defined)) or "no class and no function"))
    seen: set[str] = set()
    for name in asked:
        if name not in seen:
            outcome = _in_a_process(file, name, wish, seed, timeout)
            seen |= set(outcome.name.rpartition(":")[2].split(","))
            yield replace(outcome, skipped=outcome.skipped and not wanted)


def _called(example: str, defined: Mapping[str, Any]) -> str:
    """The name of the class or function that an example calls: Conv in `Conv.small(3)`."""
    names = re.findall(r"\w+", example)
    return next((name for name in names if name in defined), names[0] if names else "")


def _in_a_process(file: Path, name: str, wish: dict[str, Any], seed: int, timeout: float
                  ) -> Outcome:
    """Check one piece in a child process; with the name "", list what there is to check."""
    label = f"{file}:{name}" if name else str(file)
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        said_file = Path(folder) / "stderr"
        request = {"file": str(file.resolve()), "label": label, "name": name, "seed": seed,
                   "file_name": str(file), "answer": str(answer), "timeout": timeout,
                   "memory": MEMORY, **wish}
        # -c instead of -m: the folder that the user stands in may hold a numpy.py.
        paths = [p for p in sys.path if p not in ("", os.getcwd())]
        ours = str(Path(__file__).resolve().parents[2])     # perhaps tinycnn is not installed
        command = [sys.executable, "-c", f"import sys; sys.path[:] = {[*paths, ours]!r}"
            "\nfrom tinycnn.gradcheck.student_process import main; main(sys.argv[1])",
            json.dumps(request)]
        with said_file.open("wb") as stderr:
            # A session of its own, so that what the code starts can be ended with it.
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=stderr, start_new_session=True,
                                     env={"OPENBLAS_NUM_THREADS": "1", **os.environ})
            try:    # a little longer than the child waits, because it can say where it hangs
                status: int | None = child.wait(timeout + 10)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                _end(child)
        said = said_file.read_text(encoding="utf-8", errors="replace")
        try:
            found = json.loads(answer.read_text(encoding="utf-8"))
            names = ",".join(found.pop("names", [])) or name
            return Outcome(f"{file}:{names}" if names else label, **found)
        except (OSError, ValueError, TypeError):
            pass
    if status is None or "Timeout (" in said:
        at = _hung_at(said, file)
        return Outcome(label, False, f"{label}: no answer within {timeout:g} s{at}. Likely cause: "
                       "a loop that does not end (or one that is very slow: --timeout)")
    how = f"by signal {-status}" if status < 0 else f"with exit status {status}"
    return Outcome(label, False, f"{label}: Python ended {how} before the check did. Likely cause: "
                   "the code calls os._exit, or a library crashed or ran out of memory")


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child, and every process that the code in it has started."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (AttributeError, ProcessLookupError, PermissionError):   # Windows has no groups
        child.kill()
    child.wait()


def _hung_at(said: str, file: Path) -> str:
    """The line of the student's file that faulthandler saw, innermost first."""
    found = re.search(f'File "{re.escape(str(file.resolve()))}", line (.*)', said)
    return f"; it was in line {found[1].replace(' in ', ', in ')}" if found else ""
