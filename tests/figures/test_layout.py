"""No text may lie on another, on a picture, or beyond the edge: for small, usual and large data."""

import numpy as np
import pytest

from tinycnn import figures

SETTINGS = {
    "two people": dict(people=["Colin Powell", "George W Bush"], maps=[2], size=(12, 9), steps=2),
    "the paper": dict(people=[str(k + 1) for k in range(15)], maps=[5, 8, 10], size=(8, 8),
                      steps=11),
    "five layers": dict(people=["cat", "dog", "a bird that sings"], maps=[8, 16, 32, 64, 64],
                        size=(9, 7), steps=11),
    "forty people": dict(people=[f"s{k + 1}" for k in range(40)], maps=[3, 14], size=(6, 9),
                         steps=21),
}


class Gallery:
    """Every figure, drawn from made-up data of one setting."""

    def __init__(self, people, maps, size, steps):
        self.rng = rng = np.random.default_rng(3)
        self.people, self.maps, self.size, self.steps = people, maps, size, steps
        self.features = [(f"tanh{i}", unit) for i, n in enumerate(maps) for unit in range(n)]
        self.scores = rng.random((3, 3, len(self.features)))
        self.some = people[:3]

    def feature_maps(self):
        maps = {f"tanh{i}": self.rng.random((n, *self.size)) for i, n in enumerate(self.maps)}
        faces = self.rng.random((len(self.some), *self.size))
        return figures.feature_maps(faces, [maps] * len(faces),
                                    [f"{name} under a rather long condition" for name in self.some])

    def feature_maps_with_limits(self):
        maps = {f"relu{i}": self.rng.random((n, *self.size)) for i, n in enumerate(self.maps)}
        return figures.feature_maps(self.rng.random((1, *self.size, 3)), [maps], ["a"],
                                    limits=dict.fromkeys(maps, (-0.12345, 123.45)))

    def hidden_units(self):
        units = {f"tanh{i}": self.rng.random(n) for i, n in enumerate(self.maps)}
        return figures.feature_maps(self.rng.random((1, *self.size, 3)), [units], ["a"])

    def gradient_profiles(self):
        n = len(self.some)
        return figures.gradient_profiles(self.rng.random((n, 3, *self.size)), self.scores[:n],
                                         self.features, self.some,
                                         ["happy", "left light", "a rather long condition"])

    def strongest_weakest(self):
        ranked = [(feature, 0.12345) for feature in self.features[:8]]
        return figures.strongest_weakest(
            [{"identity": name, "face": self.rng.random(self.size), "scores": self.scores[0, 0],
              "strongest": ranked, "weakest": [*ranked[:-1], (ranked[-1][0], 1.5e-7)]}
             for name in self.people[-5:]], self.features)

    def knockout_errors(self):
        curve = {"class_error": np.linspace(0, 1, self.steps),
                 "overall_error": np.linspace(0, 1, self.steps)}
        return figures.knockout_errors({name: {"strongest": curve, "weakest": curve}
                                        for name in self.people}, chance=0.9)

    def prediction_flow(self):
        modes = self.rng.integers(0, len(self.people), (self.steps, len(self.people)))
        removed = (self.features * 2)[:self.steps - 1]
        return figures.prediction_flow(modes, self.people, removed, self.features, highlight=1,
                                       title="The strongest are removed")

    def problematic_units(self):
        verdicts = ["in use", "saturated: its outputs are near -1 or 1 for most of the images", ""]
        return figures.problematic_units(
            [{"feature": feature, "ranks": np.full(len(self.people), i + 1.0), "spread": 0.3,
              "mean_activation": -0.4, "saturated": 1.0, "verdict": verdicts[i % 3]}
             for i, feature in enumerate(self.features)], self.features, self.people)

    def training_curve(self):
        return figures.training_curve([2.0, 1e-3], [0.9, 0.0], [0.9, 0.1])

    def contact_sheet(self):
        return figures.contact_sheet(self.rng.random((len(self.people), 4, *self.size)),
                                     self.people, ["happy", "left light", "sad", "centerlight"])


DRAWINGS = [(name, setting) for name in vars(Gallery) if not name.startswith("_")
            for setting in SETTINGS if name != "training_curve" or setting == "the paper"]


@pytest.mark.parametrize(("name", "setting"), DRAWINGS)
def test_every_text_can_be_read(name, setting, drawn):
    figure = drawn(getattr(Gallery(**SETTINGS[setting]), name)())
    assert figure.words
    assert figure.overlapping() == []
    assert figure.cut_off() == []
    if name != "problematic_units":     # its numbers belong on the heat map
        assert figure.on_images() == []


def test_texts_that_do_overlap_are_found(drawn):
    fig = figures.new_figure(3, 1)
    fig.text(0.1, 0.5, "one")
    fig.text(0.12, 0.5, "two")
    fig.text(0.95, 0.5, "three")
    assert drawn(fig).overlapping() == [("one", "two")]
    assert drawn(fig).cut_off() == ["three"]
