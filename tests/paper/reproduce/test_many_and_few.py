"""Reports on many people and pictures show a sample and say so; of few images, all is right."""

import csv
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import tinycnn as tc
from tinycnn import figures
from tinycnn.paper.reproduce import faces, knockouts, samples, stopwatch
from tinycnn.paper.reproduce.run import reproduce
from tinycnn.paper.reproduce.settings import Settings


def small(n_classes, input_shape):
    rng = np.random.default_rng(0)
    return tc.Network(input_shape, conv1=tc.Conv2D(1, 3, 3, rng=rng), tanh1=tc.Tanh(),
                      pool1=tc.MaxPool2D(2), flatten=tc.Flatten(),
                      dense=tc.Dense(3 * 5 * 5, n_classes, rng=rng), softmax=tc.Softmax())


def images_of(labels, **names):
    labels = np.array(labels)
    return tc.dataset(np.random.default_rng(1).random((len(labels), 1, 12, 12)), labels, **names)


def text_of(out):
    page = re.sub('"data:[^"]*"', '""', (out / "report.html").read_text(encoding="utf-8"))
    return re.sub(r"<[^>]+>", "", page).replace("&quot;", '"')


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """60 people, the first with 9 pictures and the others with 3: the folder, the metrics, and what
    the figures were given."""
    out, given = tmp_path_factory.mktemp("many"), {}
    labels = [0] * 6 + [k for k in range(60) for _ in range(3)]
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in ((samples, "ALL", 10), (samples, "PEOPLE", 9),
                                    (faces, "PICTURES", 4), (knockouts, "ANSWERS", 2)):
            patch.setattr(module, name, value)
        for name in ("contact_sheet", "feature_maps", "prediction_flow", "problematic_units"):
            draw = getattr(figures, name)
            patch.setattr(figures, name, lambda *a, draw=draw, name=name, **k: (
                given.__setitem__(name, (a, k)), draw(*a, **k))[1])
        metrics = reproduce(Settings(data=images_of(labels), net=small, epochs=2, out=out))
    return out, metrics, given


def test_the_contact_sheet_has_some_people_and_some_pictures_of_each(many):
    out, metrics, given = many
    (sheet, names, columns), _ = given["contact_sheet"]
    assert sheet.shape == (9, 4, 12, 12)
    assert len(columns) == 4
    assert set(metrics["knockout"]) <= set(names)           # those of Table III
    assert names == sorted(names, key=int)
    x = images_of([0] * 6 + [k for k in range(60) for _ in range(3)]).images
    for row, name in zip(sheet, map(int, names), strict=True):
        own = x[np.r_[0:9]] if name == 0 else x[6 + 3 * name:9 + 3 * name]
        shown = own[[0, 3, 5, 8]] if name == 0 else own
        np.testing.assert_array_equal(row[:len(shown)], shown[:, 0])
        assert np.isnan(row[len(shown):]).all()
    assert ("A sample (9 of 60 classes: those of Table III, and others spread evenly over the list;"
            " 4 of up to 9 images each, spread evenly) as the network sees them") in text_of(out)


def test_lines_of_fig_3_go_through_the_rows_of_the_people_shown(many):
    out, metrics, given = many
    (modes, names, *_), options = given["prediction_flow"]
    assert modes.shape == (4, 9)
    assert set(metrics["knockout"]) <= set(names)
    chosen = names[options["highlight"]]
    assert options["title"].endswith(f" {chosen}")
    table = [row for row in rows(out / "knockout.csv")
             if row["identity"] == chosen and row["end"] == "strongest"]
    for step in range(4):
        for place, name in enumerate(names[:9]):
            answers = [int(row["predicted"]) for row in table
                       if row["step"] == str(step) and row["true"] == name]
            most = str(np.bincount(answers).argmax())
            assert names[modes[step, place]] == (most if most in names[:9] else "others")
    assert names[9:] in ([], ["others"])
    assert ("The figure has 9 of 60 classes: those of Table III, those that are the most frequent "
            "answers, and others spread evenly over the list.") in text_of(out)
    assert ('Any other answer is in the row "others".' in text_of(out)) == (len(names) == 10)


