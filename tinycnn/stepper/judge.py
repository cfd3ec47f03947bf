"""What to make of an explanation in which something differs, or proves nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .answers.terms import Index, at
from .explanation import Explanation, Part
from .kinds.base import site_of
from .nudge import nudge_unit
from .purity import impure
from .training_step import TrainingStep

FEW = 32        # images with which other units are nudged, too


def judged(training: TrainingStep, name: str, index: Index, found: Explanation) -> Explanation:
    """The explanation of a unit or a parameter, with what explains its verdict.

    A layer that answers otherwise each time, or the like, is named as the reason, and no other
    layer is accused. Where backprop and the nudge differ, or where both are 0, it says what to
    look at next.
    """
    nudge, layer = found.nudge, name.split(".")[0]
    assert nudge is not None
    if not found.ok or nudge.verdict == "kink":
        units = training.units[training.units.index(layer):]
        broken = {unit: rule for unit in units if unit != "input"
                  and (rule := impure(training, unit))}
        if broken:
            return _excused(found, *next(iter(broken.items())))
    if nudge.verdict == "differs":
        hint = _differs(training, name)
    elif nudge.verdict == "agrees" and nudge.gradient == 0:
        hint = _zero(training, name, index)
    else:
        return found
    return replace(found, nudge=replace(nudge, hint=hint))


def _excused(found: Explanation, layer: str, rule: str) -> Explanation:
    """The same, but nothing is compared, because a layer breaks a rule."""
    assert found.nudge is not None
    parts = tuple(replace(part, sums=tuple(replace(a_sum, results=tuple(
        replace(result, excuse=f"nothing is compared, because of {layer}")
        for result in a_sum.results)) for a_sum in part.sums)) for part in found.parts)
    return replace(found, parts=(*parts, Part("a layer that breaks a rule", remark=rule)),
                   nudge=replace(found.nudge, impure=layer))


def _differs(training: TrainingStep, name: str) -> str:
    """Where backprop is wrong, as far as other units tell, and what to type next."""
    layer, _, parameter = name.partition(".")
    if layer == training.last and not parameter:
        return ("the loss is your own, and its ∂L/∂y is not the slope of its L. `tc.check_loss` "
                "tries it in small.")
    after = training.units[training.units.index(layer) + 1:]
    hint = f"backprop is wrong in {f'{layer}, or in ' if parameter else ''}a layer after it."
    if len(training.t) <= FEW:
        for unit in reversed((layer, *after) if parameter else after):
            gradient = training.gradients[unit]
            largest = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
            place = tuple(map(int, largest))
            if nudge_unit(training, unit, "", place, float(gradient[place])).verdict == "differs":
                hint += (f" Counted from the loss, {at(unit, place)} is the first of the largest "
                         f"∂L/∂o that differs: `explain {unit}`.")
                break
        else:
            hint += f" The largest ∂L/∂o of each layer after {name} agrees."
    return f"{hint} `check` names the wrong layer."


def _zero(training: TrainingStep, name: str, index: Index) -> str:
    """Why nothing of the gradient reaches a number, if it is known, and what to explain instead."""
    unit, why = name, ""
    for after in () if "." in name else training.units[training.units.index(name) + 1:]:
        site = site_of(training.net, training.trace, after, unit)
        kind = training.explained(after)
        why = kind.stops(site, index)
        if why or kind.apply is None:
            break
        unit = after
    why = why and f"{why[0].upper()}{why[1:]}. "
    return why if "`explain" in why else f"{why}`explain {name}` takes one that matters."
