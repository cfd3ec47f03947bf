"""Who is in the class: a CSV file of a teacher or of a platform, matched to what was handed in.

    people = read_people(read_table(Path("class.csv")))
    submissions, said = with_roster(submissions, people)

A submission belongs to a person by the platform's number, an id, an e-mail address or a name, in
this order, and only if it can be no one else.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..layers import DataError
from ..output.text import did_you_mean
from .found import Submission
from .names import distinct, plain_name
from .tables import Table

IDS = ("id number", "student id", "student number", "matriculation number", "matrikelnummer",
       "sis user id", "org defined id", "sid", "username", "login", "sis login id", "login id",
       "net id", "user id", "id")
NAMES = ("full name", "name", "student name", "display name", "student")
FIRST = ("first name", "given name", "vorname", "first")
LAST = ("last name", "surname", "family name", "nachname", "last")
EMAILS = ("email address", "email", "mail", "primary email")
FILLERS = re.compile(r"layers|final|solution|v?\d+|(hw|homework|assignment|exercises?|ex|lab)\d*")
NOTHING = "nothing was handed in"


@dataclass(frozen=True)
class Person:
    """A row of a roster.

    Attributes:
        row: its number in the table.
        number: how Moodle's worksheet or Canvas's gradebook numbers the person, else "".
        last_first: the name is written "Doe, Jane". In Moodle's it is not: "Jane Doe, Jr.".
    """

    row: int
    name: str
    ids: tuple[str, ...] = ()
    email: str = ""
    number: str = ""
    last_first: bool = False


def read_people(table: Table) -> list[Person]:
    """The people in a roster, in Moodle's grading worksheet or in Canvas's gradebook.

    Raises:
        DataError: there is no column for ids, names or e-mail addresses.
    """
    ids = [c for c in (table.column(name) for name in IDS) if c is not None]
    name, email = table.column(*NAMES), table.column(*EMAILS)
    first, last = table.column(*FIRST), table.column(*LAST)
    is_canvas = None not in (table.column("section"), table.column("sis login id"))
    numbers = table.column("id" if is_canvas else "identifier")
    is_moodle = None not in (numbers, table.column("last modified (grade)"))
    if not ids and {name, email, numbers} == {None} and None in (first, last):
        raise DataError(f"{table.path}: expected columns such as id, name, e-mail; got "
                        f"{', '.join(table.header[:12])}")

    def cell(row: list[str], column: int | None) -> str:
        return row[column].strip() if column is not None and column < len(row) else ""

    people = []
    for number, row in enumerate(table.rows):
        full = cell(row, name) or f"{cell(row, first)} {cell(row, last)}".strip()
        person = Person(number, full, tuple(filter(None, (cell(row, c) for c in ids))),
                        cell(row, email), re.sub(r"^.*\D(?=\d+$)", "", cell(row, numbers)),
                        "," in cell(row, name) and not is_moodle)
        pretended = full.casefold() in ("points possible", "student, test", "test student")
        if (full or person.ids or person.email or person.number) and not pretended:
            people.append(person)
    return people


def with_roster(submissions: Sequence[Submission], people: Sequence[Person]
                ) -> tuple[list[Submission], list[str]]:
    """(the submissions with names and ids of the roster, one for each who is missing; what to say).
    """
    pairs = [(s, matched(s, people)) for s in submissions]
    found = [s if p is None else replace(s, student=_shown(p), number=s.number or p.number,
                                         id=(p.ids or ("",))[0], email=p.email) for s, p in pairs]
    there = Counter(p.row for _, p in pairs if p is not None)
    found += [Submission(_shown(p), reason=NOTHING, number=p.number, id=(p.ids or ("",))[0],
                         email=p.email, missing=True) for p in people if p.row not in there]
    said = []
    strangers = [s.student for s, p in pairs if p is None]
    if strangers:
        said.append(f"On no line of the roster: {', '.join(strangers)}")
    for person in people:
        if there[person.row] > 1:
            files = ", ".join(s.student for s, p in pairs if p == person)
            said.append(f"{there[person.row]} submissions of {_shown(person)}: {files}")
    names = distinct([s.student for s in found])
    return [replace(s, student=name) for s, name in zip(found, names, strict=True)], said


def matched(submission: Submission, people: Sequence[Person]) -> Person | None:
    """The person who handed it in; None if nobody fits, or more than one."""
    for fits in STEPS:
        found = [p for p in people if fits(submission, p)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _shown(person: Person) -> str:
    """A name to show: "Doe, Jane" of Canvas is Jane Doe."""
    last, _, first = person.name.partition(",")
    return plain_name(f"{first} {last}" if person.last_first else person.name or person.email or
                      " ".join(person.ids) or f"Participant {person.number}")


def asked_for(text: str, submissions: Sequence[Submission], people: Sequence[Person] = ()
              ) -> list[Submission]:
    """The submissions of the one student that a teacher names, by anything that tells who it is.

    Args:
        text: a number, an id, an e-mail address, or a name, also as "Doe, Jane".
        people: of the roster, if there is one; it may have more than one id for each.

    Raises:
        DataError: nobody fits, or more than one person.
    """
    wanted = text.strip().casefold()
    shown = [s for s in submissions if s.student.casefold() == wanted]
    fits = ([s for s in submissions if wanted in _handles(s, people)] or
            [s for s in submissions if s in shown or _is_called(s, text)])
    if not fits:
        raise DataError(f"there is no submission of {text}"
                        f"{did_you_mean(text, [s.student for s in submissions])}")
    persons = {s.id or s.email or s.number for s in fits}
    if len(fits) > 1 and "" in persons and len(shown) == 1:     # nothing but the name tells
        return shown
    if len(fits) > 1 and ("" in persons or len(persons) > 1):
        raise DataError(f"{text} may be {' or '.join(map(with_id, fits))}; name one by what is in "
                        "brackets, or by the whole name if there is nothing")
    return fits


def with_id(submission: Submission) -> str:
    """The student with what tells her from others of the same name: "Ann Lee (s100)"."""
    known = submission.id or submission.email or submission.number
    return f"{submission.student} ({plain_name(known)})" if known else submission.student


def _handles(s: Submission, people: Sequence[Person]) -> set[str]:
    """The numbers, ids and addresses of a student, without capitals."""
    person = matched(s, people)
    known = [s.number, s.id, s.email, f"Participant {s.number}" if s.number else "",
             *((person.number, person.email, *person.ids) if person else ())]
    return {handle.casefold() for handle in known if handle}


def _is_called(s: Submission, text: str) -> bool:
    """The words of the name in any order; the number after a second Ann Lee is not of her name."""
    return bool(_words(text)) and sorted(_words(text)) in (
        sorted(_words(s.student)), sorted(_words(re.sub(r"-\d+$", "", s.student))))


def _words(text: str) -> list[str]:
    """The words of a name, without accents and capitals."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))


