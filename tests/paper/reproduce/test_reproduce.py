"""The whole paper in one call: the files that it writes agree."""

import csv
import json
import re

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.analysis import published
from tinycnn.datasets.drawn import save_drawn_faces
from tinycnn.paper.reproduce.run import reproduce
from tinycnn.paper.reproduce.settings import Settings

FILES = {"faces.png", "fig1_feature_maps.png", "fig2_knockout.png", "fig3_flow.png", "knockout.csv",
         "metrics.json", "mistakes.csv", "model.npz", "problematic.csv", "problematic.png",
         "report.html", "table2_profiles.csv", "table2_profiles.png", "table3_features.csv",
         "table3_features.png", "training.csv", "training.png"}


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """A small data set on disk: six people, 66 images."""
    folder = tmp_path_factory.mktemp("faces")
    save_drawn_faces(folder, people=6)
    return folder


@pytest.fixture(scope="module")
def run(faces, tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    return out, reproduce(Settings(data=faces, out=out, epochs=12, seed=1))


def test_it_writes_what_it_promises(run):
    out, metrics = run
    assert {path.name for path in out.iterdir()} == FILES
    assert json.loads((out / "metrics.json").read_text()) == metrics
    assert metrics["data"] == {"name": metrics["data"]["name"], "images": 66, "classes": 6,
                               "twins": 0, "twins_across_split": 0,
                               "notes": metrics["data"]["notes"]}
    note, = metrics["data"]["notes"]
    assert "resized to 60 x 60" in note
    page = (out / "report.html").read_text("utf-8")
    assert "how the images were read" in page
    assert f"<td >{note}</td>" in page
    assert metrics["training"].keys() >= {"epochs", "batch_size", "learning_rate", "seed",
                                          "train_error", "test_error", "all_error", "test_images"}
    assert metrics["seconds"].keys() >= {"train", "gradients", "knockout", "figures", "total"}
    assert metrics["seconds"]["total"] >= sum(metrics["seconds"][stage] for stage in
                                              ("train", "gradients", "knockout", "figures"))


def test_errors_are_those_of_the_saved_model(run, faces):
    out, metrics = run
    data = tc.load_faces(faces)
    wrong = tc.Network.load(out / "model.npz").predict(data.images) != data.labels
    train, test = data.split("random", seed=1)
    assert metrics["training"]["all_error"] == wrong.mean()
    assert metrics["training"]["train_error"] == wrong[train].mean()
    assert metrics["training"]["test_error"] == wrong[test].mean()
    assert metrics["training"]["test_images"] == len(test)
    assert 0 < metrics["training"]["all_error"] < 0.9        # twelve epochs: it has begun to learn


def test_every_knockout_number_follows_from_the_one_table(run, faces):
    out, metrics = run
    data, net = tc.load_faces(faces), tc.Network.load(out / "model.npz")
    rows = table(out / "knockout.csv")
    assert len(rows) == 5 * (11 + 21) * 66
    assert len(metrics["knockout"]) == 5
    for name, ends in metrics["knockout"].items():
        identity = data.people.index(f"subject{int(name):02d}")
        for end, measured in ends.items():
            own = [row for row in rows if row["identity"] == str(identity) and row["end"] == end]
            steps = 11 if end == "strongest" else 21
            labels, true = (np.array([int(row[key]) for row in own]).reshape(steps, 66)
                            for key in ("predicted", "true"))
            np.testing.assert_allclose(measured["overall_error"], (labels != true).mean(axis=1))
            mine = true[0] == identity
            np.testing.assert_allclose(measured["class_error"],
                                       (labels[:, mine] != identity).mean(axis=1))
            order = [(row["layer"], int(row["map"])) for row in own[66::66]]
            assert [list(feature) for feature in order] == measured["removed"]
            np.testing.assert_array_equal(
                labels[3], net.forward(data.images, tc.knockout(order[:3])).y.argmax(axis=1))


def test_table_3_holds_the_scores_of_the_saved_model(run, faces):
    out, _ = run
    data, net = tc.load_faces(faces), tc.Network.load(out / "model.npz")
    scores = tc.convolutional_gradients(net, data.images, data.labels)
    rows = table(out / "table3_features.csv")
    assert len(rows) == 5 * 2 * 8
    for row in rows:
        k = data.people.index(f"subject{int(row['identity']):02d}")
        ranked = getattr(scores, row["end"])(k, 8)
        feature = (f"tanh{row['layer']}", int(row["unit"]) - 1)     # what people read counts from 1
        assert ranked[int(row["place"]) - 1] == feature
        assert float(row["gradient"]) == pytest.approx(scores.value(k, feature), rel=1e-6)
    largest = [float(row["gradient"]) for row in rows
               if row["end"] == "strongest" and row["place"] == "1"]
    assert largest == sorted(largest, reverse=True)     # spread over the range, largest first
    assert largest[0] == pytest.approx(scores.scores.max())
    assert largest[-1] == pytest.approx(scores.scores.max(axis=1).min())


def test_the_other_tables(run, faces):
    out, metrics = run
    data = tc.load_faces(faces)
    assert len(table(out / "training.csv")) == metrics["training"]["epochs_run"] == 12
    assert len(table(out / "problematic.csv")) == 23
    rows = table(out / "table2_profiles.csv")
    assert len(rows) == 9 * 23
    net = tc.Network.load(out / "model.npz")
    for row in rows[:46:9]:
        i = data.find(data.people.index(f"subject{int(row['identity']):02d}"), row["condition"])
        norms, features = tc.map_norms(net, data.images[[i]], data.labels[[i]])
        feature = (f"tanh{row['layer']}", int(row["unit"]) - 1)
        assert float(row["gradient"]) == pytest.approx(norms[0, features.index(feature)], rel=1e-5)


def test_mistakes_are_those_of_the_saved_model(run, faces):
    out, _ = run
    data, net = tc.load_faces(faces), tc.Network.load(out / "model.npz")
    rows = table(out / "mistakes.csv")
    y = net.predict_proba(data.images)
    taken = {row["file"]: row for row in rows}
    wrong = net.predict(data.images) != data.labels
    assert {data.files[i] for i in np.flatnonzero(wrong)} <= set(taken)
    assert len(rows) == 23 * len(taken)
    for row in rows[::23]:
        i = data.files.index(row["file"])
        other = data.people.index(f"subject{int(row['taken_for']):02d}")
        assert float(row["lead"]) == pytest.approx(y[i, other] - y[i, data.labels[i]], abs=1e-5)
        feature = (f"tanh{row['layer']}", int(row["unit"]) - 1)
        label = net.forward(data.images[[i]], tc.knockout([feature])).y.argmax()
        assert row["repaired"] == str(int(label == data.labels[i]))
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"Misclassified: {wrong.sum()} of 66 faces." in page


def test_the_report_stands_alone_and_says_what_was_done(run):
    out, metrics = run
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 8
    assert "<script" not in page
    assert "src=\"/" not in page
    assert str(out) not in page
    for words in ("4.88", "0.25153", "Frobenius", "true class", "seed", "Henry Z. Lo",
                  f"{metrics['training']['test_error']:.2%}", "twins"):
        assert words in page, words


def test_the_report_says_when_fig_3_loses_its_identity(run):
    out, metrics = run
    page = (out / "report.html").read_text(encoding="utf-8")
    title = re.search(r"strongest features of identity (\d+) are removed one by one", page)
    assert title[1] == list(metrics["knockout"])[2]         # the middle one of five
    errors = metrics["knockout"][title[1]]["strongest"]["class_error"]
    lost = [step for step, error in enumerate(errors) if error > 0.5]
    said = (f"Most images of identity {title[1]} itself are wrong after {lost[0]} removals." if lost
            else f"Identity {title[1]} itself is never lost.")
    assert said in page


def test_the_same_settings_give_the_same_bits(run, faces, tmp_path):
    out, metrics = run
    again = reproduce(Settings(data=faces, out=tmp_path, epochs=12, seed=1))
    for key in ("data", "settings", "training", "knockout"):
        assert again[key] == metrics[key]
    assert (tmp_path / "knockout.csv").read_bytes() == (out / "knockout.csv").read_bytes()
    assert (tmp_path / "fig2_knockout.png").read_bytes() == (out / "fig2_knockout.png").read_bytes()


def test_options_reach_the_numbers(faces, tmp_path):
    other = reproduce(Settings(data=faces, out=tmp_path, epochs=1, of="logit", split="leave:happy",
                               reduce="mean_of_norms", norm="rms", images="train",
                               grey="standardised"))
    assert other["training"]["test_images"] == 6
    data = tc.load_faces(faces, grey="standardised")
    train, _ = data.split("leave:happy")
    net = tc.Network.load(tmp_path / "model.npz")
    scores = tc.convolutional_gradients(net, data.images[train], data.labels[train], of="logit",
                                        reduce="mean_of_norms", norm="rms")
    for name, ends in other["knockout"].items():
        k = data.people.index(f"subject{int(name):02d}")
        assert [tuple(f) for f in ends["strongest"]["removed"]] == scores.strongest(k, 10)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for words in ("logit", "root mean square", "averaged over", "train images", "leave:happy"):
        assert words in page


@pytest.mark.parametrize(("change", "words"), [
    ({"split": "thirds"}, "'stratified'"), ({"images": "some"}, "'train' or 'test'"),
    ({"epochs": 0}, "epochs=0"), ({"learning_rate": -1.0}, "learning_rate > 0"),
    ({"grey": "blue"}, "'standardised'")])
def test_bad_settings_are_explained(faces, tmp_path, change, words):
    with pytest.raises(ValueError, match=words):
        reproduce(Settings(**{"data": faces, "out": tmp_path, "epochs": 1, **change}))


def test_the_papers_table_as_printed():
    assert published.IDENTITIES == (15, 14, 7, 10, 12)
    for strongest, weakest in published.TABLE_III.values():
        assert len(strongest) == len(weakest) == 8
        assert sorted(strongest, key=lambda row: -row[2]) == strongest
        assert sorted(weakest, key=lambda row: row[2]) == weakest
        for layer, unit, _ in strongest + weakest:
            assert 1 <= unit <= {1: 5, 2: 8, 3: 10}[layer]
    assert 124 < published.TABLE_III[15][0][0][2] / published.TABLE_III[14][0][0][2] < 125
