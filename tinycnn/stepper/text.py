"""Steps, sums and explanations as lines of text, for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..gradcheck.numeric import KINK
from ..numbers import number, span, times

if TYPE_CHECKING:
    from .effect import Effect
    from .explain import Explanation
    from .factors import Factors
    from .nudge import Nudge
    from .stepper import Stepper
    from .steps import Quantity, Step
    from .terms import Result, Sum

Array = np.ndarray
WIDTH = 79

# What a terminal without Unicode gets.
PLAIN = str.maketrans({"∂": "d", "Σ": "sum", "·": "*", "²": "^2", "←": "<-", "δ": "delta",
                       "λ": "lambda", "→": "->", "±": "+-", "▀": "#", "█": "#"})


def columns(rows: Sequence[Sequence[str]], sides: str, indent: int = 2,
            gap: str = "  ") -> list[str]:
    """Rows as lines; `sides` says of each column whether it is flush "<" left or ">" right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [(" " * indent + gap.join(f"{cell:{side}{width}}" for cell, side, width
                                     in zip(row, sides, widths, strict=True))).rstrip()
            for row in rows]


def wrapped(text: str, indent: int = 0) -> list[str]:
    """A paragraph."""
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent,
                         break_on_hyphens=False, break_long_words=False)


# --- steps ------------------------------------------------------------------------------------


def step_text(step: Step) -> str:
    """Name and layer, formula, what goes in, what comes out, what changed."""
    head = f"{step.number}/{step.total}  {step.name}" + (f"   {step.layer}" if step.layer else "")
    lines = [head]
    for formula in step.formula.splitlines():
        lines += textwrap.wrap(formula, WIDTH, initial_indent="  ", subsequent_indent="      ",
                               break_on_hyphens=False)
    lines += columns([_quantity(q, "") for q in step.inputs]
                     + [_quantity(q, "→") for q in step.outputs], "<<<<<", gap=" ")
    return "\n".join([*lines, *wrapped(f"Now {step.changed}.", 2)])


def _quantity(q: Quantity, arrow: str) -> tuple[str, ...]:
    return arrow, q.letter, f" {q.name}", f" {times(q.array.shape)}", f" {span(q.array)}"


