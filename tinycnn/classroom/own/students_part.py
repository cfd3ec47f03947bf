"""What students get of a teacher's file: her classes with stubs, and what these need.

A class keeps its docstring, its constructor and the methods that are no exercise. What else of her
file the class or its solution uses (a base class, a constant, a helper) is given as it is. Her
EXAMPLES, her POINTS and the references of other exercises are not in it.
"""

from __future__ import annotations

import ast
import copy
import json
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..syntax import parse
from .teacher_file import TeacherFile

PRIVATE = ("EXAMPLES", "POINTS")
GRADIENTS = ("backward", "parameter_gradients")
Titles = Mapping[str, str]      # {"Sigmoid.backward": what its stub says}


def imports(teacher: TeacherFile, text: str) -> list[str]:
    """The imports of her file that some code needs."""
    used = _names([parse(text)])
    found = []
    for node in teacher.tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) and \
                getattr(node, "module", "") != "__future__":
            kept = copy.copy(node)
            kept.names = [a for a in node.names
                          if (a.asname or a.name.partition(".")[0]) in used or a.name == "*"]
            if kept.names:
                found.append(ast.unparse(kept))
    return found


def helpers(teacher: TeacherFile, titles: Titles, *, solved: bool = False) -> list[str]:
    """What the exercises use of her file besides themselves, in its order.

    Args:
        titles: of the exercises' stubs, by their labels.
        solved: also the references of other exercises that a solution calls.
    """
    own = {label.partition(".")[0] for label in titles}
    defined = {name: node for node in teacher.tree.body for name in _defines(node)
               if name not in PRIVATE}
    # The solutions may use helpers, but they give no other exercise away; what is given may.
    blank = parse("\n\n\n".join(exercises(teacher, titles).values()))
    secret = set() if solved else set(teacher.examples()) - own
    first = _names([defined[name] for name in own]) - secret | _names([blank])
    used: set[str] = set()
    waiting = first & set(defined) - own
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= _names([defined[name]]) & set(defined) - own - used
    nodes = [node for node in teacher.tree.body if used & set(_defines(node))]
    return [_text(teacher, node) for node in nodes]


def gives_away(method: str, exercises: Collection[str]) -> bool:
    """Whether a method is the other gradient of a class, which looks like the one to write."""
    return method in GRADIENTS and method not in exercises and any(
        other in exercises for other in GRADIENTS)


def exercises(teacher: TeacherFile, titles: Titles, *, solved: bool = False, keep: bool = False
              ) -> dict[str, str]:
    """{class or function: its code with stubs, or with the solutions}.

    Args:
        keep: print a gradient that is no exercise, though the other one is, see `blanks`.
    """
    blanks = {} if solved else titles
    names = list(dict.fromkeys(label.partition(".")[0] for label in titles))
    nodes = {getattr(node, "name", ""): node for node in teacher.tree.body}
    return {name: _with_stubs(teacher, nodes[name], blanks, keep) for name in names}


def _with_stubs(teacher: TeacherFile, node: Any, titles: Titles, keep: bool) -> str:
    if isinstance(node, ast.FunctionDef):
        return _stub(node, titles[node.name]) if node.name in titles else _text(teacher, node)
    mine = {label.partition(".")[2]: title for label, title in titles.items()
            if label.partition(".")[0] == node.name}
    parts = []
    for item in node.body:
        name = getattr(item, "name", "")
        if name in mine:
            parts.append(textwrap.indent(_stub(item, mine[name]), "    "))
        elif keep or not gives_away(name, mine):
            parts.append(_text(teacher, item))
    return f"{_head(node)}\n" + "\n\n".join(parts)


def _head(node: ast.ClassDef | ast.FunctionDef) -> str:
    """Decorators and signature, without what was written between them and the body."""
    empty = copy.copy(node)
    empty.body = [ast.Pass()]
    return ast.unparse(empty).rpartition("\n")[0]


def _stub(node: ast.FunctionDef, title: str) -> str:
    """Signature, docstring, and an error with the title of the exercise."""
    lines = [_head(node)]
    docstring = ast.get_docstring(node)
    if docstring is not None:
        quoted = docstring.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        end = "\n" if "\n" in quoted or quoted.endswith('"') else ""
        lines.append(f'"""{quoted}{end}"""'.replace("\n", "\n    "))
        lines[-1] = "    " + "\n".join(line.rstrip() for line in lines[-1].split("\n"))
    raised = "    raise NotImplementedError("
    parts = textwrap.wrap(title, 62, drop_whitespace=False)
    said = f"\n{' ' * len(raised)}".join(json.dumps(part, ensure_ascii=False) for part in parts)
    return "\n".join([*lines, f"{raised}{said})"])


def _text(teacher: TeacherFile, node: ast.stmt) -> str:
    """The lines of a node, as they are in the file, with its decorators."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return "\n".join(teacher.text.split("\n")[first - 1:node.end_lineno])


def _defines(node: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top of a file gives a value."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        yield from (part.id for part in ast.walk(node)
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    """All names that some code uses."""
    return {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}
