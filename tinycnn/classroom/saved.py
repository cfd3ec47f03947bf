"""The grades of a class as `grades.json`: all that is needed to grade some students again.

    save(book, Path("grades"))
    book = load(Path("grades"), exercises)      # the same seed, the same entries
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..layers import DataError
from ..output.whole_file import write_text
from .classbook import ClassBook, Entry
from .exercises import Exercise
from .found import Submission
from .results import Grade, Result

FILE = "grades.json"
FORMAT = 1
KEPT = ("reason", "ungraded", "reports", "causes", "notes", "remarks", "printed", "seconds")


def save(book: ClassBook, folder: Path) -> None:
    """Write the book; a file that is there is replaced only when the new one is complete."""
    document = {"format": FORMAT, "seed": book.seed, "aside": book.aside,
                "assignment": [e.as_dict() for e in book.exercises],
                "entries": [_entry(entry) for entry in book.entries]}
    write_text(folder / FILE, json.dumps(document, indent=1) + "\n")


def load(folder: Path, exercises: Sequence[Exercise], timeout: float) -> ClassBook:
    """The book of a folder.

    Raises:
        DataError: there is none, or it is of another assignment.
    """
    path = folder / FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise DataError(f"{path} has format {document['format']}; expected {FORMAT}")
        if document["assignment"] != json.loads(json.dumps([e.as_dict() for e in exercises])):
            raise DataError(f"{path} has the grades of another assignment, or its exercises or "
                            "points have changed; grade everybody again, with another --out")
        return ClassBook(exercises, document["seed"], timeout,
                         [_read(entry, exercises) for entry in document["entries"]])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} cannot be read: {error}. To grade some students again, name the "
                        "--out folder of the first time") from error


def _entry(entry: Entry) -> dict[str, Any]:
    who = asdict(entry.submission) | {"paths": [path.name for path in entry.submission.paths]}
    grade = {name: getattr(entry.grade, name) for name in KEPT}
    results = [[r.exercise.name, r.check.name, r.passed, r.message, r.unsolved, r.answered]
               for r in entry.grade.results]
    return {"submission": who, "grade": grade, "results": results, "bodies": entry.bodies}


def _read(entry: Mapping[str, Any], exercises: Sequence[Exercise]) -> Entry:
    checks = {(e.name, c.name): (e, c) for e in exercises for c in e.checks}
    results = [Result(*checks[name, check], *rest) for name, check, *rest in entry["results"]]
    who = entry["submission"]
    return Entry(Submission(**who | {"paths": tuple(Path(name) for name in who["paths"])}),
                 Grade(results, **entry["grade"]), entry["bodies"])
