"""Classes from tables and dicts."""

from pathlib import Path

import pytest

from tinycnn.datasets.labels import read_labels, table_classes
from tinycnn.layers.errors import DataError

FILES = ["img/000001.jpg", "img/000002.jpg", "b/3.png"]


@pytest.mark.parametrize("content", [
    "000001.jpg 2880\n000002.jpg 2937\n3.png 8\n",                          # CelebA
    "000001.jpg 2880\n000002.jpg 2937\n3.png 8\nBush,George.png 9\n",
    "id,label\n000001,2880\n000002,2937\n3,8\n",                            # Kaggle
    "label;file\n2880;img/000001.jpg\n2937;x/img/000002.jpg\n8;./b/3.png",
    "\ufefffile\tage\temotion\n000001.jpg\t7\t2880\n000002.jpg\t7\t2937\n3.png\t9\t8\n",
    'file,class\n"000001.jpg","2880"\n000002.jpg, 2937\n\n"b\\3.png",8\nother.jpg,9\n',
    "file,label\nIMG/000001.JPG,2880\n000002,2937\n3.PNG,8\n",
    # 3 is a file and a class
    "label,id\n" + "".join(f"{k},{n}\n" for k, n in (
        (2880, "000001"), (2937, "000002"), (8, 3), (3, 4), (3, 5), (3, 6), (3, 7))),
    "subject,path\n2880,/home/u/img/000001.jpg\n2937,/home/u/img/000002.jpg\n8,/home/u/b/3.png",
])
def test_tables(content, tmp_path):
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    assert read_labels(tmp_path / "a.csv", FILES, Path()) == ["2880", "2937", "8"]
    assert read_labels("a.csv", FILES, tmp_path) == ["2880", "2937", "8"]   # beside the pictures


def test_a_dict():
    assert read_labels({"000001.jpg": 5, "img/000002": "x", "3": 5.5}, FILES, Path()) == [
        "5", "x", "5.5"]


def test_files_without_a_class(tmp_path):
    assert read_labels({"3": 5}, FILES, Path()) == [None, None, "5"]
    (tmp_path / "a.csv").write_text("000001.jpg,\n3.png,2\n")
    assert read_labels("a.csv", FILES, tmp_path) == [None, None, "2"]
    with pytest.raises(DataError, match=r"class for 3 files.*other files: 4, 5"):
        read_labels({"4": 1, "5": 2}, FILES, Path())


def test_letters_that_are_no_utf_8(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"000001.jpg,J\xf6rg\n000002.jpg,b\n3.png,c\n")
    assert read_labels(tmp_path / "a.csv", FILES, Path())[0] == "J\xf6rg"


@pytest.mark.parametrize(("content", "what"), [
    ("a,b\nc,d\n", "no cell names exactly one"), ("", "no cell names exactly one"),
    ("000001.jpg,1,2\n000002.jpg,1,2\n3.png,1,3\n", "one column of classes.*got 2"),
    ("file,age,sex\n000001.jpg,1,2\n000002.jpg,1,2\n3.png,1,3\n", r"got 2 \(file, age, sex\)"),
    ("000001.jpg\n000002.jpg\n", "got 0"),
    ("000001.jpg,1\n000002.jpg,2\n000001,2\n3.png,1\n", r"img/000001\.jpg, got '1' and '2'"),
    ("PK\3\4", "spreadsheet.*save it as .csv"),
])
def test_tables_that_do_not_fit(content, what, tmp_path):
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=what) as caught:
        read_labels(tmp_path / "a.csv", FILES, Path())
    assert str(caught.value).startswith(f"{tmp_path / 'a.csv'}: ")


def test_the_same_name_in_two_folders_needs_the_folder():
    files = ["a/1.png", "b/1.png"]
    with pytest.raises(DataError, match="no cell names exactly one"):
        table_classes(b"1.png,0", files, "a.csv")
    assert read_labels({"a/1": 0, "b/1.png": 1}, files, Path()) == ["0", "1"]


def test_accents_as_a_mac_writes_them():
    assert read_labels({"Zo\u00eb.png": 1}, ["Zoe\u0308.png"], Path()) == ["1"]


def test_what_is_no_table(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        read_labels(tmp_path / "gone.csv", FILES, Path())
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY\1\0")
    with pytest.raises(DataError, match=r"array.*no names of files"):
        read_labels(tmp_path / "a.npy", FILES, Path())
    with pytest.raises(DataError, match=r"got list.*tc\.dataset"):
        read_labels([1, 2, 3], FILES, Path())
