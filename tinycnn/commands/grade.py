"""`tinycnn grade`: what students hand in."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..layers import DataError
from ..output.whole_file import whole_file, write_text
from .options import flag, new_command, option

if TYPE_CHECKING:
    from ..classroom import Exercise
    from ..classroom.classbook import ClassBook, Entry
    from ..classroom.found import Submission
    from ..classroom.gradebooks import Gradebook


def add(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    command = new_command(
        commands, "grade", run, "grade what students hand in",
        "Grade files, or folders with one file or folder for each student. Students' code runs in "
        "a separate process, with limits. Its answers are judged outside of that process. The "
        "exit status is 1 if a teacher has to look at a submission before it has a grade.")
    command.add_argument("submissions", nargs="+", type=Path, metavar="SUBMISSION",
                         help="a .py, .ipynb or .zip file, a folder with layers.py, or a folder "
                              "of these, as Moodle and Canvas give it")
    option(command, "--assignment", "the handout, with its assignment.json", type=Path,
           metavar="FOLDER", required=True)
    option(command, "--teacher", "the file with your own exercises, if it is not beside the "
           "handout", type=Path, metavar="FILE.py")
    option(command, "--out", "write grades.csv, a summary, and feedback for each student",
           type=Path, metavar="FOLDER")
    option(command, "--regrade", "grade only these students (name, id, number or e-mail), into "
           "the --out folder of the first time, with its seed; the others keep their grades",
           nargs="+", metavar="STUDENT")
    option(command, "--roster", "who is in the class: a CSV file with columns such as id, name, "
           "e-mail", type=Path, metavar="FILE.csv")
    option(command, "--moodle", "Moodle's grading worksheet; the same with the grades goes into "
           "the --out folder, and the feedback as a zip", type=Path, metavar="FILE.csv")
    option(command, "--canvas", "Canvas's exported gradebook; the same with the grades goes into "
           "the --out folder, and the feedback as a zip", type=Path, metavar="FILE.csv")
    option(command, "--column", "the assignment in Canvas's gradebook, if it has several",
           metavar="TEXT")
    option(command, "--jobs", "how many submissions at a time", os.cpu_count() or 1,
           shown="one for each processor")
    option(command, "--timeout", "limit for each check", 10.0, shown="10", metavar="SECONDS")
    option(command, "--seed", "seed of all inputs, to grade again with the same numbers", type=int,
           shown="secret, a new one each time; summary.txt has it")
    option(command, "--gradescope", "for one submission: write Gradescope's results.json",
           type=Path, metavar="FILE.json")
    flag(command, "--autolab", "for one submission: the last line is Autolab's JSON")


def run(options: argparse.Namespace) -> int:
    """Grade submissions and print the result: feedback for one, a summary for several."""
    _check(options)
    if options.gradescope is None:
        return _run(options)
    try:
        return _run(options)
    except Exception as error:      # without results.json Gradescope says nothing that helps
        if not options.gradescope.exists():
            text = f"This is no grade. Your teacher has to look first: {error}"
            write_text(options.gradescope, json.dumps({"score": 0, "output": text}) + "\n")
        raise


def _check(options: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    for name in ("gradescope", "autolab"):
        if getattr(options, name) and len(options.submissions) != 1:
            raise ValueError(f"--{name} is for one submission, these are "
                             f"{len(options.submissions)}")
    for name in ("regrade", "moodle", "canvas"):
        if getattr(options, name) and options.out is None:
            raise ValueError(f"--{name} writes into a folder: name it with --out")
    if not options.timeout > 0 or options.jobs < 1:
        raise ValueError(f"--timeout {options.timeout:g} and --jobs {options.jobs}: expected "
                         "numbers above 0")


def _run(options: argparse.Namespace) -> int:
    from ..classroom import read_assignment
    from ..classroom.handout import changed_file
    from ..classroom.roster import with_id
    from ..classroom.sandbox import walls
    from ..output.out_folder import only_one
    print(walls().line, file=sys.stderr)
    exercises = read_assignment(options.assignment, options.teacher, grading=True)
    if said := changed_file(exercises):
        print(said, file=sys.stderr)
    with ExitStack() as stack:
        if options.out is not None:
            stack.enter_context(only_one(options.out))
        gradebooks = _gradebooks(options)
        book = _book(options, exercises)
        found = _found(options, book)
        entries = _graded(options, book, found)
        for gradebook in gradebooks:
            _fill(gradebook, book, options.out)
    if options.regrade:
        print(f"graded again: {', '.join(with_id(entry.submission) for entry in entries)}",
              file=sys.stderr)
    _report(options, book, entries)
    return 1 if any(entry.grade.ungraded for entry in entries) else 0


def _gradebooks(options: argparse.Namespace) -> list[Gradebook]:
    """The platforms' files: read at first, so that nobody waits for an error."""
    from ..classroom.gradebooks import canvas, moodle
    from ..classroom.tables import read_table
    return [*([moodle(read_table(options.moodle))] if options.moodle else []),
            *([canvas(read_table(options.canvas), options.column)] if options.canvas else [])]


