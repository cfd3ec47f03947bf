"""Table III: for a few identities the face, the network, and the strongest and weakest features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..gradients import Feature, gradient_text, layer_and_unit, layers_of
from .circles import diagram_size, draw_circles, draw_key, key_width, key_words
from .names import as_written, labels
from .style import FAINT, GREY, HEADING, INK, SMALL, TEXT, axes_at, draw_image, new_page, widest

LINE = 0.19                             # inches from one line of the table to the next
RIGHT_EDGES = (0.35, 0.75, 1.6)         # of the columns Layer, Unit and Gradient
TABLE_WIDTH = 1.6


@as_written
def strongest_weakest(rows: Sequence[Mapping[str, Any]], features: Sequence[Feature], *,
                      word: str = "identity") -> Figure:
    """Draw one band for each identity.

    Args:
        rows: for each identity a dict with "identity" (its name), "face" (H, W[, 3]), "scores"
            (n_features,), "strongest" and "weakest": lists of (feature, gradient), which begin
            with the strongest, or with the weakest.
        features: the network's features in order.
        word: what an identity is called.
    """
    n_lines = max(len(row[side]) for row in rows for side in ("strongest", "weakest"))
    circles_wide, circles_high = diagram_size(features)
    face_width = 1.4
    face_height = max(face_width * row["face"].shape[0] / row["face"].shape[1] for row in rows)
    band = max(n_lines * LINE, face_height, 1.3) + 0.36
    circle = min((band - 0.4) / circles_high, 0.16)
    names = labels(row["identity"] for row in rows)
    face_left = 0.2 + max(widest(names, HEADING, "bold"), 0.2) + 0.2
    network_left = face_left + face_width + 0.35
    table_left = max(network_left + circles_wide * circle, network_left + 0.5) + 0.3
    second_left = table_left + TABLE_WIDTH + 0.55
    key, top = f"the {word}'s largest gradient; {key_words(features)}", 0.62
    width = max(second_left + TABLE_WIDTH, face_left + key_width(key) + 0.2) + 0.25
    fig, page = new_page(width, top + len(rows) * band + 0.4)

    for x, title in ((0.2, "ID"), (face_left, "Image"), (network_left, "Network")):
        page.text(x, top - 0.12, title, fontsize=SMALL, color=GREY)
    for x, side in ((table_left, "Strongest features"), (second_left, "Weakest features")):
        page.text(x, top - 0.34, side, fontsize=TEXT, color=INK, weight="bold")
        _line(page, x, top - 0.12, ("Layer", "Unit", "Gradient"), GREY, SMALL)
    for i, row in enumerate(rows):
        y = top + i * band
        page.plot([0.2, width - 0.2], [y, y], color=FAINT, linewidth=0.8)
        middle = y + band / 2
        page.text(0.2, middle, names[i], fontsize=HEADING, color=INK, weight="bold",
                  va="center")
        image_height = face_width * row["face"].shape[0] / row["face"].shape[1]
        draw_image(page, row["face"], face_left, middle - image_height / 2, face_width)
        ax = axes_at(fig, network_left, middle + 0.05 - circles_high * circle / 2,
                     circles_wide * circle, circles_high * circle)
        draw_circles(ax, row["scores"], features)
        for x, side in ((table_left, "strongest"), (second_left, "weakest")):
            _column(page, x, middle, row[side], layers_of(features))
    draw_key(page, face_left + 0.1, top + len(rows) * band + 0.12, key)
    return fig


def _column(page: Axes, left: float, middle: float, ranked: Sequence[tuple[Feature, float]],
            layers: Sequence[str]) -> None:
    """Write one identity's strongest or weakest features, centred at the height `middle`."""
    for i, (feature, value) in enumerate(ranked):
        baseline = middle + (i - (len(ranked) - 1) / 2) * LINE + 0.05
        layer, unit = layer_and_unit(feature, layers)
        _line(page, left, baseline, (str(layer), str(unit), gradient_text(value)), INK, TEXT)


def _line(page: Axes, left: float, baseline: float, words: Sequence[str], color: str,
          size: float) -> None:
    """Write one line of the table; its columns are aligned right, as usual for numbers."""
    for edge, word in zip(RIGHT_EDGES, words, strict=True):
        page.text(left + edge, baseline, word, fontsize=size, color=color, ha="right")
