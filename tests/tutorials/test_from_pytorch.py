"""The page on networks from PyTorch: it is run, and prints what it shows."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from helpers_pages import blocks

import tinycnn as tc
from tinycnn.commands.main import parser

torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")

PAGE = Path(__file__).resolve().parents[2] / "tutorials/from_pytorch.md"


def test_the_page_prints_what_it_shows(tmp_path, monkeypatch, one_thread):
    monkeypatch.chdir(tmp_path)         # it saves the network
    session, printed, compared = {"__name__": "tutorial"}, "", 0
    for kind, content in blocks(PAGE.read_text("utf-8"), "python", "text"):
        if kind == "text":
            assert printed.splitlines() == content.splitlines()
            compared += 1
        else:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(content, PAGE.name, "exec"), session)
            printed = out.getvalue()
    assert compared == 6
    net = tc.Network.load("mine.npz")
    assert (net.predict(session["x"]) == session["net"].predict(session["x"])).all()
    assert (net.predict(session["x"]) == session["t"]).mean() > 0.8     # it has learned
    [command] = re.findall(r"`tinycnn (.*?)`", PAGE.read_text("utf-8"))
    options = parser().parse_args(shlex.split(command))
    assert options.run is not None
    assert Path(options.model).exists()
