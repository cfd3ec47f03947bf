"""Names as they are: no formula, no box, no figure that a long name makes wide, no two alike.

The fonts of this machine do not matter: の stands for a letter that the usual font lacks, and that
one of matplotlib's own fonts has.
"""

import logging

import matplotlib
import numpy as np
import pytest
from matplotlib.text import Text

from tinycnn import figures
from tinycnn.figures import fonts as fonts_module
from tinycnn.figures import labels, legend
from tinycnn.figures.names import WIDTH
from tinycnn.figures.style import SMALL, TEXT, text_width

FEATURES = [("tanh1", unit) for unit in range(4)]
DOLLARS = ["$$", "$x^$", "$\\foo$", "$x^2$", "a$b$c", "Ke$ha", "\\$", "\\$x\\$"]
LONG = ["Maria de los Angeles " * 10 + "3", "Maria de los Angeles " * 10 + "4", "x" * 200,
        "x" * 100 + "y" + "x" * 99, "A"]
HOSTILE = ["$^$", "x" * 200, "王小明", "のの", "\U0001f469\u200d\U0001f467", "a\nb", "\x1b[31mred",
           "\u202eevil", "_a", "e\u0301" * 90, "محمد", "Zoë", "", "100 %", "{0}", "<b>&amp;"]


@pytest.fixture(autouse=True)
def no_other_font(monkeypatch):
    monkeypatch.setattr(fonts_module, "FAMILIES", ())


@pytest.fixture
def a_font_with_no(monkeypatch):
    monkeypatch.setattr(fonts_module, "FAMILIES", ("Not Here", "STIXGeneral"))


ENDS = {end: [(FEATURES[0], 0.2), (FEATURES[1], 0.1)] for end in ("strongest", "weakest")}
CURVE = {"class_error": [0, 0.5], "overall_error": [0, 0.2]}
KINDS = {       # the figures that have names of people or conditions
    "sheet": lambda names, faces, _: figures.contact_sheet(
        np.stack([faces] * 2, 1), names, names[:2]),
    "fig 1": lambda names, faces, _: figures.feature_maps(
        faces[:2], [{"tanh1": np.zeros((3, 4, 4))}] * 2, names[:2]),
    "table 2": lambda names, faces, scores: figures.gradient_profiles(
        np.stack([faces] * 2, 1), scores, FEATURES, names, names[:2]),
    "table 3": lambda names, faces, scores: figures.strongest_weakest(
        [{"identity": name, "face": face, "scores": own[0], **ENDS}
         for name, face, own in zip(names, faces, scores, strict=True)], FEATURES),
    "fig 2": lambda names, *_: figures.knockout_errors(
        {k: {"strongest": CURVE, "weakest": CURVE} for k in range(len(names))}, names),
    "fig 3": lambda names, *_: figures.prediction_flow(
        np.zeros((2, len(names)), int), names, FEATURES[:1], FEATURES,
        title=f"Without {labels(names)[0]}"),
    "problematic": lambda names, *_: figures.problematic_units(
        [{"feature": FEATURES[0], "ranks": [1] * len(names), "mean_activation": 0.1, "spread": 0.1,
          "saturated": 0.0, "verdict": ""}], FEATURES, names)}


def figure_of(names, kind):
    n, numbers = len(names), np.random.default_rng(7)
    return KINDS[kind](names, numbers.random((n, 6, 5)), numbers.random((n, 2, len(FEATURES))))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chosen", [HOSTILE, HOSTILE[::-1], DOLLARS, LONG],
                         ids=["hostile", "reversed", "dollars", "long"])
def test_any_name_can_be_drawn_on_a_page(kind, chosen, drawn):
    fig = figure_of(chosen, kind)
    assert not drawn(fig).cut_off()
    assert fig.get_figwidth() < 14


@pytest.mark.parametrize("kind", KINDS)
def test_a_dollar_is_a_letter(kind, drawn):
    fig = figure_of(DOLLARS, kind)
    texts = [text for text in fig.findobj(Text) if "$" in text.get_text()]
    assert texts
    assert not any(text.get_parse_math() for text in texts)
    for word, box in drawn(fig).texts:      # x with a raised 2 would be shorter
        if "$" in word:
            letters = text_width(word.replace("$", "S"), SMALL)
            assert max(box.width, box.height) / fig.dpi > 0.8 * letters


def test_text_is_measured_as_it_is_drawn():
    assert text_width("a$b$c", 9) == pytest.approx(text_width("aSbSc", 9), rel=0.05)
    assert text_width("$\\foo$", 9) > text_width("foo", 9) + 2 * text_width("$", 9)


def test_formulas_of_the_program_itself_stay_and_so_do_those_that_are_added():
    fig = figures.first_order([("a$b$", [0.0, 1.0], [0.0, 1.0], "r = 1")])
    assert fig.axes[0].xaxis.label.get_parse_math()
    assert not fig.axes[0].title.get_parse_math()
    assert figure_of(["$a$"], "sheet").axes[0].set_title("$x^2$").get_parse_math()


