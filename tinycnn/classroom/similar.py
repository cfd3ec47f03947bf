"""Wrong code that several students share, as a hint for the teacher.

    for line in similar(book):
        print(line)     # "alice and bob: Conv2D.forward: the same code but for names"

Right code looks alike because it is right; a long body with the same mistakes is rarer. Code is
compared by its syntax, with names replaced by the order of their use, without comments and
docstrings. There are honest reasons for what is found: it is never a verdict.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from ..output.text import listing
from .exercises import Exercise
from .judge import GIVEN
from .needed import Code
from .results import Grade
from .syntax import functions, parse

if TYPE_CHECKING:
    from .classbook import ClassBook, Entry

SMALLEST = 50           # parts of a body; a shorter one can hardly be written in another way
PIECE = 5               # parts that are compared together
NEARLY, WITH_THE_SAME_NUMBERS = 0.8, 0.6        # the share of pieces that two bodies have in common
COMMON = 0.25           # of a class: what so many write is the usual way, not a copy
HINT = ("A hint, no proof: students who learn together, or from the same page, write similar "
        "code. Compare the files, and ask.")


def bodies_of(code: Code, exercises: Sequence[Exercise], grade: Grade) -> dict[str, list[str]]:
    """{exercise: the parts of its body} for all exercises that are wrong and not too short.

    What only raises with a given cache may be right, with a cache of its own: that is no copy.
    """
    wrong = {e.label for e in exercises if any(not r.passed and not (
        GIVEN in r.message and " raised " in r.message) for r in grade.of(e))
             and not any(r.unsolved for r in grade.of(e))}
    try:
        tree = parse("\n".join(statement.text for statement in code.statements))
        found = {label: _parts(node) for label, node in functions(tree) if label in wrong}
    except Exception:       # a hint is not worth a grade: deep code, a number of 5,000 digits
        return {}
    return {label: parts for label, parts in found.items() if len(parts) >= SMALLEST}


def _parts(function: ast.FunctionDef) -> list[str]:
    """What a body does, part by part, without the names that its author chose."""
    names: dict[str, int] = {}
    parts: list[str] = []
    waiting: list[ast.AST] = [*reversed(function.body)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue            # a docstring
        if isinstance(node, ast.Name):
            parts.append(str(names.setdefault(node.id, len(names))))
        elif isinstance(node, ast.arg):
            parts.append(str(names.setdefault(node.arg, len(names))))
        elif isinstance(node, ast.Attribute):
            parts.append(f".{node.attr}")
        elif isinstance(node, ast.keyword):
            parts.append(f"{node.arg}=")
        elif isinstance(node, ast.Constant):
            parts.append(repr(node.value)[:40])
        elif not isinstance(node, ast.expr_context):
            parts.append(type(node).__name__)
        inner = [node.target, node.value] if isinstance(node, ast.AnnAssign) else \
            list(ast.iter_child_nodes(node))
        waiting += [item for item in reversed(inner) if item is not None]
    return parts


def similar(book: ClassBook) -> list[str]:
    """A sentence for each group of students with equal or nearly equal wrong code."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for exercise in book.exercises:
        entries = [e for e in book.graded() if exercise.label in e.bodies]
        for students, what in _groups(entries, exercise):
            if len(students) <= max(3, COMMON * len(book.graded())):
                groups.setdefault(students, []).append(f"{exercise.label}: {what}")
    found = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [f"{listing(students)}: {'; '.join(what)}" for students, what in found]


def _groups(entries: Sequence[Entry], exercise: Exercise) -> Iterator[tuple[tuple[str, ...], str]]:
    """(students, what they have in common) for one exercise."""
    label = exercise.label
    bits: dict[tuple[str, ...], int] = {}       # a set of pieces is a number: quick to compare
    pieces = [_pieces(entry.bodies[label], bits) for entry in entries]
    sizes = [p.bit_count() for p in pieces]
    answers = [_wrong(entry.grade, exercise) for entry in entries]
    group = list(range(len(entries)))       # the first of the entries that this one is like
    least: dict[int, float] = {}
    for one, other in combinations(range(len(entries)), 2):
        needed = WITH_THE_SAME_NUMBERS if answers[one] == answers[other] else NEARLY
        shared = (pieces[one] & pieces[other]).bit_count()
        share = shared / (sizes[one] + sizes[other] - shared)
        if share >= needed:
            old, new = sorted((group[one], group[other]))
            group = [old if g == new else g for g in group]
            least[old] = min(share, least.get(old, 1), least.pop(new, 1) if new != old else 1)
    for first, share in least.items():
        members = [number for number, g in enumerate(group) if g == first]
        same = all(answers[m] == answers[first] for m in members)
        yield (tuple(entries[m].student for m in members),
               ("the same code but for names" if share == 1 else f"{share:.0%} of the code")
               + (", with the same wrong numbers" if same else ""))


def _pieces(parts: Sequence[str], bits: dict[tuple[str, ...], int]) -> int:
    """A number with one bit for each piece that a body has."""
    found = {tuple(parts[i:i + PIECE]) for i in range(len(parts) - PIECE + 1)}
    return sum(1 << bits.setdefault(piece, len(bits)) for piece in found)


def _wrong(grade: Grade, exercise: Exercise) -> tuple[str, ...]:
    """What is said about the wrong answers: they come from the same inputs for everybody."""
    return tuple(r.message for r in grade.of(exercise) if not r.passed)
