"""Gradescope's results.json by its specification, and its autograder unpacked and run."""

import io
import json
import math
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tinycnn.classroom import choose, grade_source, make_handout
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.classbook import ClassBook
from tinycnn.classroom.found import Submission
from tinycnn.classroom.gradescope import autograder_zip, results_json
from tinycnn.classroom.results import Grade

EXERCISES = choose(["tanh", "softmax=20"])
SOLVED = student_file(EXERCISES, solved=True)

# --- the specification: gradescope-autograders.readthedocs.io/en/latest/specs ---------------------

FORMATS = ("text", "html", "simple_format", "md", "ansi")
VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")


def is_number(value):
    return type(value) in (int, float) and math.isfinite(value)


def is_text(value):
    return isinstance(value, str)


def is_map(value):
    return isinstance(value, dict)


def list_of(good):
    return lambda value: isinstance(value, list) and all(map(good, value))


def one_of(values):
    return lambda value: isinstance(value, str) and value in values


TEST = {"score": is_number, "max_score": is_number, "status": one_of(("passed", "failed")),
        "name": is_text, "name_format": one_of(FORMATS), "number": is_text, "output": is_text,
        "output_format": one_of(FORMATS), "tags": list_of(is_text),
        "visibility": one_of(VISIBILITIES), "extra_data": is_map}
TOP = {"score": is_number, "execution_time": is_number, "output": is_text,
       "output_format": one_of(FORMATS), "test_output_format": one_of(FORMATS),
       "test_name_format": one_of(FORMATS), "visibility": one_of(VISIBILITIES),
       "stdout_visibility": one_of(VISIBILITIES), "extra_data": is_map, "tests": list_of(is_map),
       "leaderboard": list_of(lambda v: is_map(v) and is_text(v.get("name")) and "value" in v)}


def violations(document):
    """What in a results.json breaks the specification."""
    found = [f"{name}: {value!r}" for name, value in document.items()
             if name not in TOP or not TOP[name](value)]
    tests = document.get("tests", [])
    for number, test in enumerate(tests if isinstance(tests, list) else []):
        if is_map(test):
            found += [f"tests[{number}].{name}: {value!r}" for name, value in test.items()
                      if name not in TEST or not TEST[name](value)]
    scored = isinstance(tests, list) and tests and all(is_map(t) and "score" in t for t in tests)
    if "score" not in document and not scored:
        found.append("no score")
    return found


GOOD = {"score": 3, "execution_time": 1.5, "output": "", "output_format": "md",
        "test_output_format": "text", "test_name_format": "text", "visibility": "after_due_date",
        "stdout_visibility": "visible", "extra_data": {},
        "leaderboard": [{"name": "a", "value": 1}],
        "tests": [{"score": 1.0, "max_score": 2.0, "status": "failed", "name": "a", "number": "1.1",
                   "name_format": "text", "output": "", "output_format": "ansi", "tags": ["a"],
                   "visibility": "hidden", "extra_data": {}}]}


def test_the_checker_takes_the_examples_of_the_specification():
    assert violations(GOOD) == []
    assert violations({"tests": [{"score": 1}]}) == []
    assert violations({"score": 44.0}) == []


@pytest.mark.parametrize("planted", [
    {"score": "3"}, {"score": True}, {"score": math.nan}, {"execution_time": None}, {"output": 1},
    {"output_format": "markdown"}, {"visibility": "published"}, {"stdout_visibility": False},
    {"test_name_format": "rst"}, {"tests": {}}, {"tests": ["a"]}, {"leaderboard": [1]},
    {"max_score": 3}, {"extra_data": []}])
def test_the_checker_sees_violations(planted):
    (found,) = violations({**GOOD, **planted})
    assert found.startswith(f"{next(iter(planted))}: ")


