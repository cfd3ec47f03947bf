"""HTML for notebooks: tables, and maps as small pictures. Plain HTML, which any slide shows too."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from .numbers import span, times

Array = np.ndarray

# Okabe and Ito's blue and orange for - and +, which people with any kind of colour vision can tell
# apart, and their purple for what is no number.
MINUS, ZERO, PLUS = np.array([(0, 114, 178), (250, 250, 250), (213, 94, 0)], float)
NOT_FINITE = (204, 121, 167)
TILES = 10          # maps of a layer that are shown
SIDE = 44           # pixels, about, of the longer side of a map


class Html(str):
    """Text that is HTML already and must not be escaped."""


def colours(image: Array, size: float | None = None) -> Array:
    """A map as colours: greys from 0 to its largest, or blue - white - orange if it has signs.

    Args:
        image: any shape. size: the number that is as white or as coloured as can be; by default
            the largest that occurs.

    Returns:
        The same shape with a last axis of 3, uint8.
    """
    image = np.asarray(image, float)
    finite = np.isfinite(image)
    values = np.where(finite, image, 0)
    if size is None:
        size = float(np.abs(values).max(initial=0))
    share = np.clip(values / size if size else values, -1, 1)[..., None]
    if (values >= 0).all():
        rgb = 255 * np.repeat(share, 3, axis=-1)
    else:
        rgb = np.where(share < 0, ZERO + (MINUS - ZERO) * -share, ZERO + (PLUS - ZERO) * share)
    return np.where(finite[..., None], rgb, NOT_FINITE).round().astype(np.uint8)


def tiles(array: Array) -> Array:
    """The first maps (n, H, W) of the first image; of units or weights in rows, the first row."""
    if array.ndim == 4 and len(array):
        maps = array[0] if array.shape[2] * array.shape[3] > 1 else array[0].reshape(1, 1, -1)
        return maps[:TILES]
    return array[:1].reshape(1, 1, -1) if array.ndim >= 2 else array.reshape(1, 1, -1)


def picture(maps: Array) -> Html:
    """Maps (n, H, W) side by side as one picture, on a common scale."""
    from PIL import Image  # only who looks at a picture pays for the import
    if maps.size == 0:
        return Html("")
    n, height, width = maps.shape
    flat = height == 1
    scale = max(1, 8 if flat else SIDE // max(height, width))
    rgb = colours(maps)
    strip = np.full((height * scale, n * (width * scale + 3) - 3, 3), 255, np.uint8)
    for i, one in enumerate(rgb):
        left = i * (width * scale + 3)
        strip[:, left:left + width * scale] = one.repeat(scale, axis=0).repeat(scale, axis=1)
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
