"""The other ways to write the layers compute the same, so that their times can be compared."""

import json

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.bench.alternatives import as_text, measure_alternatives, runs
from tinycnn.commands.main import main


@pytest.mark.parametrize("n", [1, 3])
def test_every_way_gives_what_the_layer_gives(n):
    x = tc.drawn_faces(people=1, size=(44, 36)).images[:n]
    jobs = runs(x, seed=1)
    assert len(jobs) == 3
    for ways in jobs.values():
        assert len(ways) >= 3
        expected, *others = (run() for run in ways.values())
        for other in others:
            pairs = zip(expected, other, strict=True) if isinstance(other, tuple) else [
                (expected, other)]
            for ours, theirs in pairs:
                np.testing.assert_allclose(theirs, ours, 1e-4, 1e-4)


def test_the_command(tmp_path, capsys):
    path = tmp_path / "alternatives.json"
    assert main(["bench", "--alternatives", "--rounds", "2", "--json", str(path)]) == 0
    out = capsys.readouterr().out
    document = json.loads(path.read_text(encoding="utf-8"))
    assert as_text(document) == out.rstrip("\n")
    assert max(map(len, out.splitlines())) <= 80
    by_way = {each["way"]: each["ratio"]["median"] for each in document["alternatives"]}
    assert by_way["conv2"] == by_way["pool1"] == 1
    assert by_way["tensordot"] > 1.5
    assert by_way["argmax"] > 2


def test_the_ratio_is_to_tinycnns_own(monkeypatch):
    import time
    monkeypatch.setattr("tinycnn.bench.alternatives.runs", lambda x, seed: {
        "job": {"own": lambda: time.sleep(0.002), "other": lambda: time.sleep(0.006)}})
    own, other = measure_alternatives(np.zeros((2, 1, 4, 4)), 3, repeats=2)["alternatives"]
    assert own["ratio"]["median"] == 1
    assert own["seconds"]["median"] == pytest.approx(0.001, rel=0.5)
    assert other["ratio"]["median"] == pytest.approx(3, rel=0.3)


def test_one_measurement_at_a_time(capsys):
    assert main(["bench", "--alternatives", "--scaling"]) == 1
    assert "give one" in capsys.readouterr().err
    assert main(["bench", "--alternatives", "--against", "torch"]) == 1
    assert "leave --against out" in capsys.readouterr().err
