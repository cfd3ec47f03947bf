"""Names that students choose, made harmless: for a terminal, a page, a file and a spreadsheet.

    plain_name("Zoë\\u202e\\x1b[2J")   # "Zoë�[2J" with marks for what cannot be shown
    file_name("../Zoë B")             # "_Zoë_B"
    cell(" =1+2")                     # "' =1+2", which no spreadsheet computes
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 120           # bytes of a name: the endings of files, and a number, still fit beside it
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt")
                                          for n in range(10))}
FORMULA = re.compile(r"(^|[;\t\r\n])(\s*)(?=[=+\-@＝＋－＠])")


def plain_name(text: str, longest: int = LONGEST) -> str:
    """A name as one line that can be printed: no control and no bidi characters, not too long."""
    text = "".join(c if c.isprintable() else " " if c.isspace() else "�"
                   for c in unicodedata.normalize("NFC", text))
    text = " ".join(text.split()).encode()[:longest].decode(errors="ignore")
    return text.strip() or "�"


def file_name(name: str) -> str:
    """A name that is safe for a file: letters, digits, and . _ - (no dot at either end)."""
    safe = re.sub(r"[^\w.-]", "_", plain_name(name, LONGEST + 12)).strip(".") or "_"
    return f"_{safe}" if safe.partition(".")[0].casefold() in RESERVED else safe


def distinct(names: list[str]) -> list[str]:
    """The names, with a number after each whose file would have the name of an earlier one's.

    Files are compared as the pickiest systems do: without upper and lower case, and with letters
    that look the same taken as the same.
    """
    taken, found = {_key(name) for name in names}, []
    seen: set[str] = set()
    for name in names:
        new, number = name, 1
        while _key(new) in seen or (number > 1 and _key(new) in taken):
            number += 1
            new = f"{name}-{number}"
        seen.add(_key(new))
        found.append(new)
    return found


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", file_name(name)).casefold())


def cell(text: str) -> str:
    """A cell that no spreadsheet treats as a formula, also where ; separates the cells."""
    return FORMULA.sub(r"\1\2'", text)
