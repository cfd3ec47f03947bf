"""Files of images that are not opened, and how to make a .npz of each."""

from __future__ import annotations

import re
from pathlib import Path

PICKLES = {".pkl", ".pkz", ".pickle", ".joblib", ".pt", ".pth"}
OTHERS = {".h5", ".hdf5", ".parquet", ".tfrecord", ".tfrecords"}
NAMED = "np.savez('images.npz', images=d['images'], labels=d['labels'])"

# Two lines of Python. Nothing of what they name is imported here.
PICKLE = "import pickle, numpy as np; d = pickle.load(open({name!r}, 'rb'), encoding='bytes')\n"
CIFAR = PICKLE + ("np.savez('images.npz', images=d[b'data'].reshape(-1, 3, 32, 32), "
                  "labels=d[b'labels'])")
HDF5 = "import h5py, numpy as np; d = h5py.File({name!r})\n" + NAMED.replace("']", "'][:]")
RECIPES = {
    ".pkl": PICKLE + NAMED, ".pickle": PICKLE + NAMED,
    ".pkz": "import numpy as np; from sklearn.datasets import fetch_olivetti_faces; "
            "d = fetch_olivetti_faces()\n"
            "np.savez('faces.npz', images=d.images, labels=d.target)",
    ".h5": HDF5, ".hdf5": HDF5}


def is_pickle(start: bytes) -> bool:
    """Whether a file with these first bytes is a pickle (of protocol 2 to 5)."""
    return re.match(rb"\x80[\2-\5]", start) is not None


def reason(path: Path, start: bytes) -> str:
    """Why a file of this name and these first bytes (unpacked, if it is a .gz) is not opened, with
    a recipe; "" if it may be another kind of file."""
    kind = Path(path.name.lower().removesuffix(".gz")).suffix
    if kind not in PICKLES | OTHERS:
        if not is_pickle(start):
            return ""
        kind = ".pkl"
    what = ("got a pickle, which is not opened: a pickle can run any code. If you trust who made it"
            if kind in PICKLES else f"got a file of another library ({kind}). It makes a .npz")
    recipe = CIFAR if kind == ".pkl" and "batch" in path.name else RECIPES.get(
        kind, "import numpy as np; d = ...     # as the library that wrote it reads it\n" + NAMED)
    if path.suffix.lower() == ".gz":
        recipe = recipe.replace("import ", "import gzip, ", 1).replace("(open(", "(gzip.open(")
    return (f"{path}: expected images, or arrays as .npz, .npy, .mat, .csv or idx, {what}, with "
            f"the names that are in it:\n{recipe.format(name=path.name)}")
