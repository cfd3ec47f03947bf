"""One number, explained: parts with sums, a check by hand, and what explains their verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..output.text import number
from .answers.blocks import Block, Remark, Title
from .answers.shown import Shown
from .answers.terms import Index, Result, Sum, rounding
from .cancelling import precision_of
from .kinds.base import site_of
from .nudge import Nudge, nudge
from .purity import impure
from .training_step import TrainingStep

FEW = 32        # images with which other units are nudged, too


@dataclass(frozen=True)
class Part:
    """One question and its answer."""

    heading: str
    sums: tuple[Sum, ...] = ()
    remark: str = ""


@dataclass(frozen=True, repr=False)
class Explanation(Shown):
    """One number, explained.

    Attributes:
        name: such as "tanh1[0,4,10,10]"; value: the number.
        parts: where it comes from, and its gradient if backprop has reached it.
        nudge: the numeric check of that gradient; None for the loss itself.
        chosen: why this number, if no single one was asked for.
    """

    name: str
    value: float
    parts: tuple[Part, ...]
    nudge: Nudge | None
    chosen: str = ""

    @property
    def sums(self) -> list[Sum]:
        """All sums of all parts."""
        return [a_sum for part in self.parts for a_sum in part.sums]

    @property
    def ok(self) -> bool:
        """Whether all sums equal the numbers of the pass, and the nudge does not disagree."""
        return (all(a_sum.ok for a_sum in self.sums)
                and (self.nudge is None or self.nudge.verdict != "differs"))

    def blocks(self) -> list[Block]:
        """All parts, one below the other, and the nudge."""
        blocks: list[Block] = [Title(f"{self.name} = {number(self.value)}", self.chosen)]
        for part in self.parts:
            blocks += [Title(part.heading), *part.sums]
            blocks += [Remark(part.remark)] if part.remark else []
        return blocks + (self.nudge.blocks() if self.nudge else [])

    def __repr__(self) -> str:
        return f"<Explanation of {self.name} = {self.value:.6g}>"


def judged(training: TrainingStep, name: str, index: Index, found: Explanation) -> Explanation:
    """The explanation of a unit or a parameter, with what explains its verdict.

    A layer that answers otherwise each time, or the like, is named as the reason, and no other
    layer is accused. Where backprop and the nudge differ, or where both are 0, it says what to
    look at next.
    """
    tried, layer = found.nudge, name.split(".")[0]
    assert tried is not None
    coarse = precision_of(training)
    found = _with(found, lambda result, a_sum: replace(result, precision=coarse, tolerance=max(
        result.tolerance, rounding(coarse, len(a_sum.terms)))))
    if not found.ok or tried.verdict == "kink":
        # The layer of a unit made it, but has no part in what comes after.
        own = layer != name or not all(a_sum.ok for a_sum in found.parts[0].sums)
        units = training.units[training.units.index(layer) + (not own):]
        broken = {unit: rule for unit in units if unit != "input"
                  and (rule := impure(training, unit))}
        if broken:
            return _excused(found, *next(iter(broken.items())))
    if tried.verdict == "differs":
        hint = _differs(training, name)
    elif tried.verdict == "agrees" and tried.gradient == 0:
        hint = _zero(training, name, index)
    else:
        return found
    return replace(found, nudge=replace(tried, hint=hint))


def _excused(found: Explanation, layer: str, rule: str) -> Explanation:
    """The same, but nothing is compared, because a layer breaks a rule."""
    tried = found.nudge
    assert tried is not None
    found = _with(found, lambda result, _: replace(
        result, excuse=f"nothing is compared, because of {layer}"))
    return replace(found, parts=(*found.parts, Part("a layer that breaks a rule", remark=rule)),
                   nudge=replace(tried, because=layer))


def _with(found: Explanation, changed: Callable[[Result, Sum], Result]) -> Explanation:
    """The same with every result changed."""
    return replace(found, parts=tuple(replace(part, sums=tuple(replace(a_sum, results=tuple(
        changed(result, a_sum) for result in a_sum.results)) for a_sum in part.sums))
        for part in found.parts))


def _differs(training: TrainingStep, name: str) -> str:
    """Where backprop is wrong, as far as other units tell, and what to type next."""
    layer, _, parameter = name.partition(".")
    own = layer if parameter else ""
    after = training.units[training.units.index(layer) + 1:]
    nearest, loss = "", training.own_loss and _wrong_at(training, training.last)
    if loss:
        return (f"the loss is {training.objective.whose}, and at {loss} the ∂L/∂y that it returned "
                "is not the slope of its L. `tc.check_loss` says more.")
    if len(training.t) <= FEW:
        units = reversed([*([layer] if own else []), *after])
        nearest = next(filter(None, (_wrong_at(training, unit) for unit in units)), "")
        nearest = (f" Nearest to the loss, {nearest} differs: `explain {nearest}`." if nearest else
                   f" The largest ∂L/∂o of each layer after {name} agrees.")
    where = " or in ".join(filter(None, (own, "a layer after it" if after else ""))) or "the loss"
    return f"backprop is wrong in {where}.{nearest} `check` names the wrong layer."


def _wrong_at(training: TrainingStep, unit: str) -> str:
    """The unit of a layer with the largest ∂L/∂o, if a nudge finds another slope there; else ""."""
    gradient = training.gradients[unit]
    place = tuple(map(int, np.unravel_index(np.abs(gradient).argmax(), gradient.shape)))
    tried = nudge(training, unit, place, float(gradient[place]))
    return tried.name if tried.verdict == "differs" else ""


def _zero(training: TrainingStep, name: str, index: Index) -> str:
    """Why nothing of the gradient reaches a number, if it is known, and what to explain instead."""
    unit, why = name, ""
    for after in () if "." in name else training.units[training.units.index(name) + 1:]:
        site = site_of(training.net[after], training.trace, after, unit)
        kind = training.explained(after)
        why = kind.stops(site, index)
        if why or kind.apply is None:
            break
        unit = after
    why = why and f"{why}. "
    return why if "`explain" in why else f"{why}`explain {name}` takes one that matters."
