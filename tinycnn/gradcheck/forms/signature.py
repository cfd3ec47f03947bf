"""What a function's definition says: its parameters, and the names of what it returns."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

X = type("X", (), {"__repr__": lambda self: "x", "__deepcopy__": lambda self, memo: self})()


class NotBuilt(Exception):
    """A piece cannot be built or called with anything that was tried: why."""


class Parameter(NamedTuple):
    """A parameter by position: its name, and whether it has no default."""

    name: str
    required: bool
    default: Any = None


def parameters(function: Callable[..., Any]) -> list[Parameter]:
    """The parameters of a function, without `self`, and without *args and **kwargs."""
    try:
        known = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):     # a function that is not written in Python
        return [Parameter("x", True)]
    return [Parameter(p.name, p.default is p.empty, None if p.default is p.empty else p.default)
            for p in known if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def returned_names(function: Callable[..., Any]) -> list[str]:
    """The names in `return dx, dw, db`, "" for other expressions; [] if it is no tuple of names.

    A class that calls a helper has no names there; then the shapes decide.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError, ValueError):
        return []
    for node in reversed(list(ast.walk(tree))):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            return [_name(part) for part in node.value.elts]
    return []


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
