"""Section V-E: which feature maps are weak for everybody, and whether their outputs say why."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..gradients import Feature, feature_name, layers_of
from .names import as_written, labels
from .style import FAINT, GREY, INK, SMALL, TEXT, axes_at, new_figure, quiet, text_width, widest

ROW, PANEL, GAP = 0.25, 0.85, 0.3       # inches: a row's height, a side panel's width, the gap
NUMBERED = 20                           # with more people than that, ranks are shown by colour only


@as_written
def problematic_units(rows: Sequence[Mapping[str, Any]], features: Sequence[Feature],
                      people: Sequence[str], *, word: str = "identity",
                      of: str = "map") -> Figure:
    """Draw a heat map of ranks (features x people), and beside it the outputs of each map.

    Args:
        rows: for each feature a dict with "feature", "ranks" (K,) (1 is the strongest map for that
            class, NaN unknown), "mean_activation" (-1..1), "spread" (its standard deviation),
            "saturated" (the share of outputs near -1 or 1; NaN, drawn as a dash, if there are no
            limits) and "verdict" (words). One more panel is
            drawn with "alone": what removing only that map adds to the overall error (-1..1).
        features: the network's features in order; this order numbers the layers.
        people: K names.
        word, of: what an identity, and a feature, is called.
    """
    layers, people = layers_of(features), labels(people)
    verdicts = [textwrap.wrap(str(row["verdict"]), 32) for row in rows]
    row_height = max(ROW, 0.135 * max(map(len, verdicts)) + 0.05)
    people_width = widest(people, SMALL)
    cell = 0.27 if len(people) <= NUMBERED else 0.2
    turned = people_width > cell - 0.04
    top = 0.6 + (people_width if turned else 0.12)
    height = row_height * len(rows)
    heat_width = cell * len(people)
    verdict_width = widest((line for lines in verdicts for line in lines), SMALL + 0.5)
    side_left = 0.85 + heat_width + GAP
    panels: list[tuple[str, str, tuple[float, float]]] = [
        ("mean output", "mean_activation", (-1, 1)), ("spread", "spread", (0, 1))]
    if any(np.isfinite(row["saturated"]) for row in rows):      # else no activation has limits
        panels.append(("saturated", "saturated", (0, 1)))
    if all("alone" in row for row in rows):
        panels.append(("error alone", "alone", (-0.02, 0.1)))
    verdict_left = side_left + len(panels) * (PANEL + GAP) - 0.1
    fig = new_figure(verdict_left + max(verdict_width, text_width("verdict", TEXT)) + 0.25,
                     top + height + 0.45)

    heat = axes_at(fig, 0.85, top, heat_width, height)
    ranks = np.array([row["ranks"] for row in rows], dtype=float)
    _heat_map(heat, ranks, len(features), people, turned)
    heat.set_title(f"rank of the {of} for each {word}, 1 the strongest", fontsize=TEXT, color=INK,
                   loc="left", pad=8)
    heat.set_yticks(range(len(rows)), [feature_name(row["feature"], layers) for row in rows])
    heat.set_ylabel("layer, unit", fontsize=TEXT, color=INK)
    for i, (title, key, limits) in enumerate(panels):
        ax = axes_at(fig, side_left + i * (PANEL + GAP), top, PANEL, height)
        _bars(ax, [row[key] for row in rows], title, limits)
    words = axes_at(fig, verdict_left, top, 1, height)
    words.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    words.axis("off")
    words.set_title("verdict", fontsize=TEXT, color=INK, loc="left")
    for y, lines in enumerate(verdicts):
        words.text(0, y, "\n".join(lines), fontsize=SMALL + 0.5, color=INK, va="center",
                   linespacing=1.05)
    return fig


def _heat_map(ax: Axes, ranks: np.ndarray, last: int, people: Sequence[str],
              turned: bool) -> None:
    """The ranks as shades of blue, the strongest darkest, each with its number if there is room."""
    ax.imshow(ranks, cmap="Blues_r", vmin=1, vmax=last * 1.15, aspect="auto")
    ax.set_xticks(range(len(people)), people, rotation=90 if turned else 0)
    ax.tick_params(length=0, labeltop=True, labelbottom=False, labelsize=SMALL, labelcolor=INK)
    ax.spines[:].set_visible(False)
    if len(people) <= NUMBERED:
        for (y, x), rank in np.ndenumerate(ranks):
            if np.isfinite(rank):
                ax.text(x, y, f"{rank:.0f}", fontsize=SMALL - 0.5, ha="center", va="center",
                        color="white" if rank < 0.55 * last else INK)


def _bars(ax: Axes, values: Sequence[float], title: str, limits: tuple[float, float]) -> None:
    """Draw one bar for each row, beside its row of the heat map."""
    quiet(ax)
    ax.grid(visible=False, axis="y")
    ax.barh(range(len(values)), values, height=0.6, color=GREY)
    for y in np.flatnonzero(~np.isfinite(values)).tolist():
        ax.text(0.02, y, "–", fontsize=SMALL, color=GREY, va="center")
    if limits[0] < 0:
        ax.axvline(0, color=FAINT, linewidth=0.8)
    known = [value for value in values if np.isfinite(value)]   # without tanh, outputs may be large
    ax.set(xlim=(min([limits[0], *known]), max([limits[1], *known])),
           ylim=(len(values) - 0.5, -0.5), yticks=[])
    ax.xaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
    ax.set_title(title, fontsize=TEXT, color=INK)
