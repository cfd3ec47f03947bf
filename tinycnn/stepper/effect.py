"""What a knockout or a changed weight does to the prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..layers.base import Array
from ..network.loss import negative_log_likelihood
from ..output.text import number
from .answers.blocks import Bar, Block, Cell, Name, Remark, Table, Title
from .answers.shown import Shown

SHOWN = 4           # images


@dataclass(frozen=True, repr=False)
class Effect(Shown):
    """y before and after a change.

    Attributes:
        what: the change, such as "tanh1[:,4] times 0".
        t: (N,) the true labels; before, after: (N, K) y.
    """

    what: str
    t: Array
    before: Array
    after: Array

    @property
    def loss(self) -> tuple[float, float]:
        """L before and after."""
        with np.errstate(divide="ignore"):
            return (negative_log_likelihood(self.before, self.t),
                    negative_log_likelihood(self.after, self.t))

    def blocks(self) -> list[Block]:
        """y of the true class and of those that moved the most, and L."""
        rows: list[tuple[Cell, ...]] = [("", "before", Bar(0), "", "after", Bar(0), "")]
        for n, k in self._moved():
            before, after = float(self.before[n, k]), float(self.after[n, k])
            rows.append((Name(f"y[{n},{k}]"), number(before, 4), Bar(before), "→",
                         number(after, 4), Bar(after), self._mark(n, k)))
        before, after = self.loss
        rows.append(("L", number(before, 4), Bar(0), "→", number(after, 4), Bar(0), ""))
        blocks: list[Block] = [Title(self.what), Table(rows, "<><<><<", indent=2)]
        if len(self.t) > SHOWN:
            wrong = [int((y.argmax(axis=1) != self.t).sum()) for y in (self.before, self.after)]
            blocks.append(Remark(f"the first {SHOWN} of {len(self.t)} images; wrong among all: "
                                 f"{wrong[0]} → {wrong[1]}"))
        return blocks

    def _moved(self) -> list[tuple[int, int]]:
        """The pairs (image, class) that are shown."""
        shown = []
        for n in range(min(len(self.t), SHOWN)):
            by_change = np.argsort(-np.abs(self.after[n] - self.before[n]), kind="stable")
            shown += [(n, k) for k in sorted({int(self.t[n]), *map(int, by_change[:3])})]
        return shown

    def _mark(self, n: int, k: int) -> str:
        """What class k is for image n: true, predicted before, predicted after."""
        words = ["the true class"] if k == self.t[n] else []
        before, after = bool(self.before[n].argmax() == k), bool(self.after[n].argmax() == k)
        words += {(True, True): ["predicted"], (True, False): ["was predicted"],
                  (False, True): ["now predicted"], (False, False): []}[before, after]
        return ", ".join(words)

    def __repr__(self) -> str:
        return f"<Effect of {self.what}: L {self.loss[0]:.4g} -> {self.loss[1]:.4g}>"
