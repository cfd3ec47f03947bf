"""Section V-A, Table II: does each person have a profile of their own?

Gradient profiles are compared with activations and pixels, which show how alike the images already
are; with an untrained network; and with gradients of the same output for all images. With twins
(images that are the same pixel for pixel), and without.
"""

from __future__ import annotations

import numpy as np

from ....analysis.activity import activation_norms
from ....analysis.consistency import comparable, consistency, effective_maps, same_entry_consistency
from ....gradients import map_norms
from ..rows import Row, row
from ..subject import Subject

GRADIENT = "gradient"
PERMUTATIONS = 199      # of the labels, for each test


def profiles(s: Subject) -> list[Row]:
    """Within- and between-identity cosines, retrieval, nearest neighbours, permutation tests."""
    x, t = s.data.images, s.data.labels
    _, test_part = s.split
    gradients = map_norms(s.net, x, t, of=None)[0]
    kinds = {
        GRADIENT: gradients,
        "gradient, logit": map_norms(s.net, x, t, of="logit")[0],
        "gradient, untrained network": map_norms(s.untrained(), x, t, of=None)[0],
        "activation": activation_norms(s.net, x), "pixels": x.reshape(len(x), -1)}
    images = {"all images": np.arange(len(t)), "test images": test_part}
    if s.data.n_twins:
        images["without twins"] = np.sort(np.unique(s.data.digests, return_index=True)[1])
    images = {which: chosen for which, chosen in images.items() if comparable(t[chosen])}
    rng, rows = s.rng(3), []
    for centred in (False, True):
        way = "centred" if centred else "raw"
        results = {(name, which): consistency(found[chosen], t[chosen], centred=centred, rng=rng,
                                              permutations=PERMUTATIONS)
                   for name, found in kinds.items() for which, chosen in images.items()}
        if images:
            results["gradient, same output", "all images"] = same_entry_consistency(
                s.net, x, t, centred=centred, rng=rng)
        rows += [row(s.seed, "consistency", quantity, value, subject=name, option=f"{way}, {which}")
                 for (name, which), result in results.items()
                 for quantity, value in vars(result).items()]
    auc = dict.fromkeys(kinds, np.nan) | {r.subject: r.value for r in rows if (
        r.quantity, r.option) == ("auc", "raw, all images")}
    rows += [row(s.seed, "consistency", "auc beyond pixels", auc[GRADIENT] - auc["pixels"]),
             row(s.seed, "consistency", "auc beyond the untrained network",
                 auc[GRADIENT] - auc["gradient, untrained network"]),
             row(s.seed, "consistency", "effective maps", effective_maps(gradients).mean())]
    return rows
