"""Ways to draw many networks: a dot each, a mean with its interval, a line with whiskers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from .style import GREY, MARKERS

Interval = tuple[float, float, float]       # mean, low, high
WHISKER = "lowest to highest network"


def draw_dots(ax: Axes, y: float, values: Sequence[float], color: str) -> None:
    """Draw a small dot for each of (S,) values; small shifts up or down separate equal values."""
    shifts = 0.2 * (np.arange(len(values)) * 0.618 % 1 - 0.5) * (len(values) > 1)
    ax.plot(values, y + shifts, "o", color=color, alpha=0.45, markersize=3.6, markeredgewidth=0)


def draw_interval(ax: Axes, y: float, interval: Interval | None, color: str) -> None:
    """Draw a bar from low to high and a marker at the mean; set the axes' limits before.

    NaN values are not drawn. An interval that continues beyond the axes gets an arrow there.
    """
    mean, low, high = (np.nan,) * 3 if interval is None else interval
    left, right = ax.get_xlim()
    if np.isfinite([low, high]).all():
        ax.plot(np.clip([low, high], left, right), [y, y], color=color, linewidth=1.8,
                solid_capstyle="butt")
        for end, beyond, arrow in ((left, low < left, "<"), (right, high > right, ">")):
            if beyond:
                ax.plot([end], [y], arrow, color=color, markersize=5, clip_on=False)
    if left <= mean <= right:
        ax.plot([mean], [y], "D", color=color, markersize=5.5, markeredgecolor="white",
                markeredgewidth=0.6, clip_on=False, zorder=3)


def draw_line(ax: Axes, x: np.ndarray, values: np.ndarray, i: int, color: str,
              style: Any = "-") -> None:
    """Draw the i-th line of a chart: the mean of (S, T) values over seeds at the T places `x`.

    Thin whiskers reach from the lowest seed to the highest. A place without finite values is a gap.
    """
    known = np.ma.masked_invalid(values)
    if len(values) > 1:
        low, high = (np.asarray(end.filled(np.nan)) for end in (known.min(0), known.max(0)))
        ax.vlines(x, low, high, color=color, linewidth=0.9, alpha=0.75)
    ax.plot(x, np.asarray(known.mean(0).filled(np.nan)), clip_on=False,
            **line_look(i, color, style))


def line_look(i: int, color: str, style: Any = "-") -> dict[str, Any]:
    """The look of the i-th line and its markers, on the chart and in the legend."""
    return {"color": color, "linestyle": style, "linewidth": 1.4, "markersize": 4.8,
            "marker": MARKERS[i % len(MARKERS)], "markeredgecolor": "white",
            "markeredgewidth": 0.5}


def whisker_look() -> Line2D:
    """The entry of the legend for the whiskers of `draw_line`."""
    return Line2D([], [], linestyle="none", marker="|", markersize=9, color=GREY, label=WHISKER)
