"""What is passed over, and what is left out as asked."""

import pytest

from tinycnn.datasets.selection import LARGEST_TABLE, Selection
from tinycnn.layers.errors import DataError


@pytest.mark.parametrize("name", [
    ".DS_Store", "s1/._1.pgm", "__MACOSX/s1/1.pgm", "@eaDir/1.png", "Thumbs.db",
    "s1/Thumbs.db:encryptable", "s1/desktop.ini", "s1/Icon\r", "1.png:Zone.Identifier",
    ".git/1.pgm",
    "README", "Readme.1st", "LICENSE", "Licence-2.0", "COPYING"])
def test_passed_over_in_silence(name):
    selection = Selection()
    assert not selection.takes(name, 9)
    assert selection.notes() == []


@pytest.mark.parametrize("name", [
    "a.md", "a.HTML", "a.pdf", "a.mat", "a.xml", "a.json", "a.py", "a.zip", "a.tar.gz", "s1/a.yaml",
    "a.pkl", "a.m", "a.docx", "a.idx.gz", "notes.txt"])
def test_passed_over_with_a_note(name):
    selection = Selection()
    assert not selection.takes(name, 9)
    assert selection.notes() == [f"1 file ({name}) passed over: no pictures by their names"]


@pytest.mark.parametrize("name", [
    "subject01.happy", "s1/1.pgm", "a.gif", "unknown.xyz", "mat", "a.txt.png", "License/1.png",
    "Smith.md/1", "anna.py/1.jpg", "...dots/1.png", "license_0.png", "readme_1.png", "README.png",
    "1.ppm.bz2", "1.JPG.GZ", "icon", "thumbs/1.png"])
def test_what_may_be_a_picture_is_read(name):
    assert Selection().takes(name, 9)


def test_tables_are_read_if_they_are_no_larger_than_tables_are():
    for name in ("labels.csv", "a/b.tsv", "identity_CelebA.txt"):
        assert Selection().takes(name, LARGEST_TABLE)
        assert not Selection().takes(name, LARGEST_TABLE + 1)


def test_damaged_files_are_told():
    selection = Selection()
    assert not any(selection.takes(f"{n}.pgm.bad", 9) for n in range(5))
    assert selection.notes() == ["5 files (0.pgm.bad, 1.pgm.bad, 2.pgm.bad, ...) left out: .bad "
                                 "marks damaged pictures"]


@pytest.mark.parametrize("pattern", [
    "*ambient.PGM", "*Ambient.pgm", "a/b/1_Ambient.pgm", "a/b", "b", "b/", "a/*", "b/*", "?/b/1_*",
    "[ab]"])
def test_left_out_as_asked(pattern):
    selection = Selection([pattern])
    assert not selection.takes("a/b/1_Ambient.pgm", 9)
    assert selection.takes("c/2.pgm", 9)
    selection.check("faces")
    assert selection.notes() == [f"1 file (a/b/1_Ambient.pgm) left out as asked (exclude "
                                 f"{pattern!r})"]


def test_one_pattern_is_not_a_list_of_letters():
    assert Selection("1.png").exclude == ["1.png"]


@pytest.mark.parametrize("pattern", ["Ambient", "*.png", "c", "a/1_Ambient.pgm"])
def test_a_pattern_that_fits_nothing(pattern):
    selection = Selection(["b", pattern])
    assert not selection.takes("a/b/1_Ambient.pgm", 9)
    with pytest.raises(DataError, match=r"none of 1, such as 'a/b/1_Ambient\.pgm'") as caught:
        selection.check("faces")
    assert repr(pattern) in str(caught.value)
