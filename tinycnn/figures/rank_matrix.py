"""Do two measures rank the feature maps alike? A heat map of rank correlations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from .names import as_written
from .style import FAINT, INK, SMALL, TEXT, axes_at, new_figure, widest

CELL = 0.4          # inches
# Purple and orange differ for every colour vision; white between them means "unrelated".
SHADES = colormaps["PuOr_r"].with_extremes(bad=FAINT)


@as_written
def rank_agreement(matrix: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw an (M, M) matrix of rank correlations from -1 to 1, with the numbers in the cells.

    Args:
        matrix: row and column i belong to names[i]; NaN means unknown and is grey.
        names: M names, written at the left and above (turned there if wider than a cell).
    """
    values = np.asarray(matrix, dtype=float)
    name_width = widest(names, SMALL + 0.5)
    turned = name_width > CELL - 0.04
    side = CELL * len(names)
    top = 0.2 + (name_width if turned else 0.12)
    fig = new_figure(max(name_width + 0.3 + side, 3.2) + 0.15, top + side + 0.35)
    ax = axes_at(fig, name_width + 0.25, top, side, side)
    ax.imshow(values, cmap=SHADES, vmin=-1, vmax=1, aspect="auto")
    ax.set_xticks(range(len(names)), names, rotation=90 if turned else 0)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(length=0, labeltop=True, labelbottom=False, labelsize=SMALL + 0.5,
                   labelcolor=INK)
    ax.spines[:].set_visible(False)
    for edge in range(1, len(names)):       # thin white lines keep neighbours apart
        ax.axhline(edge - 0.5, color="white", linewidth=0.8)
        ax.axvline(edge - 0.5, color="white", linewidth=0.8)
    for (y, x), value in np.ndenumerate(values):
        if np.isfinite(value):
            number = f"{round(value, 2) + 0.0:.2f}".replace("-", "−")       # + 0.0: no "−0.00"
            ax.text(x, y, number, fontsize=SMALL - 0.5, ha="center", va="center",
                    color="white" if abs(value) > 0.65 else INK)
    width, height = fig.get_size_inches()
    fig.text(0.2 / width, 0.1 / height, "rank correlation, 1: the same order", fontsize=TEXT - 0.5,
             color=INK)
    return fig
