"""The runner of a study: nothing lost, nothing done twice, whatever happens to its workers."""

import io
import logging
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from small_disk import has_limits, largest_file
from study_parts import (
    always_deadly,
    count_calls,
    deadly,
    failing,
    parts_of,
    size,
    weight,
    written,
)

import tinycnn as tc
from tinycnn.commands import main as cli
from tinycnn.output.whole_file import NotWrittenError
from tinycnn.paper.study.rows import Row
from tinycnn.paper.study.runner.progress import StudyProgress
from tinycnn.paper.study.runner.run import run_study
from tinycnn.paper.study.runner.workers import StudyError
from tinycnn.paper.study.subject import Part, Training, train_network

TRAINING = Training(epochs=1)
unix = pytest.mark.skipif(os.name != "posix", reason="signals and groups of processes are Unix's")


@pytest.fixture(scope="module")
def faces():
    return tc.drawn_faces(people=2)


@pytest.fixture
def study(faces, tmp_path):
    """Calls `run_study` in a folder of its own, with default arguments."""
    def run(*functions, seeds=2, **others):
        given = {"training": TRAINING, "jobs": 2, "data": faces, "out": tmp_path / "out", **others}
        return run_study(parts=parts_of(tmp_path / "calls", *functions), seeds=range(seeds),
                         **given)
    yield run
    assert not [process for process in multiprocessing.active_children()
                if not process.name.startswith("Dask")]


def measured(rows):
    return [r.analysis for r in rows if r.analysis != "training"]


def calls(tmp_path):
    return count_calls(tmp_path / "calls")


def test_all_rows_in_order_and_done_once(study, faces, tmp_path, caplog):
    caplog.set_level(logging.INFO, "tinycnn")
    told = []
    rows = study(weight, size, progress=lambda *news: told.append(news))
    assert "training and analysing 2 networks, 2 at a time, on " + faces.name in caplog.messages[0]
    params, trained = train_network(faces, 1, TRAINING)
    assert [(r.seed, r.analysis) for r in rows] == [
        (seed, name) for seed in (0, 1)
        for name in (*["training"] * len(trained), "weight", "size", "size")]
    assert [r for r in rows if (r.seed, r.analysis) == (1, "training")] == trained
    # Not equal to the last bit: a test process may have more BLAS threads than a worker.
    assert rows[-3].value == pytest.approx(next(iter(params.values())).flat[0], rel=1e-4)
    assert rows[-1] == Row(1, "size", "", "", "", "", 2, "images", 22.0)

    assert [done for done, *_ in told] == list(range(7))
    assert {total for _, total, *_ in told} == {6}
    assert told[0][3] == ""
    assert {last for *_, last in told[1:]} == {
        f"seed {seed}, {part}" for seed in (0, 1) for part in ("network", "weight", "size")}
    assert told[-1][2] == 0

    before = calls(tmp_path)
    assert study(weight, size) == rows
    assert "6 of 6 tasks are done already" in caplog.messages[-1]
    more = study(weight, size, seeds=3)
    assert more[:len(rows)] == rows
    assert calls(tmp_path) - before == {"weight 2": 1, "size 2": 1}
    assert study(weight, size, seeds=1) == rows[:len(rows) // 2]
    assert sorted(file.name for file in (tmp_path / "out/seeds/0").iterdir()) == [
        "digests.json", "network.csv", "network.npz", "size.csv", "weight.csv"]


def test_the_longest_part_comes_first_and_time_left_follows_the_pace(study, monkeypatch):
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("tinycnn.paper.study.runner.run.time", clock)
    told = []

    def progress(done, total, left, last):
        told.append((last, left))
        now[0] += 10

    study(size, weight, seeds=1, jobs=1, progress=progress)      # weights 0.04, 9 and 8
    assert [last for last, _ in told] == ["", "seed 0, network", "seed 0, size", "seed 0, weight"]
    assert [left for _, left in told] == pytest.approx([
        17.04, 17 * (10 + 20) / (0.04 + 20), 8 * (20 + 20) / (9.04 + 20), 0])


def test_a_stop_keeps_what_is_finished(study, tmp_path):
    def stop(done, *_):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="3 of 6 tasks are done, and the same command"):
        study(weight, size, progress=stop)
    there = sorted((tmp_path / "out/seeds").glob("*/*"))
    assert not [file for file in there if file.suffix == ".part"]
    times = {file: file.stat().st_mtime_ns for file in there if file.name != "digests.json"}
    assert measured(study(weight, size)) == ["weight", "size", "size"] * 2
    assert {file: file.stat().st_mtime_ns for file in times} == times


