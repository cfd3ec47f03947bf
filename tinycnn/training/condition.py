"""Conditions that a user writes as a text: `L > 1.5 * last`, `norm(dy) > 1 and max(abs(o)) < 2`.

Python's own parser reads the text. Its tree is checked: only numbers, the given names, arithmetic,
comparisons, `and`, `or`, `not` and the functions below may be in it. Then NumPy computes it.
"""

from __future__ import annotations

import ast
import operator
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
ARITHMETIC: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow, ast.USub: operator.neg,
    ast.UAdd: operator.pos}
COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Eq: operator.eq, ast.NotEq: lambda a, b: (a < b) | (a > b)}
COMPARISON_SIGNS = (">=", "<=", "==", "!=")
# How other languages, or a blackboard, write it.
OTHERWISE = {"&&": "and", "||": "or", "|": "abs(...)", "!": "not", "=": "==", "^": "**"}


class Condition:
    """A condition on numbers and arrays.

        Condition("L > 1.5 * last", ["L", "last"]).where({"L": 3.0, "last": 1.0})

    A comparison with NaN is False, `!=` too: what is not known yet is given as NaN.

    Args:
        text: the condition; `and`, `or`, `not` go by element if an array is in it.
        names: the names that may be in it.

    Attributes:
        reads: the names that are in it.

    Raises:
        ValueError: the text is not a condition; the message says what is possible.
    """

    def __init__(self, text: str, names: Collection[str]) -> None:
        self.text, self.names = " ".join(text.split()), names
        if len(self.text) > LONGEST:
            raise ValueError(f"the condition has {len(self.text)} characters; at most {LONGEST} "
                             "are possible")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")     # Python's remarks on forms such as `1if`
                self._tree = ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise self._error(f"`{self.text}` is not understood{_instead(self.text)}") from None
        self._check(self._tree, truth=True)
        self.reads = frozenset(node.id for node in ast.walk(self._tree)
                               if isinstance(node, ast.Name) and node.id in names)

    def value(self, values: Mapping[str, Array | float]) -> Any:
        """Whether it holds: True or False, or an array of them.

        Args:
            values: {name: number or array} of all names that it reads.

        Raises:
            ValueError: arrays whose shapes do not fit were put together.
        """
        with np.errstate(all="ignore"):
            try:
                return self._value(self._tree, values)
            except ValueError:
                shapes = ", ".join(f"{name} {np.shape(values[name])}" for name in
                                   sorted(self.reads))
                raise ValueError(f"`{self.text}`: the shapes do not fit: {shapes}; norm(...), "
                                 "mean(...), max(...) or min(...) make one number of each"
                                 ) from None

    def where(self, values: Mapping[str, Array | float]) -> list[tuple[int, ...]]:
        """The indices at which it holds; [()] or [] if it is about single numbers."""
        return [tuple(map(int, index)) for index in np.argwhere(self.value(values))]

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    # --- the tree -----------------------------------------------------------------------------

    def _check(self, node: ast.expr, truth: bool = False) -> None:
        """Raise unless this part of the tree is allowed.

        Args:
            truth: whether it must be true or false, not a number.
        """
        parts: list[ast.expr] = []
        true_or_false = False
        match node:
            case ast.BoolOp():
                parts, true_or_false = node.values, True
            case ast.UnaryOp(op=ast.Not()):
                parts, true_or_false = [node.operand], True
            case ast.Compare() if all(type(op) in COMPARISONS for op in node.ops):
                parts, truth = [node.left, *node.comparators], False
            case ast.BinOp() if type(node.op) in ARITHMETIC:
                parts = [node.left, node.right]
            case ast.UnaryOp() if type(node.op) in ARITHMETIC:
                parts = [node.operand]
            case ast.Call(func=ast.Name(id=name)):
                if name not in FUNCTIONS:
                    raise self._error(f"there is no function {name!r}"
                                      f"{did_you_mean(name, FUNCTIONS)}")
                if len(node.args) != 1 or node.keywords:
                    raise self._error(f"{name}(...) takes one number or array")
                parts = node.args
            case ast.Name(id=name):
                if name in FUNCTIONS:
                    raise self._error(f"{name} is a function: write {name}(...)")
                if name not in self.names:
                    raise self._error(f"there is no {name!r} to ask about"
                                      f"{did_you_mean(name, [*self.names, *FUNCTIONS])}")
            case ast.Constant() if type(node.value) in (int, float):
                pass
            case _:
                raise self._error(f"`{ast.unparse(node)}` cannot be in a condition"
                                  f"{_instead(ast.unparse(node))}")
        for part in parts:
            self._check(part, truth=true_or_false)
        if truth and not true_or_false:
            raise self._error(f"`{ast.unparse(node)}` is not compared with anything")

    def _error(self, problem: str) -> ValueError:
        example = "L > 1.5 * last" if "last" in self.names else f"{next(iter(self.names))} > 1"
        return ValueError(
            f"{problem}{' Possible is' if problem.endswith('?') else '; expected'} a comparison, "
            f"such as `{example}`, with the names {listing(self.names)}, the functions "
            f"{listing(FUNCTIONS)}, numbers, + - * / **, and, or, not")

    def _value(self, node: ast.expr, values: Mapping[str, Array | float]) -> Any:
        """The value of a part of the tree, in float64."""
        match node:
            case ast.Constant(value=int() | float() as constant):
                return np.float64(constant)
            case ast.Name(id=name):
                return np.asarray(values[name], np.float64)
            case ast.Compare():
                sides = [self._value(part, values) for part in (node.left, *node.comparators)]
                pairs = zip(node.ops, sides, sides[1:], strict=False)
                return _all([COMPARISONS[type(op)](left, right) for op, left, right in pairs])
            case ast.BoolOp(op=ast.And()):
                return _all([self._value(part, values) for part in node.values])
            case ast.BoolOp():
                return ~_all([~self._value(part, values) for part in node.values])
            case ast.UnaryOp(op=ast.Not()):
                return ~self._value(node.operand, values)
            case ast.Call(func=ast.Name(id=name)):
                return FUNCTIONS[name](_number(self._value(node.args[0], values)))
            case ast.UnaryOp():
                return ARITHMETIC[type(node.op)](_number(self._value(node.operand, values)))
            case ast.BinOp():
                return ARITHMETIC[type(node.op)](_number(self._value(node.left, values)),
                                                 _number(self._value(node.right, values)))
        raise AssertionError(f"_check let {ast.unparse(node)} through")


def _all(parts: list[Any]) -> Any:
    """Where all of them hold; single numbers and arrays may be mixed."""
    return np.logical_and.reduce(np.broadcast_arrays(*parts))


def _number(value: Any) -> Array:
    """A comparison's True and False as 1 and 0, so that mean(o > 0) is a share."""
    return np.asarray(value, np.float64)


def _instead(text: str) -> str:
    """" (write `and` instead of `&&`)", or "" if no sign of another language is in the text."""
    for sign in COMPARISON_SIGNS:
        text = text.replace(sign, " ")
    return next((f" (write `{right}` instead of `{wrong}`)" for wrong, right in OTHERWISE.items()
                 if wrong in text), "")
