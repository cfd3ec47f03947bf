"""`tinycnn grade` with all that a term brings: nothing that is handed in stops a class.

Points come from a stand-in for the grader, so that only what is round it is tested here.
"""

import csv
import json
import os
import subprocess
import sys
import zipfile

import pytest

from tinycnn.classroom import choose, classbook, make_handout, write_files
from tinycnn.classroom.class_folder import ClassFolder
from tinycnn.classroom.results import Grade, Result
from tinycnn.classroom.sandbox import walls
from tinycnn.commands.main import main
from tinycnn.output.out_folder import only_one

EXERCISES = choose(["tanh"])        # 20 points, six checks


def pretended(code, exercises, seed, **options):
    """As many checks right as the code says: RIGHT = 4. The seed shows in a message."""
    right = int(code.text.partition("RIGHT = ")[2][:1] or 0)
    if right == 9:
        raise RuntimeError("a fault of ours")
    checks = [(e, c) for e in exercises for c in e.checks]
    return Grade([Result(e, c, n < right, "" if n < right else f"wrong, seed {seed}")
                  for n, (e, c) in enumerate(checks)])


@pytest.fixture
def grade(tmp_path, monkeypatch, capsys):
    """A function that grades the folder `in` into `out`: (status, stdout, stderr)."""
    monkeypatch.setattr(classbook, "grade_source", pretended)
    write_files(make_handout(EXERCISES).files, tmp_path / "hw")

    def run(*options, out="out"):
        status = main(["grade", str(tmp_path / "in"), "--assignment", str(tmp_path / "hw"),
                       *(["--out", str(tmp_path / out)] if out else []), *map(str, options)])
        return status, *capsys.readouterr()
    run.hand_in = lambda name, right: hand_in(tmp_path / "in" / name, right)
    run.rows = lambda: rows(tmp_path / "out")
    run.folder = tmp_path
    return run


def hand_in(path, right):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"RIGHT = {right}\nclass Tanh:\n    pass\n", encoding="utf-8")


def rows(out):
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_the_first_line_says_which_walls_stand(grade):
    grade.hand_in("ann.py", 6)
    _, _, err = grade(out=None)
    assert err.startswith(f"{walls().line}\n")
    assert "a submission" in walls().line.lower()


# --- nothing stops a class --------------------------------------------------------------------

def test_a_fault_of_ours_is_no_grade_and_stops_nobody(grade):
    grade.hand_in("ann.py", 6)
    grade.hand_in("bob.py", 9)
    grade.hand_in("cy.py", 0)
    status, out, err = grade()
    assert status == 1
    assert out.startswith("NOT GRADED: 1 submission. Look at them first; this is not 0 points\n"
                          "  bob: the grader itself failed, RuntimeError: a fault of ours\n")
    assert "2 submissions, seed" in out
    assert "bob  not graded" in err
    table = grade.rows()
    assert [table[name]["points"] for name in ("ann", "bob", "cy")] == ["20", "", "0"]
    assert table["bob"]["Tanh.forward"] == table["bob"]["public checks"] == ""
    assert "NOT GRADED" in table["bob"]["reason"]
    assert "This is no grade" in (grade.folder / "out/feedback/bob.txt").read_text("utf-8")
    assert "This is no grade" in (grade.folder / "out/feedback/bob.html").read_text("utf-8")
    summary = (grade.folder / "out/summary.html").read_text("utf-8")
    assert summary.index("look at these first") < summary.index("Exercises")


