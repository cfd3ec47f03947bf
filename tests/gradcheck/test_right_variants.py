"""Right layers, losses and updates, written in other ways, pass over twenty seeds."""

import pytest
from right_variants import CORRECT

from tinycnn.gradcheck import check_class


def test_there_are_many():
    assert len(CORRECT) >= 15


@pytest.mark.parametrize("variant", CORRECT, ids=lambda v: f"{v.kind}-{v.name}")
def test_a_right_variant_passes_over_twenty_seeds(variant, twenty_seeds):
    for seed in twenty_seeds():
        report = check_class(variant.subject, variant.kind, seed)
        assert report.ok, f"seed {seed}: {report.text}"
