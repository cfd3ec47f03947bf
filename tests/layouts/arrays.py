"""Files of arrays, as MNIST and its like are passed around, and what is said of other files."""

from __future__ import annotations

import gzip
import io
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.io

from .files import each, idx, pictures, pixels, zipped
from .rows import CHOOSE, Right, Row, images
from .tables import table

X = np.stack([pixels(f"x{n}", 8, 8) for n in range(12)])
T = np.arange(12) % 3


def array_file(save: Callable[..., Any], *arrays: Any, **named: Any) -> bytes:
    file = io.BytesIO()
    save(file, *arrays, **named)
    return file.getvalue()


def by_matlab(**arrays: Any) -> bytes:
    """A .mat file that says it was written by MATLAB, as a face or digit database's is."""
    head = b"MATLAB 5.0 MAT-file, Platform: PCWIN64, Created on: Mon Jan 01 00:00:00 2018"
    return head.ljust(116) + array_file(scipy.io.savemat, arrays)[116:]


MNIST = {"train-images-idx3-ubyte": idx(X), "train-labels-idx1-ubyte": idx(T),
         "t10k-images-idx3-ubyte": idx(X[:6, ::-1]),
         "t10k-labels-idx1-ubyte": idx(T[:6])}
MNIST_GZ = {f"{name}.gz": gzip.compress(data) for name, data in MNIST.items()}
YALE_MAT = by_matlab(fea=X.transpose(0, 2, 1).reshape(12, -1).astype(float), gnd=T[:, None] + 1.0)
SVHN = by_matlab(X=np.stack([pixels(f"x{n}", 8, 8, True) for n in range(12)], axis=-1),
                 y=np.where(T == 0, 10, T)[:, None].astype(np.uint8))
FER_CSV = table("emotion,pixels,Usage", *[
    f'{t},"{" ".join(map(str, x.ravel()))}",{("Training", "PublicTest")[n > 8]}'
    for n, (x, t) in enumerate(zip(X, T, strict=True))])
SIGN_CSV = table("label," + ",".join(f"pixel{n}" for n in range(1, 65)), *[
    f"{t}," + ",".join(map(str, x.ravel())) for x, t in zip(X, T, strict=True)])

