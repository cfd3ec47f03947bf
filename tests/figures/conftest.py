"""What the tests of the figures share: the paper's network, and a way to read a drawn figure."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text
from matplotlib.transforms import Bbox

PAPER_MAPS = {"tanh1": 5, "tanh2": 8, "tanh3": 10}


@pytest.fixture
def features():
    return [(layer, unit) for layer, n in PAPER_MAPS.items() for unit in range(n)]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


class Drawn:
    """A drawn figure: which texts and images are where, in pixels, y downward."""

    def __init__(self, fig: Figure) -> None:
        drawn: list[Text] = []
        draw = Text.draw

        def record(text, renderer, *args, **kwargs):
            drawn.append(text)
            draw(text, renderer, *args, **kwargs)

        canvas = FigureCanvasAgg(fig)
        with patch.object(Text, "draw", record):
            canvas.draw()
        self.width, self.height = canvas.get_width_height()
        renderer = canvas.get_renderer()

        def box(artist):
            up = artist.get_window_extent(renderer)
            return Bbox([[up.x0, self.height - up.y1], [up.x1, self.height - up.y0]])

        self.texts: list[tuple[str, Bbox]] = [
            (text.get_text(), box(text)) for text in drawn
            if text.get_visible() and text.get_text().strip()]
        self.images: list[tuple[np.ndarray, Bbox]] = [
            (np.asarray(image.get_array()), box(image)) for image in fig.findobj(AxesImage)]

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.texts]

    def lines(self) -> list[list[str]]:
        """The texts grouped by baseline, from top to bottom, each line from left to right."""
        rows: list[list[tuple[str, Bbox]]] = []
        for word, box in sorted(self.texts, key=lambda text: text[1].y1):
            if rows and abs(rows[-1][0][1].y1 - box.y1) < 3:
                rows[-1].append((word, box))
            else:
                rows.append([(word, box)])
        return [[word for word, _ in sorted(row, key=lambda text: text[1].x0)] for row in rows]

    def overlapping(self) -> list[tuple[str, str]]:
        """Pairs of texts whose boxes share more than a pixel."""
        pairs = np.argwhere(np.triu(shared(self.texts, self.texts), k=1))
        return [(self.words[i], self.words[j]) for i, j in pairs]

    def on_images(self) -> list[str]:
        """Texts that lie on an image."""
        on_any = shared(self.texts, self.images).any(axis=1)
        return [word for word, hit in zip(self.words, on_any, strict=True) if hit]

    def cut_off(self) -> list[str]:
        """Texts that reach beyond the figure."""
        return [word for word, box in self.texts
                if min(box.x0, box.y0) < 0 or box.x1 > self.width or box.y1 > self.height]


def shared(some, others) -> np.ndarray:
    """For every box of `some` and every box of `others`: do they share more than a pixel?"""
    a = np.array([box.extents for _, box in some]).reshape(-1, 1, 4)
    b = np.array([box.extents for _, box in others]).reshape(1, -1, 4)
    inside = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return (inside > 1).all(axis=-1)


@pytest.fixture
def drawn():
    return Drawn
