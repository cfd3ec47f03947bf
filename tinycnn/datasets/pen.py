"""The tools that draw the faces: a pen that fills shapes, and the outlines of shapes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

Points = np.ndarray  # (n, 2): the corners of a shape, or the points of a stroke

WALL, BODY, FACE = 0, 128, 255  # what the light falls on: flat, rounded like a cushion, or a face


class Pen:
    """Draws twice as large as needed, so that halving the picture makes the edges smooth.

    Attributes:
        paint: how bright each surface is by itself, 0 to 255.
        matter: WALL, BODY or FACE, which later decides how the light falls on it.
    """

    def __init__(self, place: Callable[[Points], Points], size: tuple[int, int]) -> None:
        self._place = place  # from units of the head to pixels of the finished picture
        self.paint = Image.new("L", (2 * size[0], 2 * size[1]), 240)
        self.matter = Image.new("L", self.paint.size, WALL)
        self._brush, self._marker = ImageDraw.Draw(self.paint), ImageDraw.Draw(self.matter)

    def fill(self, points: Points, grey: float, matter: int | None = None) -> None:
        """Fill a closed shape with a grey level from 0 to 1."""
        corners = (2 * self._place(points)).ravel().tolist()
        self._brush.polygon(corners, fill=round(255 * grey))
        if matter is not None:
            self._marker.polygon(corners, fill=matter)

    def stroke(self, points: Points, grey: float, width: float, blunt: float = 0.0) -> None:
        """Draw a stroke along the points, thin at both ends (the first may be blunt)."""
        along = np.gradient(points, axis=0)
        across = along[:, ::-1] * (-1, 1) / np.linalg.norm(along, axis=1, keepdims=True)
        t = np.linspace(0, 1, len(points))[:, None]
        offset = across * width / 2 * np.maximum(np.sin(np.pi * t), blunt * (1 - t)) ** 0.5
        self.fill(np.concatenate([points + offset, (points - offset)[::-1]]), grey)

    def wire(self, points: Points, grey: float) -> None:
        """Draw a line of constant thickness along the points."""
        corners = (2 * self._place(points)).ravel().tolist()
        self._brush.line(corners, fill=round(255 * grey), width=6, joint="curve")


def smooth(corners: list[tuple[float, float]] | Points, rounds: int = 3) -> Points:
    """The closed curve after its corners are cut off several times (Chaikin's method)."""
    points = np.asarray(corners, float)
    for _ in range(rounds):
        after = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], axis=1)
        points = points.reshape(-1, 2)
    return points


def ring(u: float, v: float, a: float, b: float, power: float = 2.0) -> Points:
    """An ellipse around (u, v) with half axes a and b; a higher power makes it squarer."""
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    c, s = np.cos(angles), np.sin(angles)
    return np.stack([u + a * np.sign(c) * np.abs(c) ** (2 / power),
                     v + b * np.sign(s) * np.abs(s) ** (2 / power)], axis=1)


def curve(u: np.ndarray, v: np.ndarray | float) -> Points:
    """The points (u, v) as one array (n, 2)."""
    return np.stack(np.broadcast_arrays(u, v), axis=1)
