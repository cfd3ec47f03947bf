"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

# As on the command line: a second BLAS thread gains nothing on matrices of this size. tinycnn sets
# the same, but a test may import NumPy before tinycnn.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture
def one_thread():
    """On a busy machine, two threads of PyTorch wait for each other."""
    torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def two_people(tmp_path_factory) -> Path:
    """A folder with 22 of the drawn faces: to read them is faster than to draw all 165."""
    from tinycnn.datasets.drawn import save_drawn_faces
    return save_drawn_faces(tmp_path_factory.mktemp("faces"), people=2)[0].parent


@pytest.fixture(scope="session")
def yale_folder() -> Path:
    """The folder of the real Yale faces; tests that need it are skipped if it is absent."""
    places = [REPOSITORY / "datasets/yalefaces", REPOSITORY.parent / "shared/datasets/yalefaces"]
    if "TINYCNN_YALE" in os.environ:
        places = [Path(os.environ["TINYCNN_YALE"])]
    for place in places:
        if place.is_dir():
            return place
    pytest.skip(f"the Yale faces are not at {' or '.join(map(str, places))}; "
                f"set TINYCNN_YALE to their folder")
