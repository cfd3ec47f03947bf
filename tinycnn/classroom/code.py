"""What is run of a submission: what the exercises need, statement by statement.

    code = code_from(text, ["Tanh", "sgd_update"])
    [s.text for s in code.statements]       # class Tanh, and what it uses: imports, helpers, ...

Plots, prints, checks and experiments are not run, so they cost nothing when they fail. Which names
a statement uses and gives a value is what Python's own compiler says (`symtable`).
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .syntax import ONE_PARSER, parse

MOST = 20_000           # statements of a file
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
LOOKED_UP = ("globals", "exec", "eval")     # what uses these may use any name


class CodeError(ValueError):
    """A text that is not Python; the message says where and why."""


@dataclass(frozen=True)
class Statement:
    """One statement outside of all functions and classes.

    Attributes:
        line: where it begins in the text, from 1.
        text: the statement.
        binds: the names that it gives a value.
    """

    line: int
    text: str
    binds: tuple[str, ...]


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
        before = [cell for cell in self.cells if cell[0] <= line]
        if not before:
            return f"line {line}"
        first, _, name = before[-1]
        return f"{name}, line {line - first + 1}"


@dataclass(frozen=True)
class _Part:
    """A statement, and what it has to do with names.

    Attributes:
        uses: names that have to exist for it or for the functions in it.
        changes: names of what it stores something in: `Tanh.forward = f`, `table[0] = 1`.
        asks: names of what it calls methods of: `table.append(1)`.
    """

    node: ast.stmt
    statement: Statement
    uses: set[str]
    changes: set[str]
    asks: set[str]


def code_from(text: str, wanted: Iterable[str]) -> Code:
    """What is run of a Python file.

    Args:
        wanted: the names of the classes and functions of the exercises.

    Raises:
        CodeError: it is not Python.
    """
    try:
        tree = parse(text)
        if len(tree.body) > MOST:
            raise CodeError(f"{len(tree.body):,} statements outside of functions and classes; "
                            f"at most {MOST:,} are read")
        parts = [_part(node, own, line) for node, own, line in _pieces(text, tree)
                 if not _is_main(node)]
    except SyntaxError as error:
        shown = f": {error.text.strip()[:100]}" if error.text else ""
        raise CodeError(f"line {error.lineno}: {error.msg}{shown}") from error
    except RecursionError as error:
        raise CodeError("it is nested too deeply") from error
    except (MemoryError, UnicodeError) as error:
        raise CodeError(f"it cannot be parsed: {error}") from error
    return Code(text, tuple(part.statement for part in _needed(parts, list(wanted))))


def _pieces(text: str, tree: ast.Module) -> Iterator[tuple[ast.stmt, str, int]]:
    """(node, text, first line) of each statement. Lines are what Python calls a line."""
    lines = text.split("\n")
    for node in tree.body:
        if isinstance(node, ast.Import):        # one that fails does not cost the others
            for alias in node.names:
                one = ast.copy_location(ast.Import([alias]), node)
                yield one, ast.unparse(one), node.lineno
            continue
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(d.lineno for d in decorators)])
        start = 0 if decorators else node.col_offset
        last = node.end_lineno or node.lineno
        own = [line.encode() for line in lines[first - 1:last]]
        own[-1] = own[-1][:node.end_col_offset]
        own[0] = own[0][start:]
        yield node, b"\n".join(own).decode(), first


def _part(node: ast.stmt, text: str, line: int) -> _Part:
    uses, binds = _names(node, text)
    changes, asks = set[str](), set[str]()
    for item in ast.walk(node):
        if isinstance(item, (ast.Attribute, ast.Subscript)) and not isinstance(item.ctx, ast.Load):
            changes.add(_root(item))
        elif isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id in (
                "setattr", "delattr") and item.args:
            changes.add(_root(item.args[0]))
        elif isinstance(item, ast.Expr) and isinstance(item.value, ast.Call) and isinstance(
                item.value.func, ast.Attribute):
            asks.add(_root(item.value.func))
    return _Part(node, Statement(line, text, tuple(sorted(binds))), uses, changes, asks)


def _root(node: ast.expr) -> str:
    """The name that `table.rows[0].append` begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.stmt, text: str) -> tuple[set[str], set[str]]:
    """The names outside of all functions that a statement uses, and those it gives a value."""
    uses, binds = set[str](), set[str]()
    try:
        with ONE_PARSER:
            tables = [symtable.symtable(text, "<submission>", "exec")]
    except SyntaxError:         # right in itself, but not in this place: await, return, nonlocal
        for item in ast.walk(node):
            if isinstance(item, ast.Name):
                (uses if isinstance(item.ctx, ast.Load) else binds).add(item.id)
            elif isinstance(item, DEFINITIONS):
                binds.add(item.name)
        return uses, binds
    while tables:
        table = tables.pop()
        tables += table.get_children()
        outside, in_class = table.get_type() == "module", table.get_type() == "class"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (outside or in_class or symbol.is_global()):
                uses.add(symbol.get_name())
            if (symbol.is_assigned() or symbol.is_imported()) and (
                    outside or symbol.is_declared_global()):
                binds.add(symbol.get_name())
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        binds.add("*")
    return uses, binds


def _needed(parts: Sequence[_Part], wanted: Iterable[str]) -> list[_Part]:
    """The statements that define what is wanted, and all that these use, in order."""
    gives = _givers(parts)
    taken = {number for number, part in enumerate(parts) if "*" in part.statement.binds or (
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
    bound = {name for part in parts for name in part.statement.binds}
    ready = {name for number in taken for name in parts[number].statement.binds} - set(wanted)
    for number, part in enumerate(parts):       # np.seterr(...), setup(): they need nothing more
        if isinstance(part.node, ast.Expr) and isinstance(part.node.value, ast.Call) and _root(
                part.node.value.func) in ready and not (part.uses & bound) - ready:
            taken.add(number)
    return [parts[number] for number in sorted(taken)]


def _givers(parts: Sequence[_Part]) -> dict[str, list[int]]:
    """The numbers of the statements that give each name its value, or change what it stands for."""
    variables = {name for part in parts for name in part.statement.binds
                 if not isinstance(part.node, (ast.Import, ast.ImportFrom, *DEFINITIONS))}
    gives: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        for name in {*part.statement.binds, *part.changes, *(part.asks & variables)}:
            gives.setdefault(name, []).append(number)
    for name in LOOKED_UP:
        gives[name] = [n for n, part in enumerate(parts) if part.statement.binds]
    return gives


def _is_main(node: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":`."""
    return isinstance(node, ast.If) and any(isinstance(item, ast.Name) and item.id == "__name__"
                                            for item in ast.walk(node.test))
