"""Section V-E, problematic units, and the errors that a network makes (III-A)."""

from __future__ import annotations

import numpy as np

from ....analysis import names_of, problematic_units
from ....analysis.measures import MEASURES, PAPER
from ....analysis.mistakes import mistakes
from ....analysis.problematic import COSTLY, RANGES
from ....analysis.sanity import spearman
from ....gradients import feature_name, layers_of
from ....layers.kinds import claim_of
from ....network.passes import in_blocks
from ..rows import Row, mean, row
from ..subject import Subject

NEAR = 0.9      # saturated, in `saturation`: nearer to a limit than a tenth of the way to it


def units(s: Subject) -> list[Row]:
    """One verdict for each map, and how often gradients, outputs and knockouts agree."""
    x, t = s.data.images, s.data.labels
    scores = MEASURES[PAPER](s.net, x, t)
    found = problematic_units(s.net, x, t, scores)
    layers, rows = layers_of(scores.features), []
    for unit in found:
        name = feature_name(unit.feature, layers)
        for quantity in ("gradient", "weak_for", "spread", "saturated", "alone"):
            rows.append(row(s.seed, "units", quantity.replace("_", " "), getattr(unit, quantity),
                            feature=name))
        rows += [row(s.seed, "units", "verdict", 1, subject=text, feature=name)
                 for text in (unit.verdict, unit.disagreement) if text]
    weak = [unit for unit in found if unit.weak_for >= 0.5]
    others = [unit for unit in found if unit.weak_for < 0.5]
    idle = [", dead" in unit.verdict or ", saturated" in unit.verdict for unit in weak]
    weak_idle, weak_free, others_free = (mean(idle), mean([u.alone <= COSTLY for u in weak]),
                                         mean([u.alone <= COSTLY for u in others]))
    counted: dict[str, float] = {
        "weak for all": sum(unit.weak_for == 1 for unit in found), "weak for most": len(weak),
        "disputed": sum(bool(unit.disagreement) for unit in found),
        "weak ones not needed": weak_free, "others not needed": others_free,
        "weak ones minus others": weak_free - others_free, "weak ones dead or saturated": weak_idle}
    return rows + [row(s.seed, "units", name, value) for name, value in counted.items()] \
        + saturation(s)


def saturation(s: Subject) -> list[Row]:
    """How many outputs of each layer are in the last tenth before a limit of its activation: where
    a gradient is near 0, however much the output matters."""
    limits = {name: RANGES[kind] for name, layer in s.net.layers.items()
              if (kind := claim_of(type(layer)).kind) in RANGES and np.isfinite(RANGES[kind][1])}
    near = dict.fromkeys(limits, 0.0)
    for trace in in_blocks(s.net, s.data.images):
        for name, (middle, reach) in limits.items():
            near[name] += (np.abs(trace[name] - middle) > NEAR * reach).mean() * len(trace.y)
    return [row(s.seed, "saturation", "share", total / len(s.data), subject=name)
            for name, total in near.items()]


def errors_explained(s: Subject) -> list[Row]:
    """For each face that is wrong, or nearly: which map pushes most, and what if it is removed."""
    x, t, names = s.data.images, s.data.labels, names_of(s.data)
    found, rows = mistakes(s.net, x, t), []
    for mistake in found:
        culprit = mistake.culprits[0]
        where = {"subject": s.data.files[mistake.image], "identity": names[mistake.true],
                 "option": f"taken for {names[mistake.other]}",
                 "feature": feature_name(mistake.features[culprit], layers_of(mistake.features))}
        rows += [row(s.seed, "mistakes", "lead", mistake.lead, **where),
                 row(s.seed, "mistakes", "push", mistake.pushes[culprit], **where),
                 row(s.seed, "mistakes", "effect", mistake.effects[culprit], **where),
                 row(s.seed, "mistakes", "repaired", mistake.repairs[culprit], **where)]
    wrong = [mistake for mistake in found if mistake.wrong]
    first = mean([m.repairs[m.culprits[0]] for m in wrong])
    random_map = mean([m.repairs.mean() for m in wrong])
    counted: dict[str, float] = {
        "wrong": len(wrong), "nearly": len(found) - len(wrong),
        "repaired by the first culprit": first, "repaired by a random map": random_map,
        "culprit minus random map": first - random_map,
        "push and effect": mean([spearman(m.pushes, -m.effects) for m in found])}
    return rows + [row(s.seed, "mistakes", name, value) for name, value in counted.items()]
