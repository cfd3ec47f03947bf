"""Fig. 2 with controls: the ranking's knockouts beside those of randomly chosen maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .dots import WHISKER, draw_line, line_look, whisker_look
from .names import as_written
from .style import COLORS, FAINT, GREY, INK, SMALL, TEXT, axes_at, new_figure, quiet, widest

Curves = Mapping[str, np.ndarray]
Panel = tuple[str, Curves, Curves]
WIDTH, PANEL_WIDTH, PANEL_HEIGHT = 9.0, 3.9, 2.3
# Bands differ in grey print too: plain and light, or hatched.
BANDS: tuple[dict[str, Any], ...] = (
    {"facecolor": FAINT, "edgecolor": "none", "alpha": 0.75},
    {"facecolor": "none", "edgecolor": "#C49A5A", "hatch": "////", "linewidth": 0.6},
    {"facecolor": "none", "edgecolor": "#8FB7CC", "hatch": "....", "linewidth": 0.6})
BAND_LINES: tuple[tuple[str, Any], ...] = ((GREY, "--"), ("#8A5A00", "-."), ("#1F6E9C", ":"))


@as_written
def knockout_controls(panels: Sequence[Panel], chance: float | None = None) -> Figure:
    """Draw the panels, two in a row: errors in percent against the number of removed features.

    Args:
        panels: (title, curves, bands) each. Curves are {name: (S, T)} errors from 0 to 1 of S seeds
            after 0, 1, ... T-1 removals: their mean is a line, and whiskers reach from the lowest
            seed to the highest. Bands are {name: (T, 3)}: the 5th percentile, the mean and the
            95th percentile of a control. One name looks the same in all panels.
        chance: the error of a network that always gives the same answer, 0 to 1; a dotted line in
            the panels with "overall" in their title.
    """
    names = list(dict.fromkeys(name for _, curves, _ in panels for name in curves))
    controls = list(dict.fromkeys(name for _, _, bands in panels for name in bands))
    many = any(np.ndim(errors) == 2 and len(errors) > 1
               for _, curves, _ in panels for errors in curves.values())
    labels, handles = _legend(names, controls, many, chance is not None)
    aside = min(0.14, 0.56 / max(len(names), 1))
    columns = min(2, len(panels))
    width = 0.7 + columns * (PANEL_WIDTH + 0.35)
    per_line = min(max(1, int((width - 0.2) / (widest(labels, SMALL + 1) + 0.62))), len(labels))
    legend_height = 0.19 * -(-len(labels) // per_line) + 0.12
    n_rows = -(-len(panels) // columns)
    fig = new_figure(width, legend_height + n_rows * (PANEL_HEIGHT + 0.55) + 0.3)
    for i, (title, curves, bands) in enumerate(panels):
        row, column = divmod(i, columns)
        ax = axes_at(fig, 0.7 + column * (PANEL_WIDTH + 0.35),
                     legend_height + 0.3 + row * (PANEL_HEIGHT + 0.55), PANEL_WIDTH, PANEL_HEIGHT)
        quiet(ax)
        for name, band in bands.items():
            _draw_band(ax, 100 * np.asarray(band, dtype=float), controls.index(name))
        if chance is not None and "overall" in title.lower():
            ax.axhline(100 * chance, color=GREY, linestyle=":", linewidth=1.2, zorder=1.5)
        for name, errors in curves.items():
            i_line, values = names.index(name), 100 * np.atleast_2d(np.asarray(errors, dtype=float))
            # Each line is shifted a little, so that the whiskers of two lines do not overlap.
            x = np.arange(values.shape[1]) + aside * (i_line - (len(names) - 1) / 2)
            draw_line(ax, x, values, i_line, COLORS[i_line % len(COLORS)])
        n_steps = max((np.shape(errors)[-1] for errors in curves.values()), default=1)
        n_steps = max([n_steps, *map(len, bands.values())])
        ax.set(ylim=(0, 100), yticks=range(0, 101, 25), xlim=(-0.4, n_steps - 0.6),
               xticks=range(0, n_steps, -(-n_steps // 12)))
        ax.set_title(title, fontsize=TEXT, color=INK, weight="bold")
        if column == 0:
            ax.set_ylabel("error (%)", fontsize=TEXT, color=INK)
        else:
            ax.tick_params(labelleft=False)
        if i + columns >= len(panels):
            ax.set_xlabel("number of removed features", fontsize=TEXT, color=INK)
    fig.legend(handles, labels, loc="upper center", ncols=per_line, fontsize=SMALL + 1,
               frameon=False, handlelength=2.6, columnspacing=1.2, borderaxespad=0.2,
               handler_map={tuple: HandlerTuple(ndivide=1, pad=0)})
    return fig


def _draw_band(ax: Axes, band: np.ndarray, i: int) -> None:
    """Draw a control: the area between the percentiles band[:, 0] and band[:, 2], and its mean."""
    x, (low, mean, high) = np.arange(len(band)), band.T
    color, style = BAND_LINES[i % len(BANDS)]
    ax.fill_between(x, low, high, zorder=0.5 + 0.1 * i, **BANDS[i % len(BANDS)])
    ax.plot(x, mean, color=color, linestyle=style, linewidth=1.1, zorder=1.8)


def _legend(names: Sequence[str], controls: Sequence[str], many: bool, chance: bool,
            ) -> tuple[list[str], list[Any]]:
    """The legend's words, and the symbol before each of them."""
    words = [*names, *(f"{name}, 5–95 %" for name in controls)]
    handles: list[Any] = [Line2D([], [], **line_look(i, COLORS[i % len(COLORS)]))
                          for i in range(len(names))]
    if many:
        words.insert(len(names), WHISKER)
        handles.append(whisker_look())
    for i in range(len(controls)):
        color, style = BAND_LINES[i % len(BANDS)]
        handles.append((Patch(**BANDS[i % len(BANDS)]),
                        Line2D([], [], color=color, linestyle=style, linewidth=1.1)))
    if chance:
        words.append("the same answer for all")
        handles.append(Line2D([], [], color=GREY, linestyle=":", linewidth=1.2))
    return words, handles
