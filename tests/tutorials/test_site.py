"""The site: every link in it leads somewhere, both ways, and nothing is loaded from elsewhere."""

import os
import re
import subprocess
import sys
from html import unescape
from posixpath import dirname, normpath
from urllib.parse import unquote

import pytest
from helpers_lessons import LESSONS, TUTORIALS

LINK = re.compile(r'<(\w+)[^>]*? (href|src)="([^"]*)"')
CODE = re.compile(r'<div class="pdoc-code.*?</div>|<script.*?</script>', re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """{path: text} of all pages."""
    for needed in ("pdoc", "nbconvert"):
        pytest.importorskip(needed, reason="pip install -e '.[dev]'")
    folder = tmp_path_factory.mktemp("site")
    (folder / "torch.py").write_text("raise ModuleNotFoundError('the dev extra has no PyTorch')")
    out = folder / "site"
    done = subprocess.run([sys.executable, TUTORIALS / "build.py", "site", "--out", out],
                          capture_output=True, text=True, timeout=180,
                          env={**os.environ, "PYTHONPATH": str(folder)})
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return out


def pages(site):
    return {path.relative_to(site).as_posix(): CODE.sub("", path.read_text("utf-8"))
            for path in site.rglob("*.html")}


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    found = pages(site)
    anchors = {path: set(map(unescape, re.findall(r' id="([^"]*)"', text)))
               for path, text in found.items()}
    broken = []
    for path, text in found.items():
        for tag, _, link in LINK.findall(text):
            if link.startswith("data:"):
                continue
            if re.match(r"\w+:", link):
                if tag != "a":
                    broken.append(f"{path} loads {link}")
                continue
            file, _, name = unquote(unescape(link)).partition("#")
            there = normpath(f"{dirname(path)}/{file}".lstrip("/")) if file else path
            if not (site / there).is_file():
                broken.append(f"{path} links to {link}")
            elif name and there in anchors and not (
                    name in anchors[there] or name.startswith("_")):    # a private base class
                broken.append(f"{path} links to {link}: no such place")
    assert not broken, "\n".join(broken[:20])


def test_lessons_and_reference_are_linked_both_ways(site):
    found = pages(site)
    for lesson in LESSONS:
        path = f"tutorials/lessons/{lesson.stem}.html"
        modules = set(re.findall(r'href="\.\./\.\./(tinycnn/[\w/]+\.html)"', found[path]))
        assert modules, f"{lesson.stem} links to no module"
        for module in modules:
            assert f'{path}"' in found[module], f"{module} does not link back to {lesson.stem}"
    assert 'tutorials/paper.html"' in found["tinycnn/gradients/prediction.html"]


def test_the_reference_has_the_docstrings_and_gives_no_answer_away(site):
    found = pages(site)
    page = found["tinycnn/gradients/prediction.html"]
    assert "The mean prediction gradient over the images" in page
    assert not [path for path in found if "/zoo" in path or "course/lesson_" in path]
    assert len(found) > 150


def test_an_older_site_is_replaced_and_another_folder_is_left_alone(tmp_path):
    pytest.importorskip("pdoc", reason="pip install -e '.[dev]'")
    (tmp_path / "mine.txt").write_text("keep")
    done = subprocess.run([sys.executable, TUTORIALS / "build.py", "site", "--out", tmp_path],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "holds no site" in done.stderr
    assert (tmp_path / "mine.txt").read_text() == "keep"
