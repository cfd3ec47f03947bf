"""The exercise sheet: a tiny network with boxes to fill in, and the same with the numbers."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .names import as_written
from .style import COLORS, FAINT, GREY, HEADING, INK, SMALL, TEXT, new_page

if TYPE_CHECKING:
    from ..stepper.tiny import Box, Page

WIDTH, HEIGHT, MARGIN = 8.27, 11.69, 0.7        # A4, in inches
CELL = (0.46, 0.24)                             # a number to fill in
SMALL_CELL = (0.32, 0.24)                       # a given number
GAP = 0.42


@as_written
def worksheet(page: Page, title: str, solved: bool) -> Figure:
    """Draw the sheet: given numbers on grey, the others as empty boxes or, if `solved`, in blue."""
    fig, axes = new_page(WIDTH, HEIGHT)
    axes.text(MARGIN, 0.55, title, fontsize=HEADING + 2, color=INK, weight="bold", va="center")
    axes.text(WIDTH - MARGIN, 0.55, "solution" if solved else "name: " + "_" * 26, ha="right",
              fontsize=TEXT, color=COLORS[0] if solved else INK, va="center")
    note = textwrap.wrap(page.note, 112)
    axes.text(MARGIN, 0.76, "\n".join(note), fontsize=SMALL + 0.5, color=GREY, va="top")
    top = 0.94 + 0.15 * len(note)
    for row in page:
        for formula in row.formulas:
            axes.text(MARGIN, top, formula, fontsize=TEXT, color=INK, va="center", style="italic")
            top += 0.19
        top += 0.07
        left = MARGIN
        for box in row.boxes:
            left += _draw(axes, box, left, top, solved) + GAP
        top += 0.12 + max(len(box.values) for box in row.boxes) * CELL[1] + 0.24
    return fig


def _draw(axes: Axes, box: Box, left: float, top: float, solved: bool) -> float:
    """Draw one array with its name above; returns its width in inches."""
    width, height = SMALL_CELL if box.given else CELL
    axes.text(left, top, box.name, fontsize=SMALL + 0.5, color=INK, va="center", weight="bold")
    for i, j in np.ndindex(*box.values.shape):
        if np.isnan(box.values[i, j]):
            continue
        corner = (left + j * width, top + 0.12 + i * height)
        axes.add_patch(Rectangle(corner, width, height, facecolor=FAINT if box.given else "white",
                                 edgecolor=GREY, linewidth=0.6))
        if box.given or solved:
            axes.text(corner[0] + width / 2, corner[1] + height / 2, box.text(i, j), ha="center",
                      va="center_baseline", fontsize=SMALL + 0.5,
                      color=INK if box.given else COLORS[0])
    return max(box.values.shape[1] * width, 0.07 * len(box.name))
