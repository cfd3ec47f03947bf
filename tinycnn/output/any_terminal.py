"""Text for terminals and pipes that lack some characters: cp1252 on Windows, ASCII in a C locale.

    printable(sys.stdout)       # from now on ∂L/∂w is printed, as dL/dw where there is no ∂
"""

from __future__ import annotations

import codecs
import io
import unicodedata
from typing import TextIO

SPELLED = str.maketrans({
    "∂": "d", "δ": "delta", "Σ": "Sum", "λ": "lambda", "μ": "mu", "µ": "mu", "ε": "eps",
    "σ": "sigma", "√": "sqrt ", "±": "+/-", "·": "*", "×": "x", "−": "-", "–": "-", "→": "->",
    "←": "<-", "≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "∞": "inf", "°": " degrees",
    "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "█": "#", "▀": "#", "\N{REPLACEMENT CHARACTER}": "?"})


def printable(stream: TextIO) -> None:
    """Let a stream write any text: what its encoding lacks is spelled out, or becomes "?"."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="tinycnn")


def _spelled(error: UnicodeError) -> tuple[str, int]:
    """What to write in the place of characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start:error.end].translate(SPELLED)
    plain = unicodedata.normalize("NFKD", text)     # é is e and an accent
    kept = "".join(c if c.isascii() else "" if unicodedata.combining(c) else "?" for c in plain)
    return kept, error.end


codecs.register_error("tinycnn", _spelled)
