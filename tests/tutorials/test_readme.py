"""What the README and the tutorials show is run, not believed."""

import csv
import re
import runpy
import shlex
from collections import defaultdict
from pathlib import Path

import helpers_pages
import pytest

from tinycnn.analysis.intervals import Interval
from tinycnn.commands.main import parser
from tinycnn.gradcheck.zoo import BUGS
from tinycnn.paper.study.claims import CLAIMS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind, text=README):
    return [content for _, content in helpers_pages.blocks(text, kind)]


def test_the_python_blocks_run_and_their_asserts_hold():
    assert len(blocks("python")) >= 1
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})


# These are run, with more assertions, by tests/paper/study/test_tutorial.py, by
# test_from_pytorch.py and by tests/paper/reproduce/test_any_network.py.
PAGES = sorted({*(ROOT / "tutorials").glob("*.md")} - {ROOT / f"tutorials/{page}.md" for page in (
    "do_the_claims_hold", "from_pytorch", "reproduce_the_paper")})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_python_blocks_of_tutorials_run(page, tmp_path, monkeypatch):
    """In order and in one session, as a reader runs them. Three pages have words alone."""
    (tmp_path / "tutorials").symlink_to(ROOT / "tutorials")
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    monkeypatch.chdir(tmp_path)         # what a page writes stays out of the repository
    found = blocks("python", page.read_text(encoding="utf-8"))
    assert found or page.name in ("README.md", "glossary.md", "paper.md")
    session = {"__name__": "tutorial"}
    for block in found:
        exec(compile(block, page.name, "exec"), session)


def test_what_the_readme_shows_of_an_output_is_in_a_tutorial():
    tutorials = [page.read_text(encoding="utf-8") for page in (ROOT / "tutorials").glob("*.md")]
    assert len(blocks("text")) == 2
    for block in blocks("text"):
        for answer in block.strip().split("\n\n("):       # one command of a session, or all of it
            assert any(answer in tutorial for tutorial in tutorials), answer


def test_the_number_of_planted_bugs_is_right():
    assert f"has {len(BUGS)} more" in README
    for page, said in (("README", f"zoo/` has {len(BUGS)}."),
                       ("homework_for_a_class", f"the {len(BUGS)} planted bugs")):
        assert said in (ROOT / f"tutorials/{page}.md").read_text("utf-8"), page


def test_every_tinycnn_command_is_one():
    names = "reproduce|draw-faces|check|bench|step|handout|grade|study"
    commands = re.findall(rf"tinycnn (?:{names})[^\n`]*", "".join(blocks("sh")))
    assert len(commands) >= 3
    for command in commands:
        words = shlex.split(command.split(";")[0].replace("$seed", "0"), comments=True)[1:]
        assert parser().parse_args(words).run is not None


def test_every_file_that_is_named_exists():
    names = re.findall(r"\]\(([^)#:]+)\)|`((?:tinycnn|datasets|tutorials|tests)/[\w./]+)`", README)
    assert len(names) > 10
    for pair in names:
        name = "".join(pair)
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("script", sorted((ROOT / "tutorials").glob("*.py")), ids=lambda p: p.name)
def test_tutorials_run(script):
    runpy.run_path(str(script))


NUMBER = re.compile(r"(?P<with_interval>-?[\d.]+ \(-?[\d.]+ to -?[\d.]+\))"
                    r"|(?P<mean>-?[\d.]+) (?P<verdict>(?:holds|in part|no|\?|says nothing)\*?)$")
SHORT = {"holds in part": "in part", "does not hold": "no", "cannot be told": "?"}


def plain(text):
    """Without the percent signs, which a table writes once, and a text at each number."""
    return re.sub(r" ?%", "", text)


def definitive():
    """{study: [(number with interval, verdict in short)]} of tutorials/verdicts.csv. A star says
    that the verdict stands only alone."""
    claims = {claim.key: claim for claim, *_ in CLAIMS}
    found = defaultdict(list)
    with open(ROOT / "tutorials/verdicts.csv", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            mean, low, high = (float(line[end] or "nan") for end in ("mean", "low", "high"))
            number = claims[line["claim"]].text(Interval(mean, low, high, int(line["networks"])))
            short = SHORT.get(line["verdict"], line["verdict"]) + "*" * ("alone" in line["remark"])
            found[line["study"]].append((plain(number), short))
    return found


@pytest.mark.parametrize("page", ["README.md", "tutorials/lessons/lesson_7_controls.py",
                                  "tutorials/do_the_claims_hold.md"])
def test_what_is_said_of_a_hundred_networks_is_what_their_scorecards_say(page):
    """Tables with columns for the drawn and the Yale faces: numbers, and verdicts after them."""
    known, checked = definitive(), 0
    text = re.sub(r"^# ", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE)
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        head, _, *rows = ([cell.strip() for cell in row.split("|")[1:-1]]
                          for row in table.splitlines())
        for row in rows:
            for i, (name, cell) in enumerate(zip(head, row, strict=True)):
                study = name.removesuffix(" faces")
                if study not in known or not (number := NUMBER.match(plain(cell))):
                    continue
                said, verdict = number["with_interval"] or number["mean"], number["verdict"]
                if head[i + 1:i + 2] == ["verdict"]:
                    verdict = row[i + 1]
                verdicts = [short for text, short in known[study]
                            if said == (text if number["with_interval"] else text.split()[0])]
                assert verdicts, f"{study}: {cell}"
                assert verdict in (None, *verdicts), f"{study}: {cell} {verdict}"
                checked += 1
    assert checked >= 10