def _has_id(s: Submission, p: Person) -> bool:
    return any(i.casefold() in (s.id.casefold(), s.student.casefold())
               or (len(i) > 2 and i.casefold() in _words(s.student)) for i in p.ids)


def _has_email(s: Submission, p: Person) -> bool:
    email = p.email.casefold()
    return bool(email) and (email in (s.email.casefold(), s.student.casefold())
                            or email.partition("@")[0] == s.student.casefold())


def _has_name(s: Submission, p: Person) -> bool:
    """The same words in any order, or written together with the last name first or last."""
    mine, theirs = _words(s.student), _words(p.name)
    together = {"".join(theirs), "".join(theirs[1:] + theirs[:1]), "".join(theirs[-1:]
                                                                           + theirs[:-1])}
    return bool(theirs) and (sorted(mine) == sorted(theirs) or "".join(mine) in together)


def _has_name_and_more(s: Submission, p: Person) -> bool:
    """The name, and words that stand in many names of files: "jane_doe_hw2"."""
    mine, theirs = Counter(_words(s.student)), Counter(_words(p.name))
    return bool(theirs) and not theirs - mine and all(map(FILLERS.fullmatch, mine - theirs))


STEPS: tuple[Callable[[Submission, Person], bool], ...] = (
    lambda s, p: bool(s.number) and s.number == p.number, _has_id, _has_email, _has_name,
    _has_name_and_more)