def test_fig_3_has_the_most_frequent_answers_and_of_the_others_some_from_everywhere(monkeypatch):
    monkeypatch.setattr(samples, "ALL", 10)
    monkeypatch.setattr(samples, "PEOPLE", 7)
    monkeypatch.setattr(knockouts, "ANSWERS", 2)
    r = SimpleNamespace(data=SimpleNamespace(n_classes=50), identities=[40, 3],
                        people=[f"p{k}" for k in range(50)])
    modes = np.full((2, 50), 8)
    modes[1, 3], modes[1, 4:7], modes[1, 49], modes[:, 20] = 11, 12, 13, -1
    people, rows_, names = knockouts.flow_rows(r, modes)
    assert people == [0, 3, 8, 12, 25, 40, 49]      # 8 and 12 are frequent, 0, 25, 49 the others
    assert names == ["p0", "p3", "p8", "p12", "p25", "p40", "p49", "others"]
    assert rows_.tolist() == [[2] * 7, [2, 7, 2, 2, 2, 2, 7]]
    r.identities = [20, 3]
    people, rows_, names = knockouts.flow_rows(r, np.where(modes == -1, -1, 8))
    assert names == [f"p{k}" for k in people]       # no answer but 8: no row for others
    assert rows_[:, people.index(20)].tolist() == [-1, -1]


def test_as_many_people_as_fit_are_all_shown():
    r = SimpleNamespace(data=SimpleNamespace(n_classes=samples.ALL), identities=[])
    assert samples.shown_people(r) == list(range(samples.ALL))


def test_columns_have_numbers_where_people_differ_as_many_as_the_most_pictures():
    assert faces.column_names([["a", "b"]] * 2) == ["a", "b"]
    assert faces.column_names([["a"], ["a", "b"]]) == ["1", "2"]


def test_of_many_equal_images_some_pairs_are_named_and_dots_stand_for_the_others(tmp_path,
                                                                                monkeypatch):
    monkeypatch.setattr(faces, "LISTED", 2)
    data = tc.dataset(np.repeat(images_of([0, 1]).images, 3, axis=0), [0, 0, 0, 1, 1, 1])
    reproduce(Settings(data=data, net=small, epochs=1, out=tmp_path))
    assert ("6 pairs of images are the same pixel for pixel: image 0 = image 1; image 0 = image 2; "
            "...") in text_of(tmp_path)


def test_titles_of_two_numbers_say_what_they_are(many):
    _, metrics, given = many
    people = sorted(map(int, metrics["knockout"]))
    *_, titles = given["feature_maps"][0]
    assert all(re.fullmatch(r"class \d+, image 0", title) for title in titles)
    assert {int(title.split()[1].strip(",")) for title in titles} < set(people)


def test_ranks_are_drawn_for_some_people_and_written_for_all(many):
    out, _, given = many
    (units_, _, people), _ = given["problematic_units"]
    assert len(people) == 9
    table = rows(out / "problematic.csv")
    for unit, row in zip(units_, table, strict=True):
        assert [str(int(rank)) for rank in unit["ranks"]] == [row[f"rank_{k}"] for k in people]
        assert sum(key.startswith("rank_") for key in row) == 60
    assert "ranks for 9 of 60 classes: those of Table III" in text_of(out)


def test_tables_keep_every_image_and_every_stage_has_its_seconds(many):
    out, metrics, _ = many
    assert len(rows(out / "knockout.csv")) == 5 * 2 * 4 * 186   # identities, ends, steps, images
    assert len({row["file"] for row in rows(out / "mistakes.csv")}) >= 150
    assert list(metrics["seconds"]) == ["loading", "train", "gradients", "units", "mistakes",
                                        "cost", "knockout", "figures", "total"]
    assert metrics["seconds"]["total"] == sum(list(metrics["seconds"].values())[:-1])
    assert metrics["cost"]["measured_images"] == 186
    assert metrics["cost"]["measured_classes"] == 20
    assert "Measured on 186 of 186 images and 20 of 60 classes, and scaled to all" in text_of(out)
    assert "always answers with the class of most images, 95.2%." in text_of(out)     # 9 of 186


