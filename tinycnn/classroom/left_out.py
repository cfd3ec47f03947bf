"""Says beforehand what of a submission will not count, and why."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from .foreign import why_refused
from .statements import DEFINITIONS, Part
from .syntax import parse


def left_out(parts: Sequence[Part], taken: Sequence[Part], wanted: Iterable[str],
             where: Callable[[int], str], path: Path | None = None) -> Iterator[str]:
    """Sentences about what will not count.

    Args:
        parts: all statements of a submission.
        taken: those that the exercises need.
        wanted: the names of the exercises' classes and functions.
        where: a line as the student knows it.
        path: the file of the submission, if there is one.
    """
    for part in taken:
        if isinstance(part.node, ast.Pass):
            yield _broken(part, where)
        yield from _imports(part, taken, where, path)
    for name in wanted:
        lines = [where(part.statement.line) for part in parts
                 if isinstance(part.node, DEFINITIONS) and part.node.name == name]
        if len(lines) > 1:
            yield f"{name} is defined {len(lines)} times ({'; '.join(lines)}): the last one counts"
    is_taken = {id(part) for part in taken}
    run = {name for part in taken for name in part.binds}
    needed = set(wanted).union(*(part.uses for part in taken))
    for part in parts:
        if id(part) not in is_taken and isinstance(part.node, ast.If):
            names = ", ".join(sorted(needed.intersection(part.binds) - run))
            if names:
                yield (f"{where(part.statement.line)}: what is below `if __name__ == ...` is not "
                       f"run, and the exercises need {names}")


def _broken(part: Part, where: Callable[[int], str]) -> str:
    """What is wrong with a cell that is not Python."""
    line, wrong = 1, "it cannot be parsed"
    try:
        parse(part.statement.text)
    except SyntaxError as error:
        line, wrong = error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        wrong = str(error)
    return (f"{where(part.statement.line + line - 1)}: {wrong}. Nothing of this cell counts, and "
            f"it seems to have {', '.join(part.binds)}")


def only_for_annotations(part: Part, taken: Sequence[Part], wanted: Iterable[str]) -> bool:
    """Whether it is an import that may not be used, and of no use but in annotations.

    A submission does not need it: `process.loading` runs it without annotations if they fail.
    """
    if not isinstance(part.node, (ast.Import, ast.ImportFrom)) or "*" in part.binds or not (
            why_refused(_module(part.node))):
        return False
    names = set(part.binds)
    return names.isdisjoint(wanted) and any(names & other.uses for other in taken) and all(
        names.isdisjoint(item.id for item in _walk(other.node) if isinstance(item, ast.Name))
        for other in taken)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """All of some code, but for its annotations."""
    waiting = [node]
    while waiting:      # it may be nested more deeply than Python calls functions
        node = waiting.pop()
        yield node
        notes = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        waiting += [child for child in ast.iter_child_nodes(node) if child not in notes]


def _imports(part: Part, taken: Sequence[Part], where: Callable[[int], str], path: Path | None
             ) -> Iterator[str]:
    """The imports in a statement that a submission may not use."""
    tries = isinstance(part.node, ast.Try)      # it says what to do without the module
    for node in ast.walk(part.node):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            module = _module(node)
            why = why_refused(module)
            why = why and (_beside(module, path) or ("" if tries else why))
            if why:
                yield f"{where(node.lineno)} imports {module}: {why}{_users(part, node, taken)}"


def _module(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.Import):
        return node.names[0].name
    return "." * node.level + (node.module or "")


def _beside(module: str, path: Path | None) -> str:
    """What to do with a module that was handed in beside the file; "" if there is none."""
    name = module.strip(".").partition(".")[0] + ".py"
    if path is None or name == path.name or not os.path.isfile(path.parent / name):
        return ""
    return (f"{name} was handed in, too, but only one file is run: put its code into "
            f"{path.name}")


def _users(part: Part, node: ast.stmt, taken: Sequence[Part]) -> str:
    """Who uses an import first: "; Tanh.forward uses it"."""
    names = {*part.binds} - {"*"} if node is part.node else set()
    user = next((label for other in ([part] if not names else taken)
                 for label, function in _functions(other.node)
                 if any(item is node or (isinstance(item, ast.Name) and item.id in names)
                        for item in _walk(function))), "")
    return f"; {user} uses it" if user else ""


def _functions(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    """Each method of a class, as ("Tanh.forward", node), or the function itself."""
    if isinstance(node, ast.ClassDef):
        yield from ((f"{node.name}.{item.name}", item) for item in node.body
                    if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)))
    if isinstance(node, DEFINITIONS):
        yield node.name, node
