"""What `tinycnn step` begins with: which faces, which network, and the error messages."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.commands.main import main
from tinycnn.stepper.terminal.start import find, prepare


@pytest.fixture(scope="module")
def faces():
    return tc.drawn_faces()


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
    net, x, t, what = prepare(None, None, ["0", "subject04.leftlight"], 5, 0, "unit")
    expected = tc.face_net(15, seed=5)
    assert all(np.array_equal(w, expected.params[name]) for name, w in net.params.items())
    assert x.shape == (2, 1, 60, 60)
    assert t.tolist() == [0, 3]
    assert "untrained (seed 5)" in what
    assert "subject04 leftlight (image 36, class 3)" in what


def test_it_can_be_trained_first():
    net, _, _, what = prepare(None, None, ["0"], 0, 1, "unit")
    assert not np.array_equal(net.params["conv1.W"], tc.face_net(15, seed=0).params["conv1.W"])
    assert "trained for 1 epochs" in what
    assert "untrained" not in what


def test_an_image_that_there_is_not_is_found_out_before_the_training(monkeypatch):
    def train(*_, **__):
        raise AssertionError("minutes were lost")

    monkeypatch.setattr("tinycnn.stepper.terminal.start.train", train)
    with pytest.raises(tc.DataError, match="nobody"):
        prepare(None, None, ["nobody"], 0, 100, "unit")


def test_a_model_gets_images_of_its_own_size(tmp_path):
    tc.face_net(15, size=(40, 44)).save(tmp_path / "model.npz")
    _, x, _, what = prepare(None, tmp_path / "model.npz", ["7"], 0, 0, "unit")
    assert x.shape == (1, 1, 40, 44)
    assert "model.npz" in what


def test_a_model_of_fewer_people_is_an_error(tmp_path):
    tc.face_net(3).save(tmp_path / "model.npz")
    with pytest.raises(tc.DataError, match=r"knows 3 people, but .* has 15"):
        prepare(None, tmp_path / "model.npz", ["7"], 0, 0, "unit")


@pytest.mark.parametrize(("arguments", "part"), [
    (["--image", "nobody"], "expected a number from 0 to 164"),
    (["--model", "none.npz"], "none.npz"), (["--commands", "none.txt"], "none.txt"),
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
