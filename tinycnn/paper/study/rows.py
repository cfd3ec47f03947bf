"""The table of a study: one number in each row, and columns that say which number it is."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...output.csv_file import write_csv


class Row(NamedTuple):
    """One number of one seed.

    Attributes:
        seed: the seed of the network that it was measured on.
        analysis: which question it belongs to, such as "knockout" or "consistency".
        subject: what was measured: a measure ("gradient, logit"), a kind of profile ("pixels").
        option: the condition: "strongest, all images", "raw".
        identity: the person, counted from 1; "" for the mean over all.
        feature: the feature map as people read it, "1, 5"; "" where there is none.
        step: how many features were removed, or another count; "" where there is none.
        quantity: the name of the number, such as "class error".
        value: the number; NaN where it could not be measured.
    """

    seed: int
    analysis: str
    subject: str
    option: str
    identity: str
    feature: str
    step: int | str
    quantity: str
    value: float


def row(seed: int, analysis: str, quantity: str, value: float, *, subject: str = "",
        option: str = "", identity: str = "", feature: str = "", step: int | str = "") -> Row:
    """A Row; what does not apply can be left out."""
    return Row(seed, analysis, subject, option, identity, feature, step, quantity, float(value))


def mean(values: Sequence[float] | np.ndarray) -> float:
    """The mean; NaN if there are no values."""
    return float(np.mean(values)) if len(values) else float("nan")


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """All rows as CSV, under the names of Row's fields; numbers keep all their digits."""
    write_csv(path, Row._fields, rows)


def read_rows(path: Path) -> list[Row]:
    """Read what `write_rows` wrote.

    Raises:
        ValueError: the file is something else, or is cut off.
    """
    with open(path, encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        if tuple(next(lines, ())) != Row._fields:
            raise ValueError(f"{path}: its first line does not name the columns of a study")
        try:
            return [Row(int(seed), analysis, subject, option, identity, feature,
                        int(step) if step else "", quantity, float(value))
                    for seed, analysis, subject, option, identity, feature, step, quantity, value
                    in lines]
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: damaged ({error})") from error


class Numbers:
    """The rows of a study, to ask for: `numbers.find("knockout", "overall error, area")`."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)
        self._index: dict[tuple[str, str, str, str], list[Row]] = {}
        for r in self.rows:
            self._index.setdefault((r.analysis, r.subject, r.option, r.quantity), []).append(r)

    def find(self, analysis: str, quantity: str, *, subject: str = "", option: str = "",
             identity: str = "", feature: str = "", step: int | str = "") -> np.ndarray:
        """One number for each seed, in the order of the seeds; empty where nothing was measured."""
        return self.together(analysis, [quantity], subject=subject, option=option,
                             identity=identity, feature=feature, step=step)[:, 0]

    def together(self, analysis: str, quantities: Sequence[str], *, subject: str = "",
                 option: str = "", identity: str = "", feature: str = "",
                 step: int | str = "") -> np.ndarray:
        """(seeds, quantities): numbers of the same networks; NaN where one is missing."""
        found = [{r.seed: r.value for r in self._index.get((analysis, subject, option, name), ())
                  if (r.identity, r.feature, r.step) == (identity, feature, step)}
                 for name in quantities]
        seeds = sorted(set().union(*found))
        return np.array([[column.get(seed, np.nan) for column in found]
                         for seed in seeds]).reshape(len(seeds), len(found))

    @cached_property
    def idle(self) -> set[int]:
        """The seeds of networks that have not learnt: they are wrong about more than half as many
        of all images as always the same answer. No knockout can take much from them."""
        wrong, same = ({r.seed: r.value for r in self._index.get(("training", "", option, "error"),
                                                                 ())}
                       for option in ("all", "always the same answer"))
        return {seed for seed in same if wrong[seed] > same[seed] / 2}

    def curve(self, analysis: str, quantity: str, *, subject: str = "",
              option: str = "") -> np.ndarray:
        """(seeds, steps): the numbers of all steps, both in ascending order."""
        found = [r for r in self._index.get((analysis, subject, option, quantity), ())
                 if r.step != "" and not r.identity and not r.feature]
        seeds, steps = sorted({r.seed for r in found}), sorted({int(r.step) for r in found})
        result = np.full((len(seeds), len(steps)), np.nan)
        for r in found:
            result[seeds.index(r.seed), steps.index(int(r.step))] = r.value
        return result

    def subjects(self, analysis: str, quantity: str, option: str | None = None) -> list[str]:
        """The subjects that have this number, in the order in which they were measured."""
        return list(dict.fromkeys(r.subject for r in self.rows if r.analysis == analysis
                                  and r.quantity == quantity and option in (None, r.option)))
