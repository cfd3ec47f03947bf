"""A study of any network ends with a report in its words; what it cannot show is not measured."""

import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tinycnn as tc
from tinycnn.analysis.measures import PAPER
from tinycnn.commands import main as cli
from tinycnn.datasets import Dataset, load_faces
from tinycnn.paper.study.between import between_networks
from tinycnn.paper.study.pages import write
from tinycnn.paper.study.pages.write import write_study
from tinycnn.paper.study.parts import PARTS, knockout_table, readings, retrained
from tinycnn.paper.study.rows import Numbers, read_rows
from tinycnn.paper.study.runner.run import run_study
from tinycnn.paper.study.scorecard import scorecard
from tinycnn.paper.study.subject import Subject, Training, train_network

pytestmark = pytest.mark.usefixtures("few_pixels")

NETS = Path(__file__).with_name("own_nets.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three folders of colour pictures: red, green and blue squares of different sizes."""
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("data") / "shapes"
    for k, name in enumerate(("red", "green", "blue")):
        (folder / name).mkdir(parents=True)
        for i in range(7):
            pixels = rng.integers(0, 90, (16, 16, 3))
            row, column = rng.integers(1, 9, 2)
            pixels[row:row + 4 + k, column:column + 5, k] += 150
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{i}.png")
    return folder


@pytest.fixture(scope="module")
def colour(folder):
    return load_faces(folder, size=16, colour=True)


def study(name, data, epochs=2):
    """The subject of seed 0, and all its rows, with few random orders."""
    training = Training(epochs=epochs, net=name and f"{NETS}:{name}")
    params, rows = train_network(data, 0, training)
    subject = Subject(data, 0, training, params)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knockout_table, "DRAWS", 3)
        patch.setattr(readings, "DRAWS", 3)
        for part in PARTS.values():
            rows += part.run(subject)
    return subject, rows


@pytest.fixture(scope="module")
def studies(colour):
    """Each network is trained and analysed once: call it with the name of its function."""
    found = {}

    def get(name):
        if name not in found:
            if name == "from_torch":
                pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
            found[name] = study(name, colour)
        return found[name]
    return get


def unmeasured(rows):
    """The keys of the claims without a number, whether or not the network has learnt anything."""
    numbers = Numbers(r for r in [*rows, *between_networks(rows)]
                      if r.analysis != "training" or r.option == "test")
    return {j.claim.key for j in scorecard(numbers)
            if j.claim.key != "error on all" and not np.isfinite(j.measured.mean)}


# These images have no twins, one network has no others, and these are not trained in other ways.
ALWAYS = {"twins", "robustness", "blind"}
OF_23 = {"own features", "fifteen weakest"}                 # 16 features are needed
OF_TEN = {"ten strongest", "ten weakest", "failure"}        # 11 features are needed
ONE_LAYER = {"against same layers", "map-specific", "same layers, test", "same layers, mean",
             "same layers, samples"}
NO_UNITS = {"any output", "any output, class"}               # no hidden dense units
# Whether a gain can be shared out depends on how large it is.
SHARES = {"map-specific", "best possible", "scale", "scale is relevance"}


@pytest.mark.parametrize(("name", "missing", "people", "features"), [
    (None, ALWAYS, "people", "maps"),
    ("two_convolutions", ALWAYS | OF_23 | NO_UNITS, "classes", "maps of relu1 and relu2"),
    ("five_convolutions", ALWAYS | OF_23 | NO_UNITS, "classes",
     "maps of act1, act2, act3, act4 and act5"),
    ("perceptron", ALWAYS | OF_23 | OF_TEN | ONE_LAYER, "classes", "units of leaky1"),
    ("from_torch", ALWAYS | OF_23, "classes", "maps of "),
    ("fully_convolutional", ALWAYS | OF_23 | OF_TEN | NO_UNITS | {"needed"}, "classes",
     "maps of tanh1 and")])
def test_each_ends_with_a_report(name, missing, people, features, studies, colour, tmp_path):
    data = colour if name else tc.drawn_faces(36, people=3)
    s, rows = studies(name) if name else study(name, data, epochs=1)
    assert unmeasured(rows) - SHARES == missing - SHARES
    card = write_study(rows, data, s.training, tmp_path)
    page = re.sub(r'"data:[^"]*"', "", (tmp_path / "report.html").read_text("utf-8"))
    assert not re.search(r"\bnan\b|\binf\b", page)
    assert page.count("<img") >= 7
    assert features in page
    assert (f"two {people}" in card, "two people" in card) == (True, people == "people")
    for text in (card, page):
        said = text.replace("network and its faces", "")        # those of the paper
        found = set(re.findall(r"\b(?:[Pp]erson|people|identit\w+|faces?)\b", said))
        assert not found or people == "people", found
        assert not re.search(r"\b([Aa]n class|[Aa] (image|identity))\b", said)
    retrained_page = page.split("Remove and retrain")[2][:200]      # after the contents
    assert ("Not measured: " in retrained_page) == ("needed" in missing)   # no map can go for good
    if features.startswith("units"):
        assert not re.search(r"\b[Mm]aps?\b", card + page)
        assert "5 removals" in card + page
        assert "ten removals" not in card + page