def test_figures_are_small_enough_for_a_page(many):
    figures = sorted(many[0].glob("*.png"))
    assert len(figures) > 5
    for path in figures:
        with Image.open(path) as picture:
            assert max(picture.size) <= 3400, path
            assert picture.size[0] <= 2200, path


def test_of_very_many_images_some_answers_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr(knockouts, "KEPT", 3)
    data = images_of([0, 0, 0, 1, 1, 1])
    metrics = reproduce(Settings(data=data, net=small, epochs=1, out=tmp_path))
    table = rows(tmp_path / "knockout.csv")
    assert len(table) == 2 * 2 * 4 * 3      # identities, ends, steps, images
    assert {(row["image"], row["true"]) for row in table} == {("0", "0"), ("2", "0"), ("5", "1")}
    first = tc.Network.load(tmp_path / "model.npz").predict(data.images)
    assert {row["predicted"] for row in table if (row["image"], row["step"]) == ("5", "0")
            } == {str(first[5])}
    assert metrics["training"]["all_error"] == (first != data.labels).mean()
    assert "knockout.csv has the answers for 3 of the images, spread evenly." in text_of(tmp_path)
    assert "always gives the same answer, 50.0%, " in text_of(tmp_path)


def test_of_a_large_picture_the_sheet_has_every_second_pixel(tmp_path, monkeypatch):
    monkeypatch.setattr(faces, "SIDE", 7)
    shapes = []
    monkeypatch.setattr(figures, "contact_sheet", lambda sheet, *_: (
        shapes.append(sheet.shape), figures.new_figure(1, 1))[1])
    reproduce(Settings(data=images_of([0, 0, 0, 1, 1, 1]), net=small, epochs=1, out=tmp_path))
    assert shapes == [(2, 3, 6, 6)]
    assert "All images with one in 2 of their rows and columns, as the network" in text_of(tmp_path)


def test_a_stage_of_two_seconds_says_how_long_it_was(monkeypatch, caplog):
    now = [0.0]
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: now[0])
    clock = stopwatch.Stopwatch()
    with caplog.at_level("INFO", "tinycnn"):
        for stage, seconds in (("train", 12), ("cost", 1)):
            now[0] += seconds
            clock.stop(stage)
    assert caplog.messages == ["train: 12 s"]
    assert clock.seconds == {"train": 12, "cost": 1}


@pytest.mark.parametrize(("labels", "images"), [
    ([0, 1, 2], "train"), ([0, 0, 1], "all"), ([0, 1, 2, 3, 4], "test"),
    ([0, 0, 0, 1, 1, 1, 3, 3, 3], "all")])
def test_few_images_and_classes_without_images(labels, images, tmp_path):
    """Warnings are errors here, so no mean of nothing was taken."""
    data = images_of(labels, names="abcdefgh"[:max(labels) + 1])
    metrics = reproduce(Settings(data=data, net=small, epochs=2, out=tmp_path, images=images))
    assert not re.search(r"\bnan\b", text_of(tmp_path), re.IGNORECASE)
    json.dumps(metrics, allow_nan=False)
    train, test = data.split()
    gone = sorted(set(range(data.n_classes)) - set(data.labels[train].tolist()))
    said = f"No training image of {len(gone)} of {data.n_classes} classes"
    assert (said in text_of(tmp_path)) == bool(gone)
    if gone:
        theirs = np.isin(data.labels[test], gone).sum()
        assert (f"({', '.join(data.people[k] for k in gone)}): the network cannot learn them, and "
                f"{theirs} of {len(test)} test images are theirs") in text_of(tmp_path)


@pytest.mark.slow
def test_the_page_about_200_people_is_smaller_than_4_mb(tmp_path):
    """Noise is the worst case: no PNG file makes it smaller."""
    x = np.random.default_rng(0).random((1000, 1, 60, 60))
    data = tc.dataset(x, np.arange(1000) // 5, names=[f"a_person_{k:03d}" for k in range(200)])
    metrics = reproduce(Settings(data=data, epochs=1, out=tmp_path))
    assert metrics["cost"]["measured_classes"] == 20
    assert metrics["cost"]["measured_images"] == 200
    assert (tmp_path / "report.html").stat().st_size < 4_000_000
