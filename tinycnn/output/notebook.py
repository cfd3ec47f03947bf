"""HTML for notebooks: tables, and maps as small pictures. Plain HTML, so slides show it too."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from .text import span, times

Array = np.ndarray

# Okabe and Ito's colours: people with any kind of colour vision can tell them apart. Blue is for -,
# orange for +, purple for numbers that are not finite.
MINUS, ZERO, PLUS = np.array([(0, 114, 178), (250, 250, 250), (213, 94, 0)], float)
NOT_FINITE = (204, 121, 167)
TILES = 10          # shown maps of a layer
SIDE = 44           # pixels, about, of the longer side of a map
GAP = 3             # pixels between two maps


class Html(str):
    """Text that is HTML already and must not be escaped."""


def scale(image: Array) -> tuple[Array, float, bool]:
    """A map as shares of its largest number, that number, and whether some are below 0.

    Numbers that are not finite have the share 0.
    """
    values = np.where(np.isfinite(image), image, 0).astype(float)
    size = float(np.abs(values).max(initial=0))
    return values / (size or 1), size, bool((values < 0).any())


def colours(image: Array) -> Array:
    """A map of any shape as colours (..., 3), uint8.

    Greys from 0 to its largest number, or blue - white - orange if some are below 0.
    """
    share, _, signed = scale(image)
    share, finite = share[..., None], np.isfinite(image)
    if signed:
        rgb = np.where(share < 0, ZERO + (MINUS - ZERO) * -share, ZERO + (PLUS - ZERO) * share)
    else:
        rgb = 255 * np.repeat(share, 3, axis=-1)
    return np.where(finite[..., None], rgb, NOT_FINITE).round().astype(np.uint8)


def tiles(array: Array) -> Array:
    """The first maps (n, H, W) of the first image; for units or weights in rows, the first row."""
    if array.ndim == 4 and len(array):
        maps = array[0] if array.shape[2] * array.shape[3] > 1 else array[0].reshape(1, 1, -1)
        return maps[:TILES]
    return array[:1].reshape(1, 1, -1)


def picture(maps: Array) -> Html:
    """Maps (n, H, W) side by side as one picture, on a common scale."""
    from PIL import Image  # imported late: only pictures need it
    if maps.size == 0:
        return Html("")
    n, height, width = maps.shape
    zoom = 8 if height == 1 else max(1, SIDE // max(height, width))
    rgb = colours(maps).repeat(zoom, axis=1).repeat(zoom, axis=2)
    strip = np.full((height * zoom, n * (width * zoom + GAP) - GAP, 3), 255, np.uint8)
    for i, one in enumerate(rgb):
        left = i * (width * zoom + GAP)
        strip[:, left:left + width * zoom] = one
    file = io.BytesIO()
    Image.fromarray(strip).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return Html(f"<img src='data:image/png;base64,{data}' alt='' style='max-width:100%;"
                "image-rendering:pixelated;vertical-align:middle;border:1px solid #b0b0b0'>")


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = (), sides: str = "") -> Html:
    """A table; `sides` has "<" or ">" for each column. Cells are escaped unless they are Html."""
    css = {"<": "left", ">": "right", "": "left"}

    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(
            f"<{tag} style='text-align:{css[sides[i:i + 1]]};white-space:nowrap;padding:2px 8px'>"
            f"{cell if isinstance(cell, Html) else escape(cell)}</{tag}>"
            for i, cell in enumerate(cells)) + "</tr>"

    top = f"<thead>{line(head, 'th')}</thead>" if head else ""
    return Html(f"<table style='margin:4px 0'>{top}<tbody>"
                + "".join(line(row, "td") for row in rows) + "</tbody></table>")


def code(text: str) -> Html:
    """Text in a font where all letters have the same width."""
    return Html(f"<code>{escape(text)}</code>")


def units_html(arrays: Mapping[str, Array], what: str) -> Html:
    """The table of a trace or a backward pass: every layer with its range and its first maps."""
    rows = [(code(name), times(array.shape), span(array), picture(tiles(array)))
            for name, array in arrays.items()]
    legend = ("Maps of the first image, each layer on its own scale: greys from 0 up, or blue "
              "below 0 and orange above.")
    return Html(f"<div>{table(rows, ('layer', 'shape', what, ''))}<small>{legend}</small></div>")
