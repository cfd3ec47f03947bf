"""What a full disk does, without one."""

import os
from contextlib import contextmanager

import pytest

has_limits = pytest.mark.skipif(os.name != "posix", reason="Windows has no limit for files")


@contextmanager
def largest_file(size):
    """Inside, no file can grow beyond so many bytes (Unix)."""
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
