"""Breakpoints: at a step, at a layer or a number, or where a condition is true.

    backward conv2                  that step
    conv1.W[0,0,1,1]                whenever that number, or its gradient, is computed
    tanh1 if nan                    if dead, if saturated
    tanh1 if abs(dy) > 1            o an output, dy its gradient ∂L/∂o, w a parameter, dw ∂L/∂w
    if nan                          anywhere, at the step that brings it in
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.base import Array
from ...output.text import number
from .. import names
from ..answers.terms import at
from ..trouble import KINDS, troubles

if TYPE_CHECKING:
    from ..stepper import Stepper
    from ..steps import Quantity, Step

COMPARISONS: dict[str, Callable[[Array, float], Any]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
    ">": operator.gt, "<": operator.lt}
LETTERS = ("o", "dy", "w", "dw", "L")


@dataclass(frozen=True)
class Condition:
    """`abs(dy) > 1`: a letter, whether its absolute value is meant, a comparison and a number."""

    letter: str
    absolute: bool
    comparison: str
    bound: float

    def holds(self, array: Array) -> Array:
        """Where it holds."""
        values = np.abs(array) if self.absolute else array
        return np.asarray(COMPARISONS[self.comparison](values, self.bound))


@dataclass(frozen=True)
class Breakpoint:
    """Where to stop; `parse` makes one.

    Attributes:
        text: as it was typed.
        step: a step's name, or None. of: a layer or a parameter, or None for all.
        index: which number of it, () for all. trouble: "nan", "dead", "saturated" or None.
        condition: on a number, or None.
    """

    text: str
    step: str | None = None
    of: str | None = None
    index: tuple[Any, ...] = ()
    trouble: str | None = None
    condition: Condition | None = None

    def reason(self, stepper: Stepper, step: Step) -> str | None:
        """Why to stop after this step, or None."""
        if self.step is not None:
            return f"step {step.name}" if step.name == self.step else None
        if self.trouble is not None:
            found = [t for t in troubles(stepper, step) if t.kind == self.trouble
                     and (t.brought_in if self.of is None else self._means(t.quantity))]
            return found[0].text if found else None
        for quantity in step.outputs:
            if not self._means(quantity):
                continue
            # With an index, `_means` lets only that very array through, so the index fits.
            array = quantity.array[self.index] if self.index else quantity.array
            if self.condition is None:
                return f"{quantity.name} is known now" + (f": {number(float(array))}"
                                                          if np.ndim(array) == 0 else "")
            if _letter(quantity) != self.condition.letter:
                continue
            where = np.argwhere(self.condition.holds(np.asarray(array)))
            if len(where):
                first = tuple(int(i) for i in where[0])
                place = (*self.index, *first)
                label = at(quantity.name, place) if place else quantity.name
                more = f", and {len(where) - 1} more" if len(where) > 1 else ""
                return f"{label} = {number(float(np.asarray(array)[first]))}{more}"
        return None

    def _means(self, quantity: Quantity) -> bool:
        """Whether an array belongs to the layer or the parameter of this breakpoint."""
        return self.of is None or quantity.of == self.of or (not self.index
                                                             and quantity.layer == self.of)


def parse(stepper: Stepper, text: str) -> Breakpoint:
    """The breakpoint that a user typed.

    Raises:
        ValueError: the text is not understood; the message says what is possible.
    """
    text = " ".join(text.split())
    where, _, condition = (" " + text).partition(" if ")
    where, condition = where.strip(), condition.strip()
    if text == "if" or text.endswith(" if"):
        raise ValueError(_possible("there is nothing after `if`"))
    if not condition:
        if where in stepper.steps or where.isdigit():
            number_ = names.step_number(stepper.steps, where)
            return Breakpoint(text, step=stepper.steps[max(number_, 1) - 1])
        if where.split()[0] in ("forward", "backward", "gradients", "update"):
            names.step_number(stepper.steps, where)     # raises, and says what steps there are
        of, index = _place(stepper, where)
        return Breakpoint(text, of=of, index=index)
    target, index = _place(stepper, where) if where else (None, ())
    if condition.lower() in KINDS:
        if index:
            raise ValueError(f"`if {condition}` is for a whole layer, not for {where}")
        return Breakpoint(text, of=target, trouble=condition.lower())
    return Breakpoint(text, of=target, index=index, condition=_condition(condition))


def _place(stepper: Stepper, where: str) -> tuple[str, tuple[Any, ...]]:
    """The layer or parameter, and the index, of numbers that need not be computed yet."""
    match = re.fullmatch(r"(?:d[Ly]\d*/d)?([^\[\]\s]+)\s*(\[[^\[\]]*\])?", where.replace("∂", "d"))
    of = match[1] if match else where
    layers = list(stepper.net.layers)
    of = stepper.last if of == "y" and of not in layers else of
    if of not in ("input", "L", *layers, *stepper.net.params):
        raise ValueError(f"no step and no number is called {where!r}"
                         f"{names.did_you_mean(where, [*stepper.steps, *names.listing(stepper)])}; "
                         f"a step, such as `backward {layers[0]}`; a layer: {', '.join(layers)}; a "
                         f"parameter: {', '.join(stepper.net.params)}; or `if nan`, "
                         "`if abs(dy) > 1`")
    if not match or not match[2]:
        return of, ()
    array = stepper.net.params[of] if of in stepper.net.params else stepper.forward_pass()[of]
    value = names.Value("parameter" if of in stepper.net.params else "output", of, of, array)
    return of, names.index_of(value, match[2][1:-1], where)


def _condition(text: str) -> Condition:
    match = re.fullmatch(r"(abs\(\s*(\w+)\s*\)|\w+)\s*(>=|<=|==|!=|>|<)\s*(\S+)", text)
    if not match:
        raise ValueError(_possible(f"`if {text}` is not understood"))
    letter = match[2] or match[1]
    try:
        bound = float(match[4])
    except ValueError:
        raise ValueError(_possible(f"{match[4]!r} is not a number")) from None
    if letter not in LETTERS:
        raise ValueError(_possible(f"there is no {letter!r} to ask about"))
    return Condition(letter, match[2] is not None, match[3], bound)


def _possible(problem: str) -> str:
    return (f"{problem}; expected `if nan`, `if dead`, `if saturated`, or a comparison such as "
            "`if abs(dy) > 1` or `if o < 0`: o an output, dy its gradient, w a parameter, dw its "
            "gradient, L the loss")


def _letter(quantity: Quantity) -> str:
    """o, dy, w, dw or L: what an array is."""
    if quantity.name == "L":
        return "L"
    if quantity.is_parameter:
        return "dw" if quantity.is_gradient else "w"
    return "dy" if quantity.is_gradient else "o"
