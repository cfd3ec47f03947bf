"""The rules for classes, in their order, and what a user chooses instead."""

import numpy as np
import pytest

from tinycnn.datasets.classes import Reading, read_classes
from tinycnn.layers.errors import DataError

DEEP = ["x/anna/1/a_p.png", "x/anna/2/a_p.png", "x/bob/1/b_p.png", "x/bob/2/c_p.png"]
SPLIT = ["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png"]


def read(files: list[str], **options: object) -> Reading:
    return read_classes(files, **options)


def names(reading: Reading) -> list[str]:
    assert len(set(reading.who)) == len(reading.who)
    return [name for name, _ in reading.who]


@pytest.mark.parametrize(("label", "right"), [
    ("folder:1", ["anna", "anna", "bob", "bob"]), ("folder:2", ["1", "2", "1", "2"]),
    ("folder:-1", ["1", "2", "1", "2"]), ("folder:-2", ["anna", "anna", "bob", "bob"]),
    (r"/([abc])_", ["a", "a", "b", "c"]), (r"anna|bob", ["anna", "anna", "bob", "bob"])])
def test_label(label, right):
    assert names(read(DEEP, label=label)) == right


@pytest.mark.parametrize(("label", "what"), [
    ("folder:3", r"from 1 to 2.*-2.*x/anna/1/a_p\.png.*had no such folder"),
    ("folder:0", "from 1 to 2"), ("folder:x", "from 1 to 2"), ("folder:", "from 1 to 2"),
    ("(", "not valid"), ("c_p|b_p", r"no class in 2 files \(x/anna/1/a_p\.png.* of 4 paths"),
    ("()", "no class in 4 files")])
def test_a_label_that_does_not_fit(label, what):
    with pytest.raises(DataError, match=what) as caught:
        read(DEEP, label=label)
    assert repr(label) in str(caught.value)


def test_a_folder_where_there_is_none():
    with pytest.raises(DataError, match=r"'folder:1': .* not in folders that differ.*regular"):
        read(["train/a_1.png", "test/b_2.png"], label="folder:1")


def test_conditions_are_the_rest_of_the_path():
    assert read(DEEP).who == [("anna", "1/a_p"), ("anna", "2/a_p"), ("bob", "1/b_p"),
                              ("bob", "2/c_p")]
    assert read(["x1/x1_P00.png", "x1/x1_P05.png", "x2/x2_P00.png"]).who == [
        ("x1", "P00"), ("x1", "P05"), ("x2", "P00")]
    assert read(["x1/x1_P00.png", "x1/P00.png", "x2/x2_P00.png"]).who[0] == ("x1", "x1_P00")
    assert read(DEEP, label="folder:2").who[:2] == [("1", "a_p"), ("2", "a_p")]
    assert read(DEEP, label="folder:1").who[:2] == [("anna", "anna/1/a_p"), ("anna", "anna/2/a_p")]


def test_train_and_test():
    """The same name on both sides is no collision; the folder is said only where it has to be."""
    reading = read(SPLIT)
    assert reading.who == [("a", "train 1"), ("b", "train 1"), ("a", "test 1"), ("b", "test 1")]
    np.testing.assert_array_equal(reading.test_part, [False, False, True, True])
    other = [file.replace("test/a/1", "test/a/2").replace("test/b/1", "test/b/2") for file in SPLIT]
    assert read(other).who == [("a", "1"), ("b", "1"), ("a", "2"), ("b", "2")]
    flat = read(["train/cat_1", "train/dog_1", "test/cat_2", "test/dog_2"])
    assert names(flat) == ["cat", "dog", "cat", "dog"]
    np.testing.assert_array_equal(flat.test_part, [False, False, True, True])
    np.testing.assert_array_equal(read(SPLIT, label="folder:1").test_part, reading.test_part)
    yale = read(["train/subject01.sad", "train/subject02.sad", "test/subject01.wink"])
    assert yale.yale
    np.testing.assert_array_equal(yale.test_part, [False, False, True])


def test_yales_names_only_if_nothing_else_is_asked_for():
    files = ["subject01.sad", "subject02.sad", "subject01.hapy"]
    with pytest.raises(DataError, match="did you mean 'happy'"):
        read(files)
    assert names(read(files, label=r"\d+")) == ["01", "02", "01"]


def test_classes_that_the_user_tells_are_first():
    assert names(read(DEEP, told="xyxy", tables={"labels.csv": b"?"})) == [*"xyxy"]


FLAT = ["1.png", "2.png", "3.png"]


def test_a_table_beside_the_pictures():
    reading = read(FLAT, tables={"labels.csv": b"1.png,x\n2.png,y\n3.png,x"})
    assert (names(reading), reading.table) == (["x", "y", "x"], "labels.csv")
    assert "labels.csv (x, y); --label " in reading.notes[0]


def test_tables_that_are_not_used():
    some = {"labels.csv": b"1.png,x\n2.png,y\n"}
    with pytest.raises(DataError, match=r"does not tell.*labels\.csv is not used: it has a class "
                                        r"for 2 of 3"):
        read(FLAT, tables=some)
    [_, note] = read(DEEP, tables={"data.csv": "\n".join(f"{file},{n}" for n, file in enumerate(
        DEEP)).encode()}).notes[::-1]
    assert note == "data.csv is not used; --labels='data.csv' (Python: labels=) takes its " \
        "classes (0, 1, 2, ...)"
    two = {"a.csv": b"1,x\n2,y\n3,x", "b.csv": b"1,z\n2,z\n3,y", "c.csv": b"7,z"}
    with pytest.raises(DataError, match=r"a\.csv is not used; --labels='a\.csv' .*\(x, y\).*b\."):
        read(FLAT, tables=two)
    del two["b.csv"]
    assert read(FLAT, tables=two).table == "a.csv"
    many = {"a.csv": b"file,age,sex\n1,3,x\n2,4,y\n3,5,x"}
    with pytest.raises(DataError, match=r"a\.csv is not used .* got 2 \(file, age, sex\)"):
        read(FLAT, tables=many)
    assert read(DEEP, tables={"labels.csv": b"?"}).notes[0].startswith("labels.csv is not used")
