"""The students' file, cut out of `tinycnn.loops` with `ast`: the library itself has no markers.

    text = student_file(exercises)                  # each chosen body is a stub
    text = student_file(exercises, solved=True)     # the same file with the bodies in place

A class comes with everything that is not an exercise: its constructor, its helpers, the methods
that nobody has to write. Its docstring, with the shapes, is that of the fast layer of the same
name.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

from .. import layers, training
from ..layers import base, loops
from ..network import loss
from .exercises import Exercise, how_many
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


def student_file(exercises: Sequence[Exercise], *, solved: bool = False) -> str:
    """The file that students work on, or the same with its solutions."""
    parts = []
    owners = list(dict.fromkeys(e.owner or e.method for e in exercises))
    for owner in owners:
        mine = [e for e in exercises if (e.owner or e.method) == owner]
        parts.append(_class(owner, mine, solved) if mine[0].owner else _function(mine[0], solved))
    text = "\n\n\n".join(parts)
    text = "\n\n\n".join([*_helpers(text), text])
    return f"{_head(exercises)}\n\n{_imports(text)}\n\n\n{text}\n"


def solutions(exercise: Exercise) -> list[tuple[str, ...]]:
    """The bodies that tinycnn has for an exercise, in loops and fast, as normalised statements."""
    fast = {"loss": loss, "update": training}.get(exercise.kind) or _module_of(exercise.owner)
    return [body(node) for module in (loops, fast)
            for label, node in functions(_tree(module)) if label == exercise.label]


def _head(exercises: Sequence[Exercise]) -> str:
    return f'''"""Homework: {how_many(exercises)} on the layers of a convolutional network.

Put your code in place of each `raise NotImplementedError(...)`. Everything else is given: leave the
names, the arguments and the constructors as they are. Import nothing but NumPy and what comes with
Python. In this folder,

    tinycnn check .         # what is right, what is wrong, and the likely cause
    pytest                  # the same as tests; pytest --pdb stops where it goes wrong

s stands for the scalar that a backward pass begins with: a loss L, or one output of the network.
Hand in this file.
"""'''


def _imports(text: str) -> str:
    """The imports of `tinycnn.loops` and of its base that this file needs."""
    used = _names(text)
    lines = ["from __future__ import annotations", ""]
    standard = []
    for node in [*_tree(loops).body, *_tree(base).body]:
        if isinstance(node, ast.ImportFrom) and not node.level and node.module != "__future__":
            names = [alias.name for alias in node.names if alias.name in used]
            if names:
                standard.append(f"from {node.module} import {', '.join(names)}")
    lines += [*sorted(set(standard)), ""] if standard else []
    return "\n".join([*lines, "import numpy as np"])


def _helpers(text: str) -> list[str]:
    """What the classes use of `tinycnn.layers.base`: names of types, the base class, functions."""
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
    return ["\n".join(["# --- given: nothing to do here " + 68 * "-", "", *aliases]), *parts,
            "# --- the exercises " + 80 * "-"] if parts else [
                "\n".join(aliases)] if aliases else []


def _names(text: str) -> set[str]:
    """All names that some code uses."""
    return {node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name)}


def _class(owner: str, exercises: Sequence[Exercise], solved: bool) -> str:
    """A class without the bodies that are exercises."""
    node = _definition(loops, owner, ast.ClassDef)
    blanks = {} if solved else {e.method: e for e in exercises}
    fast = _module_of(owner)
    parts = [_text(fast, _definition(fast, owner, ast.ClassDef).body[0])]
    for item in node.body[1:]:
        name = getattr(item, "name", "")
        if name in blanks and isinstance(item, ast.FunctionDef):
            parts.append(_stub(item, blanks[name]))
        elif name != "config":
            parts.append(_text(loops, item))
    return f"class {owner}(Layer):\n" + "\n\n".join(parts)


def _function(exercise: Exercise, solved: bool) -> str:
    node = _definition(loops, exercise.method, ast.FunctionDef)
    return _text(loops, node) if solved else _stub(node, exercise)


def _stub(node: ast.FunctionDef, exercise: Exercise) -> str:
    """Signature and docstring, and an error that says which exercise is waiting."""
    lines = _lines(loops)[node.lineno - 1:node.body[0].end_lineno]
    indent = " " * node.body[0].col_offset
    stub = f'{indent}raise NotImplementedError("{exercise.title}")'
    if len(stub) > WIDTH:
        first, _, rest = exercise.title.partition(" - ")
        pad = " " * (len(indent) + len("raise NotImplementedError("))
        stub = f'{indent}raise NotImplementedError("{first} - "\n{pad}"{rest}")'
    return "\n".join([*lines, stub])


def _module_of(owner: str) -> ModuleType:
    """Where the fast layer of a name is written."""
    module = inspect.getmodule(getattr(layers, owner))
    assert module is not None
    return module


def _definition(module: ModuleType, name: str, kind: type) -> Any:
    return next(node for node in _tree(module).body
                if isinstance(node, kind) and getattr(node, "name", "") == name)


def _text(module: ModuleType, node: ast.stmt) -> str:
    """The lines of a node as they stand in its file."""
    return "\n".join(_lines(module)[node.lineno - 1:node.end_lineno])
