"""Keeps two graders from writing into the same folder.

    with only_one(Path("grades")):
        ...

The system gives the lock back when the process ends, however it ends.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises:
        FileExistsError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a+b") as file:
        try:
            _lock(file)
        except (BlockingIOError, PermissionError) as error:
            raise FileExistsError(f"{folder}: another `tinycnn grade` is writing there now; wait "
                                  "for it, or name another folder with --out") from error
        except OSError:
            pass        # a file system without locks: better no lock than no grades
        yield


if sys.platform == "win32":
    def _lock(file: IO[bytes]) -> None:
        import msvcrt
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    def _lock(file: IO[bytes]) -> None:
        import fcntl
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
