"""Fixtures for the tests of the lessons."""

import pytest
from helpers_lessons import TUTORIALS, load


@pytest.fixture(scope="session")
def build():
    """tutorials/build.py as a module."""
    for needed in ("jupytext", "nbclient", "nbformat"):
        pytest.importorskip(needed, reason="pip install -e '.[dev]'")
    return load(TUTORIALS / "build.py")


@pytest.fixture(scope="session")
def faces_folder(request):
    """The Yale faces where they are; None, which stands for the drawn ones, elsewhere."""
    try:
        return str(request.getfixturevalue("yale_folder"))
    except pytest.skip.Exception:
        return None
