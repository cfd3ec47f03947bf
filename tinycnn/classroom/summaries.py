"""The class in a few lines, for a terminal: first what a teacher must look at, then the rest."""

from __future__ import annotations

from .classbook import ClassBook
from .similar import HINT, similar


def summary(book: ClassBook) -> str:
    """Who is not graded, a histogram, each exercise, and the commonest mistakes."""
    graded = book.graded()
    lines = []
    if book.ungraded():
        lines += [f"NOT GRADED: {_count(len(book.ungraded()))}. Look at them first; this is not "
                  "0 points",
                  *(f"  {e.student}: {e.grade.ungraded}" for e in book.ungraded()), ""]
    lines += [f"{_count(len(graded))}, seed {book.seed}", ""]
    bars = book.histogram()
    longest = max((count for _, count in bars), default=0)
    for label, count in bars:
        lines.append(f"{label:>13} {'#' * round(40 * count / max(longest, 40))} {count}")
    lines += ["", "Full points for each exercise"]
    lines += [f"  {e.label:28} {full:4} of {len(graded)}"
              for e, full in zip(book.exercises, book.full(), strict=True)]
    if book.mistakes():
        lines += ["", "The commonest mistakes"]
        lines += [f"  {count:3} x  {text}" for text, count in book.mistakes()]
    if book.to_look_at():
        lines += ["", "To look at", *(f"  {student}: {note}"
                                      for student, note in book.to_look_at())]
    alike = similar(book)
    if alike:
        lines += ["", "Similar wrong code", *(f"  {line}" for line in alike), f"  {HINT}"]
    if book.missing():
        lines += ["", f"Nothing handed in: {len(book.missing())}",
                  *(f"  {e.student}" for e in book.missing())]
    if book.aside:
        lines += ["", *book.aside]
    return "\n".join(lines)


def _count(number: int) -> str:
    return f"{number} submission{'' if number == 1 else 's'}"
