"""The class of a picture from the name of its file alone."""

import re

import pytest
from layouts.files import each

from tinycnn.datasets.flat import read_names
from tinycnn.layers.errors import DataError


@pytest.mark.parametrize(("file", "name", "condition"), [
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
    ("1a000.pgm", "1a", "000"),
    ("KA.AN1.39.tiff", "KA", "AN1.39"),
    ("00001_930831_fa_a.ppm", "00001", "930831_fa_a"),
    ("x2_1.jpg.chip.jpg", "x2", "1"),
    ("_anna_1.png", "_anna", "1"),
])
def test_class_and_condition(file, name, condition):
    who, _ = read_names([f"in/some.folder_1/{file}", "in/some.folder_1/bert_2.bmp"])
    assert who == [(name, condition), ("bert", "2")]


@pytest.mark.parametrize(("files", "names", "others"), [
    (each("{}.{}{}.{}.tiff", ("KA", "KL", "KM"), ("AN", "HA"), (1, 2), (39, 40)), "KA KL KM",
     "AN1 AN2 HA1 HA2"),
    (each("{}_{}_{}_open.pgm", ("an2i", "bpm"), ("left", "up"), ("angry", "sad")), "an2i bpm",
     "left up"),
    (each("{}_{}_{}.png", ("anna", "bob", "carl"), ("happy", "sad"), (1, 2)), "anna bob carl",
     "happy sad"),
    (each("{}_{}.ppm", ("00001", "00002"), ("930831_fa_a", "930831_fb", "931230_fa")),
     "00001 00002", "930831 931230"),
    (each("a/{}-{}-{}.png", ("anna", "bob"), "xy", (1, 2)), "anna bob", "x y"),
    (each("a/{}_{}.png", ("cell_1", "cell_2", "back"), "12"), "back cell", "back cell_1 cell_2"),
])
def test_the_first_word_and_how_to_take_the_next(files, names, others):
    """The expression in the note works as it stands there."""
    who, [note] = read_names(files)
    assert sorted({name for name, _ in who}) == names.split()
    expression = re.search("--label='(.*)' .*takes (the next|all but)", note)[1]
    assert sorted({re.search(expression, file)[1] for file in files}) == others.split()
    assert all(word in note for word in names.split()[:2] + others.split()[:2])


@pytest.mark.parametrize(("files", "names"), [
    (each("{}_000{}.jpg", ("Al_Gore", "George_W_Bush", "Bo"), (1, 2)), "Al_Gore George_W_Bush Bo"),
    (["Al_Gore_0001.jpg", "Al_Pacino_0001.jpg", "Al_Pacino_0002.jpg", "Bo_Li_0001.jpg"],
     "Al_Gore Al_Pacino Bo_Li"),
    # LFW has one picture of most people, but each is numbered from 1.
    ([*each("{}_0001.jpg", ("Al_Gore", "Al_Fox", "Bo_Li", "Di_Ka")), "Di_Ka_0002.jpg"],
     "Al_Gore Al_Fox Bo_Li Di_Ka"),
    (each("face_{}_{}.jpg", ("anna", "bob"), (1, 2)), "face_anna face_bob"),
    (each("anna{}@x.org.{}.png", (0, 1, 2), (0, 1)), "anna0@x.org anna1@x.org anna2@x.org"),
    (each("{}-{}-0{}.bmp", ("m", "w"), ("001", "002"), (1, 2)), "m-001 m-002 w-001 w-002"),
    (each("subject{}.{}", (0, 1), (0, 1)), "subject0 subject1"),
    (["anna.png", "anna_2.png", "bob_1.png"], "anna bob"),
    (["subject01.gif", "subject01.happy", "subject02.x", "bo_1"], "subject01 subject02 bo"),
    (each("{}_{}.png", ("license", "street"), range(4)), "license street"),
    (each("{}-{}.jpg", ("Anna Li", "Anna Fox", "Max Li"), "12"), "Anna_Li Anna_Fox Max_Li"),
    (each("{} {}.jpg", ("Anna Li", "Anna Fox", "Max Li"), "12"), "Anna_Li Anna_Fox Max_Li"),
    (each("{} {} {}.jpg", ("Anna", "Max"), ("Happy", "Sad"), "12"), "Anna Max"),
    (each("{}-IMG_{}.jpg", ("Anna", "Bob-Li"), (1000, 1001)), "Anna Bob-Li"),
    (each("{}_{}.png", ("photo", "drawing"), range(4)), "photo drawing"),
    (["0_frog.png", "1_cat.png", "2_frog.png", "3_cat.png"], "frog cat"),
    (each("{}_{}.png", ("01", "02"), ("happy", "sad")), "01 02"),
    (each("{}-{:02}.jpg", (1, 2, 10), (1, 14)), "1 2 10"),
])
def test_names_of_several_words(files, names):
    who, _ = read_names(files)
    assert list(dict.fromkeys(name.replace(" ", "_") for name, _ in who)) == names.split()
    assert len(set(who)) == len(files)


