"""The data set at a glance: its images, people by conditions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from .names import as_written, labels
from .style import INK, SMALL, TEXT, draw_image, grey_limits, new_page, widest

GAP = 2         # pixels between two images


@as_written
def contact_sheet(images: np.ndarray, row_names: Sequence[str],
                  column_names: Sequence[str]) -> Figure:
    """Draw images (P, Q, H, W), or (P, Q, H, W, 3), as P rows of Q; a missing image is all NaN.

    All images are drawn as one picture: drawing 165 small ones would take seconds.
    """
    row_names, column_names = labels(row_names), labels(column_names)
    n_rows, n_columns, image_height, image_width = images.shape[:4]
    aspect = (image_height + GAP) / (image_width + GAP)
    width = min(0.66, 14 / n_columns, 22 / n_rows / aspect)
    height = width * aspect
    left = 0.2 + widest(row_names, TEXT) + 0.12
    names_width = widest(column_names, SMALL)
    turned = names_width > width - 0.04
    top = 0.25 + (names_width if turned else 0.15)
    fig, page = new_page(left + n_columns * width + 0.2, top + n_rows * height + 0.2)
    draw_image(page, mosaic(images), left, top, n_columns * width, grey_limits(images))
    for p, name in enumerate(row_names):
        page.text(left - 0.1, top + (p + 0.5) * height, name, fontsize=TEXT, color=INK, ha="right",
                  va="center")
    for q, name in enumerate(column_names):
        page.text(left + (q + 0.5) * width, top - 0.08, name, fontsize=SMALL, color=INK,
                  rotation=90 if turned else 0, ha="center", va="bottom")
    return fig


def mosaic(images: np.ndarray, gap: int = GAP) -> np.ndarray:
    """Images (P, Q, H, W[, 3]) joined to one, with `gap` pixels of NaN to the right and below each.
    """
    n_rows, n_columns, height, width, *rest = images.shape
    padded = np.full((n_rows, n_columns, height + gap, width + gap, *rest), np.nan)
    padded[:, :, :height, :width] = images
    return padded.swapaxes(1, 2).reshape(n_rows * (height + gap), n_columns * (width + gap), *rest)
