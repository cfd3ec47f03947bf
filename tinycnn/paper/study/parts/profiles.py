"""Section V-A, Table II: does each person have a profile of their own?

Gradient profiles are compared with activations and pixels, which show how alike the images already
are, and with gradients of the same output for all images, in the network and before it was trained.
With twins (images that are the same pixel for pixel), and without.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from ....analysis.activity import activation_norms
from ....analysis.consistency import (
    comparable,
    conditions_known,
    consistency,
    effective_maps,
    likeness,
    matched_auc,
    matched_p,
    same_entry_profiles,
)
from ....analysis.measures import MEASURES, PAPER
from ....gradients import map_norms
from ..rows import Row, mean, row
from ..subject import Subject
from .twins import one_of_each

GRADIENT, SAME, UNTRAINED = ("gradient", "gradient, same output",
                             "gradient, same output, untrained")
ALIKE = "similar faces, similar profiles"
PERMUTATIONS = 199      # of the labels, for each test


def profiles(s: Subject) -> list[Row]:
    """Within- and between-identity cosines, retrieval, nearest neighbours, permutation tests."""
    x, t = s.data.images, s.data.labels
    gradients = map_norms(s.net, x, t, of=None)[0]
    kinds = {
        GRADIENT: gradients, "gradient, logit": map_norms(s.net, x, t, of="logit")[0],
        SAME: same_entry_profiles(s.net, x), UNTRAINED: same_entry_profiles(s.untrained(), x),
        "activation": activation_norms(s.net, x), "pixels": x.reshape(len(x), -1)}
    images = {"all images": np.arange(len(t)), "test images": s.split[1]}
    if s.data.n_twins:
        images["without twins"] = one_of_each(s.data)
    rng, rows = s.rng(3), []
    for which, chosen in images.items():
        people, conditions = t[chosen], np.array(s.data.conditions)[chosen].tolist()
        for name, found in kinds.items() if comparable(people) else ():
            own, add = found[..., chosen, :], partial(row, s.seed, "consistency", subject=name)
            for centred in (False, True):
                result = consistency(own, people, centred=centred, rng=rng,
                                     permutations=PERMUTATIONS)
                rows += [add(quantity, value, option=f"{'centred' if centred else 'raw'}, {which}")
                         for quantity, value in vars(result).items()]
            if conditions_known(people, conditions):
                rows += [add("auc", matched_auc(own, people, conditions),
                             option=f"matched, {which}"),
                         add("p", matched_p(own, people, conditions, rng, PERMUTATIONS),
                             option=f"matched, {which}")]
    return [*rows, *beyond(s.seed, rows), *alike(s, kinds),
            row(s.seed, "consistency", "effective maps", effective_maps(gradients).mean())]


def beyond(seed: int, rows: list[Row]) -> list[Row]:
    """How much better gradient profiles do than pixels, and than those of the untrained network:
    at equal conditions, if they are known. Training is judged with the same output for all images:
    a profile of the own y_t shows whose output it is, also if the image is noise.
    """
    auc = {(r.subject, r.option): r.value for r in rows if r.quantity == "auc"}
    way = "matched" if (GRADIENT, "matched, all images") in auc else "raw"

    def of(kind: str) -> float:
        return auc.get((kind, f"{way}, all images"), np.nan)
    return [row(seed, "consistency", "auc beyond pixels", of(GRADIENT) - of("pixels")),
            row(seed, "consistency", "auc beyond pixels, same output", of(SAME) - of("pixels")),
            row(seed, "consistency", "auc beyond the untrained network", of(SAME) - of(UNTRAINED))]


def alike(s: Subject, kinds: Mapping[str, np.ndarray]) -> list[Row]:
    """Do people with similar faces have similar profiles? (Section I.)

    The claim is about the paper's profile of a class, the gradient of its own y_k. With the same
    output for all, images that are alike have similar gradients in any network: that number shows
    what of a similarity is not learnt.
    """
    x, t, rng = s.data.images, s.data.labels, s.rng(9)
    known = np.unique(t)

    def by_person(values: np.ndarray) -> np.ndarray:
        return np.array([values[t == k].mean(axis=0) for k in known])
    faces = by_person(x.reshape(len(x), -1))
    found, p = likeness(faces, MEASURES[PAPER](s.net, x, t).scores[known], rng)
    return [row(s.seed, "consistency", ALIKE, found), row(s.seed, "consistency", f"{ALIKE}, p", p),
            *(row(s.seed, "consistency", ALIKE, subject=name, value=mean(
                [likeness(faces, by_person(own), rng, 0)[0] for own in kinds[name]]))
              for name in (SAME, UNTRAINED))]
