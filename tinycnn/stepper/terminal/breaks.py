"""Breakpoints: at a step, at a layer or a number, or where a condition is true.

    backward conv2                  that step
    conv1.W[0,0,1,1]                whenever that number, or its gradient, is computed
    tanh1 if nan                    if dead, if saturated
    tanh1 if norm(dy) > 1           o an output, dy its gradient ∂L/∂o, w a parameter, dw ∂L/∂w
    if L > 1.5 * last               L the loss, last that of the training step before
    if nan                          anywhere, at the step that brings it in
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...layers.base import Array
from ...output.text import number
from ...training.condition import Condition
from .. import names
from ..answers.terms import at
from ..trouble import KINDS, troubles

if TYPE_CHECKING:
    from ..stepper import Stepper
    from ..steps import Quantity, Step

LETTERS = ("o", "dy", "w", "dw", "L", "last")


@dataclass(frozen=True)
class Breakpoint:
    """Where to stop; `parse` makes one.

    Attributes:
        text: as it was typed.
        step: a step's name, or None. of: a layer or a parameter, or None for all.
        index: which number of it, () for all. trouble: "nan", "dead", "saturated" or None.
        condition: on numbers, or None.
        once: whether it is removed when it stops. commands: what is done when it stops.
    """

    text: str
    step: str | None = None
    of: str | None = None
    index: tuple[Any, ...] = ()
    trouble: str | None = None
    condition: Condition | None = None
    once: bool = False
    commands: tuple[str, ...] = ()

    def __str__(self) -> str:
        then = f"; then {'; '.join(self.commands)}" if self.commands else ""
        return f"{self.text}{', once' if self.once else ''}{then}"

    def reason(self, stepper: Stepper, step: Step) -> str | None:
        """Why to stop after this step, or None."""
        if self.step not in (None, step.name):
            return None
        if self.trouble is not None:
            everywhere = self.of is None and self.step is None
            found = [t for t in troubles(stepper, step) if t.kind == self.trouble
                     and (t.brought_in if everywhere else self._means(t.quantity))]
            return found[0].text if found else None
        if self.condition is not None:
            return next(filter(None, (self._holds(stepper, step, subject)
                                      for subject in self._subjects(stepper))), None)
        if self.step is not None:
            return f"step {step.name}"
        for quantity in step.outputs:
            if self._means(quantity) and names.in_shape(self.index, quantity.array.shape):
                array = quantity.array[self.index]
                return f"{quantity.name} is known now" + (f": {number(float(array))}"
                                                          if np.ndim(array) == 0 else "")
        return None

    def _means(self, quantity: Quantity) -> bool:
        """Whether an array belongs to the layer or the parameter of this breakpoint."""
        if self.text.startswith(("dL/", "∂L/")) and not quantity.is_gradient:
            return False
        return self.of is None or quantity.of == self.of or (not self.index
                                                             and quantity.layer == self.of)

    def _subjects(self, stepper: Stepper) -> list[str]:
        """The layers, or the parameters if w or dw is asked about, that the condition is for."""
        assert self.condition is not None
        params = bool(self.condition.reads & {"w", "dw"})
        of = self.step.split()[-1] if self.step else self.of
        if of in (None, "L", "loss"):
            return list(stepper.net.params if params else stepper.units)
        if not params:
            return [of.split(".")[0]]
        return [name for name in stepper.net.params if of in (name, name.split(".")[0])]

    def _holds(self, stepper: Stepper, step: Step, subject: str) -> str | None:
        """Where the condition holds for a layer or a parameter, with the numbers; or None.

        It is asked when the last of its numbers becomes known, so it stops only once.
        """
        assert self.condition is not None
        layer, reads = subject.split(".")[0], self.condition.reads
        arrays: dict[str, tuple[str, Array | None]] = {
            "o": (layer, stepper.trace.get(layer)),
            "dy": (f"dL/d{layer}", stepper.gradients.get(layer))}
        if subject != layer:
            arrays |= {"w": (subject, stepper.updated.get(subject, stepper.net.params[subject])),
                       "dw": (f"dL/d{subject}", stepper.parameter_gradients.get(subject))}
        asked = {letter: names.Value("", name, "", array,
                                     self.index if name.removeprefix("dL/d") == self.of else ())
                 for letter, (name, array) in arrays.items()
                 if letter in reads and array is not None}
        values: dict[str, Any] = {letter: value.selected for letter, value in asked.items()
                                  if names.in_shape(value.index, value.array.shape)}
        values["last"] = stepper.losses[-1] if stepper.losses else math.nan
        if stepper.loss is not None:
            values["L"] = stepper.loss
        new = {_letter(q) for q in step.outputs if q.of in (subject, layer, "L")}
        if not reads <= set(values) or not (self.step or new & reads):
            return None
        where = self.condition.where(values)
        if not where:
            return None
        shape = np.shape(self.condition.value(values))
        found = [f"{at(value.name, _full(value, where[0]))} = "
                 f"{number(float(value.selected[where[0]]))}"
                 for value in asked.values() if value.selected.shape == shape]
        found += [f"{text} = {number(value)}" for text, value
                  in self.condition.compared(values).items() if text not in asked]
        more = f", and {len(where) - 1} more" if len(where) > 1 else ""
        of = f" at {subject}" if asked and not shape and subject != self.of else ""
        return ", ".join(found) + of + more


def parse(stepper: Stepper, text: str) -> Breakpoint:
    """The breakpoint that a user typed.

    Raises:
        ValueError: the text is not understood; the message says what is possible.
    """
    text = " ".join(text.split())
    where, found, what = f" {text} ".partition(" if ")
    where, what = where.strip(), what.strip()
    if not what and (found or not where):
        raise ValueError(_possible("there is nothing after `if`" if found else "stop where?"))
    if not found and re.search(r"[<>=|]", text):
        first, _, rest = text.partition(" ")
        known = first in stepper.units or first in stepper.net.params
        raise ValueError(_possible(f"a condition begins with `if`: `break "
                                   f"{f'{first} if ... {rest}' if known else f'if {text}'}`"))
    step: str | None = None
    of: str | None = None
    index: tuple[Any, ...] = ()
    if where in stepper.steps or where.isdigit():
        step = stepper.steps[max(stepper.number(where), 1) - 1]
        text = text.replace(where, step, 1)             # a number says nothing later
    elif where.split() and where.split()[0] in ("forward", "backward", "gradients", "update"):
        stepper.number(where)                           # raises, and says what steps there are
    elif where:
        of, index = _place(stepper, where)
    if what.lower() in KINDS:
        if index:
            raise ValueError(f"`if {what}` is for a whole layer, not for {where}")
        return Breakpoint(text, step, of, trouble=what.lower())
    made = Breakpoint(text, step, of, index, condition=_condition(what) if what else None)
    if what and not made._subjects(stepper):
        raise ValueError(f"{where} has no parameters, so no w and no dw; layers with parameters: "
                         + ", ".join(dict.fromkeys(w.split(".")[0] for w in stepper.net.params)))
    return made


def _place(stepper: Stepper, where: str) -> tuple[str, tuple[Any, ...]]:
    """The layer or parameter, and the index, of numbers that need not be computed yet."""
    try:
        value = names.lookup(stepper, where, future=True)
    except ValueError as error:
        raise ValueError(f"{where!r} is no step; {error}") from None
    if value.kind in ("labels", "function", "parameter state"):
        raise ValueError(_possible(f"no step computes {where}"))
    return value.of, value.index


def _full(value: names.Value, place: tuple[int, ...]) -> tuple[int, ...]:
    """The index in the whole array of a place in the part that was asked for."""
    rest = list(place)
    return (*(part if isinstance(part, int) else part.indices(n)[0] + rest.pop(0)
              for part, n in zip(value.index, value.array.shape, strict=False)), *rest)


def _condition(text: str) -> Condition:
    try:
        condition = Condition(text, LETTERS)
    except ValueError as error:
        raise ValueError(f"{error}; or `if nan`, `if dead`, `if saturated`. `help break` says what "
                         "the names are") from None
    if not condition.reads - {"last"}:
        raise ValueError(_possible(f"`{text}` asks about nothing that a step computes"))
    return condition


def _possible(problem: str) -> str:
    return (f"{problem}; possible are `if nan`, `if dead`, `if saturated`, or a comparison such as "
            "`if abs(dy) > 1` or `if L > 1.5 * last`; `help break` says what the names are")


def _letter(quantity: Quantity) -> str:
    """o, dy, w, dw or L: what an array is."""
    letters = ("w", "dw") if quantity.is_parameter else ("o", "dy")
    return "L" if quantity.name == "L" else letters[quantity.is_gradient]
