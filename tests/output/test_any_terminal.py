"""Any text can be printed anywhere: what an encoding lacks is spelled out."""

import io
import os
import subprocess
import sys

import pytest

from tinycnn.output.any_terminal import printable


def written(text, encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    printable(stream)
    stream.write(text)
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1", "utf-8"])
def test_formulas_are_spelled_out_where_they_must_be(encoding):
    assert written("plain", encoding) == "plain"
    text = written("∂L/∂w = Σ δ·x → √2 ≤ 3, é, \U0001f600, \udcff", encoding)
    if encoding == "ascii":
        assert text == "dL/dw = Sum delta*x -> sqrt 2 <= 3, e, ?, ?"
    if encoding == "utf-8":
        assert text == "∂L/∂w = Σ δ·x → √2 ≤ 3, é, \U0001f600, ?"
    assert "L/" in text


def test_a_stream_of_another_kind_stays_as_it_is():
    stream = io.StringIO()
    printable(stream)
    print("∂", file=stream)
    assert stream.getvalue() == "∂\n"


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_command_prints_into_any_pipe(encoding):
    done = subprocess.run([sys.executable, "-m", "tinycnn", "handout", "--list"],
                          env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    assert "ds/dx from ds/dy" in done.stdout.decode(encoding)
