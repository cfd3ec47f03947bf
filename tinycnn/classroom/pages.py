"""Feedback and summary as HTML: one file each, with everything in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..figures import Section, histogram, save, write_report
from .exercises import Exercise
from .feedback import counted, points
from .grading import Grade

if TYPE_CHECKING:
    from .classbook import ClassBook


def write_feedback_page(path: Path, student: str, grade: Grade, exercises: Sequence[Exercise]
                        ) -> None:
    """One student's page: the points, every check, what is wrong, and the likely cause."""
    if grade.reason:
        write_report(path, student, [("points", points(grade))],
                     [Section("Nothing could be graded", [grade.reason])])
        return
    sections = [_exercise(e, grade) for e in exercises]
    for name, report in grade.reports.items():
        sections.append(Section(f"What the gradient check says of {name}", listing=report))
    if grade.printed:
        sections.append(Section("It prints while it runs", listing=grade.printed))
    write_report(path, student, [
        ("points", points(grade)), *((f"{kind} checks passed",
                                      counted(grade, public=kind == "public").split(": ")[1]
                                      .removesuffix(" passed.")) for kind in ("public", "hidden"))],
                 sections)


def _exercise(exercise: Exercise, grade: Grade) -> Section:
    results = grade.of(exercise)
    earned = sum(r.points for r in results)
    title = f"{exercise.number}. {exercise.label}: {earned:g} of {exercise.points:g}"
    if any(r.unsolved for r in results):
        return Section(title, ["Not solved yet."])
    rows = [[r.check.name, "public" if r.check.public else "hidden",
             "right" if r.passed else "wrong", f"{r.points:g} of {r.worth:g}"] for r in results]
    wrong = "\n\n".join(f"{r.check.name}: {r.message}" for r in results if r.message)
    return Section(title, [exercise.task], table=(["check", "", "", "points"], rows),
                   listing=wrong)


def write_summary_page(path: Path, book: ClassBook) -> None:
    """The class on one page: a histogram, each exercise, the commonest mistakes, everybody."""
    figure = path.with_name("histogram.png")
    bars = [(label.replace(" to ", "–").removesuffix(" %"), count)
            for label, count in reversed(book.histogram())]
    save(histogram(bars, "points (% of all)", "submissions"), figure)
    n = len(book.entries)
    earned = sorted(entry.grade.points for entry in book.entries)
    worth = sum(e.points for e in book.exercises)
    half = earned[n // 2] if n % 2 else sum(earned[n // 2 - 1:n // 2 + 1]) / 2
    sections = [
        Section("Points", figure=figure, caption="How many submissions have how many percent of "
                                                 "the points."),
        Section("Exercises", table=(["exercise", "full points", "of"], [
            [e.label, full, n] for e, full in zip(book.exercises, book.full(), strict=True)])),
        Section("The commonest mistakes",
                [] if book.mistakes() else ["The gradient check knows of none."],
                table=(["submissions", "likely cause"], [[count, text] for text, count
                                                         in book.mistakes()]) if book.mistakes()
                else None)]
    notes = [[e.student, note] for e in book.entries
             for note in [*filter(None, [e.grade.reason]), *e.grade.notes]]
    if notes:
        sections.append(Section("To look at", table=(["student", ""], notes)))
    sections.append(Section("Everybody", table=(["student", "points", "of"], [
        [e.student, f"{e.grade.points:g}", f"{e.grade.worth:g}"] for e in book.entries])))
    write_report(path, "Homework", [("submissions", n), ("median points", f"{half:g}"),
                                    ("of", f"{worth:g}")], sections)
