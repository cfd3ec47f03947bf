"""The figures of a study: many networks, their controls, and the result for each claim."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba

from tinycnn import figures

BANDS = ("random maps", "random maps of the same layers")
STEPS = ["trained", "dense5", "+ dense4", "+ conv3", "+ conv2", "+ conv1"]
LONG = "gradient, mean over all images of the norms, other half"
NAN = (np.nan,) * 3


def measures(n):
    return [LONG, *(f"measure {i + 1}" for i in range(n - 1))]


def panels(seeds, names=("the paper's ranking", "greedy oracle")):
    rng = np.random.default_rng(1)
    band = np.array([[0, 0.1, 0.2], [0.1, 0.3, 0.4], [0.2, 0.5, 0.7]])
    return [(f"{error} error, {side} removed", {name: rng.random((seeds, 3)) for name in names},
             dict.fromkeys(BANDS, band))
            for side in ("strongest", "weakest") for error in ("class", "overall")]


def area_rows(seeds, n=14):
    rng = np.random.default_rng(2)
    return [{"name": name, "areas": rng.random(seeds), "matched": (0.5, 0.4, 0.6),
             "share": (0.3, 0.1, 0.5)} for name in measures(n)]


def claim(number, verdict, **more):
    return {"group": "What the paper says" if number < 14 else "What the controls ask",
            "number": number, "claim": "Removing maps raises the error " * 5, "holds": 0.8,
            "measured": "AUC 0.72 (0.61 to 0.83), 20 networks", "in_part": 0.5,
            "interval": (0.72, 0.61, 0.83), "verdict": verdict, **more}


VERDICTS = ["holds", "holds in part", "does not hold", "says nothing", "cannot be told"]
REMARKS = ["", "alone: stands as the only claim", "", "the control is as good",
           "imprecise: about 290 networks would tell"]
GROUPS = [("All pairs", [(LONG, [0.8, 0.9, 0.8], (0.83, 0.79, 0.88)), ("pixels", [0.6], NAN)]),
          ("Without twins", [("activations", [np.nan], None)])]
DRAWINGS = {
    "controls": lambda: figures.knockout_controls(panels(5), chance=0.93),
    "controls, one seed": lambda: figures.knockout_controls(panels(1), chance=0.93),
    "controls, many": lambda: figures.knockout_controls(panels(3, measures(6))[:3]),
    "areas": lambda: figures.measure_areas(area_rows(20), (0.4, 0.3, 0.5)),
    "areas, one seed": lambda: figures.measure_areas(area_rows(1, 2)),
    "ranks": lambda: figures.rank_agreement(np.full((16, 16), -0.25), measures(16)),
    "ranks, short": lambda: figures.rank_agreement(np.eye(2), ["a", "b"]),
    "intervals": lambda: figures.intervals(
        GROUPS, "AUC", [(0.5, "chance 0.5"), (0.51, "pixels 0.51"), (0.88, "the best of all")]),
    "intervals, no names": lambda: figures.intervals(
        [("", [("a", [0, 1], (0.5, 0, 1))])], "x", [(0, "a word that is long"), (1, "x" * 30)]),
    "cascade": lambda: figures.cascade(dict.fromkeys(measures(6), np.ones((3, 6))), STEPS),
    "cascade, long": lambda: figures.cascade({"a": np.ones((1, 6))}, [LONG] * 6),
    "first order": lambda: figures.first_order(
        [(f"gate {gate}", np.r_[np.linspace(-1, 1, 200), 1e4], np.zeros(201), "r = 0.91 (0.90 to "
          "0.92)") for gate in (0.9, 0.5, 0)]),
    "scorecard": lambda: figures.scorecard(
        [claim(i + 1, VERDICTS[i % 5], remark=REMARKS[i % 5], control=i / 10)
         for i in range(25)]),
    "scorecard, bare": lambda: figures.scorecard(
        [claim(1, "cannot be told", interval=NAN, holds=None, in_part=None, rule="a rule " * 9),
         claim(2, "holds", interval=None, in_part=None, control=np.nan, remark="on " * 30)]),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_text_can_be_read(name, drawn):
    figure = drawn(DRAWINGS[name]())
    assert figure.words
    assert figure.overlapping() == []
    assert figure.cut_off() == []


def legend_words(fig):
    return [text.get_text() for text in fig.legends[0].get_texts()]


def test_curves_are_means_with_whiskers_to_the_extremes():
    data = panels(5)
    fig = figures.knockout_controls(data, chance=0.93)
    for ax, (title, curves, _) in zip(fig.axes, data, strict=True):
        assert ax.get_title() == title
        lines = [line for line in ax.lines if line.get_marker() in "os"]
        whiskers = [c for c in ax.collections if isinstance(c, LineCollection)]
        for line, whisker, errors in zip(lines, whiskers, curves.values(), strict=True):
            np.testing.assert_allclose(line.get_ydata(), 100 * errors.mean(axis=0))
            ends = np.array([path[:, 1] for path in whisker.get_segments()])
            np.testing.assert_allclose(ends[:, 0], 100 * errors.min(axis=0))
            np.testing.assert_allclose(ends[:, 1], 100 * errors.max(axis=0))
            np.testing.assert_allclose(line.get_xdata(), range(3), atol=0.2)
    has_chance = [any(np.allclose(line.get_ydata(), 93) for line in ax.lines) for ax in fig.axes]
    assert has_chance == [False, True, False, True]
    assert legend_words(fig) == [
        "the paper's ranking", "greedy oracle", "lowest to highest network", "random maps, 5–95 %",
        "random maps of the same layers, 5–95 %", "the same answer for all"]


def test_bands_differ_without_colour():
    ax = figures.knockout_controls(panels(1)).axes[0]
    plain, hatched = (c for c in ax.collections if isinstance(c, PolyCollection))
    assert (plain.get_hatch(), hatched.get_hatch()) == (None, "////")
    for band in (plain, hatched):
        heights = band.get_paths()[0].vertices[:, 1]
        assert (heights.min(), heights.max()) == pytest.approx((0, 70))
    means = [line for line in ax.lines if line.get_marker() == "None"]
    assert len({line.get_linestyle() for line in means}) == 2


def test_one_seed_has_no_whiskers_and_unknown_errors_leave_a_gap():
    curve = np.array([0.1, np.nan, 0.3])
    fig = figures.knockout_controls([("class error", {"a": curve}, {})])
    np.testing.assert_allclose(fig.axes[0].lines[0].get_ydata(), 100 * curve)
    assert not fig.axes[0].collections
    assert legend_words(fig) == ["a"]


def test_areas_stand_in_the_row_of_their_measure():
    rows = area_rows(4, 3)
    rows[1].update(areas=[0.2, np.nan], matched=None)
    areas, shares = figures.measure_areas(rows, (0.4, 0.3, 0.5)).axes
    assert [label.get_text() for label in areas.get_yticklabels()] == measures(3)
    means = {round(line.get_ydata()[0]): line.get_xdata()[0] for line in areas.lines
             if line.get_markersize() == 6.5}
    expected = [100 * np.nanmean(row["areas"]) for row in rows]
    np.testing.assert_allclose([means[y] for y in range(3)], expected)
    controls = [line for line in areas.lines if line.get_marker() == "D"]
    assert [(line.get_xdata()[0], round(line.get_ydata()[0])) for line in controls] == [
        (50, 0), (50, 2)]
    assert [line.get_xdata()[0] for line in shares.lines if line.get_marker() == "D"] == [0.3] * 3
    assert areas.get_ylim() == shares.get_ylim()


def test_a_share_too_large_for_the_axis_ends_in_arrows():
    rows = area_rows(2, 2)
    rows[0]["share"], rows[1]["share"] = (0.5, -9, 30), NAN
    shares = figures.measure_areas(rows).axes[1]
    assert shares.get_xlim() == (-1, 2)
    assert [line.get_marker() for line in shares.lines if line.get_marker() in "<>"] == ["<", ">"]


def test_ranks_are_numbers_on_colours_centred_on_zero():
    matrix = np.array([[1, -0.004], [np.nan, 1]])
    ax = figures.rank_agreement(matrix, ["one", "two"]).axes[0]
    assert ax.images[0].get_clim() == (-1, 1)
    np.testing.assert_array_equal(ax.images[0].get_array().filled(np.nan), matrix)
    assert {t.get_position(): t.get_text() for t in ax.texts} == {
        (0, 0): "1.00", (1, 0): "0.00", (1, 1): "1.00"}


def test_intervals_are_drawn_and_written_in_their_rows(drawn):
    fig = figures.intervals(GROUPS, "AUC", [(0.5, "chance 0.5")])
    means = [line for line in fig.axes[0].lines if line.get_marker() == "D"]
    assert [(line.get_xdata()[0], round(line.get_ydata()[0])) for line in means] == [(0.83, 1)]
    lines = drawn(fig).lines()
    assert [LONG, "0.83 (0.79 to 0.88)"] in lines
    assert ["pixels", "–"] in lines
    assert "chance 0.5" in drawn(fig).words
    assert lines.index(["All pairs"]) < lines.index(["Without twins"])


def test_all_values_are_seen_unless_the_axis_is_given():
    rows = [("", [("a", [-3, 7], (2, -4, np.nan))])]
    low, high = figures.intervals(rows, "x", [(9, "nine")]).axes[0].get_xlim()
    assert low < -4
    assert high > 9
    assert figures.intervals(rows, "x", xlim=(0, 1)).axes[0].get_xlim() == (0, 1)


def test_cascade_has_a_line_for_each_measure_in_a_style_of_its_own():
    curves = {f"m{i}": np.stack([np.linspace(1, 0, 6), np.linspace(1, -0.6, 6)]) for i in range(6)}
    ax = figures.cascade(curves, STEPS).axes[0]
    lines = [line for line in ax.lines if line.get_marker() != "None"]
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == 6
    np.testing.assert_allclose(lines[5].get_ydata(), np.linspace(1, -0.3, 6))
    assert [label.get_text() for label in ax.get_xticklabels()] == STEPS
    assert ax.get_ylim()[0] < -0.6


def test_first_order_keeps_both_axes_alike_and_counts_what_is_far_away():
    x = np.r_[np.linspace(-1, 1, 300), 500, np.nan]
    ax = figures.first_order([("gate 0", x, x / 2, "r = 1")]).axes[0]
    assert ax.get_xlim() == ax.get_ylim()
    assert ax.get_xlim()[1] < 3
    dots, _, crosses = ax.lines
    assert np.isfinite(dots.get_xdata()).sum() == 300
    assert dots.get_rasterized()
    assert len(crosses.get_xdata()) == 1
    assert ax.texts[0].get_text() == "r = 1\n1 beyond the edge"


def test_verdicts_differ_in_colour_and_in_shape():
    page = figures.scorecard([claim(i, verdict) for i, verdict in enumerate(VERDICTS)]).axes[0]
    symbols = [line for line in page.lines if line.get_markersize() == 10]
    assert len({to_rgba(line.get_color()) for line in symbols}) == 5
    shapes = {(line.get_marker(), line.get_fillstyle()) for line in symbols}
    assert len(shapes) == 5


def test_a_claim_stands_on_one_line_with_its_verdict(drawn):
    rows = [claim(13, "holds", claim="one"), claim(14, "does not hold", claim="two"),
            claim(15, "holds", rule="≤ 0.1 holds")]
    figure = drawn(figures.scorecard(rows))
    words = " ".join(figure.words)
    assert words.count("What the paper says") == words.count("What the controls ask") == 1
    assert "≤ 0.1 holds" in figure.words
    middle = {word: (box.y0 + box.y1) / 2 for word, box in figure.texts}
    assert middle["two"] == pytest.approx(middle["does not hold"], abs=3)
    assert middle["one"] < middle["What the controls ask"] < middle["two"]


def test_a_gauge_puts_numbers_in_order():
    page = figures.scorecard([claim(1, "holds in part")]).axes[0]
    mean = next(line for line in page.lines if line.get_marker() == "D").get_xdata()[0]
    part, holds = (next(line.get_xdata()[0] for line in page.lines
                        if line.get_linewidth() == 1.4 and line.get_color() == color)
                   for color in ("#E69F00", "#0072B2"))
    assert part < mean < holds
    assert (mean - part) / (holds - part) == pytest.approx(0.22 / 0.3)


def test_a_control_is_an_open_mark_on_the_gauge():
    for control in (0.3, 0.75, 1.4):
        page = figures.scorecard([claim(1, "says nothing", control=control)]).axes[0]
        diamonds = {line.get_markerfacecolor(): line.get_xdata()[0] for line in page.lines
                    if line.get_marker() == "D"}
        [part] = [line.get_xdata()[0] for line in page.lines
                  if line.get_linewidth() == 1.4 and line.get_color() == "#E69F00"]
        assert ((diamonds["white"] - part) / (diamonds["#222222"] - part)
                == pytest.approx((control - 0.5) / 0.22))


def test_a_remark_stands_under_its_verdict(drawn):
    figure = drawn(figures.scorecard(
        [claim(1, "holds", remark="alone: as one"), claim(2, "cannot be told", remark="few")]))
    place = dict(figure.texts)
    for verdict, remark in (("holds", "alone: as one"), ("cannot be told", "few")):
        assert place[remark].x0 == pytest.approx(place[verdict].x0, abs=2)
        assert 0 < place[remark].y0 - place[verdict].y1 < 12


def test_problematic_units_show_what_a_map_alone_does(features, rng, drawn):
    rows = [{"feature": feature, "ranks": [1.0, 2.0], "mean_activation": 0, "spread": 0.2,
             "saturated": 0.1, "verdict": "in use", "alone": alone}
            for feature, alone in zip(features, [np.nan, *rng.random(22)], strict=True)]
    fig = figures.problematic_units(rows, features, ["1", "2"])
    alone = fig.axes[4]
    assert alone.get_title() == "error alone"
    np.testing.assert_allclose([bar.get_width() for bar in alone.patches],
                               [row["alone"] for row in rows])
    assert drawn(fig).overlapping() == []
