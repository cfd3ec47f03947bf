"""Fig. 1: the outputs of every feature map for a few faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .style import GREY, INK, SMALL, TEXT, draw_image, new_page, widest

PER_ROW = 12        # a layer with more maps continues in another row
HEAD = 0.42         # inches for a face's caption and the numbers of the units


def feature_maps(faces: np.ndarray, maps: Sequence[Mapping[str, np.ndarray]],
                 names: Sequence[str], *, limits: tuple[float, float] = (-1.0, 1.0)) -> Figure:
    """Draw each face at the left; at its right, one row for each layer with all of its maps.

    All maps share one grey scale, so a map with the same output everywhere looks flat.

    Args:
        faces: (P, H, W).
        maps: for each face {layer: (C, h, w)}, the layers in order.
        names: P captions.
        limits: the outputs that are drawn black and white; tanh is between -1 and 1.
    """
    n_maps = [len(maps_of_layer) for maps_of_layer in maps[0].values()]
    columns = min(max(n_maps), PER_ROW)
    aspect = max(layer.shape[1] / layer.shape[2] for layer in maps[0].values())
    cell, gap, face_width = min(0.66, 7.0 / columns), 0.05, 1.5
    left = 0.2 + face_width + 0.75
    rows = sum(-(-n // PER_ROW) for n in n_maps)
    block = HEAD + max(rows * (cell * aspect + gap), face_width * faces.shape[1] / faces.shape[2])
    width = max(left + columns * (cell + gap), 0.2 + widest(names, TEXT), 4.2) + 0.2
    fig, page = new_page(width, len(faces) * (block + 0.12) + 0.6)
    for p, name in enumerate(names):
        top = 0.1 + p * (block + 0.12)
        page.text(0.2, top + 0.17, name, fontsize=TEXT, color=INK)
        draw_image(page, faces[p], 0.2, top + HEAD, face_width)
        for column in range(columns):
            page.text(left + column * (cell + gap) + cell / 2, top + HEAD - 0.07, str(column + 1),
                      fontsize=SMALL, color=GREY, ha="center")
        page.text(left - 0.15, top + HEAD - 0.07, "unit", fontsize=SMALL, color=GREY, ha="right")
        y = top + HEAD
        for number, layer in enumerate(maps[p].values(), start=1):
            for first in range(0, len(layer), PER_ROW):
                page.text(left - 0.15, y + cell * aspect / 2,
                          f"from {first + 1}" if first else f"layer {number}", fontsize=SMALL,
                          color=GREY, ha="right", va="center")
                for column, image in enumerate(layer[first:first + PER_ROW]):
                    draw_image(page, image, left + column * (cell + gap), y, cell, limits)
                y += cell * aspect + gap
    _scale(fig, limits)
    return fig


def _scale(fig: Figure, limits: tuple[float, float]) -> None:
    """Draw a strip of all greys at the bottom right, with the outputs that they mean."""
    page = fig.axes[0]
    width, height = fig.get_size_inches()
    left, top, length = width - 0.35 - 1.6, height - 0.42, 1.6
    strip = np.linspace(*limits, 160)[None, :].repeat(12, axis=0)
    draw_image(page, strip, left, top, length, limits)
    page.text(left - 0.1, top + 0.06, "output of a unit", fontsize=SMALL, color=GREY, ha="right",
              va="center")
    for share in (0, 0.5, 1):
        value = limits[0] + share * (limits[1] - limits[0])
        page.text(left + share * length, top + 0.27, f"{value:g}".replace("-", "−"),
                  fontsize=SMALL, color=GREY, ha="center")
