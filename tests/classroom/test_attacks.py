"""Attacks on the grader gain no point, block nothing, leave nothing and touch nothing."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from classroom_attacks import ATTACKS
from classroom_harm import HARM
from classroom_native import C_CALLS, NATIVE
from classroom_round import whole

import tinycnn
from tinycnn.classroom import choose, grade_source, launch
from tinycnn.classroom.asking import InProcess, seed_of
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.grading import grade_answers
from tinycnn.classroom.needed import Code
from tinycnn.classroom.public import PUBLIC_SEED
from tinycnn.classroom.questions import layer_questions
from tinycnn.classroom.sandbox import Sandbox
from tinycnn.classroom.walls import TRIED

EXERCISES = choose(["tanh", "relu", "softmax"])
STUBS = student_file(EXERCISES)
SOLVED = student_file(EXERCISES, solved=True)
TIMEOUT = 1.0       # for code that hangs; on a busy machine right code may need more
PATIENT = 10.0


linux = pytest.mark.skipif(sys.platform != "linux", reason="these walls are those of Linux")


@pytest.fixture
def paths(tmp_path):
    neighbour = tmp_path / "submissions" / "neighbour.py"
    neighbour.parent.mkdir()
    neighbour.write_text(SOLVED, encoding="utf-8")
    return {"reference": Path(tinycnn.__file__).parent / "layers" / "tanh.py",
            "neighbour": neighbour, "victim": tmp_path / "victim", "grader": os.getpid()}


def alive(tokens):
    """The processes that have one of the tokens in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        found += [process.name for token in tokens if token.encode() in environment]
    return found


@pytest.fixture
def tokens(monkeypatch):
    """The tokens of all sandboxes of a test."""
    tokens, draw = [], secrets.token_hex

    def noted(n):
        tokens.append(draw(n))
        return tokens[-1]

    monkeypatch.setattr(secrets, "token_hex", noted)
    return tokens


@linux
def test_who_is_alive_is_seen(tokens):
    with Sandbox(Code("", ()), TIMEOUT) as sandbox:
        sandbox.ask([])
        assert str(sandbox._process.child.pid) in alive(tokens)
    assert alive(tokens) == []


@linux
def test_the_end_of_a_killed_process_is_waited_for(tokens, monkeypatch):
    """A process of another namespace, or a large one, ends some time after it was killed."""
    kill, timers = os.kill, []

    def late(process, signal):
        if not timers:
            timers.append(threading.Timer(0.5, kill, (process, signal)))
            timers[0].start()

    monkeypatch.setattr(launch.os, "kill", late)
    token = secrets.token_hex(16)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"],
                             env={"TINYCNN": token})
    threading.Thread(target=child.wait, daemon=True).start()
    end = time.monotonic() + 10
    while not alive([token]):       # the environment is there when the program has started
        assert time.monotonic() < end
        time.sleep(0.01)
    launch._kill_all_with(token.encode())
    assert alive([token]) == []


@pytest.mark.parametrize("name", [
    "a program without an event", "processes by all ways", "C by ctypes", "files everywhere",
    "signals to the grader", "a network", "all calls of C"])
def test_nor_does_it_where_the_gradient_check_runs_it(name, paths, tokens):
    attack = {**ATTACKS, **NATIVE}[name].format(**paths)
    if name in NATIVE:      # something has to be wrong, and not only unsolved
        attack += "\nTanh.forward = lambda self, x: (x, x)\n"
    grade = grade_source(whole(STUBS + attack), EXERCISES, seed=11, timeout=PATIENT)
    assert grade.points == 0
    assert "DONE" not in grade.printed
    assert "Tanh" in grade.reports
    assert not paths["victim"].exists()
    assert paths["neighbour"].read_text(encoding="utf-8") == SOLVED
    assert alive(tokens) == []


# --- all attacks, in all modes --------------------------------------------------------------------

MODES = ("root with bubblewrap", "a user with bubblewrap", "root without", "a user without")
USER = 12345
# A file system of its own for the grader, in which another user may read Python and tinycnn.
AS_USER = """
mkdir "$0/python" "$0/packages" "$0/tinycnn" "$0/tests"
mount --bind "$1" "$0/python" && mount --bind "$2" "$0/packages" &&
mount --bind "$3" "$0/tinycnn" && mount --bind "$4" "$0/tests" && shift 4 &&
exec setpriv --reuid=12345 --regid=12345 --clear-groups "$@"
"""


def modes_here():
    """The modes of this user, on this system."""
    if sys.platform != "linux":
        return []
    return MODES if os.geteuid() == 0 else [m for m in MODES if m.startswith("a user")]


