"""A class of a hundred, graded in one go: every result is right and is written to files."""

import csv
import json
import os
import time
from html.parser import HTMLParser

import pytest
from classroom_attacks import ATTACKS
from classroom_submissions import blamed, bug_source, fast_source

from tinycnn.classroom import choose, make_handout, write_files
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.class_folder import ClassFolder
from tinycnn.classroom.classbook import ClassBook
from tinycnn.classroom.found import find_submissions
from tinycnn.commands.main import main
from tinycnn.gradcheck.zoo import BUGS

EXERCISES = choose(everything=True)
LOOKED_AT = ("ConvFlipsKernelInForward", "SoftmaxOverflows")
SLOW = ("a loop at import", "a sleep in a method", "a loop in a method", "memory",
        "a promise that is not kept", "a promise of more than there is")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(folder, book, expected points, seconds, exit status, printed lines)."""
    folder = tmp_path_factory.mktemp("class")
    submissions = folder / "submissions"
    submissions.mkdir()
    expected = {}

    def hand_in(name, source, lost):
        (submissions / f"{name}.py").write_text(source, encoding="utf-8")
        expected[name] = lost

    hand_in("solved", student_file(EXERCISES, solved=True), set())
    hand_in("fast", fast_source(), set())
    everything = {e.name for e in EXERCISES}
    hand_in("stubs", student_file(EXERCISES), everything)
    for number, bug in enumerate(BUGS):     # test_handout has all of them
        if number % 4 == 0 or bug.name in LOOKED_AT:
            hand_in(f"bug-{bug.name}", bug_source(bug), blamed(bug))
        elif number % 4 == 1:
            hand_in(f"right-{number}", f"{fast_source()}\n# {number}\n", set())
    paths = {"reference": "/nowhere.py", "neighbour": submissions / "solved.py",
             "victim": folder / "victim"}
    for number, name in enumerate(n for n in ATTACKS if n not in SLOW):
        if number < 25:
            hand_in(f"attack-{number:02}", student_file(EXERCISES) + ATTACKS[name].format(**paths),
                    everything)
    for number, text in enumerate(["", "def f(:", "import tinycnn", "1/0", "import torch", "\0",
                                   "while False: pass", "x = 1", "raise SystemExit"]):
        hand_in(f"broken-{number}", text, everything)
    (submissions / "link.py").symlink_to(submissions / "solved.py")
    (submissions / "nothing").mkdir()
    (submissions / "archive.py").write_bytes(b"PK\x03\x04")
    expected |= dict.fromkeys(["link", "nothing", "archive"], everything)
    write_files(make_handout(EXERCISES).files, folder / "hw")
    book = ClassBook(EXERCISES, seed=2024, timeout=4)
    grades = ClassFolder(book, folder / "grades")
    started = time.monotonic()
    for entry in book.grade(find_submissions([submissions]), jobs=os.cpu_count() or 1):
        grades.write(entry)
    grades.close()
    return folder, book, expected, time.monotonic() - started


@pytest.mark.slow
def test_a_hundred_are_graded_in_time_and_every_result_is_right(graded):
    _, book, expected, seconds = graded
    assert len(expected) >= 100
    assert {entry.student for entry in book.entries} == set(expected)
    for entry in book.entries:
        lost = {r.exercise.name for r in entry.grade.results if not r.passed}
        assert lost == expected[entry.student], entry.student
        assert entry.grade.worth == 250
    assert seconds < 300


@pytest.mark.slow
def test_grades_csv_and_every_file_are_there(graded):
    folder, _, expected, _ = graded
    with (folder / "grades" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["student"] for row in rows] == sorted(expected)
    solved = next(row for row in rows if row["student"] == "solved")
    assert float(solved["points"]) == float(solved["of"]) == 250
    assert solved["hidden checks"] == "25 of 25"
    assert "statement by statement" in solved["notes"]
    assert all(row["reason"] for row in rows if row["student"].startswith("broken-0"))
    for student in expected:
        for ending in ("txt", "html", "results.json"):
            assert (folder / "grades" / "feedback" / f"{student}.{ending}").stat().st_size > 60
    assert not (folder / "victim").exists()


@pytest.mark.slow
def test_feedback_says_what_is_wrong_and_why(graded):
    folder, _, _, _ = graded
    text = (folder / "grades" / "feedback" / "bug-ConvFlipsKernelInForward.txt").read_text("utf-8")
    assert "240 of 250 points" in text
    assert "Exercise 1: Conv2D.forward, 0 of 10" in text
    assert "the kernel is turned round" in text
    assert "Hidden checks: 24 of 25 passed." in text
    assert max(map(len, text.splitlines())) <= 79
    hidden = (folder / "grades" / "feedback" / "bug-SoftmaxOverflows.txt").read_text("utf-8")
    assert "Hidden checks: 24 of 25 passed." in hidden
    assert "WRONG  unusual (hidden), 0 of 2" in hidden
    assert "all passed" not in hidden.lower()


@pytest.mark.slow
def test_the_summary_has_a_histogram_and_the_commonest_mistakes(graded):
    folder, book, expected, _ = graded
    text = (folder / "grades" / "summary.txt").read_text("utf-8")
    assert f"{len(expected)} submissions, seed 2024" in text
    assert sum(count for _, count in book.histogram()) == len(expected)
    assert dict(book.histogram())["0 to 10 %"] == sum(lost == {e.name for e in EXERCISES}
                                                      for lost in expected.values())
    assert book.mistakes()[0][1] >= 2
    assert (folder / "grades" / "histogram.png").stat().st_size > 1000
    assert "data:image/png" in (folder / "grades" / "summary.html").read_text("utf-8")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


def test_what_students_write_is_text_in_every_page(tmp_path):
    submissions = tmp_path / "submissions"
    submissions.mkdir()
    name = "<script>alert(1)<:script>"
    (submissions / f"{name}.py").write_text(
        student_file(choose(["tanh"])) + "\nprint('<script>x')\ndef forward(self, x):\n"
        "    raise ValueError('<script>y')\nTanh.forward = forward\n")
    book = ClassBook(choose(["tanh"]), seed=1)
    grades = ClassFolder(book, tmp_path / "grades")
    for entry in book.grade(find_submissions([submissions])):
        grades.write(entry)
    grades.close()
    pages = list((tmp_path / "grades").rglob("*.html"))
    assert len(pages) == 2
    for page in pages:
        tags = Tags()
        tags.feed(page.read_text("utf-8"))
        assert "h1" in tags.tags
        assert "script" not in tags.tags


def test_twelve_submissions_with_three_attacks_among_them(tmp_path):
    exercises = choose(["tanh", "softmax"])
    solved, stubs = student_file(exercises, solved=True), student_file(exercises)
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": text} for text in (
        solved, "1 / 0", "%matplotlib inline", "plot(")]})
    handed_in = {
        "ann.py": (solved, 40), "bo.py": (stubs, 0), "cy.ipynb": (notebook, 40),
        "di.py": ("import torch\n" + solved, 40), "ed.py": (solved + "\n# \u2028 and \x0c\n", 40),
        "flo.py": ("def f(:", 0), "gus/layers.py": (stubs, 40), "gus/layers.ipynb": (notebook, 40),
        "hal.py": (solved.replace("class Tanh", "class Tangens"), 20),
        "ida.py": (solved + "\nx = undefined\nprint(x)\n", 40), "jo.pdf": (solved, None),
        "kim.py": (stubs + ATTACKS["os._exit in a method"], 0),
        "lea.py": (stubs + ATTACKS["np.allclose is always true"], 0),
        "max.py": (stubs + ATTACKS["atexit writes results"].format(victim=tmp_path / "victim"), 0)}
    for name, (text, _) in handed_in.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    book = ClassBook(exercises, seed=4, timeout=5)
    for _ in book.grade(find_submissions([tmp_path / "in"]), jobs=2):
        pass
    expected = {name.partition("/")[0].partition(".")[0]: points
                for name, (_, points) in handed_in.items() if points is not None}
    assert len(expected) == 12
    assert {e.student: e.grade.points for e in book.entries} == expected
    assert book.ungraded() == []
    assert not (tmp_path / "victim").exists()


def test_grade_as_a_command(tmp_path, capsys):
    exercises = choose(["tanh"])
    write_files(make_handout(exercises).files, tmp_path / "hw")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "alice.py").write_text(student_file(exercises, solved=True))
    (tmp_path / "in" / "bob.py").write_text(student_file(exercises))
    grade = ["grade", str(tmp_path / "in"), "--assignment", str(tmp_path / "hw")]
    assert main([*grade, "--out", str(tmp_path / "g"), "--seed", "5"]) == 0
    out, err = capsys.readouterr()
    assert "2 submissions, seed 5" in out
    assert "2/2" in err
    assert "alice  20 of 20" in err
    assert main([*grade, "--out", str(tmp_path / "g")]) == 1
    assert "exists already" in capsys.readouterr().err
    one = [*grade[:1], str(tmp_path / "in" / "bob.py"), *grade[2:]]
    assert main(one) == 0
    assert "bob: 0 of 20 points" in capsys.readouterr().out
    assert main([*one, "--gradescope", str(tmp_path / "results.json")]) == 0
    assert json.loads((tmp_path / "results.json").read_text())["score"] == 0
    assert main([*grade[:3], str(tmp_path / "in")]) == 1
    assert "assignment.json cannot be read" in capsys.readouterr().err
    assert main([*grade, "--jobs", "0"]) == 1


def test_grades_already_given_are_kept_when_it_is_stopped(tmp_path, monkeypatch):
    exercises = choose(["tanh"])
    write_files(make_handout(exercises).files, tmp_path / "hw")
    (tmp_path / "in").mkdir()
    for name in ("alice", "bob", "carol"):
        (tmp_path / "in" / f"{name}.py").write_text(student_file(exercises))
    one = ClassBook.grade_one

    def interrupted(self, submission):
        if submission.student == "carol":
            raise KeyboardInterrupt
        return one(self, submission)

    monkeypatch.setattr(ClassBook, "grade_one", interrupted)
    status = main(["grade", str(tmp_path / "in"), "--assignment", str(tmp_path / "hw"),
                               "--out", str(tmp_path / "g"), "--jobs", "1"])
    assert status == 130
    rows = (tmp_path / "g" / "grades.csv").read_text("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows] == ["student", "alice", "bob"]
