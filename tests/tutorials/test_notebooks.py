"""Every lesson runs from top to bottom, says nothing it should not, and its notebook is in step."""

import re

import pytest
from helpers_lessons import LESSONS

NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d*)?(?:e[-+]?\d+)?")
FOUL = re.compile(r"Traceback|Warning\b|0x[0-9a-f]{6,}|site-packages|<ipython-input|"
                  r"(?<![\w∂.·/])(?:/[\w.-]+){2,}|[A-Z]:\\")


def text_of(output):
    """What an output says to a reader; "" for a picture."""
    data = output.get("data", {})
    return output.get("text", "") or data.get("text/html", "") or (
        "" if "image/png" in data else data.get("text/plain", ""))


def shape_of(cell):
    """A cell's outputs as kinds and words: numbers masked, since processors round differently."""
    return [(output.output_type, "image/png" in output.get("data", {}),
             " ".join(NUMBER.sub("#", text_of(output)).split()))
            for output in cell.get("outputs", [])]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_the_notebook_is_what_the_script_gives(lesson, build):
    import nbformat
    fresh = build.execute(lesson)
    kept = nbformat.read(lesson.with_suffix(".ipynb"), as_version=4)
    again = f"run: python tutorials/build.py notebooks {lesson.stem.split('_')[1]}"
    assert [cell.source for cell in kept.cells] == [cell.source for cell in fresh.cells], again
    for cell, now in zip(kept.cells, fresh.cells, strict=True):
        assert shape_of(cell) == shape_of(now), f"{again}\n{cell.source}"
    for cell in (*kept.cells, *fresh.cells):
        for output in cell.get("outputs", []):
            assert output.output_type in ("stream", "display_data", "execute_result"), output
            assert output.get("name", "stdout") == "stdout", output
            found = FOUL.search(text_of(output))
            assert not found, f"{found.group()!r} in the output of\n{cell.source}"
    assert lesson.with_suffix(".ipynb").stat().st_size < 1_500_000      # small enough to mail


@pytest.mark.parametrize("output", [
    "ValueError: no\nTraceback (most recent call last)", "RuntimeWarning: overflow",
    "<Axes at 0x7f3a2b1c>", "/home/ann/lessons/x.py", "saved /tmp/x", r"C:\Users\ann"])
def test_foul_output_is_seen(output):
    assert FOUL.search(output)


@pytest.mark.parametrize("output", [
    "∂L/∂o = Σ_k ∂L/∂y_k · ∂y_k/∂o", "dL/dconv1[0,4,43,20] · input", "124/165 images", "test error",
    "15 of 41 / 2 of 124", "1e-05", "person 7 / happy"])
def test_formulas_and_shares_are_no_foul(output):
    assert not FOUL.search(output)


def test_words_that_change_are_a_drift_and_numbers_are_not():
    def cell(text):
        from types import SimpleNamespace

        class Output(dict):
            output_type = "stream"

        return SimpleNamespace(get=lambda name, default: [Output(text=text)])

    assert shape_of(cell("loss  2.71, 15 people")) == shape_of(cell("loss -1e-3, 1,5 people"))
    assert shape_of(cell("loss 2.71")) != shape_of(cell("error 2.71"))
