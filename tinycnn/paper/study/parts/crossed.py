"""What makes the networks of a study differ: first weights, order of the images, or split.

The seed of a network decides all three. Here one of them at a time is that of another seed, and the
others stay. How far a number moves then shows how much is due to this one.
"""

from __future__ import annotations

from dataclasses import replace

from ....analysis.measures import MEASURES, PAPER, SECANT
from ....layers import NotFiniteError
from ....training import error_rate
from ..rows import Row, row
from ..subject import Subject, idle
from .readings import DEFAULT, measured, trains_otherwise

QUANTITIES = ("gain on same layers", "own minus others")
OTHER = 1000            # added to the seed, for what is changed
OWN = "nothing"


def crossed(s: Subject) -> list[Row]:
    """The network of this seed, and one more for each thing that a seed decides. Only for the first
    `OTHERWISE` of a hundred seeds."""
    if not trains_otherwise(s):
        return []
    other = replace(s, seed=s.seed + OTHER)
    made = {OWN: (s, s, s), "first weights": (other, s, s), "order of the images": (s, other, s)}
    if s.data.test_part is None:
        made["split"] = (s, s, other)
    rows, (x, t) = [], (s.data.images, s.data.labels)
    for changed, (start, order, split) in made.items():
        train_part, test_part = split.split
        try:
            net = s.net if changed == OWN else order.trained(start.fresh(), s.data, train_part)
        except NotFiniteError:
            rows.append(s.diverged(f"another seed's {changed}"))
            continue
        rows.append(row(s.seed, "crossed", "test error", error_rate(net, x[test_part],
                                                                    t[test_part]), option=changed))
        if idle(error_rate(net, x, t), t):
            continue
        scores = {DEFAULT: MEASURES[PAPER](net, x, t), SECANT: MEASURES[SECANT](net, x, t)}
        rows += [r._replace(analysis="crossed", subject=SECANT if r.subject == SECANT else PAPER)
                 for r in measured(s, s.data, net, changed, scores, scores[DEFAULT])
                 if r.quantity in QUANTITIES]
    return rows
