"""The file for students, cut out of `tinycnn.loops` with `ast`: the library needs no markers.

    text = student_file(exercises)                  # each chosen body is a stub
    text = student_file(exercises, solved=True)     # the same file with the bodies in place

A class keeps everything that is not an exercise: its constructor, its helpers, and the methods that
students do not write. Its docstring, with the shapes, comes from the fast layer of the same name.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from types import ModuleType
from typing import Any

from ..layers import base, loops
from ..layers.kinds import KINDS
from ..network import loss
from ..training import plan
from .exercises import Exercise, how_many
from .own import students_part
from .own.teacher_file import TeacherFile
from .syntax import body, functions, parse

FILE = "layers.py"
NOTEBOOK = "layers.ipynb"
WIDTH = 100


@cache
def _lines(module: ModuleType) -> list[str]:
    return inspect.getsource(module).splitlines()


@cache
def _tree(module: ModuleType) -> ast.Module:
    return parse(inspect.getsource(module))


def student_file(exercises: Sequence[Exercise], *, solved: bool = False, keep: bool = False) -> str:
    """The file that students work on; with `solved`, the same file with the solutions.

    Args:
        keep: of two gradients of a class, of which one is an exercise, print the other one. It is
            nearly the solution: in a convolution, the loops are the same.

    Raises:
        ValueError: a teacher's own file and tinycnn have a class or function of the same name.
    """
    built_in = [e for e in exercises if not e.own]
    parts = []
    for owner in dict.fromkeys(e.owner or e.method for e in built_in):
        mine = [e for e in built_in if (e.owner or e.method) == owner]
        parts.append(_class(owner, mine, solved, keep) if mine[0].owner
                     else _function(mine[0], solved))
    aliases, helpers = _helpers("\n\n\n".join(parts))
    teacher = teacher_of(exercises)
    if teacher is not None:
        titles = {e.label: e.title for e in exercises if e.own}
        helpers += students_part.helpers(teacher, titles, solved=solved)
        parts += students_part.exercises(teacher, titles, solved=solved, keep=keep).values()
    if helpers:
        first = f"# --- given: nothing to do here {68 * '-'}\n\n{aliases}".rstrip()
        given = [first, *helpers, "# --- the exercises " + 80 * "-"]
    else:
        given = [aliases] if aliases else []
    text = "\n\n\n".join([*given, *parts])
    imports = students_part.imports(teacher, text) if teacher else []
    _refuse_twice(text)
    modules = {loops, base, *(_module_of(KINDS[e.kind].loops) for e in built_in if e.owner)}
    return f"{_head(exercises)}\n\n{_imports(text, modules, imports)}\n\n\n{text}\n"


def _refuse_twice(text: str) -> None:
    """Raise a ValueError if a name of a teacher's file is one of tinycnn's, too."""
    names = [node.name for node in parse(text).body
             if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name} would be in the students' file twice, yours and tinycnn's; "
                             "give yours another name, or choose only exercises of one of them")


def teacher_of(exercises: Sequence[Exercise]) -> TeacherFile | None:
    """The teacher's file that some of the exercises are from."""
    return next((e.own.teacher for e in exercises if e.own and e.own.teacher), None)


def solutions(exercise: Exercise) -> list[tuple[str, ...]]:
    """The bodies that solve an exercise, as normalised statements: tinycnn's with loops and the
    fast one, or a teacher's own."""
    if exercise.own is not None:
        return [body(exercise.own.teacher.definition(exercise.label))] if exercise.own.teacher \
            else []
    if exercise.kind in KINDS:
        row = KINDS[exercise.kind]
        places = [(_module_of(cls), f"{cls.__name__}.{exercise.method}")
                  for cls in (row.loops, row.layer)]
    else:
        fast = {"loss": loss, "update": plan}[exercise.kind]
        places = [(loops, exercise.label), (fast, exercise.label)]
    return [body(node) for module, label in places
            for found, node in functions(_tree(module)) if found == label]


