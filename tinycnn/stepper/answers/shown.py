"""The two forms of an answer of the stepper: text and HTML."""

from __future__ import annotations

from collections.abc import Sequence

from .as_html import as_html
from .as_text import as_text
from .blocks import Block


class Shown:
    """An answer that is made of blocks: a text in a terminal, tables and pictures in a notebook."""

    def blocks(self) -> Sequence[Block]:
        """What there is to show, from top to bottom."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """The answer as lines of text, 79 columns wide."""
        return as_text(self.blocks())

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return as_html(self.blocks())