def test_damaged_files_are_made_again(study, tmp_path, caplog):
    rows = study(size, weight)
    first, second = tmp_path / "out/seeds/0", tmp_path / "out/seeds/1"
    whole = {file: file.read_bytes() for file in [*first.iterdir(), *second.iterdir()]}

    def cut(file, end):
        file.write_bytes(whole[file][:end])

    cut(first / "size.csv", -20)
    cut(second / "size.csv", whole[second / "size.csv"].rindex(b"\n1,") + 1)     # a whole line
    cut(first / "network.npz", 0)
    (second / "network.csv").unlink()
    (second / "weight.csv").unlink()
    assert study(size, weight) == rows
    assert {file: file.read_bytes() for file in whole} == whole
    assert calls(tmp_path) == {"size 0": 2, "size 1": 2, "weight 0": 1, "weight 1": 2}
    changed = (first / "size.csv", first / "network.npz", second / "size.csv")
    assert {record.getMessage() for record in caplog.records if "made again" in record.msg} == {
        *(f"{file}: incomplete or changed; it is made again" for file in changed),
        f"{second / 'network.csv'}: missing; it is made again"}      # weight.csv has no other file
    (second / "digests.json").write_text("{")
    assert study(size, weight) == rows
    assert calls(tmp_path) == {"size 0": 2, "size 1": 3, "weight 0": 1, "weight 1": 3}


@has_limits
def test_a_full_disk_is_said_and_nothing_finished_is_lost(study, tmp_path):
    rows = study(size, seeds=1)
    with largest_file(20_000), pytest.raises(NotWrittenError, match=re.escape(
            f"{tmp_path / 'out/seeds/1/network.npz'}: could not be written (File too large). Raise"
            )):
        study(size)
    assert "network.npz" not in os.listdir(tmp_path / "out/seeds/1")
    assert [r for r in study(size) if r.seed == 0] == rows
    assert calls(tmp_path) == {"size 0": 1, "size 1": 1}


