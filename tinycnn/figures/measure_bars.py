"""All measures side by side: the errors from their knockouts, and those from random maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

from .dots import Interval, draw_dots, draw_interval
from .names import as_written
from .style import COLORS, FAINT, GREY, INK, SMALL, TEXT, axes_at, new_figure, quiet, widest

AREAS, SHARES, GAP, ROW = 4.2, 2.4, 0.45, 0.32       # inches: two columns, the gap between, a row
WIDEST_SHARES = (-1.0, 2.0)     # a control near the random one makes shares huge; arrows say so
CONTROL = "#B35900"


@as_written
def measure_areas(rows: Sequence[Mapping[str, Any]], random: Interval | None = None, *,
                  xlabel: str = "mean error over the first ten removals (%)") -> Figure:
    """Draw one row for each measure, the first at the top.

    Args:
        rows: each with "name" and "areas" (S,), the area under the knockout curve of each seed as
            a share from 0 to 1. It may have "matched", the same for random maps of the same
            layers, and "share", the part of the gain that comes from the maps and not from their
            layers (1: all of it, 0: none); both are (mean, low, high), None or NaN if unknown.
        random: (mean, low, high) of the area of fully random orders, 0 to 1.
        xlabel: what the first column shows.
    """
    names = 0.25 + widest((str(row["name"]) for row in rows), TEXT)
    height, top = ROW * len(rows), 0.65
    fig = new_figure(names + AREAS + GAP + SHARES + 0.25, top + height + 0.5)
    areas = axes_at(fig, names, top, AREAS, height)
    shares = axes_at(fig, names + AREAS + GAP, top, SHARES, height)
    for ax in (areas, shares):
        quiet(ax)
        ax.grid(visible=False, axis="y")
        ax.set(ylim=(len(rows) - 0.5, -0.5), yticks=[])
        for y in range(1, len(rows)):
            ax.axhline(y - 0.5, color=FAINT, linewidth=0.5, zorder=0.5)
    areas.set_yticks(range(len(rows)), [str(row["name"]) for row in rows], fontsize=TEXT)
    areas.tick_params(axis="y", length=0)
    areas.set(xlim=(0, 100))
    areas.set_xlabel(xlabel, fontsize=TEXT, color=INK)
    if random is not None and np.isfinite(random[1:]).all():
        areas.axvspan(100 * random[1], 100 * random[2], color=FAINT, alpha=0.8, linewidth=0,
                      zorder=0.4)
        areas.axvline(100 * random[0], color=GREY, linestyle="--", linewidth=1)
    shares.set(xlim=_share_ends(rows))
    shares.xaxis.set_major_locator(MultipleLocator(0.5))
    shares.set_xlabel("share that comes from the features", fontsize=TEXT, color=INK)
    for x in (0, 1):
        shares.axvline(x, color=GREY, linewidth=0.9, linestyle="-" if x == 0 else ":")
    for y, row in enumerate(rows):
        _draw_areas(areas, y, row)
        draw_interval(shares, y, row.get("share"), INK)
    _legend(fig, random is not None)
    return fig


def _draw_areas(ax: Axes, y: int, row: Mapping[str, Any]) -> None:
    """Draw a row in percent: the seeds and their mean above, the same-layer control below."""
    values = 100 * np.asarray(row["areas"], dtype=float)
    draw_dots(ax, y - 0.16, values.tolist(), COLORS[0])
    known = values[np.isfinite(values)]
    if known.size:
        ax.plot([known.mean()], [y - 0.16], "o", color=COLORS[0], markersize=6.5,
                markeredgecolor="white", markeredgewidth=0.7, clip_on=False, zorder=3)
    if row.get("matched") is not None:
        mean, low, high = (100 * float(x) for x in row["matched"])
        draw_interval(ax, y + 0.2, (mean, low, high), CONTROL)


def _share_ends(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """The ends of the second column's axis: -0.5 and 1.2, or what the intervals need."""
    shares = [row["share"] for row in rows if row.get("share") is not None]
    known = [float(x) for share in shares for x in share if np.isfinite(x)]
    return (max(WIDEST_SHARES[0], min([-0.5, *known])), min(WIDEST_SHARES[1], max([1.2, *known])))


def _legend(fig: Figure, random: bool) -> None:
    """One legend above both columns."""
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": COLORS[0]}
    handles: list[Any] = [
        Line2D([], [], markersize=3.6, alpha=0.45, markeredgewidth=0, label="one network", **dot),
        Line2D([], [], markersize=6.5, label="mean of the networks", **dot),
        Line2D([], [], color=CONTROL, linewidth=1.8, marker="D", markersize=5,
               label="random features of the same layers, 5–95 %"),
        Line2D([], [], color=INK, linewidth=1.8, marker="D", markersize=5,
               label="share and its 95 % interval")]
    if random:
        handles.insert(3, Patch(facecolor=FAINT, label="random features, 5–95 %"))
    fig.legend(handles=handles, loc="upper center", ncols=3, fontsize=SMALL + 0.5, frameon=False,
               columnspacing=1.4, borderaxespad=0.3)
