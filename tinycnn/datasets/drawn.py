"""Drawn faces: people under the eleven conditions of the Yale database, without any download."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy  # it loads scipy.ndimage at its first use, so only drawing has to wait for it
from PIL import Image

from ..output.whole_file import whole_file
from .dataset import Dataset
from .names import YALE_CONDITIONS
from .pen import Pen
from .person import Person, meet
from .pixels import digest, to_grey_levels
from .portrait import EXPRESSIONS, EYES, LIPS, Expression, paint

CONDITIONS = YALE_CONDITIONS
WIDTH, HEIGHT = 320, 243  # as large as the Yale images
WALL_BEHIND = 42         # pixels from the person back to the wall


@dataclass(frozen=True)
class Light:
    """Light from one direction (right, down, towards us), and light from everywhere."""

    direction: tuple[float, float, float]
    strength: float
    ambient: float
    cone: float = 400.0  # pixels from the middle to where it has fallen to a third


DAYLIGHT = Light((0.25, -0.45, 0.86), strength=0.62, ambient=0.45)
LIGHTS = {
    "centerlight": Light((0.0, -0.1, 1.0), strength=1.15, ambient=0.08, cone=170.0),
    "leftlight": Light((-0.88, -0.12, 0.46), strength=1.05, ambient=0.15),
    "rightlight": Light((0.88, -0.12, 0.46), strength=1.05, ambient=0.15),
}


@dataclass(frozen=True)
class Pose:
    """Where the head is in the image, and which way it looks."""

    u: float      # pixel of the middle of the face
    v: float
    scale: float  # pixels for one unit: half the height of the head
    angle: float  # how far it leans, in radians
    turn: float   # how far it looks to the right ...
    nod: float    # ... and down

    def place(self, points: np.ndarray, who: Person) -> np.ndarray:
        """Points on the head as points in the image."""
        depth = who.depth(points[:, 0], points[:, 1])
        u, v = points[:, 0] + self.turn * depth, points[:, 1] + self.nod * depth
        c, s = self.scale * np.cos(self.angle), self.scale * np.sin(self.angle)
        return np.stack([self.u + c * u - s * v, self.v + s * u + c * v], axis=1)

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """For each pixel, its (u, v) in units of the head: the inverse of `place`."""
        x = np.arange(WIDTH, dtype=np.float32) + 0.5 - self.u
        y = np.arange(HEIGHT, dtype=np.float32)[:, None] + 0.5 - self.v
        c, s = np.cos(self.angle) / self.scale, np.sin(self.angle) / self.scale
        return np.float32(c) * x + np.float32(s) * y, np.float32(c) * y - np.float32(s) * x


def draw_face(person: int, condition: str, seed: int = 0) -> np.ndarray:
    """One drawn face, (243, 320) uint8; it does not depend on which others are drawn.

    Args:
        person: 0, 1, 2, ...
        condition: one of CONDITIONS.
        seed: another seed gives other people.
    """
    if person < 0:
        raise ValueError(f"person {person}: expected 0, 1, 2, ...")
    if condition not in CONDITIONS:
        raise ValueError(f"condition {condition!r}: expected one of {', '.join(CONDITIONS)}")
    who = meet(person, seed)
    # Counted from 1: NumPy treats [seed, person, 0] as [seed, person], which `meet` uses.
    rng = np.random.default_rng([seed, person, 1 + CONDITIONS.index(condition)])
    pose = strike_a_pose(rng)
    exposure = 1 + rng.normal(0, 0.06)

    pen = Pen(lambda points: pose.place(points, who), (WIDTH, HEIGHT))
    paint(pen, who, EXPRESSIONS.get(condition, Expression()))
    light = shading(pen, who, pose, LIGHTS.get(condition, DAYLIGHT))
    colours = np.asarray(pen.paint.reduce(2), np.float32)
    return np.clip(exposure * light * colours, 0, 255).astype(np.uint8)


def strike_a_pose(rng: np.random.Generator) -> Pose:
    """Nobody sits still: in each image the head is in a slightly different place."""
    return Pose(u=WIDTH / 2 + rng.normal(0, 4), v=HEIGHT / 2 + rng.normal(0, 2.5),
                scale=74 * (1 + rng.normal(0, 0.02)), angle=rng.normal(0, 0.03),
                turn=rng.normal(0, 0.05), nod=rng.normal(0, 0.03))


def relief(who: Person, pose: Pose) -> np.ndarray:
    """How far each pixel of the face stands out, in units of the head."""
    u, v = pose.grid()
    depth = who.depth(u, v)
    u, v = abs(u - pose.turn * depth), v - pose.nod * depth  # abs: the two sides are alike

    def bump(at_u: float, at_v: float, wide: float, high: float) -> np.ndarray:
        return np.exp(-((u - at_u) / wide) ** 2 - ((v - at_v) / high) ** 2)

    return (0.75 * depth
            + 0.13 * bump(0, who.nose - 0.05, 0.6 * who.nostrils + 0.02, 0.11)  # tip of the nose
            + 0.07 * bump(0, 0.5 * who.nose, 0.07, 0.2)                         # its bridge
            + 0.035 * bump(who.spacing, -0.2, 0.2, 0.09)                        # brows
            - 0.05 * bump(who.spacing, EYES, 0.16, 0.1)                         # sockets
            + 0.03 * bump(0.42, 0.3, 0.2, 0.16)                                 # cheeks
            + 0.035 * bump(0, LIPS + 0.05, 0.2, 0.1)                            # lips
            + 0.035 * bump(0, 0.88, 0.17, 0.1))                                 # chin


def shading(pen: Pen, who: Person, pose: Pose, light: Light) -> np.ndarray:
    """How much light each pixel gets: most where its surface faces the lamp."""
    matter = np.asarray(pen.matter.reduce(2), np.float32) / 128
    body, face = np.clip(matter, 0, 1), np.clip(matter - 1, 0, 1)

    # Slopes of the surface. Hair, neck and clothes are rounded like cushions of their shape.
    slopes_of_face = np.gradient(pose.scale * relief(who, pose))
    slopes_of_body = np.gradient(26 * soften(body, 29))
    slope_down, slope_right = (face * a + (1 - face) * b for a, b in
                               zip(slopes_of_face, slopes_of_body, strict=True))
    right, down, towards = (np.array(light.direction) / np.linalg.norm(light.direction)).tolist()
    steepness = np.sqrt(1 + slope_down ** 2 + slope_right ** 2)
    on_body = np.clip(towards - down * slope_down - right * slope_right, 0, None) / steepness

    # The person's shadow is on the wall, moved away from the lamp. The wall is rough: even light
    # from the side makes it bright.
    away = (-WALL_BEHIND * down / towards, -WALL_BEHIND * right / towards)
    shadow = soften(scipy.ndimage.shift(body, away, order=0), 7)
    on_wall = max(towards, 0.75) * (1 - shadow)

    y, x = np.ogrid[:HEIGHT, :WIDTH]
    from_middle = (x - WIDTH / 2) ** 2 + (y - HEIGHT / 2) ** 2
    cone = np.exp(-np.float32(from_middle / light.cone ** 2))
    return light.ambient + light.strength * cone * (body * on_body + (1 - body) * on_wall)


def soften(image: np.ndarray, width: int) -> np.ndarray:
    """The image blurred by two moving averages: faster than a Gaussian and nearly as good."""
    return scipy.ndimage.uniform_filter(scipy.ndimage.uniform_filter(image, width), width)


def drawn_faces(size: int | tuple[int, int] = 60, seed: int = 0, people: int = 15,
                grey: str = "unit") -> Dataset:
    """Drawn people, each under all the CONDITIONS: a data set to use in place of the Yale faces.

    Args:
        size: (rows, columns) of the images, or one number for both.
        seed: another seed gives other people.
        people: how many; 15 as in the Yale database gives 165 images.
        grey: "unit" or "standardised", see `pixels.to_grey_levels`.
    """
    if people < 1:
        raise ValueError(f"people={people}: expected at least 1")
    pixels = [draw_face(k, word, seed) for k in range(people) for word in CONDITIONS]
    names = tuple(f"subject{k + 1:02d}" for k in range(people))
    return Dataset(
        name="drawn faces",
        images=np.stack([to_grey_levels(p, size, grey) for p in pixels])[:, None],
        labels=np.repeat(np.arange(people), len(CONDITIONS)),
        people=names,
        conditions=CONDITIONS * people,
        files=tuple(f"{name}.{word}.png" for name in names for word in CONDITIONS),
        digests=tuple(map(digest, pixels)),
    )


def save_drawn_faces(folder: str | Path, seed: int = 0, people: int = 15) -> list[Path]:
    """Write the drawn faces as PNG files named subject01.happy.png, ..., and return their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k in range(people):
        for word in CONDITIONS:
            paths.append(folder / f"subject{k + 1:02d}.{word}.png")
            with whole_file(paths[-1]) as draft:
                Image.fromarray(draw_face(k, word, seed)).save(draft, "PNG", optimize=True)
    return paths
