"""Rosters, and the files that Moodle, Canvas and Autolab take back.

The columns are those that the platforms write and read, by their own source (seen 2026):
github.com/moodle/moodle: mod/assign/gradingtable.php (the worksheet),
mod/assign/feedback/offline/importgradeslib.php (what is read of it: Identifier, Grade, Last
modified (grade), by name), mod/assign/feedback/offline/locallib.php (a grade above the maximum is
skipped), mod/assign/feedback/file/importziplib.php (folders fullname_number_type_plugin_);
github.com/instructure/canvas-lms: lib/gradebook_exporter.rb, lib/gradebook_importer.rb,
lib/content_zipper.rb; github.com/autolab/Autolab: docs/lab.md.
"""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from tinycnn.classroom import choose
from tinycnn.classroom.classbook import ClassBook, Entry
from tinycnn.classroom.found import Submission
from tinycnn.classroom.gradebooks import autolab, canvas, moodle
from tinycnn.classroom.results import Grade, Result, not_graded
from tinycnn.classroom.roster import matched, read_people, with_roster
from tinycnn.classroom.tables import read_table
from tinycnn.layers import DataError

EXERCISES = choose(["tanh"])        # 20 points

MOODLE = (
    '\ufeffIdentifier,"Full name","ID number","Email address",Status,Grade,"Maximum grade",'
    '"Grade can be changed","Last modified (submission)","Last modified (grade)",'
    '"Feedback comments"\r\n'
    '"Participant 1234","Ann Lee",s100,ann@uni.edu,"Submitted for grading",,{most},Yes,'
    '"Tuesday, 5 May 2026, 9:00 AM",-,"kept, as it is"\r\n'
    '"Participant 1235","Bo Ek",s101,bo@uni.edu,"No submission",3,{most},Yes,-,-,\r\n'
    '"Participant 1236","=1+2",s102,cy@uni.edu,"Submitted for grading",,{most},Yes,-,-,\r\n')
CANVAS = (
    'Student,ID,SIS User ID,SIS Login ID,Section,Quiz (11),Homework 1 (12),Homework 10 (13),'
    'Current Score,Final Score\n'
    ',,,,,Manual Posting,,,,\n'
    '    Points Possible,,,,,10.00,40.00,20.00,(read only),(read only)\n'
    '"Lee, Ann",501,s100,ann,Section 1,7.00,,,70.0,70.0\n'
    '"Ek, Bo",502,s101,bo,Section 1,8.00,EX,,80.0,80.0\n'
    '"Student, Test",999,,f00,Section 1,,,,,\n')


def table(tmp_path, text, name="table.csv"):
    (tmp_path / name).write_bytes(text.encode("utf-8"))
    return read_table(tmp_path / name)


def entry(student, right=5, **who):
    """An entry with some of the checks right."""
    checks = [(e, c) for e in EXERCISES for c in e.checks]
    return Entry(Submission(student, **who), Grade([
        Result(e, c, n < right) for n, (e, c) in enumerate(checks)]))


def book(*entries):
    return ClassBook(EXERCISES, 1, entries=list(entries))


def cells(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


# --- rosters ----------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "name", "id", "email"), [
    ("id,name,e-mail\ns100,Ann Lee,ann@uni.edu\n", "Ann Lee", "s100", "ann@uni.edu"),
    ("\ufeffNachname;Vorname;Matrikelnummer\r\nLee;Ann;100\r\n", "Ann Lee", "100", ""),
    ("E-mail address\tFull Name\nann@uni.edu\tAnn Lee\n", "Ann Lee", "", "ann@uni.edu"),
    (MOODLE, "Ann Lee", "s100", "ann@uni.edu"), (CANVAS, "Lee, Ann", "s100", "")])
def test_a_roster_is_read_by_the_usual_names_of_columns(tmp_path, text, name, id, email):
    person = read_people(table(tmp_path, text))[0]
    assert (person.name, (person.ids or ("",))[0], person.email) == (name, id, email)


def test_a_roster_that_excel_wrote_for_windows(tmp_path):
    (tmp_path / "a.csv").write_bytes("Name;ID\r\nZoë Müller;1\r\n".encode("cp1252"))
    assert read_people(read_table(tmp_path / "a.csv"))[0].name == "Zoë Müller"
    (tmp_path / "b.csv").write_bytes("Name\tID\r\nZoë Müller\t1\r\n".encode("utf-16"))
    assert read_people(read_table(tmp_path / "b.csv"))[0].name == "Zoë Müller"


def test_what_is_no_roster_is_refused(tmp_path):
    with pytest.raises(DataError, match="expected columns such as id, name, e-mail; got red, blu"):
        read_people(table(tmp_path, "red,blue\n1,2\n"))
    with pytest.raises(DataError, match="a line for each student"):
        table(tmp_path, "id,name\n")
    with pytest.raises(DataError, match="No such file"):
        read_table(tmp_path / "none.csv")


