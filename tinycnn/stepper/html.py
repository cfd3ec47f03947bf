"""Steps, sums and explanations for notebooks: what text.py says, as tables and small pictures."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ..notebook import Html, code, picture, table, tiles
from ..numbers import number, span, times
from .text import held, mark, moved, shown, verdict

if TYPE_CHECKING:
    from .effect import Effect
    from .explain import Explanation
    from .factors import Factors
    from .nudge import Nudge
    from .stepper import Stepper
    from .steps import Quantity, Step
    from .terms import Sum


def _title(text: str, small: str = "") -> str:
    beside = f" <small>{escape(small)}</small>" if small else ""
    return f"<div style='margin-top:6px'><b>{escape(text)}</b>{beside}</div>"


def _formula(text: str) -> str:
    return "".join(f"<div style='margin:2px 8px'><i>{escape(line)}</i></div>"
                   for line in text.splitlines())


def step_html(step: Step) -> Html:
    """Name and layer, formula, and a row for each array with a picture of its maps."""
    def drawn(q: Quantity) -> Html:
        if q.array.ndim < 2:
            return Html("")
        weights = "." in q.name and q.array.ndim == 4       # then a tile is a filter
        return picture(tiles(q.array.swapaxes(0, 1) if weights else q.array))

    rows = [(side, q.letter, code(q.name), times(q.array.shape), span(q.array), drawn(q))
            for side, quantities in (("in", step.inputs), ("out", step.outputs))
            for q in quantities]
    return Html(f"<div>{_title(f'{step.number}/{step.total}  {step.name}', step.layer)}"
                f"{_formula(step.formula)}{table(rows)}</div>")


def stepper_html(stepper: Stepper) -> Html:
    """All steps in a row, those that are done in bold, and the last one in full."""
    marks = []
    for i, name in enumerate(stepper.steps, 1):
        style = {True: "background:#0072B2;color:white", False: ""}[i == stepper.position]
        text = f"<b>{escape(name)}</b>" if i <= stepper.position else escape(name)
        colour = "#222" if i <= stepper.position else "#888"
        marks.append(f"<span style='display:inline-block;padding:1px 5px;margin:1px;font-size:85%;"
                     f"border:1px solid #ccc;color:{colour};{style}'>{text}</span>")
    head = _title(f"{stepper.position} of {len(stepper)} steps are done",
                  f"{len(stepper.t)} image{'s' if len(stepper.t) > 1 else ''}, "
                  f"learning rate {stepper.learning_rate:g}")
    last = step_html(stepper.step) if stepper.step else ""
    return Html(f"<div>{head}<div>{''.join(marks)}</div>{last}</div>")


def sum_html(a_sum: Sum) -> Html:
    """The formula, the largest terms, the rest, and what follows."""
    terms, order, dot = a_sum.terms, a_sum.order(), " · "
    rows: list[tuple[str, ...]] = []
    for i in order:
        values = dot.join(number(factor.values[i], 4) for factor in a_sum.factors)
        product = number(terms[i], 4) if len(a_sum.factors) > 1 else ""
        rows.append((code(dot.join(factor.name(i) for factor in a_sum.factors)), values, product,
                     a_sum.notes(i) if a_sum.notes else ""))
    rest, of_rest = a_sum.rest(order)
    if rest:
        rows.append((f"{rest} smaller term{'s' if rest > 1 else ''}", "", number(of_rest, 4), ""))
    for result in a_sum.results:
        rows.append((Html(f"<b>{escape(result.name)}</b>"), "",
                     Html(f"<b>{escape(shown(result))}</b>"), _judged(held(result), result.ok)))
    remark = f"<div><small>{escape(a_sum.remark)}</small></div>" if a_sum.remark else ""
    return Html(f"{_formula(a_sum.title)}{table(rows, sides='<>><')}{remark}")


def explanation_html(explanation: Explanation) -> Html:
    """All parts, one below the other, and the nudge."""
    parts = [_title(f"{explanation.name} = {number(explanation.value)}", explanation.what)]
    for part in explanation.parts:
        parts.append(_title(part.heading))
        parts += [f"<div style='margin:2px 8px'>{escape(part.remark)}</div>"] if part.remark else []
        parts += [sum_html(a_sum) for a_sum in part.sums]
    if explanation.nudge:
        parts.append(nudge_html(explanation.nudge))
    return Html(f"<div>{''.join(parts)}</div>")


def nudge_html(nudge: Nudge) -> Html:
    """The losses, the slope, and the verdict."""
    h = number(nudge.h)
    rows: list[tuple[str, str]] = [
        (code(f"{nudge.name} - {h}"), f"L = {nudge.below:.12g}"),
        (code(f"{nudge.name} + {h}"), f"L = {nudge.above:.12g}"),
        (f"difference / {number(2 * nudge.h)}", number(nudge.measured, 5))]
    if nudge.gradient is not None:
        rows.append(("backprop", number(nudge.gradient, 5)))
    sentence = _judged(verdict(nudge), nudge.verdict != "differs")
    return Html(f"{_title('the check: nudge it, and watch the loss')}{table(rows, sides='<>')}"
                f"<div style='margin:2px 8px'>{sentence}</div>")


def effect_html(effect: Effect) -> Html:
    """y before and after, with bars, and L."""
    rows: list[tuple[str, ...]] = [
        (code(f"y[{n},{k}]"), number(effect.before[n, k], 4), _bar(effect.before[n, k]),
         number(effect.after[n, k], 4), _bar(effect.after[n, k]), mark(effect, n, k))
        for n, k in moved(effect)]
    rows.append(("L", number(effect.loss[0], 4), "", number(effect.loss[1], 4), "", ""))
    return Html(f"<div>{_title(effect.what)}"
                f"{table(rows, ('', 'before', '', 'after', '', ''), '<><><<')}</div>")


def factors_html(f: Factors) -> Html:
    """The factors with their shapes, and the product beside the training gradient."""
    rows: list[tuple[str, ...]] = [
        ("∂L/∂y", times(f.dL_dy.shape), span(f.dL_dy), ""),
        ("∂y/∂o", times(f.dy_do.shape), span(f.dy_do), "one backward pass a class"),
        ("∂L/∂o", times(f.dL_do.shape), span(f.dL_do), "the first two, Σ over classes")]
    for key, shape in f.params.items():
        rows.append((f"∂o/∂{key.lower()}", f"for each of {times(shape)}", "",
                     "Σ over images and units"))
    for name, array in f.product.items():
        ok = f.agrees(name)
        rows.append((Html(f"<b>∂L/∂{escape(name)}</b>"), times(array.shape), span(array),
                     _judged(f"{'' if ok else 'NOT '}as training computes it", ok)))
    of_what = "∂L/∂w = ∂L/∂y · ∂y/∂o · ∂o/∂w" if f.params else "∂L/∂o = ∂L/∂y · ∂y/∂o"
    return Html(f"<div>{_title(f.layer, 'eq. 2')}{_formula(of_what)}{table(rows)}</div>")


def _judged(text: str, ok: bool) -> Html:
    return Html(escape(text) if ok else f"<b style='color:#D55E00'>{escape(text)}</b>")


def _bar(share: float) -> Html:
    width = round(80 * float(np.nan_to_num(share)))
    return Html(f"<span style='display:inline-block;height:9px;width:{width}px;"
                "background:#0072B2'></span>")
