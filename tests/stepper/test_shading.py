"""Maps in a terminal: what is drawn where, in which colour, and the legend."""

import io
import re

import numpy as np
import pytest

from tinycnn.stepper.answers.shading import bars, colour_mode, shade


def coloured(text):
    """Lines of half blocks as a list of rows of (upper, lower) colour codes."""
    rows = []
    for line in text.splitlines():
        if "▀" not in line:
            continue
        row, now = [], None
        for code, block in re.findall(r"\x1b\[([\d;]+)m|(▀)", line):
            if code and code != "0":
                now = tuple(re.fullmatch(r"38;(.+);48;(.+)", code).groups())
            elif block:
                row.append(now)
        rows.append(row)
    return rows


def test_true_colours_are_blue_below_and_orange_above_zero():
    image = np.array([[-1.0, 0], [0.5, 1]]).repeat(16, 0).repeat(16, 1)
    rows = coloured(shade(image[None], ["map"], "true"))
    assert len(rows) == 16
    assert all(len(row) == 32 for row in rows)
    assert rows[0][0] == ("2;0;114;178",) * 2
    assert rows[0][-1] == ("2;250;250;250",) * 2
    assert rows[-1][-1] == ("2;213;94;0",) * 2


def test_256_colours_are_steps_of_the_same():
    image = np.array([[-1.0, 0], [np.nan, 1]]).repeat(16, 0).repeat(16, 1)
    rows = coloured(shade(image[None], ["map"], "256"))
    assert (rows[0][0][0], rows[0][-1][0], rows[-1][-1][0]) == ("5;25", "5;231", "5;166")
    assert rows[-1][0][0] == "5;175"


@pytest.mark.parametrize("mode", ["true", "256", "plain"])
def test_numbers_without_a_sign_are_grey_and_the_scale_is_said(mode):
    image = np.linspace(0, 2, 32 * 32).reshape(32, 32)
    text = shade(image[None], ["map"], mode)
    legend = text.splitlines()[-1]
    assert "2" in legend
    if mode == "plain":
        assert text.splitlines()[1].strip() == ""
        assert text.splitlines()[-2] == "@" * 32
        assert legend == "' ' is 0, '@' is 2"
    else:
        assert legend == "black 0, white 2"
        first, last = coloured(text)[0][0][0], coloured(text)[-1][-1][1]
        assert (first, last) == {"true": ("2;0;0;0", "2;255;255;255"),
                                 "256": ("5;232", "5;255")}[mode]


def test_the_two_rows_of_a_half_block_are_the_upper_and_the_lower_one():
    image = np.zeros((32, 32))
    image[1::2] = 1
    assert coloured(shade(image[None], ["map"], "true"))[0][0] == ("2;0;0;0", "2;255;255;255")


def test_one_pixel_that_is_no_number_is_not_lost_in_a_mean():
    maps = np.ones((5, 56, 56))
    maps[3, 20, 30] = np.nan
    text = shade(maps, [f"map {i}" for i in range(5)], "plain")
    rows = text.splitlines()[1:-1]
    assert sum(row.count("?") for row in rows) == 1
    (place,) = [row.index("?") for row in rows if "?" in row]
    assert 3 * 16 <= place < 4 * 16
    assert "? is NaN or infinite" in text
    assert "mean of some units" in text


def test_maps_stand_side_by_side_within_79_columns():
    rng = np.random.default_rng(0)
    for n, side in ((5, 56), (8, 24), (10, 8), (10, 4), (1, 300), (40, 12), (1, 1)):
        text = shade(rng.normal(size=(n, side, side)), [f"map {i}" for i in range(n)], "plain")
        assert max(map(len, text.splitlines())) <= 79
        assert all(f"map {i}" in text for i in range(n))


def test_what_is_all_equal_or_no_number_at_all_is_drawn_too():
    for value in (0.0, 2.5):
        name, *rows, legend = shade(np.full((1, 4, 4), value), ["map"], "plain").splitlines()
        assert name == "map"
        assert [set(row) for row in rows] == [{"+"}] * 16
        assert legend == f"' ' is {value:g}, '@' is {value:g}"
    for mode in ("true", "256", "plain"):
        assert "no finite number" in shade(np.full((1, 4, 4), np.nan), ["map"], mode)


def test_bars_go_to_both_sides_of_zero():
    lines = bars(np.array([1.0, -0.5, 0, np.inf]), {0: "the first"}).splitlines()
    assert lines[0].endswith("|" + "█" * 20 + " the first")
    assert "█" * 10 + "|" in lines[1]
    assert "█" * 11 not in lines[1]
    assert "█" not in lines[2] + lines[3]
    assert "inf" in lines[3]
    assert "#" * 20 in bars(np.array([1.0]), {}, blocks=False)


@pytest.mark.parametrize(("environment", "choice", "mode"), [
    ({"TERM": "xterm"}, "auto", "256"),
    ({"TERM": "xterm", "COLORTERM": "truecolor"}, "auto", "true"),
    ({"TERM": "dumb"}, "auto", "plain"), ({"TERM": "xterm", "NO_COLOR": "1"}, "auto", "plain"),
    ({"TERM": "xterm", "NO_COLOR": "1"}, "always", "256"), ({"TERM": "xterm"}, "never", "plain"),
])
def test_the_colours_of_a_terminal_are_found_by_the_usual_signs(monkeypatch, environment, choice,
                                                                 mode):
    class Tty(io.StringIO):
        def isatty(self):
            return True

    for name in ("TERM", "COLORTERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert colour_mode(Tty(), choice) == mode
    if choice == "auto":
        assert colour_mode(io.StringIO(), choice) == "plain"        # a pipe or a file