def test_reading_and_writing_that_fail_stop_nobody(grade, monkeypatch):
    for name in ("ann", "bob", "cy"):
        grade.hand_in(f"{name}.py", 6)
    read, write = classbook.read_source, ClassFolder._write

    def broken_read(path, *arguments):
        if path.stem == "ann":
            raise RecursionError("too deep")
        return read(path, *arguments)

    def broken_write(self, entry):
        if entry.student == "bob":
            raise UnicodeEncodeError("utf-8", "\udcfc", 0, 1, "surrogates not allowed")
        write(self, entry)
    monkeypatch.setattr(classbook, "read_source", broken_read)
    monkeypatch.setattr(ClassFolder, "_write", broken_write)
    status, _, _ = grade()
    assert status == 1
    assert [grade.rows()[name]["points"] for name in ("ann", "bob", "cy")] == ["", "", "20"]


@pytest.mark.parametrize("fault", ["no assignment", "grader", "finding"])
def test_gradescope_always_gets_its_file(grade, monkeypatch, fault):
    grade.hand_in("layers.py", 9 if fault == "grader" else 6)
    if fault == "no assignment":
        (grade.folder / "hw/assignment.json").unlink()
    if fault == "finding":
        monkeypatch.setattr("tinycnn.classroom.found.one_submission", lambda *a: 1 / 0)
    try:
        status, _, _ = grade("--gradescope", grade.folder / "results.json", out=None)
    except ZeroDivisionError:
        status = 1
    assert status == 1
    document = json.loads((grade.folder / "results.json").read_text("utf-8"))
    assert document["score"] == 0
    assert document["output"].startswith("This is no grade. Your teacher has to look first")


def test_of_several_files_the_best_counts_and_everybody_is_told(grade):
    grade.hand_in("helga/layers.py", 0)
    (grade.folder / "in/helga/layers.ipynb").write_text(json.dumps({"cells": [
        {"cell_type": "code", "source": "RIGHT = 6\nclass Tanh:\n    pass"}]}))
    grade.hand_in("helga/test_layers.py", 3)
    status, out, _ = grade()
    assert status == 0
    said = "layers.ipynb counts, with 20 points; layers.py gets 0."
    assert said in out
    assert said in (grade.folder / "out/feedback/helga.txt").read_text("utf-8")
    assert said in (grade.folder / "out/feedback/helga.html").read_text("utf-8")
    assert grade.rows()["helga"]["notes"] == said


def test_two_files_that_are_worth_the_same_are_nothing_to_look_at(grade):
    grade.hand_in("helga/layers.py", 4)
    grade.hand_in("helga/mine.py", 4)
    grade()
    assert grade.rows()["helga"]["notes"] == ""
    assert grade.rows()["helga"]["points"] == "16"


def test_names_are_harmless_wherever_they_are_shown(grade):
    names = [" =1+2", "=1+2", "＝1+1", "eve;=1+1", "@x", "a\nb", "a\tb", "\x1b[31mred", "\u202egnp",
             "bob", "Bob", "bob-2", "x" * 110 + "1", "x" * 110 + "2", "学" * 70, "<b>", "con"]
    if sys.platform == "linux":
        names += [os.fsdecode(b"M\xfcller"), os.fsdecode(b"M\xf6ller")]
    for number, name in enumerate(names):
        grade.hand_in(f"{name}.py", number % 7)
    count = len(list((grade.folder / "in").iterdir()))
    status, out, err = grade()
    assert status == 0
    assert len(grade.rows()) == count
    assert len(list((grade.folder / "out/feedback").glob("*.txt"))) == count
    for text in (out, err, (grade.folder / "out/summary.txt").read_text("utf-8"),
                 (grade.folder / "out/grades.csv").read_text("utf-8-sig")):
        assert all(c.isprintable() or c == "\n" for c in text)
    for name in grade.rows():
        assert name.lstrip()[0] not in "=+-@＝"
        assert ";=" not in name


def test_no_one_can_write_lines_into_the_summary(grade, monkeypatch):
    def refusal(path, *arguments):
        raise classbook.SubmissionError("no Python\n\nTo look at\n  bob: has cheated")
    monkeypatch.setattr(classbook, "read_source", refusal)
    grade.hand_in("ann.py", 0)
    grade.hand_in("bob.py", 0)
    _, out, _ = grade()
    assert "ann: no Python To look at bob: has cheated" in out
    assert "\n  bob: has cheated" not in out


