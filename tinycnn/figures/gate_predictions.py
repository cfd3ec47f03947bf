"""How well a gradient predicts the effect of closing a gate: predicted against true changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import COLORS, INK, SMALL, TEXT, axes_at, new_figure, quiet

SIDE, GAP = 2.4, 0.6        # inches: the side of a square panel, and the gap between two


def first_order(panels: Sequence[tuple[str, Sequence[float], Sequence[float], str]]) -> Figure:
    """Draw one square panel for each gate; on the diagonal the prediction is right.

    Args:
        panels: (title, predicted, true, words) each: the predicted and the true changes of y_t,
            both (N,), and words under the title, such as "r = 0.98". The few points far from the
            rest are drawn as crosses at the edge, and are counted.
    """
    fig = new_figure(0.75 + len(panels) * (SIDE + GAP) - 0.35, 0.75 + SIDE + 0.55)
    lines = 0       # of the words: all titles stand above the tallest
    for i, (_, predicted, true, words) in enumerate(panels):
        ax = axes_at(fig, 0.75 + i * (SIDE + GAP), 0.75, SIDE, SIDE)
        quiet(ax)
        x, y = np.asarray(predicted, dtype=float), np.asarray(true, dtype=float)
        low, high = _ends(np.concatenate([x, y]))
        beyond = (np.minimum(x, y) < low) | (np.maximum(x, y) > high)
        # Thousands of dots make a PDF slow unless they are stored as pixels.
        ax.plot(x[~beyond], y[~beyond], ".", color=COLORS[0], markersize=3, alpha=0.25,
                markeredgewidth=0, rasterized=True)
        ax.axline((0, 0), slope=1, color=COLORS[1], linewidth=1.1, linestyle="--")
        ax.plot(np.clip(x[beyond], low, high), np.clip(y[beyond], low, high), "x", color=INK,
                markersize=4, markeredgewidth=0.8, clip_on=False, rasterized=True)
        ax.set(xlim=(low, high), ylim=(low, high))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(4))
        if beyond.any():
            words += f"\n{beyond.sum()} beyond the edge"
        lines = max(lines, words.count("\n"))
        ax.annotate(words, (0.5, 1), (0, 5), xycoords="axes fraction", ha="center",
                    textcoords="offset points", fontsize=SMALL + 0.5, color=INK)
        ax.set_xlabel("predicted change of $y_t$", fontsize=TEXT, color=INK)
        if i == 0:
            ax.set_ylabel("true change of $y_t$", fontsize=TEXT, color=INK)
    for ax, (title, *_) in zip(fig.axes, panels, strict=True):
        ax.set_title(title, fontsize=TEXT, color=INK, weight="bold", parse_math=False,
                     pad=19 + 11 * lines)
    return fig


def _ends(values: np.ndarray) -> tuple[float, float]:
    """The ends of both axes: they show 0 and all values but the few that would squeeze the rest."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return -1.0, 1.0
    low, high = min(0, known.min()), max(0, known.max())
    most = np.quantile(known, [0.01, 0.99])
    if high - low > 3 * (most[1] - most[0]) > 0:
        spread = most[1] - most[0]
        low, high = max(low, min(0, most[0] - spread / 2)), min(high, max(0, most[1] + spread / 2))
    room = 0.05 * (high - low) or 1.0
    return float(low - room), float(high + room)
