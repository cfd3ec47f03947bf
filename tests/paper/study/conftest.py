"""What the tests of a study share."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.figures import style


@pytest.fixture(scope="module")
def few_pixels():
    """For tests that read the text of a report: half of its time is drawing a dozen figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "DPI", 30)
        yield


@pytest.fixture(scope="session")
def places():
    """Thirty images of 3 classes: a bright row whose place is the class."""
    rng = np.random.default_rng(0)
    t = np.arange(30) % 3
    x = rng.random((30, 1, 14, 12)) / 2
    x[np.arange(30), 0, 4 * t, :] += 0.5
    return tc.dataset(x, t)
