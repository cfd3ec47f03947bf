"""`tinycnn check`: the layers in students' files, or a homework."""

from __future__ import annotations

import argparse
import json
import math
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..gradcheck.suite import known_kinds
from ..layers import DataError
from .options import flag, new_command, option, seed_option


def add(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    command = new_command(
        commands, "check", run, "check the layers in a student's file",
        "Check what is in a Python file or notebook against central differences, and say what is "
        "likely to be wrong: layers as classes or pairs of functions in any usual form, "
        "activations, losses, updates, training loops. Exit status 0 if all are right, 1 if not.")
    command.add_argument("targets", nargs="+", metavar="FILE.py[:NAME,...]",
                         help="a file, or some of its classes and functions: "
                         "layers.py:MyConv2D,MyTanh; a training loop has to be named: "
                         "loop.py:train")
    option(command, "--as", "which layer it should be, if the name does not say so; loss and "
           "update are functions", dest="kind", choices=known_kinds())
    seed_option(command, "seed of all random numbers")
    option(command, "--example", "how to build or call it, with NumPy as np: \"Conv(2, 3, 3)\", "
           "\"conv_forward(x, np.ones((4, 3, 3, 3)), np.ones(4))\"", "", metavar="CALL")
    option(command, "--x", "shape of the input of --example: 2,3,8,8", type=shape, metavar="SIZES")
    option(command, "--like", "compare with this one, which is right", "",
           metavar="FILE.py:NAME")
    option(command, "--timeout", "limit for each class", 60.0, shown="60", metavar="SECONDS")
    flag(command, "--json", "print the reports as one JSON document", dest="as_json")


def run(options: argparse.Namespace) -> int:
    """Check the layers in students' files; 0 if all of them are right."""
    from ..gradcheck.student_file import check_file
    if not (math.isfinite(options.timeout) and options.timeout > 0):
        raise DataError(f"--timeout: expected seconds, a number above 0; got {options.timeout:g}")
    outcomes = []
    place = Path(options.targets[0])
    folder = place if place.is_dir() else place.parent
    if len(options.targets) == 1 and options.kind is None and (
            folder / "assignment.json").is_file():
        return check_homework(folder, None if place.is_dir() else place, options.timeout)
    for target in options.targets:
        file, _, names = target.partition(":")
        for outcome in check_file(Path(file), names.split(",") if names else (), options.kind,
                                  seed=options.seed, timeout=options.timeout,
                                  example=options.example,
                                  shape=options.x, like=options.like):
            outcomes.append(outcome)
            if not options.as_json:
                print(f"{outcome.text}\n", flush=True)
    checked = [outcome for outcome in outcomes if not outcome.skipped]
    right, left = sum(outcome.ok for outcome in checked), len(outcomes) - len(checked)
    if options.as_json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], indent=1, allow_nan=False))
    else:
        print((f"{right} of {len(checked)} right" if checked else "nothing was checked")
              + (f", {left} not checked" if left and checked else ""))
    return 0 if checked and right == len(checked) else 1


def shape(text: str) -> tuple[int, ...]:
    """The sizes in "2,3,8,8" or "2x3x8x8"."""
    sizes = tuple(int(size) for size in re.split("[,x ]+", text.strip("() ")))
    if not sizes or min(sizes) < 1:
        raise ValueError
    return sizes


def check_homework(folder: Path, file: Path | None, timeout: float) -> int:
    """The public checks of a handout, as its students run them; 0 if all passed.

    Args:
        file: the student's file; None for those of the handout, of which the better one counts.
    """
    from ..classroom import grade_source, read_assignment
    from ..classroom.blanks import FILE, NOTEBOOK
    from ..classroom.feedback import feedback, points
    from ..classroom.public import PUBLIC_SEED
    from ..classroom.submission import SubmissionError, read_source
    exercises = read_assignment(folder)
    there = [folder / name for name in (FILE, NOTEBOOK) if (folder / name).exists()]
    grades, others = {}, []
    for path in [file] if file else there or [folder / FILE]:
        try:
            grades[path] = grade_source(read_source(path, exercises), exercises, PUBLIC_SEED,
                                        timeout=min(timeout, 60), public_only=True)
        except SubmissionError as error:
            others.append(str(error))
    if not grades:
        raise DataError("\n".join(others))
    best = max(grades, key=lambda path: grades[path].points)
    if grades[best].points:
        others += [f"{path.name} has {points(grade)} points. The better one counts."
                   for path, grade in grades.items() if path != best]
    grade = grades[best]
    grade.remarks = others + grade.remarks
    print(feedback(str(best), grade, exercises, hidden=False), end="")
    return 0 if all(r.passed for r in grade.results) else 1
