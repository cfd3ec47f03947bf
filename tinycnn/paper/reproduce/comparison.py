"""The paper's numbers beside the numbers of a run, as tables for the report."""

from __future__ import annotations

from typing import Any

from ...analysis import is_yale, published
from ...gradients import feature_name, gradient_text, layers_of
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
