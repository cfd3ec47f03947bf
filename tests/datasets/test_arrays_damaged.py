"""Files of arrays that are cut, changed, hostile or of another library: one error, soon."""

import gzip
import pickle
import struct
import warnings
import zlib

import numpy as np
import pytest
import scipy.io
from helpers import at_most
from layouts.arrays import array_file as written
from layouts.files import idx, zipped

from tinycnn.datasets.arrays import read_arrays
from tinycnn.layers.errors import DataError

X = np.random.default_rng(0).integers(0, 256, (4, 5, 5), np.uint8)
T = np.arange(4) % 2
MAT = {"fea": X.reshape(4, 25), "gnd": T[:, None] + 1}
WHOLE = {
    "a.npz": written(np.savez, x=X, y=T), "b.npz": written(np.savez_compressed, x=X, y=T),
    "c.npy": written(np.save, X), "d-images-idx3-ubyte": idx(X),
    "e-images-idx3-ubyte.gz": gzip.compress(idx(X)), "f.mat": written(scipy.io.savemat, MAT),
    "g.mat": written(scipy.io.savemat, MAT, do_compression=True),
    "h.mat": written(scipy.io.savemat, MAT, format="4"),
    "i.csv": "\n".join(["label," + ",".join("p" * 25), *[
        ",".join(map(str, [t, *x.ravel()])) for t, x in zip(T, X, strict=True)]]).encode()}


def write(folder, name, content):
    """The file; once its labels beside it."""
    if not (folder / "labels.npy").exists():
        np.save(folder / "labels.npy", T)
        (folder / name.replace("images-idx3", "labels-idx1").removesuffix(".gz")).write_bytes(
            idx(T))
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize("name", WHOLE)
def test_cut_anywhere(tmp_path, name):
    """One error, or the same bits: a .csv may end between two lines, or in its last number."""
    content, table = WHOLE[name], name.endswith("csv")
    whole = read_arrays(write(tmp_path, name, content))
    for end in {*range(0, len(content), len(content) // 100 + 1), len(content) - 1}:
        try:
            cut = read_arrays(write(tmp_path, name, content[:end]))
        except DataError:
            continue
        if cut is not None:
            assert table
            n = len(cut) - 1
            assert np.array_equal(cut.images[:n], whole.images[:n])


@pytest.mark.parametrize("name", [name for name in WHOLE if name[0] in "abceg"])
def test_changed_anywhere(tmp_path, name):
    """100 flipped bytes: one error, or a data set; where there is a sum, the same pixels."""
    rng, content = np.random.default_rng(1), bytearray(WHOLE[name])
    whole = read_arrays(write(tmp_path, name, content))
    for _ in range(100):
        at = int(rng.integers(len(content)))
        old, content[at] = content[at], int(rng.integers(256))
        try:
            data = read_arrays(write(tmp_path, name, content))
            if data is not None and name[0] in "abeg":
                assert np.array_equal(np.unique(data.images), np.unique(whole.images))
        except DataError:
            pass
        content[at] = old


def test_more_bytes_than_it_says(tmp_path):
    with pytest.raises(DataError, match=r"its header says, got: .* size 101 into shape \(4,5,5\)"):
        read_arrays(write(tmp_path, "d-images-idx3-ubyte", idx(X) + b"\0"))


def header(shape, dtype="|u1"):
    text = repr({"descr": dtype, "fortran_order": False, "shape": shape}).encode()
    text += b" " * (118 - len(text) - 1) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.npy", header((10**6, 10**6)) + bytes(50), "got: 178 bytes instead of 1000000000128"),
    ("a.npy", header((-1, 5)) + bytes(50), "-1 x 5"),
    ("b.npz", zipped({"x.npy": header((10**6, 10**6)) + bytes(50),
                      "y.npy": header((2,)) + bytes(2)}),
     "b.npz: x: .* instead of 1000000000128"),
    ("c.npz", zipped({f"x{i}.npy": b"" for i in range(1001)}), "1001 arrays"),
    ("d-images-idx3-ubyte", struct.pack(">I3I", 0x803, 2**31, 2**31, 2**31) + bytes(9), "size 9"),
])
def test_claims_are_checked_before_memory_is_taken(tmp_path, name, content, words):
    path = write(tmp_path, name, content)
    with at_most(20), pytest.raises(DataError, match=words):
        read_arrays(path, labels=T if "idx" in name else None)


