import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from tinycnn.figures import new_figure, save
from tinycnn.output import page as page_module
from tinycnn.output.page import Section, write_report

NASTY = '<script>alert("1")</script> & "quotes" ∂y/∂o'


class Page(HTMLParser):
    """The tags with their attributes, and the text of some elements."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.tags, self.open, self.texts = [], [], {}
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "wbr"):
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def pngs(tmp_path):
    paths = []
    for i, width in enumerate((4, 6)):
        paths.append(tmp_path / f"{i}.png")
        save(new_figure(width, 2), paths[-1])
    return paths


@pytest.fixture
def page(tmp_path, pngs):
    path = tmp_path / "report.html"
    write_report(path, NASTY, [("test error", "4.88 %"), (NASTY, NASTY), ("loss", 0.123456789)], [
        Section(NASTY, [NASTY, "second paragraph"], pngs[0], caption=NASTY),
        Section("Table III", ["text"], str(pngs[1]), "of the figure",
                (["Layer, unit", NASTY, "Gradient", "Share"],
                 [["1, 5", NASTY, np.float32(0.25), "93.3 %"], ["2, 3", "b", 1e-7, "–"]])),
        Section("alone", table=(["a"], [["b"]]), caption="of the table"),
    ])
    return Page(path)


def test_the_page_is_well_formed(page):
    assert page.open == []
    assert page.source.startswith("<!DOCTYPE html>")


def test_nothing_is_fetched_from_anywhere(page):
    assert not re.search(r"https?:|//\w|@import|url\(", re.sub(r'base64,[^"]*', "", page.source))
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object"}
    sources = [value for _, attributes in page.tags for name, value in attributes.items()
               if name in ("src", "href", "srcset", "poster", "data")]
    assert all(source.startswith(("data:image/png;base64,", "#s")) for source in sources)


def test_every_figure_is_in_the_page_bit_for_bit(page, pngs):
    images = page.all("img")
    assert [base64.b64decode(image["src"].split(",")[1]) for image in images] == [
        path.read_bytes() for path in pngs]
    assert [(image["width"], image["height"]) for image in images] == [("384", "192"),
                                                                      ("576", "192")]
    assert [image["alt"] for image in images] == [NASTY, "of the figure"]


@pytest.mark.parametrize("grey", [True, False])
def test_a_large_figure_has_the_same_pixels_in_fewer_bytes(tmp_path, monkeypatch, grey):
    monkeypatch.setattr(page_module, "LARGE", 5_000)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    if grey:
        pixels[..., :3] = pixels[..., :1]
    Image.fromarray(pixels).save(tmp_path / "noise.png", dpi=(150, 150))
    write_report(tmp_path / "report.html", "t", [], [Section("s", [], tmp_path / "noise.png")])
    [image] = Page(tmp_path / "report.html").all("img")
    data = base64.b64decode(image["src"].split(",")[1])
    with Image.open(io.BytesIO(data)) as shown:
        np.testing.assert_array_equal(np.asarray(shown.convert("RGB")), pixels[..., :3])
    assert len(data) < (0.5 if grey else 0.9) * (tmp_path / "noise.png").stat().st_size
    assert image["width"] == "38"


def test_all_text_is_text(page):
    for tag in ("title", "h1", "h2", "p", "figcaption", "dt", "dd", "a"):
        assert NASTY in page.texts[tag], tag
    assert NASTY in page.texts["th"]
    assert NASTY in page.texts["td"]


def test_contents_lead_to_the_sections(page):
    sections = [section["id"] for section in page.all("section")]
    assert [link["href"] for link in page.all("a")] == [f"#{name}" for name in sections]
    assert page.texts["a"] == page.texts["h2"] == [NASTY, "Table III", "alone"]


def test_headline_numbers(page):
    assert page.texts["dt"] == ["test error", NASTY, "loss"]
    assert page.texts["dd"] == ["4.88 %", NASTY, "0.1235"]


def test_tables_with_numbers_flush_right(page):
    assert page.texts["td"] == ["1, 5", NASTY, "0.25", "93.3 %", "2, 3", "b", "1e-07", "–", "b"]
    assert [cell.get("class") for cell in page.all("td")[:4]] == [None, None, "number", "number"]


def test_a_caption_is_written_once(page):
    assert page.texts["figcaption"] == [NASTY, "of the figure"]
    assert page.texts["caption"] == ["of the table"]


def test_it_fits_a_phone_paper_and_a_dark_room(page):
    viewport = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    assert viewport in page.all("meta")
    style = page.texts["style"][0]
    assert re.search(r"img \{[^}]*max-width: 100%", style)
    assert "prefers-color-scheme: dark" in style
    assert re.search(r"@media print.*figure[^}]*break-inside: avoid", style, re.DOTALL)


def test_a_report_may_be_nearly_empty(tmp_path):
    write_report(tmp_path / "r.html", "t", [], [Section("only text", ["a"])])
    page = Page(tmp_path / "r.html")
    assert page.texts["p"] == ["a"]
    assert not page.all("dl")
    assert not page.all("figure")


def test_nothing_in_it_turns_what_follows_or_hides(tmp_path):
    text = "a\u202eb\u2066c\x1b[31m\udce9"
    write_report(tmp_path / "a.html", text, [(text, text)], [
        Section(text, [text], None, text, ([text], [[text]]), "first\n\tsecond\x1b")])
    page = Page(tmp_path / "a.html")
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page.source)
    for tag in ("title", "h1", "dt", "dd", "a", "h2", "p", "caption", "th", "td"):
        assert page.texts[tag][0] == "a�b�c�[31m�", tag
    assert page.texts["pre"] == ["first\n        second�"]


def test_long_names_break_in_a_table_and_can_be_copied_whole(tmp_path):
    name = "person_7/" + "x" * 200 + ".png"
    write_report(tmp_path / "a.html", "", [], [Section("", table=(["file"], [[name]]))])
    page = Page(tmp_path / "a.html")
    assert page.texts["td"] == [name]       # <wbr> is no character
    assert len(page.all("wbr")) == 2
    assert re.search(r"td \{[^}]*max-width[^}]*overflow-wrap: break-word", page.source)
