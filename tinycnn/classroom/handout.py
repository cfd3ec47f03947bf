"""What students get: a file to fill in, the same as a notebook, a README, tests, the assignment.

    handout = make_handout(choose(["conv2d.forward", "conv2d.backward"]))
    prove(handout)          # raises if it leaks a solution or cannot be graded (`proof`)
    write_files(handout.files, Path("hw1"))
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .blanks import FILE, NOTEBOOK, student_file, teacher_of
from .exercises import EXERCISES, Check, Exercise, how_many, own_exercise
from .ipynb import notebook
from .own.handed_out import Own
from .own.public_questions import from_text, with_public
from .own.teacher_file import TeacherFileError, read_teacher_file
from .speed import SPEED

ASSIGNMENT = "assignment.json"
FORMAT, WITH_OWN = 1, 2     # 2 has a teacher's own exercises

README = """\
# Homework: {count}

{table}

{points} points in all.

1. Install tinycnn: `pip install` the package that your teacher names. Use Python 3.10 or newer.
2. Write your code in `{file}`: replace each `raise NotImplementedError(...)`. Everything else in
   this file is given. You may do the exercises in any order: during a check, tinycnn uses its own
   code for what you have not written yet. If you prefer a notebook, use `{notebook}`.
3. Check your work as often as you like, in this folder:

   ```sh
   tinycnn check .               # your file and your notebook; the better one counts
   tinycnn check {notebook}    # the notebook alone
   ```

   For every exercise it says what is right, what is wrong, where and why. You can also run the same
   checks as tests (`pip install pytest`): `pytest`, or `pytest --pdb` to stop at the error.
4. Hand in `{file}` or the notebook.

## How it is graded

Each exercise has public checks, which you can run, and hidden checks, which you do not have. So if
your code passes the public checks, this is a good sign but no guarantee. Grading uses new random
numbers: code that is right only for the numbers of these checks gets no points.

{checks}

If your forward pass is right, your backward pass is graded together with it; otherwise it is graded
with one that is right. So a mistake in one exercise costs no points in another. The docstring
says what the cache contains. If yours contains something else, your backward pass can be right only
if your forward pass is right.

