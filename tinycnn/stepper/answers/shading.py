"""Maps in a terminal: coloured half blocks if it has colours, characters if it has none."""

from __future__ import annotations

import os
from typing import IO, Literal

import numpy as np
from PIL import Image

from ...layers.base import Array
from ...output.notebook import colours, scale
from ...output.text import number
from .as_text import WIDTH

Mode = Literal["true", "256", "plain"]

LADDER = " .:-=+*#%@"       # from the lowest to the highest number
NARROWEST = 14              # columns that a large map gets at least; else a new row begins
SMALLEST = 12               # columns for a small map, which is enlarged
LARGEST = 32                # pixels to which a small map is enlarged
# Numbers in the 256 colours of most terminals: steps from blue through white to orange, the first
# of 24 greys, and a purple.
BLUE_TO_ORANGE = (25, 32, 74, 117, 153, 231, 223, 215, 208, 202, 166)
BLACK, PURPLE = 232, 175
RESET = "\x1b[0m"


def colour_mode(stream: IO[str], choice: str = "auto") -> Mode:
    """What a terminal can show, by the usual signs; `choice` "always" or "never" overrules them."""
    if choice == "never" or (choice == "auto" and (
            os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
            or not stream.isatty())):
        return "plain"
    return "true" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else "256"


def unicode_in(stream: IO[str]) -> bool:
    """Whether a stream can write the characters of the formulas."""
    try:
        "∂Σ▀→".encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def shade(maps: Array, names: list[str], mode: Mode, blocks: bool = True,
          columns: int = WIDTH) -> str:
    """Maps (n, H, W) side by side, on one scale, with their names above and the scale below.

    Args:
        blocks: whether the terminal has half blocks (two pixels in a character, not one).
        columns: how wide it may be.
    """
    n, height, width = maps.shape
    title = max(map(len, names)) if n > 1 else 0        # a single name may be longer than its map
    per_row = max(1, min(n, (columns + 1) // (max(min(width, NARROWEST), SMALLEST, title) + 1)))
    room = (columns + 1) // per_row - 1
    if width > room:
        height, width = max(1, round(height * room / width)), room
    else:
        largest = min(room, LARGEST if n == 1 else NARROWEST)
        blow_up = max(1, largest // max(height, width))
        height, width = height * blow_up, width * blow_up
    shrunk = (height, width) != maps.shape[1:] and height < maps.shape[1]
    images = np.stack([_resized(one, height, width) for one in maps])
    gap, cell = " " * max(1, title - width + 1), max(width, title)
    drawn = ([_characters(image, images) for image in images] if mode == "plain"
             else [_blocks(codes, blocks) for codes in _codes(images, mode)])
    lines = []
    for first in range(0, n, per_row):
        part = slice(first, first + per_row)
        lines.append(" ".join(f"{one:<{cell}}" for one in names[part]).rstrip())
        lines += [gap.join(rows).rstrip() for rows in zip(*drawn[part], strict=True)]
    return "\n".join([*lines, _legend(images, mode, shrunk)])


def bars(values: Array, notes: dict[int, str], blocks: bool = True, columns: int = WIDTH) -> str:
    """One line for each number, with a bar to the left or to the right of 0."""
    shares, _, _ = scale(values)
    signed, full = bool((values < 0).any()), "█" if blocks else "#"
    half = min(20, max(3, (columns - 35) // 2))      # a number and a note stand beside it
    lines = []
    for i, (value, share) in enumerate(zip(values, shares, strict=True)):
        length = round(half * abs(float(share)))
        left = f"{full * length if value < 0 else '':>{half}}|" if signed else "|"
        right = full * length if value > 0 else ""
        lines.append(f"{i:>4} {number(value, 4):>10}  {left}{right:<{half}} {notes.get(i, '')}"
                     .rstrip())
    return "\n".join(lines)


def _resized(image: Array, height: int, width: int) -> Array:
    """Each new pixel is the mean of the old ones that it covers, or NaN if one is not finite."""
    if image.shape == (height, width):
        return np.asarray(image, float)
    bad = ~np.isfinite(image)
    clean = np.where(bad, 0, image).astype(np.float32)
    box = Image.Resampling.BOX
    small = np.array(Image.fromarray(clean).resize((width, height), box), float)
    share = np.array(Image.fromarray(bad.astype(np.float32)).resize((width, height), box))
    return np.where(share > 0, np.nan, small)


def _codes(images: Array, mode: Mode) -> Array:
    """The colour of every number as a terminal code: 24 bits, or one of 256 numbered colours."""
    if mode == "true":
        codes = [f"2;{r};{g};{b}" for r, g, b in colours(images).reshape(-1, 3)]
    else:
        share, _, signed = scale(images)
        if signed:
            rungs = np.rint((share + 1) / 2 * (len(BLUE_TO_ORANGE) - 1)).astype(int)
            numbers = np.array(BLUE_TO_ORANGE)[rungs]
        else:
            numbers = BLACK + np.rint(share * 23).astype(int)
        codes = [f"5;{n}" for n in np.where(np.isfinite(images), numbers, PURPLE).ravel()]
    return np.array(codes).reshape(images.shape)


def _blocks(codes: Array, blocks: bool) -> list[str]:
    """Two rows of pixels a line: the upper one is the foreground, the lower one the background."""
    if not blocks:          # spaces with a coloured background, one for two rows
        codes = codes[::2].repeat(2, axis=0)
    if len(codes) % 2:
        codes = np.concatenate([codes, codes[-1:]])
    lines = []
    for upper, lower in zip(codes[::2], codes[1::2], strict=True):
        line, last = "", None
        for top, bottom in zip(upper, lower, strict=True):
            colour = f"\x1b[38;{top};48;{bottom}m"
            line += ("" if colour == last else colour) + ("▀" if blocks else " ")
            last = colour
        lines.append(line + RESET)
    return lines


def _characters(image: Array, images: Array) -> list[str]:
    """One character for two rows of pixels; ? is NaN or infinite."""
    finite = images[np.isfinite(images)]
    low, high = float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))
    if len(image) % 2:
        image = np.concatenate([image, image[-1:]])
    image = (image[::2] + image[1::2]) / 2
    bad = ~np.isfinite(image)
    share = (np.where(bad, low, image) - low) / (high - low) if high > low else 0.5 + 0 * image
    rungs = np.clip(np.where(bad, 0, share) * len(LADDER), 0, len(LADDER) - 1).astype(int)
    return ["".join("?" if b else LADDER[r] for r, b in zip(row, bads, strict=True))
            for row, bads in zip(rungs, bad, strict=True)]


def _legend(images: Array, mode: Mode, shrunk: bool) -> str:
    finite = images[np.isfinite(images)]
    words = "; each the mean of some units" if shrunk else ""
    if finite.size < images.size:
        words += f"; {'?' if mode == 'plain' else 'purple'} is NaN or infinite"
    if finite.size == 0:
        return "no finite number" + words
    if mode == "plain":
        return (f"'{LADDER[0]}' is {number(finite.min(), 4)}, '{LADDER[-1]}' is "
                f"{number(finite.max(), 4)}{words}")
    _, size, signed = scale(images)
    most = number(size, 4)
    return (f"blue -{most}, white 0, orange {most}" if signed else f"black 0, white {most}") + words
