"""What a knockout or a changed weight does to the prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..layers.base import Array
from ..output.text import number
from .answers.blocks import Bar, Block, Cell, Name, Remark, Table, Title
from .answers.shown import Shown

SHOWN = 4           # images


@dataclass(frozen=True, repr=False)
class Effect(Shown):
    """y before and after a change.

    Attributes:
        what: the change, such as "tanh1[:,4] times 0".
        labels: (N,) the true classes; None if there are none.
        y: (N, K) before and after; loss: L before and after.
    """

    what: str
    labels: Array | None
    y: tuple[Array, Array]
    loss: tuple[float, float]

    @property
    def before(self) -> Array:
        """(N, K) y before the change."""
        return self.y[0]

    @property
    def after(self) -> Array:
        """(N, K) y after it."""
        return self.y[1]

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
        if len(self.before) > SHOWN:
            more = ""
            if self.labels is not None:
                wrong = [int((y.argmax(axis=1) != self.labels).sum()) for y in self.y]
                more = f"; wrong among all: {wrong[0]} → {wrong[1]}"
            blocks.append(Remark(f"the first {SHOWN} of {len(self.before)} images{more}"))
        return blocks

    def _moved(self) -> list[tuple[int, int]]:
        """The pairs (image, class) that are shown."""
        shown = []
        true = self.labels
        for n in range(min(len(self.before), SHOWN)):
            by_change = np.argsort(-np.abs(self.after[n] - self.before[n]), kind="stable")
            kept = {*map(int, by_change[:3])} | ({int(true[n])} if true is not None else set())
            shown += [(n, k) for k in sorted(kept)]
        return shown

    def _mark(self, n: int, k: int) -> str:
        """What class k is for image n: true, predicted before, predicted after."""
        if self.labels is None:
            return ""
        before, after = (bool(np.isfinite(y[n]).all() and y[n].argmax() == k) for y in self.y)
        words = ["the true class"] if k == self.labels[n] else []
        words += {(True, True): ["predicted"], (True, False): ["was predicted"],
                  (False, True): ["now predicted"], (False, False): []}[before, after]
        return ", ".join(words)

    def __repr__(self) -> str:
        return f"<Effect of {self.what}: L {self.loss[0]:.4g} -> {self.loss[1]:.4g}>"
