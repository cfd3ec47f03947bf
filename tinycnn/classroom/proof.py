"""The proof of a handout, before any of its files is written.

A handout is refused unless its stubs fail every graded check with their own message, its solution
passes them all, and no file has a line of a solution, in any layout, comment or string.
"""

from __future__ import annotations

import ast
import getpass
import json
import secrets
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import training
from ..layers.kinds import KINDS
from ..network import loss
from .asking import InProcess
from .blanks import FILE, NOTEBOOK, solutions, student_file
from .cells import code_from_notebook
from .diagnosis import diagnose
from .grading import grade_answers, grade_source
from .handout import Handout
from .needed import code_from
from .own.public_questions import PUBLIC_SEED, example_of
from .results import Grade
from .syntax import body, code_in, functions, parse, prose_in, squeezed, statements

SHORTEST = 12       # characters; a shorter line of code may be in any text by chance


class ProofError(ValueError):
    """The handout would leak or cannot be graded; nothing was written."""


def prove(handout: Handout, timeout: float = 60) -> None:
    """Check all that a handout promises.

    Raises:
        ProofError: a promise is broken; the message says which and where.
    """
    for problem in (*leaks(handout), *_gradable(handout, timeout)):
        raise ProofError(f"this handout is not written: {problem}")


def doubts(handout: Handout) -> Iterator[str]:
    """What central differences say against a teacher's own references.

    These pass all checks, since they are what is right. So this is the only second opinion.
    """
    gradients = {e.owner or e.method: e for e in handout.exercises if e.method != "forward"}
    for name, e in gradients.items():
        if e.own is None or e.own.teacher is None:
            continue
        try:
            said = diagnose(e.own.teacher.namespace, name, e.kind, [],
                            example_of(e, PUBLIC_SEED))["text"]
        except Exception:       # a reference in a form that the gradient check does not know
            continue
        if said:
            yield (f"look at {name} of {e.own.teacher.name}: the gradient check, which compares "
                   f"gradients with its own forward, says\n{textwrap.indent(said, '    ')}")


def leaks(handout: Handout) -> Iterator[str]:
    """What a handout gives away: solutions, outputs, compiled code, the teacher's machine."""
    solved = {text: e.label for e in handout.exercises for lines in solutions(e) for text in lines}
    tree = parse(student_file(handout.exercises, solved=True))
    given = _given_functions(handout, tree)
    documented = [squeezed(ast.get_docstring(node, clean=False) or "") for node in ast.walk(tree)
                  if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))]
    documented += [squeezed(e.task) for e in handout.exercises if e.own]
    for name, text in handout.files.items():
        if name.endswith(".pyc") or "__pycache__" in name:
            yield f"{name} is compiled code"
        for own in _own_paths():
            if own in text:
                yield f"{name} names {own}, a path or a name of this machine"
        if name.endswith(".ipynb"):
            for number, cell in enumerate(json.loads(text)["cells"]):
                if cell.get("outputs") or cell.get("execution_count"):
                    yield f"{name}: cell {number} has output"
        for code in code_in(name, text):
            for line in statements(code, _nodes_of(given, code)):
                if line in solved:
                    yield f"{name} has a line of the solution of {solved[line]}: {line}"
        prose = prose_in(name, text)
        for docstring in documented:        # their formulas are given on purpose
            prose = prose.replace(docstring, "")
        for line, label in solved.items():
            hidden = squeezed(line).removesuffix(":")
            if len(hidden) >= SHORTEST and hidden in prose:
                yield f"{name} has a line of the solution of {label}: {line}"


def _given_functions(handout: Handout, tree: ast.Module) -> set[tuple[str, tuple[str, ...]]]:
    """The functions that are given on purpose; a solution may share a line with them."""
    blank = {e.label for e in handout.exercises}
    return {(label, body(node)) for label, node in functions(tree) if label not in blank}


def _nodes_of(given: set[tuple[str, tuple[str, ...]]], code: ast.Module) -> set[ast.AST]:
    """The nodes in the given functions that nobody has changed."""
    return {node for label, function in functions(code) if (label, body(function)) in given
            for node in ast.walk(function)}


def _own_paths() -> list[str]:
    """Paths that would show whose machine this is."""
    places = [str(Path.cwd()), str(Path(__file__).resolve().parents[2])]
    user = ""
    # In a container, the user may have neither a name nor a home.
    with suppress(RuntimeError):
        places.insert(0, str(Path.home()))
    with suppress(KeyError, OSError):
        user = getpass.getuser()
    return [place for place in places if len(place) > 1] + (
        [f"/{user}/"] if len(user) > 3 and user != "root" else [])


def _gradable(handout: Handout, timeout: float) -> Iterator[str]:
    """What the grader itself finds: stubs that pass, solutions that fail."""
    seed = secrets.randbits(64)
    names = [e.owner or e.method for e in handout.exercises]
    # Without the stopwatch: what is wrong is not fast either, and the solution has slow loops.
    unhurried = [replace(e, checks=tuple(c for c in e.checks if c.name != "speed"))
                 for e in handout.exercises]
    for name, source in ((FILE, code_from(handout.files[FILE], names)),
                         (NOTEBOOK, code_from_notebook(handout.files[NOTEBOOK], names))):
        stub = grade_source(source, unhurried, seed, timeout=timeout, diagnose=False)
        if stub.reason:
            yield f"its {name} cannot be run: {stub.reason}"
        for r in stub.results:
            where = f"{name}: the stub of {r.exercise.label}"
            if r.passed:
                yield f"{where} passes the check {r.check.name}"
            elif r.exercise.title not in r.message:
                yield (f"{where} fails the check {r.check.name} without saying its name: "
                       f"{r.message}")
    solved = student_file(handout.exercises, solved=True)
    grades = {"the solution": grade_source(solved, unhurried, seed, timeout=timeout,
                                           diagnose=False)}
    own: dict[str, Any] = {**{row.layer.__name__: row.layer for row in KINDS.values()},
           "loss_from_logits": loss.loss_from_logits, "sgd_update": training.sgd_update}
    for e in handout.exercises:
        if e.own and e.own.teacher:
            name = e.owner or e.method
            own[name] = e.own.teacher.namespace[name]
    grades["the reference"] = Grade(grade_answers(InProcess(own), handout.exercises, seed))
    for whose, grade in grades.items():
        if grade.reason:
            yield f"{whose} cannot be run: {grade.reason}"
        for r in grade.results:
            if not r.passed:
                yield (f"{whose} of {r.exercise.label} fails the check {r.check.name}: "
                       f"{r.message}")
