"""How a verdict is found: a claim, the number that tests it, and thresholds set before.

No verdict is written down anywhere. A claim says which number of a study tests it, and the values
from which it holds, or holds in part. The verdict follows from the number's interval over the
networks of the study.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

Verdict = Literal["holds", "holds in part", "does not hold", "cannot be told"]
VERDICTS: tuple[Verdict, ...] = ("holds", "holds in part", "does not hold", "cannot be told")
FEWEST = 3          # with fewer networks no verdict is given


@dataclass(frozen=True)
class Interval:
    """A number over several networks.

    Attributes:
        mean: over the networks where it could be measured; NaN if there is none.
        low, high: the 95 % confidence interval of the mean (Student's t); NaN for fewer than two.
        n: how many networks.
    """

    mean: float
    low: float
    high: float
    n: int


def interval(values: np.ndarray, within: tuple[float, float] = (-np.inf, np.inf)) -> Interval:
    """Mean and 95 % interval, cut to where numbers can be; NaN entries do not count."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    if n < 2:
        return Interval(mean, np.nan, np.nan, n)
    half = float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n))
    return Interval(mean, max(mean - half, within[0]), min(mean + half, within[1]), n)


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
        within: the smallest and the largest possible number.
    """

    key: str
    section: str
    sentence: str
    number: str
    holds: float
    partly: float
    form: str = "{:.2f}"
    lower_is_better: bool = False
    within: tuple[float, float] = (-np.inf, np.inf)

    def verdict(self, measured: Interval) -> Verdict:
        """What follows from the interval of the number.

        "holds" if the whole interval is beyond `holds`; "does not hold" if no part of it reaches
        `partly`; "holds in part" if the whole interval is beyond `partly`. Otherwise, and with
        fewer than three networks, "cannot be told": more networks may decide. From 0 on means
        above 0: a difference of 0 is no difference.
        """
        sign = -1 if self.lower_is_better else 1
        ends = sorted((sign * measured.low, sign * measured.high))
        if measured.n < FEWEST or not np.isfinite(ends).all():
            return "cannot be told"
        if ends[0] >= sign * self.holds:
            return "holds"
        partly = sign * self.partly or 1e-12        # of sums, which may be rounded
        if ends[1] < partly:
            return "does not hold"
        return "holds in part" if ends[0] >= partly else "cannot be told"

    def text(self, measured: Interval) -> str:
        """The number with its interval: "62% (58% to 66%)"."""
        if not np.isfinite(measured.mean):
            return "not measured"
        written = self.form.format(measured.mean)
        if not np.isfinite(measured.low):
            return f"{written} (one network)"
        return f"{written} ({self.form.format(measured.low)} to {self.form.format(measured.high)})"

    @property
    def thresholds(self) -> str:
        """In short: "holds ≥ 50%; in part ≥ 25%"."""
        sign = "≤" if self.lower_is_better else "≥"
        both = f"holds {sign} {self.form.format(self.holds)}"
        if self.partly != self.holds:
            both += f"; in part {sign if self.partly else '>'} {self.form.format(self.partly)}"
        return both