@pytest.mark.parametrize(("student", "row"), [
    ("s100", 0), ("S100", 0), ("hw1_s100", 0), ("ann@uni.edu", 0), ("ann", 0),
    ("Ann Lee", 0), ("Lee, Ann", 0), ("lee_ann", 0), ("AnnLee", 0), ("leeann", 0),
    ("ann_lee_layers", 0), ("Ann Lee hw2", 0), ("Zoe Müller", 2), ("zoë mueller", None),
    ("Ann Lee Smith", None), ("Anna Lee", None), ("Lee", None), ("Jo", None), ("Kim", None)])
def test_a_submission_belongs_to_one_person_or_to_nobody(tmp_path, student, row):
    people = read_people(table(tmp_path, "id,name,e-mail\ns100,Ann Lee,ann@uni.edu\n"
                               "s101,Bo Ek,bo@uni.edu\ns102,Zoë Müller,\n"
                               "s103,Kim,k1@uni.edu\ns104,Kim,k2@uni.edu\n"))
    person = matched(Submission(student), people)
    assert (person.row if person else None) == row


def test_who_handed_in_nothing_is_there_and_who_is_a_stranger_is_said(tmp_path):
    people = read_people(table(tmp_path, "id,name\n1,Ann Lee\n2,Bo Ek\n"))
    found, said = with_roster([Submission("ann_lee"), Submission("lee ann"), Submission("eve")],
                              people)
    assert [(s.student, s.id, s.missing) for s in found] == [
        ("Ann Lee", "1", False), ("Ann Lee-2", "1", False), ("eve", "", False),
        ("Bo Ek", "2", True)]
    assert said == ["On no line of the roster: eve", "2 submissions of Ann Lee: ann_lee, lee ann"]
    missing = ClassBook(EXERCISES, 1).grade_one(found[3])
    assert missing.grade.reason == "nothing was handed in"


def test_a_comma_in_moodles_full_name_does_not_turn_it_round(tmp_path):
    sheet = table(tmp_path, MOODLE.replace("Ann Lee", "Maria de la Cruz, Jr."))
    found, _ = with_roster([Submission("Maria de la Cruz, Jr.", number="1234")],
                           read_people(sheet))
    assert found[0].student == "Maria de la Cruz, Jr."
    for text in (CANVAS, 'id,name\n1,"Lee, Ann"\n'):
        found, _ = with_roster([], read_people(table(tmp_path, text)))
        assert found[0].student == "Ann Lee"


# --- Moodle -----------------------------------------------------------------------------------

def test_moodles_worksheet_comes_back_with_nothing_but_grades_changed(tmp_path):
    sheet = table(tmp_path, MOODLE.replace("{most}", "20.00"))
    before = cells((tmp_path / "table.csv").read_bytes())
    data, said = moodle(sheet).filled(book(
        entry("Ann Lee", 4, number="1234"), entry("Cy", 6, number="1236"),
        Entry(Submission("Bo Ek"), not_graded(EXERCISES, "look")), entry("Eve")))
    after = cells(data)
    assert data.startswith("\ufeffIdentifier,".encode())
    assert b"\r\n" in data
    assert [row[5] for row in after] == ["Grade", "16", "3", "20"]
    for row in (*before, *after):
        row[5] = ""
    assert before == after
    assert said == ["Moodle: in no row, or in more than one: Eve"]


@pytest.mark.parametrize(("most", "grade"), [
    ("20.00", "16"), ("100.00", "80"), ("100,00", "80"), ('"7,50"', "6"), ("", "16")])
def test_points_are_scaled_to_moodles_maximum(tmp_path, most, grade):
    sheet = table(tmp_path, MOODLE.replace("{most}", f'"{most}"' if "," in most and '"' not in most
                                           else most))
    data, said = moodle(sheet).filled(book(entry("Ann Lee", 4)))
    assert cells(data)[1][5] == grade
    assert bool(said) == (most not in ("20.00", ""))


def test_the_feedback_has_the_names_of_moodles_folders(tmp_path):
    (tmp_path / "Ann_Lee.html").write_text("for Ann")
    (tmp_path / "Cy.html").write_text("for Cy")
    sheet = moodle(table(tmp_path, MOODLE))
    data = sheet.feedback_zip(book(entry("Ann Lee"), entry("Cy", id="s102")), tmp_path)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        assert archive.read(names[0]) == b"for Ann"
    assert names == ["Ann Lee_1234_assignsubmission_file_/feedback.html",
                     "1 2_1236_assignsubmission_file_/feedback.html"]
    for name in names:      # as Moodle cuts it
        parts = name.partition("/")[0].split("_", 4)
        assert len(parts) == 5
        assert parts[1].isdigit()
        assert parts[2:] == ["assignsubmission", "file", ""]


