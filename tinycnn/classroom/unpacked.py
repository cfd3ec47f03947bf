"""Zips that a student handed in: only the Python files and notebooks, and only so much of them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from . import submission

CODE = (".py", ".ipynb")
LARGEST = 50 << 20      # bytes of an archive
MOST = 20               # files
IN_ALL = 60 << 20       # bytes that are unpacked for a student
AT_A_TIME = 1 << 20     # bytes in memory


def is_left_out(path: PurePosixPath) -> bool:
    """Whether a file is no work: hidden, or what a computer puts into every folder."""
    return any(part.startswith((".", "__")) for part in path.parts if part not in (".", ".."))


def unpacked(archives: Iterable[Path], folder: Path) -> list[Path]:
    """Write the code in a student's archives into new folders, each file under its own last name.

    No name in an archive becomes a path, so nothing is written elsewhere. A file that is too large
    to be graded is written up to a byte more than is allowed: whoever reads it says so.

    Raises:
        ValueError: one cannot be unpacked; the message is for the student.
        OSError: the disk is full, say; this is not the student's fault.
    """
    files: list[Path] = []
    left = IN_ALL
    for archive in archives:
        problem = f"{archive.name} cannot be unpacked; hand in the Python file itself"
        if archive.is_symlink() or not archive.is_file() or archive.stat().st_size > LARGEST:
            raise ValueError(problem)
        try:
            with zipfile.ZipFile(archive) as opened:
                for info, name in _code(opened):
                    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                        raise ValueError(f"{problem} (it is packed in a rare way)")
                    again = sum(file.name.lower() == name.lower() for file in files)
                    path = folder / str(again) / name       # beside its helper modules
                    path.parent.mkdir(parents=True, exist_ok=True)
                    largest = (submission.LARGEST if path.suffix.lower() == ".py"
                               else submission.LARGEST_NOTEBOOK)
                    left -= _copy(opened, info, path, min(largest + 1, left))
                    files.append(path)
                    if left == 0 or len(files) > MOST:
                        raise ValueError(f"{problem} (it holds too much)")
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError,
                EOFError) as error:
            raise ValueError(f"{problem} ({error})") from error
    return files


def _code(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """The files of an archive that may be work, and the name of each."""
    for info in archive.infolist():
        text = info.filename.replace("\\", "/")     # some programs for Windows write these
        name = PurePosixPath(text)
        is_folder = text.endswith("/")
        if name.suffix.lower() in CODE and not is_folder and not is_left_out(name):
            yield info, name.name


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, most: int) -> int:
    """Write the beginning of a file in an archive, and say how many bytes that was."""
    size = 0
    with archive.open(info) as source, path.open("wb") as target:
        while data := source.read(min(AT_A_TIME, most - size)):
            size += target.write(data)
    return size
