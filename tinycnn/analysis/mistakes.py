"""Section III-A's other elements: which features push a face towards a wrong identity?

The paper looks only at ∂y_t/∂o, and notes that the other elements of ∂y/∂o may tell "why the
network makes certain mistakes". For a face of t that is mistaken for j, or nearly, the difference
∂y_j/∂o - ∂y_t/∂o tells it. Times o, added up over a map, it is to first order what the map adds
to the lead of j. Knocking out that map tests whether it really does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..gradients import Feature, Layers, count_classes
from ..layers.base import Array
from ..network import BLOCK, Network
from .activity import features_of, gate_slopes
from .knockouts import knockout


@dataclass(frozen=True)
class Mistake:
    """A face that the network gets wrong, or nearly.

    Attributes:
        image: its index.
        true: t, who it is.
        other: j, the predicted person; if this is right, the runner-up.
        lead: y_j - y_t; positive if the face is misclassified.
        features: all feature maps.
        pushes: (n_features,) Σ o · (∂y_j/∂o - ∂y_t/∂o): what each map adds to the lead.
        effects: (n_features,) how the lead changes if only this map is knocked out.
        repairs: (n_features,) whether the face is classified correctly without the map.
    """

    image: int
    true: int
    other: int
    lead: float
    features: tuple[Feature, ...]
    pushes: Array
    effects: Array
    repairs: Array

    @property
    def wrong(self) -> bool:
        """Whether the face is misclassified, and not only nearly."""
        return self.lead > 0

    @property
    def culprits(self) -> list[int]:
        """Indices of the features, the one that pushes most towards j first."""
        return [int(i) for i in np.argsort(-self.pushes, kind="stable")]


def mistakes(net: Network, x: Array, t: Array, layers: Layers = None, *,
             nearly: float | None = None) -> list[Mistake]:
    """All faces that are misclassified, or right with a lead of less than `nearly`; worst first.

    Args:
        x: (N, C, H, W) images.
        t: (N,) their labels.
        layers: whose maps may push; None for the paper's, as in all measures.
        nearly: a right answer with a smaller y_t - y_j is a near miss; 0 for none. None for 0.5
            after a softmax, else 0: the scale of other outputs means nothing.
    """
    features, t = features_of(net, layers), np.asarray(t)
    count_classes(net, x, t)        # an error for labels without an output
    if nearly is None:
        nearly = 0.5 if net.ends_in_softmax else 0
    found: list[Mistake] = []
    for start in range(0, len(x), BLOCK):       # so that any number of images fits into memory
        y, true = net.predict_proba(x[start:start + BLOCK]), t[start:start + BLOCK]
        rows, rivals = np.arange(len(y)), y.copy()
        rivals[rows, true] = -np.inf
        other = rivals.argmax(axis=1)
        lead = y[rows, other] - y[rows, true]
        near = np.flatnonzero(lead > -nearly)
        if len(near):
            found += _explained(net, x, start + near, true[near], other[near], lead[near],
                                features, layers)
    return sorted(found, key=lambda mistake: -mistake.lead)


def _explained(net: Network, x: Array, images: Array, true: Array, other: Array, leads: Array,
               features: tuple[Feature, ...], layers: Layers) -> list[Mistake]:
    """What pushes some images of x from `true` towards `other`."""
    pushes = (gate_slopes(net, x[images], other, layers)
              - gate_slopes(net, x[images], true, layers))
    effects, repairs = np.empty(pushes.shape), np.empty(pushes.shape, bool)
    trace, here = net.forward(x[images]), np.arange(len(images))
    for i, feature in enumerate(features):
        trace = net.regate(trace, knockout([feature]))
        lead = trace.y[here, other] - trace.y[here, true]
        effects[:, i], repairs[:, i] = lead - leads, net.labels(trace.y) == true
    return [Mistake(int(images[n]), int(true[n]), int(other[n]), float(leads[n]), features,
                    pushes[n], effects[n], repairs[n]) for n in range(len(images))]
