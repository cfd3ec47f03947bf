"""A folder of results: one writer at a time, not among the data; what is kept is said."""

import os
import subprocess
import sys

import pytest

from tinycnn.output import out_folder
from tinycnn.output.out_folder import only_one
from tinycnn.output.whole_file import NotWrittenError, write_text


def hold(folder):
    """Another process that has the lock."""
    holder = subprocess.Popen([sys.executable, "-c", "\n".join([
        "import sys, time", "from pathlib import Path",
        "from tinycnn.output.out_folder import only_one",
        f"with only_one(Path({str(folder)!r})):",
        "    print('held', flush=True)", "    time.sleep(600)"])], stdout=subprocess.PIPE)
    assert holder.stdout.readline().strip() == b"held"
    return holder


def test_the_second_is_refused_until_the_first_is_dead(tmp_path):
    out = tmp_path / "out"
    holder = hold(out)
    try:
        with pytest.raises(FileExistsError) as caught, only_one(out):
            pass
        assert str(caught.value) == (f"{out}: another tinycnn is writing there now; wait for it, "
                                     "or name another folder with --out")
        with only_one(tmp_path / "other"):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with only_one(out):
        write_text(out / "mine", "1")
    assert "mine" in os.listdir(out)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps a file that is open")
def test_a_lock_that_the_first_removes_just_now_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(out_folder, "_lock", lambda file: os.unlink(file.name))
    with pytest.raises(FileExistsError), only_one(tmp_path):
        pass


def test_the_lock_is_given_back_after_an_error_too(tmp_path):
    with pytest.raises(ZeroDivisionError), only_one(tmp_path):
        raise ZeroDivisionError
    with only_one(tmp_path), pytest.raises(FileExistsError), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps a file that is open")
def test_nothing_is_left_where_nothing_was_written(tmp_path):
    with only_one(tmp_path / "new"):
        pass
    (tmp_path / "mine").mkdir()
    with only_one(tmp_path / "mine"):
        write_text(tmp_path / "mine/result", "1")
    assert os.listdir(tmp_path) == ["mine"]
    assert os.listdir(tmp_path / "mine") == ["result"]


@pytest.mark.parametrize("out", ["faces", "faces/results", "faces/anna/x/y", "other/../faces/z"])
def test_results_among_their_own_data_are_refused(out, tmp_path):
    (tmp_path / "faces/anna").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    with pytest.raises(ValueError, match=r"is in the folder of the data, .*faces.*--out"), \
            only_one(tmp_path / out, tmp_path / "faces"):
        pass
    assert os.listdir(tmp_path / "faces") == ["anna"]


@pytest.mark.parametrize("data", ["out/faces", "faces", "faces.zip", "no such folder", None])
def test_data_elsewhere_and_data_in_the_results_are_fine(data, tmp_path):
    (tmp_path / "out/faces").mkdir(parents=True)
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces.zip").write_bytes(b"")
    with only_one(tmp_path / "out", data and str(tmp_path / data)):
        pass


def test_no_folder_can_be_made_there(tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(NotWrittenError, match=r"file.*written .*another place"), \
                only_one(place):
            pass
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(("error", "words"), [
    (NotWrittenError("a.png: could not be written"), "a.png: could not be written. "),
    (MemoryError("Unable to allocate 82 GiB"), "Unable to allocate 82 GiB. "),
    (MemoryError(), "")])
def test_what_is_kept_is_said_if_it_is_there(error, words, tmp_path):
    with pytest.raises(type(error)) as caught, only_one(tmp_path, kept="half.npz"):
        raise error
    assert caught.value is error
    write_text(tmp_path / "half.npz", "")
    with pytest.raises(type(error)) as caught, only_one(tmp_path, kept="half.npz"):
        raise error
    assert str(caught.value) == (f"{words}What was done is kept in {tmp_path / 'half.npz'}: the "
                                 "same command goes on from there")
