"""The parts of an answer of the stepper, before they become text or HTML.

    Title, Formula, Table, Sum, Remark, StepList

A table's cell is a string, a name, a picture or a bar. Text leaves pictures and bars out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .terms import Sum


@dataclass(frozen=True)
class Name:
    """A cell with the name of a number, as a user types it."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Picture:
    """A cell with the first maps of an array, or with a layer's weights."""

    array: np.ndarray
    weights: bool = False


@dataclass(frozen=True)
class Bar:
    """A cell with a bar; its length is from 0 to 1."""

    share: float


Cell = str | Name | Picture | Bar


@dataclass(frozen=True)
class Title:
    """What the lines below are about; `small` is smaller text beside it."""

    text: str
    small: str = ""


@dataclass(frozen=True)
class Formula:
    """One formula or several, a line each."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells; `sides` aligns the columns, one character each: "<" left, ">" right."""

    rows: Sequence[Sequence[Cell]]
    sides: str
    indent: int = 4


@dataclass(frozen=True)
class Remark:
    """A sentence; `wrong` if it reports that something is wrong."""

    text: str
    wrong: bool = False
    indent: int = 2


@dataclass(frozen=True)
class StepList:
    """All steps, and how many of them are done."""

    names: tuple[str, ...]
    done: int


Block = Title | Formula | Table | Remark | StepList | Sum