Of your file or notebook only the classes and functions above are run, and what they use. Plots,
prints and experiments cost nothing. Use only NumPy and Python's standard library: an exercise that
uses another package or the layers of tinycnn gets no points.
"""

EXPLAINED = {
    "plain": "ordinary inputs: every entry is right",
    "stride": "strides larger than 1", "padding": "padding, with or without strides",
    "windows": "windows that overlap, leave gaps, or do not fit",
    "gradient": "every entry of ∂L/∂logits",
    "contract": "a call changes neither its arguments nor the weights, remembers nothing from "
                "earlier calls, and returns an array that later calls do not change; weights are "
                "read from `params`; float32 stays float32",
    "unusual": "ties, huge numbers, different strides for rows and columns, arrays with another "
               "memory layout",
    "speed": f"a large batch takes at most {SPEED:g} times as long as tinycnn's own layer"}

OF_OWN = {      # of a teacher's own exercise
    "contract": EXPLAINED["contract"].replace("float32 stays float32",
                                              "numbers in float32 are taken as well"),
    "unusual": "more inputs; for layers one image, large and tiny numbers; arrays with another "
               "memory layout"}

TESTS = '''\
"""The public checks of this homework: run `pytest` in this folder."""

from pathlib import Path

import pytest

from tinycnn.classroom import public_checks

FOLDER = Path(__file__).parent


@pytest.mark.parametrize("check", public_checks(FOLDER), ids=str)
def test_exercise(check):
    check()
'''


@dataclass(frozen=True)
class Handout:
    """The exercises of a handout, and its files by name."""

    exercises: tuple[Exercise, ...]
    files: Mapping[str, str]


class AssignmentError(ValueError):
    """A folder is not a handout, or was made by another version of tinycnn."""


def make_handout(exercises: Sequence[Exercise], *, keep: bool = False) -> Handout:
    """All files of a handout, in memory.

    Args:
        keep: see `student_file`.
    """
    from .. import __version__
    exercises = [with_public(e) for e in exercises]
    text = student_file(exercises, keep=keep)
    teacher = teacher_of(exercises)
    assignment = {"format": WITH_OWN if teacher else FORMAT, "tinycnn": __version__, "file": FILE,
                  **({"teacher": {"file": teacher.name, "sha256": teacher.digest}}
                     if teacher else {}),
                  "exercises": [e.as_dict() for e in exercises]}
    return Handout(tuple(exercises), {
        FILE: text, NOTEBOOK: notebook(text, exercises), "README.md": _readme(exercises),
        "test_layers.py": TESTS, ASSIGNMENT: json.dumps(assignment, indent=1) + "\n"})


def _readme(exercises: Sequence[Exercise]) -> str:
    rows = ["| | exercise | what it computes | points |", "|--:|---|---|--:|",
            *(f"| {e.number} | `{e.label}` | {e.task} | {e.points:g} |" for e in exercises)]
    names = list(dict.fromkeys(c.name for e in exercises for c in e.checks))
    checks = {c.name: c for e in exercises for c in e.checks}
    explained = EXPLAINED | OF_OWN if all(e.own for e in exercises) else EXPLAINED
    table = ["| check | | what it checks |", "|---|---|---|",
             *(f"| {name} | {'public' if checks[name].public else 'hidden'} | {explained[name]} |"
               for name in names)]
    return README.format(count=how_many(exercises), table="\n".join(rows), file=FILE,
                         notebook=NOTEBOOK, checks="\n".join(table),
                         points=f"{sum(e.points for e in exercises):g}")


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write a handout into a folder that is new or empty.

    Raises:
        FileExistsError: the folder is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} exists already and is not empty; name another folder, so "
                              "that nothing is lost")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def read_assignment(folder: Path, teacher: Path | None = None, *, grading: bool = False
                    ) -> tuple[Exercise, ...]:
    """The exercises of a handout, from its `assignment.json`.

    Args:
        teacher: the file of a teacher's own exercises; None looks for it beside the folder.
        grading: her file is needed, for the hidden checks and for new numbers. Without it, only
            the public questions in the handout can be asked.

    Raises:
        AssignmentError: there is no such file, or it is not what this version writes; or the
            teacher's file is needed and not found.
    """
    path = folder / ASSIGNMENT if folder.is_dir() else folder
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] not in (FORMAT, WITH_OWN):
            raise AssignmentError(f"{path} has format {document['format']}, this version of "
                                  f"tinycnn reads {FORMAT} and {WITH_OWN}; it was made by tinycnn "
                                  f"{document.get('tinycnn')}")
        own = _own(path.parent, document["teacher"], teacher, grading) \
            if document["format"] == WITH_OWN else None
        exercises = tuple(_exercise(entry, own) for entry in document["exercises"])
        if not exercises:
            raise ValueError("there is no exercise in it")
        return exercises
    except OSError as error:
        raise AssignmentError(f"{path} cannot be read: {error.strerror}. Expected a folder that "
                              "`tinycnn handout` has made") from error
    except (AssignmentError, TeacherFileError):
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise AssignmentError(f"{path} is not what `tinycnn handout` writes: "
                              f"{type(error).__name__}: {error}") from error


def _own(folder: Path, entry: Mapping[str, Any], path: Path | None, grading: bool) -> Own:
    """The teacher's file of a handout, if it is given, found, or not needed."""
    name, digest = str(entry["file"]), str(entry["sha256"])
    if not grading:
        return Own(None, {}, digest)
    # In Gradescope's archive it is in the folder, which no student gets.
    places = [path] if path else [folder.resolve().parent / name, folder / name]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise AssignmentError(
            f"{folder} has exercises of {name}, and grading needs that file: it is not "
            f"{' and not '.join(map(str, places))}. Put it beside the folder of the handout, or "
            f"name it: --teacher {name}")
    return Own(read_teacher_file(found), {}, digest)


def changed_file(exercises: Sequence[Exercise]) -> str:
    """A sentence if the teacher's file is not the one that the handout was made with, else ""."""
    for e in exercises:
        if e.own and e.own.teacher and e.own.digest not in ("", e.own.teacher.digest):
            return (f"{e.own.teacher.name} has changed since the handout was made; its numbers of "
                    "today count")
    return ""


def _exercise(entry: Mapping[str, Any], own: Own | None) -> Exercise:
    """An exercise from the file; the teacher may have changed its points by hand."""
    name, points = str(entry["name"]), float(entry["points"])
    if not points > 0:
        raise ValueError(f"{name} has {points:g} points; expected more than 0")
    checks = tuple(Check(str(c["name"]), bool(c["public"]), float(c["points"]) / points)
                   for c in entry["checks"])
    if "public" in entry and own is not None:
        for text in entry["public"].values():
            from_text(text)     # it raises an error if it is damaged
        known = own_exercise(replace(own, public=dict(entry["public"])), name, str(entry["task"]))
    else:
        known = {e.name: e for e in EXERCISES}[name]
    unknown = {c.name for c in checks} - {c.name for c in known.checks} - {"speed"}
    if unknown or not checks:
        raise ValueError(f"{name} has no checks {sorted(unknown)}")
    return replace(known, checks=checks, number=int(entry["number"]), points=points)
