"""Blocks as HTML for notebooks: tables and small pictures."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import numpy as np

from ...output.notebook import Html, code, picture, table, tiles
from ...output.text import number
from .as_text import held, shown
from .blocks import Bar, Block, Cell, Formula, Name, Picture, StepList, Table, Title
from .terms import Sum

WRONG, DONE = "#D55E00", "#0072B2"


def as_html(blocks: Iterable[Block]) -> Html:
    """All blocks, one below the other."""
    return Html(f"<div>{''.join(map(_block, blocks))}</div>")


def _block(block: Block) -> str:
    if isinstance(block, Title):
        small = f" <small>{escape(block.small)}</small>" if block.small else ""
        return f"<div style='margin-top:6px'><b>{escape(block.text)}</b>{small}</div>"
    if isinstance(block, Formula):
        return _formula(block.text)
    if isinstance(block, Table):
        return table([[_cell(cell) for cell in row] for row in block.rows], sides=block.sides)
    if isinstance(block, Sum):
        return _sum(block)
    if isinstance(block, StepList):
        return _steps(block)
    return f"<div style='margin:2px 8px'>{_judged(block.text, not block.wrong)}</div>"


def _formula(text: str) -> str:
    return "".join(f"<div style='margin:2px 8px'><i>{escape(line)}</i></div>"
                   for line in text.splitlines())


def _cell(cell: Cell) -> str:
    if isinstance(cell, Name):
        return code(cell.text)
    if isinstance(cell, Picture):
        return _picture(cell.array, cell.weights)
    if isinstance(cell, Bar):
        width = round(80 * float(np.nan_to_num(cell.share)))
        return Html(f"<span style='display:inline-block;height:9px;width:{width}px;"
                    f"background:{DONE}'></span>")
    return cell


def _picture(array: np.ndarray, weights: bool) -> Html:
    if array.ndim < 2:
        return Html("")
    if weights and array.ndim == 4:         # one tile for each filter: its first channel
        return picture(tiles(array.swapaxes(0, 1)))
    if weights:                             # a matrix, drawn wider than high
        return picture((array.T if len(array) > len(array.T) else array)[None])
    return picture(tiles(array))


def _steps(steps: StepList) -> str:
    """All steps in a row, those that are done in bold, the last of them in white on blue."""
    marks = []
    for i, name in enumerate(steps.names, 1):
        done = "font-weight:bold;color:#222" if i <= steps.done else "color:#888"
        last = f";background:{DONE};color:white" if i == steps.done else ""
        marks.append("<span style='display:inline-block;padding:1px 5px;margin:1px;font-size:85%;"
                     f"border:1px solid #ccc;{done}{last}'>{escape(name)}</span>")
    return f"<div>{''.join(marks)}</div>"


def _sum(a_sum: Sum) -> str:
    """The formula, the terms that are shown, the sum of the rest, and the results."""
    dot = " · "
    rows: list[tuple[str, ...]] = []
    for i in a_sum.order():
        values = dot.join(number(factor.values[i], 4) for factor in a_sum.factors)
        product = number(a_sum.terms[i], 4) if len(a_sum.factors) > 1 else ""
        rows.append((code(dot.join(factor.name(i) for factor in a_sum.factors)), values, product,
                     a_sum.note(i)))
    rows += [(name, "", value, "") for name, value in a_sum.remainder()]
    for result in a_sum.results:
        rows.append((Html(f"<b>{escape(result.name)}</b>"), "",
                     Html(f"<b>{escape(shown(result))}</b>"), _judged(held(result), result.ok)))
    remark = f"<div><small>{escape(a_sum.remark)}</small></div>" if a_sum.remark else ""
    return _formula(a_sum.title) + table(rows, sides="<>><") + remark


def _judged(text: str, ok: bool) -> Html:
    return Html(escape(text) if ok else f"<b style='color:{WRONG}'>{escape(text)}</b>")