def test_gradients_are_of_the_networks_own_output(studies, colour):
    s, rows = studies("two_convolutions")
    assert not s.net.mixes_images                           # frozen on what it was trained on
    x, t = colour.images, colour.labels
    fresh = tc.Network((3, 16, 16), **s.fresh().layers)
    assert fresh.mixes_images
    for name, w in fresh.params.items():
        w[...] = s.params[name]
    net = fresh.frozen(x[s.split[0]])
    np.testing.assert_array_equal(net.predict_proba(x), s.net.predict_proba(x))
    scores = tc.convolutional_gradients(net, x, t, of="logit").scores
    [value] = Numbers(rows).find("paper", "largest over smallest")
    assert value == pytest.approx(scores.max(axis=1).max() / scores.max(axis=1).min())
    [error] = Numbers(rows).find("training", "error", option="all")
    assert error == (net.predict(x) != t).mean()
    assert all("y: prob" in name for name in Numbers(rows).subjects("reading", "rank correlation")
               if name.startswith("o: "))        # and no logit beside it


def test_it_learns_from_the_loss_that_its_output_needs(colour):
    s = Subject(colour, 0, Training(epochs=30, net=f"{NETS}:two_convolutions"))
    net = s.trained(s.fresh(), colour, s.split[0])
    assert (net.predict(colour.images[s.split[0]]) == colour.labels[s.split[0]]).mean() > 0.9


def test_one_feature_always_stays(studies):
    """Without any, the answer is the same whatever the order was."""
    for name, steps in (("perceptron", 6), ("two_convolutions", 11)):
        numbers = Numbers(studies(name)[1])
        for option in ("strongest", "weakest", "strongest, test", "strongest, to samples"):
            curve = numbers.curve("knockout", "overall error", subject=PAPER, option=option)
            assert curve.shape == (1, steps)


def test_what_is_removed_for_good_is_half_of_what_can_be(studies, monkeypatch):
    s, _ = studies("five_convolutions")                     # five layers of three maps
    seen = []
    monkeypatch.setattr(retrained, "pruned", lambda net, removed: seen.append(set(removed)) or net)
    retrained.retrain(s)
    assert [len(removed) for removed in seen] == [5, 5]     # strongest, and random ones


def test_all_weights_shuffled_is_the_last_step(studies):
    for name, last in (("two_convolutions", "+ conv1"), ("perceptron", "+ dense1")):
        numbers = Numbers(studies(name)[1])
        [value] = numbers.find("sanity", "all weights shuffled", subject="filter")
        steps = numbers.find("sanity", "shuffled weights", subject="filter", option=last,
                             step=4 if last == "+ conv1" else 2)
        assert [value] == steps
        assert abs(value) < 0.95


def test_a_network_that_died_gives_numbers_and_no_warnings(colour):
    training = Training(epochs=1, net=f"{NETS}:five_convolutions")
    params, rows = train_network(colour, 0, training)
    dead = {**params, "dense.W": 0 * params["dense.W"]}     # y is the same for all images
    subject = Subject(colour, 0, training, dead)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knockout_table, "DRAWS", 2)
        for part in ("knockouts", "rankings", "readings", "weights shuffled", "units",
                     "first order"):
            rows += PARTS[part].run(subject)
    [area] = Numbers(rows).find("knockout", "overall error, area", subject="gradient, per layer",
                                option="strongest")
    assert area == pytest.approx(2 / 3)
    [size] = Numbers(rows).find("paper", "largest over smallest")
    assert np.isnan(size)


# --- the command -----------------------------------------------------------------------------

