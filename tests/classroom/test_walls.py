"""The walls round a submission: what they let through, what they say, and that all of it ends."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from classroom_round import EXERCISES, SOLVED, whole

from tinycnn.classroom import grade_source, launch
from tinycnn.classroom import walls as walls_module
from tinycnn.classroom.bubblewrap import FOLDER, wrapped
from tinycnn.classroom.launch import Crash, Hang, NotStarted, Process
from tinycnn.classroom.process.probe import possible
from tinycnn.classroom.sandbox import Sandbox, walls
from tinycnn.classroom.walls import TRIED, Walls

linux = pytest.mark.skipif(sys.platform != "linux", reason="these walls are those of Linux")
BWRAP = shutil.which("bwrap") or ""
WAYS = ["", BWRAP] if BWRAP else [""]


def said(code, timeout=20.0):
    """What some code prints, and why it failed."""
    with Sandbox(whole(code), timeout) as sandbox:
        sandbox.ask([])
        return sandbox.printed, " ".join(sandbox.reasons.sentences)


@pytest.fixture(params=WAYS, ids=lambda way: "bubblewrap" if way else "none")
def way(request, monkeypatch):
    """With bubblewrap where it is installed, and without."""
    monkeypatch.setattr("tinycnn.classroom.sandbox.walls",
                        lambda: Walls([], [], "", request.param, True))
    return request.param


# --- what honest code does ------------------------------------------------------------------------

@linux
def test_all_of_the_standard_library_can_be_imported(way):
    printed, failed = said("""
import importlib, sys
for name in sorted(sys.stdlib_module_names - {"antigravity", "this", "turtledemo", "__main__"}):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:        # not on this system, or not for submissions
        if name in ("unittest", "pdb", "doctest", "asyncio", "socket", "subprocess", "signal",
                    "multiprocessing", "ctypes", "concurrent", "sqlite3", "resource", "mmap"):
            print(name, error)
    except BaseException as error:
        print(name, type(error), error)
""")
    assert (printed, failed) == ("", "")


@linux
@pytest.mark.parametrize("code", [
    "from numpy import *\nassert tanh(0) == 0",
    "import numpy as np\nnp.testing.assert_allclose(1, 1)\nnp.show_config()\nnp.info(np.tanh)",
    "import numpy.f2py, numpy.ctypeslib, numpy.random, numpy.polynomial",
    "import unittest\nunittest.TestCase().assertEqual(1, 1)",
    "import tempfile\nwith tempfile.TemporaryFile() as file:\n    file.write(b'x')",
    "from collections import namedtuple\nnamedtuple('P', 'x y', defaults=[0])(1)",
    "import types\n@types.coroutine\ndef f():\n    yield",
    "import os, time, platform\nos.cpu_count(), time.sleep(0.01), platform.python_version()",
    "import sqlite3, decimal, zoneinfo, urllib.request, concurrent.futures, logging.handlers",
    "import numpy as np\nnp.linalg.svd(np.random.default_rng(0).normal(size=(200, 200)))",
    "import os\nos.mkdir('a')\nopen('a/b', 'w').write('x')\nos.rename('a/b', 'c')\nos.remove('c')"])
def test_honest_code_does_not_notice_them(way, code):
    assert said(code)[1] == ""


@pytest.mark.parametrize(("code", "refused"), [
    ("import subprocess\nsubprocess.run(['true'])", "subprocess.Popen"),
    ("import os\nos.system('true')", "os.system"),
    ("import socket\nsocket.socket()", "socket"),
    ("import ctypes\nctypes.CDLL(None)", "ctypes.dlopen"),
    ("import torch", "NumPy and Python's standard library"),
    ("open('/etc/passwd')", "a file or folder such as '/etc/passwd'"),
    ("for n in range(999):\n    open(f'f{n}', 'w').close()", "so many files")])
def test_what_is_refused_is_said_when_it_is_used(code, refused):
    assert refused in said(code)[1]


# --- what they say --------------------------------------------------------------------------------

def measured(monkeypatch, can, path=""):
    walls.cache_clear()
    monkeypatch.setattr(walls_module, "_probed", lambda bubblewrap, kernel: can and {
        "possible": can, "off": ["seccomp (for a test)"]})
    monkeypatch.setattr(shutil, "which", lambda name: path or None)
    found = walls()
    walls.cache_clear()
    return found


@linux
def test_the_probe_measures_and_does_not_assume(monkeypatch, tmp_path):
    """It sees that this process has no walls, and that without bubblewrap one is missing."""
    assert {"read", "write", "start", "connect", "signal"} <= set(
        possible(__file__, str(tmp_path), os.getpid()))
    monkeypatch.setenv("PATH", "/nowhere")
    walls.cache_clear()
    found = walls()
    walls.cache_clear()
    assert found.missing == [TRIED["fill"]]


def test_what_is_missing_comes_with_the_command_that_raises_it(monkeypatch):
    found = measured(monkeypatch, ["fill"])
    assert found.missing == [TRIED["fill"]]
    assert len(found.standing) == len(TRIED) - 1
    assert found.advice in found.line
    assert found.line.startswith("walls: ")
    assert "seccomp" not in found.line.partition(";")[0]
    if sys.platform == "linux":
        assert "apt-get install bubblewrap" in found.advice


def test_nothing_is_graded_if_no_process_can_be_started(monkeypatch):
    with pytest.raises(NotStarted, match="nothing was graded"):
        measured(monkeypatch, None)


@linux
def test_walls_behind_which_python_does_not_work_are_not_raised(monkeypatch):
    """A library of C that needs a system call which is not in the list, for example."""
    probed = walls_module._probed
    monkeypatch.setattr(walls_module, "_probed", lambda bubblewrap, kernel:
                        None if kernel else probed(bubblewrap, kernel))
    walls.cache_clear()
    found = walls()
    assert not found.kernel
    assert found.line.startswith("walls: none but an audit hook of Python. Only the audit hook")
    assert set(found.missing) >= {TRIED["read"], TRIED["connect"]}
    assert grade_source(SOLVED, EXERCISES, 3).points == 20
    walls.cache_clear()


@linux
def test_a_process_that_does_not_start_is_no_fault_of_a_submission(monkeypatch):
    walls()
    monkeypatch.setattr(launch, "HERE", Path("/nowhere"))
    with pytest.raises(NotStarted):
        grade_source(SOLVED, EXERCISES, 3)


@linux
def test_bubblewrap_that_does_not_start_is_not_used(monkeypatch, tmp_path):
    """As in most containers, which cannot make namespaces."""
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    walls.cache_clear()
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = walls()
    walls.cache_clear()
    assert found.bubblewrap == ""
    assert "apt-get" not in found.advice        # it is installed


@linux
def test_an_older_bubblewrap_gets_the_folder_itself(tmp_path):
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho usage\n")
    old.chmod(0o755)
    command = wrapped(str(old), ["python"], ["/usr/lib"], "/tmp/own")
    assert "--size" not in command
    assert command[command.index("--bind"):][:3] == ["--bind", "/tmp/own", "/tmp/own"]


# --- the end --------------------------------------------------------------------------------------

@linux
def test_the_thread_of_a_process_that_hangs_ends(way):
    before = threading.active_count()
    process = Process(way, 10)
    process.exchange([[1, "def forward(self, x):\n    while True: pass", []]], 20)
    with pytest.raises(Hang):
        process.exchange([[{"do": "forward"}] * 10], 0.0)
    process.kill()
    assert not process.thread.is_alive()
    assert threading.active_count() <= before + 1       # the one that starts processes


@linux
def test_files_are_bounded_where_there_is_no_bubblewrap():
    """This side writes: a submission is stopped by the hook before."""
    process = Process("", 10)
    slow = "import time\nclass A:\n    def __init__(self):\n        time.sleep(60)"
    process.exchange([[1, slow, ["A"]]], 20)
    folder = Path(process.folder.name)
    for n in range(FOLDER // (1 << 20) + 1):
        (folder / str(n)).write_bytes(bytes(1 << 20))
    with pytest.raises(Crash, match="more than 16 MB of files"):
        process.exchange([[{"do": "build", "class": "A", "positional": [], "keywords": {}}]], 30)
    process.kill()
    assert not folder.exists()


GRADER = """
import sys, time
from classroom_round import EXERCISES, SOLVED, whole
from tinycnn.classroom.sandbox import Sandbox
sandbox = Sandbox(whole("while True: pass"), 300)
import threading
threading.Thread(target=lambda: sandbox.ask([]), daemon=True).start()
while sandbox._process is None:
    time.sleep(0.05)
