"""A line chart in one call, so that a lesson's cell shows what is drawn, not how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ..figures import new_figure, palette
from ..figures.style import INK, SMALL, quiet

WIDTH, HEIGHT = 7.5, 3.4        # inches: the width of a page, or of a slide


def chart(lines: Mapping[str, tuple[Any, Any]], xlabel: str, ylabel: str, *,
          logx: bool = False, logy: bool = False) -> Figure:
    """Curves on one pair of axes, with a legend.

    Args:
        lines: {name: (x, y)}; one number for x and y is a point. The colours
            can be told apart with any kind of colour vision.
        xlabel, ylabel: what is drawn, with its unit.
        logx, logy: logarithmic axes.

    `figure.axes[0]` is the matplotlib Axes, to add to.
    """
    figure = new_figure(WIDTH, HEIGHT)
    ax = figure.add_axes((0.10, 0.16, 0.87, 0.79))
    for (name, (x, y)), (color, style) in zip(lines.items(), palette(len(lines)), strict=True):
        if getattr(x, "__len__", None) is None:
            ax.plot(x, y, "o", color=color, markersize=8, label=name, zorder=3)
        else:
            ax.plot(x, y, color=color, linestyle=style, linewidth=2, label=name)
    ax.set_xlabel(xlabel, fontsize=SMALL + 2, color=INK)
    ax.set_ylabel(ylabel, fontsize=SMALL + 2, color=INK)
    if logx:
        ax.set_xscale("log")
    if logy:
        ax.set_yscale("log")
        _label(ax)
    quiet(ax)
    ax.legend(frameon=False, fontsize=SMALL + 1.5)
    return figure


def _label(ax: Axes) -> None:
    """Short labels on a logarithmic axis: 0.1, 0.2, 0.5, 1 where it has few powers of ten."""
    ax.yaxis.set_minor_formatter(NullFormatter())
    low, high = ax.get_ylim()
    if high < 100 * low:
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
