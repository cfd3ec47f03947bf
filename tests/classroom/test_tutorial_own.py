"""The page on a teacher's own exercises: its commands are run and print what it shows."""

import ast
import re
import shutil
from pathlib import Path

from tinycnn.classroom import choose
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.own.teacher_file import run_text
from tinycnn.classroom.syntax import body, functions
from tinycnn.commands.main import main

FOLDER = Path(__file__).resolve().parents[2] / "tutorials"
PAGE = (FOLDER / "your_own_exercises.md").read_text(encoding="utf-8")
TEACHER, BEN = FOLDER / "own_exercises.py", FOLDER / "own_exercises_of_ben.py"


def test_the_round(tmp_path, monkeypatch, capsys):
    made, graded, report = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    make, grade = re.findall(r"^tinycnn (.*)$", PAGE.replace("\\\n", ""), re.MULTILINE)
    (tmp_path / "tutorials").mkdir()
    for file in (TEACHER, BEN):
        shutil.copy(file, tmp_path / "tutorials")
    monkeypatch.chdir(tmp_path)
    assert main(make.split()) == 0
    assert capsys.readouterr().out == made
    assert main(["check", "hw2"]) == 1
    assert "0 of 56 points of the public checks" in capsys.readouterr().out
    assert main(grade.split()) == 0
    out = capsys.readouterr().out
    assert out.startswith(graded)
    assert report in out


def test_the_file_in_the_page_is_in_the_file_beside_it():
    (text,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    shown, whole = (dict(functions(ast.parse(t))) for t in (text, TEACHER.read_text("utf-8")))
    assert set(shown) < set(whole)
    for label, node in shown.items():
        assert ast.dump(node) == ast.dump(whole[label])
    assert run_text(text, "page.py", "").labels("") == ["Sigmoid.forward", "Sigmoid.backward",
                                                        "im2col"]


def test_ben_works_on_the_file_of_today():
    names = ["Sigmoid", "BatchNorm.backward", "adam", "hinge_loss", "im2col=5"]
    chosen = choose([f"{TEACHER}:{name}" for name in names])
    today, his = (dict(functions(ast.parse(text))) for text in (
        student_file(chosen), BEN.read_text("utf-8")))
    assert set(today) == set(his)
    for label in set(today) - {e.label for e in chosen}:
        assert body(today[label]) == body(his[label]), label
