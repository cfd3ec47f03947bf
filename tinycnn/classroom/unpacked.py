"""A zip that a student handed in: only its Python files and notebooks, and only so much of them."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

CODE = (".py", ".ipynb")
LARGEST = 50 << 20      # bytes of the archive, and of each file in it
MOST = 20               # files


def is_left_out(path: PurePosixPath) -> bool:
    """Whether a file is no work: hidden, or what a computer puts into every folder."""
    return any(part.startswith((".", "__")) for part in path.parts if part not in (".", ".."))


def unpacked(archive: Path, folder: Path) -> list[Path]:
    """Write the code in an archive into new folders, each file under its own last name.

    No name in the archive becomes a path, so nothing is written elsewhere.

    Raises:
        ValueError: it cannot be read; the message is for the student.
    """
    problem = f"{archive.name} cannot be unpacked; hand in the Python file itself"
    if archive.is_symlink() or not archive.is_file() or archive.stat().st_size > LARGEST:
        raise ValueError(problem)
    files: list[Path] = []
    try:
        with zipfile.ZipFile(archive) as opened:
            for number, info in enumerate(opened.infolist()):
                name = PurePosixPath(info.filename.replace("\\", "/"))
                if name.suffix.lower() not in CODE or is_left_out(name):
                    continue
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise ValueError(f"{problem} (it is packed in a rare way)")
                with opened.open(info) as file:
                    data = file.read(LARGEST + 1)
                if len(data) > LARGEST or len(files) == MOST:
                    raise ValueError(f"{problem} (it holds too much)")
                path = folder / str(number) / name.name
                path.parent.mkdir(parents=True)
                path.write_bytes(data)
                files.append(path)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError,
            OSError) as error:
        raise ValueError(f"{problem} ({error})") from error
    return files
