"""Damaged pictures of every format: some pixels or one DataError that names the file."""

import io

import numpy as np
import pytest
from PIL import Image

from tinycnn.datasets.pixels import read_picture
from tinycnn.layers import DataError

ROWS, COLUMNS = np.mgrid[:24, :20]
GREY = (127 + 90 * np.sin(COLUMNS / 3) * np.cos(ROWS / 4)).astype(np.uint8)


def encoded(pixels, kind, mode=None, **options):
    file = io.BytesIO()
    picture = Image.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("whole", [
    encoded(GREY, "PNG"), encoded(GREY, "PNG", "RGBA"), encoded(GREY, "PNG", "P"),
    encoded(GREY.astype(np.uint16) * 257, "PNG"), encoded(GREY, "JPEG"),
    encoded(GREY, "JPEG", "CMYK"), encoded(GREY, "JPEG", "RGB", progressive=True),
    encoded(GREY, "PPM"), b"P2 20 24 255 " + b" ".join(b"%d" % level for level in GREY.ravel()),
    encoded(GREY, "GIF"), encoded(GREY, "TIFF"), encoded(GREY.astype(np.uint16) * 257, "TIFF"),
    encoded(GREY, "BMP"), encoded(GREY, "BMP", "RGB"), encoded(GREY, "WEBP", "RGB"),
], ids=lambda whole: f"{whole[:4]!r} {len(whole)}")
def test_a_damaged_byte_or_a_cut_gives_pixels_or_one_error(whole):
    rng = np.random.default_rng(27)
    right = read_picture(whole, "face.img").pixels
    damaged = [whole[:cut] for cut in [*range(0, len(whole), len(whole) // 25),
                                        *range(len(whole) - 9, len(whole))]]
    for place, bit in zip(rng.integers(min(len(whole), 300), size=80), rng.integers(8, size=80),
                          strict=True):       # most of the first bytes say what the others mean
        damaged.append(bytearray(whole))
        damaged[-1][place] ^= 1 << bit
    refused = []
    for data in damaged:
        try:
            pixels = read_picture(bytes(data), "face.img").pixels
        except DataError as error:
            refused.append(str(error))
            continue
        assert pixels.ndim == 2
        if whole.startswith(bytes(data)) and whole[:2] != b"P2":    # 130 may be cut to 1
            np.testing.assert_array_equal(pixels, right)
        assert pixels.dtype in (np.uint8, np.uint16)
    assert len(refused) > 15
    assert all(text.startswith("face.img: expected a") for text in refused)
