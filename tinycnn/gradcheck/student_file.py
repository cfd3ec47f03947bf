"""Check the layers in a student's file, each in its own process.

    for outcome in check_file(Path("layers.py")):
        print(outcome.text)

First the file is read, not run, to find its classes and their methods. Then each class is checked
in a child process. If the code hangs, crashes, prints, exits or patches NumPy there, this ends with
that process. The answer comes back as JSON in a separate file, so that printed text cannot mix with
it. This is no protection against cheating: it helps the person who writes the file.
"""

from __future__ import annotations

import ast
import faulthandler
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ..layers.kinds import claim_of_name
from ..output.text import did_you_mean, last_frame, listing
from .suite import check_class, known_kinds

FUNCTION_NAMES = {"loss_from_logits": "loss", "sgd_update": "update"}


@dataclass(frozen=True)
class Outcome:
    """The result for one class or function, or for a whole file.

    Attributes:
        name: "layers.py:MyConv2D", or only the file.
        ok: whether it was checked and is right.
        text: the report, or why there is none.
        report: `Report.as_dict()`, None if there is none.
        skipped: it is not a known layer, and was not asked for; this is not a failure.
    """

    name: str
    ok: bool
    text: str
    report: dict[str, Any] | None = None
    skipped: bool = False


def check_file(file: Path, names: Sequence[str] = (), kind: str | None = None, *, seed: int = 0,
               timeout: float = 60) -> Iterator[Outcome]:
    """Check the classes of a Python file; yield each outcome as soon as it is known.

    Args:
        names: which classes or functions. None: all classes with a forward and a backward method,
            and functions called loss_from_logits or sgd_update.
        kind: the kind of all of them; None: the name says it.
        timeout: seconds for each class, including the import of the file.
    """
    try:
        tree = ast.parse(file.read_bytes(), str(file))
    except SyntaxError as error:
        line = f": {error.text.strip()}" if error.text else ""
        yield Outcome(str(file), False, f"{file}, line {error.lineno}: {error.msg}{line}")
        return
    except (OSError, ValueError) as error:      # ValueError: not UTF-8, or zero bytes
        why = error.strerror if isinstance(error, OSError) else str(error)
        yield Outcome(str(file), False, f"{file} cannot be read: {why}. Expected a Python file")
        return
    defined = {node.name: node for node in tree.body
               if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    asked, names = bool(names or kind), names or _layers(defined)
    if not names:
        yield Outcome(str(file), False, f"{file} has no layer: expected a class with the methods "
                      "forward and backward, found "
                      + (listing(sorted(defined)) or "no class and no function"))
    for name in names:
        yield _outcome(file, name, defined, kind, asked=asked, seed=seed, timeout=timeout)


def _layers(defined: dict[str, ast.ClassDef | ast.FunctionDef]) -> list[str]:
    """The classes that look like layers, and the functions with the names of tinycnn's own."""
    def is_layer(name: str, node: ast.ClassDef) -> bool:
        methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
        return methods >= {"forward", "backward"} or bool(
            node.bases and claim_of_name(name).kind)

    return [name for name, node in defined.items() if name in FUNCTION_NAMES or (
        isinstance(node, ast.ClassDef) and is_layer(name, node))]


def _outcome(file: Path, name: str, defined: dict[str, Any], kind: str | None, *, asked: bool,
             seed: int, timeout: float) -> Outcome:
    label = f"{file}:{name}"
    if name not in defined:
        hint = did_you_mean(name, defined) or "."
        return Outcome(label, False, f"{file} has no {name}{hint} It has "
                       + (listing(sorted(defined)) or "no class and no function"))
    claim = claim_of_name(name)
    sure = bool(kind) or name in FUNCTION_NAMES or claim.sure
    kind = kind or FUNCTION_NAMES.get(name) or claim.kind
    if kind is None:
        return Outcome(label, not asked, f"{label}: not checked, its name does not say which layer "
                       f"it is. Say so: tinycnn check {label} --as conv2d (or "
                       f"{listing(known_kinds()[1:], 'or')})", skipped=not asked)
    outcome = _in_a_process(file, name, kind, seed, timeout)
    checks = outcome.report["checks"] if outcome.report else {}
    if sure or (checks.get("build", True) and checks.get("forward", True)):
        return outcome
    return Outcome(label, not asked, f"{label}: not checked. Its name has a {kind} in it, but it "
                   f"computes something else. If it is meant to be a {kind}, say so: tinycnn check "
                   f"{label} --as {kind}", skipped=not asked)


def _in_a_process(file: Path, name: str, kind: str, seed: int, timeout: float) -> Outcome:
    """Check one class in a child process."""
    label = f"{file}:{name}"
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", __name__, str(file), name, kind, str(seed), str(answer),
                   str(timeout)]
        # The parent waits a little longer than the child, because the child can say where it hangs.
        try:
            child = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, timeout=timeout + 10, check=False)
            status, said = child.returncode, child.stderr.decode(errors="replace")
        except subprocess.TimeoutExpired:
            status, said = None, ""
        try:
            found = json.loads(answer.read_text(encoding="utf-8"))
            return Outcome(label, **found)
        except (OSError, ValueError):
            pass
    if status is None or "Timeout (" in said:
        at = _hung_at(said, file)
        return Outcome(label, False, f"{label}: no answer within {timeout:g} s{at}. Likely cause: "
                       "a loop that does not end (or one that is very slow: --timeout)")
    how = f"by signal {-status}" if status < 0 else f"with exit status {status}"
    return Outcome(label, False, f"{label}: Python ended {how} before the check did. Likely cause: "
                   "the code calls os._exit, or a library crashed or ran out of memory")


