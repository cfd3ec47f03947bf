"""The grades of a class as files: feedback for each student, grades.csv, and the summary."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..output.csv_file import write_csv
from .classbook import ClassBook, Entry
from .feedback import counts, feedback
from .gradescope import results_json
from .pages import write_feedback_page, write_summary_page
from .found import file_name


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
        """The files of one student."""
        folder = self.out / "feedback"
        folder.mkdir(parents=True, exist_ok=True)
        name, exercises = file_name(entry.student), self.book.exercises
        text = feedback(entry.student, entry.grade, exercises)
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        write_feedback_page(folder / f"{name}.html", entry.student, entry.grade, exercises)
        document = json.dumps(results_json(entry.grade, exercises), indent=1)
        (folder / f"{name}.results.json").write_text(document + "\n", encoding="utf-8")

    def close(self) -> None:
        """Write grades.csv and the summary of everybody who is graded."""
        self.out.mkdir(parents=True, exist_ok=True)
        write_csv(self.out / "grades.csv", [
            "student", "points", "of", *(e.label for e in self.book.exercises),
            "public checks", "hidden checks", "reason", "notes"], map(self._row, self.book.entries))
        (self.out / "summary.txt").write_text(self.book.summary() + "\n", encoding="utf-8")
        write_summary_page(self.out / "summary.html", self.book)

    def _row(self, entry: Entry) -> list[str]:
        grade = entry.grade
        passed = ["/".join(map(str, counts(grade, public=public))) for public in (True, False)]
        each = [f"{grade.earned(e):g}" for e in self.book.exercises]
        return [cell(text) for text in (
            entry.student, f"{grade.points:g}", f"{grade.worth:g}", *each, *passed,
            grade.reason, "; ".join(grade.notes))]


def cell(text: str) -> str:
    """A cell that no spreadsheet treats as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
