import numpy as np
import pytest

from tinycnn.figures import prediction_flow
from tinycnn.figures.fig3_flow import START, smooth_path


def make_modes(rng, steps, people):
    modes = np.tile(np.arange(people), (steps, 1))
    for s in range(1, steps):
        modes[s] = np.where(rng.random(people) < 0.3, rng.integers(0, people, people), modes[s - 1])
    modes[-1] = 0                       # all end in one row
    return modes


def height_at(line, step):
    x, y = line.get_data()
    return np.interp(step, x, y)


@pytest.fixture
def flow(rng, features):
    modes = make_modes(rng, 11, 15)
    removed = [features[i] for i in (4, 13, 2, 10, 3, 7, 12, 1, 22, 5)]
    return modes, prediction_flow(modes, [str(k + 1) for k in range(15)], removed, features,
                                  highlight=6, title="identity 7")


def test_each_line_is_in_the_row_of_the_identity_predicted(flow):
    modes, fig = flow
    lines = fig.axes[0].lines
    assert len(lines) == 15
    for k, line in enumerate(lines):
        rows = [round(height_at(line, s)) for s in range(11)]
        assert rows == modes[:, k].tolist()
        assert round(height_at(line, START)) == k


@pytest.mark.parametrize("people", [2, 15, 40])
def test_no_line_hides_another_in_a_row(rng, features, people):
    fig = prediction_flow(make_modes(rng, 4, people), [str(k) for k in range(people)],
                          features[:3], features)
    ends = sorted(height_at(line, 3) for line in fig.axes[0].lines)
    apart = np.diff(ends)
    inch = fig.axes[0].get_position().height * fig.get_figheight() / people
    width = fig.axes[0].lines[0].get_linewidth() / 72
    assert apart.min() * inch > 0.75 * min(width, 0.008)
    assert -0.5 < ends[0] <= ends[-1] < 0.5


def test_the_steps_name_the_removed_features_from_one(flow):
    labels = [label.get_text() for label in flow[1].axes[0].get_xticklabels()]
    assert labels[:4] == ["0\nnone", "1\n1, 5", "2\n3, 1", "3\n1, 3"]
    assert labels[9] == "9\n3, 10"
    assert len(labels) == 11


def test_names_stand_at_the_start_of_their_lines_and_at_their_rows(flow, drawn):
    _, fig = flow
    ax = fig.axes[0]
    np.testing.assert_allclose(ax.get_yticks(), [height_at(line, START) for line in ax.lines])
    words = drawn(fig).words
    for k in range(15):
        assert words.count(str(k + 1)) == 2


def test_the_highlighted_identity_stands_out(flow):
    ax = flow[1].axes[0]
    widths = [line.get_linewidth() for line in ax.lines]
    assert widths[6] > 1.5 * max(widths[:6] + widths[7:])
    bold = [label.get_text() for label in ax.get_yticklabels() if label.get_fontweight() == "bold"]
    assert bold == ["7"]


def test_lines_differ_in_colour_or_style(flow):
    lines = flow[1].axes[0].lines
    looks = {(line.get_color(), str(line._unscaled_dash_pattern)) for line in lines}
    assert len(looks) >= 14             # the highlighted one is always solid


def test_a_network_that_errs_before_any_removal_shows_it(features):
    fig = prediction_flow(np.array([[1, 1], [1, 0]]), ["1", "2"], features[:1], features)
    first = fig.axes[0].lines[0]
    assert round(height_at(first, START)) == 0
    assert round(height_at(first, 0)) == 1


def test_paths_never_overshoot():
    _, y = smooth_path(np.array([3.0, 3.0, 0.0, 5.0]))
    assert y.min() == 0
    assert y.max() == 5


def test_the_intact_network_alone(features, drawn):
    drawn(prediction_flow(np.arange(3)[None], ["a", "b", "c"], [], features))


def test_more_rows_than_lines_and_no_line_without_images(features, drawn):
    modes = np.array([[0, -1, 2, 3], [3, -1, 3, 3]])
    fig = prediction_flow(modes, ["a", "b", "c", "d"], features[:1],
                          features, highlight=2)
    assert [line.get_label() for line in fig.axes[0].lines] == ["a", "c", "d"]
    modes = np.array([[0, 3, 2], [3, 1, 3]])
    fig = prediction_flow(modes, ["a", "b", "c", "others"], features[:1], features, highlight=2)
    ends = [round(height_at(line, 1)) for line in fig.axes[0].lines]
    assert ends == [3, 1, 3]
    words = drawn(fig).words
    assert [words.count(word) for word in ("a", "c", "others")] == [2, 2, 1]
    assert drawn(fig).overlapping() == []
    assert fig.axes[0].get_ylim() == (3.5, -0.5)
