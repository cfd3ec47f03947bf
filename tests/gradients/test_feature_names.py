import numpy as np
import pytest

from tinycnn.gradients import feature_name, gradient_text, layer_and_unit, layers_of

FEATURES = [(layer, unit) for layer, n in {"tanh1": 5, "tanh2": 8, "tanh3": 10}.items()
            for unit in range(n)]


def test_people_read_numbers_from_one():
    layers = layers_of(FEATURES)
    assert feature_name(("tanh1", 4), layers) == "1, 5"
    assert feature_name(("tanh3", 9), layers) == "3, 10"
    assert layer_and_unit(("tanh2", 0), layers) == (2, 1)


def test_a_layers_number_is_its_place_among_the_features():
    layers = layers_of([("first", 0), ("first", 1), ("conv7", 0)])
    assert layers == ["first", "conv7"]
    assert feature_name(("conv7", 0), layers) == "2, 1"


@pytest.mark.parametrize(("value", "text"), [
    (0.25153, "0.25153"), (0.00025, "0.00025"), (0.0001, "0.00010"), (12.5, "12.50000"),
    (0.0000312, "3.12e-05"), (0.0, "0.00000"), (-0.00312, "-0.00312"), (-2e-7, "-2.00e-07"),
    (np.nan, "–"), (np.float32(0.5), "0.50000"),
])
def test_gradients_are_printed_as_in_table_3_unless_that_would_lose_them(value, text):
    assert gradient_text(value) == text
