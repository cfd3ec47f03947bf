"""Grades a class: all submissions, several at a time.

    book = ClassBook(exercises, seed)
    for entry in book.grade(find_submissions([Path("submissions")]), jobs=2):
        print(entry.student, entry.grade.points)
    print(summary(book))        # from `summaries`

Nothing stops it: what cannot be graded by our own fault is one entry that says so.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from .exercises import Exercise
from .found import Submission, opened
from .grading import grade_source
from .judge import plain_text
from .names import plain_name
from .results import Grade, not_graded, refused
from .similar import bodies_of
from .submission import SubmissionError, copied, read_source


@dataclass(frozen=True)
class Entry:
    """One student's grade.

    Attributes:
        bodies: {exercise: what a wrong body does, without its names}, to find similar ones.
    """

    submission: Submission
    grade: Grade
    bodies: dict[str, list[str]] = field(default_factory=dict)

    @property
    def student(self) -> str:
        """The name of the student; no two entries of a book have the same."""
        return self.submission.student


@dataclass
class ClassBook:
    """The grades of a class.

    Attributes:
        exercises: of the assignment.
        seed: for all inputs, the same for everybody.
        timeout: seconds for each check.
        entries: the grades so far; in the order of the submissions when all are graded.
        aside: sentences for the teacher about the class: what was no submission, who is missing.
    """

    exercises: Sequence[Exercise]
    seed: int
    timeout: float = 10
    entries: list[Entry] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)

    def grade_one(self, submission: Submission) -> Entry:
        """Grade one submission, in any state; if that is impossible, the entry says why."""
        try:
            with opened(submission) as found:
                return self._graded(found)
        except Exception as error:      # an error in the grader must not stop the other grades
            logging.getLogger(__name__).exception("%s", submission.student)
            return Entry(submission, not_graded(self.exercises, plain_text(
                f"the grader itself failed, {type(error).__name__}: {error}", 500)))

    def _graded(self, submission: Submission) -> Entry:
        """The grade of the best of a student's files."""
        if submission.ungraded or not submission.paths:
            why = not_graded if submission.ungraded else refused
            return Entry(submission, why(self.exercises, submission.ungraded or submission.reason))
        entries = [(self._file(submission, path), path) for path in submission.paths]
        best, counts = max(entries, key=lambda pair: (
            pair[0].grade.points, not pair[0].grade.reason))
        if len(entries) > 1:
            others = ", ".join(f"{plain_name(path.name)} gets {entry.grade.points:g}"
                               for entry, path in entries if path != counts)
            best.grade.remarks.insert(0, f"{plain_name(counts.name)} counts, with "
                                      f"{best.grade.points:g} points; {others}.")
            if len({entry.grade.points for entry, _ in entries}) > 1:
                best.grade.notes.append(best.grade.remarks[0])
        if submission.late:
            best.grade.notes.append(submission.late)
        return best

    def _file(self, submission: Submission, path: Path) -> Entry:
        try:
            code = read_source(path, self.exercises)
        except SubmissionError as error:
            return Entry(submission, refused(self.exercises, plain_text(str(error))))
        grade = grade_source(code, self.exercises, self.seed, timeout=self.timeout)
        same = copied(code, self.exercises)
        if same:
            grade.notes.append(f"the same as tinycnn's own, statement by statement: "
                               f"{', '.join(same)}")
        own = [e for e in self.exercises if e.label not in same]
        return Entry(submission, grade, bodies_of(code, own, grade))

    def grade(self, submissions: Sequence[Submission], jobs: int = 1) -> Iterator[Entry]:
        """Grade submissions, `jobs` at a time; each entry as soon as it is ready.

        An entry replaces that of the same student, if there is one.
        """
        names = [*(e.student for e in self.entries), *(s.student for s in submissions)]
        order = {name: number for number, name in enumerate(dict.fromkeys(names))}
        with ThreadPoolExecutor(max(1, jobs)) as pool:      # the work is done in other processes
            waiting = {pool.submit(self.grade_one, s) for s in submissions}
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    # Finished grades come first: they are saved before an error ends it all.
                    in_order = sorted(done, key=lambda future: future.exception() is not None)
                    for entry in (future.result() for future in in_order):
                        self.entries = [e for e in self.entries if e.student != entry.student]
                        self.entries.append(entry)
                        yield entry
            finally:
                for future in waiting:
                    future.cancel()
                self.entries.sort(key=lambda entry: order[entry.student])

    def graded(self) -> list[Entry]:
        """The entries that have a grade: handed in, and no teacher has to look first."""
        return [e for e in self.entries if not e.grade.ungraded and not e.submission.missing]

    def ungraded(self) -> list[Entry]:
        """The entries that a teacher has to look at before they have a grade."""
        return [e for e in self.entries if e.grade.ungraded]

    def missing(self) -> list[Entry]:
        """Those of the roster who handed in nothing."""
        return [e for e in self.entries if e.submission.missing]

    def histogram(self, bins: int = 10) -> list[tuple[str, int]]:
        """(percent of the points, submissions), best first: [("90 to 100 %", 12), ...]."""
        counts = [0] * bins
        for entry in self.graded():
            share = entry.grade.points / max(entry.grade.worth, 1e-9)
            counts[min(int(bins * share + 1e-9), bins - 1)] += 1
        width = 100 // bins
        return [(f"{i * width} to {(i + 1) * width} %", counts[i]) for i in reversed(range(bins))]

    def full(self) -> list[int]:
        """For each exercise, the number of submissions with full points."""
        return [sum(all(r.passed for r in entry.grade.of(e)) for entry in self.graded())
                for e in self.exercises]

    def to_look_at(self) -> list[tuple[str, str]]:
        """(student, why): what got no points as a whole, and all notes for the teacher."""
        return [(e.student, " ".join(note.split())) for e in self.graded()
                for note in [*filter(None, [e.grade.reason]), *e.grade.notes]]

    def mistakes(self, most: int = 12) -> list[tuple[str, int]]:
        """(class or function and its first likely cause, how often it occurs), commonest first."""
        counts = Counter(f"{name}: {' '.join(causes[0].split())}" for entry in self.graded()
                         for name, causes in entry.grade.causes.items() if causes)
        return counts.most_common(most)
