"""The folder that a command writes into: never two at a time, and never among its own data.

    with only_one(Path("results"), data="faces", kept="checkpoint.npz"):
        ...

The system gives the lock back when the process ends, however it ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from .whole_file import NotWrittenError, not_written


@contextmanager
def only_one(folder: Path, data: Any = None, kept: str = "") -> Iterator[None]:
    """Hold the lock of a folder, which is created if necessary.

    Args:
        data: what is read; if it is a folder, the results must not be in it.
        kept: a file in `folder` from which the same command can go on: errors of a full disk or
            memory name it.

    Raises:
        ValueError: `folder` is the data's folder, or in it.
        FileExistsError: another process holds the lock.
        NotWrittenError: one cannot write there.
    """
    place = folder.resolve()
    if isinstance(data, (str, Path)) and os.path.isdir(data) and any(
            os.path.exists(there) and os.path.samefile(there, data)
            for there in (place, *place.parents)):
        raise ValueError(f"{folder}: is in the folder of the data, {data}, where figures would be "
                        "read as data the next time; name another folder with --out")
    made, lock = not folder.exists(), folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.touch()
    except OSError as error:
        raise not_written(folder, error) from error
    with open(lock, "a+b") as file:
        try:
            _lock(file)
            if not lock.exists():       # the other one is removing it just now
                raise BlockingIOError
        except (BlockingIOError, PermissionError) as error:
            raise FileExistsError(f"{folder}: another tinycnn is writing there now; wait for it, "
                                  "or name another folder with --out") from error
        except OSError:
            pass        # a file system without locks: better no lock than no results
        try:
            yield
        except (NotWrittenError, MemoryError) as error:
            if not kept or not (folder / kept).exists():
                raise
            kind = NotWrittenError if isinstance(error, NotWrittenError) else MemoryError
            hint = f"What was done is kept in {folder / kept}: the same command goes on from there"
            raise kind(". ".join(filter(None, [str(error), hint]))) from error
        finally:
            with suppress(OSError):     # Windows keeps it, since it is open
                lock.unlink()
                if made:
                    folder.rmdir()      # if nothing came into it


if sys.platform == "win32":
    def _lock(file: IO[bytes]) -> None:
        import msvcrt
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    def _lock(file: IO[bytes]) -> None:
        import fcntl
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
