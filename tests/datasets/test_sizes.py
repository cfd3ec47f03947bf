"""Pictures of different sizes: how to go on, and what was done."""

import re
from pathlib import Path

import pytest

from tinycnn.datasets.selection import Selection
from tinycnn.datasets.sizes import check_sizes, resize_note

YALE_B = [f"yaleB0{p}/yaleB0{p}_P00{a}.pgm" for p in (1, 2, 3)
          for a in ("A+000E+00", "A-005E+10", "_Ambient")]


def error(files: list[str], shapes: list[tuple[int, ...]]) -> str:
    with pytest.raises(ValueError, match="expected") as caught:
        check_sizes(Path("x"), files, shapes)
    return str(caught.value)


def test_the_second_of_two_with_one_name_is_the_odd_one():
    """A zip may have a name twice."""
    message = error(["a.png", "a.png", "b.png"], [(6, 5), (9, 7), (6, 5)])
    assert message.startswith("x/a.png: expected 5 x 6 pixels (width x height) as 2 of 3 pictures "
                              "have, got 7 x 9.")


@pytest.mark.parametrize(("files", "odd"), [
    (YALE_B, [file for file in YALE_B if "Ambient" in file]),
    (["a/1.png", "a/2.png", "b/1.png"], ["a/2.png"]),
    (["a/1.png", "a/2.png", "b/1.png", "b/2.png", "c/1.png"], ["b/1.png", "b/2.png"]),
    (["a/1.png", "a/2.png", "b/1.png", "b/3.png", "a/small/1.png", "b/small/3.png"],
     ["a/small/1.png", "b/small/3.png"]),
    (["a/1.png", "b/1.png", "x1.png", "x2.png", "c.png"], ["x1.png", "x2.png"]),
    (["p/a_1.pgm", "p/a_1_2.pgm", "p/a_1_4.pgm", "q/a_3.pgm", "q/a_3_2.pgm", "q/b_3_4.pgm"],
     ["p/a_1_2.pgm", "p/a_1_4.pgm", "q/a_3_2.pgm", "q/b_3_4.pgm"]),
])
def test_the_patterns_in_the_error_work(files, odd):
    size = {"2": (30, 32), "4": (15, 16)}
    shapes = [size.get(file[-5], (15, 16)) if file in odd else (60, 64, 3) for file in files]
    message = error(files, shapes)
    selection = Selection(re.findall("--exclude='(.*?)'", message))
    assert [file for file in files if selection.takes(file, 9)] == [
        file for file in files if file not in odd]
    assert message.startswith(f"x/{odd[0]}: expected 64 x 60 pixels (width x height)")
    assert "load_images(size=60)" in message


def test_no_pattern_fits():
    files = ["a/x1.png", "b/y2.png", "a/y1.png", "b/x2.png", "a/x2.png"]
    assert "--exclude=PATTERN" in error(files, [(2, 2), (2, 2), (3, 3), (3, 3), (3, 3)])
    many = [(9, 9), (9, 9), (2, 2), (3, 3), (4, 4), (5, 5)]     # four patterns are too many to type
    assert "--exclude=PATTERN" in error([f"{name}.png" for name in "abcdef"], many)


def test_of_two_sizes_that_are_equally_frequent_the_larger_is_usual():
    assert error(["a.png", "b.png"], [(2, 2), (9, 9)]).startswith("x/a.png: expected 9 x 9 pixels")


def test_one_size():
    check_sizes(Path("x"), ["a", "b"], [(3, 4), (3, 4, 3)])
    assert resize_note([(3, 4), (3, 4)], (3, 4)) == []


@pytest.mark.parametrize(("shapes", "note"), [
    ([(112, 92)] * 2, "all 2 pictures, 92 x 112 (width x height), resized to 60 x 60; this "
                      "stretches them"),
    ([(62, 60)] * 2, "all 2 pictures, 60 x 62 (width x height), resized to 60 x 60; this stretches "
                     "them"),
    ([(61, 60)] * 2, "all 2 pictures, 60 x 61 (width x height), resized to 60 x 60"),
    ([(120, 120), (60, 60)], "1 of 2 pictures, 120 x 120 (width x height), resized to 60 x 60"),
    ([(120, 121), (8, 4), (60, 60, 3)], "2 of 3 pictures, 2 sizes, from 4 x 8 to 121 x 120 (width "
                                        "x height), resized to 60 x 60; this stretches 1 of them"),
])
def test_resizing(shapes, note):
    assert resize_note(shapes, (60, 60)) == [note]
