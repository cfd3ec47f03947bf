"""Conditions that a user writes as a text: `L > 1.5 * last`, `norm(dy) > 1 and max(abs(o)) < 2`.

Python's own parser reads the text, and NumPy computes the parts of its tree. Only numbers, the
given names, arithmetic, comparisons, `and`, `or`, `not` and the functions below may be in it.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from ..layers.base import Array
from ..output.text import did_you_mean, listing

LONGEST = 200       # characters; so the tree cannot be too deep
FUNCTIONS: dict[str, Callable[[Array], Any]] = {
    "abs": np.abs, "norm": lambda a: np.sqrt(np.sum(a * a)), "mean": np.mean, "max": np.max,
    "min": np.min, "sum": np.sum, "sqrt": np.sqrt, "log": np.log}
OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow, ast.USub: operator.neg,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Eq: operator.eq, ast.NotEq: lambda a, b: (a < b) | (a > b)}
# How other languages, or a blackboard, write it.
OTHERWISE = {"&&": "and", "||": "or", "|": "abs(...)", "^": "**", "=": "=="}


class Condition:
    """A condition on numbers and arrays.

        Condition("L > 1.5 * last", ["L", "last"]).where({"L": 3.0, "last": 1.0})

    A comparison with NaN is False, `!=` too: what is not known yet is given as NaN.

    Args:
        text: the condition; `and`, `or`, `not` go by element if an array is in it.
        names: the names that may be in it; `reads` are those that are.

    Raises:
        ValueError: the text is not a condition; the message says what is possible.
    """

    def __init__(self, text: str, names: Collection[str]) -> None:
        self.text, self.names = " ".join(text.split()), names
        if len(self.text) > LONGEST:
            raise ValueError(f"a condition has at most {LONGEST} characters, got {len(self.text)}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")     # Python's remarks on forms such as `1if`
                self._tree = ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise self._error(f"`{self.text}` is not understood{_instead(self.text)}") from None
        with np.errstate(all="ignore"):             # tried with 1 for each name
            self._truth(self._tree, dict.fromkeys(names, 1.0))
        self.reads = frozenset(node.id for node in ast.walk(self._tree)
                               if isinstance(node, ast.Name) and node.id in names)

    def value(self, values: Mapping[str, Array | float]) -> Any:
        """Whether it holds, for {name: number or array of a shape that fits}: True, or an array."""
        with np.errstate(all="ignore"):
            return self._truth(self._tree, values)

    def where(self, values: Mapping[str, Array | float]) -> list[tuple[int, ...]]:
        """The indices at which it holds; [()] or [] if it is about single numbers."""
        return [tuple(map(int, index)) for index in np.argwhere(self.value(values))]

    def compared(self, values: Mapping[str, Array | float]) -> dict[str, float]:
        """The single numbers that it compares, such as {"norm(dy)": 1.2}, without constants."""
        sides = [side for node in ast.walk(self._tree) if isinstance(node, ast.Compare)
                 for side in (node.left, *node.comparators)
                 if any(isinstance(part, ast.Name) for part in ast.walk(side))]
        with np.errstate(all="ignore"):
            found = {ast.unparse(side): self._number(side, values) for side in sides}
        return {text: float(value) for text, value in found.items() if value.ndim == 0}

    # --- the parts of the tree ----------------------------------------------------------------

    def _value(self, node: ast.expr, values: Mapping[str, Array | float]) -> Any:
        """The value of a part; a ValueError if such a part is not allowed."""
        match node:
            case ast.Constant() if type(node.value) in (int, float):
                return np.asarray(node.value)
            case ast.Name(id=name) if name in self.names:
                return np.asarray(values[name])
            case ast.UnaryOp(op=ast.Not()):
                return ~self._truth(node.operand, values)
            case ast.BoolOp(op=ast.And()):
                return _all([self._truth(part, values) for part in node.values])
            case ast.BoolOp():
                return ~_all([~self._truth(part, values) for part in node.values])
            case ast.Compare() if all(type(sign) in OPERATORS for sign in node.ops):
                sides = [self._number(part, values) for part in (node.left, *node.comparators)]
                return _all([OPERATORS[type(sign)](left, right) for sign, left, right
                             in zip(node.ops, sides, sides[1:], strict=False)])
            case ast.BinOp() if type(node.op) in OPERATORS:
                return OPERATORS[type(node.op)](self._number(node.left, values),
                                                self._number(node.right, values))
            case ast.UnaryOp() if type(node.op) in OPERATORS:
                return OPERATORS[type(node.op)](self._number(node.operand, values))
            case (ast.Call(func=ast.Name(id=name), args=[argument], keywords=[])
                  ) if name in FUNCTIONS:
                return FUNCTIONS[name](self._number(argument, values))
            case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
                raise self._error(f"{name} is a function of one number or array: {name}(...)")
            case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)):
                raise self._error(f"there is no {name!r} to ask about"
                                  + did_you_mean(name, [*self.names, *FUNCTIONS]))
        text = ast.unparse(node)
        raise self._error(f"`{text}` cannot be in a condition{_instead(text)}")

    def _number(self, node: ast.expr, values: Mapping[str, Array | float]) -> Array:
        """A part as numbers: True is 1 and False 0, so mean(o > 0) is a share."""
        return np.asarray(self._value(node, values), np.float64)

    def _truth(self, node: ast.expr, values: Mapping[str, Array | float]) -> Any:
        """A part that must be true or false."""
        value = self._value(node, values)
        if value.dtype != bool:
            raise self._error(f"`{ast.unparse(node)}` is not compared with anything")
        return value

    def _error(self, problem: str) -> ValueError:
        example = "L > 1.5 * last" if "last" in self.names else f"{next(iter(self.names))} > 1"
        return ValueError(
            f"{problem}{' Possible is' if problem.endswith('?') else '; expected'} a comparison, "
            f"such as `{example}`, with the names {listing(self.names)}, the functions "
            f"{listing(FUNCTIONS)}, numbers, + - * / **, and, or, not")


def _all(parts: list[Any]) -> Any:
    """Where all of them hold; single numbers and arrays may be mixed."""
    return np.logical_and.reduce(np.broadcast_arrays(*parts))


def _instead(text: str) -> str:
    """" (write `and` instead of `&&`)", or "" if no sign of another language is in the text."""
    text = re.sub("[<>=!]=", "", text)
    return next((f" (write `{right}` instead of `{wrong}`)" for wrong, right in OTHERWISE.items()
                 if wrong in text), "")
