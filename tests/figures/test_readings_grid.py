"""The figure of readings: every number in its row, line and look."""

from itertools import product

import numpy as np
import pytest

from tinycnn import figures
from tinycnn.figures.readings_grid import look

READINGS = list(product(("tanh", "before tanh", "pool"), ("norm of mean", "mean of norms"),
                        ("prob", "logit")))
TRAININGS = [f"grey: {grey}; start: {start}; batch: {batch}" for grey, start, batch in product(
    ("unit", "standardised"), ("glorot", "3 times larger"), (10, 1))]
NAN = np.nan


def panels(readings, trainings):
    rng = np.random.default_rng(0)
    means = rng.normal(0.1, 0.1, (len(readings), len(trainings)))
    found = {place: (mean, mean - 0.05, mean + 0.02) for place, mean in np.ndenumerate(means)}
    counts = {place: (int(rng.integers(10)), NAN, NAN) for place in found}
    return [{"title": "error beyond random\nmaps", "found": found, "holds": 0.1, "in_part": 0.03},
            {"title": "error", "found": found},
            {"title": "statistics\nin the range", "found": counts, "line": (6.7, "6.7 expected")}]


@pytest.mark.parametrize(("readings", "trainings"), [
    (READINGS, TRAININGS), (READINGS[:4], TRAININGS[:1]), (READINGS[:1], TRAININGS[:3])])
def test_every_text_can_be_read(drawn, readings, trainings):
    figure = drawn(figures.multiverse(["o", "class level", "y"], readings, trainings,
                                      panels(readings, trainings)))
    assert figure.overlapping() == []
    assert figure.cut_off() == []
    assert {*trainings, "class level", "6.7 expected", "holds", "in part"} <= {*figure.words}
    rows = [line for line in figure.lines() if line[:3] in [list(words) for words in readings]]
    assert [tuple(line[:3]) for line in rows] == list(readings)


def test_numbers_stand_in_their_rows():
    given = panels(READINGS, TRAININGS)
    given[0]["found"][2, 3] = (NAN, NAN, NAN)
    del given[0]["found"][4, 5]
    fig = figures.multiverse(["o", "class level", "y"], READINGS, TRAININGS, given)
    for ax, panel in zip(fig.axes, given, strict=True):
        marks = [line for line in ax.lines if line.get_marker() in ("o", "^")]
        marks.sort(key=lambda line: line.get_ydata()[0])
        known = [place for place, (mean, _, _) in sorted(panel["found"].items())
                 if np.isfinite(mean)]
        assert len(marks) == len(known)
        for line, place in zip(marks, known, strict=True):
            assert line.get_xdata()[0] == panel["found"][place][0]
            style = look(place[1])
            assert (line.get_color(), line.get_marker(), line.get_markerfacecolor()) == (
                style["color"], style["marker"], style["markerfacecolor"])
        sizes = [line.get_markersize() for line in marks]
        assert sizes[0] > max(sizes[1:])            # the study's own reading and training


def test_intervals_end_where_they_should_or_at_the_axes():
    found = {(0, 0): (0.2, 0.1, 0.3), (1, 0): (0.25, -5, 0.28)}
    fig = figures.multiverse(["o"], [["a"], ["b"]], ["t"], [{"title": "x", "found": found}])
    [ax] = fig.axes
    bars = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2
            and line.get_color() == look(0)["color"]]
    left, _ = ax.get_xlim()
    np.testing.assert_allclose(bars, [[0.1, 0.3], [left, 0.28]])
    [arrow] = [line for line in ax.lines if line.get_marker() in ("<", ">")]
    assert (arrow.get_marker(), arrow.get_xdata()[0]) == ("<", left)
    assert arrow.get_ydata()[0] == ax.lines[-1].get_ydata()[0]


def test_eight_trainings_look_different_without_colour_in_pairs_of_four():
    looks = {tuple(look(i).values()) for i in range(8)}
    assert len(looks) == 8
    assert len({(look(i)["marker"], look(i)["markerfacecolor"] == "white") for i in range(4)}) == 4
