"""The part of the report about single maps: problematic ones, and those that cause mistakes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ... import figures
from ...analysis import published
from ...analysis.mistakes import Mistake
from ...analysis.problematic import COSTLY, DEAD, LIMIT, SATURATED, ProblematicUnit
from ...figures import save
from ...gradients import feature_name
from ...output.csv_file import write_csv
from ...output.page import Section
from ...output.text import first_of
from .experiment import Results
from .samples import shown_people, which_people

SHOWN, LISTED = 60, 100     # units in the figure, mistakes in the table: a page that can be read


def problematic(r: Results, out: Path) -> Section:
    """Section V-E."""
    w = r.words
    shown = r.units if len(r.units) <= SHOWN else sorted(r.units, key=lambda u: (
        u.weak_for != 1, not u.disagreement, not u.verdict))[:SHOWN]
    people = shown_people(r)
    rows = [{**vars(unit), "ranks": unit.ranks[people]} for unit in shown]
    path = save(figures.problematic_units(rows, r.scores.features, [r.people[k] for k in people],
                                          word=w.identity, of=w.map), out / "problematic.png")
    write_csv(out / "problematic.csv",
              ("layer", "unit", "weak_for", "mean_activation", "spread", "saturated", "verdict",
               "gradient", "error_alone", "disagreement", *(f"rank_{name}" for name in r.names)),
              [(*r.numbers(u.feature), u.weak_for, u.mean_activation, u.spread, u.saturated,
                u.verdict, u.gradient, u.alone, u.disagreement,
                *(int(rank) if np.isfinite(rank) else "" for rank in u.ranks))
               for u in r.units])
    weak = [u for u in r.units if u.weak_for == 1]
    found = f"Weak for every class here: {_listed(r, weak)}." if weak else \
        f"No {w.map} is weak for every class here."
    disputed = [f"{kind.capitalize()}: {_listed(r, [u for u in r.units if u.disagreement == kind])}"
                for kind in dict.fromkeys(u.disagreement for u in r.units) if kind]
    if w.like_the_paper:
        found += (" The paper names six maps of its network (layer, unit): "
                  f"{'; '.join(f'{a}, {b}' for a, b in published.PROBLEMATIC)}. In its "
                  "Table III, two of them are not weak for all: map 3, 9 is the 7th strongest of "
                  "identity 14, and map 1, 1 is in neither list of identity 12.")
    if len(shown) < len(r.units):
        found += (f" The figure has {len(shown)} of {len(r.units)} {w.maps}: first those weak for "
                  "all, then those with a disagreement, then the others; problematic.csv has all.")
    if len(people) < len(r.names):
        found += (f" The figure has the ranks for {which_people(r)}. \"Weak for all\" means all "
                  f"{len(r.names):,}; problematic.csv has every rank.")
    return Section("Problematic units (section V-E)",
                   [found, "Gradients, outputs and knockouts disagree"
                    + (f". {'. '.join(disputed)}." if disputed else f" about no {w.map}.")],
                   path, "Weak for a class: in the last third of its ranking. Dead: "
                         f"{'its units vary' if w.map == 'map' else 'it varies'} over the {w.faces}"
                         f" by less than {DEAD / 2:.1%} of the activation's range (standard "
                         "deviation), or not at all if that has no limits. "
                         f"Saturated: more than {SATURATED:.0%} of its outputs are less than "
                         f"{1 - LIMIT:.2f} from a limit, if there is one. Error alone: how much "
                         f"the error over all images rises if only this {w.map} is knocked out; it "
                         f"is needed if that is more than {COSTLY:.0%}. Ranked by the "
                         f"{r.options()}.")


def errors_explained(r: Results, out: Path) -> Section:
    """The other elements of ∂y/∂o (III-A): what pushes a face towards a wrong identity."""
    write_csv(out / "mistakes.csv",
              ("file", "identity", "taken_for", "lead", "layer", "unit", "push", "effect",
               "repaired"),
              [(r.data.files[m.image], r.names[m.true], r.names[m.other], m.lead,
                *r.numbers(feature), push, effect, int(repaired))
               for m in r.mistakes
               for feature, push, effect, repaired in zip(m.features, m.pushes.tolist(),
                                                          m.effects.tolist(), m.repairs,
                                                          strict=True)])
    w = r.words
    wrong = [m for m in r.mistakes if m.wrong]
    repaired = sum(bool(m.repairs[m.culprits[0]]) for m in wrong)
    rows = [(r.data.files[m.image], r.names[m.true], r.names[m.other], f"{m.lead:+.2f}",
             *(_culprit(r, m, place) for place in range(3))) for m in r.mistakes[:LISTED]]
    return Section(
        "Why it errs (section III-A)",
        [f"Misclassified: {len(wrong):,} of {len(r.data):,} {w.faces}. "
         + (f"Nearly so, with a right answer that leads by less than one half: "
            f"{len(r.mistakes) - len(wrong)}. " if r.net.ends_in_softmax else "")
         + f"For {'an image' if w.face == 'image' else 'a face'} of t and a rival j, Σ o (∂y_j/∂o "
         f"- ∂y_t/∂o) over a {w.map} is what it adds to the lead of j, to first order."]
        + [f"Knocking out the one {w.map} that pushes most repairs {repaired} of {len(wrong)}."
           ] * bool(wrong),
        caption="" if not rows else
                f"Lead: y_j - y_t. The {w.maps} that push most towards j: layer, unit; their push; "
                f"how the lead changes if the {w.map} is knocked out, and whether that repairs the "
                "answer." + ("" if len(rows) == len(r.mistakes) else
                             f" The first {LISTED}; mistakes.csv has all."),
        table=((w.face, "is", "rival", "lead", "pushes most", "second", "third"), rows)
        if rows else None)


def _listed(r: Results, units: list[ProblematicUnit]) -> str:
    """How many, and their layers and units: "2 maps (1, 3; 2, 8)"."""
    names = [feature_name(u.feature, r.layers) for u in units]
    return (f"{len(units)} {r.words.map if len(units) == 1 else r.words.maps} "
            f"({'; '.join(first_of(names, LISTED))})")


def _culprit(r: Results, mistake: Mistake, place: int) -> str:
    """One map that pushes to a rival: "3, 9: +0.41, without it -0.80, right"."""
    if place >= len(mistake.features):
        return ""
    i = mistake.culprits[place]
    text = (f"{feature_name(mistake.features[i], r.layers)}: {mistake.pushes[i]:+.2f}, without "
            f"it {mistake.effects[i]:+.2f}")
    return f"{text}, right" if mistake.wrong and mistake.repairs[i] else text
