"""Printing that never ends a run: the reader of a pipe may leave, the disk of a log may be full.

    sys.stdout = patient(sys.stdout)        # `tinycnn reproduce | true` writes all its files
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO


class _Patient(io.FileIO):
    """A file that takes what cannot be written, and keeps the first error."""

    lost: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.lost = self.lost or error
            return memoryview(data).nbytes


def patient(stream: TextIO | None) -> TextIO:
    """The same stream, but writing to it raises no error.

    Args:
        stream: sys.stdout or sys.stderr; None, as Python has it for a closed one, becomes one that
            nobody reads. Others, as of a notebook, are returned as they are.
    """
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    ours = any(stream is known for known in (sys.__stdout__, sys.__stderr__))
    if not ours or not isinstance(stream, io.TextIOWrapper):
        return stream
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if type(raw) is not io.FileIO:          # the console of Windows, or patient already
        return stream
    unbuffered = raw is stream.buffer       # as with python -u
    file = _Patient(raw.fileno(), "w", closefd=False)
    return io.TextIOWrapper(file if unbuffered else io.BufferedWriter(file),
                            encoding=stream.encoding, errors=stream.errors,
                            line_buffering=stream.line_buffering, write_through=unbuffered)


def lost(stream: TextIO) -> OSError | None:
    """Why some text did not get through a `patient` stream; None if all of it did."""
    stream.flush()
    buffer = getattr(stream, "buffer", None)
    return getattr(getattr(buffer, "raw", buffer), "lost", None)
