"""`tinycnn bench` from the command line to the report and the JSON file."""

import importlib.util
import json
import sys

import numpy as np
import pytest

from tinycnn.bench import bound, machine, measure
from tinycnn.commands.main import main

JOBS = ["epoch, batch 1", "epoch, batch 8", "epoch, batch 16", "epoch, batch 32",
        "2 epochs, batch 10", "gradients, true class", "gradients, all classes",
        "Fig. 2, all identities"]


@pytest.fixture
def bench(two_people, tmp_path, capsys, monkeypatch):
    """Run the command on two people; returns the document and what was printed."""
    monkeypatch.setattr(bound, "GEMM_SIZES", (64,))
    monkeypatch.setattr(measure, "measure_rates", lambda: bound.measure_rates(patience=0.01))

    def run(*options):
        file = tmp_path / "bench.json"
        status = main(["bench", "--data", str(two_people), "--json", str(file), "--epochs",
                                   "2", *options])
        out, err = capsys.readouterr()
        assert status == 0, err
        assert max(map(len, out.splitlines())) <= 80
        return json.loads(file.read_text(encoding="utf-8")), out
    return run


def test_tinycnn_alone(bench):
    document, out = bench("--rounds", "2")
    assert [job["name"] for job in document["jobs"]] == JOBS
    for job in document["jobs"]:
        assert job["rounds"] == 2
        assert job["seconds"]["low"] <= job["seconds"]["median"] <= job["seconds"]["high"]
        assert job["share"] == pytest.approx(job["least_seconds"] / job["seconds"]["median"])
        assert job["name"] in out
        assert "torch_1" not in job
    assert document["data"] == {"images": 22, "classes": 2, "train_images": 16,
                                "image_shape": [1, 60, 60]}
    assert document["dtype"] == "float32"
    assert document["cost"]["true_class_epochs"] > 0
    assert "all 2 classes" in out
    assert "PyTorch" not in out


def test_against_torch(bench):
    torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")
    threads = torch.get_num_threads()
    document, out = bench("--against", "torch", "--rounds", "1")
    assert document["machine"]["torch"] == torch.__version__
    for job in document["jobs"]:
        for part in (job["torch_1"], job["torch_2"]):
            assert part["ratio"]["median"] == pytest.approx(
                part["tinycnn_seconds"]["median"] / part["seconds"]["median"])      # one round
            assert part["ratio"]["median"] >= max(part["others"].values(), default=0)
        assert job["seconds"] == job["torch_1"]["tinycnn_seconds"]
        assert f"{job['name']}: {job['torch_1']['way']}" in out
        assert job["target"] == measure.TARGETS.get(job["name"])
        assert job["met"] == (None if job["target"] is None else
                              job["torch_1"]["ratio"]["median"] <= job["target"])
    assert set(measure.TARGETS) < set(JOBS)
    assert torch.get_num_threads() == threads


def test_the_best_way_is_the_one_with_the_least_median_and_ratios_are_paired():
    times = {"fast": [1.0, 9, 2], "slow": [5.0, 5, 5], "tinycnn": [2.0, 3, 2]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "paired_rounds", lambda jobs, rng, **options: {
            name: np.array(times[name]) for name in jobs})
        result = measure.beside(None, {"slow": None, "fast": None}, None, 3, 1)
    assert result["way"] == "fast"
    assert result["ratio"]["median"] == 1           # the median of 2/1, 3/9 and 2/2
    assert result["seconds"]["median"] == result["tinycnn_seconds"]["median"] == 2
    assert result["others"] == {"slow": 0.4}


def test_without_pytorch_it_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["bench", "--against", "torch"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert 'pip install -e ".[oracle]"' in err.splitlines()[-1]


@pytest.mark.parametrize(("options", "words"), [
    (["--rounds", "0"], "rounds=0"),
    (["--epochs", "0"], "epochs=0"),
    (["--plot", "growth.png"], "--scaling"),
    (["--scaling", "--against", "torch"], "--against"),
    (["--json", "no/such/folder/bench.json"], "no folder"),
    (["--data", "no/such/faces"], "no/such/faces"),
])
def test_mistakes_give_one_clear_line(options, words, capsys, monkeypatch):
    monkeypatch.setattr(measure, "measure_rates", lambda: bound.Rates(1, 1, 1, 1))
    assert main(["bench", *options]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err.splitlines()[-1]


def test_blas_has_one_thread_and_its_kernel_is_named():
    threadpoolctl = pytest.importorskip("threadpoolctl", reason="needs the extra 'dev'")
    with machine.one_blas_thread() as blas:
        pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
        assert {pool["num_threads"] for pool in pools} <= {1}
        for pool in pools:
            assert f"{pool['internal_api']} {pool['version']}" in blas


def test_without_threadpoolctl_the_kernel_is_unknown(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    with machine.one_blas_thread() as blas:
        assert blas == "BLAS kernel: unknown (pip install threadpoolctl), threads: 7"
