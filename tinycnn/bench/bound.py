"""What this machine can do: multiply-adds a second, and bytes copied a second, on one thread.

Both are the best of many tries, because no job should be faster than a bound: no job of tinycnn or
PyTorch multiplies faster than NumPy's large square products, or moves its numbers faster than a
copy that stays in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from .timing import Run, seconds
from .work import Work

GEMM_SIZES = (128, 256, 512, 1024)          # rows and columns of square matrices
IN_CACHE, IN_MEMORY = 2**17, 2**27          # bytes: 128 KiB, and 128 MiB, larger than most caches


@dataclass(frozen=True)
class Rates:
    """Measured rates, all in float32.

    Attributes:
        gemm: multiply-adds a second of `np.matmul`.
        gemm_size: the size of the square matrices that reached it.
        copy_in_cache, copy_in_memory: bytes copied a second (each read once and written once).
    """

    gemm: float
    gemm_size: int
    copy_in_cache: float
    copy_in_memory: float

    def least_seconds(self, work: Work) -> float:
        """The time of a job that multiplies at full speed, and finds all else in the cache."""
        return work.multiply_adds / self.gemm + work.copied / self.copy_in_cache


def measure_rates(patience: float = 0.3) -> Rates:
    """Measure all; `patience` is the number of seconds spent on each of the six rates."""
    gemm = {}
    for size in GEMM_SIZES:
        a, b, c = np.ones((3, size, size), np.float32)
        gemm[size] = size ** 3 / _best(partial(np.matmul, a, b, out=c), patience)
    fastest = max(gemm, key=lambda size: gemm[size])
    copy = []
    for size in (IN_CACHE, IN_MEMORY):
        source, target = np.ones((2, size // 4), np.float32)
        copy.append(size / _best(partial(np.copyto, target, source), patience))
    return Rates(gemm[fastest], fastest, *copy)


def _best(run: Run, patience: float) -> float:
    """The shortest of as many runs as fit into `patience` seconds, at least two."""
    run()
    best = spent = seconds(run)
    while spent < patience:
        took = seconds(run)
        best, spent = min(best, took), spent + took
    return best