@pytest.fixture(scope="module", params=modes_here())
def attacked(request):
    """What came of all attacks, in one mode; a process grades them."""
    with tempfile.TemporaryDirectory() as folder:       # pytest closes its own to other users
        yield request.param, results_of(request.param, Path(folder))


def results_of(mode, folder):
    folder.chmod(0o755)
    out = folder / "out"
    out.mkdir()
    out.chmod(0o777)
    tests, package = Path(__file__).parents[1], Path(tinycnn.__file__).parents[1]
    packages = Path(np.__file__).parents[1]
    environment = {"TMPDIR": str(out), "OPENBLAS_NUM_THREADS": "1", "HOME": str(out), "PATH": (
        os.environ["PATH"] if "with bubblewrap" in mode else str(out)),
        "PYTHONDONTWRITEBYTECODE": "1", "SECRET_OF_THE_GRADER": "t0ps3cret"}
    if "root" in mode or os.geteuid() != 0:
        environment["PYTHONPATH"] = f"{tests}:{package}:{packages}"
        command = [sys.executable, str(tests / "classroom_round.py")]
    else:
        environment["PYTHONPATH"] = f"{folder}/tests:{folder}/tinycnn:{folder}/packages"
        name = Path(os.path.realpath(sys._base_executable)).name
        command = [shutil.which("unshare"), "--mount", shutil.which("sh"), "-c", "PATH=" +
                   os.environ["PATH"] + AS_USER.replace("exec", f"PATH={environment['PATH']} exec "
                   ).replace("setpriv", shutil.which("setpriv")), str(folder), sys.base_prefix,
                   str(packages), str(package), str(tests), f"{folder}/python/bin/{name}",
                   f"{folder}/tests/classroom_round.py"]
    done = subprocess.run([*command, str(out / "results.json")], env=environment, cwd=out,
                          capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    found = json.loads((out / "results.json").read_text())
    assert found["user"] == (0 if "root" in mode else USER if os.geteuid() == 0
                             else os.geteuid())
    return found


@linux
def test_attacks_gain_nothing_and_block_nothing(attacked):
    _, found = attacked
    assert set(found["results"]) == {*ATTACKS, *HARM, *NATIVE}
    assert {name: r["points"] for name, r in found["results"].items() if r["points"]} == {}
    assert [n for n, r in found["results"].items() if not r["reason"] and not all(r["messages"])
            ] == []
    slow = {name: r["seconds"] for name, r in found["results"].items() if r["seconds"] > 30}
    assert slow == {}


@linux
def test_attacks_do_nothing_of_what_they_try(attacked):
    """Also those that get past the hook; that they do is seen, too."""
    _, found = attacked
    assert {n: r["printed"] for n, r in found["results"].items() if "DONE" in r["printed"]} == {}
    assert "t0ps3cret" not in json.dumps(found)
    for name in NATIVE:
        assert "PAST THE HOOK" in found["results"][name]["printed"], name


@linux
def test_attacks_harm_nobody_and_leave_nothing(attacked):
    _, found = attacked
    assert found["harmed"] == []
    assert found["left"] == found["folders"] == found["alive"] == []
    assert found["priority"] == 0
    assert found["cores"] == len(os.sched_getaffinity(0))
    assert len(found["honest"]) > 5
    assert {honest["points"] for honest in found["honest"]} == {found["worth"]}


@linux
def test_the_walls_that_are_said_to_stand(attacked):
    mode, found = attacked
    standing, missing, line = found["walls"]
    if "with bubblewrap" in mode:
        assert missing == []
        assert line.startswith("walls: bubblewrap, Landlock, seccomp. A submission cannot ")
        assert "To raise" not in line
    else:
        assert missing == [TRIED["fill"]]
        assert "apt-get install bubblewrap" in line
    assert sorted(standing + missing) == sorted(TRIED.values())


def test_there_are_enough_of_them():
    assert len({**ATTACKS, **HARM, **NATIVE}) >= 90
    assert len(C_CALLS) >= 60


def test_the_same_tests_see_an_attack_that_works(paths):
    """What an attack would have to do: np.tanh itself gains the points of two checks and more."""
    source = STUBS + "\nTanh.forward = lambda self, x: (np.tanh(x), np.tanh(x))\n"
    grade = grade_source(source, EXERCISES, seed=11, timeout=PATIENT, diagnose=False)
    assert grade.points == 10


def memorised(seed):
    """A Tanh.forward that knows the answers to one seed by heart."""
    table = {}
    for check in EXERCISES[0].checks:
        for question in layer_questions(EXERCISES[0], check, seed):
            for step in question.steps:
                if step.call["do"] == "forward":
                    for dtype in ("<f8", "<f4"):
                        x = step.call["arguments"]["x"].astype(dtype)
                        table[x.tobytes()] = step.right["y"].astype(dtype).tobytes()
    return (f"\nTABLE = {table!r}\ndef forward(self, x):\n"
            "    y = np.frombuffer(TABLE[x.tobytes()], x.dtype).reshape(x.shape).copy()\n"
            "    return y, y\nTanh.forward = forward\n")


def test_answers_known_by_heart_are_worth_nothing_with_other_numbers():
    source = STUBS + memorised(seed_of(EXERCISES[0], PUBLIC_SEED))
    known = grade_source(source, EXERCISES, PUBLIC_SEED, timeout=PATIENT, diagnose=False)
    assert known.points == 10
    assert grade_source(source, EXERCISES, 11, timeout=PATIENT, diagnose=False).points == 0


def test_a_loop_costs_its_own_check_alone():
    source = SOLVED + """
right = Tanh.forward
def forward(self, x):
    while x.max() > 1000:       # huge numbers, in the hidden check
        pass
    return right(self, x)
Tanh.forward = forward
"""
    grade = grade_source(source, EXERCISES, 11, timeout=TIMEOUT, diagnose=False)
    lost = [(r.exercise.name, r.check.name) for r in grade.results if not r.passed]
    assert lost == [("tanh.forward", "unusual")]
    assert any("no answer within 1 s" in r.message for r in grade.results)


def test_a_loop_in_forward_costs_backward_nothing():
    source = SOLVED + "\ndef forward(self, x):\n    while True: pass\nTanh.forward = forward\n"
    grade = grade_source(source, EXERCISES, 11, timeout=TIMEOUT, diagnose=False)
    assert {r.exercise.name for r in grade.results if not r.passed} == {"tanh.forward"}


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells who is still alive")
def test_a_process_that_left_the_group_is_killed_too():
    """No submission gets this far: this side starts the process, without the hook."""
    with Sandbox(Code("", ()), TIMEOUT) as sandbox:
        assert sandbox.ask([]) == []
        token = sandbox._process.token
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
                                 env={"TINYCNN": token}, start_new_session=True)
        environment, deadline = Path(f"/proc/{child.pid}/environ"), time.monotonic() + 20
        while token.encode() not in environment.read_bytes():   # it needs a moment to start
            assert time.monotonic() < deadline
    try:
        assert child.wait(20) == -9
    finally:
        child.kill()
        child.wait()


