"""Files of images that are not opened, and how to make a .npz of each."""

from __future__ import annotations

from pathlib import Path

PICKLES = {".pkl", ".pkz", ".pickle", ".joblib", ".pt", ".pth"}
OTHERS = {".h5", ".hdf5", ".parquet", ".tfrecord", ".tfrecords"}

READ = {
    ".pt": "import torch, numpy as np; d = torch.load({name!r})",
    ".pkz": "import numpy as np; from sklearn.datasets import fetch_olivetti_faces; "
            "d = fetch_olivetti_faces()",
    ".joblib": "import joblib, numpy as np; d = joblib.load({name!r})",
    ".h5": "import h5py, numpy as np; d = h5py.File({name!r})",
    ".parquet": "import io, numpy as np, pandas as pd; from PIL import Image; "
                "d = pd.read_parquet({name!r})",
    ".tfrecord": "import numpy as np; d = list(your_dataset.as_numpy_iterator())     # of tf.data",
}
READ |= {".pth": READ[".pt"], ".hdf5": READ[".h5"], ".tfrecords": READ[".tfrecord"]}
PICKLE = "import pickle, numpy as np; d = pickle.load(open({name!r}, 'rb'), encoding='bytes')"

WRITE = {
    ".pkz": "np.savez('faces.npz', images=d.images, labels=d.target)",
    ".parquet": "np.savez('images.npz', images=np.stack([np.array(Image.open(io.BytesIO("
                "i['bytes']))) for i in d['image']]), labels=d['label'])",
    ".tfrecord": "np.savez('images.npz', images=np.stack([x for x, t in d]), "
                 "labels=np.array([t for x, t in d]))",
    ".h5": "np.savez('images.npz', images=d['images'][:], labels=d['labels'][:])",
}
WRITE |= {".hdf5": WRITE[".h5"], ".tfrecords": WRITE[".tfrecord"]}
CIFAR = "np.savez('images.npz', images=d[b'data'], labels=d[b'labels'])"
NAMED = "np.savez('images.npz', images=d['images'], labels=d['labels'])"


def reason(path: Path, start: bytes) -> str | None:
    """Why a file of this name and these first bytes (unpacked, if it is a .gz) is not opened, with
    a recipe; None if it may be another kind of file."""
    kind = Path(path.name.lower().removesuffix(".gz")).suffix
    if kind not in PICKLES | OTHERS:
        kind = (".h5" if start.startswith(b"\x89HDF\r\n\x1a\n") else
                ".parquet" if start.startswith(b"PAR1") else
                ".pkl" if start[:1] == b"\x80" and start[1:2] in b"\2\3\4\5" and len(start) > 1
                else "")
    if not kind:
        return None
    what = ("got a pickle, which is not opened: a pickle can run any code. If you trust who made it"
            if kind in PICKLES else f"got a file of another library ({kind}). It makes a .npz")
    read = READ.get(kind, PICKLE).format(name=path.name)
    if path.suffix.lower() == ".gz":
        read = read.replace("import ", "import gzip, ", 1).replace("(open(", "(gzip.open(")
    write = WRITE.get(kind, CIFAR if "batch" in path.name else NAMED)
    return (f"{path}: expected images, or arrays as .npz, .npy, .mat, .csv or idx, {what}, with "
            f"the names that are in it:\n{read}\n{write}")
