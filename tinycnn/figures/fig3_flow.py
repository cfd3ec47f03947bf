"""Fig. 3: what is predicted for each identity as features are knocked out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..gradients import Feature, feature_name, layers_of
from .names import as_written, labels
from .style import FAINT, GREY, HEADING, INK, SMALL, TEXT, axes_at, new_figure, palette, widest

BAND = 0.74         # the share of a row's height that its lines use
FLAT = 0.12         # how long a line stays level at either side of a step, in steps
START = -0.75       # where lines begin, left of step 0


@as_written
def prediction_flow(modes: np.ndarray, names: Sequence[str], removed: Sequence[Feature],
                    features: Sequence[Feature], *, highlight: int | None = None,
                    title: str = "", word: str = "identity") -> Figure:
    """Draw a line for each true identity through the rows of the identities predicted for it.

    Each line starts in its own row. It has its own height within every row, so that lines which
    end in the same row stay apart.

    Args:
        modes: (steps, K) ints: the identity most often predicted for the images of identity k
            after s removals; row 0 is the intact network. -1: it has no images, and no line.
        names: of the rows: K names, and those of more rows, in which no line begins.
        removed: the steps-1 features in the order of their removal.
        features: the network's features in order; this order numbers the layers.
        highlight: the identity, 0-based, whose features are removed.
        title: written above.
        word: what an identity is called.
    """
    (n_steps, n_people), n_rows = modes.shape, len(names)
    names = labels(names)
    step_width = min(max(8.0 / n_steps, 0.47), 1.0)
    row_height = 0.42 if n_people <= 20 else 0.34
    label_width = widest(names, TEXT) + 0.15
    top = 0.55 if title else 0.2
    width, height = step_width * (n_steps - 1 - START + 0.3), row_height * n_rows
    below = "number of removed features, and the layer and unit removed last"
    words = max(widest([title], HEADING, "bold"), widest([below], TEXT)) + 0.5
    side = max(0.45 + label_width, (words - width) / 2)     # few steps are narrower than the words
    fig = new_figure(side + width + side, top + height + 0.7)
    ax = axes_at(fig, side, top, width, height)
    ax.set(xlim=(START, n_steps - 0.7), ylim=(n_rows - 0.5, -0.5))
    lanes = ((np.arange(n_people) + 0.5) / n_people - 0.5) * BAND
    _draw_rows(ax, names, lanes, highlight)
    paths = np.vstack([np.arange(n_people), modes])
    for k, (color, style) in enumerate(palette(n_people)):
        if (modes[:, k] < 0).any():
            continue
        chosen = k == highlight
        x, y = smooth_path(paths[:, k] + lanes[k])
        line, = ax.plot(x, y, color=color, linestyle="-" if chosen else style,
                        linewidth=3.0 if chosen else 1.5 if n_people <= 20 else 0.9,
                        zorder=4 if chosen else 3, solid_capstyle="butt", label=names[k])
        if chosen:      # a white edge keeps the thick line apart from those it crosses
            line.set_path_effects([patheffects.withStroke(linewidth=4.6, foreground="white")])
    layers = layers_of(features)
    steps = ["none", *(feature_name(feature, layers) for feature in removed)]
    ax.set_xticks(range(n_steps), [f"{s}\n{step}" for s, step in enumerate(steps)])
    ax.set_xlabel(below, fontsize=TEXT, color=INK)
    fig.text(0.25 / fig.get_figwidth(), ax.get_position().y1, f"true {word}", rotation=90,
             fontsize=TEXT, color=GREY, ha="center", va="top")
    fig.text(1 - 0.25 / fig.get_figwidth(), ax.get_position().y1, f"predicted {word}",
             rotation=90, fontsize=TEXT, color=GREY, ha="center", va="top")
    if title:
        space = 1 - (widest([title], HEADING, "bold") + 0.2) / fig.get_figwidth()
        fig.text(min(ax.get_position().x0, space), 1 - 0.3 / fig.get_figheight(), title,
                 fontsize=HEADING, color=INK, weight="bold")
    return fig


def smooth_path(heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A line: heights[0] at its left end, heights[s + 1] at step s, and S-curves between them."""
    stations = np.array([START, *range(len(heights) - 1)])
    t = np.linspace(0, 1, 25)
    s_curve = t * t * (3 - 2 * t)
    x, y = [], []
    for a, b, low, high in zip(stations, stations[1:], heights, heights[1:], strict=False):
        x += [[a], a + FLAT + (b - a - 2 * FLAT) * t]
        y += [[low], low + (high - low) * s_curve]
    end = stations[-1]
    return (np.concatenate([*x, [end, end + 0.3]]),
            np.concatenate([*y, [heights[-1], heights[-1]]]))


def _draw_rows(ax: Axes, names: Sequence[str], lanes: np.ndarray, highlight: int | None) -> None:
    """Draw striped rows; left: the names of lines (true identities), right: the names of rows."""
    for row in range(len(names)):
        tint = "#fdf0cf" if row == highlight else "#f5f5f5" if row % 2 else "white"
        ax.axhspan(row - 0.5, row + 0.5, color=tint, linewidth=0, zorder=0)
    ax.set_yticks(np.arange(len(lanes)) + lanes, names[:len(lanes)])
    right = ax.secondary_yaxis("right")
    right.set_yticks(range(len(names)), names)
    for axis in (ax, right):
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0, labelsize=TEXT, labelcolor=INK)
        if highlight is not None:
            axis.get_yticklabels()[highlight].set_fontweight("bold")
    ax.tick_params(axis="x", labelsize=SMALL + 0.5)
    ax.grid(axis="x", color=FAINT, linewidth=0.6, zorder=1)
