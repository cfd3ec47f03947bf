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


@pytest.mark.parametrize(("shape", "n", "both"), [
    ((9, 8, 9), 9, "(N, H, W) or (H, W, N)"), ((9, 3, 8, 3), 9, "(N, C, H, W) or (N, H, W, C)"),
    ((16, 16), 16, "(N, D) or (D, N)"), ((3, 8, 3, 3), 3, "(N, H, W, C) or (H, W, C, N)")])
def test_two_readings_are_not_guessed(shape, n, both):
    with pytest.raises(DataError, match=re.escape(f"may be {both}, and which it is cannot be")):
        image_axes(np.zeros(shape), n, "x")


def test_only_one_of_the_two_readings_has_channels():
    assert image_axes(np.zeros((3, 9, 9, 3)), 3, "x")[0].shape == (3, 3, 9, 9)


@pytest.mark.parametrize(("shape", "n", "words"), [
    ((9, 8, 8), 7, "9 x 8 x 8 with 7 labels. Likely cause: images and labels that do not belong"),
    ((9, 8, 8, 4), 9, "transparency; images[..., :3]"), ((9, 8, 8, 2, 3), 9, "an axis too many"),
    ((9,), 9, "another kind of data"), ((9, 10304), 9, "pictures that are not square"),
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


@pytest.mark.parametrize("planes", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_flat_rows_of_colour_pictures(planes, seed):
    """Smooth pictures, whose colours differ: as CIFAR keeps them, and as (N, H, W, 3) gives."""
    rng, at = np.random.default_rng(seed), np.mgrid[0:8, 0:8] / 8
    waves = rng.uniform(0.5, 3, (7, 3, 2)) @ at.reshape(2, 64) + rng.uniform(0, 6, (7, 3, 1))
    pictures = (np.sin(waves) * 100 + 120).reshape(7, 3, 8, 8)
    rows = (pictures if planes else pictures.transpose(0, 2, 3, 1)).reshape(7, 192)
    read, notes = image_axes(rows, 7, "x")
    np.testing.assert_array_equal(read, pictures)
    assert ("three planes" in notes[0]) == planes


@pytest.mark.parametrize("by_columns", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_flat_rows_of_the_size_asked_for(by_columns, channels):
    at = np.mgrid[0:6, 0:9] / 9
    pictures = np.stack([np.sin(at[0] * 2 + k) * 50 + np.cos(at[1] * 3 - 2 * k) * 50
                         for k in range(7 * channels)]).reshape(7, channels, 6, 9)
    rows = (pictures.transpose(0, 1, 3, 2) if by_columns else pictures).reshape(7, -1)
    read, notes = image_axes(rows, 7, "x", by_columns, "6x9")
    np.testing.assert_array_equal(read, pictures)
    assert "a picture of 6 x 9" in notes[0]
    with pytest.raises(DataError, match=r"not square \(then give size="):
        image_axes(rows, 7, "x", by_columns, (5, 9))
    assert image_axes(np.zeros((7, 36)), 7, "x", size=(4, 9))[0].shape == (7, 1, 6, 6)


def test_flat_rows_of_noise_are_not_guessed():
    with pytest.raises(DataError, match="three planes of 8 x 8, or 8 x 8 pixels of three colours"):
        image_axes(np.random.default_rng(0).normal(size=(7, 192)), 7, "x")


@pytest.mark.parametrize(("labels", "t", "names"), [
    ([0, 1, 0], [0, 1, 0], ("0", "1")), ([1, 2, 1], [0, 1, 0], ("1", "2")),
    ([40, -3, 40], [1, 0, 1], ("-3", "40")), ([1.0, 2.0, 1.0], [0, 1, 0], ("1", "2")),
    ([True, False, True], [1, 0, 1], ("0", "1")), ([[1], [0], [1]], [1, 0, 1], ("0", "1")),
    ([[1, 0, 1]], [1, 0, 1], ("0", "1")), (["s10", "s9", "s10"], [1, 0, 1], ("s9", "s10")),
    ([b"ann", b"bob", b"ann"], [0, 1, 0], ("ann", "bob")),
    (["10", "9", "10"], [1, 0, 1], ("9", "10")), (["007", "7", "007"], [0, 1, 0], ("007", "7"))])
def test_labels(labels, t, names):
    found, people, notes = class_labels(np.array(labels), "y")
    np.testing.assert_array_equal(found, t)
    assert found.dtype == np.int64
    assert people == names
    assert notes == []


def test_one_hot_labels():
    t, names, notes = class_labels(np.eye(4)[[3, 1, 3]], "y")
    assert t.tolist() == [1, 0, 1]
    assert names == ("1", "3")
    assert "one-hot" in notes[0]


def test_names_of_numbers():
    assert class_labels(np.array([0, 2, 0]), "y", ("a", "b", "c"))[1] == ("a", "c")
    assert class_labels(np.array([1, 3, 1]), "y", ("a", "b", "c"))[1] == ("1", "3")


@pytest.mark.parametrize(("labels", "words"), [
    ([0.5, 1.0], "expected whole numbers or names"), ([1.0, np.nan], "such as .nan."),
    ([2, 2, 2], "at least two classes, got 3 labels"), ([[1, 1], [0, 1]], "not one-hot"),
    ([], "one label for each image"), (["a", " "], "an empty one for image 1")])
def test_what_are_no_labels(labels, words):
    with pytest.raises(DataError, match=f"y: .*{words}"):
        class_labels(np.array(labels), "y")
