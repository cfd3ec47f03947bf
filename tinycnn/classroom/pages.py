"""Feedback and summary as HTML pages; each is one file with everything in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from ..figures import histogram, save
from ..output.page import Section, write_report
from .classbook import ClassBook
from .exercises import Exercise
from .feedback import counts, points
from .results import Grade
from .similar import HINT, similar


def write_feedback_page(path: Path, student: str, grade: Grade, exercises: Sequence[Exercise]
                        ) -> None:
    """One student's page: the points, every check, what is wrong, and the likely cause."""
    if grade.ungraded:
        write_report(path, student, [], [Section("Not graded yet", [
            f"This is no grade. Your teacher has to look first: {grade.ungraded}"])])
        return
    if grade.reason:
        write_report(path, student, [("points", points(grade))],
                     [Section("Nothing could be graded", [grade.reason])])
        return
    tiles = [("points", points(grade)), ("public checks passed", _passed(grade, True)),
             ("hidden checks passed", _passed(grade, False))]
    rows = [[e.number, e.label, _passed(grade, True, e), _passed(grade, False, e),
             _points(e, grade)] for e in exercises]
    sections = [Section("Exercises", grade.remarks, table=(
        ["", "exercise", "public checks", "hidden checks", "points"], rows))]
    sections += [_wrong(e, grade) for e in exercises if not all(r.passed for r in grade.of(e))]
    for name, report in grade.reports.items():
        sections.append(Section(f"What the gradient check says about {name}", listing=report))
    if grade.printed:
        sections.append(Section("What the code prints", listing=grade.printed))
    write_report(path, student, tiles, sections)


def _passed(grade: Grade, public: bool, exercise: Exercise | None = None) -> str:
    return "{} of {}".format(*counts(grade, public=public, exercise=exercise))


def _points(exercise: Exercise, grade: Grade) -> str:
    return f"{grade.earned(exercise):g} of {exercise.points:g}"


def _wrong(exercise: Exercise, grade: Grade) -> Section:
    """An exercise without full points: each of its checks, and why it failed."""
    results = grade.of(exercise)
    title = f"{exercise.label}: {_points(exercise, grade)}"
    if any(r.unsolved for r in results):
        return Section(title, [f"Not solved yet: {exercise.task}."])
    rows = [[r.check.name, "public" if r.check.public else "hidden",
             "right" if r.passed else "wrong", f"{r.points:g} of {r.worth:g}"] for r in results]
    wrong = "\n\n".join(f"{r.check.name}: {r.message}" for r in results if r.message)
    return Section(title, [f"{exercise.task}."], table=(["check", "", "", "points"], rows),
                   listing=wrong)


def write_summary_page(path: Path, book: ClassBook) -> None:
    """The class on one page: what to look at first, points, exercises, mistakes, everybody."""
    figure = path.with_name("histogram.png")
    bars = [(label.replace(" to ", "–").removesuffix(" %"), count)
            for label, count in reversed(book.histogram())]
    save(histogram(bars, "points (% of all)", "submissions"), figure)
    n = len(book.graded())
    sections = []
    if book.ungraded():
        sections.append(Section("Not graded: look at these first", ["This is not 0 points."],
                                table=(["student", "why"], [[e.student, e.grade.ungraded]
                                                            for e in book.ungraded()])))
    sections += [
        Section("Points", figure=figure, caption="The number of submissions for each share "
                                                 "of the points."),
        Section("Exercises", table=(["exercise", "full points", "of"], [
            [e.label, full, n] for e, full in zip(book.exercises, book.full(), strict=True)])),
        Section("The commonest mistakes",
                [] if book.mistakes() else ["The gradient check found none."],
                table=(["submissions", "likely cause"], [[count, text] for text, count
                                                         in book.mistakes()]) if book.mistakes()
                else None)]
    if book.to_look_at():
        sections.append(Section("To look at", table=(["student", ""], book.to_look_at())))
    alike = similar(book)
    if alike:
        sections.append(Section("Similar wrong code", [*alike, HINT]))
    if book.missing():
        sections.append(Section("Nothing handed in", [", ".join(e.student
                                                                for e in book.missing())]))
    if book.aside:
        sections.append(Section("Besides", book.aside))
    sections.append(Section("Everybody", table=(["student", "points", "of"], [
        [e.student, "not graded" if e.grade.ungraded else f"{e.grade.points:g}",
         f"{e.grade.worth:g}"] for e in book.entries])))
    write_report(path, "Homework", _tiles(book), sections)


def _tiles(book: ClassBook) -> list[tuple[str, Any]]:
    """The headline numbers."""
    earned = sorted(entry.grade.points for entry in book.graded())
    tiles: list[tuple[str, Any]] = [("submissions graded", len(earned))]
    if earned:
        worth = sum(e.points for e in book.exercises)
        tiles.append(("points, the median", f"{median(earned):g} of {worth:g}"))
    if book.ungraded():
        tiles.insert(0, ("not graded", len(book.ungraded())))
    return tiles
