"""Arrays out of .npy, .npz and .mat files: no pickles, and no larger than the file can hold."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from ..layers.errors import DataError
from ..output.text import harmless, times
from .named import IMAGES, LABELS, Arrays, part_of, pick

SLACK = 2**28       # bytes that any small file may unpack to
RATIO = 100         # times its own size that a larger one may; real images shrink far less
MOST = 1000         # arrays in one file

OBJECTS = ("{what}: expected numbers, got an array of Python objects. It is not opened, since a "
           "pickle can run any code. If you trust who made it:\n"
           "import numpy as np; d = np.load({name!r}, allow_pickle=True)\n")
V73 = ("{path}: expected a MATLAB file of version 7, got version 7.3, which is HDF5. In MATLAB, "
       "load it and save('images.mat', '-v7', 'X', 'y'); or, in Python:\n"
       "import h5py, numpy as np; d = h5py.File({name!r})\n"
       "np.savez('images.npz', images=np.array(d['X']).T, labels=np.array(d['y']).ravel())")


def read_npy(path: Path) -> np.ndarray:
    """The array in a .npy file; a DataError if it is damaged, or holds objects (pickles)."""
    with path.open("rb") as file:
        array = _read(file, path.stat().st_size, str(path))
    if array is None:
        raise DataError(OBJECTS.format(what=path, name=path.name)
                        + "np.save('images.npy', np.array(d.tolist()))")
    return array


def read_npz(path: Path) -> list[Arrays]:
    """The images and labels in a .npz file; a DataError if it is damaged, a bomb, or has none."""
    arrays: dict[str, np.ndarray] = {}
    with explained(path, "a .npz as np.savez writes it"), zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if m.filename.endswith(".npy")]
        within(path, sum(member.file_size for member in members), len(members))
        for member in members:
            name = member.filename.removesuffix(".npy")
            what = f"{path}: {harmless(name)}"
            with archive.open(member) as file:
                array = _read(file, member.file_size, what)
            if array is not None:
                arrays[name] = array
            elif part_of(name)[0] in IMAGES | LABELS:
                raise DataError(OBJECTS.format(what=what, name=path.name) + "np.savez("
                                "'images.npz', **{name: np.array(d[name].tolist()) for name in d})")
    return pick(arrays, str(path))


def read_mat(path: Path) -> list[Arrays]:
    """The images and labels in a .mat file; a DataError if it is damaged, of version 7.3, or has
    none."""
    from scipy.io import loadmat, whosmat  # imported late: SciPy's readers take a moment
    with path.open("rb") as file:
        start = file.read(516)
    if start.startswith((b"MATLAB 7.3", b"\x89HDF")) or start[512:] == b"\x89HDF":
        raise DataError(V73.format(path=path, name=path.name))
    with explained(path, "a MATLAB file (.mat)"):
        shapes = [math.prod(shape) for _, shape, _ in whosmat(path)]    # without their numbers
        within(path, sum(shapes), len(shapes))
        arrays = {name: array for name, array in loadmat(path).items()
                  if not name.startswith("__")}
    # Flat pictures stand column by column in what MATLAB wrote and in the files with fea and gnd,
    # row by row in what SciPy wrote; its header names the system as Python does.
    by_scipy = re.search(rb"Platform: (posix|nt)\b", start[:116]) is not None
    found = pick(arrays, str(path))
    for part in found:
        part.by_columns = {"fea", "gnd"} <= arrays.keys() or not by_scipy
    return found


def within(path: Path, n_bytes: int, n_arrays: int = 1) -> None:
    """DataError if a packed file claims to hold far more than its own size."""
    packed = path.stat().st_size
    if n_bytes > SLACK + RATIO * packed or n_arrays > MOST:
        raise DataError(f"{path}: expected images, got a file of {packed} bytes that says it "
                        f"unpacks to {n_bytes} bytes in {n_arrays} arrays. Likely cause: a damaged "
                        "or a hostile file")


@contextmanager
def explained(what: object, expected: str) -> Iterator[None]:
    """Turn what Python raises for a damaged file (almost anything) into a DataError."""
    try:
        yield
    except DataError:
        raise
    except Exception as problem:
        raise DataError(f"{what}: expected {expected}, got: {problem}. Likely cause: another kind "
                        "of file, or one that was damaged or cut short in a download") from problem


def _read(file: IO[bytes], n_bytes: int, what: str) -> np.ndarray | None:
    """The array in an open .npy file of n_bytes; None for one of objects."""
    with explained(what, "an array as np.save writes it"):
        header = (np.lib.format.read_array_header_1_0
                  if np.lib.format.read_magic(file) == (1, 0) else
                  np.lib.format.read_array_header_2_0)
        shape, by_columns, dtype = header(file)
        if dtype.hasobject:
            return None
        claimed = file.tell() + math.prod(shape) * dtype.itemsize
        if claimed != n_bytes or min(shape, default=0) < 0:
            raise ValueError(f"{n_bytes} bytes instead of {claimed}, as its shape {times(shape)} "
                             f"of {dtype} says")
        return np.frombuffer(file.read(), dtype).reshape(shape, order="F" if by_columns else "C")
