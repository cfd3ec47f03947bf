"""The lessons, their builder, and what a lesson hands to `check` when it runs."""

import importlib.util
import re
from pathlib import Path

import tinycnn.course

TUTORIALS = Path(__file__).resolve().parents[1] / "tutorials"
LESSONS = sorted((TUTORIALS / "lessons").glob("lesson_*.py"))


def load(path):
    """A script as a module, without running it as one."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(lesson, data, monkeypatch):
    """Run a lesson as a script, on `data`; returns {exercise: (name, answer, given)}.

    The name is that of the student's function, class or number.
    """
    asked = {}
    code = lesson.read_text("utf-8")
    names = dict(re.findall(r'^ *check\("([\d.]+)", (\w+)', code, re.MULTILINE))

    def record(number, answer, *given):
        assert number not in asked, f"exercise {number} is asked twice"
        asked[number] = (names[number], answer, given)

    monkeypatch.setattr(tinycnn.course, "check", record)
    monkeypatch.setattr(tinycnn.course, "show", lambda figure: figure.canvas.draw())
    code, replaced = re.subn(r"^DATA = None\b", f"DATA = {data!r}", code, flags=re.MULTILINE)
    faces = "digits()" not in code          # lesson 9 has data of its own
    assert replaced == faces, f"{lesson.name}: a line that begins with DATA = None, {faces}?"
    exec(compile(code, lesson.name, "exec"), {"__name__": "__main__"})
    return asked
