"""Blocks as lines of text, for a terminal of 80 columns."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable

from ...output.text import columns, number
from .blocks import Bar, Block, Formula, Picture, StepList, Table, Title
from .terms import Result, Sum

WIDTH = 79

# What a terminal without Unicode gets.
PLAIN = str.maketrans({"∂": "d", "Σ": "sum", "·": "*", "²": "^2", "←": "<-", "δ": "delta",
                       "λ": "lambda", "→": "->", "±": "+-", "▀": "#", "█": "#"})


def as_text(blocks: Iterable[Block]) -> str:
    """All blocks, one below the other; an empty line before each title but the first."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Title):
            lines += [""] if lines else []
            lines.append(f"{block.text}   {block.small}" if block.small else block.text)
        elif isinstance(block, Formula):
            lines += _formula(block.text)
        elif isinstance(block, Table):
            lines += _table(block)
        elif isinstance(block, Sum):
            lines += _sum(block)
        elif isinstance(block, StepList):
            lines += _steps(block)
        else:
            lines += wrapped(block.text, block.indent)
    return "\n".join(lines)


def wrapped(text: str, indent: int = 0, further: int = 0) -> list[str]:
    """A paragraph; `further` is the extra indent of all lines after the first."""
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent,
                         subsequent_indent=" " * (indent + further),
                         break_on_hyphens=False, break_long_words=False)


def _formula(text: str) -> list[str]:
    return [line for formula in text.splitlines() for line in wrapped(formula, 2, 4)]


def _table(table: Table) -> list[str]:
    """The columns of words and numbers; columns of pictures are left out."""
    kept = [i for i in range(len(table.sides))
            if not all(isinstance(row[i], (Picture, Bar)) for row in table.rows)]
    rows = [[str(row[i]) if not isinstance(row[i], (Picture, Bar)) else "" for i in kept]
            for row in table.rows]
    return columns(rows, "".join(table.sides[i] for i in kept), table.indent)


def _steps(steps: StepList) -> list[str]:
    """Three columns, with a dot at steps that are done and an arrow at the last of them."""
    names = [f"{'→' if i == steps.done else '.' if i < steps.done else ' '}{i:>3} {name}"
             for i, name in enumerate(steps.names, 1)]
    height = -(-len(names) // 3)
    names += [""] * (3 * height - len(names))
    return columns([names[i::height] for i in range(height)], "<<<", indent=0)


def _sum(a_sum: Sum) -> list[str]:
    """The formula, the terms that are shown, the sum of the rest, and the results."""
    order = a_sum.order()
    tail = [(name, value, "") for name, value in a_sum.remainder()]
    tail += [(result.name, shown(result), held(result)) for result in a_sum.results]
    return [*_formula(a_sum.title), *_products(a_sum, order),
            *(columns(tail, "<<<", indent=6) if tail else []),
            *(wrapped(a_sum.remark, 6) if a_sum.remark else [])]


def _products(a_sum: Sum, order: list[int]) -> list[str]:
    """name · name   value · value = product, in columns; with smaller gaps if they are too wide."""
    if not order:
        return []
    values = [columns([[number(factor.values[i], 4)] for i in order], ">", 0)
              for factor in a_sum.factors]
    lines: list[str] = []
    for dot, gap in ((" · ", "  "), ("·", " ")):
        rows = []
        for row, i in enumerate(order):
            names = dot.join(factor.name(i) for factor in a_sum.factors)
            product = dot.join(column[row] for column in values)
            equals = f"= {number(a_sum.terms[i], 4)}" if len(values) > 1 else ""
            rows.append((names, product, equals, a_sum.note(i)))
        lines = columns(rows, "<><<", 4, gap)
        if max(map(len, lines)) <= WIDTH:
            break
    return lines


def shown(result: Result) -> str:
    """The value of a result. Where the terms cancel, the digits are only rounding: print 0."""
    return "0, up to rounding" if result.vanishes else number(result.value)


def held(result: Result) -> str:
    """Whether the pass has the same number, in words."""
    if result.expected is None:
        return ""
    if not result.same:
        return (f"but {number(result.expected)} {result.whose}: "
                f"{result.excuse or 'NOT THE SAME'}")
    if math.isfinite(result.value) != math.isfinite(result.expected):
        return f"but {number(result.expected)} {result.whose}; that cannot be compared"
    return f"as {result.whose}"
