"""Names of files: Yale's, extensions, and their order."""

import random

import pytest

from tinycnn.datasets.names import (
    YALE_CONDITIONS,
    distinct,
    is_yale,
    natural,
    stem,
    yale_name,
)
from tinycnn.layers.errors import DataError


@pytest.mark.parametrize(("file", "person", "condition"), [
    ("subject01.happy", "subject01", "happy"),
    ("yale/subject15.noglasses", "subject15", "noglasses"),
    ("subject01.gif", "subject01", "centerlight"),
    ("subject01.glasses.gif", "subject01", "glasses"),
    ("subject01.glasses.jpg", "subject01", "glasses"),
    ("subject01.gif.jpg", "subject01", "centerlight"),
    ("subject01.jpg", "subject01", "centerlight"),
    ("subject01.centerlight.pgm", "subject01", "centerlight"),
    ("subject01.happy.gif.png", "subject01", "happy"),
    ("Subject02.HAPPY.PNG", "subject02", "happy"),
    ("subject3.wink.png", "subject03", "wink"),
])
def test_yale_names(file, person, condition):
    assert yale_name(file) == (person, condition)


def test_an_unknown_yale_condition_lists_all_and_suggests_the_closest():
    with pytest.raises(DataError, match=r"^yale/subject01\.hapy: 'hapy'") as caught:
        yale_name("yale/subject01.hapy")
    assert ", ".join(YALE_CONDITIONS) in str(caught.value)
    assert str(caught.value).endswith("did you mean 'happy'?")
    with pytest.raises(DataError, match="'xyz'") as caught:
        yale_name("subject01.xyz.png")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("files", [
    ["a/subject01.happy", "a/subjct01.sad"],
    ["subject01.happy", "subject02.hapy"],
    ["subject01.gif", "subject01.sad", "anna.png"],
    ["Subject16.WINK.png", "subject100.sad"],
    [f"subject{p:02}.{c}" for p in range(1, 16) for c in YALE_CONDITIONS] + ["a_1", "b_1", "c_1"],
])
def test_yales_names_and_a_few_others(files):
    assert is_yale(files)


@pytest.mark.parametrize("files", [
    ["anna/subject0.png", "bob/subject0.png"],
    ["subject1.jpg", "subject2.jpg"],
    [f"subject{p}.{n}.png" for p in range(3) for n in range(4)],
    [f"subject{p:02}.{c}.png" for p in (0, 1, 2) for c in ("neutral", "happy", "sad", "wink")],
    [f"subject{p:02}.{c}.png" for p in (1, 2, 3) for c in ("neutral", "happy", "sad", "wink")],
    ["anna.happy", "anna.sad"],
])
def test_the_word_subject_does_not_make_yales_names(files):
    assert not is_yale(files)


@pytest.mark.parametrize("file", ["anna.png", "subject00.happy", "subjct01.sad"])
def test_a_name_among_yales_that_is_none(file):
    with pytest.raises(DataError, match=rf"^{file}: expected a name such as subject01.*exclude"):
        yale_name(file)


def test_stem():
    assert [stem(name) for name in ("a/png", "b/.2.png", "a_b.TIFF", "s1.2", "x.jpg.png")] == [
        "png", ".2", "a_b", "s1.2", "x.jpg"]


def test_natural_order():
    names = ["9", "10", "anna2", "Anna10", "s1", "s1b", "s2", "s10", "s" + 5000 * "9", "²"]
    shuffled = random.Random(0).sample(names, len(names))
    assert shuffled != names
    assert sorted(shuffled, key=natural) == names


def test_distinct_names():
    assert distinct(["a\x1b", "a\x1c", "a\ufffd", "b"]) == {
        "a\x1b": "a\ufffd (2)", "a\x1c": "a\ufffd (3)", "a\ufffd": "a\ufffd", "b": "b"}
