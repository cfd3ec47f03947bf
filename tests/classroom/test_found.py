"""Who handed in what: in any folder, with any names, and nothing stops the search."""

import errno
import os
import sys
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import pytest

from tinycnn.classroom.found import Submission, find_submissions, one_submission, opened, strays
from tinycnn.classroom.names import cell, distinct, file_name, plain_name
from tinycnn.classroom.submission import SubmissionError, read_source


def hand_in(folder, *names, text="x = 1\n"):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def found(folder):
    return {s.student: s for s in find_submissions([folder])}


def reason_of(path):
    with opened(one_submission(path)) as submission:
        return submission.reason


def names_of(submission):
    return [path.name for path in submission.paths]


# --- one student ------------------------------------------------------------------------------

def test_every_file_that_may_be_the_work_is_kept_the_likeliest_first(tmp_path):
    hand_in(tmp_path, "alice.py", "bob/layers.py", "bob/notes.py", "carol/deep/hw.ipynb",
            "carol/deep/__MACOSX/hw.ipynb", "carol/.ipynb_checkpoints/hw.ipynb",
            "erin/b.py", "erin/a.ipynb", "helga/layers.ipynb", "helga/layers.py",
            "helga/test_layers.py", "helga/README.md", "helga/assignment.json", ".DS_Store")
    (tmp_path / "dave").mkdir()
    who = found(tmp_path)
    assert list(who) == ["alice", "bob", "carol", "dave", "erin", "helga"]
    assert who["alice"].paths == (tmp_path / "alice.py",)
    assert names_of(who["bob"]) == ["layers.py", "notes.py"]
    assert names_of(who["carol"]) == ["hw.ipynb"]
    assert who["dave"].paths == ()
    assert "no .py and no .ipynb file" in who["dave"].reason
    assert names_of(who["erin"]) == ["b.py", "a.ipynb"]
    assert names_of(who["helga"]) == ["layers.py", "layers.ipynb"]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        find_submissions([tmp_path / "nowhere"])


def test_where_it_is_not_clear_what_counts_a_teacher_looks(tmp_path):
    hand_in(tmp_path, "twice/old/layers.py", "twice/new/layers.py",
            *(f"many/part{n}.py" for n in range(5)), "pdf/report.pdf")
    who = found(tmp_path)
    assert "old/layers.py" in who["twice"].ungraded
    assert "new/layers.py" in who["twice"].ungraded
    assert who["twice"].reason == ""
    assert "several students" in who["many"].ungraded
    assert who["pdf"].reason.endswith("only report.pdf")


def test_the_files_of_a_handout_are_one_submission_but_a_class_is_not(tmp_path):
    hand_in(tmp_path / "flat", "adam.py", "layers.py", "zoe.py")
    assert list(found(tmp_path / "flat")) == ["adam", "layers", "zoe"]
    hand_in(tmp_path / "bob", "layers.py", "layers.ipynb", "test_layers.py", "README.md")
    assert list(found(tmp_path / "bob")) == ["bob"]
    hand_in(tmp_path / "with_the_handout", "layers.py", "assignment.json", "adam.py")
    assert list(found(tmp_path / "with_the_handout")) == ["adam", "layers"]


def test_a_zip_is_read_and_nothing_in_it_is_a_path(tmp_path, monkeypatch):
    (tmp_path / "in" / "ann").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "in" / "ann" / "hw.zip", "w") as archive:
        for name in ("../../../escaped.py", "__MACOSX/layers.py", "notes.txt", "test_layers.py"):
            archive.writestr(name, "x = 1\n")
    (tmp_path / "in" / "bob.zip").write_bytes(b"PK\x03\x04 no zip")
    who = found(tmp_path / "in")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "in"))
    with opened(who["ann"]) as ann:
        assert names_of(ann) == ["escaped.py"]
        assert ann.paths[0].read_text() == "x = 1\n"
        assert ann.paths[0].is_relative_to(tmp_path / "in")
    assert not list(tmp_path.rglob("escaped.py"))       # when it is graded, it is gone
    assert reason_of(tmp_path / "in" / "bob.zip") == (
        "bob.zip cannot be unpacked; hand in the Python file itself (File is not a zip file)")


