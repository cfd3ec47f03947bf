"""The machine of the measurement: processor, versions, and the number of threads."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__


@contextmanager
def one_blas_thread() -> Iterator[str]:
    """Limit NumPy's matrix products to one thread; gives what is known about them, in words.

    Without threadpoolctl the number of threads can only be set before NumPy starts. The command
    does this unless OPENBLAS_NUM_THREADS is set already.
    """
    try:
        import threadpoolctl
    except ImportError:
        threads = os.environ.get("OPENBLAS_NUM_THREADS", "?")
        yield f"BLAS kernel: unknown (pip install threadpoolctl), threads: {threads}"
        return
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        yield "; ".join(sorted({_blas(pool) for pool in threadpoolctl.threadpool_info()
                                if pool["user_api"] == "blas"})) or "BLAS kernel: unknown"


def _blas(pool: dict[str, Any]) -> str:
    kernel, threads = pool.get("architecture") or "unknown", pool["num_threads"]
    return (f"{pool['internal_api']} {pool['version']}, {kernel} kernels, {threads} "
            f"thread{'s' * (threads != 1)}")


def machine(against: str | None = None) -> dict[str, Any]:
    """Processor, system and versions, with the version of the other framework."""
    found = {"processor": _processor(), "processors": os.cpu_count(),
             "system": platform.platform(), "python": platform.python_version(),
             "numpy": np.__version__, "tinycnn": __version__}
    return found | ({against: version(against)} if against else {})


def _processor() -> str:
    """The processor's name if Linux gives it, else its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
