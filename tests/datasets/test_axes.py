"""Which axis is what, and which class a label means."""

import re

import numpy as np
import pytest

from tinycnn.datasets.axes import class_labels, image_axes
from tinycnn.layers.errors import DataError

X = np.random.default_rng(0).integers(0, 256, (7, 3, 5, 6), np.uint8)     # (N, C, H, W)


@pytest.mark.parametrize(("letters", "said"), [
    ("NCHW", ""), ("NHWC", ""), ("HWCN", "rows x columns x channels x images")])
@pytest.mark.parametrize("channels", [1, 3])
def test_axes(letters, said, channels):
    x = X[:, :channels].transpose(["NCHW".index(axis) for axis in letters])
    read, notes = image_axes(x, 7, "x")
    np.testing.assert_array_equal(read, X[:, :channels])
    assert said in " ".join(notes)
    assert bool(notes) == bool(said)


@pytest.mark.parametrize("letters", ["NHW", "HWN"])
def test_axes_of_grey_images(letters):
    x = X[:, 0].transpose(["NHW".index(axis) for axis in letters])
    np.testing.assert_array_equal(image_axes(x, 7, "x")[0], X[:, :1])


@pytest.mark.parametrize(("shape", "n", "by_columns", "read", "note"), [
    ((9, 8, 9), 9, False, (9, 1, 8, 9), "read as images x rows x columns; 9 x 8 x 9 with 9 labels "
     "may be rows x columns x images, too: transpose it for that"),
    ((9, 8, 9), 9, True, (9, 1, 9, 8), "read as rows x columns x images; 9 x 8 x 9"),
    ((16, 16), 16, False, (16, 1, 4, 4), "may be pixels x images, too"),
    ((16, 16), 16, True, (16, 1, 4, 4), "may be pixels x images, too"),
    ((3, 8, 3, 3), 3, False, (3, 3, 8, 3), "images x rows x columns x channels; "),
    ((3, 9, 9, 3), 3, False, (3, 3, 9, 9), ""), ((3, 3, 28, 1), 3, False, (3, 1, 3, 28), ""),
    ((28, 5, 6), 28, False, (28, 1, 5, 6), "")])
def test_of_two_readings_numpys_or_matlabs(shape, n, by_columns, read, note):
    images, notes = image_axes(np.zeros(shape), n, "x", by_columns)
    assert images.shape == read
    assert note in " ".join(notes)


@pytest.mark.parametrize(("shape", "n", "words"), [
    ((9, 8, 8), 7, "9 x 8 x 8 with 7 labels. Likely cause: images and labels that do not belong"),
    ((9, 8, 8, 4), 9, "(images[..., :3] leaves transparency"), ((9,), 9, "another kind of data"),
    ((9, 10304), 9, "pictures that are not square (--size, in Python size=, tells"),
    ((9, 3072), 9, "colours: images.reshape(-1, 3, 32, 32) makes pictures of them if all red"),
    ((9, 4), 9, "got 4 numbers in each")])
def test_what_cannot_be_images(shape, n, words):
    with pytest.raises(DataError, match="x: expected.*" + re.escape(words)):
        image_axes(np.zeros(shape), n, "x")


@pytest.mark.parametrize("by_columns", [False, True])
@pytest.mark.parametrize("across", [False, True])
def test_flat_rows_of_grey_pictures(by_columns, across):
    pictures = np.random.default_rng(0).normal(size=(7, 5, 5))
    rows = (pictures.transpose(0, 2, 1) if by_columns else pictures).reshape(7, 25)
    read, notes = image_axes(rows.T if across else rows, 7, "x", by_columns)
    np.testing.assert_array_equal(read[:, 0], pictures)
    assert ("column by column as in MATLAB" in notes[-1]) == by_columns
    assert ("pixels x images" in notes[0]) == across


def test_flat_rows_of_the_size_asked_for():
    pictures = np.random.default_rng(0).normal(size=(7, 6, 9))
    read, notes = image_axes(pictures.reshape(7, -1), 7, "x", size="6x9")
    np.testing.assert_array_equal(read[:, 0], pictures)
    assert "a picture of 6 x 9" in notes[0]
    assert image_axes(np.zeros((7, 36)), 7, "x", size=(4, 9))[0].shape == (7, 1, 6, 6)


@pytest.mark.parametrize(("labels", "t", "names"), [
    ([0, 1, 0], [0, 1, 0], ("0", "1")), ([1, 2, 1], [0, 1, 0], ("1", "2")),
    ([40, -3, 40], [1, 0, 1], ("-3", "40")), ([1.0, 2.0, 1.0], [0, 1, 0], ("1", "2")),
    ([True, False, True], [1, 0, 1], ("0", "1")), ([[1], [0], [1]], [1, 0, 1], ("0", "1")),
    ([[1, 0, 1]], [1, 0, 1], ("0", "1")), (["s10", "s9", "s10"], [1, 0, 1], ("s9", "s10")),
    ([b"ann", b"bob", b"ann"], [0, 1, 0], ("ann", "bob")),
    (["10", "9", "10"], [1, 0, 1], ("9", "10")), (["007", "7", "007"], [0, 1, 0], ("007", "7"))])
def test_labels(labels, t, names):
    found, people = class_labels(np.array(labels), "y")
    np.testing.assert_array_equal(found, t)
    assert found.dtype == np.int64
    assert tuple(people) == names


def test_names_of_numbers():
    assert class_labels(np.array([0, 2, 0]), "y", ("a", "b", "c"))[1] == ["a", "c"]
    assert class_labels(np.array([1, 3, 1]), "y", ("a", "b", "c"))[1] == ["1", "3"]
    assert class_labels(np.array([-1, 1, 1]), "y", ("a", "b", "c"))[1] == ["-1", "1"]


@pytest.mark.parametrize(("labels", "words"), [
    ([0.5, 1.0], "expected whole numbers or names"), ([1.0, np.nan], "such as .nan."),
    ([2, 2, 2], "at least two classes, got 3 labels"), ([[1, 0], [0, 1]], "got 2 x 2.*one-hot"),
    ([], "one label for each image"), (["a", " "], "an empty one for image 1")])
def test_what_are_no_labels(labels, words):
    with pytest.raises(DataError, match=f"y: .*{words}"):
        class_labels(np.array(labels), "y")