@pytest.mark.parametrize("planted", [
    {"score": None}, {"max_score": "2"}, {"status": "error"}, {"name": 1}, {"number": 1.1},
    {"output": ["a"]}, {"output_format": "plain"}, {"tags": "a"}, {"tags": [1]},
    {"visibility": "never"}, {"passed": True}, {"name_format": ""}, {"extra_data": "a"}])
def test_the_checker_sees_violations_in_tests(planted):
    test = {**GOOD["tests"][0], **planted}
    (found,) = violations({**GOOD, "tests": [*GOOD["tests"], test]})
    assert found.startswith(f"tests[1].{next(iter(planted))}: ")


def test_the_checker_misses_a_score():
    assert violations({"tests": [{"name": "a"}]}) == ["no score"]
    assert violations({"output": "text"}) == ["no score"]


# --- results --------------------------------------------------------------------------------------


SINE = "\nTanh.forward = lambda self, x: (np.sin(x),) * 2\n"
OVERFLOWS = """
def forward(self, x):
    powers = np.exp(x)
    y = powers / powers.sum(axis=1, keepdims=True)
    return y, y
Softmax.forward = forward
"""
SOURCES = {"right": SOLVED, "wrong": SOLVED + SINE, "wrong where it is hidden": SOLVED + OVERFLOWS,
           "wrong in both": SOLVED + SINE + OVERFLOWS, "stub": student_file(EXERCISES),
           "refused": "def f(:\n", "crashing": "class Tanh:\n    1 / 0\n",
           "prints": SOLVED + "\nprint('noise')\n"}
POINTS = {"right": 60, "wrong": 50, "wrong where it is hidden": 56, "wrong in both": 46, "stub": 0,
          "refused": 0, "crashing": 0, "prints": 60}


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submissions")
    found = {}
    for number, (name, source) in enumerate(SOURCES.items()):
        path = folder / f"{number}.py"
        path.write_text(source, encoding="utf-8")
        book = ClassBook(EXERCISES, seed=8)
        found[name] = results_json(book.grade_one(Submission(name, (path,))).grade, EXERCISES)
    return found


def at_once(document):
    """All that a student sees before the grades are published."""
    tests = [test for test in document["tests"] if test["visibility"] == "visible"]
    return json.dumps([document["output"], tests], ensure_ascii=False)


def hidden(document):
    return [test for test in document["tests"] if test["visibility"] != "visible"]


@pytest.mark.parametrize("name", SOURCES)
def test_results_are_as_specified(documents, name):
    document = documents[name]
    assert violations(document) == []
    assert json.loads(json.dumps(document, allow_nan=False)) == document


@pytest.mark.parametrize("name", SOURCES)
def test_scores_sum_up(documents, name):
    document = documents[name]
    assert document["score"] == POINTS[name]
    assert sum(test["score"] for test in document["tests"]) == pytest.approx(POINTS[name])
    assert sum(test["max_score"] for test in document["tests"]) == pytest.approx(60)
    for test in document["tests"]:
        assert test["score"] == (test["max_score"] if test["status"] == "passed" else 0)


@pytest.mark.parametrize("name", SOURCES)
def test_there_is_a_test_for_every_check(documents, name):
    document = documents[name]
    assert [(t["name"], t["number"], t["max_score"], t["visibility"], t["tags"])
            for t in document["tests"]] == [
        (f"{e.label}: {c.name} ({'public' if c.public else 'hidden'})", f"{e.number}.{number}",
         e.worth(c), "visible" if c.public else "after_published",
         [e.kind, "public" if c.public else "hidden"])
        for e in EXERCISES for number, c in enumerate(e.checks, 1)]
    assert len(hidden(document)) == len(EXERCISES)


@pytest.mark.parametrize("name", SOURCES)
def test_nobody_reads_that_all_passed(documents, name):
    assert "all passed" not in json.dumps(documents[name]).lower()
    if name != "refused":
        assert "There are 4 hidden checks as well" in documents[name]["output"]


