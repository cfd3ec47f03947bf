"""Files of arrays as data sets: every form, the pictures upright, the right classes and parts."""

import gzip

import numpy as np
import pytest
import scipy.io
from layouts.files import idx, saved

from tinycnn.datasets import load_images
from tinycnn.datasets.arrays import read_arrays
from tinycnn.layers.errors import DataError

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (12, 6, 6), np.uint8)
T = np.arange(12) % 3
UNIT = (X[:, None] / 255).astype(np.float32)


def as_read(data, images=UNIT, labels=T, people=("0", "1", "2"), test=None):
    """Whether the data set is exactly this."""
    assert data is not None
    assert data.images.dtype == np.float32
    np.testing.assert_array_equal(data.images, images)
    np.testing.assert_array_equal(data.labels, labels)
    assert data.labels.dtype == np.int64
    assert data.people == people
    if test is None:
        assert data.test_part is None
    else:
        np.testing.assert_array_equal(data.test_part, test)
    assert len({*data.files}) == len(data.digests) == len(data.conditions) == len(data)
    return " | ".join(data.notes)


@pytest.mark.parametrize("names", [
    ("images", "labels"), ("x", "y"), ("X", "t"), ("data", "target"), ("faces", "target"),
    ("arr_0", "arr_1"), ("pics", "who")])
@pytest.mark.parametrize("packed", [np.savez, np.savez_compressed])
def test_npz(tmp_path, names, packed):
    packed(tmp_path / "a.npz", **dict(zip(names, (X, T), strict=True)))
    notes = as_read(read_arrays(tmp_path / "a.npz"))
    assert "levels from 0 to 255 divided by 255" in notes
    assert ("'pics' is read as the images" in notes) == (names[0] == "pics")
    as_read(read_arrays(tmp_path))      # a folder with nothing else


@pytest.mark.parametrize("names", [
    ("x_train", "y_train", "x_test", "y_test"), ("Xtrain", "Ytrain", "Xtest", "Ytest"),
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("trainX", "trainY", "testX", "testY")])
def test_npz_with_a_test_part(tmp_path, names):
    parts = (X[:8], T[:8], X[8:], T[8:])
    np.savez(tmp_path / "mnist.npz", **dict([*zip(names, parts, strict=True)][::-1]))
    data = read_arrays(tmp_path / "mnist.npz")
    notes = as_read(data, test=np.arange(12) >= 8)
    assert "4 images as test images" in notes
    assert (data.files[0], data.files[8]) == ("train image 0", "test image 0")
    assert data.usual_split == "given"


def test_of_the_same_images_twice_those_with_rows_and_columns(tmp_path):
    """As scikit-learn's bunches: 36 numbers are 4 x 9 pixels here, and could be 6 x 6."""
    sides = X.reshape(12, 4, 9)
    np.savez(tmp_path / "a.npz", data=X.reshape(12, 36), images=sides, target=T)
    as_read(read_arrays(tmp_path / "a.npz"), (sides[:, None] / 255).astype(np.float32))


def test_arrays_in_the_order_of_fortran(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.asfortranarray(X), y=T)
    as_read(read_arrays(tmp_path / "a.npz"))


def test_npy_with_its_labels_beside_it(tmp_path):
    np.save(tmp_path / "faces.npy", X)
    with pytest.raises(DataError, match=r"labels for the images 12 x 6 x 6: .*faces_labels"):
        read_arrays(tmp_path / "faces.npy")
    as_read(read_arrays(tmp_path / "faces.npy", labels=T))
    (tmp_path / "who.txt").write_text("label\n" + "\n".join(map(str, T)))
    as_read(read_arrays(tmp_path / "faces.npy", labels=str(tmp_path / "who.txt")))
    (tmp_path / "who.txt").rename(tmp_path / "labels.csv")
    as_read(read_arrays(tmp_path / "faces.npy"))
    as_read(read_arrays(tmp_path))
    (tmp_path / "labels.csv").unlink()
    np.save(tmp_path / "labels.npy", T + 1)
    assert "labels from labels.npy" in as_read(read_arrays(tmp_path / "faces.npy"),
                                               people=("1", "2", "3"))
    as_read(read_arrays(tmp_path), people=("1", "2", "3"))


