"""The child process of `student_file`: run the file's definitions, check one piece of it."""

from __future__ import annotations

import faulthandler
import json
import os
import re
import sys
import traceback
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from .forms import Found
from .forms.build import Wish
from .forms.pieces import Pieces, forward_beside, pairs, piece_named, pieces
from .forms.signature import NotBuilt
from .functions import FUNCTIONS
from .report import Report
from .source import load
from .suite import check_class
from .training_loop import check_training, looks_like_training


def main(request_text: str) -> None:
    """Answer one request of `student_file`, as JSON in a file."""
    request = json.loads(request_text)
    _limit(request["memory"])
    faulthandler.dump_traceback_later(request["timeout"], exit=True)
    printed = StringIO()
    with redirect_stdout(printed):
        try:
            found = _answer(request)
        except Exception as error:      # a mistake of tinycnn's own must not be blamed on the file
            at = traceback.extract_tb(error.__traceback__)[-1]
            found = {"ok": False, "text": f"{request['label']}: not checked: tinycnn itself failed "
                     f"({type(error).__name__}: {error}, {Path(at.filename).name}, line "
                     f"{at.lineno}). Please report this"}
    lines = printed.getvalue().splitlines()
    if lines and request["name"]:
        found["text"] += (f"\n\nNote: it prints {len(lines)} lines during the check, such as "
                          f"{lines[0][:60]!r}")
    Path(request["answer"]).write_text(json.dumps(found), encoding="utf-8")
    sys.stderr.flush()
    os._exit(0)         # do not wait for threads or handlers that the file has started


def _limit(memory: int) -> None:
    """Refuse more memory than that, where the system can."""
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, ValueError, OSError):      # Windows; or the limit is lower already
        pass


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    module, failed = load(Path(request["file"]))
    own = defined_in(module)
    for back in pairs({name: getattr(module, name) for name in own})[1]:
        forward = forward_beside(back, Path(request["file"]))
        if forward is not None and forward.__name__ not in own:
            setattr(module, forward.__name__, forward)
            own.append(forward.__name__)
    wish = Wish(request["kind"], request["example"],
                request["shape"] and tuple(request["shape"]), _like(request["like"]))
    known = pieces(vars(module), own, wish)
    if not request["name"]:
        names = [f.names[0] for f in known.found] + list(known.left)
        return {"ok": True, "text": "", "report": {"names": names}}
    return _check(request, known, failed, vars(module))


def _missing(report: Report, failed: list[str]) -> str:
    """Why a name is missing that the code needs: a line that could not be run here."""
    for name in re.findall(r"name '(\w+)' is not defined", " ".join(report.text.split())):
        for line in failed:
            if re.search(rf"\b{name}\b", line) or "import *" in line:
                return f"{name} is not defined, because {line}"
    return ""


def _like(target: str) -> Any:
    """The class or functions in "teacher.py:Conv"; None without a target."""
    if not target:
        return None
    file, _, name = target.rpartition(":")
    module, _ = load(Path(file))
    return piece_named({n: getattr(module, n) for n in defined_in(module)}, name)


def defined_in(module: Any) -> list[str]:
    """The names of the classes and functions that a module defines itself."""
    return [name for name, value in vars(module).items()
            if getattr(value, "__module__", None) == module.__name__]


def _check(request: dict[str, Any], known: Pieces, failed: list[str], namespace: dict[str, Any]
           ) -> dict[str, Any]:
    name = request["name"]
    piece = next((f for f in known.found if name in f.names), None) or next(
        (f for f in known.found if name in [n.partition(".")[0] for n in f.names]), None)
    if request["kind"] in FUNCTIONS or (piece is None and request["kind"]):
        piece = Found((name,), partial(check_class, namespace[name], request["kind"]))
    if piece is None and looks_like_training(namespace[name]):
        piece = Found((name,), lambda seed: check_training(namespace[name], seed=seed))
    if piece is None:
        why = known.left.get(name, "it is in no form that tinycnn knows")
        return {"ok": False, "text": f"{request['label']}: not checked: {why}.",
                "skipped": name not in known.unfinished}
    names, label = piece.names, f"{request['file_name']}:{','.join(piece.names)}"
    try:
        report = piece.check(request["seed"])
    except NotBuilt as error:
        asked = bool(request["example"])
        text = f"{label}: not checked: {error}" if asked else (
            f"{label}: not checked: how to build it cannot be guessed: {error}. Say how, and which "
            f"shape x has: --example \"{names[0]}(...)\" --x 2,3,8,8")
        return {"ok": False, "text": text, "skipped": not asked, "names": names}
    text, missing = report.text, _missing(report, failed)
    if missing:
        return {"ok": False, "text": f"{label}: not checked: {missing}", "skipped": True,
                "names": names}
    if failed and not report.ok:
        text += "\n\nNote: these lines of the file failed: " + "; ".join(failed[:3])
    if not report.checks:
        return {"ok": False, "text": text, "report": report.as_dict(), "skipped": True,
                "names": names}
    return {"ok": report.ok, "text": text, "report": report.as_dict(), "names": names}
