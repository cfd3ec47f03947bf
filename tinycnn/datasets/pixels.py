"""From the bytes of a picture to the grey levels or colours that the network sees."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageChops, ImageOps

from ..layers.base import pair
from ..layers.errors import DataError
from .signatures import what_it_is

# Only formats that Pillow decodes itself; for some others it would start another program.
FORMATS = ("GIF", "PNG", "JPEG", "PPM", "BMP", "TIFF", "WEBP")
LARGEST_PICTURE = 2**26         # pixels; a photograph of 8 000 x 8 000

Size = int | tuple[int, int] | str


def image_size(size: Size) -> tuple[int, int]:
    """(rows, columns) of images: from a pair, one number for both, or text: "28" or "28x40"."""
    if isinstance(size, str):
        sides = re.fullmatch(r"(\d+)(?:x(\d+))?", size)
        if sides is None:
            raise ValueError(f"size: expected a whole number, or rows x columns as in 28x40, got "
                             f"{size!r}")
        size = (int(sides[1]), int(sides[2] or sides[1]))
    return pair(size, "size")


class Picture(NamedTuple):
    """What is in the file of a picture.

    Attributes:
        pixels: (rows, columns) or, in colour, (rows, columns, 3) uint8; uint16 if the file has 16
            bits for each pixel (`white_of`, `to_8_bits`).
        greyed: whether its colours became grey.
        cut_out: whether parts of it are transparent.
    """

    pixels: np.ndarray
    greyed: bool = False
    cut_out: bool = False


def read_picture(data: bytes, name: str, colour: bool = False) -> Picture:
    """The picture whose file holds `data`.

    Without `colour`, colours become grey. What is fully transparent becomes white, since colours
    there are chance; else transparency is ignored. A photograph is turned upright, and an animated
    GIF gives its first picture. If `data` is not a whole picture of at most LARGEST_PICTURE pixels,
    a DataError with `name` is raised.
    """
    if not data:
        raise DataError(f"{name}: expected a picture, got an empty file (0 bytes). "
                        f"Likely cause: a download or a copy that failed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on transparency and similar
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > LARGEST_PICTURE:     # before it is decoded
                    raise Image.DecompressionBombError
                result = _read(ImageOps.exif_transpose(picture), name, colour)
    except Image.UnidentifiedImageError as problem:
        what, advice = what_it_is(data[:64])
        raise DataError(f"{name}: expected a picture ({', '.join(FORMATS)}), got {len(data)} bytes "
                        f"that begin with {data[:12]!r}{': ' * bool(what)}{what}. " + (
                            f"To do: {advice}, or leave it out (exclude)" if advice else
                            "Likely cause: another kind of file, which has to be left out "
                            "(exclude), or a damaged one")) from problem
    except Image.DecompressionBombError as problem:
        raise DataError(f"{name}: expected a picture of at most {LARGEST_PICTURE / 1e6:.0f} "
                        f"million pixels, got one too large to be opened. Likely cause: a large "
                        f"photograph, to be made smaller first, or a damaged file") from problem
    except DataError:
        raise
    except Exception as problem:  # each format raises its own errors for damaged data
        raise DataError(f"{name}: expected a whole picture, got {len(data)} bytes that cannot be "
                        f"decoded ({problem}). Likely cause: a file that is damaged or cut "
                        f"short") from problem
    rows, columns = result.pixels.shape[:2]
    if min(rows, columns) < 2:
        raise DataError(f"{name}: expected a picture, got one of {columns} x {rows} "
                        f"pixels. Likely cause: a placeholder or a damaged file")
    return result


def _read(picture: Image.Image, name: str, colour: bool) -> Picture:
    """The picture's pixels, and what was done to them."""
    if picture.mode.startswith(("I", "F")):
        levels = np.asarray(picture)
        if picture.mode == "F" or levels.min() < 0 or levels.max() > 65535:
            kind = "real numbers" if picture.mode == "F" else "more than 16 bits each"
            raise DataError(f"{name}: expected pixels of 8 or 16 bits, got {kind}. Likely cause: "
                            f"measured values; save it as PNG first, or all as an array (.npy)")
        levels = levels.astype(np.uint16)
        return Picture(np.stack([levels] * 3, axis=2) if colour else levels)
    pixels = np.asarray(picture.convert("RGB" if colour else "L"))
    greyed = not colour and picture.mode not in ("1", "L", "LA", "La") and _has_colours(picture)
    cut_out = False
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        alpha = np.asarray(picture.convert("RGBA").getchannel("A"))
        cut_out = bool((alpha < 255).any())
        if alpha.any():         # all transparent: a channel that is not used
            pixels = pixels.copy()
            pixels[alpha == 0] = 255
    return Picture(pixels, greyed, cut_out)


def _has_colours(picture: Image.Image) -> bool:
    """Whether red, green and blue differ by more than a JPEG's rounding."""
    red, green, blue = picture.convert("RGB").split()
    return any(any(ImageChops.difference(one, other).histogram()[3:])
               for one, other in ((red, green), (green, blue), (blue, red)))


def white_of(pictures: Sequence[np.ndarray]) -> int:
    """The largest level that 16-bit pictures can have: 65535, or less if all stay below 2**8 - 1,
    ..., 2**14 - 1, as a camera with 12 bits writes them."""
    top = max((int(pixels.max()) for pixels in pictures), default=0)
    if all((pixels % 257 == 0).all() for pixels in pictures):   # 8 bits, times 257
        return 65535
    return next(white for white in (255, 1023, 4095, 16383, 65535) if top <= white)


def to_8_bits(pixels: np.ndarray, white: int = 65535) -> np.ndarray:
    """Levels from 0 to `white` as uint8 from 0 to 255."""
    return np.round(pixels / (white / 255)).astype(np.uint8)


def to_grey_levels(pixels: np.ndarray, size: Size, grey: str = "unit") -> np.ndarray:
    """The picture as the network sees it: float32, (rows, columns), or (3, rows, columns).

    Args:
        pixels: (h, w) or (h, w, 3), uint8 or real numbers in [0, 1].
        size: as in `image_size`. The whole picture is resized with bilinear interpolation; nothing
            is cropped, so another ratio of its sides stretches it.
        grey: "unit" for levels in [0, 1]; "standardised" to shift and scale them to mean 0 and
            standard deviation 1 over the picture (a picture of one grey becomes 0).
    """
    rows, columns = image_size(size)
    if grey not in ("unit", "standardised"):
        raise ValueError(f"grey={grey!r}: expected 'unit' or 'standardised'")
    levels = pixels / np.float32(255) if pixels.dtype == np.uint8 else pixels.astype(np.float32)
    channels = [np.array(Image.fromarray(channel).resize((columns, rows),
                                                         Image.Resampling.BILINEAR))
                for channel in np.moveaxis(np.atleast_3d(levels), 2, 0)]
    levels = channels[0] if pixels.ndim == 2 else np.stack(channels)
    return levels if grey == "unit" else standardised(levels)


def standardised(levels: np.ndarray) -> np.ndarray:
    """A picture's levels with mean 0 and standard deviation 1 (one grey becomes 0)."""
    return (levels - levels.mean()) / (levels.std() or 1)


def digest(pixels: np.ndarray) -> str:
    """A short text that is equal for two pictures exactly if their size and pixels are."""
    return hashlib.sha1(str(pixels.shape).encode() + pixels.tobytes()).hexdigest()
