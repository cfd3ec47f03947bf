"""How many submissions of a class reached how many points."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import COLORS, INK, SMALL, TEXT, axes_at, new_figure, quiet


def histogram(counts: Sequence[tuple[str, int]], xlabel: str, ylabel: str) -> Figure:
    """Draw a bar for each (label, count), the first at the left, with the count above it."""
    fig = new_figure(7.5, 3.2)
    ax = axes_at(fig, 0.6, 0.2, 6.7, 2.2)
    quiet(ax)
    labels, heights = [label for label, _ in counts], [count for _, count in counts]
    ax.bar(range(len(counts)), heights, width=0.86, color=COLORS[0])
    for place, height in enumerate(heights):
        if height:
            ax.annotate(str(height), (place, height), (0, 2), textcoords="offset points",
                        ha="center", va="bottom", fontsize=SMALL, color=INK)
    ax.set_xticks(range(len(counts)), labels, fontsize=SMALL)
    ax.set_ylim(0, max([*heights, 1]) * 1.12)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(xlabel, fontsize=TEXT, color=INK)
    ax.set_ylabel(ylabel, fontsize=TEXT, color=INK)
    return fig
