"""Figures made of pictures: Fig. 1, Table II, the contact sheet. Is every picture in its place?"""

import numpy as np
import pytest

from tinycnn.figures import contact_sheet, feature_maps, gradient_profiles
from tinycnn.figures.sheet_of_faces import mosaic


def make_maps(rng, n_maps, size=(6, 5)):
    return {f"layer{i}": rng.uniform(-1, 1, (n, *size)) for i, n in enumerate(n_maps)}


def by_rows(images):
    """Images grouped by their top edge, from top to bottom, each row from left to right."""
    rows = {}
    for array, box in images:
        rows.setdefault(round(box.y0), []).append((box.x0, array))
    return [[array for _, array in sorted(rows[y], key=lambda pair: pair[0])]
            for y in sorted(rows)]


def test_fig_1_shows_every_map_in_the_row_of_its_layer(rng, drawn):
    faces = rng.random((2, 6, 5))
    maps = [make_maps(rng, (5, 8, 10)) for _ in faces]
    *rows, scale = by_rows(drawn(feature_maps(faces, maps, ["7, happy", "14, sad"])).images)
    expected = [[face, *own["layer0"]] if layer == "layer0" else list(own[layer])
                for face, own in zip(faces, maps, strict=True) for layer in own]
    assert [len(row) for row in rows] == [6, 8, 10, 6, 8, 10]
    for row, wanted in zip(rows, expected, strict=True):
        for image, want in zip(row, wanted, strict=True):
            np.testing.assert_array_equal(image, want)
    assert (scale[0].min(), scale[0].max()) == (-1, 1)


def test_fig_1_has_one_grey_scale_for_all_maps_so_that_dead_ones_look_flat(rng):
    maps = make_maps(rng, (2, 3))
    maps["layer1"][1] = 0.001 * rng.random((6, 5))
    fig = feature_maps(rng.random((1, 6, 5)), [maps], ["7"])
    limits = [image.get_clim() for image in fig.axes[0].images]
    assert limits[0] == (0, 1)              # the face
    assert limits[1:6] == [(-1, 1)] * 5


def test_fig_1_breaks_the_row_of_a_layer_with_many_maps(rng, drawn):
    fig = feature_maps(rng.random((1, 6, 5)), [make_maps(rng, (30,))], ["7"])
    figure = drawn(fig)
    assert [len(row) for row in by_rows(figure.images)] == [13, 12, 6, 1]
    assert {"layer 1", "from 13", "from 25"} <= set(figure.words)


def test_fig_1_counts_from_one(rng, drawn):
    words = drawn(feature_maps(rng.random((1, 6, 5)), [make_maps(rng, (2, 3))], ["7"])).words
    assert [word for word in words if word.startswith("layer")] == ["layer 1", "layer 2"]
    assert [word for word in words if word.isdigit()] == ["7", "1", "2", "3", "0", "1"]


def test_table_2_shows_each_face_and_its_own_network(rng, features, drawn):
    faces = rng.random((3, 2, 8, 6))
    scores = rng.random((3, 2, len(features)))
    fig = gradient_profiles(faces, scores, features, ["7", "12", "15"], ["happy", "sad"])
    rows = by_rows(drawn(fig).images)
    np.testing.assert_array_equal(rows[:3], faces)
    networks = fig.axes[1:]
    assert len(networks) == 6
    for ax, (p, q) in zip(networks, np.ndindex(3, 2), strict=True):
        grey = ax.collections[0].get_facecolors()[:, 0]
        np.testing.assert_allclose(grey, scores[p, q] / scores[p, q].max())


def test_table_2_puts_a_network_at_the_right_of_its_face(rng, features, drawn):
    fig = gradient_profiles(rng.random((2, 2, 8, 8)), rng.random((2, 2, 23)), features,
                            ["7", "12"], ["happy", "sad"])
    faces = [box for _, box in drawn(fig).images[:4]]
    height = fig.bbox.height
    for face, ax in zip(faces, fig.axes[1:], strict=True):
        network = ax.get_window_extent()
        assert face.x1 < network.x0 < face.x1 + 0.5 * fig.dpi
        assert height - network.y1 == pytest.approx(face.y0, abs=2)


def test_mosaic_has_every_image_in_its_place(rng):
    images = rng.random((3, 4, 5, 6))
    whole = mosaic(images)
    assert whole.shape == (3 * 7, 4 * 8)
    for p, q in np.ndindex(3, 4):
        np.testing.assert_array_equal(whole[p * 7:p * 7 + 5, q * 8:q * 8 + 6], images[p, q])
    assert np.isnan(whole).sum() == whole.size - images.size


def test_contact_sheet_writes_names_beside_their_rows_and_columns(rng, drawn):
    images = rng.random((3, 4, 10, 8))
    figure = drawn(contact_sheet(images, ["7", "8", "9"], ["happy", "sad", "wink", "sleepy"]))
    (_, sheet), = figure.images
    boxes = dict(figure.texts)
    for p, name in enumerate(["7", "8", "9"]):
        middle = (boxes[name].y0 + boxes[name].y1) / 2
        assert middle == pytest.approx(sheet.y0 + (p + 0.5) / 3 * sheet.height, abs=3)
        assert boxes[name].x1 < sheet.x0
    for q, name in enumerate(["happy", "sad", "wink", "sleepy"]):
        middle = (boxes[name].x0 + boxes[name].x1) / 2
        assert middle == pytest.approx(sheet.x0 + (q + 0.5) / 4 * sheet.width, abs=3)
        assert boxes[name].y1 < sheet.y0


def test_a_missing_image_leaves_the_scale_of_the_others_alone(rng):
    images = rng.random((2, 2, 4, 4))
    images[1, 1] = np.nan
    fig = contact_sheet(images, ["7", "8"], ["happy", "sad"])
    assert fig.axes[0].images[0].get_clim() == (0, 1)
