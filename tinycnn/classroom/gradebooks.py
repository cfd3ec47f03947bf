"""The grades in the form that Moodle and Canvas take back, and Autolab's line.

    gradebook = moodle(read_table(Path("worksheet.csv")))
    data, said = gradebook.filled(book)

A platform's own export goes in, and the same file comes out: only the cells of grades are changed,
and only for those who have a grade. What the platforms read is in their own source:
github.com/moodle/moodle, mod/assign/feedback/offline/importgradeslib.php and
mod/assign/feedback/file/importziplib.php; github.com/instructure/canvas-lms,
lib/gradebook_importer.rb and lib/content_zipper.rb; docs.autolabproject.com/lab/.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..layers import DataError
from .classbook import ClassBook, Entry
from .exercises import Exercise
from .names import file_name
from .results import Grade
from .roster import Person, matched, read_people
from .tables import Table, plain_header


@dataclass(frozen=True)
class Gradebook:
    """A platform's export, and where its grades are.

    Attributes:
        platform: "Moodle" or "Canvas".
        grade: the column of the grades.
        worth: the most points for each row, as the export has it; "" if it has not.
    """

    platform: str
    table: Table
    grade: int
    worth: list[str]

    def filled(self, book: ClassBook) -> tuple[bytes, list[str]]:
        """(the export with the grades filled in, what to say about it).

        The points are scaled if the platform's maximum is another one. Who is excused stays so.
        """
        entries, said = self.rows(book)
        scaled, excused = set(), []
        for row, entry in entries.items():
            cells, most = self.table.rows[row], self.worth[row]
            points, worth = entry.grade.points, _number(most)
            if worth and worth != entry.grade.worth:
                points *= worth / entry.grade.worth
                scaled.add(f"{entry.grade.worth:g} to {worth:g}")
            text = f"{points:.2f}".rstrip("0").rstrip(".")
            cells += [""] * (self.grade + 1 - len(cells))
            if self.platform == "Canvas" and cells[self.grade].strip().upper() == "EX":
                excused.append(f"{entry.student} ({entry.grade.points:g} points here)")
                continue
            cells[self.grade] = text.replace(".", ",") if "," in most else text
        said += [f"{self.platform}: the points are scaled from {change}" for change in
                 sorted(scaled)]
        if excused:
            said.append(f"{self.platform}: excused (EX), so no points are written: "
                        f"{', '.join(excused)}")
        return self.table.as_bytes(), said

    def rows(self, book: ClassBook) -> tuple[dict[int, Entry], list[str]]:
        """({row: the entry whose grade it gets}, what to say); of two, the better one."""
        people = read_people(self.table)
        entries: dict[int, Entry] = {}
        strangers = []
        for entry in book.graded():
            person = matched(entry.submission, people)
            if person is None:
                strangers.append(entry.student)
            elif person.row not in entries or \
                    entry.grade.points > entries[person.row].grade.points:
                entries[person.row] = entry
        return entries, [f"{self.platform}: in no row, or in more than one: "
                         f"{', '.join(strangers)}"] if strangers else []

    def feedback_zip(self, book: ClassBook, feedback: Path) -> bytes:
        """The pages with feedback, with the names by which the platform knows whose they are."""
        people = {person.row: person for person in read_people(self.table)}
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for row, entry in self.rows(book)[0].items():
                page = feedback / f"{file_name(entry.student)}.html"
                name = self._upload(people[row], entry)
                if name and page.exists():
                    archive.writestr(f"{name}feedback.html", page.read_bytes())
        return file.getvalue()

    def _upload(self, person: Person, entry: Entry) -> str:
        if self.platform == "Canvas":       # it wants the number of a file that was handed in
            return entry.submission.upload if entry.submission.number == person.number else ""
        name = file_name(person.name or "Participant").replace("_", " ").strip()
        return f"{name}_{person.number}_assignsubmission_file_/"


def moodle(table: Table) -> Gradebook:
    """Moodle's grading worksheet ("Download grading worksheet").

    Raises:
        DataError: it has not the columns that Moodle reads.
    """
    grade = table.column("Grade")
    if None in (grade, table.column("Identifier"), table.column("Last modified (grade)")):
        raise DataError(f"{table.path}: expected Moodle's grading worksheet, with the columns "
                        "Identifier, Grade and Last modified (grade); got "
                        f"{', '.join(table.header[:12])}. If they have names in another language, "
                        "set Moodle to English to download and upload it")
    assert grade is not None
    most = table.column("Maximum grade")
    return Gradebook("Moodle", table, grade, [
        row[most] if most is not None and most < len(row) else "" for row in table.rows])


def canvas(table: Table, column: str | None = None) -> Gradebook:
    """Canvas's exported gradebook.

    Args:
        column: a part of the name of the assignment, if there are several.

    Raises:
        DataError: it is no such file, or it is not clear which column is meant.
    """
    points = [row for row in table.rows if "Points Possible" in row[0]]
    if not {"ID", "Section"} <= set(table.header) or not points:
        raise DataError(f"{table.path}: expected Canvas's exported gradebook, with the columns "
                        "Student, ID, Section and the assignments, and a row Points Possible; got "
                        f"{', '.join(table.header[:12])}")
    possible = {c: title for c, title in enumerate(table.header)
                if re.fullmatch(r".*\s\(\d+\)", title, re.DOTALL)}
    meant = [c for c, title in possible.items()
             if column is None or plain_header(column) in plain_header(title)]
    exact = [c for c in meant if column in (table.header[c], table.header[c].rpartition(" (")[0])]
    meant = exact if len(exact) == 1 else meant
    if len(meant) != 1:
        raise DataError(f"{table.path}: which assignment is it? --column takes a part of one of "
                        f"these names: {', '.join(possible.values()) or '(there is none)'}")
    return Gradebook("Canvas", table, meant[0], [
        points[0][meant[0]] if meant[0] < len(points[0]) else ""] * len(table.rows))


def autolab(grade: Grade, exercises: Sequence[Exercise]) -> str:
    """Autolab's last line: the points of each exercise, under the exercise's name."""
    return json.dumps({"scores": {e.label: round(grade.earned(e), 6) for e in exercises}})


def _number(text: str) -> float:
    """A number with a point or a comma; 0 if it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return 0.0