def test_what_a_submission_says_is_fit_to_be_shown():
    source = STUBS + """
def forward(self, x):
    raise ValueError("\\x1b[2J<script>alert(1)</script>" + "x" * 10**6)
Tanh.forward = forward
"""
    grade = grade_source(source, EXERCISES, 11, timeout=PATIENT, diagnose=False)
    message = grade.results[0].message
    assert "\x1b" not in message
    assert len(message) < 1000


def test_the_hook_lets_honest_code_work():
    source = whole(SOLVED + """
import os, math, functools, itertools, collections, dataclasses, typing, warnings, time, random
os.environ["OMP_NUM_THREADS"] = "1"
@dataclasses.dataclass
class Helper:
    n: int = 1
Point = collections.namedtuple("Point", "x y")
np.random.default_rng(0).normal(), np.linalg.norm([3, 4]), np.fft.fft([1, 2])
from numpy.lib.stride_tricks import sliding_window_view
with open("notes.txt", "w") as file:
    file.write("x")
assert open("notes.txt").read() == "x"
print("hello")
""")
    grade = grade_source(source, EXERCISES, 11, timeout=PATIENT)
    assert not grade.reason, grade.reason
    assert grade.points == 60
    assert grade.printed == "hello\n"


def test_in_this_process_the_numbers_are_the_same():
    namespace = {}
    exec(SOLVED, namespace)
    assert all(r.passed for r in grade_answers(InProcess(namespace), EXERCISES, 11))


@pytest.mark.skipif(os.name != "posix", reason="limits are those of POSIX")
def test_the_limits_are_set():
    source = STUBS + """
def forward(self, x):
    import resource
    for name in ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC"):
        assert resource.getrlimit(getattr(resource, name))[1] != -1, name
    resource.setrlimit(resource.RLIMIT_CPU, (-1, -1))
Tanh.forward = forward
"""
    grade = grade_source(source, EXERCISES, 11, timeout=PATIENT, diagnose=False)
    assert "does not allow resource.setrlimit" in grade.results[0].message
    assert all("processes" in line for line in grade.off)       # as root only


def test_a_forward_that_ends_the_process_costs_backward_nothing():
    source = SOLVED + "\nimport os\nTanh.forward = lambda self, x: os._exit(0)\n"
    grade = grade_source(source, EXERCISES, 11, timeout=PATIENT)
    assert {r.exercise.name for r in grade.results if not r.passed} == {"tanh.forward"}
    assert "exit status 0" in grade.results[0].message
    assert not grade.reports
