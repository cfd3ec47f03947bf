"""The person on a picture, from the name of its file."""

import random

import pytest

from tinycnn.datasets.names import YALE_CONDITIONS, flat_name, natural, who_is_on, yale_name
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


def test_one_yale_name_makes_all_expected_so():
    with pytest.raises(DataError, match=r"^a/subjct01\.sad: expected a name such as subject01"):
        who_is_on(["a/subject01.happy", "a/subjct01.sad"])


@pytest.mark.parametrize(("file", "person", "condition"), [
    ("anna_1.png", "anna", "1"),
    ("George_W_Bush_0001.jpg", "George_W_Bush", "0001"),
    ("anna1.png", "anna", "1"),
    ("anna_b12.png", "anna", "b12"),
    ("s1.2.pgm", "s1", "2"),
    ("s1.2", "s1", "2"),
    ("anna 3.JPEG", "anna", "3"),
    ("anna-happy.jpg", "anna", "happy"),
    ("anna-maria-happy.jpg", "anna-maria", "happy"),
    ("anna-maria_happy.jpg", "anna-maria", "happy"),
    ("yaleB01_P00A-005E-10.pgm", "yaleB01", "P00A-005E-10"),
    ("in/some.folder_1/bert_2.bmp", "bert", "2"),
])
def test_the_person_in_the_name_of_the_file(file, person, condition):
    assert flat_name(file) == (person, condition)


@pytest.mark.parametrize("file", ["faces/anna.png", "faces/12.png"])
def test_a_name_without_person_or_condition(file):
    with pytest.raises(DataError, match="does not tell the person") as caught:
        flat_name(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "anna_1.png" in str(caught.value)


def test_a_folder_for_each_person():
    files = ["orl/s1/1.pgm", "orl/s1/10.pgm", "orl/s10/a_b.tiff"]
    assert who_is_on(files) == [("s1", "1"), ("s1", "10"), ("s10", "a_b")]


def test_a_file_called_like_an_extension_keeps_its_name():
    assert who_is_on(["a/png", "b/.2.png"]) == [("a", "png"), ("b", ".2")]


def test_the_immediate_folder_is_the_person():
    files = ["./train/anna/1.png", "./train/bert/1.png", "./test/anna/2.png"]
    assert who_is_on(files) == [("anna", "1"), ("bert", "1"), ("anna", "2")]


def test_one_folder_only_means_that_names_tell_the_person():
    assert who_is_on(["x/anna_1.png", "x/bert_1.png"]) == [("anna", "1"), ("bert", "1")]


@pytest.mark.parametrize("stray", ["logo.png", "./logo.png", "faces/logo.png"])
def test_a_file_beside_the_folders_of_the_people(stray):
    root = stray.removesuffix("logo.png")
    with pytest.raises(DataError, match="beside the folders of the people") as caught:
        who_is_on([f"{root}anna/1.png", stray, f"{root}bert/1.png"])
    assert str(caught.value).startswith(f"{stray}: ")


def test_natural_order():
    names = ["9", "10", "anna2", "Anna10", "s1", "s1b", "s2", "s10", "²"]
    shuffled = random.Random(0).sample(names, len(names))
    assert shuffled != names
    assert sorted(shuffled, key=natural) == names
