"""The files of a folder, a zip or a tar, one by one; archives are never unpacked to disk."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ..layers.errors import DataError

LARGEST = 64 * 2**20  # bytes; far more than a face needs, far less than the memory holds

NO_PICTURES = {".txt", ".md", ".html", ".htm", ".pdf", ".csv", ".tsv", ".mat", ".npy", ".npz",
               ".db", ".ini", ".xml", ".json", ".log", ".info", ".py", ".zip", ".tar", ".gz",
               ".tgz"}

# What Python raises for an archive that is damaged, or packed in an unknown way.
DAMAGE = (OSError, EOFError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile,
          tarfile.TarError, zlib.error, lzma.LZMAError)


def read_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name inside `path`, content) of every file that may be a picture.

    Files that are clearly not pictures are skipped: hidden files, those that macOS and Windows
    create, read-me and licence files, and (by their extension) texts, tables and archives.
    """
    with _explained(path):
        if path.is_dir():
            yield from _read_folder(path, path, above=())
        elif not path.exists():
            raise DataError(f"{path}: expected a folder, a zip or a tar with pictures of faces, "
                            f"but it does not exist. {contents(path.parent)}")
        elif path.suffix.lower() == ".zip" or _first_bytes(path).startswith(b"PK"):
            yield from _read_zip(path)
        elif tarfile.is_tarfile(path):
            yield from _read_tar(path)
        else:
            raise DataError(f"{path}: expected a folder, a zip or a tar with pictures of faces, "
                            f"got a file that begins with {_first_bytes(path)!r}. Likely cause: "
                            f"one picture was given instead of its folder, or a download failed")


def _read_folder(folder: Path, path: Path, above: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    above = (*above, folder.resolve())
    for entry in sorted(folder.iterdir()):
        name = entry.relative_to(path).as_posix()
        if is_litter(name):
            continue
        if entry.is_dir():
            if entry.resolve() not in above:  # a link may lead back up
                yield from _read_folder(entry, path, above)
        elif not entry.is_file():
            raise DataError(f"{entry}: expected a file. Likely cause: a link to something that "
                            f"is no longer there")
        else:
            _check_size(entry, entry.stat().st_size)
            yield name, entry.read_bytes()


def _read_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = _inner_name(member.filename)
            if member.is_dir() or is_litter(name):
                continue
            if member.flag_bits & 1:
                raise DataError(f"{path}/{name}: expected a zip without a password, got a "
                                f"locked one. Unpack it, and give the folder")
            _check_size(path / name, member.file_size)
            with _explained(path / name):
                data = archive.read(member)
            yield name, data


def _read_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:  # in the packed order: a tar.gz cannot be read in another one
            name = _inner_name(member.name)
            if member.isdir() or is_litter(name):
                continue
            _check_size(path / name, member.size)
            with _explained(path / name):
                file = archive.extractfile(member)
                if file is None:
                    raise ValueError("neither a file nor a folder")
                data = file.read()
            yield name, data
        # Python treats a damaged header as the end. After the true end there are only zeros.
        assert archive.fileobj is not None
        archive.fileobj.seek(archive.offset)
        rest = archive.fileobj.read(LARGEST)
        if len(rest) < 512 or any(rest):
            raise DataError(f"{path}: expected a whole tar, got one that ends too early, after "
                            f"{archive.offset} bytes. Likely cause: a download that was cut short")


def is_litter(name: str) -> bool:
    """Whether the file of this name (with its folders) is clearly not a picture."""
    *folders, file = PurePosixPath(name.lower()).parts
    return (any(part.startswith((".", "__macosx")) for part in (*folders, file))
            or file.startswith(("readme", "license"))
            or PurePosixPath(file).suffix in NO_PICTURES)


def _inner_name(name: str) -> str:
    return str(PurePosixPath(name.replace("\\", "/")))  # "./a.png" and "a.png" are the same


def _check_size(name: Path, n_bytes: int) -> None:
    if n_bytes > LARGEST:
        raise DataError(f"{name}: expected a picture of at most {LARGEST} bytes, got {n_bytes} "
                        f"bytes. Likely cause: another kind of file, or a damaged archive")


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(12)


def contents(folder: Path) -> str:
    """The names in a folder (at most 20), in a sentence."""
    if not folder.is_dir():
        return f"There is also no folder {folder}"
    names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
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
