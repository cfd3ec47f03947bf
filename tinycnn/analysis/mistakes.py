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
from ..network import Network
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
    features = features_of(net, layers)
    count_classes(net, x, t)        # an error for labels without an output
    y, rows = net.predict_proba(x), np.arange(len(x))
    others = np.where(np.eye(y.shape[1], dtype=bool)[t], -np.inf, y).argmax(axis=1)
    leads = y[rows, others] - y[rows, t]
    chosen = np.flatnonzero(leads > -((0.5 if net.ends_in_softmax else 0) if nearly is None
                                      else nearly))
    if not len(chosen):
        return []
    images, true, other = x[chosen], np.asarray(t)[chosen], others[chosen]
    pushes = gate_slopes(net, images, other, layers) - gate_slopes(net, images, true, layers)
    effects, repairs = np.empty(pushes.shape), np.empty(pushes.shape, bool)
    trace, here = net.forward(images), np.arange(len(images))
    for i, feature in enumerate(features):
        trace = net.regate(trace, knockout([feature]))
        lead = trace.y[here, other] - trace.y[here, true]
        effects[:, i], repairs[:, i] = lead - leads[chosen], net.labels(trace.y) == true
    found = [Mistake(int(chosen[n]), int(true[n]), int(other[n]), float(leads[chosen[n]]), features,
                     pushes[n], effects[n], repairs[n]) for n in range(len(chosen))]
    return sorted(found, key=lambda mistake: -mistake.lead)