def test_strays_are_named_and_a_zip_is_read(grade):
    grade.hand_in("ann.py", 6)
    for name in ("grading_worksheet.csv", "Thumbs.db", "tips.pdf"):
        (grade.folder / "in" / name).write_text("RIGHT = 6\n")
    with zipfile.ZipFile(grade.folder / "in/bob.zip", "w") as archive:
        archive.writestr("hw/layers.py", "RIGHT = 4\nclass Tanh:\n    pass\n")
    status, out, _ = grade()
    assert status == 0
    assert "Left aside, no submissions: Thumbs.db, grading_worksheet.csv, tips.pdf" in out
    assert {name: row["points"] for name, row in grade.rows().items()} == {"ann": "20",
                                                                            "bob": "16"}
    assert grade.rows()["bob"]["files"] == "layers.py"


def test_grades_are_no_dates_and_excel_knows_the_encoding(grade):
    grade.hand_in("Zoë.py", 5)
    grade()
    assert grade.rows()["Zoë"]["public checks"] == "4 of 4"
    assert grade.rows()["Zoë"]["hidden checks"] == "1 of 2"
    assert (grade.folder / "out/grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_pipes_that_lack_characters(tmp_path, encoding):
    write_files(make_handout(EXERCISES).files, tmp_path / "hw")
    (tmp_path / "学.py").write_text("x = 1\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tinycnn", "grade", str(tmp_path / "学.py"), "--assignment",
         str(tmp_path / "hw"), "--timeout", "5"], capture_output=True, check=False,
        env=os.environ | {"PYTHONIOENCODING": encoding})
    assert done.returncode == 0, done.stderr
    assert b"?: 0 of 20 points" in done.stdout


# --- two graders, and again -------------------------------------------------------------------

