"""The commands as a user types them, each in its own process."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.commands import main as cli
from tinycnn.datasets.drawn import save_drawn_faces
from tinycnn.output.out_folder import only_one


def start(*arguments, cwd=None):
    # If a shell starts pytest in the background, it tells its children to ignore Ctrl-C.
    return subprocess.Popen([sys.executable, "-m", "tinycnn", *map(str, arguments)], cwd=cwd,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=_take_ctrl_c if os.name == "posix" else None)


def _take_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(*arguments, cwd=None):
    process = start(*arguments, cwd=cwd)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    save_drawn_faces(folder, people=4)
    return folder


def test_help_and_version():
    status, out, _ = run("--help")
    assert status == 0
    assert "reproduce" in out
    status, out, _ = run("reproduce", "--help")
    assert status == 0
    for option in ("--data", "--out", "--seed", "--epochs", "--batch-size", "--learning-rate",
                   "--split", "--of", "--reduce"):
        assert option in out
    assert "(default: 250)" in out
    assert run("--version")[1] == f"tinycnn {tc.__version__}\n"
    assert run()[0] == 2


def test_reproduce(faces, tmp_path):
    out_folder = tmp_path / "results"
    chosen = {"seed": 4, "epochs": 5, "batch-size": 7, "learning-rate": 0.05,
              "split": "stratified", "of": "logit", "reduce": "mean_of_norms", "norm": "rms",
              "images": "train", "grey": "standardised"}
    options = [word for name, value in chosen.items() for word in (f"--{name}", value)]
    status, out, err = run("reproduce", "--data", faces, "--out", out_folder, *options)
    assert status == 0, err
    metrics = json.loads((out_folder / "metrics.json").read_text())
    said = {**metrics["settings"], **metrics["training"]}
    assert {name: said[name.replace("-", "_")] for name in chosen} == chosen
    assert "44 images of 4 classes" in out
    assert str(out_folder / "report.html") in out
    assert (out_folder / "report.html").exists()
    assert "epoch 5/5" in err
    assert "\r" not in err          # not a terminal: plain lines


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGINT for one process")
def test_ctrl_c_and_going_on(faces, tmp_path):
    arguments = ["reproduce", "--data", faces, "--epochs", 150, "--out"]
    process = start(*arguments, tmp_path / "stopped")
    for line in process.stderr:
        if line.startswith("epoch"):
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.search(r"training stopped after epoch \d+ of 150; the same command goes on from", err)
    assert "Traceback" not in err
    assert sorted(os.listdir(tmp_path / "stopped")) == ["checkpoint.json", "checkpoint.npz"]

    status, _, err = run(*arguments, tmp_path / "stopped")
    assert status == 0, err
    assert run(*arguments, tmp_path / "straight")[0] == 0
    resumed, straight = (tc.Network.load(tmp_path / name / "model.npz")
                         for name in ("stopped", "straight"))
    for name, w in straight.params.items():
        np.testing.assert_array_equal(resumed.params[name], w)
    assert not list((tmp_path / "stopped").glob("checkpoint.*"))


@pytest.mark.parametrize(("arguments", "words"), [
    (["--data", "no/such/folder"], "no/such/folder"),
    (["--epochs", "0"], "epochs=0"),
    (["--split", "half"], "'half'"),
    (["--out", ""], "expected a folder, got nothing"),
    (["--epochs", "1", "--learning-rate", "0"], "learning_rate > 0"),
])
def test_mistakes_give_one_clear_line(arguments, words, tmp_path, faces):
    if "--data" not in arguments:
        arguments = ["--data", faces, *arguments]
    status, out, err = run("reproduce", "--out", tmp_path, *arguments)
    assert status == (2 if "--out" in arguments else 1)     # argparse's, for what it refuses
    assert out == ""
    assert words in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.skipif(os.name != "posix", reason="pipes and shells of Unix")
@pytest.mark.parametrize("to", [
    "| true", "2>&1 | head -n 2", ">&- 2>&- <&-",
    *["> /dev/full 2>&1"] * os.path.exists("/dev/full")])
def test_a_run_goes_on_when_nobody_reads_what_it_says(to, two_people, tmp_path):
    done = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$@" ' + to, "bash", sys.executable, "-m", "tinycnn",
         "reproduce", "--data", two_people, "--epochs", "2", "--out", tmp_path / "out"],
        capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out/report.html").exists()
    assert not (tmp_path / "out/checkpoint.npz").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a disk that is always full")
def test_a_result_that_is_only_printed_must_be_there():
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "tinycnn", "handout", "--list"], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == ("tinycnn: what it printed is not all there (No space left on device)\n")


@pytest.mark.parametrize("command", ["reproduce", "study"])
def test_results_do_not_go_among_the_data_nor_into_a_folder_in_use(command, two_people, tmp_path):
    status, _, err = run(command, "--data", two_people, "--out", two_people / "results")
    assert (status, "is in the folder of the data" in err) == (1, True)
    assert not (two_people / "results").exists()
    with only_one(tmp_path):
        status, _, err = run(command, "--data", "not read", "--out", tmp_path)
    assert status == 1
    assert err == (f"tinycnn: {tmp_path}: another tinycnn is writing there now; wait for it, or "
                   "name another folder with --out\n")


def test_names_from_files_are_harmless_in_log_lines_and_errors(tmp_path):
    save_drawn_faces(tmp_path / "a\x1b[31m\u202e$^$", people=2)
    for name, status in (("a\x1b[31m\u202e$^$", 0), ("not a\x1b[31m\u202e$^$", 1)):
        code, out, err = run("reproduce", "--epochs", 1, "--data", tmp_path / name, "--out",
                             tmp_path / "results")
        assert code == status, err
        assert "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}$^$" in out + err
        assert not {"\x1b", "\u202e"} & set(out + err)


@pytest.mark.parametrize(("options", "error", "said"), [
    ({"size": None}, MemoryError("Unable to allocate 81.7 GiB for an array"),
     "not enough memory. Unable to allocate 81.7 GiB for an array. Close other programs, or take "
     "smaller images (--size) or fewer"),
    ({}, MemoryError(), "not enough memory. Close other programs")])
def test_too_little_memory_is_said(options, error, said, monkeypatch, capsys):
    def work(_):
        raise error

    class Parser(argparse.ArgumentParser):
        def parse_args(self, *_):
            return argparse.Namespace(run=work, **options)
    monkeypatch.setattr(cli, "parser", Parser)
    assert cli.main([]) == 1
    assert capsys.readouterr().err == f"tinycnn: {said}\n"


def test_draw_faces(tmp_path):
    status, out, _ = run("draw-faces", "--out", tmp_path / "drawn")
    assert status == 0
    assert "165 faces" in out
    assert len(tc.load_faces(tmp_path / "drawn")) == 165


def test_importing_tinycnn_draws_nothing_in():
    code = "import sys, tinycnn, tinycnn.commands.main; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
