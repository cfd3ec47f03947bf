"""Networks with few features, many, or activations without limits: nothing is cut or misread."""

import numpy as np
import pytest

from tinycnn.figures import feature_maps, prediction_flow, problematic_units, strongest_weakest


@pytest.mark.parametrize("name", ["a", "n02099601_golden_retriever"])
def test_title_and_words_of_a_short_flow_are_inside(name, drawn):
    fig = prediction_flow(np.array([[0, 1], [1, 1]]), [name, "b"], [("relu", 0)], [("relu", 0)],
                          highlight=0, title=f"Removing the strongest features of class {name}")
    assert drawn(fig).cut_off() == []


@pytest.mark.parametrize("n", [1, 40, 200])
def test_a_table_of_one_or_many_features(n, rng, drawn):
    features = [("relu", unit) for unit in range(n)]
    row = {"identity": "a", "face": rng.random((8, 8)), "scores": rng.random(n),
           "strongest": [(features[0], 0.5)], "weakest": [(features[-1], 0.1)] if n > 1 else []}
    figure = drawn(strongest_weakest([row], features))
    assert figure.cut_off() == []
    assert figure.overlapping() == []


def test_without_limits_no_axis_of_saturated_outputs_is_read_as_zero(rng):
    rows = [{"feature": ("relu", i), "ranks": np.array([1.0, 2.0]), "spread": 0.5,
             "mean_activation": 0.1, "saturated": np.nan, "verdict": ""} for i in range(2)]
    features = [row["feature"] for row in rows]

    def titles():
        return [ax.get_title() for ax in problematic_units(rows, features, ["a", "b"]).axes]
    assert "saturated" not in titles()
    rows[0]["saturated"] = 0.0
    assert "saturated" in titles()
    panel = problematic_units(rows, features, ["a", "b"]).axes[3]
    assert [(text.get_text(), text.get_position()[1]) for text in panel.texts] == [("–", 1)]


def test_the_scale_has_short_numbers(rng, drawn):
    fig = feature_maps(rng.random((1, 8, 8)), [{"relu": rng.random((2, 3, 3))}], ["a"],
                       limits=(0.0, 0.844857))
    assert "0.845" in drawn(fig).words
