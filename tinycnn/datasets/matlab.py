"""Images and labels in a MATLAB file (.mat), as Yale_32x32 and SVHN are passed around."""

from __future__ import annotations

import math
import re
from pathlib import Path

from ..layers.errors import DataError
from .named import Arrays, pick
from .numpy_file import explained, within

V73 = ("{path}: expected a MATLAB file of version 7, got version 7.3, which is HDF5. In MATLAB, "
       "load it and save('images.mat', '-v7', 'X', 'y'); or, in Python:\n"
       "import h5py, numpy as np; d = h5py.File({name!r})\n"
       "np.savez('images.npz', images=np.array(d['X']).T, labels=np.array(d['y']).ravel())")


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
