"""Numbers, ranges, shapes, lists and columns as text."""

from __future__ import annotations

import difflib
import re
import traceback
from collections.abc import Iterable, Sequence

import numpy as np


def number(value: float, digits: int = 6) -> str:
    """A number with at most `digits` significant digits."""
    return f"{value + 0.0:.{digits}g}"      # + 0.0: no "-0"


def in_form(form: str, value: float) -> str:
    """A value in a form such as "{:+.2f}" or "{:.0%}"; a zero has no sign: "0.00", not "-0.00"."""
    return re.sub(r"^[+-](?=[0.%]+$)", "", form.format(value))


def span(array: np.ndarray) -> str:
    """The lowest and highest number of an array, "-0.21 to 0.34", and how many are not finite."""
    bad = ~np.isfinite(array)
    finite = array[~bad]
    if finite.size == 0:
        return "not finite" if array.size else "no numbers"
    low, high = number(finite.min(), 4), number(finite.max(), 4)
    text = low if low == high else f"{low} to {high}"
    return f"{text}, {bad.sum()} not finite" if bad.any() else text


def times(shape: Iterable[int]) -> str:
    """A shape: "1 x 5 x 56 x 56"."""
    return " x ".join(map(str, shape)) or "1"


def listing(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    words = list(words)
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def first_of(words: Sequence[str], most: int) -> list[str]:
    """The first words of a long list, and "..." if there are more."""
    return [*words[:most], *["..."] * (len(words) > most)]


def did_you_mean(word: str, possible: Iterable[str]) -> str:
    """`; did you mean conv2d?`, or "" if nothing is similar."""
    return "".join(f"; did you mean {near}?"
                   for near in difflib.get_close_matches(word, list(possible), 1))


# Control characters, lone surrogates, line separators, and what turns the direction of a text.
HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069"
                     "\ufeff\ud800-\udfff]")


def harmless(text: str) -> str:
    """A name from a file as a terminal, a page or a figure can show it: one line of valid text.

    Bytes that are no UTF-8, control characters and those that turn the direction of what follows
    become U+FFFD. Letters of all scripts stay.
    """
    return HARMFUL.sub("\N{REPLACEMENT CHARACTER}", text)


def harmless_lines(text: str) -> str:
    """The same for a text of several lines, such as a message or what a program printed."""
    return "\n".join(harmless(line.expandtabs()) for line in text.splitlines())


def last_frame(error: BaseException, file: str) -> traceback.FrameSummary | None:
    """Where in `file` an error was raised: the last call in this file, or None if there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame for frame in reversed(frames) if frame.filename == file), None)


def columns(rows: Sequence[Sequence[str]], sides: str, indent: int = 2,
            gap: str = "  ") -> list[str]:
    """Any rows as lines, each column as wide as its widest cell.

    Args:
        sides: "<" for each column that is flush left, ">" for one that is flush right.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [(" " * indent + gap.join(f"{cell:{side}{width}}" for cell, side, width
                                     in zip(row, sides, widths, strict=True))).rstrip()
            for row in rows]
