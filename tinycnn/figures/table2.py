"""Table II: a few people under several conditions, and which feature maps matter each time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ..gradients import Feature
from .circles import diagram_size, draw_circles, draw_key, key_width, key_words
from .names import as_written, labels
from .style import INK, TEXT, axes_at, draw_image, new_page, widest


@as_written
def gradient_profiles(faces: np.ndarray, scores: np.ndarray, features: Sequence[Feature],
                      people: Sequence[str], conditions: Sequence[str]) -> Figure:
    """Draw P people (rows) under Q conditions (columns): the face, and its network at the right.

    White is the largest gradient of the same network. So compare the patterns of two networks,
    not their brightness.

    Args:
        faces: (P, Q, H, W), or (P, Q, H, W, 3) in colour.
        scores: (P, Q, n_features), the convolutional gradients of each single image.
        features: the network's features in order.
        people: P names.
        conditions: Q names.
    """
    people, conditions = labels(people), labels(conditions)
    columns, rows = diagram_size(features)
    face_width = 1.5
    face_height = face_width * faces.shape[2] / faces.shape[3]
    circle = min(max(face_height / rows, 0.13), 0.16)
    height = max(face_height, circle * rows) + 0.35
    width = max(face_width + 0.3 + circle * columns, widest(conditions, TEXT)) + 0.3
    key = f"the largest gradient in the same network; {key_words(features)}"
    left, top = 0.2 + widest(people, TEXT) + 0.2, 0.3
    fig, page = new_page(max(left + len(conditions) * width, left + key_width(key) + 0.2),
                         top + len(people) * height + 0.5)
    for q, condition in enumerate(conditions):
        page.text(left + q * width, 0.25, condition, fontsize=TEXT, color=INK)
    for p, name in enumerate(people):
        y = top + p * height + 0.15
        page.text(left - 0.2, y + face_height / 2, name, fontsize=TEXT, color=INK, ha="right",
                  va="center")
        for q in range(len(conditions)):
            x = left + q * width
            draw_image(page, faces[p, q], x, y, face_width)
            ax = axes_at(fig, x + face_width + 0.25, y, circle * columns, circle * rows)
            draw_circles(ax, scores[p, q], features)
    draw_key(page, left, top + len(people) * height + 0.15, key)
    return fig
