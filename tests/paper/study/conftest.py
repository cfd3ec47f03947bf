"""What the tests of a study share."""

import pytest

from tinycnn.figures import style


@pytest.fixture(scope="module")
def few_pixels():
    """For tests that read the text of a report: half of its time is drawing a dozen figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "DPI", 30)
        yield
