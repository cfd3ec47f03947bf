import numpy as np
import pytest

from tinycnn.figures import draw_circles
from tinycnn.figures.circles import GROUND, circle_places, diagram_size, key_words
from tinycnn.figures.style import axes_at, new_figure


def draw(scores, features):
    fig = new_figure(3, 3)
    ax = axes_at(fig, 0.5, 0.5, 2, 2)
    draw_circles(ax, scores, features)
    return fig, ax


def colors(ax):
    circles, = ax.collections
    return circles.get_facecolors()


def test_brightness_is_the_score_over_the_largest(features, rng):
    scores = rng.random(len(features))
    grey = colors(draw(scores, features)[1])
    np.testing.assert_allclose(grey[:, :3], np.tile(scores / scores.max(), (3, 1)).T)
    np.testing.assert_array_equal(grey[:, 3], 1)


def test_unknown_scores_are_empty_rings_and_do_not_hide_the_others(features):
    scores = np.ones(len(features))
    scores[3] = np.nan
    grey = colors(draw(scores, features)[1])
    assert grey[3, 3] == 0
    assert (np.delete(grey, 3, axis=0) == 1).all()


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_a_network_without_any_gradient_can_be_drawn(features, value, drawn):
    fig, ax = draw(np.full(len(features), value), features)
    drawn(fig)
    assert (colors(ax)[:, :3] == 0).all()


def test_layers_are_columns_and_units_rows(features):
    places = dict(zip(features, circle_places(features), strict=True))
    assert len({places["tanh2", unit][0] for unit in range(8)}) == 1
    assert places["tanh1", 0][0] < places["tanh2", 0][0] < places["tanh3", 0][0]
    assert places["tanh1", 4][1] == places["tanh3", 4][1] < places["tanh3", 5][1]


def test_the_order_of_the_features_does_not_move_a_unit(features):
    shuffled = features[:5][::-1] + features[5:]
    assert (dict(zip(features, map(tuple, circle_places(features)), strict=True))
            == dict(zip(shuffled, map(tuple, circle_places(shuffled)), strict=True)))


@pytest.mark.parametrize("maps", [[1], [2, 3], [16, 32], [5, 8, 10, 64]])
def test_no_two_circles_touch_and_all_are_on_the_ground(maps):
    features = [(str(layer), unit) for layer, n in enumerate(maps) for unit in range(n)]
    places = circle_places(features)
    apart = np.linalg.norm(places[:, None] - places, axis=2) + 9 * np.eye(len(places))
    assert apart.min() >= 1
    assert (places + 0.5 <= diagram_size(features)).all()
    _, ax = draw(np.ones(len(features)), features)
    left, right, bottom, top = *ax.get_xlim(), *ax.get_ylim()
    assert (places[:, 0] - 0.5 >= left).all()
    assert (places[:, 0] + 0.5 <= right).all()
    assert (places[:, 1] - 0.5 >= top).all()
    assert (places[:, 1] + 0.5 <= bottom).all()


def test_numbers_start_at_one(features):
    _, ax = draw(np.ones(len(features)), features)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3"]
    assert [label.get_text() for label in ax.get_yticklabels()] == [str(u) for u in range(1, 11)]
    places = circle_places(features)
    np.testing.assert_allclose(ax.get_xticks(), np.unique(places[:, 0]))
    np.testing.assert_allclose(ax.get_yticks(), np.unique(places[:, 1]))


def test_black_white_and_ground_differ_for_every_eye(features):
    """Between 20 % and 80 % of the brightness, so that both ends stand out from it."""
    _, ax = draw(np.ones(len(features)), features)
    red, green, blue, _ = ax.get_facecolor()
    assert 0.2 < 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 < 0.8
    assert GROUND.startswith("#")


@pytest.mark.parametrize(("n", "firsts", "words"), [
    (12, [], "columns are layers, rows are units"), (30, ["13", "25"], "with more than 12 goes on"),
    (120, [str(first) for first in range(13, 120, 12)], "the unit written below")])
def test_a_column_that_goes_on_says_from_where(n, firsts, words, drawn):
    features = [("relu", unit) for unit in range(n)]
    fig, ax = draw(np.ones(n), features)
    drawn(fig)
    assert [text.get_text() for text in ax.texts] == firsts
    assert words in key_words(features)
