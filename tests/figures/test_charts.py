"""Two more charts: problematic units and the training curve."""

import numpy as np
import pytest

from tinycnn.figures import problematic_units, training_curve


def make_rows(rng, features, people):
    return [{"feature": feature, "ranks": rng.permutation(people) + 1.0, "spread": rng.random(),
             "mean_activation": rng.uniform(-1, 1), "saturated": rng.random(),
             "verdict": f"verdict {i}"} for i, feature in enumerate(features)]


@pytest.mark.parametrize("people", [2, 15, 40])
def test_ranks_and_bars_are_those_given(rng, features, people):
    rows = make_rows(rng, features, people)
    heat, *bars, _ = problematic_units(rows, features, [f"s{k}" for k in range(people)]).axes
    np.testing.assert_array_equal(heat.images[0].get_array(), [row["ranks"] for row in rows])
    for ax, key in zip(bars, ("mean_activation", "spread", "saturated"), strict=True):
        np.testing.assert_allclose([bar.get_width() for bar in ax.patches],
                                   [row[key] for row in rows])
        np.testing.assert_allclose([bar.get_y() + bar.get_height() / 2 for bar in ax.patches],
                                   range(len(rows)))
        assert ax.get_ylim() == heat.get_ylim()         # bars are in line with the heat map


def test_numbers_names_and_verdicts_stand_in_their_rows(rng, features):
    rows = make_rows(rng, features, 15)[::-1]           # any order of rows keeps the names right
    heat, *_, words = problematic_units(rows, features, [str(k + 1) for k in range(15)]).axes
    names = [label.get_text() for label in heat.get_yticklabels()]
    assert (names[0], names[-1], len(names)) == ("3, 10", "1, 1", 23)
    assert {text.get_position(): text.get_text() for text in heat.texts} == {
        (x, y): f"{row['ranks'][x]:.0f}" for y, row in enumerate(rows) for x in range(15)}
    assert [text.get_text() for text in words.texts] == [row["verdict"] for row in rows]


def test_outputs_beyond_those_of_tanh_are_not_cut(rng, features):
    rows = make_rows(rng, features, 2)
    rows[0]["spread"] = 7.5
    _, _, spread, *_ = problematic_units(rows, features, ["1", "2"]).axes
    assert spread.get_xlim() == (0, 7.5)


def test_an_unknown_rank_is_left_blank(rng, features):
    rows = make_rows(rng, features, 3)
    rows[4]["ranks"][1] = np.nan
    heat = problematic_units(rows, features, ["1", "2", "3"]).axes[0]
    assert len(heat.texts) == 23 * 3 - 1


def test_training_curve_draws_the_loss_on_a_log_axis_and_errors_in_percent():
    above, below = training_curve([2.0, 0.5, 0.01], [0.9, 0.5, 0.25], [0.9, 0.6, 2 / 41]).axes
    assert above.get_yscale() == "log"
    np.testing.assert_array_equal(above.lines[0].get_xydata(), [[1, 2], [2, 0.5], [3, 0.01]])
    train, test = below.lines
    np.testing.assert_allclose(train.get_ydata(), [90, 50, 25])
    np.testing.assert_allclose(test.get_ydata(), [90, 60, 200 / 41])
    legend = [text.get_text() for text in below.get_legend().get_texts()]
    assert legend == ["training images: 25.00 % during the last epoch",
                      "test images: 4.88 % at the end"]


@pytest.mark.parametrize(("loss", "scale"), [
    ([2.0], "linear"), ([0.0, 0.0], "linear"), ([1.0, 0.0], "symlog"), ([9, 8, 7.1], "linear"),
    ([0.68414, 0.68415], "linear"), ([1e7 + 1, 1e7], "linear"), ([-1.0, 30.0], "linear"),
    ([3.0, 0.31, 0.2], "log"), ([5e-7, 0.01], "log"), ([0.0], "linear"),
    ([1.0, 0.002, 0.0, 0.5, 0.0], "symlog")])
@pytest.mark.parametrize("others", [2, 1, 0])
def test_every_text_of_a_training_curve_can_be_read(loss, scale, others, drawn):
    """Narrow ranges of the loss, one epoch, and losses that reach 0, with all lines or one."""
    error = [1.0] * len(loss)       # a line at the upper edge of its axes
    more = ((), (error if others == 2 else (), error, loss[::-1]))[others > 0]
    fig = training_curve(loss, error, *more)
    figure, (above, below) = drawn(fig), fig.axes
    assert figure.overlapping() == figure.cut_off() == []
    assert len(below.lines) == 1 + others
    assert above.get_yscale() == scale
    for ax in fig.axes:
        for line in ax.lines:       # nothing is drawn far outside the axes
            places = line.get_transform().transform(line.get_xydata())
            assert ax.bbox.padded(2).count_contains(places) == len(places)
        if ax.get_legend():
            assert not ax.bbox.overlaps(ax.get_legend().get_window_extent())