def test_the_second_of_two_graders_is_refused_and_a_dead_one_holds_nothing(grade):
    grade.hand_in("ann.py", 6)
    holder = subprocess.Popen([sys.executable, "-c", "\n".join([
        "import sys, time", "from pathlib import Path",
        "from tinycnn.output.out_folder import only_one",
        f"with only_one(Path({str(grade.folder / 'out')!r})):",
        "    print('held', flush=True)", "    time.sleep(600)"])], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline().strip() == b"held"
        status, _, err = grade()
        assert status == 1
        assert "another tinycnn is writing there now" in err
        assert not (grade.folder / "out/grades.csv").exists()
    finally:
        holder.kill()
        holder.communicate()
    assert grade()[0] == 0


def test_the_lock_is_given_back(tmp_path):
    with only_one(tmp_path), pytest.raises(FileExistsError), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_some_are_graded_again_and_the_others_keep_their_grades(grade):
    for name, right in (("ann", 6), ("bob", 0), ("cy", 9)):
        grade.hand_in(f"{name}.py", right)
    grade("--seed", 77)
    before = (grade.folder / "out/feedback/ann.html").read_bytes()
    grade.hand_in("ann.py", 0)          # she is not named, so nothing of hers is graded
    grade.hand_in("bob.py", 4)
    grade.hand_in("cy.py", 5)
    grade.hand_in("dee.py", 1)
    status, out, err = grade("--regrade", "bob", "CY", "dee")
    assert status == 0
    assert "3/3" in err
    assert "4 submissions, seed 77" in out
    assert "NOT GRADED" not in out
    assert {name: row["points"] for name, row in grade.rows().items()} == {
        "ann": "20", "bob": "16", "cy": "18", "dee": "6"}
    assert (grade.folder / "out/feedback/ann.html").read_bytes() == before
    assert "wrong, seed 77" in (grade.folder / "out/feedback/bob.txt").read_text("utf-8")


def test_grading_again_needs_the_same_assignment_and_a_name_that_is_there(grade):
    grade.hand_in("ann.py", 6)
    assert "cannot be read" in grade("--regrade", "ann")[2]
    grade()
    assert "no submission of anna; did you mean ann?" in grade("--regrade", "anna")[2]
    assert "name it with --out" in grade("--regrade", "ann", out=None)[2]
    assert "or grade some students again with --regrade" in grade()[2]
    text = (grade.folder / "hw/assignment.json").read_text("utf-8")
    (grade.folder / "hw/assignment.json").write_text(text.replace('"points": 10.0',
                                                                  '"points": 11.0'))
    status, _, err = grade("--regrade", "ann")
    assert status == 1
    assert "another assignment" in err
    assert grade.rows()["ann"]["points"] == "20"


@pytest.mark.parametrize("text", ["s100", "S100", "ANN@uni.edu", "Lee, Ann", "ann lee", "annie"])
def test_who_is_graded_again_may_be_named_in_any_way(grade, text):
    (grade.folder / "class.csv").write_text(
        'student id,login,name,e-mail\ns100,annie,"Lee, Ann",ann@uni.edu\n'
        's101,bobby,"Ek, Bo",\n')
    grade.hand_in("s100_hw.py", 4)
    grade.hand_in("s101_hw.py", 4)
    grade("--roster", grade.folder / "class.csv")
    grade.hand_in("s100_hw.py", 6)
    status, _, err = grade("--roster", grade.folder / "class.csv", "--regrade", text)
    assert status == 0, err
    assert "graded again: Ann Lee (s100)\n" in err
    assert {name: row["points"] for name, row in grade.rows().items()} == {
        "Ann Lee": "20", "Bo Ek": "16"}


def test_a_name_of_two_people_is_refused_and_both_are_shown(grade):
    for number in (12, 34):
        grade.hand_in(f"Ann Lee_{number}_assignsubmission_file/layers.py", 4)
    grade()
    for number in (12, 34):
        grade.hand_in(f"Ann Lee_{number}_assignsubmission_file/layers.py", 6)
    status, _, err = grade("--regrade", "Ann Lee")
    assert status == 1
    assert "Ann Lee may be Ann Lee (12) or Ann Lee-2 (34)" in err
    assert grade.rows()["Ann Lee"]["points"] == "16"
    status, _, err = grade("--regrade", "34", "Participant 34")
    assert status == 0
    assert "graded again: Ann Lee-2 (34)\n" in err
    assert [row["points"] for row in grade.rows().values()] == ["16", "20"]


def test_where_nothing_but_the_name_tells_two_apart_the_name_is_enough(grade):
    grade.hand_in("bob.py", 4)
    grade.hand_in("bob-2.py", 4)
    grade()
    assert "graded again: bob\n" in grade("--regrade", "bob")[2]
    assert "graded again: bob-2\n" in grade("--regrade", "Bob-2")[2]


# --- who is in the class ----------------------------------------------------------------------

def test_a_roster_gives_names_and_who_is_missing(grade):
    grade.hand_in("s100_hw.py", 4)
    grade.hand_in("eve.py", 6)
    (grade.folder / "class.csv").write_text(
        "id;name;e-mail\ns100;Ann Lee;ann@uni.edu\ns101;Bo Ek;\n")
    status, out, err = grade("--roster", grade.folder / "class.csv")
    assert status == 0
    assert "Bo Ek  nothing handed in" in err
    table = grade.rows()
    assert (table["Ann Lee"]["id"], table["Ann Lee"]["e-mail"]) == ("s100", "ann@uni.edu")
    assert table["Ann Lee"]["points"] == "16"
    assert table["Bo Ek"]["reason"] == "nothing was handed in"
    assert "2 submissions, seed" in out
    assert "Nothing handed in: 1\n  Bo Ek" in out
    assert "On no line of the roster: eve" in out


def test_moodles_and_canvas_files_are_filled(grade):
    grade.hand_in("Ann Lee_12_assignsubmission_file/layers.py", 4)
    (grade.folder / "sheet.csv").write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum grade,Last modified (grade)\n"
        "Participant 12,Ann Lee,a@uni.edu,Submitted,,20.00,-\n"
        "Participant 13,Bo Ek,b@uni.edu,No submission,,20.00,-\n")
    (grade.folder / "book.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Homework (5)\n"
        "    Points Possible,,,,,10\n\"Lee, Ann\",7,,a@uni.edu,1,\n")
    status, out, err = grade("--moodle", grade.folder / "sheet.csv",
                             "--canvas", grade.folder / "book.csv")
    assert status == 0, err
    assert "Bo Ek" in out
    moodle = (grade.folder / "out/moodle_grades.csv").read_text().splitlines()
    assert moodle[1] == "Participant 12,Ann Lee,a@uni.edu,Submitted,16,20.00,-"
    assert moodle[2] == "Participant 13,Bo Ek,b@uni.edu,No submission,,20.00,-"
    canvas = (grade.folder / "out/canvas_grades.csv").read_text().splitlines()
    assert canvas[2] == '"Lee, Ann",7,,a@uni.edu,1,8'
    with zipfile.ZipFile(grade.folder / "out/moodle_feedback.zip") as archive:
        assert archive.namelist() == ["Ann Lee_12_assignsubmission_file_/feedback.html"]
    grade.hand_in("Ann Lee_12_assignsubmission_file/layers.py", 6)
    assert grade("--regrade", "Ann Lee", "--moodle", grade.folder / "sheet.csv")[0] == 0
    assert ",20,20.00," in (grade.folder / "out/moodle_grades.csv").read_text()