print(sandbox._process.token, flush=True)
time.sleep(300)
"""


def with_token(token):
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if token.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().split("\0")[0])
        except OSError:
            continue
    return found


@linux
@pytest.mark.parametrize("path", [os.environ["PATH"], "/nowhere"], ids=["as it is", "no bwrap"])
def test_a_grader_that_is_killed_takes_its_sandboxes_along(path):
    environment = {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}
    grader = subprocess.Popen([sys.executable, "-c", GRADER], stdout=subprocess.PIPE, text=True,
                              env=environment)
    try:
        token = grader.stdout.readline().strip()
        assert len(token) == 32
        deadline = time.monotonic() + 60
        while not any("python" in command for command in with_token(token)):
            assert time.monotonic() < deadline
        time.sleep(1)       # so that the submission's loop runs
        assert with_token(token)
        grader.send_signal(signal.SIGKILL)
        grader.wait()
        while with_token(token):
            assert time.monotonic() < deadline, with_token(token)
    finally:
        grader.kill()
        grader.wait()
        grader.stdout.close()


@linux
def test_a_sandbox_outlives_the_thread_that_started_it(way):
    made = []
    thread = threading.Thread(target=lambda: made.append(Sandbox(whole("x = 1"), 10)) or
                              made[0].ask([]))
    thread.start()
    thread.join()
    time.sleep(0.3)
    with made[0] as sandbox:
        assert sandbox._process.child.poll() is None
        assert sandbox.ask([]) == []


def test_arrays_of_a_megabyte_go_both_ways(way):
    code = "class A:\n    params = {}\n    def forward(self, x):\n        return x + 1, None"
    x = np.zeros((1 << 17,))
    with Sandbox(whole(code), 20) as sandbox:
        (answers,) = sandbox.ask([[
            {"do": "build", "class": "A", "positional": [], "keywords": {}, "arguments": {}},
            {"do": "forward", "arguments": {"x": x}}]])
    assert np.array_equal(answers[1]["got"]["y"], x + 1)