def _hung_at(said: str, file: Path) -> str:
    """The line of the student's file that faulthandler saw, innermost first."""
    found = re.search(f'File "{re.escape(str(file.resolve()))}", line (.*)', said)
    return f"; it was in line {found[1].replace(' in ', ', in ')}" if found else ""


# --- in the child -----------------------------------------------------------------------------


def _child(file: str, name: str, kind: str, seed: str, answer: str, timeout: str) -> None:
    """Import the file, check the class, and write the outcome to `answer`."""
    found: dict[str, Any]
    faulthandler.dump_traceback_later(float(timeout), exit=True)
    printed = StringIO()
    with redirect_stdout(printed):
        try:
            subject = getattr(imported(Path(file).resolve()), name, None)
        except (Exception, SystemExit) as error:
            found = {"ok": False, "text": f"{file}: {_import_error(error, file)}"}
        else:
            report = check_class(subject, kind, int(seed))
            found = {"ok": report.ok, "text": report.text, "report": report.as_dict()}
    lines = printed.getvalue().splitlines()
    if lines:
        found["text"] += (f"\n\nNote: it prints {len(lines)} lines during the check, such as "
                          f"{lines[0][:60]!r}")
    Path(answer).write_text(json.dumps(found), encoding="utf-8")
    sys.stderr.flush()
    os._exit(0)         # do not wait for threads or handlers that the file has started


def imported(path: Path) -> Any:
    """Run the file and return it as a module; it may import the files in its folder."""
    spec = importlib.util.spec_from_file_location(f"student_{path.stem}", path)
    assert spec is not None and spec.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec.loader.exec_module(module)
    return module


def _import_error(error: BaseException, file: str) -> str:
    """Why the file cannot be imported, with the line of the file."""
    frame = last_frame(error, str(Path(file).resolve()))
    line = f", line {frame.lineno}: {frame.line}" if frame else ""
    why = f"{type(error).__name__}: {error}"
    if isinstance(error, ModuleNotFoundError):
        why = f"there is no module {error.name!r}"
    if isinstance(error, EOFError):
        why = "it asks for input"
    return f"it cannot be imported, {why}{line}"


if __name__ == "__main__":
    _child(*sys.argv[1:])
