"""The report: one HTML file with everything in it, to read, to print and to share.

No script, no web font, no second file: figures are embedded as base64. So the page looks the same
without internet, and in ten years.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .page_style import STYLE
from .text import harmless_lines
from .whole_file import write_text

if TYPE_CHECKING:
    from PIL import Image

LARGE = 1_000_000       # bytes of a figure
Table = tuple[Sequence[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Section:
    """One section of the report; all text is plain text.

    Attributes:
        title: its heading, also in the table of contents.
        text: paragraphs.
        figure: a PNG file to embed, if any.
        caption: of the figure, or of the table if there is no figure; names the options used.
        table: (header, rows), if any; columns of numbers are set flush right.
        listing: text whose lines stay as they are, such as a report of the gradient check.
    """

    title: str
    text: Sequence[str] = ()
    figure: str | Path | None = None
    caption: str = ""
    table: Table | None = None
    listing: str = ""


def write_report(path: str | Path, title: str, lead: Sequence[tuple[str, Any]],
                 sections: Sequence[Section]) -> None:
    """Write the page: headline numbers `lead` as (label, value) tiles, contents, then sections."""
    tiles = "".join(f"<div><dt>{_text(label)}</dt><dd>{_cell(value)}</dd></div>\n"
                    for label, value in lead)
    contents = "".join(f'<li><a href="#s{i}">{_text(section.title)}</a></li>\n'
                       for i, section in enumerate(sections, start=1))
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(title)}</title>
<style>
{STYLE}</style>
</head>
<body>
<header>
<h1>{_text(title)}</h1>
{f'<dl class="tiles">{tiles}</dl>' if lead else ""}
<nav aria-label="Contents"><ol>
{contents}</ol></nav>
</header>
<main>
{"".join(_section(i, section) for i, section in enumerate(sections, start=1))}</main>
</body>
</html>
"""
    write_text(path, page)


def _section(number: int, section: Section) -> str:
    """A section's HTML: heading, paragraphs, figure, table."""
    parts = [f'<section id="s{number}">', f"<h2>{_text(section.title)}</h2>"]
    parts += [f"<p>{_text(paragraph)}</p>" for paragraph in section.text]
    if section.figure is not None:
        parts.append(_figure(Path(section.figure), section.caption or section.title))
    if section.table is not None:
        parts.append(_table(section.table, "" if section.figure else section.caption))
    if section.listing:
        parts.append(f"<pre>{_text(section.listing)}</pre>")
    return "\n".join([*parts, "</section>\n"])


def _figure(path: Path, caption: str) -> str:
    """A PNG file as part of the page, at the size that its dpi gives: so text has its true size."""
    from PIL import Image  # imported late: only pictures need it
    with Image.open(path) as image:
        pixels = 96 / round(image.info.get("dpi", (96, 96))[0])     # screen pixels per image pixel
        width, height = (int(side * pixels) for side in image.size)
        data = base64.b64encode(_smaller(image, path.read_bytes())).decode("ascii")
    return (f'<figure>\n<img src="data:image/png;base64,{data}" alt="{_text(caption)}" '
            f'width="{width}" height="{height}">\n'
            f"<figcaption>{_text(caption)}</figcaption>\n</figure>")


def _smaller(image: Image.Image, data: bytes) -> bytes:
    """A large PNG file without its transparency, which no figure has, and in grey if all of it is:
    the same pixels in as little as a third of the bytes."""
    if len(data) < LARGE:
        return data
    colour = image.convert("RGB")
    pixels, file = np.asarray(colour), io.BytesIO()
    (colour.convert("L") if (pixels == pixels[..., :1]).all() else colour).save(file, "PNG")
    return file.getvalue()


def _table(table: Table, caption: str) -> str:
    """A table that scrolls by itself if the screen is too narrow for it."""
    header, rows = table
    numeric = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(header))]
    tags = ['class="number"' if number else "" for number in numeric]
    head = "".join(f"<th {tag}>{_text(str(word))}</th>"
                   for tag, word in zip(tags, header, strict=True))
    body = "".join("<tr>" + "".join(f"<td {tag}>{_cell(value)}</td>"
                                    for tag, value in zip(tags, row, strict=True)) + "</tr>\n"
                   for row in rows)
    title = f"<caption>{_text(caption)}</caption>\n" if caption else ""
    return (f'<div class="scroll"><table>\n{title}<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{body}</tbody>\n</table></div>")


def _cell(value: Any) -> str:
    """A value as text: four digits of a float, everything else as it is; file names may break."""
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    return _text(str(value)).replace("_", "_<wbr>").replace("/", "/<wbr>")


def _text(text: str) -> str:
    """A text as HTML; what would turn the direction of what follows, or control, is replaced."""
    return escape(harmless_lines(text))


def _is_number(value: Any) -> bool:
    """Whether a cell holds a number, or text that begins as one does, such as "4.88 %"."""
    text = str(value).strip().removesuffix("%").strip().replace("−", "-")
    try:
        float(text)
    except ValueError:
        return text in {"", "–"}
    return True
