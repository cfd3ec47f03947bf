"""The site: every page of the course, and the reference from the docstrings, linked both ways.

It mirrors the repository: `tutorials/glossary.md` becomes `tutorials/glossary.html`, and
`tinycnn/network/loss.py` becomes `tinycnn/network/loss.html`, the reference of that module. So a
link that works in the repository works here once its ending is changed. Each page of the reference
names the lessons and pages that link to it. Nothing in it is loaded from elsewhere.
"""

from __future__ import annotations

import html
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from posixpath import dirname, normpath, relpath

import nbformat
import pdoc
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter

import tinycnn.stepper

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "tutorials/site_parts"
# Modules that give answers away, and modules that need PyTorch.
NOT_SHOWN = r"tinycnn\.(gradcheck\.(zoo|mistakes)|course\.lesson_\d|bench\.(torch|rivals))"
HREF = re.compile(r'(href|src)="([^"#:]+)(#[^"]*)?"')
HEADING = re.compile(r"<h([1-6])[^>]*>(.*?)(?:<a class=\"anchor-link\".*?</a>)?</h\1>", re.DOTALL)


def build_site(out: Path) -> None:
    """Write the site to a folder; an older site there is replaced once the new one is complete."""
    if out.exists() and not (out / "reference.html").exists():
        raise SystemExit(f"{out} is there already and holds no site; expected a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:     # nothing half-built is left
        draft = Path(folder) / "site"
        write_site(draft)
        shutil.rmtree(out, ignore_errors=True)
        draft.rename(out)


def write_site(out: Path) -> None:
    """All pages, the reference, and the files that pages link to."""
    pages = [*map(Path, ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "datasets/README.md")),
             *(path.relative_to(ROOT) for folder, ending in (("", "md"), ("lessons/", "ipynb"))
               for path in sorted((ROOT / "tutorials" / folder).glob(f"*.{ending}")))]
    bodies = {page.as_posix(): body(ROOT / page) for page in pages}
    seen_in: dict[str, dict[str, str]] = {}     # {"tinycnn/network/loss.html": {page: title}}
    files: set[str] = set()                     # other files that pages link to
    shown = {}
    for page, text in bodies.items():
        shown[page] = HREF.sub(follow(page, title(text), seen_in, files), text)
    out.mkdir()
    reference(out, seen_in)
    for page, text in shown.items():
        write_page(out, target(page), title(text), text)
    for name in files:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, out / name)
    style = HtmlFormatter().get_style_defs(".highlight") + (PARTS / "style.css").read_text("utf-8")
    (out / "style.css").write_text(style, encoding="utf-8")


def target(path: str) -> str:
    """The path in the site for a file of the repository; files without a page keep their names."""
    if path == "README.md":
        return "index.html"
    if re.match(NOT_SHOWN, path.replace("/", ".")):
        return path         # no page of the reference: the source
    if re.fullmatch(r"tinycnn/.*\.py|tutorials/.*\.ipynb|.*\.md", path):
        return re.sub(r"(/__init__)?\.\w+$", ".html", path)
    return path


def body(path: Path) -> str:
    """A page's content as HTML."""
    if path.suffix == ".md":
        return as_html(path.read_text("utf-8"))
    return as_html(nbformat.read(path, as_version=4))


def as_html(content: str | nbformat.NotebookNode) -> str:
    """Markdown or a notebook as HTML, headings with the anchors that GitHub gives them."""
    book = content
    if isinstance(content, str):
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(content)])
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True,
                            exclude_output_prompt=True)
    text, _ = exporter.from_notebook_node(book)
    return HEADING.sub(lambda found: f'<h{found[1]} id="{anchor(found[2])}">{found[2]}'
                                     f"</h{found[1]}>", text)


def anchor(heading: str) -> str:
    """The name that GitHub gives to a heading: "Two commands" is #two-commands."""
    words = html.unescape(re.sub(r"<[^>]+>", "", heading)).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def title(text: str) -> str:
    """The first heading of a page."""
    found = HEADING.search(text)
    return re.sub(r"<[^>]+>", "", found[2]).strip() if found else "tinycnn"


def follow(page: str, name: str, seen_in: dict[str, dict[str, str]],
           files: set[str]) -> Callable[[re.Match[str]], str]:
    """A function that rewrites a link of `page`; it notes the linked modules, and files to copy."""
    def replace(found: re.Match[str]) -> str:
        path = normpath(f"{dirname(page)}/{found[2]}".lstrip("/"))
        if not (ROOT / path).exists():
            raise SystemExit(f"{page} links to {found[2]}, which is not there")
        if (ROOT / path).is_dir():
            path += "/__init__.py" if path.startswith("tinycnn") else "/README.md"
        there = target(path)
        if path.startswith("tinycnn/") and there != path:
            seen_in.setdefault(there, {})[target(page)] = name
        elif there == path:
            files.add(path)
        here = dirname(target(page)) or "."
        return f'{found[1]}="{relpath(there, here)}{found[3] or ""}"'
    return replace


def reference(out: Path, seen_in: dict[str, dict[str, str]]) -> None:
    """The pages of the modules, from their docstrings, and a page that lists them all."""
    vars(tinycnn).update({name: getattr(tinycnn, name) for name in tinycnn.__all__})
    pdoc.render.configure(template_directory=PARTS, docformat="google", show_source=True)
    pdoc.render.env.globals["seen_in"] = seen_in
    names = [name for name in module_names() if not re.match(NOT_SHOWN, name)]
    for module in map(import_module, names):
        # If a docstring ends with an example, Python removes the example's indentation, as if all
        # of the text had it. An invisible line at the margin prevents that.
        module.__doc__ = f"{module.__doc__}\n<!-- the end -->"
    with warnings.catch_warnings():     # a module is named twice if its package lists it too
        warnings.filterwarnings("ignore", "The module specification", UserWarning)
        warnings.filterwarnings("ignore", "Error parsing type annotation", UserWarning)
        warnings.filterwarnings("ignore", r"Couldn't import tinycnn\.bench", UserWarning)
        pdoc.pdoc(*names, f"!{NOT_SHOWN}", output_directory=out)
    lines = ["# Reference", "", "Every module, from its docstrings. Each page names the lessons "
             "that use the module.", ""]
    for name in names:
        if name.count(".") == 1 and hasattr(sys.modules[name], "__path__"):
            lines += ["", f"## {name}", ""]
        first = (sys.modules[name].__doc__ or "").splitlines()[0]
        lines.append(f"- [{name}]({name.replace('.', '/')}.html): {html.escape(first)}")
    write_page(out, "reference.html", "Reference", as_html("\n".join(lines)))


def module_names() -> list[str]:
    """All modules of tinycnn; those of the top first, then package by package."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
             for path in (ROOT / "tinycnn").rglob("*.py") if path.stem != "__main__"]
    packages = {name.rpartition(".")[0] for name in names}
    inner = packages - {"tinycnn"}
    return sorted(names, key=lambda name: (name.count(".") > 1 or name in inner, name))


def write_page(out: Path, path: str, name: str, text: str) -> None:
    """One page of the site, with the links that all have."""
    up = relpath(".", dirname(path) or ".")
    page = (PARTS / "page.html").read_text("utf-8")
    for key, value in (("TITLE", name), ("UP", up), ("BODY", text)):
        page = page.replace(f"{{{{{key}}}}}", value)
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    (out / path).write_text(page, encoding="utf-8")
