"""Fig. 2: how the error grows as the strongest, or the weakest, features are knocked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .names import as_written, labels
from .style import GREY, INK, MARKERS, SMALL, TEXT, axes_at, new_figure, palette, quiet, widest

WIDTH, PANEL_WIDTH, PANEL_HEIGHT = 9.0, 3.9, 2.3
MEASURES = {"class_error": "class error", "overall_error": "overall error"}


@as_written
def knockout_errors(curves: Mapping[Any, Mapping[str, Mapping[str, Sequence[float]]]],
                    names: Mapping[Any, str] | Sequence[str] | None = None, *,
                    chance: float | None = None, word: str = "identity") -> Figure:
    """Draw 2 x 2 panels, one line for each identity.

    Args:
        curves: {identity: {"strongest": {"class_error": [...], "overall_error": [...]},
            "weakest": {...}}}, shares between 0 and 1 after 0, 1, 2, ... removals.
        names: `names[identity]` is its name in the legend; by default the key itself.
        chance: the overall error of a network that always gives the same answer, (K-1)/K for K
            classes of equal size; drawn as a dotted line.
        word: what an identity is called.
    """
    lines = [f"{word} {name}" for name in labels(k if names is None else names[k] for k in curves)]
    entry = widest(lines, TEXT) + 0.65
    per_line = min(max(1, int((WIDTH - 0.6) / entry)), len(lines) + 1)
    legend_height = 0.185 * -(-(len(lines) + (chance is not None)) // per_line) + 0.12
    fig = new_figure(WIDTH, legend_height + 2 * PANEL_HEIGHT + 1.05)
    handles: list[Line2D] = []
    for column, side in enumerate(("strongest", "weakest")):
        for row, measure in enumerate(MEASURES):
            ax = axes_at(fig, 0.7 + column * (PANEL_WIDTH + 0.35),
                         legend_height + 0.3 + row * (PANEL_HEIGHT + 0.2), PANEL_WIDTH,
                         PANEL_HEIGHT)
            handles = _panel(ax, [curve[side][measure] for curve in curves.values()], lines)
            if measure == "overall_error" and chance is not None:
                handles.append(ax.axhline(100 * chance, color=GREY, linestyle=":", linewidth=1,
                                          label="the same answer for all", zorder=1))
            if row == 0:
                ax.set_title(f"{side} features removed", fontsize=TEXT, color=INK, weight="bold")
                ax.tick_params(labelbottom=False)
            else:
                ax.set_xlabel("number of removed features", fontsize=TEXT, color=INK)
            if column == 0:
                ax.set_ylabel(f"{MEASURES[measure]} (%)", fontsize=TEXT, color=INK)
            else:
                ax.tick_params(labelleft=False)
    fig.legend(handles=handles, loc="upper center", ncols=per_line, fontsize=SMALL + 1,
               frameon=False, handlelength=2.6, columnspacing=1.2, borderaxespad=0.2)
    return fig


def _panel(ax: Axes, errors: Sequence[Sequence[float]], labels: Sequence[str]) -> list[Line2D]:
    """One panel: shares of wrong answers in percent against the number of removed features."""
    quiet(ax)
    lines = []
    for i, (error, (color, style)) in enumerate(zip(errors, palette(len(errors)), strict=True)):
        lines += ax.plot(100 * np.asarray(error, dtype=float), color=color, linestyle=style,
                         linewidth=1.4, marker=MARKERS[i % len(MARKERS)], markersize=4.5,
                         markeredgecolor="white", markeredgewidth=0.5, label=labels[i],
                         clip_on=False)
    ax.set(ylim=(0, 100), yticks=range(0, 101, 25))
    n_steps = max(map(len, errors))
    ax.set(xticks=range(0, n_steps, -(-n_steps // 12)))
    ax.margins(x=0.02)
    return lines
