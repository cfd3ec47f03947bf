"""From numbers in arrays to levels: what they are divided by, and that it is said."""

import numpy as np
import pytest
from helpers import at_most

from tinycnn.datasets.levels import as_levels, scale
from tinycnn.layers.errors import DataError

SHAPE = (4, 1, 5, 5)


def up_to(top, dtype):
    return np.linspace(0, top, 100).round().astype(dtype).reshape(SHAPE)


@pytest.mark.parametrize(("top", "white", "dtype"), [
    (top, white, dtype) for top, white in [
        (7, 15), (15, 15), (16, 16), (17, 255), (200, 255), (255, 255), (256, 4095), (4095, 4095),
        (4096, 65535), (65535, 65535)]
    for dtype in ("uint8", "int16", "uint16", "int64", "float32", "float64")
    if dtype.startswith("float") or top <= np.iinfo(dtype).max])
def test_whole_numbers_are_divided_by_the_white_that_holds_them(top, white, dtype):
    x = up_to(top, dtype)
    assert scale(x, "x") == (white, [f"levels from 0 to {top} divided by {white}, so that they are "
                                     "in [0, 1]"])
    levels, _ = as_levels(x, "x", size=None, grey="unit", colour=False)
    np.testing.assert_array_equal(levels, (x / white).astype(np.float32))


@pytest.mark.parametrize(("x", "notes"), [
    (np.linspace(0, 1, 100), ""), (np.linspace(0, 1, 100).astype(np.float32), ""),
    (np.arange(100) % 2, r"levels from 0 to 1 (int64) stay as they are: 1 is white"),
    (np.arange(100) % 2 == 0, "(bool) stay as they are"),
    (np.linspace(-1, 1, 100), "levels from -1 to 1 stay as they are: they are neither"),
    (np.linspace(0, 255, 77)[:50].repeat(2), "stay as they are: they are neither"),
    (np.arange(100) * 1000, "levels from 0 to 99000 stay"), (np.zeros(100), "one level, 0"),
    (np.linspace(0, 1 / 255, 100), "nearly black: no level is above 0.0039")])
def test_what_stays(x, notes):
    x = x.reshape(SHAPE)
    white, said = scale(x, "x")
    assert white == 1
    assert notes in " ".join(said)
    assert bool(said) == bool(notes)
    np.testing.assert_array_equal(as_levels(x, "x", size=None, grey="unit", colour=False)[0],
                                  x.astype(np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named(bad):
    x = np.zeros(SHAPE)
    x[2, 0, 1, 1] = x[3, 0, 0, :2] = bad
    with pytest.raises(DataError, match=r"x: .* NaN or infinity in 2 images; .* is image 2"):
        scale(x, "x")


@pytest.mark.parametrize("x", [np.zeros((0, 1, 5, 5)), np.full(SHAPE, "a"), np.full(SHAPE, 1j)])
def test_what_are_no_numbers(x):
    with pytest.raises(DataError, match="expected finite numbers as images"):
        scale(x, "x")


def test_grey_of_white_is_white():
    white = np.full((2, 3, 5, 5), 255, np.uint8)
    white[0, 0, 0, 0] = 0
    grey = as_levels(white, "x", size=None, grey="unit", colour=False)[0]
    assert grey[1].min() == grey.max() == 1


def test_blocks_of_images_stay_in_their_order(monkeypatch):
    monkeypatch.setattr("tinycnn.datasets.levels.BLOCK", 3)
    x = up_to(255, "uint8")
    levels, _ = as_levels(x, "x", size=None, grey="unit", colour=False)
    np.testing.assert_array_equal(levels, x / np.float32(255))


def test_memory_is_that_of_the_result():
    x = np.zeros((10_000, 1, 28, 28), np.uint8)
    x[0, 0, 0, 0] = 255
    with at_most(1.3 * 4 * x.size / 1e6):       # of float32
        as_levels(x, "x", size=None, grey="unit", colour=False)
