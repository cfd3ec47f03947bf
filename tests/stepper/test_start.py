"""What `tinycnn step` begins with: which faces, which network, and the error messages."""

import io
from functools import cache

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.commands.main import main
from tinycnn.datasets import read_data
from tinycnn.stepper.terminal.start import find, prepare

loaded_once = cache(read_data)         # to draw 165 faces takes some seconds


@pytest.fixture(scope="module")
def faces():
    return loaded_once(None, 60, "unit")


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch):
    monkeypatch.setattr("tinycnn.stepper.terminal.start.read_data", loaded_once)


def test_images_are_found_by_number_and_by_name(faces):
    assert find(faces, "36") == [36]
    assert find(faces, "subject04.leftlight") == [36]
    assert find(faces, faces.files[36].split("/")[-1]) == [36]
    assert find(faces, "all") == list(range(165))


@pytest.mark.parametrize("image", ["165", "-1", "subject99.sad", "sad"])
def test_an_image_that_there_is_not_is_an_error(faces, image):
    with pytest.raises(tc.DataError, match="0 to 164"):
        find(faces, image)


def test_a_new_network_is_the_papers_and_the_seed_is_its_own():
    stepper, what = prepare(None, None, ["0", "subject04.leftlight"], 5, 0, "unit", 0.1)
    expected = tc.face_net(15, seed=5)
    assert all(np.array_equal(w, expected.params[name]) for name, w in stepper.net.params.items())
    assert stepper.trace["input"].shape == (2, 1, 60, 60)
    assert stepper.t.tolist() == [0, 3]
    assert "untrained (seed 5)" in what
    assert "subject04 leftlight (image 36, class 3)" in what


def test_it_can_be_trained_first():
    stepper, what = prepare(None, None, ["0"], 0, 1, "unit", 0.1)
    first = tc.face_net(15, seed=0).params["conv1.W"]
    assert not np.array_equal(stepper.net.params["conv1.W"], first)
    assert what.endswith("trained for 1 epoch")
    assert "untrained" not in what


def test_a_batch_of_the_training_can_be_stepped_into(faces):
    stepper, what = prepare(None, None, None, 3, 0, "unit", 0.05, (1, 4))
    part = faces.split(seed=3)[0]
    history = tc.train(net := tc.face_net(15, seed=3), faces.images[part], faces.labels[part],
                       epochs=1, seed=3, learning_rate=0.05, stop=(1, 4))
    assert history.place == (1, 4)
    assert all(np.array_equal(w, net.params[name]) for name, w in stepper.net.params.items())
    assert np.array_equal(stepper.trace["input"], history.moment.x)
    assert (stepper.moment.epoch, stepper.moment.batch, stepper.learning_rate) == (1, 4, 0.05)
    assert "124 to train on" in what
    assert "epoch 1, batch 4 of 13" in what


def test_the_data_s_own_split_is_that_of_reproduce(tmp_path):
    x = np.random.default_rng(0).random((12, 60, 60), np.float32)
    np.savez(tmp_path / "d.npz", x_train=x[:4], y_train=[0, 1, 0, 1],
             x_test=x[4:], y_test=np.arange(8) % 2)
    stepper, what = prepare(tmp_path / "d.npz", None, None, 0, 0, "unit", 0.1, (1, 1))
    assert "4 to train on" in what
    assert {x.tobytes() for x in stepper.trace["input"]} == {own.tobytes() for own in x[:4]}


def test_a_training_that_fails_is_stepped_into_where_it_fails():
    stepper, what = prepare(None, None, None, 0, 1, "unit", 1e39)
    assert "The training failed in epoch 1, batch 1" in what
    assert (stepper.moment.epoch, stepper.moment.batch) == (1, 1)


@pytest.mark.parametrize("shape", [(3, 60, 60), (12,)])
def test_a_model_of_other_inputs_is_an_error_that_says_so(tmp_path, shape):
    n = int(np.prod(shape))
    tc.Network(shape, flatten=tc.Flatten(), dense=tc.Dense(n, 15), softmax=tc.Softmax()).save(
        tmp_path / "model.npz")
    with pytest.raises(tc.DataError, match=r"grey faces only.*tc\.debug"):
        prepare(None, tmp_path / "model.npz", None, 0, 0, "unit", 0.1)


def test_an_image_that_there_is_not_is_found_out_before_the_training(monkeypatch):
    def train(*_, **__):
        raise AssertionError("minutes were lost")

    monkeypatch.setattr("tinycnn.stepper.terminal.start.train", train)
    with pytest.raises(tc.DataError, match="nobody"):
        prepare(None, None, ["nobody"], 0, 100, "unit", 0.1)


def test_a_model_gets_images_of_its_own_size(tmp_path):
    tc.face_net(15, size=(40, 44)).save(tmp_path / "model.npz")
    stepper, what = prepare(None, tmp_path / "model.npz", ["7"], 0, 0, "unit", 0.1)
    assert stepper.trace["input"].shape == (1, 1, 40, 44)
    assert "model.npz" in what


def test_a_model_of_fewer_people_is_an_error(tmp_path):
    tc.face_net(3).save(tmp_path / "model.npz")
    with pytest.raises(tc.DataError, match=r"knows 3 people, but .* has 15"):
        prepare(None, tmp_path / "model.npz", ["7"], 0, 0, "unit", 0.1)


@pytest.mark.parametrize(("arguments", "part"), [
    (["--image", "nobody"], "expected a number from 0 to 164"),
    (["--model", "none.npz"], "none.npz"), (["--commands", "none.txt"], "none.txt"),
    (["--at", "3:5", "--image", "4"], "leave out --image"),
    (["--seed", "-1"], "expected 0 or more"),
    (["--at", "1:14"], "a batch from 1 to 13"), (["--sheet", "a.pdf"], "give --tiny as well"),
    (["--tiny", "--model", "m.npz", "--image", "3"], "leave out --model and --image"),
    (["--learning-rate", "-1"], "expected a learning rate > 0"),
    (["--learning-rate", "nan"], "expected a learning rate > 0"),
])
def test_the_command_says_what_is_wrong(tmp_path, monkeypatch, capsys, arguments, part):
    monkeypatch.chdir(tmp_path)
    assert main(["step", *arguments]) == 1
    assert part in capsys.readouterr().err


def test_a_script_with_a_wrong_command_goes_on_and_ends_with_status_1(tmp_path, capsys):
    script = tmp_path / "script.txt"
    script.write_text("nxt\nnext\n", encoding="utf-8")
    assert main(["step", "--tiny", "--commands", str(script)]) == 1
    printed = capsys.readouterr().out
    assert "did you mean next?" in printed
    assert "1/17  forward conv" in printed


def test_a_layer_that_fails_does_not_stop_the_debugger_from_starting(monkeypatch, capsys):
    class Fails(tc.Tanh):
        def forward(self, x):
            return {}["y"]

    net = tc.Network((4,), d=tc.Dense(4, 3, rng=0), a=Fails(), s=tc.Softmax())
    monkeypatch.setattr("sys.stdin", io.StringIO("next\nnext\nquit\n"))
    tc.debug(net, np.zeros((2, 4)), np.array([0, 1]), color="never")
    assert "forward d" in capsys.readouterr().out
