"""From the bytes of a picture to the grey levels or colours that the network sees."""

from __future__ import annotations

import hashlib
import io
import re
import warnings

import numpy as np
from PIL import Image, ImageOps

from ..layers.base import pair
from ..layers.errors import DataError

# Only formats that Pillow decodes itself; for some others it would start another program.
FORMATS = ("GIF", "PNG", "JPEG", "PPM", "BMP", "TIFF", "WEBP")


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


def read_pixels(data: bytes, name: str, colour: bool = False) -> np.ndarray:
    """The picture whose file holds `data`: (rows, columns) or, in colour, (rows, columns, 3) uint8.

    Without `colour`, colours become grey. Transparency is ignored, a photograph is turned upright,
    an animated GIF gives its first picture, and 16 bits are scaled to 8. If `data` is not a whole
    picture, a DataError with `name` is raised.
    """
    if not data:
        raise DataError(f"{name}: expected a picture, got an empty file (0 bytes). "
                        f"Likely cause: a download or a copy that failed")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on transparency and similar
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                pixels = _levels(ImageOps.exif_transpose(picture), colour)
    except Image.UnidentifiedImageError as problem:
        raise DataError(f"{name}: expected a picture ({', '.join(FORMATS)}), got {len(data)} bytes "
                        f"that begin with {data[:12]!r}. Likely cause: another kind of file, "
                        f"which has to be removed, or a damaged one") from problem
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise DataError(f"{name}: expected the picture of a face, got one too large to be opened "
                        f"({problem}). Likely cause: a damaged file") from problem
    except Exception as problem:  # each format raises its own errors for damaged data
        raise DataError(f"{name}: expected a whole picture, got {len(data)} bytes that cannot be "
                        f"decoded ({problem}). Likely cause: a file that is damaged or cut "
                        f"short") from problem
    rows, columns = pixels.shape[:2]
    if min(rows, columns) < 2:
        raise DataError(f"{name}: expected the picture of a face, got one of {columns} x {rows} "
                        f"pixels. Likely cause: a placeholder or a damaged file")
    return pixels


def _levels(picture: Image.Image, colour: bool) -> np.ndarray:
    """The picture's pixels as (rows, columns) or (rows, columns, 3) uint8."""
    if picture.mode == "F":
        raise ValueError("its pixels are real numbers, not 8 or 16 bits each")
    if not picture.mode.startswith("I"):
        return np.asarray(picture.convert("RGB" if colour else "L"))
    levels = np.asarray(picture)
    if levels.min() < 0 or levels.max() > 65535:
        raise ValueError("its pixels have more than 16 bits each")
    grey = np.round(levels / 257).astype(np.uint8)  # 257 = 65535 / 255
    return np.stack([grey] * 3, axis=2) if colour else grey


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
