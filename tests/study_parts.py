"""Tiny parts of a study for its tests; they stand in a module that worker processes can import.

Each leaves a file for every call, since it is called in another process.
"""

import collections
import multiprocessing
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import tinycnn as tc
from tinycnn.paper.study.rows import row, write_rows
from tinycnn.paper.study.runner.workers import processes
from tinycnn.paper.study.subject import Part


def note(calls, name, subject):
    calls.mkdir(exist_ok=True)
    (calls / f"{name} {subject.seed} {time.time_ns()}").touch()


def first_time(calls, name):
    try:
        os.close(os.open(calls / f"{name} began", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def size(calls, subject):
    note(calls, "size", subject)
    return [row(subject.seed, "size", "images", len(subject.data), step=step) for step in (1, 2)]


def weight(calls, subject):
    note(calls, "weight", subject)
    return [row(subject.seed, "weight", "first", next(iter(subject.net.params.values())).flat[0])]


def slow(calls, subject):
    note(calls, "slow", subject)
    if first_time(calls, "slow"):
        time.sleep(60)
    return [row(subject.seed, "slow", "done", 1)]


def failing(calls, subject):
    note(calls, "failing", subject)
    if subject.seed == 0:
        raise tc.NotFiniteError("infinity in the output of conv1")
    return []


def deadly(calls, subject):
    """The first call for seed 2 does not survive."""
    note(calls, "deadly", subject)
    if subject.seed == 2 and first_time(calls, "deadly"):
        os.kill(os.getpid(), signal.SIGKILL)
    return [row(subject.seed, "deadly", "survived", 1)]


def always_deadly(calls, subject):
    note(calls, "always_deadly", subject)
    time.sleep(0.5)     # Dask does not replace a worker that dies while it starts
    os.kill(os.getpid(), signal.SIGKILL)


def killed_while_its_result_goes_back():
    """A task whose process is killed when the result is on its way: 256 MB fit in no pipe.

    Its length is sent before it, so whoever reads it waits for as much."""
    task, size = threading.main_thread().ident, 1 << 28

    def kill():
        while True:
            frame = sys._current_frames()[task]
            if frame.f_code.co_name == "_send" and frame.f_locals.get("remaining", 0) >= size:
                os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    return bytes(size)


def parts_of(calls, *functions):
    return {f.__name__: Part(partial(f, calls), weight=9 - number)
            for number, f in enumerate(functions)}


def count_calls(calls):
    """{"size 0": how often `size` was called for seed 0, ...}."""
    return collections.Counter(file.name.rsplit(" ", 1)[0] for file in calls.glob("* * *"))


def written(rows, data, training, out):
    """In place of `write_study`: all rows, in study.csv."""
    write_rows(out / "study.csv", rows)
    return f"{sum(r.analysis != 'training' for r in rows)} rows measured"


def main():
    """The command line with tiny parts, for `python -c`: the folder of calls, then arguments."""
    from tinycnn.commands import main as cli
    from tinycnn.paper.study import parts
    from tinycnn.paper.study.pages import write
    calls, *arguments = sys.argv[1:]
    parts.PARTS = parts_of(Path(calls), size, slow)
    write.write_study = written
    sys.exit(cli.main(arguments))


def stop_after_half_a_result():
    """A main program that stops after a part of a result came, for `python -c`."""
    with processes(1) as workers:
        result = workers.executor.submit(killed_while_its_result_goes_back)
        while multiprocessing.active_children():
            time.sleep(0.02)
        assert not result.done()
        raise KeyboardInterrupt
