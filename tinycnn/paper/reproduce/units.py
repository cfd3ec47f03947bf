"""The part of the report about single maps: problematic ones, and those that cause mistakes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ... import figures
from ...analysis import published
from ...analysis.mistakes import Mistake
from ...analysis.problematic import COSTLY, DEAD, LIMIT, SATURATED
from ...figures import save
from ...gradients import feature_name
from ...output.csv_file import write_csv
from ...output.page import Section
from .experiment import Results
from .wording import layers_in, numbers_of, options_text


def problematic(r: Results, out: Path) -> Section:
    """Section V-E."""
    rows = [vars(unit) for unit in r.units]
    path = save(figures.problematic_units(rows, r.scores.features, r.names),
                out / "problematic.png")
    write_csv(out / "problematic.csv",
              ("layer", "unit", "weak_for", "mean_activation", "spread", "saturated", "verdict",
               "gradient", "error_alone", "disagreement", *(f"rank_{name}" for name in r.names)),
              [(*numbers_of(r, u.feature), u.weak_for, u.mean_activation, u.spread, u.saturated,
                u.verdict, u.gradient, u.alone, u.disagreement,
                *(int(rank) if np.isfinite(rank) else "" for rank in u.ranks))
               for u in r.units])
    weak = [feature_name(u.feature, layers_in(r)) for u in r.units if u.weak_for == 1]
    found = f"Weak for every class here: {'; '.join(weak)}." if weak else \
        "No map is weak for every class here."
    disputed = [f"{feature_name(u.feature, layers_in(r))}: {u.disagreement}" for u in r.units
                if u.disagreement]
    return Section("Problematic units (section V-E)",
                   [f"{found} The paper names six maps of its network (layer, unit): "
                    f"{'; '.join(f'{a}, {b}' for a, b in published.PROBLEMATIC)}. In its "
                    "Table III, map 3, 9 is the 7th strongest of identity 14: not weak for all.",
                    "Gradients, outputs and knockouts disagree about "
                    + ("; ".join(disputed) if disputed else "no map") + "."],
                   path, "Weak for a class: in the last third of its ranking. Dead: its units "
                         f"vary by less than {DEAD} from face to face (standard deviation). "
                         f"Saturated: more than {SATURATED:.0%} of its outputs are beyond "
                         f"±{LIMIT}. Error alone: how much the error over all images rises if "
                         "only this map is knocked out; the map is needed if it rises by more than "
                         f"{COSTLY:.0%}. Ranked by the {options_text(r)}.")


def errors_explained(r: Results, out: Path) -> Section:
    """The other elements of ∂y/∂o (III-A): what pushes a face towards a wrong identity."""
    write_csv(out / "mistakes.csv",
              ("file", "identity", "taken_for", "lead", "layer", "unit", "push", "effect",
               "repaired"),
              [(r.data.files[m.image], r.names[m.true], r.names[m.other], m.lead,
                *numbers_of(r, feature), push, effect, int(repaired))
               for m in r.mistakes
               for feature, push, effect, repaired in zip(m.features, m.pushes.tolist(),
                                                          m.effects.tolist(), m.repairs,
                                                          strict=True)])
    wrong = [m for m in r.mistakes if m.wrong]
    repaired = sum(bool(m.repairs[m.culprits[0]]) for m in wrong)
    rows = [(r.data.files[m.image], r.names[m.true], r.names[m.other], f"{m.lead:+.2f}",
             *(_culprit(r, m, place) for place in range(3))) for m in r.mistakes]
    return Section(
        "Why it errs (section III-A)",
        [f"Misclassified: {len(wrong)} of {len(r.data)} faces. Nearly so, with a right answer that "
         f"leads by less than one half: {len(rows) - len(wrong)}. For a face of t and a rival j, "
         "Σ o (∂y_j/∂o - ∂y_t/∂o) over a map is what it adds to the lead of j, to first order.",
         f"Knocking out the one map that pushes most repairs {repaired} of {len(wrong)}."],
        caption="Lead: y_j - y_t. The maps that push most towards j: layer, unit; their push; how "
                "the lead changes if the map is knocked out, and whether that repairs the answer.",
        table=(("face", "is", "rival", "lead", "pushes most", "second", "third"), rows))


def _culprit(r: Results, mistake: Mistake, place: int) -> str:
    """One map that pushes to a rival: "3, 9: +0.41, without it -0.80, right"."""
    i = mistake.culprits[place]
    text = (f"{feature_name(mistake.features[i], layers_in(r))}: {mistake.pushes[i]:+.2f}, without "
            f"it {mistake.effects[i]:+.2f}")
    return f"{text}, right" if mistake.wrong and mistake.repairs[i] else text