def test_npy_files_of_parts(tmp_path):
    for part, own in (("train", slice(0, 8)), ("test", slice(8, 12))):
        np.save(tmp_path / f"X_{part}.npy", X[own])
        np.save(tmp_path / f"y_{part}.npy", T[own])
    as_read(read_arrays(tmp_path), test=np.arange(12) >= 8)
    as_read(read_arrays(tmp_path / "X_train.npy"), UNIT[:8], T[:8])


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images.idx3-ubyte",
                                  "train-images-idx3-ubyte.gz"])
def test_idx(tmp_path, name):
    pack = gzip.compress if name.endswith("gz") else bytes
    (tmp_path / name).write_bytes(pack(idx(X)))
    with pytest.raises(DataError, match=r"the file of its labels.*train-labels.idx1-ubyte"):
        read_arrays(tmp_path / name)
    as_read(read_arrays(tmp_path / name, labels=T))
    (tmp_path / name.replace("images", "labels").replace("idx3", "idx1")).write_bytes(pack(idx(T)))
    as_read(read_arrays(tmp_path / name))
    as_read(read_arrays(tmp_path))
    with pytest.raises(DataError, match="expected the file of images, got one of 12 labels"):
        read_arrays(tmp_path / name.replace("images", "labels").replace("idx3", "idx1"))


def test_idx_whose_name_says_nothing_is_not_its_own_file_of_labels(tmp_path):
    (tmp_path / "a-ubyte").write_bytes(idx(X))
    with pytest.raises(DataError, match="expected the file of its labels"):
        read_arrays(tmp_path / "a-ubyte")


def test_a_folder_as_mnist(tmp_path):
    """Each file packed and unpacked, in a folder in a folder, beside a read-me."""
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for part, own in (("train", slice(0, 8)), ("t10k", slice(8, 12))):
        for kind, array in (("images-idx3", X[own]), ("labels-idx1", T[own])):
            (folder / f"{part}-{kind}-ubyte").write_bytes(idx(array))
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(idx(array)))
    (folder / "README.md").write_text("MNIST")
    as_read(read_arrays(tmp_path / "MNIST"), test=np.arange(12) >= 8)


def test_mat_as_svhn(tmp_path):
    colours = RNG.integers(0, 256, (8, 8, 3, 12), np.uint8)
    for part in ("train", "test"):
        scipy.io.savemat(tmp_path / f"{part}_32x32.mat", {"X": colours, "y": T[:, None] + 1})
    upright = (colours.transpose(3, 2, 0, 1) / 255).astype(np.float32)
    data = read_arrays(tmp_path / "train_32x32.mat", colour=True)
    assert "rows x columns x channels x images" in as_read(data, upright, people=("1", "2", "3"))
    both = read_arrays(tmp_path, colour=True)
    as_read(both, np.concatenate([upright] * 2), np.tile(T, 2), ("1", "2", "3"), np.arange(24) > 11)


def test_mat_with_something_else(tmp_path):
    scipy.io.savemat(tmp_path / "other.mat", {"weights": np.ones((3, 4)), "bias": np.ones((2, 5))})
    with pytest.raises(DataError, match=r"weights \(3 x 4 float64\) and bias \(2 x 5"):
        read_arrays(tmp_path / "other.mat")


@pytest.mark.parametrize("where", [0, 4, 36])
@pytest.mark.parametrize("separator", [",", ";"])
def test_csv_as_kaggle(tmp_path, where, separator):
    rows = [["pixel" + str(i) for i in range(36)], *X.reshape(12, -1).tolist()]
    for row, label in zip(rows, ["label", *T.tolist()], strict=True):
        row.insert(where, label)
    text = "\n".join(separator.join(map(str, row)) for row in rows)
    (tmp_path / "train.csv").write_text(text)
    notes = as_read(read_arrays(tmp_path / "train.csv"))
    assert "the column 'label' is read as the labels" in notes
    (tmp_path / "train.csv").unlink()
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(text.encode()))
    as_read(read_arrays(tmp_path / "train.csv.gz"))


def test_csv_without_a_header(tmp_path):
    for names in (T.tolist(), [["ann", "bob", "cem"][t] for t in T]):
        (tmp_path / "a.csv").write_text("\n".join(
            ",".join(map(str, [name, *x.ravel()])) for name, x in zip(names, X, strict=True)))
        notes = as_read(read_arrays(tmp_path / "a.csv"), people=tuple(map(str, names[:3])))
        assert "no header: the first column is read as the label" in notes