@pytest.mark.parametrize("name", SOURCES)
def test_whether_hidden_checks_passed_is_not_seen_at_once(documents, name):
    seen = at_once(documents[name])
    assert documents[name]["stdout_visibility"] == "hidden"
    assert "unusual" not in seen
    assert "(hidden)" not in seen
    if name not in ("refused", "crashing"):     # the reason is shown in every test
        assert not any(test["output"] in seen for test in hidden(documents[name])
                       if test["status"] == "failed" and "not solved yet" not in test["output"])


def test_what_is_seen_at_once_is_the_same_whatever_the_hidden_checks_say(documents):
    (failed,) = [t for t in documents["wrong where it is hidden"]["tests"]
                 if t["status"] == "failed"]
    assert failed["name"] == "Softmax.forward: unusual (hidden)"
    assert len(failed["output"]) > 40
    assert at_once(documents["wrong where it is hidden"]) == at_once(documents["right"])


def test_a_report_on_one_class_says_nothing_of_what_is_hidden_of_another(documents):
    assert documents["wrong"]["output"] != documents["right"]["output"]
    assert "Softmax" not in documents["wrong in both"]["output"]
    assert at_once(documents["wrong in both"]) == at_once(documents["wrong"])


def test_what_is_wrong_is_said(documents):
    wrong, right = documents["wrong"], documents["right"]
    assert [t["name"] for t in wrong["tests"] if t["status"] == "failed"] == [
        "Tanh.forward: plain (public)", "Tanh.forward: contract (public)",
        "Tanh.forward: unusual (hidden)"]
    assert "Public checks: 6 of 8 passed." in wrong["output"]
    assert "Likely cause" in wrong["output"]
    assert "Tanh" in wrong["output"]
    assert right["output"].startswith("Public checks: 8 of 8 passed.\n")
    assert all("not solved yet: Exercise" in test["output"] for test in documents["stub"]["tests"])
    assert documents["refused"]["output"].startswith("Nothing could be graded: 5.py: line 1: ")
    assert "ZeroDivisionError" in documents["crashing"]["tests"][0]["output"]


def test_output_of_a_submission_is_kept_out(documents):
    assert "noise" not in json.dumps(documents["prints"])


def test_what_a_teacher_has_to_look_at_first_is_no_grade():
    grade = Grade([], ungraded="the grader itself failed")
    document = results_json(grade, EXERCISES)
    assert document["output"].startswith("This is no grade.")
    assert violations(document) == []


def test_remarks_come_first():
    grade = grade_source(SOLVED, EXERCISES, seed=8, diagnose=False)
    grade.remarks = ["cell 3 was not run"]
    assert results_json(grade, EXERCISES)["output"].startswith("cell 3 was not run\nPublic checks")


def test_a_name_that_looks_like_html_is_shown_as_text():
    source = student_file(EXERCISES) + (
        "\ndef forward(self, x):\n    raise ValueError('<script>x</script>')\n"
        "Tanh.forward = forward\n")
    grade = grade_source(source, EXERCISES, seed=8, diagnose=False)
    document = results_json(grade, EXERCISES)
    (test, *_) = document["tests"]
    assert "<script>" in test["output"]
    assert test["output_format"] == document["output_format"] == "text"
    assert violations(document) == []


# --- the autograder -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive():
    return autograder_zip(make_handout(EXERCISES))


