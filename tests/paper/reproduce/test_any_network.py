"""The paper's report on other networks and other images: nothing crashes, and the words fit."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers_pages import blocks
from PIL import Image

import tinycnn as tc
from tinycnn.commands import main as cli
from tinycnn.figures import new_figure
from tinycnn.network.losses import cross_entropy
from tinycnn.paper.networks import network_maker
from tinycnn.paper.reproduce import units
from tinycnn.paper.reproduce.run import reproduce
from tinycnn.paper.reproduce.settings import Settings

NETS = '''
import numpy as np
import tinycnn as tc


def stack(shape, n_classes, seed, maps, activation, norm=False, softmax=True):
    rng, (c, h, w), layers = np.random.default_rng(seed), shape, {}
    for i, f in enumerate(maps, 1):
        layers[f"conv{i}"] = tc.Conv2D(c, f, 3, rng=rng, init="he")
        if norm:
            layers[f"norm{i}"] = tc.BatchNorm(f)
        layers[f"act{i}"], (c, h, w) = activation(), (f, h - 2, w - 2)
    layers["pool"], layers["flatten"] = tc.MaxPool2D(2), tc.Flatten()
    layers["dense"] = tc.Dense(c * (h // 2) * (w // 2), n_classes, rng=rng)
    if softmax:
        layers["softmax"] = tc.Softmax()
    return tc.Network(shape, **layers)


def relu(n_classes, seed):
    return stack((3, 14, 12), n_classes, seed, [5, 6], tc.ReLU)


def five(n_classes, seed, input_shape):
    return stack(input_shape, n_classes, seed, [3, 4, 5, 6, 12], tc.Sigmoid)


def norms(n_classes, input_shape):
    return stack(input_shape, n_classes, 0, [4], tc.ReLU, norm=True, softmax=False)


def perceptron(n_classes, seed, input_shape):
    rng, n = np.random.default_rng(seed), int(np.prod(input_shape))
    return tc.Network(input_shape, flatten=tc.Flatten(), dense1=tc.Dense(n, 6, rng=rng),
                      relu1=tc.ReLU(), dense2=tc.Dense(6, n_classes, rng=rng), s=tc.Softmax())


class Mine:         # without config(): it cannot be saved
    params = {}

    def forward(self, x):
        return np.tanh(x), np.tanh(x)

    def backward(self, dy, y):
        return dy * (1 - y * y)


def own(n_classes, input_shape):
    net = perceptron(n_classes, 0, input_shape)
    return tc.Network(input_shape, **{**net.layers, "relu1": Mine()})
'''
COLOURS = {"brick": (170, 70, 50), "leaf": (40, 160, 60), "sky": (80, 140, 220)}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with nets.py, and in `pictures` three classes of six small colour images."""
    folder, rng = tmp_path_factory.mktemp("any"), np.random.default_rng(0)
    (folder / "nets.py").write_text(NETS)
    for name, colour in COLOURS.items():
        (folder / "pictures" / name).mkdir(parents=True)
        for i in range(6):
            pixels = np.clip(np.array(colour) + rng.normal(0, 40, (16, 14, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(
                folder / "pictures" / name / f"{i}.png")
    return folder


@pytest.fixture(scope="module")
def report(place, tmp_path_factory):
    """A function: the name of a network -> its results' folder, the page without pictures, and the
    metrics. `tinycnn reproduce` makes them, once."""
    done = {}

    def of(name):
        if name not in done:
            out = tmp_path_factory.mktemp(name)
            size = [] if name == "relu" else ["--size", "14x12"]
            assert cli.main([
                "reproduce", "--data", str(place / "pictures"), "--net", f"{place}/nets.py:{name}",
                "--epochs", "4", "--batch-size", "4", "--learning-rate", "0.02", "--out", str(out),
                *size]) == 0
            done[name] = out, page_of(out), json.loads((out / "metrics.json").read_text())
        return done[name]
    return of


def page_of(out):
    """The page without what is in its pictures."""
    return re.sub(r'(data:image/png);base64,[^"]*', r"\1", (out / "report.html").read_text("utf-8"))


def test_relu_on_colour_images_in_the_size_that_the_function_asks_for(report, place):
    out, page, metrics = report("relu")
    data = tc.load_faces(place / "pictures", (14, 12), colour=True)
    net = tc.Network.load(out / "model.npz")
    assert metrics["training"]["all_error"] == (net.predict(data.images) != data.labels).mean()
    scores = tc.convolutional_gradients(net, data.images, data.labels)
    for name, ends in metrics["knockout"].items():
        assert [tuple(feature) for feature in ends["weakest"]["removed"]] == \
            scores.weakest(data.people.index(name), 11)
    for words in ("14 x 12 pixels", "colours from 0 to 1", "18 of 3 classes", "after ReLU",
                  "nets.py:relu", "features of class ", "number beside each layer",
                  "Conv2D(3, 5, 3)"):
        assert words in page, words


@pytest.mark.parametrize("name", ["relu", "five", "norms", "perceptron"])
def test_nothing_of_the_paper_stands_beside_another_network(name, report):
    _, page, _ = report(name)
    for words in ("tanh", "people", "person", "face", "4.88", "0.25153", "near 100%", "six maps"):
        assert words not in page.replace("Yale Face", "").replace("Face and Gesture", ""), words


def test_five_convolutions(report):
    out, page, metrics = report("five")
    assert "after the sigmoid" in page
    assert "black 0, white 1." in page
    assert len((out / "problematic.csv").read_text().splitlines()) == 1 + 30
    assert {len(ends["weakest"]["removed"]) for ends in metrics["knockout"].values()} == {20}


def test_a_perceptron_has_hidden_units(report):
    out, page, metrics = report("perceptron")
    for words in ("Hidden units (Fig. 1)", "more hidden unit of 6", "of the hidden units after",
                  "only this unit is knocked out"):
        assert words in page, words
    assert all(len(ends["strongest"]["removed"]) == 6 for ends in metrics["knockout"].values())
    assert (out / "fig1_feature_maps.png").exists()


def test_batch_norms_are_fixed_and_a_network_without_a_softmax_is_trained(report, place):
    out, page, metrics = report("norms")
    net = tc.Network.load(out / "model.npz")
    assert not net.mixes_images
    assert not net.ends_in_softmax
    assert metrics["settings"]["of"] == "output"
    for words in ("to those of all training images", "cross_entropy",
                  "the true class's output".replace("'", "&#x27;")):
        assert words in page, words
    data = tc.load_faces(place / "pictures", (14, 12))
    x, t, (train, _) = data.images, data.labels, data.split("random", seed=0)
    assert metrics["training"]["all_error"] == (net.predict(x) != t).mean()
    same = network_maker(f"{place}/nets.py:norms")(3, 0, (1, 14, 12))
    tc.train(same, x[train], t[train], epochs=4, batch_size=4, learning_rate=0.02,
             loss=cross_entropy)
    for name, w in same.frozen(x[train]).params.items():
        np.testing.assert_array_equal(net.params[name], w)


def test_a_layer_that_cannot_be_saved_does_not_cost_the_training(report):
    out, page, _ = report("own")
    assert not (out / "model.npz").exists()
    with np.load(out / "parameters.npz", allow_pickle=False) as file:
        assert file["dense1.W"].shape == (168, 6)
    assert "parameters.npz, not model.npz" in page


def test_a_trained_network_is_analysed_as_it_is(report, place, tmp_path, capsys):
    """With its own size and colours; on a model one does not know what is new to it."""
    out, *_ = report("relu")
    assert cli.main(["reproduce", "--data", str(place / "pictures"), "--model",
                     str(out / "model.npz"), "--out", str(tmp_path)]) == 0
    assert (tmp_path / "model.npz").read_bytes() == (out / "model.npz").read_bytes()
    assert not (tmp_path / "training.png").exists()
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "was trained before, and is analysed as it is" in page
    assert "in this order: brick, leaf, sky" in page
    assert "test error" not in page + capsys.readouterr().out
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["training"]["stopped"] == "not trained here"
    assert metrics["training"]["all_error"] == report("relu")[2]["training"]["all_error"]


def test_a_network_trained_in_pytorch(place, tmp_path):
    torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")
    from tinycnn.network.pytorch import from_torch
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, stride=2), torch.nn.BatchNorm2d(4), torch.nn.ReLU(),
        torch.nn.Flatten(), torch.nn.Linear(4 * 7 * 6, 3))
    data = tc.load_faces(place / "pictures", "16x14", colour=True)
    x, t = torch.from_numpy(data.images), torch.from_numpy(data.labels)
    step = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(20):
        step.zero_grad()
        torch.nn.functional.cross_entropy(model(x), t).backward()
        step.step()
    from_torch(model, (3, 16, 14)).save(tmp_path / "torch.npz")
    metrics = reproduce(Settings(data=place / "pictures", model=tmp_path / "torch.npz",
                                 out=tmp_path / "out"))
    wrong = model.eval()(x).argmax(dim=1) != t
    assert metrics["training"]["all_error"] == float(wrong.float().mean())
    assert "FrozenBatchNorm(4)" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def made(labels, shape=(1, 9, 8)):
    """A data set of noise."""
    x = np.random.default_rng(1).random((len(labels), *shape), np.float32)
    return tc.dataset(x, labels, names="abcdef"[:max(labels) + 1])


def dense(n_classes, input_shape, hidden=3, activation=tc.Tanh, bias=0.0):
    net = tc.Network(input_shape, f=tc.Flatten(),
                     d=tc.Dense(int(np.prod(input_shape)), hidden, rng=0), a=activation(),
                     e=tc.Dense(hidden, n_classes, rng=1), s=tc.Softmax())
    net["d"].params["b"] += bias
    return net


@pytest.mark.parametrize("case", [
    {"net": dense, "data": made([0, 0, 0, 1, 1, 1, 2])},                # a class of one image
    {"net": dense, "data": made([0, 0, 1, 1], (4, 5, 5))},              # four channels
    {"net": dense, "data": made([0, 0, 0, 1, 1, 1]), "learning_rate": 1e-12},
    {"net": dense, "data": made([0, 0, 0, 0, 1, 1, 1, 1]), "images": "test"},
    {"net": lambda n_classes, input_shape: dense(n_classes, input_shape, 1),
     "data": made([0, 0, 0, 1, 1, 1])},
    {"net": lambda n_classes, input_shape: dense(n_classes, input_shape, 70, tc.ReLU),
     "data": made([0, 0, 0, 1, 1, 1])},
    {"net": lambda n_classes, input_shape: dense(n_classes, input_shape, 3, tc.ReLU, -99.0),
     "data": made([0, 0, 0, 1, 1, 1, 2, 2])}], ids=[
        "one image", "four channels", "nothing learnt", "of test images", "one unit", "70 units",
        "dead"])
def test_unusual_ones_get_a_report(case, tmp_path):
    metrics = reproduce(Settings(**{"out": tmp_path, "epochs": 1, **case}))
    assert metrics["settings"]["network"] in ("dense", "<lambda>")
    page = page_of(tmp_path)
    assert page.count("data:image/png") >= 6
    assert not re.search(r"\b(nan|inf)\b", page)


def section(page, title):
    """The words of one section."""
    return re.search(rf"<h2>[^<]*{title}.*?</section>", page, re.DOTALL)[0]


def test_the_size_of_gradients_speaks_for_itself(report):
    """The gap of the logits is beside that of the probabilities: no cause is claimed."""
    _, page, _ = report("perceptron")
    said = section(page, "Table III")
    assert "not relevance" not in said
    assert "Gradients of classes: gradient" in said
    assert re.search(r"Those of the logits do not have it; they differ \d+(\.\d)?-fold\.", said)


@pytest.mark.parametrize("last", ["sigmoid", "nothing"])
def test_without_a_softmax_gradients_are_of_the_output(last, tmp_path):
    def net(n_classes, input_shape):
        layers = dense(n_classes, input_shape, 6).layers
        return tc.Network(input_shape, **{name: layer for name, layer in layers.items()
                                          if name != "s"},
                          **({"s": tc.Sigmoid()} if last == "sigmoid" else {}))
    metrics = reproduce(Settings(net=net, data=made([0, 0, 0, 1, 1, 1, 2, 2]), epochs=1,
                                 out=tmp_path))
    page = page_of(tmp_path)
    assert metrics["settings"]["of"] == "output"
    for words in ("logit", "confidence", "Nearly so", "the factor y"):
        assert words not in page, words


def test_a_network_that_gives_everybody_the_same_answer(tmp_path):
    """Its class is right without any cause, and the others are wrong before any removal."""
    def net(n_classes, input_shape):
        same = dense(n_classes, input_shape, 6)
        same["e"].params["W"] *= 0
        same["e"].params["b"][1] += 9
        return same
    reproduce(Settings(model=net(3, (1, 9, 8)), data=made([0, 0, 0, 1, 1, 1, 2, 2]), out=tmp_path))
    said = section(page_of(tmp_path), "Where the answers go")
    assert "Class b itself is never lost. In the end most images of every class" in said
    assert "repairs" in section(page_of(tmp_path), "Why it errs")
    data = made([0, 0, 0, 2, 2, 2, 2, 2])       # nobody of this class: all are wrong
    reproduce(Settings(model=net(3, (1, 9, 8)), data=data, out=tmp_path))
    assert "itself were wrong before any removal." in page_of(tmp_path)


def test_without_mistakes_nothing_is_repaired(tmp_path):
    data = made([0, 0, 0, 1, 1, 1])
    net = dense(2, (1, 9, 8), 20)
    tc.train(net, data.images, data.labels, epochs=200, learning_rate=0.3, seed=0)
    assert (net.predict(data.images) == data.labels).all()
    reproduce(Settings(model=net, data=data, out=tmp_path))
    said = section(page_of(tmp_path), "Why it errs")
    for words in ("repairs", "<table", "Lead:"):
        assert words not in said


def test_own_images_are_not_said_to_be_scaled(tmp_path):
    data = made([0, 0, 0, 1, 1, 1])
    data = replace(data, images=data.images * 10 - 5)
    metrics = reproduce(Settings(net=dense, data=data, epochs=1, out=tmp_path))
    assert metrics["settings"]["grey"] == "as given"
    said = section(page_of(tmp_path), "The images")
    assert f"9 x 8 pixels, grey levels from {data.images.min():.3g} to" in said
    assert "resized" not in said


def test_a_trained_network_says_nothing_of_a_training(report, place, tmp_path, caplog):
    out, *_ = report("relu")
    (tmp_path / "training.csv").write_text("of another run")
    (tmp_path / "parameters.npz").write_text("of another run")
    trained = {"data": place / "pictures", "model": out / "model.npz", "out": tmp_path}
    metrics = reproduce(Settings(**trained))
    assert not {"epochs", "batch_size", "learning_rate", "train_images"} & set(metrics["training"])
    assert not {"training.csv", "parameters.npz"} & {path.name for path in tmp_path.iterdir()}
    with caplog.at_level("WARNING"):
        reproduce(Settings(**trained, epochs=3, learning_rate=1.0, split="leave:foo"))
    assert "epochs, learning_rate, split: not used, since a model is not trained" in caplog.text
    assert "leave:foo" not in page_of(tmp_path)
    with pytest.raises(ValueError, match="leave:foo"):
        reproduce(Settings(**trained, split="leave:foo", images="train"))


@pytest.mark.parametrize("change", ["weights", "layer"])
def test_another_network_does_not_go_on_from_a_checkpoint(change, tmp_path):
    def net(slope, bias):
        class Mine(tc.Layer):
            def forward(self, x):
                return np.tanh(slope * x), x

            def backward(self, dy, x):
                return slope * dy * (1 - np.tanh(slope * x) ** 2)
        return lambda n_classes, input_shape: dense(n_classes, input_shape, 3, Mine, bias)

    def stop(net, history):
        raise KeyboardInterrupt
    settings = {"data": made([0, 0, 0, 1, 1, 1]), "epochs": 3, "out": tmp_path}
    with pytest.raises(KeyboardInterrupt):
        reproduce(Settings(net=net(1, 0), **settings), [stop])
    assert (tmp_path / "checkpoint.npz").exists()
    with pytest.raises(tc.ModelFileError, match="code that has changed"):
        reproduce(Settings(net=net(1, 1e-6) if change == "weights" else net(3, 0), **settings))
    reproduce(Settings(net=net(1, 0), **settings))
    assert not list(tmp_path.glob("checkpoint*"))


def test_a_checkpoint_that_was_removed_is_forgotten(tmp_path):
    (tmp_path / "checkpoint.json").write_text('{"weights": "of another", "outputs": [[0, 0]]}')
    reproduce(Settings(net=dense, data=made([0, 0, 0, 1, 1, 1]), epochs=1, out=tmp_path))
    assert not list(tmp_path.glob("checkpoint*"))


def test_few_features_are_at_one_end_only(tmp_path):
    reproduce(Settings(net=lambda n_classes, input_shape: dense(n_classes, input_shape, 9),
                       data=made([0, 0, 0, 1, 1, 1]), epochs=1, out=tmp_path))
    rows = [line.split(",") for line in
            (tmp_path / "table3_features.csv").read_text().splitlines()[1:]]
    for name in "ab":
        ends = {end: {row[4] for row in rows if row[:2] == [name, end]}
                for end in ("strongest", "weakest")}
        assert (len(ends["strongest"]), len(ends["weakest"])) == (5, 4)
        assert not ends["strongest"] & ends["weakest"]


def test_of_many_units_the_weak_ones_are_shown_first(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(units.figures, "problematic_units", lambda rows, *a, **k: (
        shown.extend(rows), new_figure(1, 1))[1])
    reproduce(Settings(net=lambda n_classes, input_shape: dense(n_classes, input_shape, 90,
                                                                tc.ReLU),
                       data=made([0, 0, 0, 1, 1, 1]), epochs=1, out=tmp_path))
    weak = [row["weak_for"] == 1 for row in shown]
    rows = (tmp_path / "problematic.csv").read_text().splitlines()[1:]
    assert sum(weak) == sum(row.split(",")[2] in ("1", "1.0") for row in rows) > 0
    assert weak == sorted(weak, reverse=True)
    said = section(page_of(tmp_path), "Problematic units")
    assert f"Weak for every class here: {sum(weak)} units (1, " in said
    assert "it varies over the images" in said


@pytest.mark.parametrize(("change", "words"), [
    ({"net": "{}/nets.py:relu", "model": "x.npz"}, "one of them"),
    ({"net": "{}/nets.py:relu", "size": 20}, "takes images of 3 x 14 x 12"),
    ({"net": "{}/nets.py:perceptron", "size": "20y"}, "size: expected a whole number"),
    ({"net": "{}/nets.py:norms", "size": 14, "of": "prob"}, "not a softmax"),
    ({"net": None, "size": 20}, "too small")])
def test_contradictions_are_refused_before_training(change, words, place, tmp_path):
    change = {**change, "net": change["net"] and change["net"].format(place)}
    with pytest.raises(ValueError, match=words):
        reproduce(Settings(data=place / "pictures", out=tmp_path, **change))
    assert not list(tmp_path.iterdir())


def test_the_python_of_the_page(tmp_path, monkeypatch, two_people):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").symlink_to(two_people)
    page = Path(__file__).resolve().parents[3] / "tutorials/reproduce_the_paper.md"
    session = {}
    for _, code in blocks(page.read_text("utf-8"), "python"):
        exec(compile(code, page.name, "exec"), session)
    assert (tmp_path / "results-python" / "report.html").exists()
    assert session["metrics"]["training"]["all_error"] == \
        (session["net"].predict(session["x"]) != session["t"]).mean()