def test_csv_as_pandas_writes_it(tmp_path):
    """An index without a name, and columns that are numbers."""
    (tmp_path / "a.csv").write_text("\n".join(
        [",".join(["", *map(str, range(36)), "class"])]
        + [",".join(map(str, [i, *x.ravel(), t])) for i, (x, t) in
           enumerate(zip(X, T, strict=True))]))
    assert "the column '' is left out" in as_read(read_arrays(tmp_path / "a.csv"))


@pytest.mark.parametrize("content", [
    "file,label\na.png,ann\nb.png,bob\n", "", "a,b,c\n1,2,3\n",
    "image,x,y,w,h\na.png,1,2,3,4\n"])
def test_a_table_of_files_is_no_table_of_pixels(tmp_path, content):
    (tmp_path / "labels.csv").write_text(content)
    with pytest.raises(DataError, match="a list of files; then give their folder"):
        read_arrays(tmp_path / "labels.csv")
    (tmp_path / "a.png").write_bytes(b"")
    assert read_arrays(tmp_path) is None


def test_what_is_no_file_of_arrays(tmp_path):
    tar = b"p1/1.png".ljust(512, b"\0")
    for name, content in {"a.zip": b"PK\3\4 and more", "b.png": b"\x89PNG\r\n\x1a\n",
                          "c.tgz": gzip.compress(tar), "d.jpg": b"",
                          "idx3.png": b"\x89PNG\r\n\x1a\n"}.items():
        (tmp_path / name).write_bytes(content)
        assert read_arrays(tmp_path / name) is None
    np.savez(tmp_path / "e.npz", images=X, labels=T)
    assert read_arrays(tmp_path) is None        # pictures with an array among them
    assert read_arrays(tmp_path / "nothing") is None


def test_two_data_sets_in_a_folder_are_not_joined(tmp_path):
    for name in ("Yale_32x32", "ORL_32x32"):
        scipy.io.savemat(tmp_path / f"{name}.mat", {"fea": X.reshape(12, -1), "gnd": T + 1})
    with pytest.raises(DataError, match=r"one file of arrays, .*ORL_32x32.mat and Yale_32x32.mat"):
        read_arrays(tmp_path)


