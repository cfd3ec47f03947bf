"""What goes over the pipe between grader and student: a tree of plain values and arrays.

    8 bytes     length of all that follows
    8 bytes     length of the tree
    the tree    JSON; {"array": [dtype, shape]} in place of an array
    the rest    the numbers of the arrays, one after the other, in the order of the tree

Nothing is pickled or compressed, and each array takes the bytes that come next. So what is read
needs no more memory than a few times the bytes that came, whoever wrote them.

The student's process runs this file too, so it needs NumPy only and nothing from tinycnn.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import numpy as np

LARGEST = 32 << 20      # bytes of a frame
TREE = 1 << 20          # bytes of the tree in an answer; a list in it needs 30 times its bytes
DIMENSIONS = 32         # of an array

# Floats, signed and unsigned integers, booleans, in both byte orders. A text that is not here is
# never given to NumPy.
KINDS = {kind.str for letter in "?bBhHiIlLqQefdg"
         for kind in (np.dtype(letter).newbyteorder("<"), np.dtype(letter).newbyteorder(">"))}


class FrameError(ValueError):
    """Bytes that are not a frame: damaged, too long, or made to do harm."""


def encode(tree: Any) -> bytes:
    """A tree as bytes."""
    rows: list[bytes] = []

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            rows.append(value.tobytes())
            return {"array": [value.dtype.str, list(value.shape)]}
        if isinstance(value, dict):
            return {"dict": {str(name): plain(item) for name, item in value.items()}}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return value

    text = json.dumps(plain(tree)).encode()
    return b"".join([len(text).to_bytes(8, "big"), text, *rows])


def decode(data: bytes, largest_tree: int = LARGEST) -> Any:
    """The tree in some bytes.

    Raises:
        FrameError: they are not a frame.
    """
    length = int.from_bytes(data[:8], "big")
    if not 8 <= len(data) - length <= len(data) or length > largest_tree:
        raise FrameError(f"a tree of {length} bytes in a frame of {len(data)}; at most "
                         f"{largest_tree} are allowed")
    try:
        numbers = _Numbers(data, 8 + length)
        tree = _whole(json.loads(data[8:8 + length]), numbers)
    except FrameError:
        raise
    except Exception as error:      # damaged: JSON and NumPy raise many kinds of errors
        raise FrameError(f"{type(error).__name__}: {str(error)[:200]}") from error
    if numbers.at != len(data):
        raise FrameError(f"{len(data) - numbers.at} bytes that belong to no array")
    return tree


class _Numbers:
    """Takes arrays from some bytes, one after the other."""

    def __init__(self, data: bytes, start: int) -> None:
        self.data, self.at = data, start

    def take(self, kind: Any, shape: Any) -> np.ndarray:
        """The next array. Each length is checked before anything is done with it."""
        left = len(self.data) - self.at
        if not isinstance(kind, str) or kind not in KINDS:
            raise FrameError(f"an array of {str(kind)[:40]}")
        if not isinstance(shape, list) or len(shape) > DIMENSIONS or not all(
                type(n) is int and 0 <= n <= LARGEST for n in shape):
            raise FrameError("an array of no shape")
        dtype, size = np.dtype(kind), 1
        for n in shape:
            size = min(size * n, LARGEST + 1)
        if size * dtype.itemsize > left:
            raise FrameError(f"an array of shape {shape} that is not there")
        row = np.frombuffer(self.data, dtype, size, self.at)
        self.at += row.nbytes
        return row.reshape(shape).copy()


def _whole(value: Any, numbers: _Numbers) -> Any:
    """Plain values with their arrays back in place."""
    if isinstance(value, list):
        return [_whole(item, numbers) for item in value]
    if not isinstance(value, dict):
        return value
    if "dict" in value:
        return {name: _whole(item, numbers) for name, item in value["dict"].items()}
    kind, shape = value["array"]
    return numbers.take(kind, shape)


def send(stream: BinaryIO, tree: Any) -> None:
    """Write a frame: its length in 8 bytes, and its bytes."""
    data = encode(tree)
    stream.write(len(data).to_bytes(8, "big") + data)
    stream.flush()


def receive(stream: BinaryIO, largest_tree: int = LARGEST) -> Any:
    """Read a frame.

    Raises:
        EOFError: the other side has ended.
        FrameError: what arrives is not a frame.
    """
    length = int.from_bytes(_exactly(stream, 8), "big")
    if length > LARGEST:
        raise FrameError(f"a frame of {length} bytes; at most {LARGEST} are allowed")
    return decode(_exactly(stream, length), largest_tree)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    parts, missing = [], length
    while missing:
        part = stream.read(missing)
        if not part:
            raise EOFError("the other side has ended")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
