"""The commands for a classroom: handout, grade, and check on a handout."""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from ..layers import DataError


def add_classroom(commands: Any) -> None:
    """Add the parsers of `handout` and `grade` to the subparsers of the command line."""
    command = commands.add_parser(
        "handout", help="make a homework from the reference layers",
        description="Make a file for students in which the chosen methods are to be written, the "
                    "same as a notebook, a README and public tests. Before anything is written it "
                    "is proved that the stubs fail, that the solutions pass, and that no line of a "
                    "solution is in it.")
    command.set_defaults(run=run_handout)
    command.add_argument("names", nargs="*", metavar="EXERCISE[=POINTS]",
                         help="conv2d.forward, or conv2d for all of its methods; 10 points each, "
                              "or conv2d.forward=15")
    command.add_argument("--list", action="store_true", dest="show", help="which exercises there "
                         "are")
    command.add_argument("--all", action="store_true", dest="everything", help="all of them")
    command.add_argument("--out", type=Path, metavar="FOLDER", default=None,
                         help="where the handout goes; a new or empty folder")
    command.add_argument("--speed", action="store_true",
                         help="a tenth of the points of convolution, pooling and dense layers for "
                              "being at most 15 times as slow as tinycnn's own: loops will not do")
    command.add_argument("--gradescope", type=Path, metavar="FILE.zip", default=None,
                         help="write Gradescope's autograder for it as well")

    command = commands.add_parser(
        "grade", help="grade what students hand in",
        description="Grade files, or folders with one file or folder for each student. Their code "
                    "runs in a process of its own, with limits; what it answers is judged outside "
                    "of it.")
    command.set_defaults(run=run_grade)
    command.add_argument("submissions", nargs="+", type=Path, metavar="SUBMISSION",
                         help="a .py or .ipynb file, a folder with layers.py, or a folder of these")
    command.add_argument("--assignment", type=Path, metavar="FOLDER", required=True,
                         help="the handout, with its assignment.json")
    command.add_argument("--out", type=Path, metavar="FOLDER", default=None,
                         help="write grades.csv, a summary, and feedback for each student")
    command.add_argument("--jobs", type=int, default=os.cpu_count() or 1,
                         help="how many at a time (default: one for each processor)")
    command.add_argument("--timeout", type=float, default=10, metavar="SECONDS",
                         help="for each check (default: 10)")
    command.add_argument("--seed", type=int, default=None,
                         help="of all inputs, to grade again with the same numbers (default: "
                              "secret, drawn anew; it stands in summary.txt)")
    command.add_argument("--gradescope", type=Path, metavar="FILE.json", default=None,
                         help="for one submission: write Gradescope's results.json")


def check_homework(folder: Path, file: Path | None, timeout: float) -> int:
    """The public checks of a handout, as its students run them; 0 if all of them passed."""
    from ..classroom import grade_source, read_assignment
    from ..classroom.blanks import FILE
    from ..classroom.feedback import feedback
    from ..classroom.public import PUBLIC_SEED
    from ..classroom.submission import SubmissionError, read_source
    exercises = read_assignment(folder)
    file = file or folder / FILE
    try:
        grade = grade_source(read_source(file), exercises, PUBLIC_SEED, timeout=min(timeout, 60),
                             public_only=True)
    except SubmissionError as error:
        raise DataError(str(error)) from error
    print(feedback(str(file), grade, exercises, hidden=False), end="")
    return 0 if all(r.passed for r in grade.results) else 1


def run_handout(names: list[str], everything: bool, show: bool, out: Path | None, speed: bool,
                gradescope: Path | None) -> None:
    """Make a handout, prove it, and only then write it."""
    from ..classroom import EXERCISES, choose, make_handout, prove, write_files
    if show:
        for e in EXERCISES:
            print(f"{e.name:28} {e.task}")
        return
    if out is None and gradescope is None:
        raise ValueError("--out names the folder to write to, --gradescope an archive; give one")
    if gradescope is not None and gradescope.exists():
        raise FileExistsError(f"{gradescope} exists already; name another file")
    handout = make_handout(choose(names, everything=everything, speed=speed))
    prove(handout)
    n = len(handout.exercises)
    print(f"{n} {'exercise' if n == 1 else 'exercises'}: the stubs fail every check by their own "
          "name, the solutions pass all, no line of them is in the handout")
    if out is not None:
        write_files(handout.files, out)
        print(f"{out}: {', '.join(handout.files)}")
    if gradescope is not None:
        from ..classroom.gradescope import autograder_zip
        gradescope.write_bytes(autograder_zip(handout))
        print(f"{gradescope}: upload it as the autograder")


def run_grade(submissions: list[Path], assignment: Path, out: Path | None, gradescope: Path | None,
              jobs: int, timeout: float, seed: int | None) -> None:
    """Grade submissions, and say what came out: of one its feedback, of several a summary."""
    from ..classroom import read_assignment
    from ..classroom.classbook import ClassBook
    from ..classroom.feedback import feedback, points
    from ..classroom.gradescope import results_json
    from ..classroom.submission import find_submissions, one_submission
    exercises = read_assignment(assignment)
    if gradescope is not None and len(submissions) != 1:
        raise ValueError(f"--gradescope is for one submission, these are {len(submissions)}")
    found = find_submissions(submissions) if gradescope is None else [
        one_submission(submissions[0])]
    if not found:
        raise DataError(f"{submissions[0]}: there is no submission in it; expected one .py or "
                        ".ipynb file, or one folder, for each student")
    if not timeout > 0 or jobs < 1:
        raise ValueError(f"--timeout {timeout:g} and --jobs {jobs}: expected numbers above 0")
    if out is not None and (out / "grades.csv").exists():
        raise FileExistsError(f"{out / 'grades.csv'} exists already; name another folder with "
                              "--out, so that no grades are lost")
    book = ClassBook(exercises, secrets.randbits(63) if seed is None else seed, timeout)
    folder = None
    if out is not None:     # it brings matplotlib, which Gradescope need not wait for
        from ..classroom.class_folder import ClassFolder
        folder = ClassFolder(book, out)
    try:
        for number, entry in enumerate(book.grade(found, jobs), 1):
            if folder is not None:
                folder.write(entry)
            if number == 1 and entry.grade.off:
                print("limits that are off here: " + "; ".join(entry.grade.off), file=sys.stderr)
            if len(found) > 1:
                print(f"{number:{len(str(len(found)))}}/{len(found)}  {entry.student}  "
                      f"{points(entry.grade)}", file=sys.stderr, flush=True)
    finally:
        if folder is not None:
            folder.close()      # what is graded is not lost
    if gradescope is not None:
        document = results_json(book.entries[0].grade, exercises)
        gradescope.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    elif len(found) == 1:
        print(feedback(found[0].student, book.entries[0].grade, exercises), end="")
    else:
        print(book.summary())
    if out is not None:
        print(f"{out}: grades.csv, summary.html, and feedback for each student", file=sys.stderr)
