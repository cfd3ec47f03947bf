"""The paper's numbers beside the numbers of a run, as tables for the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...analysis import is_yale, published, table_iii
from ...gradients import Reduce, convolutional_gradients, feature_name, gradient_text, layers_of
from ...output.page import Section
from .experiment import Results

Table = tuple[tuple[str, ...], list[Any]]


def beside_the_paper(r: Results, rows: list[dict[str, Any]]) -> Table:
    """Table III here and in the paper, line by line."""
    layers = layers_of(r.scores.features)
    if is_yale(r.data):
        theirs = [(k + 1, published.TABLE_III[k + 1]) for k in r.identities]
    else:       # other people: both lists begin with the largest gradient
        theirs = sorted(published.TABLE_III.items(), key=lambda item: -item[1][0][0][2])
    body = []
    for row, (identity, (strong, weak)) in zip(rows, theirs, strict=False):
        for place in range(8):
            cells: list[Any] = [row["identity"] if place == 0 else "", place + 1]
            for end, printed in (("strongest", strong), ("weakest", weak)):
                feature, value = row[end][place]
                layer, unit, gradient = printed[place]
                cells += [feature_name(feature, layers), gradient_text(value),
                          f"{layer}, {unit}", gradient_text(gradient)]
            body.append([*cells, identity if place == 0 else ""])
    return (("identity", "place", "strongest here", "gradient", "in the paper", "gradient",
             "weakest here", "gradient", "in the paper", "gradient", "paper's identity"), body)


def printed_table(r: Results, out: Path) -> Section:
    """What the paper's Table III says without any network, and which reading here is nearer."""
    bounds, paper = table_iii.bounds(), table_iii.statistics(published.TABLE_III)

    def span(name: str, form: str = ".0%") -> str:
        low, high = bounds[name]
        return f"{low:{form}} to {high:{form}}"
    errata = [f"{layer}, {unit} " + (f"is in neither list of identity {identity}" if place is None
                                     else f"is number {place} of the strongest of {identity}")
              for (layer, unit), identity, place in table_iii.not_weak()]
    equal = [f"{a} and {b}" for a, b in table_iii.same_strongest()]
    weak = "; ".join(f"{layer}, {unit}" for layer, unit in table_iii.weak_for_all())
    text = ["The table prints 16 of 23 gradients for each of five identities. Whatever network "
            f"they are from, they say: a profile is spread over {span('effective maps')} of the "
            "maps, so profiles are not sparse (VI). Two identities have "
            f"{paper['strongest in common']:.0%} of their eight strongest in common, 35% by "
            f"chance; {' and '.join(equal)} have the same eight, so not each identity has a set of "
            "its own (V-B). The rankings of two identities have a correlation of "
            f"{span('class agreement', '.2f')}, whatever the order of the seven in between. Weak "
            f"for all five are {weak}. Of the maps that V-E calls irrelevant, "
            f"{', and '.join(errata)}."]
    header, body = ["statistic", "paper"], [[name, f"{value:.3g}"] for name, value in paper.items()]
    if found := readings_here(r):
        near = {name: np.abs([*table_iii.differences(statistics).values()])
                for name, statistics in found.items()}
        (first, one), (second, other) = near.items()
        text.append(
            "The paper can be read in two ways: the norm of the mean gradient (eq. 3, then III-D), "
            f"or the mean of the norms (V-B). Here the {first} is nearer to the paper in "
            f"{(one < other).sum()} of {len(paper)} statistics, the {second} in "
            f"{(other < one).sum()}. One network cannot tell which is meant; a study of the Yale "
            "faces has this for many networks, and for other readings."
            + " The people here are not the paper's." * (not is_yale(r.data)))
        header += [f"{name} here" for name in found]
        for line, statistic in zip(body, paper, strict=True):
            line += [f"{statistics[statistic]:.3g}" for statistics in found.values()]
    return Section("What the printed Table III says (sections V-B, V-E, VI)", text, caption=(
        "Shares of the eight strongest and weakest are means over the five identities; in common: "
        "of the eight strongest, over pairs. Class agreement: Spearman's, the seven that are not "
        "printed with equal places; effective maps: with gradients in the middle of those that are "
        "possible. Largest over smallest map: the geometric mean over the identities."),
        table=(header, body))


def readings_here(r: Results) -> dict[str, dict[str, float]]:
    """{reading: ten statistics} of the Table III of this network, which is like the paper's; {} for
    logits, or fewer identities."""
    if r.of != "prob" or len(r.identities) < len(published.IDENTITIES):
        return {}
    part = {"train": r.train, "test": r.test}.get(r.settings.images, slice(None))
    levels: dict[str, Reduce] = {"norm of mean": "norm_of_mean", "mean of norms": "mean_of_norms"}
    return {name: table_iii.statistics(table_iii.table_of(convolutional_gradients(
        r.net, r.data.images[part], r.data.labels[part], of=r.of, reduce=reduce,
        norm=r.settings.norm), r.identities)) for name, reduce in levels.items()}


def knockout_claims(r: Results) -> Table:
    """What the paper says about Fig. 2, and what these curves say."""
    def span(end: str, measure: str, step: int) -> str:
        errors = [getattr(c, measure)[step] for c in r.curves
                  if c.end == end and step < len(c.labels)]
        return f"{min(errors):.0%} to {max(errors):.0%}" if errors else "too few features"

    said = [(3, "strongest", "class", "strongly impacted"), (10, "strongest", "class", "near 100%"),
            (10, "strongest", "overall", "almost complete failure"),
            (10, "weakest", "overall", "less than 25%"),
            (15, "weakest", "overall", "below 50% for many")]
    return (("removed", "measure", "paper", "here, over the identities"),
            [(f"{step} {end}", f"{whose} error", claim, span(end, f"{whose}_error", step))
             for step, end, whose, claim in said])