def _head(exercises: Sequence[Exercise]) -> str:
    about = "" if any(e.own for e in exercises) else " on the layers of a convolutional network"
    return f'''"""Homework: {how_many(exercises)}{about}.

Replace each `raise NotImplementedError(...)` with your code. Everything else is given: do not
change names, arguments or constructors. Import only NumPy and Python's standard library. To check
your work, run one of these in this folder:

    tinycnn check .         # what is right, what is wrong, and the likely cause
    pytest                  # the same checks as tests; pytest --pdb stops at the error

In the docstrings, s is the scalar that a backward pass starts from: a loss L, or one output of the
network. Hand in this file.
"""'''


def _imports(text: str, modules: Iterable[ModuleType], own: Sequence[str]) -> str:
    """The imports of `tinycnn.loops`, of the layers' base and a teacher's own that a file needs."""
    used = _names(text)
    lines = ["from __future__ import annotations", ""]
    standard = []
    for node in (node for module in modules for node in _tree(module).body):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module != "__future__":
            names = [alias.name for alias in node.names if alias.name in used]
            if names:
                standard.append(f"from {node.module} import {', '.join(names)}")
    numeric = [line for line in own if " numpy" in line and line != "import numpy as np"]
    standard += [line for line in own if " numpy" not in line]
    lines += [*sorted(set(standard)), ""] if standard else []
    return "\n".join([*lines, "import numpy as np", *numeric])


def _helpers(text: str) -> tuple[str, list[str]]:
    """What the classes use from `tinycnn.layers.base`: type names; the base class and functions."""
    used = _names(text)
    aliases, parts = [], []
    for node in _tree(base).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) \
                and node.targets[0].id in used:
            aliases.append(_text(base, node))
        elif isinstance(node, ast.FunctionDef) and node.name in used:
            parts.append(_text(base, node))
    if "Layer" in used:
        kept = [item for item in _definition(base, "Layer", ast.ClassDef).body
                if getattr(item, "name", "") not in ("config", "__repr__")]
        parts.insert(0, "class Layer:\n" + "\n\n".join(_text(base, item) for item in kept))
    return "\n".join(aliases), parts


def _names(text: str) -> set[str]:
    """All names that some code uses."""
    return {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}


def _class(owner: str, exercises: Sequence[Exercise], solved: bool, keep: bool) -> str:
    """A class; the bodies that are exercises are stubs, unless `solved`."""
    row = KINDS[exercises[0].kind]
    written, fast = _module_of(row.loops), _module_of(row.layer)
    blanks = {} if solved else {e.method: e for e in exercises}
    parts = [_text(fast, _definition(fast, owner, ast.ClassDef).body[0])]
    for item in _definition(written, row.loops.__name__, ast.ClassDef).body[1:]:
        name = getattr(item, "name", "")
        if name in blanks and isinstance(item, ast.FunctionDef):
            parts.append(_stub(written, item, blanks[name]))
        elif name != "config" and (solved or keep or not students_part.gives_away(name, blanks)):
            parts.append(_text(written, item))
    return f"class {owner}(Layer):\n" + "\n\n".join(parts)


def _function(exercise: Exercise, solved: bool) -> str:
    node = _definition(loops, exercise.method, ast.FunctionDef)
    return _text(loops, node) if solved else _stub(loops, node, exercise)


def _stub(module: ModuleType, node: ast.FunctionDef, exercise: Exercise) -> str:
    """Signature, docstring, and an error with the title of the exercise."""
    lines = _lines(module)[node.lineno - 1:node.body[0].end_lineno]
    indent = " " * node.body[0].col_offset
    stub = f'{indent}raise NotImplementedError("{exercise.title}")'
    if len(stub) > WIDTH:
        first, _, rest = exercise.title.partition(" - ")
        pad = " " * (len(indent) + len("raise NotImplementedError("))
        stub = f'{indent}raise NotImplementedError("{first} - "\n{pad}"{rest}")'
    return "\n".join([*lines, stub])


def _module_of(cls: type) -> ModuleType:
    """The module that defines a class."""
    return sys.modules[cls.__module__]


def _definition(module: ModuleType, name: str, kind: type) -> Any:
    return next(node for node in _tree(module).body
                if isinstance(node, kind) and getattr(node, "name", "") == name)


def _text(module: ModuleType, node: ast.stmt) -> str:
    """The lines of a node, as they are in its file."""
    return "\n".join(_lines(module)[node.lineno - 1:node.end_lineno])
