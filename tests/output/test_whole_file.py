"""A file is the old one or the new one, never a part; what could not be written is said."""

import errno
import os
import threading
from pathlib import Path

import pytest
from helpers import small_net
from small_disk import largest_file

from tinycnn.figures import new_figure, save
from tinycnn.output.csv_file import write_csv
from tinycnn.output.page import Section, write_report
from tinycnn.output.whole_file import NotWrittenError, whole_file, whole_folder, write_text

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such limits, pipes and links")


WAYS = {
    "text": lambda path: write_text(path, "ä" * 10_000),
    "table": lambda path: write_csv(path, ["n"], [[i] for i in range(10_000)]),
    "page": lambda path: write_report(path, "t", [], [Section("s", ["word " * 2000])]),
    "model": lambda path: small_net().save(path),
    "png": lambda path: save(new_figure(9, 9), path),
}


@posix
@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_does_not_fit_leaves_the_old_one_whole(way, tmp_path):
    path = tmp_path / f"old.{way}"
    path.write_text("all of it")
    with largest_file(1000), pytest.raises(NotWrittenError) as caught:
        WAYS[way](path)
    assert str(caught.value) == (f"{path}: could not be written (File too large). What was there "
                                 "before is unchanged. Raise the limit on the size of files "
                                 "(ulimit -f)")
    assert path.read_text() == "all of it"
    assert os.listdir(tmp_path) == [path.name]
    WAYS[way](path)
    assert path.stat().st_size > 1000
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize(("number", "advice"), [
    (errno.ENOSPC, "Free some space"), (errno.EROFS, "Name another place"),
    (errno.EACCES, "Name a place where you may write, or close the program that has it open"),
    (errno.EIO, "")])
def test_the_error_says_which_file_why_and_what_to_do(number, advice, tmp_path):
    with pytest.raises(NotWrittenError) as caught, whole_file(tmp_path / "new.csv"):
        raise OSError(number, os.strerror(number))
    assert str(caught.value) == (f"{tmp_path / 'new.csv'}: could not be written "
                                 f"({os.strerror(number)})" + (f". {advice}" if advice else ""))
    assert not os.listdir(tmp_path)


def test_a_folder_that_is_a_file(tmp_path):
    write_text(tmp_path / "file", "mine")
    with pytest.raises(NotWrittenError, match=r"file.below: could not be written \("):
        write_text(tmp_path / "file/below", "text")
    assert contents(tmp_path) == {"file": "mine"}


def test_other_errors_stay_what_they_are(tmp_path):
    write_text(tmp_path / "a", "old")
    with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "a") as draft:
        draft.write_text(f"new {1 / 0}")
    assert (tmp_path / "a").read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


@posix
def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there/real.txt")
    write_text(tmp_path / "link", "through")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there/real.txt").read_text() == "through"
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    reader.start()
    write_text(tmp_path / "pipe", "into it")
    reader.join(10)
    assert read == ["into it"]
    assert (tmp_path / "pipe").is_fifo()
    write_text(os.devnull, "into nothing")
    assert not Path(os.devnull).is_file()


# --- files that belong together ---------------------------------------------------------------

def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def write_all(folder, texts, **options):
    with whole_folder(folder, **options) as draft:
        for name, text in texts.items():
            write_text(draft / name, text)


def test_files_of_a_folder_change_together_and_others_stay(tmp_path):
    write_all(tmp_path, {"a": "1", "b": "1", "sometimes": "1"})
    write_text(tmp_path / "mine", "mine")
    write_all(tmp_path, {"a": "2", "c": "2"}, sometimes=["sometimes", "never"])
    assert contents(tmp_path) == {"a": "2", "b": "1", "c": "2", "mine": "mine"}


def test_after_an_error_all_files_are_those_of_before(tmp_path):
    write_all(tmp_path, {"a": "1", "b": "1"})
    with pytest.raises(TypeError):
        write_all(tmp_path, {"a": "2", "c": b"no text"}, sometimes=["b"])
    assert contents(tmp_path) == {"a": "1", "b": "1"}


def test_the_error_names_the_file_where_it_would_have_been(tmp_path):
    with pytest.raises(NotWrittenError) as caught, whole_folder(tmp_path / "new") as draft, \
            whole_file(draft / "report.html"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value) == (f"{tmp_path / 'new/report.html'}: could not be written (No space "
                                 "left on device). Free some space")


def test_what_a_killed_run_left_does_no_harm(tmp_path):
    (tmp_path / ".part").mkdir()
    (tmp_path / ".part/half").write_text("ha")
    write_all(tmp_path, {"a": "1"})
    assert contents(tmp_path) == {"a": "1"}


def test_a_file_that_cannot_be_replaced_is_named(tmp_path):
    (tmp_path / "b").mkdir()
    with pytest.raises(NotWrittenError, match=r"b: could not be written \(.*may be of this run or "
                                              "of the one before"):
        write_all(tmp_path, {"a": "2", "b": "2"})
    (tmp_path / "b").rmdir()
    write_all(tmp_path, {"a": "2", "b": "2"})
    assert contents(tmp_path) == {"a": "2", "b": "2"}
