"""Everything that is measured on a trained network, in independent parts."""

from __future__ import annotations

from collections.abc import Mapping

from ..subject import Part
from . import (
    crossed,
    dense_units,
    knockouts,
    profiles,
    rankings,
    readings,
    reason,
    retrained,
    twins,
    units,
)

# The longest first: two processes then end at about the same time.
PARTS: Mapping[str, Part] = {
    "trained otherwise": Part(readings.trained_otherwise, 60),
    "crossed": Part(crossed.crossed, 22), "reason": Part(reason.reason, 14),
    "retrain": Part(retrained.retrain, 14), "knockouts": Part(knockouts.knockouts, 13),
    "readings": Part(readings.readings, 8), "shuffled labels": Part(retrained.shuffled_labels, 7),
    "leaks": Part(twins.leaks, 7),
    "rankings": Part(rankings.rankings, 3), "profiles": Part(profiles.profiles, 1.5),
    "weights shuffled": Part(rankings.weights_shuffled, 1),
    "first order": Part(rankings.first_order, 0.5), "units": Part(units.units, 0.5),
    "dense units": Part(dense_units.dense_units, 0.1),
    "errors explained": Part(units.errors_explained, 0.5)}