def test_numbers_on_axes_may_be_formulas(drawn):
    words = drawn(figures.training_curve([10.0, 1e-5], [0.5, 0.1])).words
    assert any("10^{" in word for word in words)


def test_the_users_own_settings_stay(drawn):
    own = {"text.parse_math": False, "font.family": ["DejaVu Serif"], "axes.formatter.use_mathtext":
           True}
    with matplotlib.rc_context(own):
        before = dict(matplotlib.rcParams)
        fig = figures.intervals([("a", [("b$", [1e6, 3e6], (2e6, 1e6, 3e6))])], "x")
        assert "b$" in drawn(fig).words
        assert dict(matplotlib.rcParams) == before
        assert fig.axes[0].texts[0].get_fontfamily() == ["DejaVu Serif"]


def test_long_names_are_cut_in_the_middle_and_stay_distinct():
    short = labels(LONG)
    assert short[0].startswith("Maria de los")
    assert short[0].endswith("Angeles 3")
    assert "…" in short[0]
    assert short[4] == "A"
    assert len(set(short)) == 5
    assert short[2] == short[3].removesuffix(" (2)")
    assert max(text_width(name, TEXT) for name in short) < WIDTH
    assert labels(short) == short


def test_a_cut_leaves_no_mark_without_its_letter():
    name, = labels(["x\u0301" * 200])
    head, tail = name.split("…")
    assert tail.startswith("x")
    assert head.startswith("x\u0301x")


@pytest.mark.parametrize("name", ["Zoë", "George W Bush", "Maria Soledad Alvear Valenzuela",
                                  "محمد", "פרץ", "7", "_a", "", "O'Brien", "-", "Ωμέγα", "Иван"])
def test_usual_names_stay(name, caplog):
    assert labels([name]) == [name]
    assert not caplog.records


def test_the_same_name_has_the_same_label_and_other_names_others():
    assert labels(["Zo\u00eb", "Zoe\u0308"]) == ["Zo\u00eb", "Zo\u00eb (2)"]     # they look alike
    assert labels(["の", "a", "の"]) == ["1", "a", "1"]
    assert labels(["a\x1b", "a\x02", "a"]) == ["a\N{REPLACEMENT CHARACTER}",
                                               "a\N{REPLACEMENT CHARACTER} (2)", "a"]


def test_letters_without_a_font_become_numbers_with_one_warning_and_a_legend(caplog):
    names = ["王小明", "anna", "佐藤花子", "1", "김민수"]
    shown = labels(names)
    assert shown == ["2", "anna", "3", "1", "4"]        # 1 is a name already
    assert labels(shown) == shown
    record, = caplog.records
    assert record.levelno == logging.WARNING
    assert "3 names" in record.message
    assert "2 is 王小明, 3 is 佐藤花子 and 4 is 김민수" in record.message
    assert legend(dict(zip(names, shown, strict=True))) == (
        "No font here has the letters of 3 names, so figures write numbers: 2 is 王小明, "
        "3 is 佐藤花子 and 4 is 김민수")
    assert legend({"anna": "anna", "x" * 99: "x…x"}) == ""


def test_a_legend_of_thousands_is_short():
    names = [chr(0x4e00 + i) for i in range(3000)]
    words = legend(dict(zip(names, labels(names), strict=True)))
    assert words.endswith("200 is 仇 and so on for 2800 more".replace("仇", names[199]))


@pytest.mark.usefixtures("a_font_with_no")
@pytest.mark.parametrize("kind", KINDS)
def test_letters_are_drawn_with_a_font_that_has_them(kind, drawn, caplog):
    assert labels(["のの", "王"]) == ["のの", "1"]      # that font has no 王
    caplog.clear()
    fig = figure_of(["のの", "b"], kind)
    texts = [text for text in fig.findobj(Text) if "の" in text.get_text()]
    assert texts
    assert all("STIX" in str(text.get_fontproperties().get_file()) for text in texts)
    assert not drawn(fig).cut_off()
    assert not caplog.records


@pytest.mark.usefixtures("a_font_with_no")
def test_a_font_that_has_no_more_of_the_letters_is_not_taken():
    assert fonts_module.font_for("王") == (None, {"王"})
    assert fonts_module.font_for("é\n") == (None, set())


def test_a_letter_that_only_the_normal_font_has_is_missing_in_bold():
    normal, bold = map(fonts_module.findfont, ("STIXGeneral", "DejaVu Sans"))
    assert "の" in fonts_module._letters(normal) - fonts_module._in_both((normal,), (bold,))


@pytest.mark.usefixtures("a_font_with_no")
def test_a_pdf_has_them_too(tmp_path):
    assert figures.save(figure_of(["のの", "$^$"], "sheet"), tmp_path / "a.pdf").exists()


def test_other_texts_have_no_box_either(drawn):
    fig = figures.intervals([("王", [("b", [1.0, 3.0], (2.0, 1.0, 3.0))])], "x")
    assert "\N{REPLACEMENT CHARACTER}" in drawn(fig).words
