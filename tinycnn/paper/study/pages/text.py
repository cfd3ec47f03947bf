"""Numbers over the networks of a study, as the report writes and draws them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ....analysis.intervals import SHARE, Interval, Limits, interval
from ....output.page import Section
from ....output.text import in_form, listing
from ...wording import Words

Ends = tuple[float, float, float]


def wording(words: Words, removals: int) -> Callable[[str], str]:
    """Puts a text about people, maps and ten removals into the words of a study."""
    swaps = {old: getattr(words, old) for old in (
        "person", "people", "identity", "face", "faces", "map", "maps")}
    swaps["identities"] = "identities" if words.identity == "identity" else words.people
    swaps |= {old.capitalize(): new.capitalize() for old, new in swaps.items()}
    swaps["ten removals"] = f"{'ten' if removals == 10 else removals} removals"
    return partial(re.compile(rf"\b({'|'.join(swaps)})\b").sub, lambda match: swaps[match[0]])


def said(section: Section, say: Callable[[str], str]) -> Section:
    """A section in the words of a study; the cells of its table stay."""
    table = section.table and ([*map(say, section.table[0])], section.table[1])
    return replace(section, title=say(section.title), text=[*map(say, section.text)],
                   caption=say(section.caption), table=table)


def named(seeds: Sequence[int]) -> str:
    """Ascending seeds, with "0 to 24" for three or more that follow each other."""
    runs: list[list[int]] = []
    for seed in seeds:
        if runs and seed == runs[-1][-1] + 1:
            runs[-1].append(seed)
        else:
            runs.append([seed])
    return listing(word for run in runs for word in (
        [f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run)))


def ends(found: Interval) -> Ends:
    """(mean, low, high): the form of an interval in the figures."""
    return found.mean, found.low, found.high


def dots(values: np.ndarray, within: Limits = SHARE) -> tuple[list[float], Ends]:
    """The values of all networks, and their mean with its interval: a row of a figure."""
    return values.tolist(), ends(interval(values, within))


def mean(values: np.ndarray) -> float:
    """The mean over the networks where the number could be measured."""
    return interval(values).mean


def plain(values: np.ndarray, form: str = "{:.2f}", within: Limits = (-1.0, 1.0)) -> str:
    """"0.62 (0.58 to 0.66)": the mean and its 95 % interval, in the limits of a correlation."""
    found = interval(values, within)
    if not np.isfinite(found.mean):
        return "–"
    shown, low, high = (in_form(form, end) for end in ends(found))
    return f"{shown} ({low} to {high})" if np.isfinite(found.low) else shown


def count(values: np.ndarray) -> str:
    """How many, "2.3 (0.0 to 4.7)"."""
    return plain(values, "{:.1f}", (0, np.inf))


def percent(values: np.ndarray) -> str:
    """A share: "6.2% (5.8% to 6.6%)"."""
    return plain(values, "{:.1%}", SHARE)