def test_the_command_with_a_layer_of_ones_own(folder, tmp_path, capsys, monkeypatch):
    """Workers are other processes: the layer's class exists there only after its file is run."""
    out, net = tmp_path / "out", tmp_path / "nets.py"
    net.write_text(NETS.read_text("utf-8"), "utf-8")
    command = ["study", "--data", str(folder), "--net", f"{net}:perceptron", "--size", "16",
               "--seeds", "1", "--epochs", "2", "--jobs", "2", "--out", str(out)]
    assert cli.main(command) == 0
    printed = capsys.readouterr()
    assert "random units of the same layers" in printed.out
    assert f"{len(PARTS) + 1}/{len(PARTS) + 1}" in printed.err
    rows = read_rows(out / "study.csv")
    assert unmeasured(rows) - SHARES == (ALWAYS | OF_23 | OF_TEN | ONE_LAYER) - SHARES
    assert "nets.py:perceptron" in (out / "report.html").read_text("utf-8")

    times = {file: file.stat().st_mtime_ns for file in (out / "seeds/0").iterdir()}
    monkeypatch.setattr(write, "write_study", lambda *_: "")
    assert cli.main(command) == 0                           # all is there already
    assert {file: file.stat().st_mtime_ns for file in times} == times
    net.write_text(NETS.read_text("utf-8").replace("0.1 * x", "0.2 * x"), "utf-8")
    capsys.readouterr()
    assert cli.main(command) == 1                           # the layer is another one
    assert "its code changed" in capsys.readouterr().err
    assert cli.main([arg.replace(":perceptron", ":one_unit") for arg in command]) == 1
    assert "has one feature" in capsys.readouterr().err


def test_a_network_without_layers_of_ones_own_can_be_loaded(colour, tmp_path):
    training = Training(epochs=1, net=f"{NETS}:two_convolutions")
    run_study(colour, tmp_path, {}, seeds=[0], training=training)
    net = tc.Network.load(tmp_path / "seeds/0/network.npz")
    params, _ = train_network(colour, 0, training)
    assert list(net.params) == list(params)
    np.testing.assert_allclose(net.params["conv1.W"], params["conv1.W"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("net", "words"), [
    ("nowhere.py:small", "there is no file"),
    (f"{NETS}:nobody", "has no nobody"),
    (f"{NETS}:fifty_percent", "ZeroDivisionError: of one's own"),
    (f"{NETS}:two_convolutions", "3 x 16 x 16")])
def test_what_does_not_fit_is_told_before_any_training(net, words, folder, tmp_path, capsys):
    size = ["--size", "20"] if "two_convolutions" in net else []
    assert cli.main(["study", "--data", str(folder), "--net", net, *size, "--seeds", "1",
                     "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_a_network_whose_code_is_in_other_files(colour, tmp_path, monkeypatch):
    """Its own file stays the same: its weights, or its outputs, do not."""
    # A file that changes twice in a second, and keeps its size, would be taken from Python's cache.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")      # for the workers
    (tmp_path / "nets.py").write_text("from made_here import net\n\n\ndef mine(n_classes, seed, "
                                      "input_shape):\n    return net(n_classes, seed, input_shape)")

    def run(factor, scale):
        sys.modules.pop("made_here", None)
        (tmp_path / "made_here.py").write_text(textwrap.dedent(f"""
            import numpy as np, tinycnn as tc
            class Scaled:
                params = {{}}
                def forward(self, x): return np.tanh({factor} * x), x
                def backward(self, dy, x): return dy * {factor} / np.cosh({factor} * x) ** 2
                def parameter_gradients(self, dy, x): return {{}}
            def net(n_classes, seed, shape):
                rng = np.random.default_rng(seed)
                return tc.Network(shape, conv1=tc.Conv2D(3, 3, 3, rng=rng, init={scale}),
                                  act=Scaled(), pool=tc.AvgPool2D(None), flatten=tc.Flatten(),
                                  dense=tc.Dense(3, n_classes, rng=rng), softmax=tc.Softmax())
            """), "utf-8")
        run_study(colour, tmp_path / "out", {}, seeds=[0],
                  training=Training(1, net=f"{tmp_path}/nets.py:mine"))
    run(1.0, 1.0)
    run(1.0, 1.0)
    for factor, scale, words in ((3.0, 1.0, r"\(its outputs changed\)"),
                                 (1.0, 2.0, "its initial weights changed; its outputs changed")):
        with pytest.raises(ValueError, match=words):
            run(factor, scale)
    sys.modules.pop("made_here", None)
    sys.path.remove(str(tmp_path))


def test_a_function_does_not_reach_other_processes(colour, tmp_path):
    with pytest.raises(ValueError, match="expected the text FILE"):
        run_study(colour, tmp_path, {}, seeds=[0], training=Training(1, net=lambda: None))


def test_a_data_set_that_is_no_folder(tmp_path):
    """Grey noise of two classes."""
    rng = np.random.default_rng(0)
    words = tuple(map(str, range(8)))
    data = Dataset("noise", rng.random((8, 1, 16, 16), np.float32), np.arange(8) % 2, ("a", "b"),
                   words, words, words)
    with pytest.raises(ValueError, match="does not take images of 1 x 16 x 16"):
        run_study(data, tmp_path / "out", {}, seeds=[0],
                  training=Training(1, net=f"{NETS}:two_convolutions"))
    assert run_study(data, tmp_path / "out", {}, seeds=[0],
                     training=Training(1, net=f"{NETS}:five_convolutions"))
