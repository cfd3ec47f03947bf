"""The look of all figures: sizes, greys and colours, pages measured in inches, and the PNG file.

A figure here is a plain `matplotlib.figure.Figure`, without pyplot and its global list of open
figures. So drawing needs no display, and figures may be drawn in threads.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextPath

from ..output.whole_file import whole_file
from .fonts import properties

DPI = 150
HEADING, TEXT, SMALL = 10.5, 9.0, 7.5       # font sizes in points
INK, GREY, EDGE, FAINT = "#222222", "#666666", "#b0b0b0", "#d8d8d8"

# Okabe and Ito's colours, which people with any kind of colour vision can tell apart. Their yellow
# is left out: a thin yellow line on white paper is invisible to everybody.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
LINE_STYLES: tuple[Any, ...] = ("-", (0, (4, 1.2)), (0, (1.2, 1)), (0, (6, 1.2, 1.2, 1.2)),
                                (0, (10, 2)), (0, (3, 1, 1, 1, 1, 1)))
MARKERS = "osD^vP*X<>p"
GREYS = colormaps["gray"].with_extremes(bad=FAINT)     # unknown pixels (NaN) are light grey


def palette(n: int) -> list[tuple[str, Any]]:
    """The (colour, line style) of each of `n` lines; no two are the same up to 42 lines."""
    n_colors, n_styles = len(COLORS), len(LINE_STYLES)
    return [(COLORS[i % n_colors], LINE_STYLES[i // n_colors % n_styles]) for i in range(n)]


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure of this size in inches."""
    return Figure(figsize=(width, height), dpi=DPI, facecolor="white")


def axes_at(fig: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place given in inches from the top left corner of the figure."""
    total_width, total_height = fig.get_size_inches()
    return fig.add_axes((left / total_width, 1 - (top + height) / total_height,
                         width / total_width, height / total_height))


def new_page(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure covered by one invisible axes whose coordinates are inches from the top left.

    For pages that are laid out by hand (a face here, a word there): places are in inches.
    """
    fig = new_figure(width, height)
    page = axes_at(fig, 0, 0, width, height)
    page.set(xlim=(0, width), ylim=(height, 0))
    page.axis("off")
    page.autoscale(False)
    return fig, page


def pictures(images: np.ndarray) -> np.ndarray:
    """Images (..., C, H, W) as they are drawn: (..., H, W), or (..., H, W, 3) if C is 3."""
    return np.moveaxis(images, -3, -1) if images.shape[-3] == 3 else images.mean(axis=-3)


def grey_limits(images: np.ndarray) -> tuple[float, float]:
    """The values drawn black and white: 0 and 1, or the extremes of standardised images."""
    known = images[np.isfinite(images)]
    if known.size == 0 or (known.min() >= 0 and known.max() <= 1):
        return 0.0, 1.0
    return float(known.min()), float(known.max())


def draw_image(page: Axes, image: np.ndarray, left: float, top: float, width: float,
               limits: tuple[float, float] | None = None) -> AxesImage:
    """Put an image (H, W), or (H, W, 3) in colour, on a page, `width` inches wide.

    Its shape gives the height. A thin frame shows where a white image ends.
    """
    low, high = grey_limits(image) if limits is None else limits
    height = width * image.shape[0] / image.shape[1]
    if image.ndim == 3:
        image = np.nan_to_num(np.clip((image - low) / (high - low), 0, 1), nan=0.85)   # FAINT
    page.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor=EDGE, linewidth=0.6))
    return page.imshow(image, cmap=GREYS, vmin=low, vmax=high, aspect="auto",
                       extent=(left, left + width, top + height, top))


def quiet(ax: Axes) -> None:
    """Take the noise out of a chart: no box, thin grey axes, a faint grid behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set(color=GREY, linewidth=0.7)
    ax.tick_params(colors=GREY, labelcolor=INK, labelsize=SMALL + 0.5, width=0.7, length=3)
    ax.grid(color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """The width in inches of one line of text at `size` points."""
    if not text.strip():
        return 0.0
    outline = TextPath((0, 0), text.replace("$", r"\$"), size=size,     # "$" is no formula
                       prop=properties(text, size, weight))
    return float(outline.vertices[:, 0].max()) / 72


def widest(texts: Iterable[str], size: float, weight: str = "normal") -> float:
    """The width in inches of the widest of some texts, 0 if there is none."""
    return max((text_width(text, size, weight) for text in texts), default=0.0)


def save(fig: Figure, path: str | Path) -> Path:
    """Write a PDF file if the path ends in .pdf, else a PNG file; returns the path.

    The same figure gives the same bytes: the file contains no date and no version.
    """
    with whole_file(path) as draft:
        if Path(path).suffix.lower() == ".pdf":
            fig.savefig(draft, format="pdf",
                        metadata={"Creator": None, "Producer": None, "CreationDate": None})
        else:
            fig.savefig(draft, format="png", dpi=DPI, metadata={"Software": None})
    return Path(path)
