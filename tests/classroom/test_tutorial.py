"""The commands of the tutorial are run, and print what the tutorial shows."""

import re
import shlex
from pathlib import Path

from tinycnn.classroom import EXERCISES, choose
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.syntax import body, functions
from tinycnn.classroom.walls import PARTS, TRIED, Walls
from tinycnn.commands.main import main, parser

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "tutorials" / "homework_for_a_class.md").read_text(encoding="utf-8")
ALICE = ROOT / "tutorials" / "homework_of_alice.py"


def test_the_round(tmp_path, monkeypatch, capsys):
    made, graded, all_walls = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    make, _, *_ = re.findall(r"^tinycnn (handout .*)$", PAGE, re.MULTILINE)
    assert main(make.split()) == 0
    assert capsys.readouterr().out == made
    assert main(["check", "hw1"]) == 1
    assert "0 of 24 points of the public checks" in capsys.readouterr().out
    assert main(["grade", str(ALICE), "--assignment", "hw1", "--seed", "1"]) == 0
    assert capsys.readouterr().out.startswith(graded)
    assert Walls(list(TRIED.values()), [], "", "", True, PARTS).line == all_walls.strip()


def test_alice_works_on_the_file_of_today():
    import ast
    exercises = choose(["maxpool2d", "softmax.backward"])
    written = {e.label for e in exercises}
    today, hers = (dict(functions(ast.parse(text))) for text in (
        student_file(exercises), ALICE.read_text(encoding="utf-8")))
    assert set(today) == set(hers)
    for label in set(today) - written:
        assert body(today[label]) == body(hers[label]), label


def test_every_command_in_the_text_is_understood():
    commands = re.findall(r"^ *tinycnn (.*)$|`tinycnn ((?:grade|handout) [^.`]*[^` .])`", PAGE,
                          re.MULTILINE)
    words = [shlex.split(block or inline) for block, inline in commands]
    assert sum(line[0] == "grade" for line in words) >= 5
    for line in words:
        parser().parse_args(line)       # an unknown option ends the test


def test_the_numbers_in_the_text():
    assert "the 25 exercises" in PAGE
    assert len(EXERCISES) == 25
