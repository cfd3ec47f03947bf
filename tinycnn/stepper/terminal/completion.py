"""What may be typed next at the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import names

if TYPE_CHECKING:
    from ..stepper import Stepper

ASKED = ("nan", "dead", "saturated", "abs(dy)", "abs(o)", "abs(w)", "abs(dw)", "norm(dy)",
         "norm(dw)", "L", "last")


def possible(stepper: Stepper, command: str, before: Sequence[str]) -> list[str]:
    """The words that can follow a command.

    Args:
        command: its full name; before: the complete words after it.
    """
    last = before[-1] if before else ""
    verbs = list(dict.fromkeys(step.split()[0] for step in stepper.steps))
    layers = list(stepper.net.layers)
    if last in verbs and last != "loss":
        return [step.split()[1] for step in stepper.steps if step.split()[0] == last]
    if command in ("break", "tbreak"):
        if last in ("if", "and", "or", "not"):
            return list(ASKED)
        return ["if"] if before else [*verbs, "if", *layers, *stepper.net.params]
    if command in ("print", "display", "watch", "undisplay"):
        return names.listing(stepper)
    one = {"until": verbs, "jump": verbs, "knock": layers, "restore": layers, "grad": layers,
           "set": list(stepper.net.params), "back": ["again", "batch"],
           "show": names.listing(stepper), "explain": names.listing(stepper)}
    return one.get(command, []) if not before else []
