import numpy as np
import pytest

from tinycnn.figures import knockout_errors


def make_curves(rng, identities):
    return {k: {side: {measure: rng.random(n).tolist() for measure in ("class_error",
                                                                       "overall_error")}
                for side, n in (("strongest", 11), ("weakest", 21))} for k in identities}


def panels(fig):
    """The four panels by their places: {(side, measure): axes}."""
    left, right = sorted({round(ax.get_position().x0, 3) for ax in fig.axes})
    bottom, top = sorted({round(ax.get_position().y0, 3) for ax in fig.axes})
    return {(side, measure): ax for ax in fig.axes
            for x, side in ((left, "strongest"), (right, "weakest"))
            for y, measure in ((top, "class_error"), (bottom, "overall_error"))
            if (round(ax.get_position().x0, 3), round(ax.get_position().y0, 3)) == (x, y)}


@pytest.mark.parametrize("n_people", [1, 5, 40])
def test_each_line_is_the_given_error_in_percent(rng, n_people):
    curves = make_curves(rng, range(n_people))
    fig = knockout_errors(curves)
    assert len(panels(fig)) == 4
    for (side, measure), ax in panels(fig).items():
        assert len(ax.lines) == n_people
        for line, curve in zip(ax.lines, curves.values(), strict=True):
            np.testing.assert_allclose(line.get_ydata(), 100 * np.array(curve[side][measure]))
            np.testing.assert_array_equal(line.get_xdata(), range(len(curve[side][measure])))
        assert ax.get_ylim() == (0, 100)


def test_one_line_has_one_look_in_all_panels_and_the_legend(rng):
    fig = knockout_errors(make_curves(rng, [14, 13, 6, 9, 11]))
    looks = [[(line.get_color(), line.get_linestyle(), line.get_marker()) for line in ax.lines]
             for ax in fig.axes]
    assert looks[1:] == looks[:-1]
    assert len(set(looks[0])) == 5
    legend, = fig.legends
    assert [line.get_color() for line in legend.get_lines()] == [look[0] for look in looks[0]]


@pytest.mark.parametrize(("names", "labels"), [
    (None, ["identity 6", "identity 14"]),
    ([str(i + 1) for i in range(15)], ["identity 7", "identity 15"]),
    ({6: "Ann", 14: "Bo"}, ["identity Ann", "identity Bo"]),
])
def test_the_legend_names_the_identities(rng, names, labels):
    legend, = knockout_errors(make_curves(rng, [6, 14]), names).legends
    assert [text.get_text() for text in legend.get_texts()] == labels


def test_chance_is_drawn_where_all_identities_are_tested_and_only_there(rng):
    fig = knockout_errors(make_curves(rng, [6]), chance=14 / 15)
    for (_, measure), ax in panels(fig).items():
        extra = ax.lines[1:]
        if measure == "overall_error":
            np.testing.assert_allclose(extra[0].get_ydata(), 1400 / 15)
            assert extra[0].get_linestyle() == ":"
        else:
            assert not extra


def test_titles_and_labels_stand_at_their_panels(rng):
    by_place = panels(knockout_errors(make_curves(rng, [6])))
    for side in ("strongest", "weakest"):
        assert by_place[side, "class_error"].get_title() == f"{side} features removed"
    assert by_place["strongest", "class_error"].get_ylabel() == "class error (%)"
    assert by_place["strongest", "overall_error"].get_ylabel() == "overall error (%)"