def test_size_and_colour(tmp_path):
    colour = np.stack([X, X // 2, X // 3], axis=3)
    np.savez(tmp_path / "a.npz", x=colour, y=T)
    grey = read_arrays(tmp_path / "a.npz", size=(3, 4))
    assert grey.images.shape == (12, 1, 3, 4)
    assert {"all 12 pictures, 6 x 6 (width x height), resized to 4 x 3; this stretches them",
            "colours made grey: 0.299 red + 0.587 green + 0.114 blue"} < {*grey.notes}
    as_read(read_arrays(tmp_path / "a.npz", colour=True),
            (colour.transpose(0, 3, 1, 2) / 255).astype(np.float32))
    np.savez(tmp_path / "b.npz", x=X, y=T)
    assert "their three colours are equal" in as_read(
        read_arrays(tmp_path / "b.npz", colour=True), UNIT.repeat(3, axis=1))
    standard = read_arrays(tmp_path / "b.npz", grey="standardised").images
    np.testing.assert_allclose(standard.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(standard.std(axis=(1, 2, 3)), 1, atol=1e-5)
    with pytest.raises(ValueError, match="grey='dark'"):
        read_arrays(tmp_path / "b.npz", grey="dark")


def test_parts_that_do_not_fit(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=X[:8], y_train=T[:8], x_test=X[8:, 1:], y_test=T[8:])
    with pytest.raises(DataError, match=r"images of one size .*, got 8 x 1 x 6 x 6 and 4 x"):
        read_arrays(tmp_path / "a.npz")


def test_a_part_without_labels_is_left_out(tmp_path):
    """As in Kaggle's competitions."""
    header = ",".join(f"pixel{i}" for i in range(36))
    for name, labels in (("train", T), ("test", None)):
        (tmp_path / f"{name}.csv").write_text("\n".join(
            ["label," * (labels is not None) + header]
            + [",".join(map(str, [*([] if labels is None else [labels[i]]), *X[i].ravel()]))
               for i in range(12)]))
    assert "test.csv left out: it has no labels" in as_read(read_arrays(tmp_path))


def test_labels_of_ones_own(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=X[:8], y_train=T[:8], x_test=X[8:], y_test=T[8:])
    names = np.array(["ann", "bob"] * 6)
    as_read(read_arrays(tmp_path / "a.npz", labels=names), labels=np.arange(12) % 2,
            people=("ann", "bob"), test=np.arange(12) >= 8)
    with pytest.raises(DataError, match=r"x_train: .* 8 x 6 x 6 with 5 labels.*that do not"):
        read_arrays(tmp_path / "a.npz", labels=names[:5])
    with pytest.raises(DataError, match="got a dict: images in arrays have no file names"):
        read_arrays(tmp_path / "a.npz", labels={"a.png": "ann"})
    with pytest.raises(DataError, match="label and exclude choose among files of pictures"):
        load_images(tmp_path / "a.npz", label="folder:1")
    with pytest.raises(DataError, match=r"No such file or directory: .*who.csv"):
        read_arrays(tmp_path / "a.npz", labels=tmp_path / "who.csv")


def test_class_names_are_harmless(tmp_path):
    names = np.array(["a\x1b[2J", "b\u202e", "c"])
    np.savez(tmp_path / "a.npz", data=X, target=T, target_names=names)
    as_read(read_arrays(tmp_path / "a.npz"), people=("a\ufffd[2J", "b\ufffd", "c"))


def test_validation_images_without_test_images_are_the_test_part(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=X[:8], y_train=T[:8], x_val=X[8:], y_val=T[8:])
    assert "4 images as test images" in as_read(read_arrays(tmp_path / "a.npz"),
                                                test=np.arange(12) >= 8)


def test_kaggles_three_tables(tmp_path):
    """train.csv, test.csv without labels, and a sample of what to hand in."""
    pixels = ",".join(f"pixel{i}" for i in range(64))
    rows = [",".join(map(str, row)) for row in np.arange(384).reshape(6, 64).tolist()]
    (tmp_path / "train.csv").write_text("\n".join([f"label,{pixels}", *[
        f"{i % 2},{row}" for i, row in enumerate(rows)]]), "utf-8")
    (tmp_path / "test.csv").write_text("\n".join([pixels, *rows]), "utf-8")
    (tmp_path / "sample_submission.csv").write_text("ImageId,Label\n1,0\n2,0\n", "utf-8")
    data = read_arrays(tmp_path)
    assert (len(data), data.people, data.images.shape[2:]) == (6, ("0", "1"), (8, 8))
    assert "test.csv left out: it has no labels" in " ".join(data.notes)
    assert "1 file (sample_submission.csv) passed over: no labels and pixels in it" in data.notes


def test_a_number_is_no_array_of_labels_or_images(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 5, 5)), y=3)
    np.save(tmp_path / "b.npy", 3.0)
    for name, labels in (("a.npz", None), ("b.npy", [0, 1])):
        with pytest.raises(DataError, match="got a single number"):
            read_arrays(tmp_path / name, labels=labels)
    np.save(tmp_path / "c.npy", X)
    with pytest.raises(DataError, match="12 x 6 x 6 with 1 labels"):
        read_arrays(tmp_path / "c.npy", labels=tmp_path / "b.npy")


@pytest.mark.parametrize("beside", ["desktop.ini", "Thumbs.db", "Icon\r", "@eaDir/x.jpg", ".x"])
@pytest.mark.parametrize("name", ["faces.npz", "train-images-idx3-ubyte"])
def test_what_systems_leave_beside_arrays_is_passed_over(tmp_path, name, beside):
    if name.endswith("npz"):
        np.savez(tmp_path / name, x=X, y=T)
    else:
        (tmp_path / name).write_bytes(idx(X))
        (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(T))
    saved({beside: b"left"}, tmp_path)
    as_read(read_arrays(tmp_path))


def test_large_images_in_one_field_and_a_list_of_papers_beside(tmp_path):
    """FER2013 comes with a .bib; Python reads 131,072 signs of a field if nobody asks for more."""
    pixels = " ".join(["200"] * 40000)
    (tmp_path / "fer.csv").write_text(f"emotion,pixels\n0,{pixels}\n3,{pixels}\n", "utf-8")
    (tmp_path / "fer2013.bib").write_text("@misc{}", "utf-8")
    data = read_arrays(tmp_path)
    assert data.images.shape == (2, 1, 200, 200)
    assert data.people == ("Angry", "Happy")
    assert "the column 'emotion' is read as the labels" in data.notes
