"""What is run of a submission: what the exercises need, statement by statement.

    code = code_from(text, ["Tanh", "sgd_update"])
    [s.text for s in code.statements]       # class Tanh, and what it uses: imports, helpers, ...

Plots, prints, checks and experiments are not run, so they cost nothing when they fail.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from .left_out import left_out, only_for_annotations
from .statements import DEFINITIONS, Part, Statement, parts_of, root
from .syntax import parse

MOST = 5_000            # statements of a file
SETS = re.compile("set|seed|.*filter")      # the names of calls that set something
LOOKED_UP = ("globals", "exec", "eval")     # what uses these may use any name


class CodeError(ValueError):
    """A text that is not Python; the message says where and why."""


@dataclass(frozen=True)
class Code:
    """A submission that has been read.

    Attributes:
        text: all of it; for a notebook, its cells one after the other.
        statements: what is run, in order.
        left_out: sentences about what will not count.
        cells: (first line, number, name) of each cell; none for a .py file.
    """

    text: str
    statements: tuple[Statement, ...]
    left_out: tuple[str, ...] = ()
    cells: tuple[tuple[int, int, str], ...] = ()

    def where(self, line: int) -> str:
        """A line of the text as its author knows it: "line 12", or "cell 3, line 2"."""
        number = bisect_right(self.cells, line, key=lambda cell: cell[0])
        if not number:
            return f"line {line}"
        first, _, name = self.cells[number - 1]
        return f"{name}, line {line - first + 1}"


def code_from(text: str, wanted: Iterable[str], *, cells: Sequence[tuple[int, int, str]] = (),
              broken: Sequence[Statement] = (), path: Path | None = None) -> Code:
    """What is run of a Python file.

    Args:
        wanted: the names of the classes and functions of the exercises.
        cells: as in `Code`.
        broken: what is left out because it is not Python, and the names that it seems to define.
        path: its file, if there is one: what was handed in beside it is not run.

    Raises:
        CodeError: it is not Python.
    """
    try:
        tree = parse(text)
        parts = list(parts_of(text, tree)) if len(tree.body) <= MOST else []
    except SyntaxError as error:
        shown = f": {error.text.strip()[:100]}" if error.text else ""
        raise CodeError(f"line {error.lineno or 1}: {error.msg}{shown}") from error
    except RecursionError as error:
        raise CodeError("it is nested too deeply") from error
    except (MemoryError, ValueError) as error:
        why = str(error) or "it is too complex"
        raise CodeError(f"it cannot be parsed: {why}") from error
    count = len(tree.body) + len(broken)
    if count > MOST:
        raise CodeError(f"{count:,} statements outside of functions and classes; at most {MOST:,} "
                        "are read")
    parts += [Part(ast.Pass(), one, set(), set(), set()) for one in broken]
    wanted = list(dict.fromkeys(wanted))
    taken = _needed([part for part in parts if not _is_main(part.node)], wanted)
    taken = [part for part in taken if not only_for_annotations(part, taken, wanted)]
    code = Code(text, tuple(part.statement for part in taken), (), tuple(cells))
    return replace(code, left_out=tuple(islice(left_out(parts, taken, wanted, code.where, path),
                                               20)))


def _needed(parts: Sequence[Part], wanted: Iterable[str]) -> list[Part]:
    """The statements that define what is wanted, and all that these use, in order."""
    gives = _givers(parts)
    taken = {number for number, part in enumerate(parts) if "*" in part.binds or (
        isinstance(part.node, ast.ImportFrom) and part.node.module == "__future__")}
    names = set(wanted).union(*(parts[number].uses for number in taken))
    waiting = list(names)
    while waiting:
        for number in gives.get(waiting.pop(), ()):
            if number not in taken:
                taken.add(number)
                new = parts[number].uses - names
                names |= new
                waiting += new
    bound = {name for part in parts for name in part.binds}
    ready = {name for number in taken for name in parts[number].binds} - set(wanted)
    setters = {part.node.name for part in parts if isinstance(part.node, ast.FunctionDef)
               and names & {*part.binds, *part.changes} - {part.node.name}}
    for number, part in enumerate(parts):       # np.seterr(...), setup(): they need nothing more
        if _called(part.node, setters) in ready and not (part.uses & bound) - ready:
            taken.add(number)
    return [parts[number] for number in sorted(taken, key=lambda n: parts[n].statement.line)]


def _called(node: ast.stmt, setters: Collection[str]) -> str:
    """What a call belongs to that sets something: "np" for `np.seterr(...)`; else ""."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return ""
    function = node.value.func
    if isinstance(function, ast.Name):
        return function.id if function.id in setters else ""
    sets = isinstance(function, ast.Attribute) and SETS.match(function.attr)
    return root(function) if sets else ""


def _givers(parts: Sequence[Part]) -> dict[str, list[int]]:
    """The numbers of the statements that give each name its value, or change what it stands for."""
    classes = {part.node.name for part in parts if isinstance(part.node, ast.ClassDef)}
    stores = {part.node.name: [argument.arg if argument.arg in part.changes else ""
                               for argument in part.node.args.args]
              for part in parts if isinstance(part.node, ast.FunctionDef)}
    variables = {name for part in parts for name in part.binds
                 if not isinstance(part.node, (ast.Import, ast.ImportFrom, *DEFINITIONS))}
    gives: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        decorated = classes.intersection(_given_to_decorators(part.node))
        for name in {*part.binds, *part.changes, *(part.asks & variables), *decorated,
                     *_stored_in(part.node, stores)}:
            gives.setdefault(name, []).append(number)
    for name in LOOKED_UP:
        gives[name] = [number for number, part in enumerate(parts) if part.binds]
    return gives


def _given_to_decorators(node: ast.stmt) -> Iterator[str]:
    """The names of what decorators may change: `@add_to_class(Tanh)`."""
    for decorator in getattr(node, "decorator_list", ()):
        if isinstance(decorator, ast.Call):
            for value in (*decorator.args, *(word.value for word in decorator.keywords)):
                yield root(value)


def _stored_in(node: ast.stmt, stores: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The names of what a call of a function of this file changes: `patch(Tanh)`.

    Args:
        stores: the parameters of each function; "" for one that it stores nothing in.
    """
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        parameters = stores.get(call.func.id, ()) if isinstance(call.func, ast.Name) else ()
        given = [*zip(parameters, call.args, strict=False),
                 *((word.arg, word.value) for word in call.keywords if word.arg in parameters)]
        yield from (root(value) for parameter, value in given if parameter)


def _is_main(node: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and any(isinstance(item, ast.Name) and item.id == "__name__"
                                            for item in ast.walk(node.test))
