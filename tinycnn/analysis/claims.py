"""How a verdict is found: a claim, the number that tests it, and thresholds set before.

No verdict is written down anywhere. A claim says which number of a study tests it, and the values
from which it holds, or holds in part. The verdict follows from the number's interval over the
networks of the study.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from ..output.text import in_form
from .intervals import Interval, Limits, interval, networks_needed, ratio

Verdict = Literal["holds", "holds in part", "does not hold", "says nothing", "cannot be told"]
VERDICTS: tuple[Verdict, ...] = ("holds", "holds in part", "does not hold", "says nothing",
                                 "cannot be told")
FEWEST = 3          # with fewer networks no verdict is given
LEVEL = 0.95


@dataclass(frozen=True)
class Claim:
    """A sentence, and the result that would make it true.

    Attributes:
        key: a short name.
        section: where the paper says it; "" for a question that the paper did not ask.
        sentence: the claim, in our words.
        number: what is measured, in words; `form` shows its unit.
        holds: from this value on, the claim holds.
        partly: from this value on, it holds in part; equal to `holds` if there is no such range.
        form: how the number is written: "{:.0%}" or "{:.2f}".
        lower_is_better: whether small numbers support the claim.
        within: the smallest and the largest possible number; they decide the kind of interval, see
            `interval`.
    """

    key: str
    section: str
    sentence: str
    number: str
    holds: float
    partly: float
    form: str = "{:.2f}"
    lower_is_better: bool = False
    within: Limits = (-np.inf, np.inf)

    def verdict(self, measured: Interval, beyond: Interval | None = None) -> Verdict:
        """What follows from the interval of the number.

        "holds" if the whole interval is beyond `holds`; "does not hold" if no part of it reaches
        `partly`; "holds in part" if the whole interval is beyond `partly`. Otherwise, and with
        fewer than three networks, "cannot be told": more networks may decide. From 0 on means
        above 0: a difference of 0 is no difference.

        Args:
            measured: the interval of the number.
            beyond: of the number minus that of a control. A claim that would hold, also in part,
                "says nothing" if this interval is not beyond 0 on the same side as the claim.
        """
        if measured.n < FEWEST or not np.isfinite([measured.low, measured.high]).all():
            return "cannot be told"
        low, high = self._ends(measured)
        sign = -1 if self.lower_is_better else 1
        partly = sign * self.partly or 1e-12        # of sums, which may be rounded
        if high < partly:
            return "does not hold"
        if low < partly:
            return "cannot be told"
        if beyond and not self._ends(beyond)[0] > 1e-12:
            return "says nothing"
        return "holds" if low >= sign * self.holds else "holds in part"

    def _ends(self, found: Interval) -> tuple[float, float]:
        """The worse end for the claim, and the better one, so that larger is better."""
        return (-found.high, -found.low) if self.lower_is_better else (found.low, found.high)

    def text(self, measured: Interval) -> str:
        """The number with its interval: "62% (58% to 66%)"."""
        if not np.isfinite(measured.mean):
            return "not measured"
        mean, low, high = (in_form(self.form, end)
                           for end in (measured.mean, measured.low, measured.high))
        return f"{mean} ({low} to {high})" if np.isfinite(measured.low) else f"{mean} (one network)"

    @property
    def thresholds(self) -> str:
        """In short: "holds ≥ 50%; in part ≥ 25%"."""
        sign = "≤" if self.lower_is_better else "≥"
        both = f"holds {sign} {self.form.format(self.holds)}"
        if self.partly != self.holds:
            both += f"; in part {sign if self.partly else '>'} {self.form.format(self.partly)}"
        return both


@dataclass(frozen=True)
class Judged:
    """A claim, with what was measured on the networks of a study, or why it was not.

    Attributes:
        values: (networks,) the number of each; or (networks, 2) numerator and denominator of a
            ratio of means. NaN where it could not be measured.
        null: (networks,) the same number of the control; (0,) if there is none, as for a ratio.
        why: why it was not measured; "" if it was.
        alone: whether the verdict stands only if this were the only claim, see `holm`.
    """

    claim: Claim
    values: np.ndarray
    null: np.ndarray = field(default_factory=lambda: np.empty(0))
    why: str = ""
    alone: bool = False

    @property
    def measured(self) -> Interval:
        """The number, with its 95 % interval."""
        return self._measured(LEVEL)

    def _measured(self, level: float) -> Interval:
        if self.values.ndim == 2:
            return ratio(self.values[:, 0], self.values[:, 1], level)
        return interval(self.values, self.claim.within, level)

    def _verdict(self, level: float) -> Verdict:
        beyond = interval(self.values - self.null, level=level) if len(self.null) else None
        return self.claim.verdict(self._measured(level),
                                  beyond if beyond and beyond.n >= FEWEST else None)

    @cached_property
    def verdict(self) -> Verdict:
        """What follows from the 95 % interval; see `Claim.verdict`."""
        return self._verdict(LEVEL)

    @cached_property
    def p(self) -> float:
        """1 minus the highest level of confidence at which the verdict stands: its interval then
        just reaches the threshold, or that of the difference to the control reaches 0.

        It is above 0.05 if there is no verdict; NaN if the number could not be measured.
        """
        if self.measured.n < FEWEST or not np.isfinite(self.measured.low):
            return np.nan
        enough = {"holds": ("holds",), "does not hold": ("does not hold",),
                  "holds in part": ("holds", "holds in part")}.get(self.verdict, VERDICTS[:3])

        def stands(p: float) -> bool:
            return self._verdict(1 - p) in enough
        low, high = 1e-9, 0.999
        if stands(low) or not stands(high):
            return 0.0 if stands(low) else 1.0
        while high / low > 1.001:
            middle = float(np.sqrt(low * high))
            low, high = (low, middle) if stands(middle) else (middle, high)
        return high

    @property
    def control(self) -> float:
        """The mean of the control's number; NaN if there is none."""
        return interval(self.null, self.claim.within).mean

    @property
    def text(self) -> str:
        """The number with its interval and that of the control, or why it is not measured:
        "74% (64% to 84%); the control: 78%", "not measured: the features are of one layer"."""
        measured, why = self.measured, self.why
        if self.values.ndim == 2 and measured.n and not np.isfinite(measured.mean):
            why = why or "the gain itself is not surely above 0"
        text, control = self.claim.text(measured), in_form(self.claim.form, self.control)
        beside = np.isfinite(measured.mean) and np.isfinite(self.control)
        return text + f"; the control: {control}" * bool(beside) + f": {why}" * bool(why)

    @property
    def remark(self) -> str:
        """What a reader must know about the verdict: why it cannot be told, or how far it goes."""
        if self.alone:
            return "alone: stands as the only claim"
        if self.verdict == "says nothing":
            return "the control is as good"
        if self.verdict != "cannot be told" or not np.isfinite(self.measured.mean):
            return ""
        if self.measured.n < FEWEST:
            return f"too few networks ({FEWEST} at least)"
        values, threshold, within = self.values, self.claim.partly, self.claim.within
        if values.ndim == 2:        # a ratio is r where the mean of numerator - r denominator is 0
            values, threshold, within = values @ [1, -threshold], 0, (-np.inf, np.inf)
        needed = max(networks_needed(values, threshold, within), self.measured.n + 1)
        if np.isinf(needed):
            return "on the threshold: more networks would hardly help"
        return f"imprecise: about {float(f'{needed:.2g}'):.0f} networks would tell"


def holm(p: Sequence[float], level: float = 1 - LEVEL) -> list[bool]:
    """Which of many verdicts stand if one wants to be wrong about none of them, with this chance.

    Of 40 verdicts with p = 0.05, two may be wrong. Holm's method asks p <= level / 40 of the one
    with the smallest p, level / 39 of the next, and so on; the first that fails ends it.

    Args:
        p: one for each claim, also of those without a verdict: they were asked as well. NaN for
            what was not measured.
        level: the chance of one or more wrong verdicts.
    """
    order = np.argsort(p)[:np.isfinite(p).sum()]        # NaN is last
    stand = [False] * len(p)
    for place, i in enumerate(order):
        if p[i] > level / (len(order) - place):
            break
        stand[i] = True
    return stand
