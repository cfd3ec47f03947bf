"""Names from files in figures: short, of letters that can be drawn, and never taken for a formula.
"""

from __future__ import annotations

import functools
import itertools
import logging
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import ParamSpec

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from ..output.text import harmless, listing
from .fonts import font_for, properties
from .style import TEXT

WIDTH = 2.2         # inches at the size of TEXT: about 35 letters
LISTED = 200        # in a legend; a page with thousands could not be read
JOINERS = "\u200c\u200d\ufe0e\ufe0f"
Arguments = ParamSpec("Arguments")
log = logging.getLogger("tinycnn")


def labels(names: Iterable[object], width: float = WIDTH) -> list[str]:
    """What figures write for names.

    A name wider than `width` inches is cut in the middle. One with letters that no font here has
    becomes a number, and one log line says so. Names that differ have labels that differ, and what
    this returns stays as it is when given again.
    """
    asked = [str(name) for name in names]
    shown = {name: _clean(name) for name in asked}
    missing = {name for name, text in shown.items() if font_for(text)[1]}
    shown = {name: "" if name in missing else _cut(text, width) for name, text in shown.items()}
    taken = {name for name, text in shown.items() if name == text}
    possible: dict[str, Iterator[str]] = {"": map(str, itertools.count(1))}
    for name in [name for name in shown if name not in taken]:
        text = shown[name]
        others = possible.setdefault(text, _numbered(text))
        shown[name] = next(label for label in others if label not in taken)
        taken.add(shown[name])
    if missing:
        log.warning("%s. An installed font that has them would be used, such as Noto Sans CJK",
                    legend({name: shown[name] for name in shown if name in missing}, listed=3))
    return [shown[name] for name in asked]


def legend(shown: Mapping[str, str], listed: int = LISTED) -> str:
    """A sentence that says which numbers stand for which of the names {name: label}; "" if none."""
    pairs = [f"{label} is {_clean(name)}" for name, label in shown.items()
             if font_for(_clean(name))[1]]
    if not pairs:
        return ""
    rest = len(pairs) - listed
    which = [*pairs[:listed], *[f"so on for {rest} more"] * (rest > 0)]
    return (f"No font here has the letters of {len(pairs)} name{'s'[:len(pairs) != 1]}, so figures "
            f"write numbers: {listing(which)}")


def as_written(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Let a function's figure show its texts as they are, whatever the user's settings.

    `$` is no formula, and a text with letters that the usual font lacks gets one that has them.
    Ticks whose numbers matplotlib writes have no text yet and are left alone, as is what is added
    to the figure later.
    """
    @functools.wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        fig = draw(*args, **kwargs)
        for text in fig.findobj(Text):
            words = text.get_text()
            if "$" in words:
                text.set(parse_math=False, usetex=False)
            if not words.isascii():
                file, missing = font_for(words)
                text.get_fontproperties().set_file(file)
                text.set_text(words.translate(
                    {ord(letter): "\N{REPLACEMENT CHARACTER}" for letter in missing}))
        return fig
    return drawn


def _clean(name: str) -> str:
    """A name as one line, its accents part of their letters: so equal looks are equal texts."""
    return unicodedata.normalize("NFC", harmless(name))


def _numbered(text: str) -> Iterator[str]:
    """A label and others like it, should it be taken: "Wo…ng", "Wo…ng (2)", "Wo…ng (3)"."""
    yield text
    yield from (f"{text} ({i})" for i in itertools.count(2))


def _cut(text: str, width: float) -> str:
    """The text if it is not wider than `width` inches; else its beginning and its end."""
    if sum(map(_advance, text)) <= width:
        return text
    room = (width - _advance("…") - 0.3) / 2        # 0.3: for a " (2)"
    head = sum(end <= room for end in itertools.accumulate(map(_advance, text)))
    tail = sum(end <= room for end in itertools.accumulate(map(_advance, reversed(text))))
    end = text[len(text) - tail:]
    while end and (unicodedata.combining(end[0]) or end[0] in JOINERS):     # of the letter before
        end = end[1:]
    return f"{text[:head].rstrip()}…{end.lstrip()}"


@functools.lru_cache(maxsize=10_000)
def _advance(letter: str) -> float:
    """The width in inches of one letter of TEXT size; a mark on another letter takes a little."""
    font = properties(letter, TEXT)
    return max(text_to_path.get_text_width_height_descent(letter, font, False)[0] / 72, 0.02)
