import numpy as np
import pytest

from tinycnn.figures import strongest_weakest

PAPER_15 = {        # Table III of the paper
    "strongest": [(1, 5, "0.25153"), (2, 3, "0.23269"), (3, 8, "0.21675"), (1, 2, "0.21362"),
                  (3, 1, "0.20919"), (2, 6, "0.20612"), (2, 5, "0.19961"), (1, 3, "0.19855")],
    "weakest": [(3, 2, "0.03227"), (3, 6, "0.03676"), (3, 3, "0.09039"), (3, 9, "0.10847"),
                (2, 4, "0.10995"), (2, 2, "0.12622"), (3, 4, "0.13164"), (1, 1, "0.13169")],
}


def row(name, rng, scale=1.0):
    ranked = {side: [((f"tanh{layer}", unit - 1), float(text) * scale)
                     for layer, unit, text in PAPER_15[side]] for side in PAPER_15}
    return {"identity": name, "face": rng.random((8, 8)), "scores": rng.random(23), **ranked}


def test_every_cell_reads_as_in_the_paper(features, rng, drawn):
    lines = drawn(strongest_weakest([row("15", rng)], features)).lines()
    cells = [line[-6:] for line in lines]
    for (layer, unit, gradient), (layer_w, unit_w, gradient_w) in zip(
            PAPER_15["strongest"], PAPER_15["weakest"], strict=True):
        assert [str(layer), str(unit), gradient, str(layer_w), str(unit_w), gradient_w] in cells
    order = [cells.index(cell) for cell in cells if len(cell) == 6 and cell[2].startswith("0.")]
    strongest = [cells[i][2] for i in order]
    assert strongest == sorted(strongest, reverse=True)
    assert ["Layer", "Unit", "Gradient", "Layer", "Unit", "Gradient"] in cells


def test_small_gradients_keep_their_digits(features, rng, drawn):
    words = drawn(strongest_weakest([row("14", rng, scale=1e-4)], features)).words
    assert "2.52e-05" in words
    assert "0.00003" not in words


def test_each_band_has_its_name_its_face_and_its_network(features, rng, drawn):
    rows = [row("15", rng), row("14", rng), row("7", rng)]
    fig = strongest_weakest(rows, features)
    figure = drawn(fig)
    faces = figure.images[:3]
    boxes = {word: box for word, box in figure.texts if box.x1 < faces[0][1].x0}
    for one, (face, box), ax in zip(rows, faces, fig.axes[1:], strict=True):
        np.testing.assert_array_equal(face, one["face"])
        name = boxes[one["identity"]]
        assert box.y0 < (name.y0 + name.y1) / 2 < box.y1
        grey = ax.collections[0].get_facecolors()[:, 0]
        np.testing.assert_allclose(grey, one["scores"] / one["scores"].max())
        network = ax.get_window_extent()
        assert box.y0 < fig.bbox.height - (network.y0 + network.y1) / 2 < box.y1


def test_an_identity_without_images_does_not_stop_the_table(features, rng, drawn):
    unknown = row("15", rng) | {"scores": np.full(23, np.nan), "face": np.full((8, 8), np.nan),
                                "strongest": [(("tanh1", 0), np.nan)]}
    assert "–" in drawn(strongest_weakest([unknown], features)).words


@pytest.mark.parametrize("n", [1, 2, 11])
def test_any_number_of_features_may_be_listed(features, rng, drawn, n):
    one = row("15", rng) | {side: [(features[i], 0.5) for i in range(n)]
                            for side in ("strongest", "weakest")}
    assert drawn(strongest_weakest([one], features)).words.count("0.50000") == 2 * n
