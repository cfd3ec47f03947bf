"""The files of a folder, a zip or a tar, one by one; archives are never unpacked to disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

from ..layers.errors import DataError
from ..output.text import harmless
from .selection import PACKED, Selection, is_systems
from .signatures import what_it_is

LARGEST = 64 * 2**20  # bytes; far more than a face needs, far less than the memory holds

# What Python raises for an archive that is damaged, or packed in an unknown way.
DAMAGE = (OSError, EOFError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile,
          tarfile.TarError, zlib.error, lzma.LZMAError)


def checked_path(path: str | PathLike[str]) -> Path:
    """The path that a user means; a DataError or a TypeError if it can be none."""
    if not isinstance(path, (str, PathLike)):
        raise TypeError(f"path: expected a folder or a file, got {type(path).__name__}. "
                        f"tc.dataset(images, labels) takes arrays")
    text = os.fspath(path)
    if not text.strip():
        raise DataError("expected the path of a folder or a file, got an empty text. Likely cause: "
                        "a variable that is not set (the current folder is .)")
    if re.match(r"(https?|ftp|s3|gs|file):/", text):
        raise DataError(f"{text}: expected a folder or a file on this computer, got an address. "
                        f"To do: download it first, then give the file")
    try:
        return Path(text).expanduser()
    except RuntimeError:                # no such user: a folder of that name
        return Path(text)


def read_files(path: Path, selection: Selection) -> Iterator[tuple[str, bytes]]:
    """Yield (name inside `path`, content) of every file that the selection takes.

    A picture that is compressed alone (1.ppm.bz2) is unpacked, and so is its name.
    """
    with _explained(path):
        for name, data in _packed_files(path, selection):
            if PACKED.fullmatch(name):
                name, _, packing = name.rpartition(".")
                with _explained(path / name):
                    data = _unpacked(data, packing.lower(), path / name)
            yield name, data


def _packed_files(path: Path, selection: Selection) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        yield from _read_folder(path, path, selection, above=())
        return
    expected = f"{path}: expected a folder, a zip, a tar or a file of arrays"
    if not path.exists():
        raise DataError(f"{expected}, but it does not exist. {contents(path.parent)}")
    if not path.is_file():
        raise DataError(f"{expected}, got a pipe or a device")
    with path.open("rb") as file:
        first = file.read(64)
    if path.suffix.lower() == ".zip" or first.startswith(b"PK"):
        yield from _read_zip(path, selection)
    elif tarfile.is_tarfile(path):
        yield from _read_tar(path, selection)
    else:
        what, advice = what_it_is(first)
        if what.endswith("picture"):
            advice = advice or "give the folder of all pictures instead of one picture"
        raise DataError(f"{expected}, got {what or 'an unknown kind of file'} "
                        f"({path.stat().st_size} bytes, begins with {first[:12]!r}). "
                        + (f"To do: {advice}" if advice else
                           "Likely cause: another kind of file, or a download that failed"))


def _read_folder(folder: Path, path: Path, selection: Selection, above: tuple[Path, ...]
                 ) -> Iterator[tuple[str, bytes]]:
    """Its files, sorted; a link to one of the folders `above` is not followed."""
    above = (*above, folder.resolve())
    for entry in sorted(folder.iterdir()):
        name = entry.relative_to(path).as_posix()
        if entry.is_dir():
            if entry.resolve() not in above and not is_systems(name):
                yield from _read_folder(entry, path, selection, above)
        elif not selection.takes(name, entry.stat().st_size if entry.exists() else 0):
            continue
        elif not entry.is_file():
            why = "a link to something that is no longer there" if entry.is_symlink() else \
                "a pipe or a device"
            raise DataError(f"{entry}: expected a file. Likely cause: {why}, which exclude leaves "
                            f"out")
        else:
            _check_size(entry, entry.stat().st_size)
            yield name, entry.read_bytes()


def _read_zip(path: Path, selection: Selection) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = _inner_name(_decoded(member))
            if member.is_dir() or not name or not selection.takes(name, member.file_size):
                continue
            if member.flag_bits & 1:
                raise DataError(f"{path}/{name}: expected a zip without a password, got a "
                                f"locked one. Unpack it, and give the folder")
            _check_size(path / name, member.file_size)
            with _explained(path / name):
                data = archive.read(member)
            yield name, data


def _read_tar(path: Path, selection: Selection) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:  # in the packed order: a tar.gz cannot be read in another one
            name = _inner_name(member.name)
            if member.isdir() or not name or not selection.takes(name, member.size):
                continue
            _check_size(path / name, member.size)
            with _explained(path / name):
                try:
                    file = archive.extractfile(member)
                except KeyError as problem:
                    raise DataError(f"{path}/{name}: expected a file, got a link to "
                                    f"{member.linkname}, which is not found in the archive; "
                                    f"exclude leaves it out") from problem
                if file is None:
                    raise DataError(f"{path}/{name}: expected a file, got what is neither a file "
                                    f"nor a folder, such as a pipe; exclude leaves it out")
                data = file.read()
            yield name, data
        # Python treats a damaged header as the end. After the true end there are only zeros.
        assert archive.fileobj is not None
        archive.fileobj.seek(archive.offset)
        rest = archive.fileobj.read(LARGEST)
        if len(rest) < 512 or any(rest):
            ended = len(rest) >= 1024 and not any(rest[:1024])
            raise DataError(f"{path}: expected a whole tar, and only zeros after it, got something "
                            f"else after {archive.offset} bytes. Likely cause: " + (
                                "several tars in one file, or a damaged part; unpack it, and give "
                                "the folder" if ended else "a download that was cut short"))


def _decoded(member: zipfile.ZipInfo) -> str:
    """The name of a zip's member; macOS writes UTF-8 without saying so."""
    if not member.flag_bits & 0x800:
        try:
            return member.filename.encode("cp437").decode()
        except UnicodeError:
            pass
    return member.filename


