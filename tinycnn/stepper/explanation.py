"""One number, explained: parts of sums, and the check by hand."""

from __future__ import annotations

from dataclasses import dataclass

from ..output.text import number
from .answers.blocks import Block, Remark, Title
from .answers.shown import Shown
from .answers.terms import Sum
from .nudge import Nudge


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
