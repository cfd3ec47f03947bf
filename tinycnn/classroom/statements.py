"""The statements of a text, and what each has to do with names.

Lines are what Python calls a line: `str.splitlines` also cuts at a form feed, in a comment, say.
Which names a statement uses and gives a value is what Python's own compiler says (`symtable`).
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

from .syntax import ONE_PARSER

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
SCOPES = (*DEFINITIONS, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
MOST = 1_000_000        # names times scopes of a statement: Python looks for each in each


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
class Part:
    """A statement, and what it has to do with names.

    Attributes:
        node: the statement as a tree.
        uses: names that have to exist for it, or for the functions in it.
        changes: names of what it stores something in: `Tanh.forward = f`, `table[0] = 1`.
        asks: names of what it calls methods of: `table.append(1)`.
    """

    node: ast.stmt
    statement: Statement
    uses: set[str]
    changes: set[str]
    asks: set[str]

    @property
    def binds(self) -> tuple[str, ...]:
        """The names that it gives a value; "*" for those that an import brings."""
        return self.statement.binds


def parts_of(text: str, tree: ast.Module) -> Iterator[Part]:
    """The statements of a text; each name in `import numpy, torch` is a statement of its own."""
    lines = text.split("\n")
    for node in tree.body:
        if isinstance(node, ast.Import):        # one that fails does not cost the others
            for alias in node.names:
                one = ast.copy_location(ast.Import([alias]), node)
                yield _part(one, ast.unparse(one), node.lineno)
            continue
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(d.lineno for d in decorators)])
        own = [line.encode() for line in lines[first - 1:node.end_lineno]]
        own[-1] = own[-1][:node.end_col_offset]
        own[0] = own[0][0 if decorators else node.col_offset:]
        yield _part(node, b"\n".join(own).decode(), first)


def _part(node: ast.stmt, text: str, line: int) -> Part:
    _check_size(node, line)
    uses, binds = _names(node, text)
    changes, asks = set[str](), set[str]()
    for item in ast.walk(node):
        if isinstance(item, (ast.Attribute, ast.Subscript)) and not isinstance(item.ctx, ast.Load):
            changes.add(root(item))
        elif isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id in (
                "setattr", "delattr") and item.args:
            changes.add(root(item.args[0]))
        elif isinstance(item, ast.Expr) and isinstance(item.value, ast.Call) and isinstance(
                item.value.func, ast.Attribute):
            asks.add(root(item.value.func))
    return Part(node, Statement(line, text, tuple(sorted(binds))), uses, changes, asks)


def root(node: ast.expr) -> str:
    """The name that `table.rows[0].append` begins with; "" if it begins with something else."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _check_size(node: ast.stmt, line: int) -> None:
    """Refuse what `symtable` would need minutes for."""
    names, scopes = set[str](), 0
    for item in ast.walk(node):
        scopes += isinstance(item, SCOPES)
        names.update(value for value in vars(item).values() if isinstance(value, str))
        if isinstance(item, (ast.Global, ast.Nonlocal)):
            names.update(item.names)
    if len(names) * scopes > MOST:
        raise ValueError(f"line {line} begins one function, class or other statement with "
                         f"{len(names):,} names and {scopes:,} functions in it")


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
