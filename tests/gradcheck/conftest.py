"""Fixtures for the tests of gradcheck."""

import pytest

from tinycnn.gradcheck import examination


@pytest.fixture
def twenty_seeds(monkeypatch):
    """A function that goes over seeds 0 to 19.

    After the first, nothing is compared with central differences, which take most of the time; the
    comparison with tinycnn's own layers stays.
    """
    def seeds():
        for seed in range(20):
            if seed == 1:
                monkeypatch.setattr(examination, "measure", lambda *_: {})
            yield seed

    return seeds
