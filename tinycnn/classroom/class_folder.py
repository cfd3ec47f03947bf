"""The grades of a class as files: feedback for each student, grades.csv, and the summary."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from ..output.csv_file import write_csv
from ..output.whole_file import write_text
from .classbook import ClassBook, Entry
from .feedback import counts, feedback
from .gradescope import results_json
from .names import cell, file_name, plain_name
from .pages import write_feedback_page, write_summary_page
from .saved import save
from .summaries import summary


@dataclass(frozen=True)
class ClassFolder:
    """A folder that a class's grades are written to.

    Attributes:
        out: grades.csv, summary.html, summary.txt and histogram.png go there, and the students'
            files into `feedback` below it.
    """

    book: ClassBook
    out: Path

    def write(self, entry: Entry) -> None:
        """The files of one student; if they cannot be written, the entry says so."""
        try:
            self._write(entry)
        except Exception as error:      # must not stop the other grades
            logging.getLogger(__name__).exception("%s", entry.student)
            entry.grade.ungraded = f"the feedback cannot be written, {type(error).__name__}: " \
                f"{plain_name(str(error))}"

    def _write(self, entry: Entry) -> None:
        if entry.submission.missing:
            return
        folder = self.out / "feedback"
        folder.mkdir(parents=True, exist_ok=True)
        name, exercises = file_name(entry.student), self.book.exercises
        text = feedback(entry.student, entry.grade, exercises)
        write_text(folder / f"{name}.txt", text)
        write_feedback_page(folder / f"{name}.html", entry.student, entry.grade, exercises)
        document = json.dumps(results_json(entry.grade, exercises), indent=1)
        write_text(folder / f"{name}.results.json", document + "\n")

    def close(self) -> None:
        """Write grades.csv and the summary of everybody who is graded."""
        self.out.mkdir(parents=True, exist_ok=True)
        save(self.book, self.out)
        write_csv(self.out / "grades.csv", [
            "student", "id", "e-mail", "points", "of", *(e.label for e in self.book.exercises),
            "public checks", "hidden checks", "reason", "notes", "files"],
            map(self._row, self.book.entries), encoding="utf-8-sig")     # Excel needs the mark
        write_text(self.out / "summary.txt", summary(self.book) + "\n")
        write_summary_page(self.out / "summary.html", self.book)

    def _row(self, entry: Entry) -> list[str]:
        """A row; the cells of points are empty if there is no grade."""
        grade, who = entry.grade, entry.submission
        passed = ["{} of {}".format(*counts(grade, public=public)) for public in (True, False)]
        each = [f"{grade.earned(e):g}" for e in self.book.exercises]
        points = [f"{grade.points:g}", f"{grade.worth:g}", *each, *passed]
        if grade.ungraded:
            points = ["", f"{grade.worth:g}", *("" for _ in [*each, *passed])]
        return [cell(" ".join(text.split())) for text in (
            entry.student, who.id or who.number, who.email, *points,
            f"NOT GRADED: {grade.ungraded}" if grade.ungraded else grade.reason,
            "; ".join(grade.notes), ", ".join(plain_name(path.name) for path in who.paths))]