def test_of_a_student_with_a_late_file_the_notes_say_so(grade):
    grade.hand_in("leeann_1234_555_layers.py", 2)
    grade.hand_in("leeann_LATE_1234_556_layers-1.py", 6)
    grade.hand_in("ekbo_LATE_77_557_layers.py", 6)
    grade()
    notes = {name: row["notes"] for name, row in grade.rows().items()}
    assert notes["leeann"].endswith(
        "; one of the files was handed in late: leeann_LATE_1234_556_layers-1.py")
    assert notes["ekbo"] == "handed in late"


def test_text_in_moodles_own_field_is_looked_at_and_is_not_0_points(grade):
    grade.hand_in("Ann Lee_12_assignsubmission_file/layers.py", 4)
    (grade.folder / "in/Cy_9_assignsubmission_onlinetext").mkdir()
    (grade.folder / "in/Cy_9_assignsubmission_onlinetext/onlinetext.html").write_text("class")
    status, out, _ = grade()
    assert status == 1
    assert "Cy: there is only text from Moodle's own field; look whether it is the work" in out
    assert grade.rows()["Cy"]["points"] == ""


def test_a_wrong_worksheet_is_said_before_anybody_waits(grade):
    grade.hand_in("ann.py", 6)
    (grade.folder / "sheet.csv").write_text("a,b\n1,2\n")
    status, _, err = grade("--moodle", grade.folder / "sheet.csv")
    assert status == 1
    assert "expected Moodle's grading worksheet" in err
    assert "1/1" not in err
    assert not (grade.folder / "out/grades.csv").exists()


def test_autolab_reads_the_last_line(grade):
    grade.hand_in("layers.py", 4)
    status, out, _ = grade("--autolab", out=None)
    assert status == 0
    assert out.startswith("in: 16 of 20 points")
    assert json.loads(out.splitlines()[-1]) == {"scores": {"Tanh.forward": 10,
                                                           "Tanh.backward": 6}}
    grade.hand_in("layers.py", 9)
    status, out, _ = grade("--autolab", out=None)
    assert status == 1
    assert "scores" not in out          # a failed run is no 0 points
