"""The workers of a study: processes on this machine, or the workers of a Dask cluster.

Both are a `concurrent.futures.Executor`, so the runner does not need to know which one it uses.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

log = logging.getLogger("tinycnn")

CONNECT_SECONDS = 10


class StudyError(RuntimeError):
    """A study that could not be finished, and why. What it had finished is kept."""


class Workers(NamedTuple):
    """An executor, and how many tasks it should be given at once."""

    executor: Executor
    at_once: int


@contextmanager
def processes(jobs: int) -> Iterator[Workers]:
    """`jobs` processes on this machine.

    They are spawned, not forked: that works the same on all systems, also with the threads of a
    Dask client or a notebook, and costs half a second. A script that calls this needs the usual
    `if __name__ == "__main__":`.

    They get no more tasks at once than there are processes. Each task carries the images with it,
    and if a worker is killed, only tasks that had begun are lost.
    """
    others = set(multiprocessing.active_children())
    pool = _Pool(jobs, multiprocessing.get_context("spawn"), initializer=_start_worker)
    try:
        yield Workers(pool, jobs)
    except BaseException:       # Ctrl-C too: nobody wants to wait until a training ends
        # A process may end in the middle of a result. The pool would wait for the rest for ever:
        # a pipe has no end as long as somebody can write to it, and so could we.
        pool._result_queue._writer.close()      # type: ignore[attr-defined]
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """All workers of the Dask cluster whose scheduler is at `address`.

    It gets all tasks at once, because workers may join it later. If a worker is lost, the
    scheduler gives its task to another one.

    Raises:
        StudyError: Dask is not installed.
        ConnectionError: no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise StudyError('--dask needs Dask: pip install distributed') from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConnectionError(f"--dask {address}: no Dask scheduler answers there; expected an "
                              "address such as tcp://10.0.0.5:8786") from error
    with client:        # at its end the scheduler drops all pending tasks
        threads = sum(client.nthreads().values())
        if threads:
            log.info("the cluster does %d tasks at a time", threads)
        else:
            log.warning("%s has no workers yet; waiting for some", address)
        # Not pure: a failed task must be tried again; pure tasks would return the old result.
        yield Workers(client.get_executor(pure=False), sys.maxsize)


class _Pool(ProcessPoolExecutor):
    """A pool whose processes never see Ctrl-C, which a terminal sends to all of them."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        # A process inherits the blocked signals of the thread that starts it, so block them here.
        # To ignore the signal in the process is too late: Ctrl-C may come before its first line.
        if sys.platform == "win32":
            return super().submit(fn, *args, **kwargs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker() -> None:
    """What a process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # for Windows, which cannot block it
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when its main process ends; it would wait for tasks for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