ARRAYS = {
    "MNIST": images(MNIST, "0|1|2", 18, r"train-images", test=6),
    "MNIST, compressed": images(MNIST_GZ, "0|1|2", 18, r"train-images", test=6),
    "MNIST, one file": images(MNIST_GZ, "0|1|2", 12, Right(("0", "1", "2"), 18, 6),
                              path="train-images-idx3-ubyte.gz"),
    "MNIST, names with dots": images(
        {re.sub("-idx", ".idx", name): data for name, data in MNIST.items()}, "0|1|2", 12,
        Right(("0", "1", "2"), 18, 6), path="train-images.idx3-ubyte"),
    "MNIST, no labels": Row({"train-images-idx3-ubyte": idx(X)}, (CHOOSE,), {"size": None},
                            "train-images-idx3-ubyte"),
    "FER2013": images({"fer2013.csv": FER_CSV}, "Angry|Disgust|Fear", 12, test=3,
                      path="fer2013.csv"),
    "sign MNIST": images({"sign_mnist_train.csv": SIGN_CSV}, "0|1|2", 12,
                         path="sign_mnist_train.csv"),
    "sign MNIST as downloaded": images(
        {"sign_mnist_train/sign_mnist_train.csv": SIGN_CSV,
         "sign_mnist_test/sign_mnist_test.csv": SIGN_CSV}, "0|1|2", 24, r"sign_mnist_\w+\.csv",
        test=12),
    "fer2013.zip": Row({"fer2013.zip": zipped({"fer2013.csv": FER_CSV})}, (r"fer2013\.csv",),
                       {"size": None}, "fer2013.zip"),
    "MNIST in a zip": images({"archive.zip": zipped(MNIST)}, "0|1|2", 18, r"unpack", test=6,
                             path="archive.zip"),
    "Yale_32x32.mat": images({"Yale_32x32.mat": YALE_MAT}, "1|2|3", 12, path="Yale_32x32.mat"),
    "Yale_32x32.mat in a folder": images({"Yale_32x32.mat": YALE_MAT}, "1|2|3", 12,
                                         r"Yale_32x32\.mat"),
    "train_32x32.mat": images({"train_32x32.mat": SVHN}, "1|2|10", 12, colour=True,
                              path="train_32x32.mat"),
    "olivettifaces.mat": Row({"olivettifaces.mat": by_matlab(
        faces=X.reshape(12, -1).T)}, (CHOOSE,), {"size": None}, "olivettifaces.mat"),
    "EMNIST": images({f"emnist-letters-{part}": data for part, data in zip((
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "test-images-idx3-ubyte",
        "test-labels-idx1-ubyte"), MNIST.values(), strict=True)}, "0|1|2", 12,
        Right(("0", "1", "2"), 18, 6), path="emnist-letters-train-images-idx3-ubyte"),
    "mnist_train.csv without a head": images({"mnist_train.csv": SIGN_CSV.partition(b"\n")[2]},
                                             "0|1|2", 12, path="mnist_train.csv",
                                             note="first column"),
    # Written with SciPy: its rows are NumPy's, row by row.
    "mnist-original.mat": images({"mnist-original.mat": array_file(scipy.io.savemat, {
        "data": X.reshape(12, -1).T, "label": T[None] + 0.0})}, "0|1|2", 12,
        path="mnist-original.mat"),
    "ex3data1.mat": images({"ex3data1.mat": by_matlab(
        X=X.transpose(0, 2, 1).reshape(12, -1) / 255, y=np.where(T == 0, 10, T)[:, None])},
        "1|2|10", 12, path="ex3data1.mat"),
    "MedMNIST": images({"pneumoniamnist.npz": array_file(
        np.savez, train_images=X, train_labels=T[:, None], val_images=X[:3, ::-1],
        val_labels=T[:3, None], test_images=X[:6, :, ::-1], test_labels=T[:6, None])}, "0|1|2", 21,
        Right(("0", "1", "2"), 18, 6, "val"), test=6, path="pneumoniamnist.npz"),
    "Olivetti of Kaggle": images(
        {"olivetti_faces.npy": array_file(np.save, X / np.float32(255)),
         "olivetti_faces_target.npy": array_file(np.save, T)}, "0|1|2", 12,
        path="olivetti_faces.npy", labels="olivetti_faces_target.npy"),
    "Quick, Draw!": images({f"full_numpy_bitmap_{k}.npy": array_file(np.save, X.reshape(12, -1))
                            for k in ("cat", "bat")}, "cat|bat", 24, r"full_numpy_bitmap|\.npy"),
    "HDF5": Row({"faces.h5": b"\x89HDF\r\n\x1a\n" + bytes(99)}, (r"faces\.h5.*h5py",),
                {"size": None}, "faces.h5"),
    "npz": images({"faces.npz": array_file(np.savez, images=X, labels=T)}, "0|1|2", 12,
                  path="faces.npz"),
    "mnist.npz of Keras": images({"mnist.npz": array_file(
        np.savez, x_train=X, y_train=T, x_test=X[:6, ::-1], y_test=T[:6])}, "0|1|2", 18, test=6,
        path="mnist.npz"),
    "npy, no labels": Row({"faces.npy": array_file(np.save, X)}, (CHOOSE,), {"size": None},
                          "faces.npy"),
    "npy, labels": images({"faces.npy": array_file(np.save, X)}, "0|1|2", 12, path="faces.npy",
                          labels=T),
    "CIFAR-10's pickles": Row({"data_batch_1": pickle.dumps(
        {b"data": np.zeros((5, 192), np.uint8), b"labels": [0, 1, 2, 3, 4]})}, (r"(?i)pickle",),
        {"size": None}),
    "CIFAR-10's binary files": Row({"data_batch_1.bin": bytes(3073 * 5), "batches.meta.txt": b""},
                                   (r"data_batch_1\.bin",), {"size": None}),
    "pictures with labels.csv": images(
        {**pictures(each("{n:03}.png", n=range(6))), "labels.csv": table(
            "file,label", *[f"{n:03}.png,{('a', 'b')[n % 2]}" for n in range(6)])}, "a|b", 6,
        CHOOSE, note=r"labels\.csv"),
}

# Pictures 0, 1 and 3 of files whose order of pixels is known; EMNIST's lie on their sides.
SOME = X[[0, 1, 3]]
UPRIGHT: dict[str, list[np.ndarray]] = {name: list(SOME) for name in (
    "MNIST", "MNIST, compressed", "FER2013", "sign MNIST", "Yale_32x32.mat", "ex3data1.mat",
    "mnist-original.mat", "mnist_train.csv without a head", "MedMNIST", "Olivetti of Kaggle", "npz",
    "mnist.npz of Keras", "npy, labels")}
UPRIGHT["EMNIST"] = [x.T for x in SOME]
UPRIGHT["train_32x32.mat"] = [pixels(f"x{n}", 8, 8, True) for n in (0, 1, 3)]
