"""Maps in a terminal: coloured half blocks where it has colours, characters where it has none."""

from __future__ import annotations

import os
from typing import IO, Literal

import numpy as np
from PIL import Image

from ..notebook import colours
from ..numbers import number
from .text import WIDTH

Array = np.ndarray
Mode = Literal["true", "256", "plain"]

LADDER = " .:-=+*#%@"       # from the lowest to the highest number
NARROWEST = 14              # columns of a map, before the maps go to another row
LARGEST = 32                # pixels to which a small map is blown up
RESET = "\x1b[0m"


def colour_mode(stream: IO[str], choice: str = "auto") -> Mode:
    """What a terminal can show, by the usual signs; `choice` "always" or "never" overrules them."""
    if choice == "never" or (choice == "auto" and (
            os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
            or not stream.isatty())):
        return "plain"
    return "true" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else "256"


def unicode_in(stream: IO[str]) -> bool:
    """Whether a stream takes the characters that the formulas are written with."""
    try:
        "∂Σ▀→".encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def shade(maps: Array, names: list[str], mode: Mode, blocks: bool = True) -> str:
    """Maps (n, H, W) side by side, on one scale, with their names above and the scale below.

    Args:
        blocks: the terminal has half blocks, two pixels a character; else it gets one.
    """
    n, height, width = maps.shape
    per_row = max(1, min(n, (WIDTH + 1) // (min(width, NARROWEST) + 1)))
    room = (WIDTH + 1) // per_row - 1
    if width > room:
        height, width = max(1, round(height * room / width)), room
    else:
        largest = min(room, LARGEST if n == 1 else NARROWEST)
        blow_up = max(1, largest // max(height, width))
        height, width = height * blow_up, width * blow_up
    size = float(np.abs(maps[np.isfinite(maps)]).max(initial=0))
    signed = bool((maps[np.isfinite(maps)] < 0).any())
    lines = []
    for first in range(0, n, per_row):
        row, titles = maps[first:first + per_row], names[first:first + per_row]
        lines.append(" ".join(f"{title[:width]:<{width}}" for title in titles).rstrip())
        images = [_resized(one, height, width) for one in row]
        if mode == "plain":
            drawn = [_characters(image, maps) for image in images]
        else:
            drawn = [_blocks(_rgb(image, size, signed), mode, blocks) for image in images]
        lines += [" ".join(parts).rstrip() for parts in zip(*drawn, strict=True)]
    return "\n".join([*lines, _legend(maps, mode, size, signed)])


def bars(values: Array, notes: dict[int, str], blocks: bool = True) -> str:
    """One line a number, with a bar to the left or to the right of 0."""
    size = float(np.abs(values[np.isfinite(values)]).max(initial=0)) or 1.0
    signed, full = bool((values < 0).any()), "█" if blocks else "#"
    half = 20
    lines = []
    for i, value in enumerate(values):
        length = int(round(half * abs(float(np.nan_to_num(value))) / size))
        left = f"{full * length if value < 0 else '':>{half}}|" if signed else "|"
        right = full * length if value > 0 else ""
        lines.append(f"{i:>4} {number(value, 4):>10}  {left}{right:<{half}} {notes.get(i, '')}"
                     .rstrip())
    return "\n".join(lines)


def _resized(image: Array, height: int, width: int) -> Array:
    """The mean of the pixels that a new one covers. A NaN must not hide in a mean: it spreads."""
    if image.shape == (height, width):
        return np.asarray(image, float)
    bad = ~np.isfinite(image)
    clean = np.where(bad, 0, image).astype(np.float32)
    box = Image.Resampling.BOX
    small = np.array(Image.fromarray(clean).resize((width, height), box), float)
    share = np.array(Image.fromarray(bad.astype(np.float32)).resize((width, height), box))
    return np.where(share > 0, np.nan, small)


def _rgb(image: Array, size: float, signed: bool) -> Array:
    """Colours on the scale of all maps: signed ones have a white 0, though this one has no minus."""
    if not signed:
        return colours(image, size)
    return colours(np.append(image, np.full((1, image.shape[1]), -size), axis=0), size)[:-1]


def _blocks(rgb: Array, mode: Mode, blocks: bool) -> list[str]:
    """Two rows of pixels in each line of half blocks, the upper one in front of the lower one."""
    if not blocks:          # spaces with a coloured ground, one for two rows
        rgb = rgb[::2].repeat(2, axis=0)
    if len(rgb) % 2:
        rgb = np.concatenate([rgb, rgb[-1:]])
    lines = []
    for upper, lower in zip(rgb[::2], rgb[1::2], strict=True):
        line, last = "", None
        for top, bottom in zip(upper, lower, strict=True):
            colour = f"\x1b[38;{_code(top, mode)};48;{_code(bottom, mode)}m"
            line += ("" if colour == last else colour) + ("▀" if blocks else " ")
            last = colour
        lines.append(line + RESET)
    return lines


def _code(rgb: Array, mode: Mode) -> str:
    """A colour as terminals number it: 24 bits, or one of 24 greys or of a cube of 6 x 6 x 6."""
    r, g, b = (int(v) for v in rgb)
    if mode == "true":
        return f"2;{r};{g};{b}"
    if max(r, g, b) - min(r, g, b) < 8:
        return f"5;{232 + min(23, max(0, round((r - 8) / 10)))}"
    r, g, b = (0 if v < 48 else 1 if v < 115 else (v - 35) // 40 for v in (r, g, b))
    return f"5;{16 + 36 * r + 6 * g + b}"


def _characters(image: Array, maps: Array) -> list[str]:
    """One character for two rows of pixels; ? where there is no number."""
    finite = maps[np.isfinite(maps)]
    low, high = float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))
    if len(image) % 2:
        image = np.concatenate([image, image[-1:]])
    image = (image[::2] + image[1::2]) / 2
    share = (image - low) / (high - low) if high > low else np.full(image.shape, 0.5)
    bad = ~np.isfinite(share)
    rungs = np.clip(np.where(bad, 0, share) * len(LADDER), 0, len(LADDER) - 1).astype(int)
    return ["".join("?" if b else LADDER[r] for r, b in zip(row, bads, strict=True))
            for row, bads in zip(rungs, bad, strict=True)]


def _legend(maps: Array, mode: Mode, size: float, signed: bool) -> str:
    finite = maps[np.isfinite(maps)]
    missing = maps.size - finite.size
    words = f"; {missing} NaN or infinite: {'?' if mode == 'plain' else 'purple'}" if missing else ""
    if finite.size == 0:
        return "no finite number" + words
    if mode == "plain":
        return (f"'{LADDER[0]}' is {number(finite.min(), 4)}, '{LADDER[-1]}' is "
                f"{number(finite.max(), 4)}{words}")
    most = number(size, 4)
    return (f"blue -{most}, white 0, orange {most}" if signed else f"black 0, white {most}") + words
