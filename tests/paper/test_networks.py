"""A network of one's own for a report: how it is named, called and checked; and its words."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tinycnn as tc
from tinycnn.datasets import drawn_faces
from tinycnn.datasets.names import YALE_CONDITIONS as CONDITIONS
from tinycnn.layers.errors import DataError
from tinycnn.paper.networks import (
    load_for,
    loss_for,
    name_of,
    network_maker,
    trained_network,
)
from tinycnn.paper.wording import output_range, words_for

FILE = '''import tinycnn as tc
from neighbour import SIZE


def small(n_classes, input_shape, seed=0):
    return tc.Network(input_shape,
                      conv=tc.Conv2D(input_shape[0], 2, SIZE, rng=seed), tanh=tc.Tanh(),
                      pool=tc.AvgPool2D(None), flatten=tc.Flatten(),
                      dense=tc.Dense(2, n_classes, rng=seed), softmax=tc.Softmax())


def fails(seed):
    return {}["weights"]


def forgets(**everything):
    assert set(everything) == {"n_classes", "seed", "input_shape"}
    small(2, (1, 9, 9))


def wants(width): ...
def linear(input_shape, n_classes):
    size = input_shape[0] * input_shape[1] * input_shape[2]
    return tc.Network(input_shape, flatten=tc.Flatten(), dense=tc.Dense(size, n_classes),
                      softmax=tc.Softmax())


def another(): return small(2, (3, 12, 10))
def many(input_shape): return small(3, input_shape)
def unfit(n_classes): return tc.Network(conv=tc.Conv2D(2, 2, 3))
def seedless(n_classes, input_shape): return small(n_classes, input_shape, seed=None)


NET, NUMBER = small(2, (1, 20, 20)), 5


def beside(n_classes, input_shape):
    from pathlib import Path
    assert Path(__file__).with_name("neighbour.py").read_text() == "SIZE = 3\\n"
    return small(n_classes, input_shape)
'''


class Squash(tc.Layer):
    """A sigmoid under another name."""

    def forward(self, x):
        y = (1 + np.tanh(x / 2)) / 2
        return y, y

    def backward(self, dy, cache):
        return dy * cache * (1 - cache)


class LogSigmoid(tc.Layer):
    """No sigmoid, for all its name."""

    def forward(self, x):
        return -np.log1p(np.exp(-x)), x

    def backward(self, dy, cache):
        return dy / (1 + np.exp(cache))


class LeakyReLU(tc.Layer):
    """No ReLU: it is negative below 0."""

    def forward(self, x):
        return np.where(x > 0, x, 0.1 * x), x

    def backward(self, dy, cache):
        return np.where(cache > 0, dy, 0.1 * dy)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "neighbour.py").write_text("SIZE = 3\n")
    (tmp_path / "nets.py").write_text(FILE)
    return f"{tmp_path}/nets.py"


def test_the_papers_network_is_the_same_to_the_bit():
    made, papers = network_maker(None)(15, 3, (1, 60, 60)), tc.face_net(15, 3)
    for name, w in papers.params.items():
        np.testing.assert_array_equal(made.params[name], w)


@pytest.mark.parametrize("form", [str, Path])
def test_a_function_in_a_file_makes_a_new_network_each_time(file, form):
    make = network_maker(form(f"{file}:small"))
    one, other = make(15, 0, (1, 9, 9)), make(15, 0, (1, 9, 9))
    assert one.output_shapes()["softmax"] == (15,)
    assert one["conv"].params["W"] is not other["conv"].params["W"]
    assert name_of(f"{file}:small") == f"{file}:small"


def test_a_network_itself_is_copied(file):
    net = tc.face_net(15)
    for source in (net, lambda: net):
        made = network_maker(source)(15, 0, (1, 60, 60))
        assert made is not net
        np.testing.assert_array_equal(made.params["conv1.W"], net.params["conv1.W"])
    assert network_maker(f"{file}:NET")(15, 0, (1, 5, 5)).input_shape == (1, 20, 20)


@pytest.mark.parametrize(("name", "words"), [
    ("fails", "nets.py:fails, line 13: KeyError: 'weights'"),
    ("forgets", "a NoneType. Likely cause: a missing return"),
    ("wants", "'width'"), ("linear", "no convolution and no hidden layer"),
    ("many", "expected 2 outputs, one for each class of faces"),
    ("unfit", "does not take images of 1 x 60 x 60: layer 'conv'"),
    ("smal", "has no smal; did you mean small"),
    ("NUMBER", "not a callable object"), ("seedless", "made twice with seed=0, its weights differ"),
    ("wants", "called with those of n_classes=, seed= and input_shape=")])
def test_what_is_no_network_is_explained(two_people, file, name, words):
    with pytest.raises(ValueError, match=words) as problem:
        load_for(network_maker(f"{file}:{name}"), f"{file}:{name}", two_people)
    assert file in str(problem.value)


@pytest.mark.parametrize(("text", "words"), [
    ("nets.py", "expected FILE.py:function"), ("nets.py:", "expected FILE.py:function"),
    ("nowhere.py:net", "no file nowhere.py")])
def test_what_names_no_function(text, words):
    with pytest.raises(ValueError, match=words):
        network_maker(text)


@pytest.mark.parametrize(("text", "words"), [
    ("import tinycnn\n1 / 0\n", "line 2: ZeroDivisionError"), ("a = (\n", "line 1: SyntaxError"),
    ("import sys\nsys.exit('bye')\n", "line 2: SystemExit: bye"),
    ("import nonesuch_library", "nonesuch_library"),
    ("from .neighbour import SIZE", "line 1: ImportError.* without the dot")])
def test_a_file_that_cannot_be_run(tmp_path, text, words):
    (tmp_path / "bad.py").write_text(text)
    with pytest.raises(ValueError, match=f"bad.py, {words}" if "line" in words else words):
        network_maker(f"{tmp_path}/bad.py:net")


@pytest.mark.parametrize(("name", "wish", "shape"), [
    ("small", {}, (1, 60, 60)), ("small", {"size": "12x10"}, (1, 12, 10)),
    ("small", {"size": 12, "colour": True}, (3, 12, 12)), ("another", {}, (3, 12, 10)),
    ("another", {"size": (12, 10)}, (3, 12, 10)), ("NET", {}, (1, 20, 20))])
def test_images_come_in_the_size_and_colour_that_the_network_takes(
        two_people, file, name, wish, shape):
    data, net = load_for(network_maker(f"{file}:{name}"), name, two_people, **wish)
    assert data.images.shape == (22, *shape)
    assert net.input_shape == shape


@pytest.mark.parametrize(("name", "wish", "words"), [
    ("another", {"size": 11}, "takes images of 3 x 12 x 10, but size asks for 11 x 11. Without"),
    ("another", {"size": "10x12"}, "but size asks for 10 x 12. Without"),
    ("NET", {"colour": True}, "takes images of 1 x 20 x 20, but colour asks for 3 channels. W"),
    ("NET", {"size": "28xx"}, "as in 28x40, got '28xx'")])
def test_another_size_than_the_networks_is_refused(two_people, file, name, wish, words):
    with pytest.raises(ValueError, match=words):
        load_for(network_maker(f"{file}:{name}"), name, two_people, **wish)


@pytest.mark.parametrize("data", [np.zeros((4, 9, 9)), (np.zeros((4, 9, 9)), [0, 1, 0, 1])])
def test_arrays_are_no_data_set(file, data):
    with pytest.raises(ValueError, match=r"tc.dataset\(images, labels\) makes one"):
        load_for(network_maker(f"{file}:small"), "small", data)


def test_a_pytorch_model_is_known():
    torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(81, 2))
    for attempt in (lambda: network_maker(model), lambda: trained_network(model),
                    lambda: network_maker(lambda: model)(2, 0, (1, 9, 9))):
        with pytest.raises(ValueError, match=r"tc\.from_torch makes one"):
            attempt()


def test_trained_networks(file, tmp_path):
    net = network_maker(f"{file}:NET")(2, 0, (1, 20, 20))
    assert trained_network(net) is net
    net.save(tmp_path / "net.npz")
    assert list(trained_network(tmp_path / "net.npz").layers) == list(net.layers)
    np.savez(tmp_path / "parameters.npz", **net.params)
    for path, words in ((tmp_path / "none.npz", "no such file"), (3, "or the file of one"),
                        (tmp_path / "parameters.npz", r"reproduce\(Settings\(model=net\)\)")):
        with pytest.raises((tc.ModelFileError, ValueError), match=words):
            trained_network(path)


def test_a_data_set_keeps_its_images(file):
    faces = drawn_faces(12, people=2)
    data, net = load_for(network_maker(f"{file}:small"), "small", faces)
    assert data is faces
    assert net.input_shape == (1, 12, 12)
    for wish in ({"size": 12}, {"colour": True}, {"grey": "standardised"}):
        with pytest.raises(ValueError, match="has its images and classes already"):
            load_for(network_maker(f"{file}:small"), "small", faces, **wish)
    with pytest.raises(ValueError, match="does not take images of 1 x 12 x 12"):
        load_for(network_maker(tc.Network(conv=tc.Conv2D(3, 2, 3))), "three", faces)


def test_losses_by_the_last_layer():
    def ends_in(**last):
        return tc.Network(flatten=tc.Flatten(), dense=tc.Dense(4, 2), **last)
    assert loss_for(ends_in(softmax=tc.Softmax())) is None
    assert loss_for(ends_in()).__name__ == "cross_entropy"
    assert loss_for(ends_in(sigmoid=tc.Sigmoid())).__name__ == "binary_cross_entropy"
    assert loss_for(ends_in(squash=Squash())).__name__ == "binary_cross_entropy"
    assert loss_for(ends_in(log=LogSigmoid())).__name__ == "cross_entropy"


def test_words():
    faces = drawn_faces(60, people=2)
    net = tc.face_net(2)
    features = [(f"tanh{layer}", i) for layer, n in ((1, 5), (2, 8), (3, 10)) for i in range(n)]
    w = words_for(faces, net, features)
    assert (w.people, w.face, w.map, w.like_the_paper) == ("people", "face", "map", True)
    assert w.outputs == "the outputs after tanh and before pooling"
    assert not words_for(faces, net, features[:-1]).like_the_paper
    for change in ({"softmax": tc.Sigmoid()}, {"tanh2": tc.ReLU()}):
        assert not words_for(faces, tc.Network(**{**net.layers, **change}), features).like_the_paper
    once = tc.Network(conv1=tc.Conv2D(1, 5, 5), tanh1=tc.Tanh(), conv2=tc.Conv2D(5, 8, 5),
                      tanh2=tc.Tanh(), pool2=tc.MaxPool2D(2))       # not after the first
    assert words_for(faces, once, features[:13]).outputs == "the outputs after tanh"
    hidden = words_for(faces, net, [("tanh4", i) for i in range(20)])
    assert (hidden.map, hidden.outputs) == ("unit", "the outputs of the hidden units after tanh")


def test_a_layer_is_called_what_it_computes_and_not_what_its_name_begins_with():
    data = drawn_faces(12, people=2)
    net = tc.Network(conv1=tc.Conv2D(1, 2, 3, rng=0), leaky=LeakyReLU(), flatten=tc.Flatten(),
                     dense=tc.Dense(200, 2, rng=0), softmax=tc.Softmax())
    assert words_for(data, net, [("leaky", 0)]).outputs == "the outputs after LeakyReLU"
    assert output_range(net, "leaky", np.array([[-0.5, 2.5]])) == (-0.5, 2.5)


@pytest.mark.parametrize(("layer", "ends"), [
    (tc.Tanh(), (-1, 1)), (tc.Sigmoid(), (0, 1)), (tc.ReLU(), (0, 2.5)), (Squash(), (-0.5, 2.5)),
    (tc.AvgPool2D(2), (-0.5, 2.5))])
def test_the_range_of_the_outputs(layer, ends):
    assert output_range(tc.Network(a=layer), "a", np.array([[-0.5, 2.5]])) == ends


def test_a_file_knows_where_it_is(file):
    make = network_maker(f"{file}:beside")
    assert make(2, 0, (1, 9, 9)).forward(np.zeros((1, 1, 9, 9))).y.shape == (1, 2)


def test_the_word_digits_is_a_data_set():
    pytest.importorskip("sklearn", reason="pip install -e '.[dev]'")
    data, net = load_for(network_maker(), "the paper's", "digits", size="36x40")
    assert (data.name, data.images.shape) == ("digits", (1797, 1, 36, 40))
    assert net.input_shape == (1, 36, 40)


@pytest.mark.parametrize(("options", "people"), [
    ({}, ("subject01", "subject02")), ({"label": r"\.(\w+)", "exclude": ["*01*"]}, CONDITIONS),
    ({"size": 40, "label": r"t(\d+)"}, ("01", "02"))])
def test_what_tells_the_class_reaches_the_loader(two_people, options, people):
    data, _ = load_for(network_maker(), "the paper's", two_people, **options)
    assert data.people == people
    assert data.images.shape[2:] == (options.get("size", 60),) * 2


@pytest.mark.parametrize("data", [None, "digits", drawn_faces(12, people=2)])
def test_what_tells_the_class_is_for_images_of_ones_own(data):
    with pytest.raises(ValueError, match=r"images of your own|a Dataset has its images"):
        load_for(network_maker(), "the paper's", data, label="folder:1")
    if data is None:
        load_for(network_maker(), "the paper's", data, label=None, labels=None, exclude=[])


def test_pictures_of_other_sizes_are_resized_only_if_a_size_is_asked_for(two_people, tmp_path):
    folder = shutil.copytree(two_people, tmp_path / "faces")
    first = next(folder.iterdir())
    Image.open(first).resize((30, 20)).save(first)
    with pytest.raises(DataError, match="--size"):
        load_for(network_maker(), "the paper's", folder)
    assert len(load_for(network_maker(), "the paper's", folder, size=40)[0]) == 22
