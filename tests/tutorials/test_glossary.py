"""The glossary is in order and true to the code, and the links of all pages lead somewhere."""

import re
from operator import attrgetter
from pathlib import Path

import pytest

import tinycnn as tc

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "tutorials").glob("*.md"))
GLOSSARY = (ROOT / "tutorials/glossary.md").read_text("utf-8")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(text):
    """A page without its blocks of code."""
    return FENCED.sub("", text)


def links(text):
    """Where a page's links and pictures lead, on the web aside."""
    without_code = re.sub(r"(?<!\[)`[^`]*`", "", prose(text))
    found = re.findall(r"\]\(<?([^)>\s]+)>?\)", without_code)
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(text):
    """The anchors that GitHub gives to a page's headings."""
    seen, result = {}, []
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", prose(text), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        seen[anchor] = seen.get(anchor, -1) + 1
        result.append(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
    return result


def leads_nowhere(page, link):
    """Why a link of a page is broken; "" if it is not."""
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return f"no file {target}"
    if anchor and target.suffix == ".md" and anchor not in anchors(target.read_text("utf-8")):
        return f"no heading #{anchor} in {target.name}"
    return ""


@each_page
def test_every_link_leads_to_a_file_and_a_heading(page):
    broken = {link: why for link in links(page.read_text("utf-8"))
              if (why := leads_nowhere(page, link))}
    assert broken == {}


@each_page
def test_every_name_of_tinycnn_exists(page):
    """Such as `tc.train(net, x, t)`, in a sentence or a block; a change may add a new one."""
    text = re.sub(r"^```diff.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for name in re.findall(r"\btc\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)", text):
        attrgetter(name)(tc)


def test_broken_links_and_anchors_are_seen(tmp_path):
    page = ROOT / "tutorials/glossary.md"
    text = "## A `tc.x` heading: ∂L/∂o, [linked](x.md)\n## Twice\n## Twice\n```sh\n# none\n```"
    assert anchors(text) == ["a-tcx-heading-lo-linked", "twice", "twice-1"]
    assert links("a [b](c.md#d) `[e](f.md)` [g](https://h.org) ![i](j.png)\n```\n[k](l.md)\n```\n"
                 "[`m`](n.py)") == ["c.md#d", "j.png", "n.py"]
    assert "no file" in leads_nowhere(page, "nothing.md")
    assert "no file" in leads_nowhere(page, "../../outside.md")
    assert "no heading" in leads_nowhere(page, "README.md#nothing")
    assert leads_nowhere(page, "#unit") == ""


def entries():
    """{term: what stands below it}."""
    parts = re.split(r"^### (.+)\n", GLOSSARY, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_terms_are_in_alphabetical_order_and_each_once():
    terms = re.findall(r"^### (.+)$", GLOSSARY, re.MULTILINE)
    assert terms == sorted(terms, key=str.casefold)
    assert len(set(terms)) == len(terms)
    assert 45 <= len(terms) <= 60


def test_each_term_has_few_sentences_and_says_where_it_stands():
    for term, text in entries().items():
        said, where = text.strip().split("\n\n")
        assert 1 <= len(re.findall(r"[^.][.:](?=\s|$)", said.replace("...,", ""))) <= 4, term
        assert re.match(r"Paper: .+\. Code: \[`.+\)\.(?: Lesson \[\d+\].*\.)?$", where), term


def test_what_a_term_is_called_in_code_stands_in_the_file_it_links_to():
    named = re.findall(r"\[`([\w.]+)`\]\(\.\./(tinycnn/[\w/]+\.py)\)", GLOSSARY)
    assert len(named) >= 45
    for name, file in named:
        last = name.split(".")[-1]
        source = (ROOT / file).read_text("utf-8")
        pattern = rf"^ *(?:def|class) {last}\b|^(?:\w+, )*{last}\b"
        assert re.search(pattern, source, re.MULTILINE), name


def test_lessons_are_called_by_their_number():
    called = re.findall(r"\[(\d+)\]\(lessons/lesson_(\d+)_\w+\.ipynb\)", GLOSSARY)
    assert len(called) >= 30
    assert all(number == lesson for number, lesson in called)
