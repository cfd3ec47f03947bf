"""What was handed in: the submissions of a class, found in a folder, and a name for each.

    for submission in find_submissions([Path("submissions")]):
        print(submission.student, submission.path)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .blanks import FILE


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: the name of the file or the folder.
        path: the file; None if there is none, or more than one.
        reason: why there is no path, else "".
    """

    student: str
    path: Path | None
    reason: str = ""


def find_submissions(targets: Iterable[Path]) -> list[Submission]:
    """One submission for each file, and for each entry of a folder; students' names are unique.

    A folder with a `layers.py` or a single .py or .ipynb file is one submission. In any other
    folder, each entry (a file or a folder) is one submission.

    Raises:
        FileNotFoundError: a target does not exist.
    """
    found: list[Submission] = []
    for target in targets:
        if not target.exists() and not target.is_symlink():
            raise FileNotFoundError(f"{target}: there is no such file or folder")
        if not target.is_dir() or target.is_symlink():
            found.append(one_submission(target))
        elif (target / FILE).exists():
            found.append(Submission(target.resolve().name, target / FILE))
        else:
            found += [one_submission(path) for path in sorted(target.iterdir())
                      if not path.name.startswith((".", "__"))]
    return _unique(found)


def one_submission(path: Path) -> Submission:
    """One student's submission: a file, or a folder with everything that was handed in."""
    if not path.is_dir() or path.is_symlink():
        return Submission(path.stem, path)
    files = [p for p in sorted(path.rglob("*")) if p.suffix in (".py", ".ipynb")
             and not any(part.startswith((".", "__")) for part in p.relative_to(path).parts)]
    named = [p for p in files if p.name == FILE]
    chosen = named if len(named) == 1 else [p for p in files if p.name != "test_layers.py"]
    if len(chosen) == 1:
        return Submission(path.name, chosen[0])
    what = ", ".join(p.name for p in chosen[:5]) or "no .py and no .ipynb file"
    return Submission(path.name, None, f"expected one file, {FILE}; the folder has {what}")


def _unique(submissions: list[Submission]) -> list[Submission]:
    """Add a number to a student's name if this name, or its file name, is taken already."""
    seen: dict[str, int] = {}
    unique = []
    for s in submissions:
        name = file_name(s.student).casefold()
        seen[name] = count = seen.get(name, 0) + 1
        unique.append(s if count == 1 else Submission(f"{s.student}-{count}", s.path, s.reason))
    return unique


def file_name(student: str) -> str:
    """A name that is safe for a file: letters, digits, and . _ - (no dot at the start)."""
    return re.sub(r"[^\w.-]", "_", student)[:100].lstrip(".") or "_"
