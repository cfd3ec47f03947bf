"""Everything that is asked of a trained network, in parts that do not need one another."""

from __future__ import annotations

from collections.abc import Mapping

from ..subject import Part
from .choices import choices, leaks, trained_otherwise
from .knockouts import knockouts
from .profiles import profiles
from .rankings import first_order, rankings, weights_shuffled
from .retrained import retrain, shuffled_labels
from .units import errors_explained, units

# The longest first: two processes then end at about the same time.
PARTS: Mapping[str, Part] = {
    "knockouts": Part(knockouts, 36),
    "trained otherwise": Part(trained_otherwise, 25),
    "retrain": Part(retrain, 12),
    "shuffled labels": Part(shuffled_labels, 8),
    "rankings": Part(rankings, 5),
    "choices": Part(choices, 3),
    "profiles": Part(profiles, 2),
    "weights shuffled": Part(weights_shuffled, 2),
    "first order": Part(first_order, 1),
    "units": Part(units, 0.5),
    "errors explained": Part(errors_explained, 0.5),
    "leaks": Part(leaks, 0.1),
}
