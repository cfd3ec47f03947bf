"""Fig. 1: the outputs of every feature map, or hidden unit, for a few images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from .names import as_written, labels
from .style import GREY, INK, SMALL, TEXT, draw_image, new_page, widest

PER_ROW = 12        # a layer with more maps continues in another row; twice as many small ones
CAPTION = 5.0       # inches, of a long caption
HEAD = 0.42         # inches for a face's caption and the numbers of the units
Limits = tuple[float, float]


@as_written
def feature_maps(faces: np.ndarray, maps: Sequence[Mapping[str, np.ndarray]],
                 names: Sequence[str], *,
                 limits: Limits | Mapping[str, Limits] = (-1.0, 1.0)) -> Figure:
    """Draw each face at the left; at its right, one row for each layer with all of its maps.

    All maps of a layer share one grey scale, so a map with the same output everywhere looks flat.

    Args:
        faces: (P, H, W), or (P, H, W, 3) in colour.
        maps: for each face {layer: (C, h, w)}, the layers in order; (C,) for hidden units, each of
            which is drawn as a square.
        names: P captions.
        limits: the outputs that are drawn black and white; tanh is between -1 and 1. {layer:
            limits} if they differ; then they are written beside each layer.
    """
    names = labels(names, CAPTION)
    maps = [{name: np.reshape(layer, (*np.shape(layer), 1, 1)[:3]) for name, layer in own.items()}
            for own in maps]
    ranges = limits if isinstance(limits, Mapping) else dict.fromkeys(maps[0], limits)
    beside = [f"layer {number}" + ("" if ranges is not limits else
                                   "\n{:.3g} to {:.3g}".format(*ranges[key]).replace("-", "−"))
              for number, key in enumerate(maps[0], start=1)]
    layers = list(maps[0].values())
    most, single = max(map(len, layers)), all(layer[0].size == 1 for layer in layers)
    per_row = 2 * PER_ROW if single or most > 5 * PER_ROW else PER_ROW
    columns = min(most, per_row)
    cell, gap, face_width = min(0.66, 7.0 / columns), 0.05, 1.5
    height = cell * max(layer.shape[1] / layer.shape[2] for layer in layers)
    if ranges is limits:
        height = max(height, 0.3)       # two lines beside it
    left = 0.2 + face_width + max(0.75, widest("\n".join(beside).split("\n"), SMALL) + 0.3)
    rows = sum(-(-len(layer) // per_row) for layer in layers)
    block = HEAD + max(rows * (height + gap), face_width * faces.shape[1] / faces.shape[2])
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
        for label, (key, layer) in zip(beside, maps[p].items(), strict=True):
            for first in range(0, len(layer), per_row):
                page.text(left - 0.15, y + height / 2, f"from {first + 1}" if first else label,
                          fontsize=SMALL, color=GREY, ha="right", va="center")
                for column, image in enumerate(layer[first:first + per_row]):
                    draw_image(page, image, left + column * (cell + gap), y, cell, ranges[key])
                y += height + gap
    _scale(fig, None if isinstance(limits, Mapping) else limits)
    return fig


def _scale(fig: Figure, limits: Limits | None) -> None:
    """Draw a strip of all greys at the bottom right, with the outputs that they mean.

    Args:
        limits: None if each layer has its own.
    """
    page = fig.axes[0]
    width, height = fig.get_size_inches()
    left, top, length = width - 0.35 - 1.6, height - 0.42, 1.6
    low, high = limits or (0.0, 1.0)
    strip = np.linspace(low, high, 160)[None, :].repeat(12, axis=0)
    draw_image(page, strip, left, top, length, (low, high))
    page.text(left - 0.1, top + 0.06, "output of a unit", fontsize=SMALL, color=GREY, ha="right",
              va="center")
    for share, words in ((0, "lowest"), (0.5, ""), (1, "highest")):
        value = f"{low + share * (high - low):.3g}".replace("-", "−")
        page.text(left + share * length, top + 0.27, value if limits else words, fontsize=SMALL,
                  color=GREY, ha="center")