def _fill(gradebook: Gradebook, book: ClassBook, out: Path) -> None:
    """Write a platform's file with the grades, and the feedback for it."""
    name = gradebook.platform.lower()
    data, said = gradebook.filled(book)
    for file, content in ((f"{name}_grades.csv", data),
                          (f"{name}_feedback.zip", gradebook.feedback_zip(book, out / "feedback"))):
        with whole_file(out / file) as draft:
            draft.write_bytes(content)
    print("\n".join([*said, f"{out}: {name}_grades.csv and {name}_feedback.zip, to upload"]),
          file=sys.stderr)


def _book(options: argparse.Namespace, exercises: Sequence[Exercise]) -> ClassBook:
    """An empty book, or that of the first time."""
    from ..classroom.classbook import ClassBook
    from ..classroom.saved import load
    if options.regrade:
        return load(options.out, exercises, options.timeout)
    if options.out is not None and (options.out / "grades.csv").exists():
        raise FileExistsError(f"{options.out / 'grades.csv'} exists already; name another folder "
                              "with --out, so that no grades are lost, or grade some students "
                              "again with --regrade")
    seed = secrets.randbits(63) if options.seed is None else options.seed
    return ClassBook(exercises, seed, options.timeout)


def _found(options: argparse.Namespace, book: ClassBook) -> list[Submission]:
    """What is to be graded."""
    from ..classroom.found import find_submissions, one_submission, strays
    from ..classroom.roster import asked_for, read_people, with_roster
    from ..classroom.tables import read_table
    targets = options.submissions
    if options.gradescope or options.autolab:
        return [one_submission(targets[0])]
    found = find_submissions(targets)
    aside = strays(targets)
    if not found:
        raise DataError(f"{targets[0]}: there is no submission in it; expected one .py or .ipynb "
                        "file, or one folder, for each student"
                        + (f". There is: {', '.join(aside[:8])}" if aside else ""))
    if aside:
        book.aside.append(f"Left aside, no submissions: {', '.join(aside)}")
    roster = options.roster or options.moodle or options.canvas
    people = [] if roster is None else read_people(read_table(roster))
    if roster is not None:
        found, said = with_roster(found, people)
        book.aside += said
    if options.regrade:
        again = [s for text in options.regrade for s in asked_for(text, found, people)]
        found = list(dict.fromkeys(again))
    return found


def _graded(options: argparse.Namespace, book: ClassBook, found: Sequence[Submission]
            ) -> list[Entry]:
    """Grade, and write each student's files as soon as they are there."""
    from ..classroom.feedback import points
    folder, entries = None, []
    if options.out is not None:     # it imports matplotlib, which Gradescope does not need
        from ..classroom.class_folder import ClassFolder
        folder = ClassFolder(book, options.out)
    try:
        for number, entry in enumerate(book.grade(found, options.jobs), 1):
            entries.append(entry)
            if folder is not None:
                folder.write(entry)
            if number == 1 and entry.grade.off:
                print("limits that are off here: " + "; ".join(entry.grade.off), file=sys.stderr)
            if len(found) > 1:
                what = "nothing handed in" if entry.submission.missing else points(entry.grade)
                print(f"{number:{len(str(len(found)))}}/{len(found)}  {entry.student}  {what}",
                      file=sys.stderr, flush=True)
    finally:
        if folder is not None:
            folder.close()      # so finished grades are not lost
    return entries


def _report(options: argparse.Namespace, book: ClassBook, entries: Sequence[Entry]) -> None:
    """Print the feedback of one submission, or the summary of several."""
    from ..classroom.feedback import feedback
    from ..classroom.gradebooks import autolab
    from ..classroom.gradescope import results_json
    from ..classroom.summaries import summary
    first = entries[0]
    if options.gradescope is not None:
        document = results_json(first.grade, book.exercises)
        write_text(options.gradescope, json.dumps(document, indent=1) + "\n")
    elif len(book.entries) == 1:
        print(feedback(first.student, first.grade, book.exercises), end="")
        if options.autolab and not first.grade.ungraded:
            print(autolab(first.grade, book.exercises))
    else:
        print(summary(book))
    if options.out is not None:
        print(f"{options.out}: grades.csv, summary.html, and feedback for each student",
              file=sys.stderr)
