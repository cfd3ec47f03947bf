"""Mistakes in the arguments of `tinycnn study`, and the network of its tutorial.

Its work is in tests/paper/study.
"""

import re
import shlex
import sys
from pathlib import Path

import pytest

from tinycnn.commands import main as cli


@pytest.mark.parametrize("name", ["jobs", "epochs"])
def test_numbers_below_one(name, capsys, tmp_path):
    assert cli.main(["study", f"--{name}", "0", "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == f"tinycnn: --{name} 0: expected 1 or more\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nobody", "what://is this"])
def test_an_address_where_no_scheduler_is(address, capsys, two_people, tmp_path, monkeypatch):
    pytest.importorskip("distributed", reason="needs Dask: pip install distributed")
    monkeypatch.setattr("tinycnn.paper.study.runner.workers.CONNECT_SECONDS", 0.5)
    assert cli.main(["study", "--dask", address, "--data", str(two_people),
                     "--out", str(tmp_path)]) == 1
    assert f"tinycnn: --dask {address}: no Dask scheduler answers there" in capsys.readouterr().err


def test_without_dask(capsys, two_people, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert cli.main(["study", "--dask", "tcp://127.0.0.1:1", "--data", str(two_people),
                     "--out", str(tmp_path)]) == 1
    assert 'pip install distributed' in capsys.readouterr().err


def test_the_network_of_the_tutorial(two_people, tmp_path, monkeypatch, capsys):
    root = Path(__file__).parents[2]
    page = (root / "tutorials/do_the_claims_hold.md").read_text("utf-8")
    [command] = re.findall("^tinycnn (study .*--net .* --out study-mine)$", page, re.MULTILINE)
    monkeypatch.chdir(root)
    words = shlex.split(command)
    words[words.index("--out") + 1] = str(tmp_path / "out")
    assert cli.main([*words, "--data", str(two_people), "--seeds", "1", "--epochs", "1",
                     "--jobs", "2"]) == 0
    assert "random units of the same layers" in capsys.readouterr().out
    assert "my_network.py:perceptron" in (tmp_path / "out/report.html").read_text("utf-8")