def step_list(stepper: Stepper) -> str:
    """All steps, three columns, with a mark at those that are done and an arrow at the last."""
    names = [f"{'→' if i == stepper.position else '.' if i < stepper.position else ' '}"
             f"{i:>3} {name}" for i, name in enumerate(stepper.steps, 1)]
    height = -(-len(names) // 3)
    names += [""] * (3 * height - len(names))
    return "\n".join(columns([names[i::height] for i in range(height)], "<<<", indent=0))


# --- sums -------------------------------------------------------------------------------------


def sum_text(a_sum: Sum) -> list[str]:
    """The formula, the largest terms, the rest, and what follows."""
    terms, order = a_sum.terms, a_sum.order()
    dot = " · "
    rows = []
    for i in order:
        names = dot.join(factor.name(i) for factor in a_sum.factors)
        values = [number(factor.values[i], 4) for factor in a_sum.factors]
        note = f"  {a_sum.notes(i)}" if a_sum.notes else ""
        rows.append([names, *values, "= " + number(terms[i], 4) if len(values) > 1 else "", note])
    lines = [f"  {a_sum.title}"]
    rest, of_rest = a_sum.rest(order)
    tail = []
    if rest:
        word = "smaller term" + ("s" if rest > 1 else "")
        tail.append((f"{rest} {word}", number(of_rest, 4), ""))
    tail += [(result.name, shown(result), held(result)) for result in a_sum.results]
    lines += _products(rows, len(a_sum.factors))
    lines += columns(tail, "<<<", indent=6) if tail else []
    return lines + (wrapped(a_sum.remark, 6) if a_sum.remark else [])


def _products(rows: list[list[str]], n_factors: int) -> list[str]:
    """name · name   value · value = product, in columns; narrower where they are too wide."""
    if not rows:
        return []
    lines: list[str] = []
    for narrow in (False, True):
        dot = "·" if narrow else " · "
        cells = [[row[0].replace(" · ", dot), _joined(row[1:1 + n_factors], rows, dot),
                  row[-2], row[-1]] for row in rows]
        lines = columns(cells, "<><<", indent=4, gap=" " if narrow else "  ")
        if max(map(len, lines)) <= WIDTH:
            break
    return lines


def _joined(values: list[str], rows: list[list[str]], dot: str) -> str:
    """The values of one term, each as wide as the widest of its column."""
    widths = [max(len(row[1 + j]) for row in rows) for j in range(len(values))]
    return dot.join(f"{value:>{width}}" for value, width in zip(values, widths, strict=True))


def shown(result: Result) -> str:
    """The value of a result; what is left of terms that cancel is no number worth digits."""
    return "0, up to rounding" if result.vanishes else number(result.value)


def held(result: Result) -> str:
    """What the pass has, beside what the terms give."""
    if result.expected is None:
        return ""
    if result.ok:
        return f"as {result.whose}"
    return f"but {number(result.expected)} {result.whose}: NOT THE SAME"


def nudge_text(nudge: Nudge) -> list[str]:
    """The three losses, the slope, and the verdict."""
    h = number(nudge.h)
    rows = [(f"{nudge.name} - {h}", f"L = {nudge.below:.12g}"),
            (f"{nudge.name} + {h}", f"L = {nudge.above:.12g}"),
            ("difference / " + number(2 * nudge.h), f"    {number(nudge.measured, 5)}")]
    if nudge.gradient is not None:
        rows.append(("backprop", f"    {number(nudge.gradient, 5)}"))
    return [*columns(rows, "<<", indent=4), *wrapped(verdict(nudge), 4)]


def verdict(nudge: Nudge) -> str:
    """The verdict on a nudge as a sentence."""
    left, right = (number(slope, 5) for slope in nudge.slopes)
    one_of_them = any(nudge.near(slope, KINK) for slope in nudge.slopes)
    return {
        "agrees": "They agree.",
        "unknown": "Backprop has not come to it yet; this is what it will have to find.",
        "too small": "They agree, but both are too small to be told from rounding.",
        "kink": f"There is a kink here, so no derivative: L has the slope {left} to the left and "
                f"{right} to the right. Backprop takes {'one' if one_of_them else 'neither'} of "
                "them: of equal values in a pooling window only the first gets anything.",
        "differs": "THEY DIFFER: the gradient is wrong, here or in a layer behind. "
                   "`tinycnn check` tells why.",
    }[nudge.verdict]


def explanation_text(explanation: Explanation) -> str:
    """All parts, one below the other."""
    lines = [f"{explanation.name} = {number(explanation.value)}"]
    for part in explanation.parts:
        lines += ["", part.heading, *wrapped(part.remark, 2)]
        for a_sum in part.sums:
            lines += sum_text(a_sum)
    if explanation.nudge:
        lines += ["", "the check: nudge it, and watch the loss", *nudge_text(explanation.nudge)]
    return "\n".join(lines)


# --- effects and factors ----------------------------------------------------------------------


def moved(effect: Effect) -> list[tuple[int, int]]:
    """(image, class) of what is shown: the true class and those that moved the most."""
    n_images, n_classes = effect.before.shape
    shown = []
    for n in range(min(n_images, 4)):
        by_change = np.argsort(-np.abs(effect.after[n] - effect.before[n]), kind="stable")
        chosen = {int(effect.t[n]), *map(int, by_change[:3])}
        shown += [(n, k) for k in sorted(chosen) if k < n_classes]
    return shown


def mark(effect: Effect, n: int, k: int) -> str:
    """What class k is for image n: true, predicted before, predicted after."""
    words = ["the true class"] if k == effect.t[n] else []
    before, after = effect.before[n].argmax() == k, effect.after[n].argmax() == k
    words += {(True, True): ["predicted"], (True, False): ["was predicted"],
              (False, True): ["now predicted"], (False, False): []}[bool(before), bool(after)]
    return ", ".join(words)


def effect_text(effect: Effect) -> str:
    """y before and after, and L."""
    rows = [("", "before", "", "after", "")]
    for n, k in moved(effect):
        rows.append((f"y[{n},{k}]", number(effect.before[n, k], 4), "→",
                     number(effect.after[n, k], 4), mark(effect, n, k)))
    rows.append(("L", number(effect.loss[0], 4), "→", number(effect.loss[1], 4), ""))
    lines = [effect.what, *columns(rows, "<><><")]
    if len(effect.before) > 4:
        wrong = [int((y.argmax(axis=1) != effect.t).sum()) for y in (effect.before, effect.after)]
        lines.append(f"  the first 4 of {len(effect.before)} images; wrong {wrong[0]} → {wrong[1]}")
    return "\n".join(lines)


def factors_text(f: Factors) -> str:
    """The factors with their shapes, and the product beside the training gradient."""
    of_what = "∂L/∂w = ∂L/∂y · ∂y/∂o · ∂o/∂w" if f.params else "∂L/∂o = ∂L/∂y · ∂y/∂o"
    rows = [("∂L/∂y", times(f.dL_dy.shape), span(f.dL_dy), "from the loss"),
            ("∂y/∂o", times(f.dy_do.shape), span(f.dy_do),
             "one pass a class")]
    if f.params:
        rows.append(("∂L/∂o", times(f.dL_do.shape), span(f.dL_do), "Σ over classes"))
    for key, shape in f.params.items():
        rows.append((f"∂o/∂{key.lower() if len(key) == 1 else key}",
                     f"each of {times(shape)}", "", "Σ over images, units"))
    lines = [f"{f.layer}: {of_what} (eq. 2)", *columns(rows, "<<<<")]
    for name, array in f.product.items():
        lines.append(f"  → dL/d{name}  {times(array.shape)}  {span(array)}")
        lines.append("    the same as training computes, from the logits" if f.agrees(name) else
                     f"    NOT what training computes, which is {span(f.training[name])}")
    return "\n".join(lines)