def test_two_words_that_most_classes_have_one_picture_of():
    """Surnames, or expressions: a note tells the other reading."""
    who, [note] = read_names(["ann_happy_1.png", "ann_sad_2.png", "bob_shy_3.png", "bo_calm_4.png"])
    assert {name for name, _ in who} == {"ann_happy", "ann_sad", "bob_shy", "bo_calm"}
    assert note.endswith("takes the first part (ann, bo, bob)")


@pytest.mark.parametrize("files", [
    ["a.png", "b.png"], ["IMG_1000.jpg", "IMG_1001.jpg"], ["IMG_1.jpg", "DSC_2.jpg"],
    ["000001.jpg", "000002.jpg"], each("IMG-2023010{}-WA000{}.jpg", (1, 2), (1, 2)),
    ["WhatsApp Image 2023-01-01 at 10.00.00.jpeg", "WhatsApp Image 2023-01-02 at 11.00.00.jpeg"],
    ["20230101_120000.jpg", "20230102_130000.jpg"], ["anna_1.png", "bob_1.png", "12.png"],
    each("{}_000{}_aligned.jpg", ("train", "test"), (1, 2)),
    each("i00{}{}-fn.jpg", range(4), "qr"), each("AF0{}ANS{}.JPG", (1, 2), ("", "L")),
])
def test_names_that_tell_no_class(files):
    with pytest.raises(DataError, match="does not tell the class") as caught:
        read_names(files)
    assert all(word in str(caught.value) for word in ("--label=", "--labels=", "--exclude"))
    assert str(caught.value).count(". ") <= 2


def test_test_pictures_without_a_class():
    with pytest.raises(DataError, match=r"2 files .* of 4\), all under test1: --exclude='test1'"):
        read_names(["train/cat.1.jpg", "train/dog.1.jpg", "test1/1.jpg", "test1/2.jpg"],
                   ["train", "train", "test1", "test1"])


def test_numbers_and_words_in_a_training_and_a_test_part():
    """Of 0_frog either may be the class; the note tells how to take the number."""
    files = each("{}_{}.png", range(4), ("frog", "cat"))
    who, [note] = read_names(files, ["train"] * 4 + ["test"] * 4)
    assert {name for name, _ in who} == {"frog", "cat"}
    expression = re.search("--label='(.*)' .*takes the number before it", note)[1]
    assert {re.search(expression, file)[1] for file in files} == set("0123")
    assert {name for name, _ in read_names(files)[0]} == set("0123")


def test_a_face_and_an_expression_may_each_be_the_class():
    who, [note] = read_names(each("{}_{}.png", ("happy", "sad"), ("anna", "bob")))
    assert {name for name, _ in who} == {"happy", "sad"}
    assert note.endswith("takes the next part (anna, bob)")
    who, [note] = read_names(each("{}_{}.png", ("01", "02"), ("anna", "bob")))
    assert {name for name, _ in who} == {"01", "02"}
    assert note.endswith("takes the next part (anna, bob)")
    for files in (each("{}_{}.png", ("s01", "s02"), ("happy", "sad")),
                  ["anna_x.png", "anna_y.png", "bob_z.png"], each("{}_{}.png", "ab", "12")):
        assert read_names(files)[1] == []
