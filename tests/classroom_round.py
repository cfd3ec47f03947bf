"""Grades all attacks, as the user who runs this, with the walls that this user can raise.

    python classroom_round.py RESULTS.json

Honest submissions are graded among them, at the same time.
"""

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from classroom_attacks import ATTACKS
from classroom_harm import HARM
from classroom_native import NATIVE

import tinycnn
from tinycnn.classroom import choose, grade_source
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.needed import Code, Statement
from tinycnn.classroom.sandbox import Sandbox, walls

EXERCISES = choose(["tanh.forward", "softmax.backward"])
STUBS = student_file(EXERCISES)
SOLVED = student_file(EXERCISES, solved=True)
TIMEOUT = 1.0


def whole(text):
    """All of a text is run, as one statement. Of a text only what the exercises need would be."""
    return Code(text, (Statement(1, text, ()),))


def graded(source, timeout=TIMEOUT):
    started = time.monotonic()
    grade = grade_source(whole(source), EXERCISES, seed=11, timeout=timeout, diagnose=False)
    return {"points": grade.points, "seconds": time.monotonic() - started,
            "printed": grade.printed, "reason": grade.reason, "off": grade.off,
            "messages": [r.message for r in grade.results]}


def alive():
    """Processes of sandboxes: they have a folder of this round in their environment."""
    found, mark = [], f"TMPDIR={tempfile.gettempdir()}/tinycnn-".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text()[:200])
        except OSError:
            continue
    return found


def owner(path):
    """Whose it is; None if it is gone, as what another test has may be at any moment."""
    try:
        return path.owner()
    except FileNotFoundError:
        return None


def main(out):
    with tempfile.TemporaryDirectory() as folder:
        neighbour, victim = Path(folder, "submissions", "neighbour.py"), Path(folder, "victim")
        neighbour.parent.mkdir()
        neighbour.write_text(SOLVED, encoding="utf-8")
        places = {"reference": Path(tinycnn.__file__).parent / "layers" / "tanh.py",
                  "neighbour": neighbour, "victim": victim, "grader": os.getpid()}
        # A sandbox of its own, so that it is known that living ones are seen.
        with Sandbox(whole(""), TIMEOUT) as sandbox:
            sandbox.ask([])
            assert alive()
        before, harmed, results, honest = set(Path("/dev/shm").glob("*")), [], {}, []

        def one(item):
            name, text = item
            results[name] = graded(STUBS + text.format(**places))
            if victim.exists() or neighbour.read_text(encoding="utf-8") != SOLVED:
                harmed.append(name)
            if len(results) % 12 == 0:
                honest.append(graded(SOLVED, timeout=10))

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, {**ATTACKS, **HARM, **NATIVE}.items()))
        left = set(Path("/dev/shm").glob("*")) - before
        for _ in range(120):        # what other tests have there goes with them; what is left stays
            left = {path for path in left if owner(path) == owner(Path(folder))}
            if not left:
                break
            time.sleep(0.5)
        out.write_text(json.dumps({
            "walls": [walls().standing, walls().missing, walls().line], "results": results,
            "honest": honest, "worth": sum(e.points for e in EXERCISES), "harmed": harmed,
            "user": os.getuid(), "priority": os.getpriority(os.PRIO_PROCESS, 0),
            "cores": len(os.sched_getaffinity(0)),
            "left": sorted(map(str, left)), "alive": alive(),
            "folders": [str(path) for path in Path(tempfile.gettempdir()).glob("tinycnn-*")]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