def test_a_zip_of_zeros_is_read_no_further_than_the_limit(tmp_path, monkeypatch):
    for name, files in (("ann", ["layers.py", "hw.ipynb"]), ("bob", ["1.ipynb", "2.ipynb"]),
                        ("cy", [f"{n}.py" for n in range(21)])):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.writestr(file, b"#" * (1 << 20))
    monkeypatch.setattr("tinycnn.classroom.submission.LARGEST", 1 << 10)
    monkeypatch.setattr("tinycnn.classroom.unpacked.IN_ALL", 3 << 19)
    with opened(one_submission(tmp_path / "ann.zip")) as ann:
        assert {path.name: path.stat().st_size for path in ann.paths} == {
            "layers.py": 1025, "hw.ipynb": 1 << 20}
        with pytest.raises(SubmissionError, match="1,025 bytes or more; expected a file of at mo"):
            read_source(ann.paths[0], [])
    for name in ("bob", "cy"):
        assert "holds too much" in reason_of(tmp_path / f"{name}.zip")
    twice = Submission("dan", (tmp_path / "ann.zip", tmp_path / "ann.zip"))
    with opened(twice) as dan:          # all zips of a student together
        assert "holds too much" in dan.reason


def test_a_full_disk_is_not_the_student_s_fault(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with zipfile.ZipFile(tmp_path / "ann.zip", "w") as archive:
        archive.writestr("layers.py", "x = 1\n")
    for what in ("_copy", "zipfile.ZipFile"):
        with monkeypatch.context() as patch:
            patch.setattr(f"tinycnn.classroom.unpacked.{what}", full)
            with opened(one_submission(tmp_path / "ann.zip")) as ann:
                assert ann.ungraded == ("ann.zip cannot be unpacked on this machine: No space "
                                        "left on device")
                assert ann.reason == ""
                assert ann.paths == ()


@pytest.mark.parametrize("folder", ["layers.py/", "layers.py\\"])
def test_a_folder_in_a_zip_is_no_work(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "ann.zip", "w") as archive:
        archive.writestr(folder, "")
        archive.writestr("layers.py", "x = 1\n")
    with opened(one_submission(tmp_path / "ann.zip")) as ann:
        assert names_of(ann) == ["layers.py"]


def test_1500_folders_in_each_other_are_no_reason_to_stop(tmp_path):
    hand_in(tmp_path, "zoe.py")
    (tmp_path / "deep").mkdir()
    here, below = os.getcwd(), 0
    try:
        os.chdir(tmp_path / "deep")
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
            below += 1
        Path("layers.py").write_text("x = 1\n")
        os.chdir(here)
        who = found(tmp_path)
        assert who["zoe"].paths
        assert "no .py and no .ipynb file" in who["deep"].reason
    finally:            # no one else could remove it: shutil.rmtree calls itself for each folder
        os.chdir(tmp_path / "deep" / "/".join(["d"] * below))
        Path("layers.py").unlink(missing_ok=True)
        for _ in range(below):
            os.chdir("..")
            os.rmdir("d")
        os.chdir(here)


# --- platforms --------------------------------------------------------------------------------

def test_what_moodle_gives_has_the_student_and_the_number(tmp_path):
    hand_in(tmp_path, "Ann Lee_1234_assignsubmission_file/layers.py",
            "Ann Lee_1234_assignsubmission_onlinetext/onlinetext.html",
            "Bo Ek_77_assignsubmission_file_/layers.ipynb",
            "Cy_9_assignsubmission_onlinetext_/onlinetext.html",
            "Ed_8_assignsubmission_onlinetext_onlinetext.html", "Ed_8_assignsubmission_file_a.pdf",
            "Flo_7_assignsubmission_file_/a.pdf",
            "Di Ma_5_assignsubmission_file_layers.py", "Di Ma_5_assignsubmission_file_plot.png",
            "Ann Lee_99_assignsubmission_file/layers.py")
    who = found(tmp_path)
    assert {name: s.number for name, s in who.items()} == {
        "Ann Lee": "1234", "Ann Lee-2": "99", "Bo Ek": "77", "Cy": "9", "Di Ma": "5",
        "Ed": "8", "Flo": "7"}
    assert names_of(who["Ann Lee"]) == ["layers.py"]
    assert names_of(who["Di Ma"]) == ["Di Ma_5_assignsubmission_file_layers.py"]
    assert "only text from Moodle's own field; look" in who["Cy"].ungraded
    assert "beside Ed_8_assignsubmission_file_a.pdf" in who["Ed"].ungraded
    assert who["Cy"].reason == who["Ed"].reason == who["Ann Lee"].ungraded == ""
    assert "only a.pdf" in who["Flo"].reason
    assert who["Bo Ek"].upload == "Bo Ek_77_assignsubmission_file_/"


def test_what_canvas_gives_has_the_student_the_number_and_what_is_late(tmp_path):
    hand_in(tmp_path, "leeann_1234_555_layers.py", "leeann_1234_556_layers.ipynb",
            "leeann_LATE_1234_559_layers-1.py", "ekbo_LATE_77_557_layers-1.py",
            "made_88_558_report.pdf")
    who = found(tmp_path)
    assert {name: s.number for name, s in who.items()} == {
        "leeann": "1234", "ekbo": "77", "made": "88"}
    assert len(who["leeann"].paths) == 3
    assert who["leeann"].upload == "leeann_1234_555_"
    assert {name: s.late for name, s in who.items()} == {
        "leeann": "one of the files was handed in late: leeann_LATE_1234_559_layers-1.py",
        "ekbo": "handed in late", "made": ""}
    assert "only made_88_558_report.pdf" in who["made"].reason


def test_a_name_that_looks_like_canvas_by_chance_is_a_name(tmp_path):
    hand_in(tmp_path, "hw_1_2_ann.py", "hw_1_3_bob.py", "carol.py")
    assert list(found(tmp_path)) == ["carol", "hw_1_2_ann", "hw_1_3_bob"]


def test_strays_of_a_platform_are_named_and_no_submissions(tmp_path):
    hand_in(tmp_path, "ann.py", "grading_worksheet.csv", "Grades-CS1-HW1-55.csv", "tips.pdf",
            "Thumbs.db", "onlinetext.html", "test_layers.py", "__MACOSX/ann.py", ".DS_Store")
    assert list(found(tmp_path)) == ["ann"]
    assert strays([tmp_path]) == ["Grades-CS1-HW1-55.csv", "Thumbs.db", "grading_worksheet.csv",
                                  "onlinetext.html", "test_layers.py", "tips.pdf"]


# --- names ------------------------------------------------------------------------------------

def test_names_alike_stay_apart(tmp_path):
    hand_in(tmp_path, "bob.py", "bob-2.py", "bob.ipynb", "Zoe B.py", "zoe_b.py",
            "x" * 150 + "1.py", "x" * 150 + "2.py", "é.py",
            unicodedata.normalize("NFD", "é") + ".py", "学" * 80 + ".py", "学" * 80 + ".ipynb")
    who = find_submissions([tmp_path])
    students = [s.student for s in who]
    assert len(who) == len(list(tmp_path.iterdir()))
    assert len({file_name(name).casefold() for name in students}) == len(who)
    assert {"bob", "bob-2", "bob-3", "Zoe B", "zoe_b-2", "é", "é-2"} <= set(students)
    for name in students:
        (tmp_path / f"{file_name(name)}.results.json").write_text("")
    twice = find_submissions([tmp_path / "bob.py", tmp_path / "bob.py"])
    assert [s.student for s in twice] == ["bob", "bob-2"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names of any bytes")
def test_names_of_any_bytes_can_be_shown_and_written(tmp_path):
    names = [b"M\xfcller.py", b"M\xf6ller.py", b" =1+2.py", b"a\n=1+3.py",
             b"\x1b[2Jred.py", "\u202egnp.py".encode(), "＝1+1.py".encode(), b"con.py"]
    for name in names:
        with open(os.fsencode(tmp_path) + b"/" + name, "w") as file:
            file.write("x = 1\n")
    with open(os.fsencode(tmp_path) + b"/..=1+1.py", "w"):
        pass            # a hidden file is no submission, but it is named
    assert strays([tmp_path]) == ["..=1+1.py"]
    who = find_submissions([tmp_path])
    assert len({file_name(s.student) for s in who}) == len(names)
    for s in who:
        assert s.student.isprintable()
        assert s.student.encode("utf-8")
        assert not file_name(s.student).startswith(".")
        assert file_name(s.student).casefold() != "con"


def test_names_are_safe_for_files_and_spreadsheets():
    assert file_name("../../etc/passwd") == "_.._etc_passwd"
    assert file_name("...") == "_"
    assert file_name("Zoë O'Neil") == "Zoë_O_Neil"
    assert plain_name("a\u202eb\x1b[1m\udcfc\n c") == "a�b�[1m� c"
    assert cell("alice") == "alice"
    assert cell("5 - 3 = 2") == "5 - 3 = 2"
    for formula in ("=1+2", " =1+2", "\n=1+3", "＝1+1", "@sum", "+1", "-1", "\t=1", "＠x"):
        assert cell(formula).lstrip().startswith("'"), formula
    assert cell("eve;=1+1") == "eve;'=1+1"
    assert cell("eve; ＝1+1") == "eve; '＝1+1"


def test_a_number_after_a_name_is_not_the_name_of_another():
    assert distinct(["bob", "bob", "bob-2", "BOB"]) == ["bob", "bob-3", "bob-2", "BOB-4"]
