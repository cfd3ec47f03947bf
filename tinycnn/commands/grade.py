"""`tinycnn grade`: what students hand in."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from ..layers import DataError
from .options import new_command, option


def add(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    command = new_command(
        commands, "grade", run, "grade what students hand in",
        "Grade files, or folders with one file or folder for each student. Students' code runs in "
        "a separate process, with limits. Its answers are judged outside of that process.")
    command.add_argument("submissions", nargs="+", type=Path, metavar="SUBMISSION",
                         help="a .py or .ipynb file, a folder with layers.py, or a folder of these")
    option(command, "--assignment", "the handout, with its assignment.json", type=Path,
           metavar="FOLDER", required=True)
    option(command, "--out", "write grades.csv, a summary, and feedback for each student",
           type=Path, metavar="FOLDER")
    option(command, "--jobs", "how many submissions at a time", os.cpu_count() or 1,
           shown="one for each processor")
    option(command, "--timeout", "limit for each check", 10.0, shown="10", metavar="SECONDS")
    option(command, "--seed", "seed of all inputs, to grade again with the same numbers", type=int,
           shown="secret, a new one each time; summary.txt has it")
    option(command, "--gradescope", "for one submission: write Gradescope's results.json",
           type=Path, metavar="FILE.json")


def run(options: argparse.Namespace) -> None:
    """Grade submissions and print the result: feedback for one, a summary for several."""
    from ..classroom import read_assignment
    from ..classroom.classbook import ClassBook
    from ..classroom.feedback import feedback, points
    from ..classroom.found import find_submissions, one_submission
    from ..classroom.gradescope import results_json
    submissions, out, gradescope = options.submissions, options.out, options.gradescope
    exercises = read_assignment(options.assignment)
    if gradescope is not None and len(submissions) != 1:
        raise ValueError(f"--gradescope is for one submission, these are {len(submissions)}")
    found = find_submissions(submissions) if gradescope is None else [
        one_submission(submissions[0])]
    if not found:
        raise DataError(f"{submissions[0]}: there is no submission in it; expected one .py or "
                        ".ipynb file, or one folder, for each student")
    if not options.timeout > 0 or options.jobs < 1:
        raise ValueError(f"--timeout {options.timeout:g} and --jobs {options.jobs}: expected "
                         "numbers above 0")
    if out is not None and (out / "grades.csv").exists():
        raise FileExistsError(f"{out / 'grades.csv'} exists already; name another folder with "
                              "--out, so that no grades are lost")
    seed = secrets.randbits(63) if options.seed is None else options.seed
    book = ClassBook(exercises, seed, options.timeout)
    folder = None
    if out is not None:     # it imports matplotlib, which Gradescope does not need
        from ..classroom.class_folder import ClassFolder
        folder = ClassFolder(book, out)
    try:
        for number, entry in enumerate(book.grade(found, options.jobs), 1):
            if folder is not None:
                folder.write(entry)
            if number == 1 and entry.grade.off:
                print("limits that are off here: " + "; ".join(entry.grade.off), file=sys.stderr)
            if len(found) > 1:
                print(f"{number:{len(str(len(found)))}}/{len(found)}  {entry.student}  "
                      f"{points(entry.grade)}", file=sys.stderr, flush=True)
    finally:
        if folder is not None:
            folder.close()      # so finished grades are not lost
    if gradescope is not None:
        document = results_json(book.entries[0].grade, exercises)
        gradescope.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    elif len(found) == 1:
        print(feedback(found[0].student, book.entries[0].grade, exercises), end="")
    else:
        print(book.summary())
    if out is not None:
        print(f"{out}: grades.csv, summary.html, and feedback for each student", file=sys.stderr)
