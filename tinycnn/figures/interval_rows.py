"""Rows of dots, one for each network, with their mean and its interval: the plot for controls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .dots import Interval, draw_dots, draw_interval
from .names import as_written
from .style import COLORS, GREY, INK, SMALL, TEXT, axes_at, new_figure, quiet, text_width, widest

RowOfSeeds = tuple[str, Sequence[float], Interval | None]
WIDTH, ROW, LINE = 4.2, 0.3, 0.15                   # inches: the axes, a row, a line of words
HEADER = "mean (95 % interval)"


@as_written
def intervals(groups: Sequence[tuple[str, Sequence[RowOfSeeds]]], xlabel: str,
              lines: Sequence[tuple[float, str]] = (), *,
              xlim: tuple[float, float] | None = None) -> Figure:
    """Draw one row for each (name, values, interval), under the heading of its group.

    Args:
        groups: (heading, rows) each. A row's values are (S,), one for each seed; its interval is
            (mean, low, high) or None. NaN values are not drawn. An empty heading takes no room.
        xlabel: what the values are, with their unit.
        lines: (x, words), vertical lines to compare with.
        xlim: the ends of the x axis; by default everything is visible. An interval that
            continues beyond an end gets an arrow there.
    """
    places: list[tuple[str, RowOfSeeds | None]] = []
    for heading, rows in groups:
        places += [(heading, None)] * bool(heading) + [(row[0], row) for row in rows]
    left, right = _ends(groups, lines) if xlim is None else xlim
    names = 0.3 + max(widest((name for name, row in places if row), TEXT) + 0.1,
                      widest((name for name, row in places if row is None), TEXT, "bold"))
    digits = 2 if right - left > 0.3 else 3
    numbers = ["" if row is None else _number(row[2], digits) for _, row in places]
    beside = max(widest(numbers, SMALL + 0.5), text_width(HEADER, SMALL)) + 0.3
    above = _places([((x - left) / (right - left) * WIDTH, words) for x, words in lines],
                    -names, WIDTH)
    top = 0.2 + LINE * (max((level for _, level in above), default=0) + 1)
    fig = new_figure(names + WIDTH + beside, top + ROW * len(places) + 0.55)

    ax = axes_at(fig, names, top, WIDTH, ROW * len(places))
    quiet(ax)
    ax.grid(visible=False, axis="y")
    ax.set(xlim=(left, right), ylim=(len(places) - 0.5, -0.5), yticks=[])
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set_xlabel(xlabel, fontsize=TEXT, color=INK)
    ax.annotate(HEADER, (1, 1), (6, 3), xycoords="axes fraction", textcoords="offset points",
                fontsize=SMALL, color=GREY)
    for (x, words), (inch, level) in zip(lines, above, strict=True):
        ax.axvline(x, color=GREY, linewidth=1, linestyle=":", zorder=1)
        ax.annotate(words, (inch / WIDTH, 1), (0, 3 + 72 * LINE * level), ha="center",
                    xycoords="axes fraction", textcoords="offset points", fontsize=SMALL,
                    color=GREY)
    for y, ((name, row), number) in enumerate(zip(places, numbers, strict=True)):
        ax.annotate(name, (0, y), (-6 if row else 10 - 72 * names, 0), va="center",
                    xycoords=ax.get_yaxis_transform(), textcoords="offset points",
                    ha="right" if row else "left", weight="normal" if row else "bold",
                    fontsize=TEXT, color=INK)
        if row:
            draw_dots(ax, y - 0.14, row[1], COLORS[0])
            draw_interval(ax, y + 0.18, row[2], INK)
            ax.annotate(number, (1, y), (6, 0), xycoords=ax.get_yaxis_transform(), va="center",
                        textcoords="offset points", fontsize=SMALL + 0.5, color=INK)
    return fig


def _ends(groups: Sequence[tuple[str, Sequence[RowOfSeeds]]],
          lines: Sequence[tuple[float, str]]) -> tuple[float, float]:
    """The ends of an axis that shows all values, intervals and lines, with a little room."""
    shown = [x for x, _ in lines]
    for _, rows in groups:
        for _, values, interval in rows:
            shown += [*values, *(interval or ())]
    known = np.array(shown, dtype=float)[np.isfinite(shown)]
    low, high = (known.min(), known.max()) if known.size else (0, 1)
    room = 0.05 * (high - low) or 0.5
    return float(low - room), float(high + room)


def _places(words: Sequence[tuple[float, str]], left: float,
            right: float) -> list[tuple[float, int]]:
    """Places for the words above the axes: their middle in inches, and their line, 0 the lowest.

    Each is at its own x if possible, and all of them stay between `left` and `right`.
    """
    taken: list[list[tuple[float, float]]] = []     # the places already used in each line
    places = []
    for x, text in words:
        half = text_width(text, SMALL) / 2 + 0.06
        x = max(min(x, right - half), left + half)
        level = next((i for i, others in enumerate(taken)
                      if all(x + half < a or x - half > b for a, b in others)), len(taken))
        if level == len(taken):
            taken.append([])
        taken[level].append((x - half, x + half))
        places.append((x, level))
    return places


def _number(interval: Interval | None, digits: int) -> str:
    """The interval in words: "0.83 (0.79 to 0.86)"."""
    if interval is None or np.isnan(interval[0]):
        return "–"
    mean, low, high = (f"{round(x, digits) + 0.0:.{digits}f}".replace("-", "−") for x in interval)
    return mean if np.isnan(interval[1:]).any() else f"{mean} ({low} to {high})"
