"""The paper's network diagram: a circle for each feature map, whiter for a larger gradient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Circle

from ..gradients import Feature, layer_and_unit, layers_of
from .style import GREY, INK, SMALL, draw_image, text_width

# Circles may have any grey from black to white, so the background is a colour.
GROUND = "#7ba0c4"
ROWS = 12           # a layer with more maps continues in another column; more for large networks
GAP = 0.45          # between two layers, in circles
MARGIN = 0.15       # around the diagram, in circles
KEY_STRIP = 1.2     # inches


def circle_places(features: Sequence[Feature]) -> np.ndarray:
    """The centre (x, y) of each feature's circle: layers side by side, units downward from 1."""
    layers, rows = layers_of(features), rows_of(features)
    n_units = [max(unit for name, unit in features if name == layer) + 1 for layer in layers]
    columns = [-(-n // rows) for n in n_units]
    first = np.concatenate([[0], np.cumsum(np.array(columns[:-1]) + GAP)])
    return np.array([(first[layers.index(layer)] + unit // rows + 0.5, unit % rows + 0.5)
                     for layer, unit in features])


def rows_of(features: Sequence[Feature]) -> int:
    """How many circles a column has at most."""
    return max(ROWS, round(len(features) ** 0.5))


def key_words(features: Sequence[Feature]) -> str:
    """What the places of the circles mean."""
    if max(unit for _, unit in features) < (rows := rows_of(features)):
        return "columns are layers, rows are units"
    return (f"columns are layers, rows are units; a layer with more than {rows} goes on in the "
            "next column, from the unit written below")


def diagram_size(features: Sequence[Feature]) -> tuple[float, float]:
    """The width and height of the diagram in circles, its margin included."""
    width, height = circle_places(features).max(axis=0) + 0.5 + 2 * MARGIN
    return float(width), float(height)


def draw_circles(ax: Axes, scores: np.ndarray, features: Sequence[Feature]) -> None:
    """Draw a network's features as columns of circles, one column for each layer.

    Args:
        ax: the axes to fill; give it the proportions of `diagram_size`.
        scores: (n_features,) gradients. A NaN (an identity without images) is an empty ring.
        features: the network's features in order, ("tanh1", 0) first.
    """
    scores = np.asarray(scores, dtype=float)
    known = np.isfinite(scores)
    largest = scores[known].max(initial=0.0)        # drawn white, as in the paper
    brightness = np.clip(scores / largest, 0, 1) if largest > 0 else scores * 0
    colors = [(b, b, b, 1.0) if np.isfinite(b) else (0.0, 0.0, 0.0, 0.0) for b in brightness]
    places = circle_places(features)
    ax.add_collection(PatchCollection([Circle((x, y), 0.42) for x, y in places],
                                      facecolors=colors, edgecolors=INK, linewidths=0.5))
    width, height = diagram_size(features)
    ax.set(xlim=(-MARGIN, width - MARGIN), ylim=(height - MARGIN, -MARGIN), aspect="equal",
           facecolor=GROUND)
    ax.spines[:].set_visible(False)
    _number_layers_and_units(ax, features, places)


def _number_layers_and_units(ax: Axes, features: Sequence[Feature], places: np.ndarray) -> None:
    """Write each layer's number above its column, and each unit's beside its row."""
    names = layers_of(features)
    numbers = np.array([layer_and_unit(feature, names)[0] for feature in features])
    layers = range(1, len(names) + 1)
    ax.set_xticks([float(places[numbers == layer, 0].mean()) for layer in layers],
                  [str(layer) for layer in layers])
    rows = range(1, round(places[:, 1].max() + 0.5) + 1)
    ax.set_yticks([row - 0.5 for row in rows], [str(row) for row in rows])
    for (x, _), (_, unit) in zip(places, features, strict=True):
        if unit and unit % rows_of(features) == 0:      # another column of the same layer
            ax.annotate(str(unit + 1), (x, ax.get_ylim()[0]), (0, -2), textcoords="offset points",
                        ha="center", va="top", fontsize=SMALL - 2, color=GREY,
                        rotation=90 if len(features) > 99 else 0)
    ax.tick_params(top=False, bottom=False, left=False, labeltop=True, labelbottom=False,
                   labelsize=SMALL - 1, labelcolor=GREY, pad=2)


def key_width(words: str) -> float:
    """The width in inches that `draw_key` needs to the right of `left`."""
    return KEY_STRIP + 0.14 + text_width(words, SMALL)


def draw_key(page: Axes, left: float, top: float, words: str) -> None:
    """Write what black and white circles mean, as a strip of greys between 0 and `words`."""
    width, height = KEY_STRIP, 0.11
    page.text(left, top + height / 2, "0", ha="right", va="center", fontsize=SMALL, color=GREY)
    strip = np.linspace(0, 1, 120)[None, :].repeat(round(120 * height / width), axis=0)
    draw_image(page, strip, left + 0.07, top, width)
    page.text(left + width + 0.14, top + height / 2, words, va="center", fontsize=SMALL, color=GREY)
