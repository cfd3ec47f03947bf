"""A multiverse on one page: a few numbers for every reading of the paper and way to train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from .dots import Interval
from .style import (
    COLORS,
    FAINT,
    GREY,
    INK,
    SMALL,
    TEXT,
    axes_at,
    new_figure,
    quiet,
    text_width,
    widest,
)

# In inches: a panel and the gap to the next, a line of a panel, and what is around a row of them.
PANEL, GAP, LINE, AROUND = 1.85, 0.45, 0.075, 0.14
BLUE, ORANGE = COLORS[0], COLORS[5]                 # the zones of the thresholds


def multiverse(heads: Sequence[str], readings: Sequence[Sequence[str]], trainings: Sequence[str],
               panels: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw a row for each reading, and in it a line for each training; the first of both is bold.

    Args:
        heads: what the readings differ in: "output", "class level".
        readings: for each reading, its words under the heads.
        trainings: at most eight. The first four have one colour, pairs one marker, and the second
            of a pair is hollow.
        panels: from left to right, each with a "title" and "found", {(reading, training): (mean,
            low, high)} by their places; those that were not measured may be missing. Optional:
            "holds" and "in_part", the thresholds; "line", (x, words), to compare with;
            "whole", whether the numbers are counts.
    """
    columns = [0.2 + widest([head, *(words[i] for words in readings)], SMALL + 0.5)
               for i, head in enumerate(heads)]
    names, row = sum(columns) + 0.15, LINE * len(trainings) + AROUND
    top, height = 0.6 + 0.17 * ((len(trainings) + 1) // 2), row * len(readings)
    fig = new_figure(names + (PANEL + GAP) * len(panels) + 0.1, top + height + 0.55)
    axes = [axes_at(fig, names + (PANEL + GAP) * i, top, PANEL, height)
            for i in range(len(panels))]
    for ax, panel in zip(axes, panels, strict=True):
        quiet(ax)
        ax.grid(visible=False, axis="y")
        ax.set(xlim=_ends(panel), ylim=(height, 0), yticks=[])
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=panel.get("whole", False)))
        ax.set_xlabel(str(panel["title"]), fontsize=TEXT - 0.5, color=INK)
        _thresholds(ax, panel)
        for i in range(len(readings)):
            ax.axhline(i * row, color=FAINT, linewidth=0.7, zorder=0.5)
            for j in range(len(trainings)):
                y = i * row + AROUND / 2 + LINE * (j + 0.5)
                _mark(ax, y, panel["found"].get((i, j)), look(j), first=i == j == 0)
    left = np.cumsum([0.1, *columns]) - names
    for x, head in zip(left, heads, strict=False):
        _write(axes[0], x, -0.1, head, color=GREY)
    for i, words in enumerate(readings):
        for x, word in zip(left, words, strict=False):
            _write(axes[0], x, (i + 0.5) * row, word, color=INK,
                   weight="bold" if i == 0 else "normal")
    fig.legend(handles=[Line2D([], [], linestyle="-", linewidth=1, markersize=5, label=name,
                               **look(j)) for j, name in enumerate(trainings)],
               loc="upper left", bbox_to_anchor=(0, 1), ncols=2, fontsize=SMALL + 0.5,
               frameon=False, columnspacing=1.6, borderaxespad=0.4)
    return fig


def look(training: int) -> dict[str, Any]:
    """The colour and the marker of a training; no two of eight are the same."""
    color = COLORS[training // 4 % 2]
    return {"color": color, "marker": "o^"[training // 2 % 2],
            "markerfacecolor": "white" if training % 2 else color, "markeredgewidth": 0.9}


def _mark(ax: Axes, y: float, found: Interval | None, style: dict[str, Any], first: bool) -> None:
    """A marker at the mean and a line along the interval; an arrow where it goes on."""
    mean, low, high = (np.nan,) * 3 if found is None else found
    left, right = ax.get_xlim()
    if np.isfinite([low, high]).all():
        ax.plot(np.clip([low, high], left, right), [y, y], color=style["color"],
                linewidth=1.8 if first else 0.8, solid_capstyle="butt", zorder=2)
        for end, beyond, arrow in ((left, low < left, "<"), (right, high > right, ">")):
            if beyond:
                ax.plot([end], [y], arrow, color=style["color"], markersize=2.6, clip_on=False,
                        markeredgewidth=0, zorder=2)
    if np.isfinite(mean):
        ax.plot([mean], [y], linestyle="none", markersize=7 if first else 4.2, clip_on=False,
                zorder=4 if first else 3, **style)


def _thresholds(ax: Axes, panel: Mapping[str, Any]) -> None:
    """Tinted zones from the thresholds on, and a line to compare with, with their words above."""
    left, right = ax.get_xlim()
    holds, in_part = panel.get("holds"), panel.get("in_part")
    zones = [] if holds is None else [(holds, right, BLUE, "holds")]
    if holds is not None and in_part is not None and in_part != holds:
        zones.append((in_part, holds, ORANGE, "in part"))
    for start, end, color, words in zones:
        ax.axvspan(start, end, color=color, alpha=0.13, linewidth=0, zorder=0.2)
        x = min((start - left) / (right - left) * PANEL, PANEL - text_width(words, SMALL + 0.5))
        _write(ax, x, -0.1 if words == "holds" else -0.24, words, color=INK)
    if panel.get("line"):
        at, words = panel["line"]
        ax.axvline(at, color=GREY, linewidth=0.9, linestyle=":", zorder=1)
        x = min((at - left) / (right - left) * PANEL, PANEL - text_width(words, SMALL + 0.5))
        _write(ax, x, -0.1, words, color=GREY)
    if left < 0 < right:
        ax.axvline(0, color=GREY, linewidth=0.7, zorder=1)


def _write(ax: Axes, x: float, y: float, words: str, **style: Any) -> None:
    """Words at a place in inches from the top left corner of the axes."""
    ax.annotate(words, (0, y), (72 * x, 0), xycoords=ax.get_yaxis_transform(), va="center",
                textcoords="offset points", fontsize=SMALL + 0.5, annotation_clip=False, **style)


def _ends(panel: Mapping[str, Any]) -> tuple[float, float]:
    """The ends of an axis that shows all means, the thresholds, and the interval of the first."""
    found = panel["found"]
    shown = [*found.get((0, 0), ()), *(mean for mean, _, _ in found.values()),
             *[panel[end] for end in ("holds", "in_part") if panel.get(end) is not None]]
    if panel.get("line"):
        shown.append(panel["line"][0])
    known = np.array(shown, float)[np.isfinite(shown)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    room = 0.08 * (high - low) or 0.5
    return float(low - room), float(high + room)
