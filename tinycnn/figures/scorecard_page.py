"""The result for each claim: one row with the claim, the number, a gauge and the verdict."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .style import COLORS, EDGE, FAINT, GREY, HEADING, INK, SMALL, TEXT, new_page

# The verdicts differ in colour and in shape.
BLUE, VERMILION, PURPLE, ORANGE = COLORS[0], COLORS[1], COLORS[3], COLORS[5]
VERDICTS: dict[str, dict[str, Any]] = {
    "holds": {"marker": "o", "color": BLUE},
    "holds in part": {"marker": "o", "color": ORANGE, "fillstyle": "left",
                      "markerfacecoloralt": "white"},
    "does not hold": {"marker": "X", "color": VERMILION},
    "says nothing": {"marker": "s", "color": PURPLE, "markerfacecolor": "white",
                     "markeredgewidth": 2},
    "cannot be told": {"marker": "$?$", "color": GREY},
}
# Inches from the left: where each column begins, and where the page ends.
NUMBER, CLAIM, MEASURED, GAUGE, VERDICT, WIDTH = 0.15, 0.55, 4.6, 6.5, 8.6, 10.1
GAUGE_WIDTH, LINE = 1.8, 0.155
CLAIM_CHARS, TEST_CHARS, MEASURED_CHARS, RULE_CHARS, REMARK_CHARS = 60, 74, 27, 34, 21


def scorecard(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the claims in the given order, with a heading where the group changes.

    Args:
        rows: each with "group", "number", "claim" and "measured" (words), and "verdict", a key of
            VERDICTS. "test" may say what is measured, and "remark" stands under the verdict. The
            gauge uses these, all optional: "interval" (mean, low, high); the same number of a
            "control"; the thresholds "holds" and "in_part"; "lower_is_better", if these two are
            equal; "rule", words under it. None and NaN are left out.
    """
    claims = [textwrap.wrap(str(row["claim"]), CLAIM_CHARS) for row in rows]
    tests = [textwrap.wrap(str(row.get("test", "")), TEST_CHARS) for row in rows]
    measured = [textwrap.wrap(str(row["measured"]), MEASURED_CHARS) for row in rows]
    rules = [textwrap.wrap(str(row.get("rule", "")), RULE_CHARS) for row in rows]
    remarks = [textwrap.wrap(str(row.get("remark", "")), REMARK_CHARS) for row in rows]
    heights = [max(0.42, LINE * len(a) + 0.125 * len(t) + 0.16, LINE * len(b) + 0.14,
                   0.37 + 0.11 * len(c), LINE + 0.125 * len(d) + 0.16)
               for a, t, b, c, d in zip(claims, tests, measured, rules, remarks, strict=True)]
    groups = [str(row["group"]) for row in rows]
    new_group = [i == 0 or groups[i] != groups[i - 1] for i in range(len(rows))]
    fig, page = new_page(WIDTH, 0.35 + sum(heights) + 0.42 * sum(new_group) + 0.15)
    for x, title in ((NUMBER, "no."), (CLAIM, "claim"), (MEASURED, "measured"),
                     (GAUGE, "interval and thresholds"), (VERDICT, "verdict")):
        page.text(x, 0.22, title, fontsize=SMALL + 0.5, color=GREY, va="center")
    y = 0.35
    for i, row in enumerate(rows):
        if new_group[i]:
            page.text(NUMBER, y + 0.23, groups[i], fontsize=HEADING, color=INK, weight="bold",
                      va="center")
            y += 0.42
        page.plot([NUMBER, WIDTH - 0.15], [y, y], color=FAINT, linewidth=0.7)
        middle = y + heights[i] / 2
        page.text(NUMBER, middle, str(row["number"]), fontsize=TEXT, color=INK, va="center")
        top = middle - (LINE * len(claims[i]) + 0.125 * len(tests[i])) / 2
        page.text(CLAIM, top, "\n".join(claims[i]), fontsize=TEXT - 0.25, color=INK, va="top",
                  linespacing=1.1)
        page.text(CLAIM, top + LINE * len(claims[i]) + 0.01, "\n".join(tests[i]),
                  fontsize=SMALL - 0.5, color=GREY, va="top", linespacing=1.1)
        page.text(MEASURED, middle, "\n".join(measured[i]), fontsize=TEXT - 0.25, color=INK,
                  va="center", linespacing=1.1)
        _gauge(page, middle - 0.04 - 0.055 * len(rules[i]), row, "\n".join(rules[i]))
        verdict, up = str(row["verdict"]), 0.0625 * len(remarks[i])
        page.plot([VERDICT + 0.08], [middle - up], linestyle="none", markersize=10,
                  **VERDICTS[verdict])
        page.text(VERDICT + 0.25, middle - up, verdict, fontsize=TEXT - 0.25, color=INK,
                  va="center")
        page.text(VERDICT + 0.25, middle - up + LINE / 2 + 0.01, "\n".join(remarks[i]),
                  fontsize=SMALL - 0.5, color=GREY, va="top", linespacing=1.1)
        y += heights[i]
    return fig


def _gauge(page: Axes, y: float, row: Mapping[str, Any], rule: str) -> None:
    """A scale at `y` inches with tinted thresholds, the interval on it, and its rule below."""
    page.text(GAUGE + GAUGE_WIDTH / 2, y + 0.13, rule, fontsize=SMALL - 0.75, color=GREY,
              ha="center", va="top", linespacing=1.1)
    holds, in_part = _known(row.get("holds")), _known(row.get("in_part"))
    mean, low, high = (_known(x) for x in row.get("interval") or (None,) * 3)
    control = _known(row.get("control"))
    marks = [x for x in (holds, in_part, mean, low, high, control) if x is not None]
    if not marks:
        return
    room = 0.12 * (max(marks) - min(marks)) or 0.5
    left, right = min(marks) - room, max(marks) + room

    def place(x: float) -> float:
        return GAUGE + GAUGE_WIDTH * float((x - left) / (right - left))

    page.plot([GAUGE, GAUGE + GAUGE_WIDTH], [y, y], color=EDGE, linewidth=0.8, zorder=1)
    if holds is not None and in_part is not None:
        # If the thresholds differ, their order says which side is the good one.
        good_end = GAUGE if row.get("lower_is_better", holds < in_part) else GAUGE + GAUGE_WIDTH
        for start, end, color in ((place(holds), good_end, BLUE),
                                  (place(in_part), place(holds), ORANGE)):
            page.add_patch(Rectangle((start, y - 0.07), end - start, 0.14, facecolor=color,
                                     alpha=0.22, linewidth=0))
    for threshold, color in ((holds, BLUE), (in_part, ORANGE)):
        if threshold is not None:
            page.plot([place(threshold)] * 2, [y - 0.09, y + 0.09], color=color, linewidth=1.4)
    if low is not None and high is not None:
        page.plot([place(low), place(high)], [y, y], color=INK, linewidth=2, zorder=3,
                  solid_capstyle="butt")
    if control is not None:
        page.plot([place(control)], [y], "D", color=INK, markersize=4.5, markerfacecolor="white",
                  markeredgewidth=0.9, zorder=3.5)
    if mean is not None:
        page.plot([place(mean)], [y], "D", color=INK, markersize=4.5, markeredgecolor="white",
                  markeredgewidth=0.6, zorder=4)


def _known(value: float | None) -> float | None:
    """The number, or None if it is None or not finite."""
    return None if value is None or not np.isfinite(value) else float(value)
