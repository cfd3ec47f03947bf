"""What goes over the pipe between grader and student: a tree of plain values and arrays, as .npz.

The tree (dictionaries, lists, numbers, text, arrays) becomes JSON. All arrays of one dtype are
joined to one long row, and the JSON has {"array": [dtype, shape, start]} for each of them. Reading
one row is quick, and the bounds of each array are checked before it is used. Nothing is pickled or
compressed, so a frame cannot hold more than its own length.

The student's process runs this file too, so it needs NumPy only and nothing from tinycnn.
"""

from __future__ import annotations

import io
import json
import math
import threading
import zipfile
from typing import Any, BinaryIO

import numpy as np

LARGEST = 64 << 20      # bytes of a frame
KINDS = "fiub"          # floats, signed and unsigned integers, booleans

# Python 3.11 counts the depth of syntax trees for all threads together. Two threads that parse at
# the same time (submissions are graded in parallel) get a SystemError. NumPy parses headers, too.
ONE_PARSER = threading.Lock()


class FrameError(ValueError):
    """Bytes that are not a frame: damaged, too long, or made to do harm."""


def encode(tree: Any) -> bytes:
    """A tree as the bytes of an .npz file."""
    rows: dict[str, list[np.ndarray]] = {}
    lengths: dict[str, int] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            kind, start = value.dtype.str, lengths.get(value.dtype.str, 0)
            rows.setdefault(kind, []).append(value.ravel())
            lengths[kind] = start + value.size
            return {"array": [kind, list(value.shape), start]}
        if isinstance(value, dict):
            return {"dict": {str(name): plain(item) for name, item in value.items()}}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return value

    text = json.dumps(plain(tree)).encode()
    file = io.BytesIO()
    members: dict[str, Any] = {f"row{kind}": np.concatenate(parts) for kind, parts in rows.items()}
    np.savez(file, tree=np.frombuffer(text, np.uint8), **members)
    return file.getvalue()


def decode(data: bytes) -> Any:
    """The tree in some bytes.

    Raises:
        FrameError: they are not a frame.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if any(item.compress_type != zipfile.ZIP_STORED or item.file_size > len(data)
                   for item in archive.infolist()):
                raise FrameError("an array that is compressed")
            rows = {item.filename: _row(archive.read(item)) for item in archive.infolist()}
        return _whole(json.loads(rows["tree.npy"].tobytes()), rows)
    except FrameError:
        raise
    except Exception as error:      # damaged bytes: zip, NumPy and JSON raise many kinds of errors
        raise FrameError(f"{type(error).__name__}: {error}") from error


def _row(data: bytes) -> np.ndarray:
    """One long row; the size that its header gives is not trusted."""
    file = io.BytesIO(data)
    np.lib.format.read_magic(file)
    with ONE_PARSER:
        _, _, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.kind not in KINDS:
        raise FrameError(f"an array of {dtype}")
    return np.frombuffer(data[file.tell():], dtype)


def _whole(value: Any, rows: dict[str, np.ndarray]) -> Any:
    """Plain values with their arrays back in place."""
    if isinstance(value, list):
        return [_whole(item, rows) for item in value]
    if not isinstance(value, dict):
        return value
    if "dict" in value:
        return {name: _whole(item, rows) for name, item in value["dict"].items()}
    kind, shape, start = value["array"]
    row, size = rows[f"row{kind}.npy"], math.prod(shape)
    if not all(isinstance(n, int) and n >= 0 for n in [*shape, start]) or start + size > row.size:
        raise FrameError(f"an array of shape {shape} that is not there")
    return row[start:start + size].reshape(shape).copy()


def send(stream: BinaryIO, tree: Any) -> None:
    """Write a frame: its length in 8 bytes, and its bytes."""
    data = encode(tree)
    stream.write(len(data).to_bytes(8, "big") + data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Read a frame.

    Raises:
        EOFError: the other side has ended.
        FrameError: what arrives is not a frame.
    """
    length = int.from_bytes(_exactly(stream, 8), "big")
    if length > LARGEST:
        raise FrameError(f"a frame of {length} bytes; at most {LARGEST} are allowed")
    return decode(_exactly(stream, length))


def _exactly(stream: BinaryIO, length: int) -> bytes:
    parts, missing = [], length
    while missing:
        part = stream.read(missing)
        if not part:
            raise EOFError("the other side has ended")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
