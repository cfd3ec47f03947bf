"""What happens if the strongest or weakest features of a person are removed: Figs. 2 and 3."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from ... import figures
from ...analysis.choice import choose_flow, spread
from ...figures import save
from ...output.csv_file import write_csv
from ...output.page import Section
from .comparison import knockout_claims
from .experiment import Results
from .samples import shown_people, which_people

ANSWERS = 8             # in Fig. 3, of the people shown: those that are most often the answer
KEPT = 20_000           # images in knockout.csv, which then has about 100 MB


def knockouts(r: Results, out: Path) -> Section:
    """Fig. 2: errors as features are removed."""
    sizes = np.bincount(r.data.labels)
    constant = 1 - max(sizes) / len(r.data)
    always = (f"gives the same answer, {constant:.1%}, which is as near to 100% as guessing gets"
              if max(sizes) == min(sizes) else
              f"answers with the {r.words.person} of most images, {constant:.1%}")
    w = r.words
    path = save(figures.knockout_errors(r.knockout, r.labels, chance=constant, word=w.identity),
                out / "fig2_knockout.png")
    kept = spread(len(r.data), KEPT)
    write_csv(out / "knockout.csv",
              ("identity", "end", "step", "layer", "map", "image", "true", "predicted"),
              (row for curve in r.curves for row in curve.rows(kept)))
    some = [f"knockout.csv has the answers for {len(kept):,} of the images, spread evenly."
            ] * (len(kept) < len(r.data))
    return Section("Knocking features out (Fig. 2)",
                   [f"Each step sets one more {'feature map' if w.map == 'map' else 'hidden unit'} "
                    f"of {len(r.scores.features)} to 0, its bias included, and asks the network "
                    f"about all {len(r.data):,} images again. The dotted line is the error of a "
                    f"network that always {always}.", *some],
                   path, f"Features ranked by the {r.options()}; errors over the whole data "
                         "set, as in the paper.",
                   knockout_claims(r) if w.like_the_paper else None)


def flow(r: Results, out: Path) -> Section:
    """Fig. 3: where the answers go."""
    right = [k for k in r.identities if r.curve(k, "strongest").class_error[0] <= 0.5]
    curve, w = r.curve(choose_flow(r.data, right or r.identities), "strongest"), r.words
    name, modes = f"{w.identity} {r.names[curve.identity]}", curve.modes(r.data.n_classes)
    people, rows, names = flow_rows(r, modes)
    path = save(figures.prediction_flow(rows, names, curve.order, r.scores.features,
                                        highlight=people.index(curve.identity),
                                        title=f"Removing the strongest features of {w.identity} "
                                              f"{r.people[curve.identity]}",
                                        word=w.identity),
                out / "fig3_flow.png")
    lost = np.flatnonzero(curve.class_error > 0.5)
    when = (f"Most images of {name} itself " + (
        f"are wrong after {lost[0]} removal{'s' if lost[0] > 1 else ''}." if lost[0]
        else "were wrong before any removal.")
            if len(lost) else f"{name[0].upper()}{name[1:]} itself is never lost.")
    if not len(lost) and (modes[-1] == curve.identity).all():
        when += f" In the end most images of every {w.person} get this answer."
    some = [f"The figure has {which_people(r, ', those that are the most frequent answers')}."
            + " Any other answer is in the row \"others\"." * (len(names) > len(people))
            ] * (len(people) < len(r.names))
    return Section("Where the answers go (Fig. 3)",
                   [f"Each line is the images of one {w.person}. Its row is the network's most "
                    "frequent answer for them.", *some, when],
                   path, f"Modal predictions while the strongest features of {name} are "
                         "removed one by one; below each step, the layer and unit removed.")


def flow_rows(r: Results, modes: np.ndarray) -> tuple[list[int], np.ndarray, list[str]]:
    """Fig. 3 of many people.

    Args:
        modes: (steps, K), the most frequent answers for each person.

    Returns:
        the people shown, the rows (steps, people) that their lines go through, and the rows' names:
        the people shown, and "others" where an answer is none of them.
    """
    answers = Counter(modes[modes >= 0].tolist())
    people = shown_people(r, [k for k, _ in answers.most_common(ANSWERS)])
    row_of = np.full(modes.shape[1], len(people))
    row_of[people] = np.arange(len(people))
    rows = np.where(modes[:, people] < 0, -1, row_of[modes[:, people]])
    others = ["others"] * bool((rows == len(people)).any())
    return people, rows, [*(r.people[k] for k in people), *others]
