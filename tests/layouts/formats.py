"""Formats of pictures: one file of twelve is another kind of file, whole or damaged."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .files import blank_png, encoded, one_other, people, pictures, pixels
from .rows import error, faces

P = "p0|p1|p2"
GREY, COLOURS = pixels("p1/2.png"), pixels("p1/2.png", colour=True)
TURNED = Image.Exif()
TURNED[0x112] = 6
JPEG = encoded(COLOURS, "JPEG", quality=95)
WIDE = GREY.astype(np.uint16) * 257


def transparent(name: str) -> bytes:
    """A face cut out: what is hidden in the transparent part differs from picture to picture."""
    hidden = np.dstack([pixels(name, colour=True), np.zeros((12, 10), np.uint8)])
    hidden[3:9, 3:7, 3] = 255
    return encoded(hidden)


FORMATS = {
    "turned": faces(one_other("p1/2.jpg", encoded(GREY.T[::-1], "JPEG", exif=TURNED)), P),
    "CMYK": faces(one_other("p1/2.jpg", encoded(Image.fromarray(COLOURS).convert("CMYK"),
                                                "JPEG")), P),
    "PNG of 16 bits": faces(one_other("p1/2.png", encoded(WIDE)), P),
    "TIFF of 16 bits": faces(one_other("p1/2.tif", encoded(WIDE, "TIFF")), P),
    "TIFF of 12 bits": faces({name.replace("png", "tif"): encoded(
        pixels(name).astype(np.uint16) * 16, "TIFF") for name in people()}, P, note="12 bits|4095"),
    "TIFF of real numbers": faces(one_other("p1/2.tif", encoded(
        GREY.astype(np.float32) / 255, "TIFF")), P, None,
        r"^(?!.*(damaged|cut short)).*p1/2\.tif.*real numbers"),
    "palette": faces(one_other("p1/2.png", encoded(
        Image.fromarray(COLOURS).quantize(16), transparency=3)), P),
    "animation": faces(one_other("p1/2.gif", encoded(
        Image.fromarray(GREY), "GIF", save_all=True,
        append_images=[Image.fromarray(255 - GREY)])), P),
    "alpha": faces(one_other("p1/2.png", transparent("p1/2.png")), P),
    "cut out": faces({name: transparent(name) for name in people()}, P),
    "progressive": faces(one_other("p1/2.jpg", encoded(COLOURS, "JPEG", progressive=True)), P),
    "PGM as text": faces(one_other("p1/2.pgm", b"P2\n# x\n10 12\n255\n" + " ".join(
        map(str, GREY.ravel())).encode()), P),
    "JPEG called PNG": faces(one_other("p1/2.png", JPEG), P),
    "WebP": faces(one_other("p1/2.webp", encoded(GREY, "WEBP", lossless=True)), P),
    "JPEG without its end": faces(one_other("p1/2.jpg", JPEG[:-2]), P, None, r"p1/2\.jpg"),
    "JPEG cut": error(one_other("p1/2.jpg", JPEG[:len(JPEG) * 2 // 3]), r"p1/2\.jpg.*cut"),
    "PNG cut": error(one_other("p1/2.png", encoded(GREY)[:-40]), r"p1/2\.png.*cut"),
    "PGM cut": error(one_other("p1/2.pgm", encoded(GREY, "PPM")[:-10]), r"p1/2\.pgm.*cut"),
    "empty": error(one_other("p1/2.png", b""), r"p1/2\.png.*empty"),
    "HEIC": error(one_other("p1/2.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(300)),
                  r"p1/2\.HEIC.*HEIC.*(JPEG|PNG)"),
    "AVIF": error(one_other("p1/2.avif", b"\0\0\0\x1cftypavif" + bytes(300)),
                  r"p1/2\.avif.*AVIF.*(JPEG|PNG)"),
    "SVG": error(one_other("p1/2.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'), "p1/2.svg"),
    "a web page": error(one_other("p1/2.jpg", b"<!DOCTYPE html><html>404 Not found</html>"),
                        r"p1/2\.jpg.*expected a picture"),
    "Git LFS": error(one_other("p1/2.png", b"version https://git-lfs.github.com/spec/v1\n"),
                     r"p1/2\.png.*expected a picture"),
    "14,000 x 14,000": error(one_other("p1/2.png", blank_png(14000)),
                             r"p1/2\.png.*(too large|pixels)"),
    "9,400 x 9,400": error(one_other("p1/2.png", blank_png(9400)),
                           r"p1/2\.png.*(too large|pixels)"),
    "1 x 1": error(dict.fromkeys(people(), encoded(np.zeros((1, 1), np.uint8))), "1 x 1"),
    "2 x 2": faces(pictures(people(), rows=2, columns=2), P),
    "2 x 400": faces(pictures(people(), rows=2, columns=400), P),
    "all black": faces(dict.fromkeys(people(), encoded(np.zeros((8, 8), np.uint8))), P),
    "all the same": faces(dict.fromkeys(people(), encoded(GREY)), P),
    "one of another size": error({**people(), **pictures(["p1/2.png"], rows=14)},
                                 r"p1/2\.png.*10 x 12.*10 x 14"),
}
