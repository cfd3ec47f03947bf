"""Growth on log axes: the given points, the given slopes, and nothing on top of anything."""

import numpy as np
import pytest

from tinycnn.figures import growth

GRID = {"batch": (1, 2, 4, 8, 16, 32, 64, 128, 256, 512), "images": (165, 640, 2500, 10_000),
        "side": (60, 84, 120, 168, 240), "maps": (1, 2, 4, 8)}


@pytest.fixture
def curves():
    return [{"parameter": parameter, "job": job, "values": list(values),
             "seconds": [1e-4 * (i + 1) * v for v in values],
             "peak_bytes": [3e4 * (i + 1) * v ** (1 - i / 2) for v in values],
             "time_exponent": 1 + i, "memory_exponent": 1 - i / 2}
            for parameter, values in GRID.items()
            for i, job in enumerate(("epoch, batch 10", "true class", "all classes"))]


def test_points_and_slopes_are_those_given(curves):
    axes = growth(curves).axes
    assert len(axes) == 8
    for row, (key, slope) in enumerate((("seconds", "time_exponent"),
                                        ("peak_bytes", "memory_exponent"))):
        for column, parameter in enumerate(GRID):
            ax = axes[4 * row + column]
            assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
            given = [curve for curve in curves if curve["parameter"] == parameter]
            for line, curve in zip(ax.lines, given, strict=True):
                np.testing.assert_array_equal(line.get_xydata(),
                                              np.transpose([curve["values"], curve[key]]))
                assert line.get_label() == f"slope {curve[slope]:.2f}"
                assert ax.get_ylim()[0] < min(curve[key])
                assert max(curve[key]) < ax.get_ylim()[1]


def test_all_words_can_be_read(curves, drawn):
    page = drawn(growth(curves))
    assert page.overlapping() == []
    assert page.cut_off() == []
    for word in ("10,000", "256", "100 ms", "10 MB", "peak memory",
                 "all classes", *GRID):
        assert word in page.words
