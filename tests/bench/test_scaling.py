"""Growth: exponents of planted costs, peaks of planted arrays, and the command end to end."""

import json

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.bench import scaling
from tinycnn.commands.main import main
from tinycnn.datasets.drawn import save_drawn_faces


def planted(parameter, job, values, seconds, peak):
    return [{"parameter": parameter, "value": v, "job": job, "seconds": seconds(v),
             "peak_bytes": peak(v)} for v in values]


def test_exponents_are_those_of_the_planted_laws():
    points = (planted("side", "epoch", [60, 84, 240], lambda s: 3e-6 * s ** 2, lambda s: 5000)
              + planted("side", "true class", [60, 240], lambda s: 0.1 * s ** 0.5,
                        lambda s: 7 * s))
    epoch, true_class = scaling.curves(points)
    assert epoch["values"] == [60, 84, 240]
    assert epoch["peak_bytes"] == [5000, 5000, 5000]
    assert epoch["time_exponent"] == pytest.approx(2)
    assert epoch["memory_exponent"] == pytest.approx(0)
    assert true_class["job"] == "true class"
    assert true_class["time_exponent"] == pytest.approx(0.5)
    assert true_class["memory_exponent"] == pytest.approx(1)


def test_peak_memory_is_that_of_the_run_alone():
    before = np.ones(10 ** 6)

    def run():
        for _ in range(3):
            np.concatenate([before, before])        # 16 MB, each freed before the next
    assert scaling.peak_bytes(run) == pytest.approx(16e6, rel=0.01)


def test_a_long_job_is_timed_once_and_a_short_one_again():
    def timing(*times):
        left = list(times)
        return scaling.least_seconds(None, lambda run: left.pop(0)), len(left)
    assert timing(6.0, 1.0) == (6.0, 1)
    assert timing(2.0, 3.0, 1.0, 0.5) == (1.0, 1)
    assert timing(*[0.1, 0.2] * 5) == (0.1, 6)


def test_the_wide_network_is_face_net_with_more_maps():
    same, wide = scaling.wide_face_net(15, 1, seed=3), scaling.wide_face_net(15, 4, seed=3)
    for name, w in tc.face_net(15, seed=3).params.items():
        np.testing.assert_array_equal(same.params[name], w)
    assert wide.output_shapes()["tanh3"] == (40, 8, 8)


def test_the_command(tmp_path, capsys, monkeypatch):
    save_drawn_faces(tmp_path / "faces", people=2)
    for name, values in (("BATCHES", (1, 2)), ("IMAGES", (110, 220)), ("SIDES", (36, 60)),
                         ("MAPS", (1, 2)), ("PATIENCE", 0)):
        monkeypatch.setattr(scaling, name, values)
    assert main(["bench", "--scaling", "--data", str(tmp_path / "faces"), "--json",
                             str(tmp_path / "growth.json"), "--plot",
                             str(tmp_path / "growth.png")]) == 0
    out = capsys.readouterr().out
    document = json.loads((tmp_path / "growth.json").read_text(encoding="utf-8"))
    assert [(curve["parameter"], curve["job"]) for curve in document["growth"]] == [
        ("batch", scaling.STEP), *((parameter, job) for parameter in ("images", "side", "maps")
                                   for job in (scaling.EPOCH, scaling.TRUE, scaling.ALL))]
    by_images = {curve["job"]: curve for curve in document["growth"]
                 if curve["parameter"] == "images"}
    kept, streamed = by_images[scaling.TRUE], by_images[scaling.ALL]
    assert kept["values"] == [110, 220]
    units = 5 * 56 * 56 + 8 * 24 * 24 + 10 * 8 * 8
    assert kept["peak_bytes"][1] - kept["peak_bytes"][0] == pytest.approx(110 * units * 4, rel=0.1)
    assert streamed["peak_bytes"][1] == pytest.approx(streamed["peak_bytes"][0], rel=0.1)
    assert max(map(len, out.splitlines())) <= 80
    assert "grows like" in out
    assert f"true class {document['cost']['true_class_epochs']:.2f}, all 2 classes" in out
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