def test_an_anonymous_worksheet_has_numbers_only(tmp_path):
    sheet = table(tmp_path, "Identifier,Status,Grade,Maximum grade,Last modified (grade)\n"
                  "Participant 12,Submitted,,20,-\nParticipant 13,No submission,,20,-\n")
    found, said = with_roster([Submission("Participant", number="12")], read_people(sheet))
    assert [s.student for s in found] == ["Participant 12", "Participant 13"]
    assert said == []
    data, said = moodle(sheet).filled(book(entry("Participant 12", number="12")))
    assert [row[2] for row in cells(data)] == ["Grade", "18", ""]
    assert said == []
    (tmp_path / "Participant_12.html").write_text("page")
    data = moodle(sheet).feedback_zip(book(entry("Participant 12", number="12")), tmp_path)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["Participant_12_assignsubmission_file_/feedback.html"]


@pytest.mark.parametrize("header", [    # of the fixtures of Moodle's own tests, and of Moodle 3
    "Identifier,Full name,Email address,Status,Marker 1,Marker 2,Grade,Maximum grade,"
    "Marking workflow state,Grade can be changed,Last modified (submission),Online text,"
    "Last modified (grade),Feedback comments,Marker 1 comment,Marker 2 comment",
    "Identifier,Full name,ID number,Email address,Status,Group,Grade,Maximum Grade,"
    "Grade can be changed,Last modified (grade),Feedback comments"])
def test_the_grade_is_found_in_every_form_of_the_worksheet(tmp_path, header):
    columns = header.split(",")
    row = ["Participant 1" if c == "Identifier" else "20" if c.lower() == "maximum grade" else "x"
           for c in columns]
    data, _ = moodle(table(tmp_path, f"{header}\n{','.join(row)}\n")).filled(
        book(entry("ann", 4, number="1")))
    row[columns.index("Grade")] = "16"
    assert cells(data) == [columns, row]


def test_what_is_no_worksheet_is_refused(tmp_path):
    with pytest.raises(DataError, match="expected Moodle's grading worksheet"):
        moodle(table(tmp_path, MOODLE.replace("Identifier", "Identificador")))
    with pytest.raises(DataError, match="expected Canvas's exported gradebook"):
        canvas(table(tmp_path, MOODLE))


# --- Canvas -----------------------------------------------------------------------------------

def test_canvas_gradebook_comes_back_with_nothing_but_grades_changed(tmp_path):
    export = table(tmp_path, CANVAS)
    before = cells((tmp_path / "table.csv").read_bytes())
    data, said = canvas(export, "Homework 1").filled(book(entry("leeann", 4, number="501")))
    after = cells(data)
    assert [row[6] for row in after] == ["Homework 1 (12)", "", "40.00", "32", "EX", ""]
    for row in (*before, *after):
        row[6] = ""
    assert before == after
    assert said == ["Canvas: the points are scaled from 20 to 40"]


def test_who_is_excused_in_canvas_stays_excused(tmp_path):
    data, said = canvas(table(tmp_path, CANVAS), "Homework 1").filled(book(
        entry("Bo Ek", 4, number="502"), entry("Ann Lee", 4, number="501")))
    assert [row[6] for row in cells(data)][3:5] == ["32", "EX"]
    assert "Canvas: excused (EX), so no points are written: Bo Ek (16 points here)" in said


def test_the_assignment_in_canvas_has_to_be_clear(tmp_path):
    export = table(tmp_path, CANVAS)
    assert canvas(export, "homework 10").grade == 7
    assert canvas(export, "quiz").grade == 5
    for column in (None, "homework", "essay"):
        with pytest.raises(DataError, match=r"which assignment is it.*Homework 1 \(12\)"):
            canvas(export, column)


def test_the_feedback_has_the_names_of_canvas_files(tmp_path):
    (tmp_path / "Ann_Lee.html").write_text("for Ann")
    (tmp_path / "Bo.html").write_text("for Bo")
    data = canvas(table(tmp_path, CANVAS), "quiz").feedback_zip(book(
        entry("Ann Lee", number="501", upload="leeann_501_77_"), entry("Bo", id="s101")), tmp_path)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["leeann_501_77_feedback.html"]


# --- Autolab ----------------------------------------------------------------------------------

def test_autolabs_line_has_a_score_for_each_exercise():
    line = autolab(entry("ann", 4).grade, EXERCISES)
    assert "\n" not in line
    assert json.loads(line) == {"scores": {"Tanh.forward": 10, "Tanh.backward": 6}}


def test_the_better_of_two_submissions_of_one_person_counts(tmp_path):
    sheet = table(tmp_path, MOODLE.replace("{most}", "20"))
    data, _ = moodle(sheet).filled(book(entry("Ann Lee", 2, id="s100"),
                                        entry("Ann Lee-2", 6, id="s100")))
    assert cells(data)[1][5] == "20"
    assert Path(sheet.path).read_bytes() != data