def test_the_archive_has_what_gradescope_looks_for(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        assert file.testzip() is None
        infos = {info.filename: info for info in file.infolist()}
        scripts = {name: file.read(name) for name in ("setup.sh", "run_autograder")}
        pinned = file.read("pinned.txt").decode()
    assert {name for name in infos if "/" not in name} == {
        "setup.sh", "run_autograder", "pinned.txt", "requirements.txt"}
    for name, text in scripts.items():
        assert infos[name].external_attr >> 16 == 0o100755
        assert text.startswith(b"#!/usr/bin/env bash\n")
        assert b"\r" not in text
    assert {line.partition("==")[0] for line in pinned.split()} == {
        "numpy", "scipy", "pillow", "matplotlib"}
    assert "assignment/assignment.json" in infos
    assert {"tinycnn/__main__.py", "tinycnn/classroom/process/child.py"} <= set(infos)
    assert not any(name.endswith(".pyc") or "__pycache__" in name for name in infos)
    assert not any(name.startswith(("/", "tests", "assignment/layers")) or ".." in name
                   for name in infos)


def test_the_same_archive_twice(archive):
    assert autograder_zip(make_handout(EXERCISES)) == archive


@pytest.fixture
def machine(tmp_path, archive):
    """Gradescope's machine: /autograder with the archive, and a folder for a submission."""
    place = tmp_path / "autograder"
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        file.extractall(place / "source")
    shutil.copy(place / "source" / "run_autograder", place / "run_autograder")
    (place / "submission").mkdir()
    (place / "results").mkdir()
    return place


def bash(place, script):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(["bash", str(script)], cwd=place, env={**os.environ, "PATH": path},
                          capture_output=True, text=True, timeout=120)


def run(place):
    """The results.json of the submission that is in place."""
    done = bash(place, place / "run_autograder")
    assert (place / "results" / "results.json").exists(), done.stdout + done.stderr
    document = json.loads((place / "results" / "results.json").read_text(encoding="utf-8"))
    assert violations(document) == []
    assert done.returncode == 0, done.stderr
    return document


def test_setup_finds_what_is_there(machine):
    done = bash(machine, machine / "source" / "setup.sh")
    assert done.returncode == 0, done.stderr
    assert "Python has what tinycnn needs" in done.stdout
    assert not (machine / "venv").exists()


def test_a_submission_is_graded(machine):
    shutil.rmtree(machine / "results")
    (machine / "submission" / "layers.py").write_text(SOLVED, encoding="utf-8")
    document = run(machine)
    assert document["score"] == 60
    assert len(document["tests"]) == 12
    assert not list(machine.rglob("*.pyc"))


def test_it_is_graded_by_the_tinycnn_of_the_archive(machine):
    (machine / "submission" / "layers.py").write_text(SOLVED, encoding="utf-8")
    exercises = machine / "source" / "tinycnn" / "classroom" / "gradescope.py"
    text = exercises.read_text(encoding="utf-8")
    assert text.count("hidden checks as well") == 1
    exercises.write_text(text.replace("hidden checks as well", "of the archive"), encoding="utf-8")
    assert "There are 4 of the archive" in run(machine)["output"]


@pytest.mark.parametrize(("name", "text", "reason"), [
    ("layers.py", "def f(:\n", "layers.py: line 1: "), ("layers.py", "", "layers.py is empty"),
    ("homework.py", "print(\x00)", "homework.py")])
def test_a_broken_submission_gets_a_reason(machine, name, text, reason):
    (machine / "submission" / name).write_text(text, encoding="utf-8")
    document = run(machine)
    assert document["score"] == 0
    assert document["output"].startswith(f"Nothing could be graded: {reason}")
    assert len(document["tests"]) == 12


@pytest.mark.parametrize("names", [
    (), ("a.py", "b.py"), ("notes.txt",), ("image.png", "notes.txt")])
def test_a_folder_without_one_submission_gets_a_reason(machine, names):
    for name in names:
        (machine / "submission" / name).write_text("My own notes.\n", encoding="utf-8")
    document = run(machine)
    assert document["score"] == 0
    assert document["output"].startswith("Nothing could be graded: ")
    assert "layers.py" in document["output"] or any(n in document["output"] for n in names)


def test_other_files_beside_the_only_one_with_code_do_no_harm(machine):
    (machine / "submission" / "homework.py").write_text(SOLVED, encoding="utf-8")
    (machine / "submission" / "README.md").write_text("# Homework\n", encoding="utf-8")
    assert run(machine)["score"] == 60
