"""Images and labels in a MATLAB file (.mat), as Yale_32x32 and SVHN are passed around."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from .numpy_file import within

V73 = ("{path}: expected a MATLAB file of version 7, got version 7.3, which is HDF5. In MATLAB, "
       "load it and save('images.mat', '-v7', 'X', 'y'); or, in Python:\n"
       "import h5py, numpy as np; d = h5py.File({name!r})\n"
       "np.savez('images.npz', images=np.array(d['X']).T, labels=np.array(d['y']).ravel())")


def read_mat(path: Path) -> dict[str, np.ndarray]:
    """{name: array} of a .mat file; a DataError if it is damaged, version 7.3, or has no arrays."""
    import scipy.io

    with path.open("rb") as file:
        start = file.read(128)
    if start.startswith(b"MATLAB 7.3") or start.startswith(b"\x89HDF"):
        raise DataError(V73.format(path=path, name=path.name))
    try:
        _check_blocks(path)
        content = scipy.io.loadmat(path)
    except DataError:
        raise
    except Exception as problem:        # a damaged file raises almost anything
        raise DataError(f"{path}: expected a MATLAB file (.mat), got: {problem}. Likely cause: a "
                        "download that was cut short, or another kind of file") from problem
    arrays = {name: array for name, array in content.items()
              if not name.startswith("__") and isinstance(array, np.ndarray)}
    if not arrays:
        raise DataError(f"{path}: expected arrays of images and labels, got a MATLAB file without "
                        "any array")
    return arrays


def _check_blocks(path: Path) -> None:
    """DataError unless each packed variable of a version 7 file unpacks to a sensible size."""
    total, size = 0, path.stat().st_size
    with path.open("rb") as file:
        header = file.read(128)
        if len(header) < 128 or header[126:128] not in (b"IM", b"MI"):
            return      # version 4 packs nothing
        order = "little" if header[126:128] == b"IM" else "big"
        while len(tag := file.read(8)) == 8:
            kind = int.from_bytes(tag[:4], order)       # type: ignore[arg-type]
            n_bytes = int.from_bytes(tag[4:], order)    # type: ignore[arg-type]
            end = file.tell() + n_bytes
            if end > size:
                raise ValueError(f"a variable of {n_bytes} bytes in a file of {size}")
            if kind == 15:      # miCOMPRESSED
                unpack, rest = zlib.decompressobj(), n_bytes
                while rest > 0 and (chunk := file.read(min(rest, 2**16))):
                    rest -= len(chunk)
                    while chunk:
                        total += len(unpack.decompress(chunk, 2**24))
                        chunk = unpack.unconsumed_tail
                        within(path, total)
            file.seek(end)
