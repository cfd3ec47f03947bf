"""Does a measure depend on the trained weights? They are shuffled, the last layer first."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .dots import WHISKER, draw_line, line_look, whisker_look
from .names import as_written
from .style import GREY, INK, SMALL, TEXT, axes_at, new_figure, palette, quiet, widest

WIDTH, HEIGHT = 6.4, 2.8        # inches, of the axes
CHAR, LINE = 0.085, 0.155       # inches: a letter of TEXT size, a line of words


@as_written
def cascade(curves: Mapping[str, np.ndarray], steps: Sequence[str]) -> Figure:
    """Draw one line for each measure: the mean over seeds, with whiskers to the lowest and highest.

    Args:
        curves: {measure: (S, T)} rank correlations of S seeds with the trained network, -1 to 1.
        steps: T labels, the first is "trained": which layers are shuffled at each step.
    """
    labels = list(curves)
    n_entries = len(labels) + 1              # and one that says what the whiskers are
    per_line = min(max(1, int(WIDTH / (widest([*labels, WHISKER], SMALL + 1) + 0.65))), n_entries)
    top = 0.25 + 0.19 * -(-n_entries // per_line)
    ticks = [textwrap.fill(word, max(4, int((WIDTH / len(steps) - 0.1) / CHAR))) for word in steps]
    words = LINE * max((tick.count("\n") for tick in ticks), default=0)
    fig = new_figure(0.7 + WIDTH + 0.25, top + HEIGHT + words + 0.65)
    ax = axes_at(fig, 0.7, top, WIDTH, HEIGHT)
    quiet(ax)
    ax.axhline(0, color=GREY, linewidth=1)
    handles: list[Line2D] = []
    lowest, many, aside = -0.2, False, min(0.08, 0.5 / max(len(labels), 1))
    for i, (name, (color, style)) in enumerate(zip(labels, palette(len(labels)), strict=True)):
        values = np.atleast_2d(np.asarray(curves[name], dtype=float))
        # Each line is shifted a little, so that the whiskers of two lines do not overlap.
        x = np.arange(values.shape[1]) + aside * (i - (len(labels) - 1) / 2)
        draw_line(ax, x, values, i, color, style)
        handles.append(Line2D([], [], label=name, **line_look(i, color, style)))
        many = many or len(values) > 1
        lowest = min([lowest, *values[np.isfinite(values)]])
    if many:
        handles.append(whisker_look())
    ax.set(xlim=(-0.4, len(steps) - 0.6), ylim=(max(-1.02, lowest - 0.05), 1.05))
    ax.set_xticks(range(len(steps)), ticks, fontsize=TEXT)
    ax.set_xlabel("layers whose weights are shuffled", fontsize=TEXT, color=INK)
    ax.set_ylabel("rank correlation with the trained network", fontsize=TEXT, color=INK)
    fig.legend(handles=handles, loc="upper center", ncols=per_line, fontsize=SMALL + 1,
               frameon=False, handlelength=2.6, columnspacing=1.2, borderaxespad=0.2)
    return fig
