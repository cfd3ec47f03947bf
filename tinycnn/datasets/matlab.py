"""Images and labels in a MATLAB file (.mat), as Yale_32x32 and SVHN are passed around.

They are read here and not by SciPy, whose reader ends the whole process at some damaged files (a
type that does not exist), and asks for 25 GB at others.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from .numpy_file import within

V73 = ("{path}: expected a MATLAB file of version 7, got version 7.3, which is HDF5. In MATLAB, "
       "load it and save('images.mat', '-v7', 'X', 'y'); or, in Python:\n"
       "import h5py, numpy as np; d = h5py.File({name!r})\n"
       "np.savez('images.npz', images=np.array(d['X']).T, labels=np.array(d['y']).ravel())")

NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8",
           13: "u8", 16: "u1", 17: "u2", 18: "u4"}      # the types of stored data; 16-18 are UTF
MATRIX, PACKED = 14, 15
CHARACTERS, NUMERIC = 4, range(6, 16)       # classes of arrays; the others are cells, structs, ...
COMPLEX = 0x800


def read_mat(path: Path) -> dict[str, np.ndarray]:
    """{name: array} of a .mat file; a DataError if it is damaged, version 7.3, or has no arrays.

    Cells and structs are arrays of the type object, without their content.
    """
    data = path.read_bytes()
    if data.startswith((b"MATLAB 7.3", b"\x89HDF")) or data[512:516] == b"\x89HDF":
        raise DataError(V73.format(path=path, name=path.name))
    try:
        new = data[126:128] in (b"IM", b"MI")
        arrays = dict(_variables(path, memoryview(data)[128:], "<" if data[126:127] == b"I" else
                                 ">") if new else _variables_4(data))
    except DataError:
        raise
    except Exception as problem:        # a damaged file raises almost anything
        raise DataError(f"{path}: expected a MATLAB file (.mat), got: {problem}. Likely cause: a "
                        "download that was cut short, or another kind of file") from problem
    if not arrays:
        raise DataError(f"{path}: expected arrays of images and labels, got a MATLAB file without "
                        "any array")
    return arrays


def _variables(path: Path, data: memoryview, order: str) -> Iterator[tuple[str, np.ndarray]]:
    """(name, array) of each variable."""
    unpacked = 0
    for kind, content in _elements(data, order):
        if kind == PACKED:
            parts, unpack, rest = [], zlib.decompressobj(), bytes(content)
            while rest and not unpack.eof:
                parts.append(unpack.decompress(rest, 2**24))
                rest = unpack.unconsumed_tail
                unpacked += len(parts[-1])
                within(path, unpacked)
            if not unpack.eof:
                raise ValueError("a packed variable that ends too early")
            kind, content = next(_elements(memoryview(b"".join(parts)), order))
        if kind == MATRIX:
            yield _array(content, order)


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """(type, content) of each element; one of at most 4 bytes stands within its tag."""
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from(f"{order}II", data, at)
        start = at + 8
        if kind >> 16:
            kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
        if start + size > len(data):
            raise ValueError(f"{len(data) - start} bytes of a variable of {size}")
        yield kind, data[start:start + size]
        at = start + size if kind == PACKED else at + 8 if start == at + 4 else \
            start + -(-size // 8) * 8


def _array(content: memoryview, order: str) -> tuple[str, np.ndarray]:
    """A variable's name and its array, in the type it is stored in."""
    (_, flags), (_, sides), (_, letters), *parts = _elements(content, order)
    word, = struct.unpack_from(f"{order}I", flags)
    shape = tuple(np.frombuffer(sides, f"{order}i4").tolist())
    name, kind = bytes(letters).decode("ascii", "replace"), word & 0xFF
    if kind != CHARACTERS and (kind not in NUMERIC or word & COMPLEX):
        return name, np.broadcast_to(np.array(None, object), shape)
    (stored, numbers), = parts
    array = np.frombuffer(numbers, order + NUMBERS[stored])
    if min(shape) < 0 or array.size != math.prod(shape):
        raise ValueError(f"{array.size} numbers for {name!r} of the shape {shape}")
    array = array.reshape(shape, order="F")
    if kind == CHARACTERS:      # a text in each row
        array = np.array(["".join(map(chr, row)).rstrip() for row in array.tolist()])
    return name, array


def _variables_4(data: bytes) -> Iterator[tuple[str, np.ndarray]]:
    """(name, array) of each variable of the older version 4: matrices of numbers and texts."""
    at = 0
    while at < len(data):
        order = "<" if data[at + 3] == 0 else ">"
        kind, rows, columns, imaginary, letters = struct.unpack_from(f"{order}5I", data, at)
        start = at + 20 + letters
        dtype = np.dtype(order + ("f8", "f4", "i4", "i2", "u2", "u1")[kind // 10 % 100])
        if kind % 10 > 2 or imaginary > 1 or kind > 9999:
            raise ValueError(f"a variable of type {kind}")
        array = np.frombuffer(data, dtype, rows * columns, start).reshape(rows, columns, order="F")
        if kind % 10 == 1:
            array = np.array(["".join(map(chr, row)).rstrip() for row in
                              array.astype(int).tolist()])
        if imaginary or kind % 10 == 2:         # complex, sparse
            array = np.broadcast_to(np.array(None, object), array.shape)
        yield data[at + 20:start - 1].decode("ascii", "replace"), array
        at = start + (1 + imaginary) * rows * columns * dtype.itemsize