def _inner_name(name: str) -> str:
    """A name inside an archive: "./a.png", "/a.png" and "../a.png" are all "a.png"."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "/".join(part for part in parts if part not in ("/", "//", ".."))


def _unpacked(data: bytes, packing: str, name: Path) -> bytes:
    """The content of a compressed file, which may be at most LARGEST."""
    openers: dict[str, Callable[..., Any]] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
    with openers[packing](io.BytesIO(data)) as file:
        content: bytes = file.read(LARGEST + 1)
    _check_size(name, len(content))
    return content


def _check_size(name: Path, n_bytes: int) -> None:
    if n_bytes > LARGEST:
        raise DataError(f"{name}: expected a picture of at most {LARGEST} bytes, got {n_bytes} "
                        f"bytes. Likely cause: another kind of file, which exclude leaves out, or "
                        f"a damaged archive")


def contents(folder: Path) -> str:
    """The names in a folder (at most 20), in a sentence."""
    if not folder.is_dir():
        return f"There is also no folder {folder}"
    names = sorted(harmless(entry.name) for entry in folder.iterdir()
                   if not entry.name.startswith("."))
    return f"In {folder.resolve()} there are: {', '.join(names[:20]) or 'no files'}"


@contextmanager
def _explained(name: Path) -> Iterator[None]:
    """Turn Python's error for an unreadable file or archive into a DataError that names it."""
    try:
        yield
    except DataError:
        raise
    except PermissionError as problem:
        raise DataError(f"{problem.filename or name}: expected a file or folder that you may "
                        f"read, got {problem.strerror!r}") from problem
    except DAMAGE as problem:
        raise DataError(f"{name}: expected a readable folder, zip or tar, got: {problem}. Likely "
                        f"cause: an archive that was damaged or cut short in a download or a "
                        f"copy, or another kind of file with this name") from problem
