"""Grades a class: all submissions, several at a time, and a summary.

    book = ClassBook(exercises, seed)
    for entry in book.grade(find_submissions([Path("submissions")]), jobs=2):
        print(entry.student, entry.grade.points)
    print(book.summary())
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from .exercises import Exercise
from .found import Submission
from .grading import grade_source
from .results import Grade, refused
from .submission import SubmissionError, copied, read_source


@dataclass(frozen=True)
class Entry:
    """One student's grade."""

    student: str
    grade: Grade


@dataclass
class ClassBook:
    """The grades of a class.

    Attributes:
        exercises: of the assignment.
        seed: for all inputs, the same for everybody.
        timeout: seconds for each check.
        entries: the grades so far; in the order of the submissions when all are graded.
    """

    exercises: Sequence[Exercise]
    seed: int
    timeout: float = 10
    entries: list[Entry] = field(default_factory=list)

    def grade_one(self, submission: Submission) -> Entry:
        """Grade one submission, in any state; if that is impossible, the entry says why."""
        try:
            if submission.path is None:
                raise SubmissionError(submission.reason)
            source = read_source(submission.path)
        except SubmissionError as error:
            return Entry(submission.student, refused(self.exercises, str(error)))
        try:
            return Entry(submission.student, self._graded(source))
        except Exception as error:      # an error in the grader must not stop the other grades
            logging.getLogger(__name__).exception("%s", submission.student)
            reason = f"the grader itself failed, {type(error).__name__}: {error}; tell your teacher"
            return Entry(submission.student, refused(self.exercises, reason))

    def _graded(self, source: str) -> Grade:
        grade = grade_source(source, self.exercises, self.seed, timeout=self.timeout)
        same = copied(source, self.exercises)
        if same:
            grade.notes.append(f"the same as tinycnn's own, statement by statement: "
                               f"{', '.join(same)}")
        return grade

    def grade(self, submissions: Sequence[Submission], jobs: int = 1) -> Iterator[Entry]:
        """Grade submissions, `jobs` at a time; each entry as soon as it is ready."""
        order = {s.student: number for number, s in enumerate(submissions)}
        with ThreadPoolExecutor(max(1, jobs)) as pool:      # the work is done in other processes
            waiting = {pool.submit(self.grade_one, s) for s in submissions}
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    # Finished grades come first: they are saved before an error ends it all.
                    in_order = sorted(done, key=lambda future: future.exception() is not None)
                    for entry in (future.result() for future in in_order):
                        self.entries.append(entry)
                        yield entry
            finally:
                for future in waiting:
                    future.cancel()
        self.entries.sort(key=lambda entry: order[entry.student])

    def summary(self) -> str:
        """The class in a few lines: a histogram, each exercise, and the commonest mistakes."""
        lines = [f"{len(self.entries)} submissions, seed {self.seed}", ""]
        bars = self.histogram()
        longest = max((count for _, count in bars), default=0)
        for label, count in bars:
            lines.append(f"{label:>13} {'#' * round(40 * count / max(longest, 40))} {count}")
        lines += ["", "Full points for each exercise"]
        lines += [f"  {e.label:28} {full:4} of {len(self.entries)}"
                  for e, full in zip(self.exercises, self.full(), strict=True)]
        if self.mistakes():
            lines += ["", "The commonest mistakes"]
            lines += [f"  {count:3} x  {text}" for text, count in self.mistakes()]
        if self.to_look_at():
            lines += ["", "To look at", *(f"  {student}: {note}"
                                          for student, note in self.to_look_at())]
        return "\n".join(lines)

    def histogram(self, bins: int = 10) -> list[tuple[str, int]]:
        """(percent of the points, submissions), best first: [("90 to 100 %", 12), ...]."""
        counts = [0] * bins
        for entry in self.entries:
            share = entry.grade.points / max(entry.grade.worth, 1e-9)
            counts[min(int(bins * share + 1e-9), bins - 1)] += 1
        width = 100 // bins
        return [(f"{i * width} to {(i + 1) * width} %", counts[i]) for i in reversed(range(bins))]

    def full(self) -> list[int]:
        """For each exercise, the number of submissions with full points."""
        return [sum(all(r.passed for r in entry.grade.of(e)) for entry in self.entries)
                for e in self.exercises]

    def to_look_at(self) -> list[tuple[str, str]]:
        """(student, why): submissions that could not be graded, and all notes for the teacher."""
        return [(e.student, note) for e in self.entries
                for note in [*filter(None, [e.grade.reason]), *e.grade.notes]]

    def mistakes(self, most: int = 12) -> list[tuple[str, int]]:
        """(class or function and its first likely cause, how often it occurs), commonest first."""
        counts = Counter(f"{name}: {causes[0]}" for entry in self.entries
                         for name, causes in entry.grade.causes.items() if causes)
        return counts.most_common(most)
