"""Build what is made from the lessons: their executed notebooks, and the site with the reference.

    python tutorials/build.py notebooks         # runs lessons/*.py, writes lessons/*.ipynb
    python tutorials/build.py notebooks 3 5     # these two
    python tutorials/build.py site              # course, lessons and reference as HTML, in site/

Needs `pip install -e ".[dev]"`. The notebooks are kept with their outputs, so run the first command
whenever a lesson, or what it prints, has changed; a test fails until that is done.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

# As on the command line: one thread is as fast here, and the rounding is the same on all machines.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
TUTORIALS = Path(__file__).resolve().parent
LESSONS = sorted((TUTORIALS / "lessons").glob("lesson_*.py"))
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def source(lesson: Path) -> nbformat.NotebookNode:
    """The notebook of a lesson before it is run; the same script gives the same bytes."""
    book = jupytext.read(lesson, fmt="py:percent")
    book.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.NotebookNode()
    return book


def execute(lesson: Path) -> nbformat.NotebookNode:
    """Run a lesson from top to bottom, in a kernel of its own; an error in a cell is raised."""
    book = source(lesson)
    NotebookClient(book, timeout=300, kernel_name="python3", record_timing=False,
                   coalesce_streams=True,
                   resources={"metadata": {"path": str(lesson.parent)}}).execute()
    return book


def write_notebook(lesson: Path) -> str:
    """Run a lesson and keep its notebook beside it; returns a line about it."""
    path = lesson.with_suffix(".ipynb")
    nbformat.write(execute(lesson), path)
    return f"{path.name}: {path.stat().st_size / 1000:.0f} kB"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    notebooks = commands.add_parser("notebooks", help="run the lessons and keep their notebooks")
    notebooks.add_argument("lessons", nargs="*", type=int, help="numbers; all where none is given")
    notebooks.set_defaults(run=_notebooks)
    site = commands.add_parser("site", help="course, lessons and reference as HTML")
    site.add_argument("--out", type=Path, default=Path("site"), help="folder, default site/")
    site.set_defaults(run=_site)
    options = parser.parse_args()
    options.run(options)


def _notebooks(options: argparse.Namespace) -> None:
    chosen = [lesson for lesson in LESSONS
              if not options.lessons or int(lesson.stem.split("_")[1]) in options.lessons]
    with ProcessPoolExecutor(2) as pool:
        for line in pool.map(write_notebook, chosen):
            print(line)


def _site(options: argparse.Namespace) -> None:
    sys.path.insert(1, str(TUTORIALS.parent))       # this tree's docstrings, not installed ones
    from build_site import build_site
    build_site(options.out)


if __name__ == "__main__":
    main()
