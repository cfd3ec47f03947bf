"""Small made-up data sets in the layouts that people have on their disks; no picture shows anyone.

A data set is a dict {file name: content}. What a picture shows depends on its name alone, so the
same list of names gives the same data set in a folder, a zip and a tar.
"""

from __future__ import annotations

import io
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Files = dict[str, bytes]

KINDS = {"jpg": "JPEG", "jpeg": "JPEG", "pgm": "PPM", "ppm": "PPM", "tif": "TIFF", "tiff": "TIFF",
         "png": "PNG", "gif": "GIF", "bmp": "BMP", "webp": "WEBP"}


def each(pattern: str, *parts: Iterable[Any], **values: Iterable[Any]) -> list[str]:
    """`pattern.format(...)` for each combination: each("s{p}/{c}.png", p=(1, 2), c=(1, 2))."""
    return [pattern.format(*some, **dict(zip(values, some[len(parts):], strict=True)))
            for some in product(*parts, *values.values())]


def pixels(name: str, rows: int = 12, columns: int = 10, colour: bool = False) -> np.ndarray:
    """The picture that belongs to a name: a few random grey levels or colours, enlarged."""
    rng = np.random.default_rng(zlib.crc32(os.fsencode(name)))
    few = rng.integers(0, 256, (rows // 2, columns // 2, 3 if colour else 1), np.uint8)
    return few.repeat(2, axis=0).repeat(2, axis=1).squeeze()


def encoded(picture: np.ndarray | Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file with this picture."""
    file = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(file, kind, **options)
    return file.getvalue()


def pictures(*lists: Iterable[str], rows: int = 12, columns: int = 10,
             colour: bool = False) -> Files:
    """The files of these names, in the format that the extension says (PNG if it says none)."""
    return {name: encoded(pixels(name, rows, columns, colour),
                          KINDS.get(name.rpartition(".")[2].lower(), "PNG"))
            for names in lists for name in names}


def people(n: int = 3, each_has: int = 4) -> Files:
    """The plainest layout: p0/0.png, p0/1.png, ..., p1/0.png, ..."""
    return pictures(each("p{p}/{c}.png", p=range(n), c=range(each_has)))


def one_other(name: str, content: bytes) -> Files:
    """`people()` with p1/2.png in another file."""
    files = people()
    del files["p1/2.png"]
    return {**files, name: content}


def blank_png(side: int) -> bytes:
    """A white PNG of side x side pixels, 1 bit each: many pixels in few bytes."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))
    row = b"\0" + b"\xff" * ((side + 7) // 8)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(row * side)) + chunk(b"IEND", b""))


def idx(array: np.ndarray) -> bytes:
    """An array as MNIST's files have it, in uint8."""
    return (struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            + array.astype(np.uint8).tobytes())


def saved(files: Files, folder: Path) -> Path:
    """`folder`, with these files in it; a name may hold bytes that are no UTF-8 (os.fsdecode)."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def zipped(files: Files, twice: str = "") -> bytes:
    """A zip with these files; `twice` is the name of one that is in it two times."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if twice:
            archive.writestr(twice, files[twice])
    return file.getvalue()


def tarred(files: Files, packing: str = "", links: dict[str, str] | None = None,
           pipes: Iterable[str] = ()) -> bytes:
    """A tar with these files, symbolic links {name: target} and pipes; packing: "gz", "xz", ..."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=f"w:{packing}") as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
        for name in pipes:
            member = tarfile.TarInfo(name)
            member.type = tarfile.FIFOTYPE
            archive.addfile(member)
    return file.getvalue()


def locked(archive: bytes) -> bytes:
    """A zip with the mark of a password on its first file."""
    data = bytearray(archive)
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def moved(files: Files, before: str) -> Files:
    """The same files in another folder: `before` stands before each name."""
    return {before + name: content for name, content in files.items()}
