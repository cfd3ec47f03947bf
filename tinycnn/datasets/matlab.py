"""Images and labels in a MATLAB file (.mat), as Yale_32x32 and SVHN are passed around."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from .numpy_file import within

V73 = ("{path}: expected a MATLAB file of version 7, got version 7.3, which is HDF5. In MATLAB, "
       "load it and save('images.mat', '-v7', 'X', 'y'); or, in Python:\n"
       "import h5py, numpy as np; d = h5py.File({name!r})\n"
       "np.savez('images.npz', images=np.array(d['X']).T, labels=np.array(d['y']).ravel())")


def read_mat(path: Path) -> dict[str, np.ndarray]:
    """{name: array} of a .mat file; a DataError if it is damaged, version 7.3, or has no arrays.

    Cells and structs are arrays of the type object.
    """
    from scipy.io import loadmat, whosmat  # imported late: SciPy's readers take a moment
    with path.open("rb") as file:
        start = file.read(516)
    if start.startswith((b"MATLAB 7.3", b"\x89HDF")) or start[512:] == b"\x89HDF":
        raise DataError(V73.format(path=path, name=path.name))
    try:
        shapes = [math.prod(shape) for _, shape, _ in whosmat(path)]    # without their numbers
        within(path, sum(shapes), len(shapes))
        arrays = {name: array for name, array in loadmat(path).items()
                  if not name.startswith("__")}
    except DataError:
        raise
    except Exception as problem:        # a damaged file raises almost anything
        raise DataError(f"{path}: expected a MATLAB file (.mat), got: {problem}. Likely cause: a "
                        "download that was cut short, or another kind of file") from problem
    if not arrays:
        raise DataError(f"{path}: expected arrays of images and labels, got a MATLAB file without "
                        "any array")
    return arrays