@pytest.mark.parametrize("name", ["a.npz", "b-images-idx3-ubyte.gz", "c.csv.gz", "d.mat"])
def test_bombs_are_refused(tmp_path, monkeypatch, name):
    """8 MB of zeros out of 8 kB, with a limit of 64 kB instead of 256 MB."""
    monkeypatch.setattr("tinycnn.datasets.stored.SLACK", 2**16)
    n = 8 * 2**20
    content = {"a": lambda: zipped({"x.npy": header((4, n // 4)) + bytes(n),
                                "y.npy": header((4,)) + bytes(4)}),
               "b": lambda: gzip.compress(struct.pack(">I3I", 0x803, 4, n // 4, 1) + bytes(n)),
               "c": lambda: gzip.compress(b"label," + b"p," * 30 + b"p\n"
                                          + (b"0," * 31 + b"0\n") * (n // 256)),
               "d": lambda: written(scipy.io.savemat, {"x": np.zeros((4, n // 4), np.uint8)},
                                    do_compression=True)}[name[0]]()
    with pytest.raises(DataError, match=r"says it unpacks to .* a hostile file"):
        read_arrays(write(tmp_path, name, content))


class Harm:
    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle ran')",)


@pytest.mark.parametrize(("name", "content", "words"), [
    ("data_batch_1", pickle.dumps({b"data": Harm()}), "pickle.load"),
    ("a.pkl", pickle.dumps(Harm()), "pickle.load"), ("a.pickle", pickle.dumps(Harm()), "pickle"),
    ("mnist.pkl.gz", gzip.compress(pickle.dumps(Harm()), mtime=0),     # no time in the test's name
     r"import gzip.*gzip.open\('mnist"),
    ("olivetti.pkz", zlib.compress(pickle.dumps(Harm())), "fetch_olivetti_faces"),
    ("net.pt", zipped({"data.npy": b""}), "a pickle"),
    ("a.joblib", pickle.dumps(Harm()), "d = [.]"),
    ("a.npy", written(np.save, np.array([Harm(), Harm()]), allow_pickle=True),
     "Python objects.* pickle can run any code"),
    ("b.npz", written(np.savez, images=np.array([Harm()]), labels=T, allow_pickle=True),
     "b.npz: images: .*Python objects"),
    ("a.h5", b"\x89HDF\r\n\x1a\n", "import h5py"), ("a.parquet", b"PAR1", "another library"),
    ("a.tfrecord", b"\0" * 16, "another library"),
    ("a.mat", b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512), "save.*-v7.*h5py"),
    ("b.mat", bytes(512) + b"\x89HDF", "save.*-v7.*h5py"),
])
def test_other_files_are_refused_with_a_recipe(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    for path in (tmp_path / name, tmp_path):
        with pytest.raises(DataError, match=rf"(?s){words}.*\nnp\.savez?\('"):
            read_arrays(path)


def test_objects_that_are_not_needed_are_passed_over(tmp_path):
    np.savez(tmp_path / "a.npz", images=X, labels=T, comment=np.array([Harm()]))
    assert len(read_arrays(tmp_path / "a.npz")) == 4


def test_a_disk_that_fails(tmp_path, monkeypatch):
    def fail(*_):
        raise PermissionError(13, "Permission denied")
    monkeypatch.setattr("tinycnn.datasets.arrays.arrays_in", fail)
    with pytest.raises(DataError, match=r"a file that you may read, got: .*Permission denied"):
        read_arrays(write(tmp_path, "c.npy", WHOLE["c.npy"]))


@pytest.mark.parametrize("name", ["a.pkl", "b.pkl.gz", "data_batch_1", "c.npy", "d.npz"])
def test_the_recipes_work(tmp_path, monkeypatch, name):
    """The two lines of the error, run as they stand."""
    monkeypatch.chdir(tmp_path)
    images = np.zeros((4, 3, 32, 32), np.uint8) + X[:, :1, :1, None] if "batch" in name else X
    objects = np.empty(4, object)
    objects[:] = list(images)
    if name.startswith("c"):
        np.save(name, objects, allow_pickle=True)
    elif name.startswith("d."):
        np.savez(name, images=objects, labels=T.astype(object), allow_pickle=True)
    else:
        keys = (b"data", b"labels") if "batch" in name else ("images", "labels")
        rows = images.reshape(4, -1) if "batch" in name else images
        content = pickle.dumps(dict(zip(keys, (rows, T), strict=True)))
        (tmp_path / name).write_bytes(gzip.compress(content) if "gz" in name else content)
    with pytest.raises(DataError) as error:
        read_arrays(tmp_path / name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)        # a short recipe closes no file
        exec("\n".join(str(error.value).split("\n")[1:]), {})
    data = read_arrays(tmp_path / f"images.np{'y' if name == 'c.npy' else 'z'}", colour=True,
                       labels=T if name == "c.npy" else None)
    images = images if images.ndim == 4 else images[:, None].repeat(3, axis=1)
    np.testing.assert_array_equal(data.images, (images / 255).astype(np.float32))
    np.testing.assert_array_equal(data.labels, T)
