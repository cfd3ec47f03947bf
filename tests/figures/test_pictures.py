"""Figures made of pictures: Fig. 1, Table II, the contact sheet. Is every picture in its place?"""

import numpy as np
import pytest

from tinycnn.figures import contact_sheet, feature_maps, gradient_profiles, pictures
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


def test_pictures_of_one_three_and_other_channels(rng):
    images = rng.random((2, 3, 4, 5))
    np.testing.assert_array_equal(pictures(images)[1, :, :, 2], images[1, 2])
    np.testing.assert_array_equal(pictures(images[:, :1]), images[:, 0])
    np.testing.assert_allclose(pictures(images[:, :2]), (images[:, 0] + images[:, 1]) / 2)


@pytest.mark.parametrize("factor", [1, 3])
def test_colours_are_drawn_as_they_are(rng, factor):
    """Standardised ones from their lowest number to their highest."""
    images = factor * (rng.random((2, 3, 4, 5, 3)) - (factor == 3) / 2)
    images[1, 2] = np.nan
    drawn = np.asarray(contact_sheet(images, ["a", "b"], ["1", "2", "3"]).axes[0].images[0]
                       .get_array())
    low, high = (0, 1) if factor == 1 else (np.nanmin(images), np.nanmax(images))
    np.testing.assert_allclose(drawn[6:10, 7:12], (images[1, 1] - low) / (high - low))
    np.testing.assert_array_equal(drawn[6:10, 14:19], 0.85)     # a missing one: light grey


def test_fig_1_writes_the_limits_beside_each_layer_if_they_differ(rng, drawn):
    maps = make_maps(rng, (2, 3))
    fig = feature_maps(rng.random((1, 6, 5, 3)), [maps], ["7"],
                       limits={"layer0": (0, 2.5), "layer1": (-1, 1)})
    assert [image.get_clim() for image in fig.axes[0].images[1:6]] == [(0, 2.5)] * 2 + [(-1, 1)] * 3
    words = drawn(fig).words
    assert {"layer 1\n0 to 2.5", "layer 2\n−1 to 1", "lowest", "highest"} <= set(words)


def test_fig_1_shows_hidden_units_as_squares(rng, drawn):
    units = {"a": rng.random(30), "b": rng.random(4)}
    rows = by_rows(drawn(feature_maps(rng.random((1, 6, 5)), [units], ["7"],
                                      limits=(0.0, 1.0))).images)
    assert [len(row) for row in rows] == [25, 6, 4, 1]
    assert [image.item() for image in (*rows[0][1:], *rows[1])] == units["a"].tolist()