def test_the_command_says_what_is_kept(two_people, tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise NotWrittenError("seeds/3/size.csv: could not be written")
    monkeypatch.setattr("tinycnn.paper.study.runner.run.run_study", full)
    (tmp_path / "seeds").mkdir()
    assert cli.main(["study", "--data", str(two_people), "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "tinycnn: seeds/3/size.csv: could not be written. What was done is kept in "
        f"{tmp_path / 'seeds'}: the same command goes on from there\n")


@pytest.fixture
def command(two_people, tmp_path, monkeypatch):
    """Calls `tinycnn study --seeds` with two tiny parts; returns study.csv."""
    monkeypatch.setattr("tinycnn.paper.study.parts.PARTS",
                        parts_of(tmp_path / "calls", size, weight))
    monkeypatch.setattr("tinycnn.paper.study.pages.write.write_study", written)

    def run(seeds, out):
        assert cli.main(["study", "--data", str(two_people), "--epochs", "1", "--jobs", "2",
                         "--seeds", seeds, "--out", str(tmp_path / out)]) == 0
        return (tmp_path / out / "study.csv").read_bytes()
    return run


def test_seeds_in_parts_are_the_whole(command, tmp_path):
    whole = command("3", "whole")
    assert [int(line.split(b",")[0]) for line in whole.splitlines()[1:]] == sorted(
        [0, 1, 2] * (len(whole.splitlines()) // 3))
    # One folder, part by part, in any order.
    header, *lines = whole.splitlines(keepends=True)
    last = header + b"".join(line for line in lines if line.startswith(b"2,"))
    assert command("2:3", "parts") == last
    assert command("0:2", "parts") + last.removeprefix(header) == whole
    before = calls(tmp_path)
    assert command("3", "parts") == command("0:3", "parts") == whole
    # Two machines, and what is in seeds/ copied from one to the other.
    command("0:1", "first")
    command("1:3", "second")
    shutil.copytree(tmp_path / "second/seeds", tmp_path / "first/seeds", dirs_exist_ok=True)
    there = {file: file.stat().st_mtime_ns for file in (tmp_path / "first/seeds").glob("*/*")}
    assert command("3", "first") == whole
    assert {file: file.stat().st_mtime_ns for file in there} == there
    assert calls(tmp_path) - before == dict.fromkeys(before, 1)     # nothing was done twice


@pytest.mark.parametrize(("seeds", "words"), [
    ("5:5", "'5:5' is no seed at all: A:B are the seeds A to B-1"),
    ("3:1", "'3:1' is no seed at all"), ("0", "expected 1 or more, got '0'"),
    *((text, f"expected a number, or two as in 0:25, got {text!r}")
      for text in ("a:b", "-1:3", "-3", "1:2:3", "1:", ":", "", "2.5", "1e3", "3 : 4"))])
def test_seeds_that_are_none(seeds, words, tmp_path, capsys):
    with pytest.raises(SystemExit):
        cli.main(["study", f"--seeds={seeds}", "--out", str(tmp_path / "out")])
    assert capsys.readouterr().err.splitlines()[-1].startswith(
        f"tinycnn study: error: argument --seeds: {words}")
    assert not (tmp_path / "out").exists()


def test_another_study_is_refused(study, faces, tmp_path):
    study(seeds=1)
    with pytest.raises(ValueError, match=r"epochs 1 there, 2 here.*--out"):
        study(training=Training(epochs=2))
    with pytest.raises(ValueError, match=r"\(images and labels changed\)"):
        study(data=tc.drawn_faces(people=3))
    given = replace(faces, test_part=np.arange(len(faces)) < 5)
    with pytest.raises(ValueError, match=r"\(given split "):
        study(data=given)
    study(seeds=1, data=given, out=tmp_path / "given")
    with pytest.raises(ValueError, match=r"\(given split "):
        study(out=tmp_path / "given")
    (tmp_path / "out/study.json").write_text('{"tinycnn": ')
    with pytest.raises(ValueError, match=r"study\.json: damaged"):
        study()
    (tmp_path / "out/study.json").unlink()
    with pytest.raises(ValueError, match=r"no study\.json"):
        study()


def test_a_failing_part_does_not_stop_the_others(study, tmp_path):
    words = "^seed 0, failing: NotFiniteError: infinity in the output of conv1. What is finished"
    with pytest.raises(StudyError, match=words) as caught:
        study(failing, size)
    assert isinstance(caught.value.__cause__, tc.NotFiniteError)
    assert calls(tmp_path) == {f"{name} {seed}": 1 for name in ("failing", "size")
                               for seed in (0, 1)}
    with pytest.raises(StudyError, match=r"^seed 0, failing"):
        study(failing, size)
    assert calls(tmp_path)["failing 0"] == 2
    assert calls(tmp_path).total() == 5


def test_a_failing_network_takes_its_parts_along(study, tmp_path):
    told = []
    with pytest.raises(StudyError, match=r"^seed 0, network: ValueError: .*learning_rate > 0.*; 1 "
                                         "more failed: seed 1, network"):
        study(size, training=Training(1, learning_rate=0), progress=lambda *a: told.append(a[:2]))
    assert told == [(0, 4), (2, 4), (4, 4)]
    assert not (tmp_path / "calls").exists()


@unix
def test_a_worker_that_is_killed_costs_what_was_under_way(study, tmp_path, caplog):
    rows = study(size, deadly, weight, seeds=4)
    assert measured(rows) == ["size", "size", "deadly", "weight"] * 4
    assert "a worker was killed" in caplog.text
    found = calls(tmp_path)
    assert len(found) == 12
    # Two tasks at a time: one more may have run when the worker died, on a busy machine any.
    again = {task: times for task, times in found.items() if times != 1}
    assert again["deadly 2"] == 2
    assert len(again) <= 2
    assert set(again.values()) == {2}


@unix
def test_workers_that_are_always_killed(study, tmp_path):
    with pytest.raises(StudyError, match=r"3 times in a row a worker was killed, the last time "
                                         r"during seed 0, always_deadly\. Likely cause: too little "
                                         "memory, try a smaller --jobs"):
        study(size, always_deadly, seeds=1)
    assert calls(tmp_path) == {"size 0": 1, "always_deadly 0": 3}


# --- Ctrl-C in a terminal ---------------------------------------------------------------------

def start(command, *arguments):
    # If a shell started pytest in the background, child processes would ignore Ctrl-C.
    return subprocess.Popen([sys.executable, *command, *map(str, arguments)],
                            cwd=Path(__file__).parents[2], start_new_session=True, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def ctrl_c(process):
    """Press Ctrl-C as in a terminal; then no process may be left."""
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "the same command goes on from there" in err.splitlines()[-1]
    assert not out
    until_it_is_gone(process.pid)


def until_it_is_gone(group):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    os.killpg(group, signal.SIGKILL)
    pytest.fail("processes were left")


def start_long_study(two_people, out):
    return start(["-m", "tinycnn"], "study", "--jobs", 2, "--epochs", 100000, "--data", two_people,
                 "--out", out)


@unix
@pytest.mark.parametrize("wait", [0.1, 1])
def test_ctrl_c_while_workers_start_or_train(two_people, tmp_path, wait):
    process = start_long_study(two_people, tmp_path)
    assert "10 networks, 2 at a time" in process.stderr.readline()
    time.sleep(wait)
    ctrl_c(process)
    assert [file.name for file in tmp_path.iterdir()] == ["study.json"]


TINY_PARTS = ["-c", "import study_parts; study_parts.main()"]


@unix
def test_going_on_after_ctrl_c(two_people, tmp_path):
    arguments = [tmp_path / "calls", "study", "--seeds", 2, "--jobs", 2, "--epochs", 1, "--data",
                 two_people, "--out", tmp_path / "out"]
    process = start(TINY_PARTS, *arguments)
    for line in process.stderr:
        if line.startswith("5/6"):      # the last one sleeps
            break
    ctrl_c(process)
    process = start(TINY_PARTS, *arguments)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.splitlines()[0] == "6 rows measured"
    assert "5 of 6 tasks are done already" in err
    counts = count_calls(tmp_path / "calls")
    assert (counts["size 0"], counts["size 1"], counts["slow 0"] + counts["slow 1"]) == (1, 1, 3)


@unix
def test_a_stop_in_the_middle_of_a_result_ends():
    """The rest of the result never comes, so nobody may wait for it."""
    process = start(["-c", "import study_parts; study_parts.stop_after_half_a_result()"])
    try:
        _, err = process.communicate(timeout=60)
    finally:
        until_it_is_gone(process.pid)
    assert err.endswith("KeyboardInterrupt\n")


@unix
def test_workers_end_with_a_killed_main_process(two_people, tmp_path):
    process = start_long_study(two_people, tmp_path)
    process.stderr.readline()
    time.sleep(1)
    process.kill()
    process.communicate(timeout=20)
    until_it_is_gone(process.pid)


# --- a cluster --------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="needs Dask: pip install distributed")
    with distributed.LocalCluster(n_workers=2, processes=True, threads_per_worker=1,
                                  dashboard_address=":0") as cluster:
        yield cluster


@pytest.fixture
def address(cluster):
    """The scheduler's address, when both workers are there: one may have to start again."""
    cluster.wait_for_workers(2, timeout=60)
    return cluster.scheduler_address


@unix
def test_a_worker_of_a_cluster_that_is_killed(study, address, tmp_path):
    try:
        rows = study(size, deadly, weight, seeds=4, dask=address)
    except StudyError as error:
        # Dask takes a result for an error, and unpacks it, if its worker dies in that very moment.
        # Then a user calls the same study again, and it goes on.
        if "values to unpack" not in str(error):
            raise
        rows = study(size, deadly, weight, seeds=4, dask=address)
    assert measured(rows) == ["size", "size", "deadly", "weight"] * 4
    assert calls(tmp_path)["deadly 2"] == 2
    before = calls(tmp_path)
    assert study(size, deadly, weight, seeds=4) == rows    # the same study, without the cluster
    assert calls(tmp_path) == before


@unix
def test_a_task_that_kills_every_worker_of_a_cluster(study, address, tmp_path):
    with pytest.raises(StudyError, match=r"seed 0, always_deadly: its worker was killed each time"
                                         r"\. Likely cause: too little memory"):
        study(always_deadly, size, seeds=1, dask=address)
    assert calls(tmp_path)["size 0"] >= 1


# --- what is shown ----------------------------------------------------------------------------

class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_one_line_and_keeps_warnings():
    stream = Terminal()
    progress = StudyProgress(stream)
    progress(0, 12, 754, "")
    progress(1, 12, 60, "seed 0, network")
    stream.write("a worker was killed\n")
    progress(1, 12, 60, "")
    progress(2, 12, 50, "seed 0, size")
    up_and_clear = "\x1b[1A\x1b[2K"
    assert stream.getvalue().splitlines() == [
        " 0/12  12:34 left", up_and_clear + " 1/12  1:00 left  seed 0, network",
        "a worker was killed", " 1/12  1:00 left", up_and_clear + " 2/12  0:50 left  seed 0, size"]


def test_a_log_gets_plain_lines():
    stream = io.StringIO()
    progress = StudyProgress(stream)
    for done in range(221):
        progress(done, 220, 1.0, f"seed {done}, size" if done else "")
    lines = stream.getvalue().splitlines()
    assert 30 < len(lines) <= 41
    assert lines[-1] == "220/220  0:01 left  seed 220, size"
    assert "\x1b" not in stream.getvalue()


def test_parts_are_what_the_command_runs():
    from tinycnn.paper.study.parts import PARTS
    assert PARTS
    assert all(isinstance(part, Part) and part.weight > 0 for part in PARTS.values())
    assert "network" not in PARTS
