"""The stepper on the real faces: every explanation adds up and agrees with its nudge."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.commands.main import main


@pytest.fixture(scope="module", params=[0, 12], ids=["untrained", "trained"])
def done(request, yale_folder):
    faces = tc.load_faces(yale_folder)
    net = tc.face_net(faces.n_classes, seed=1)
    if request.param:
        tc.train(net, faces.images, faces.labels, epochs=request.param, batch_size=10)
    stepper = tc.Stepper(net, faces.images[[3, 77]], faces.labels[[3, 77]])
    stepper.run()
    return stepper


@pytest.mark.parametrize("name", ["input", *tc.face_net().layers, *tc.face_net().params])
def test_random_numbers_of_every_layer(done, name):
    rng = np.random.default_rng(11)
    array = done.value(name)
    for _ in range(5):
        index = tuple(int(rng.integers(n)) for n in array.shape)
        explanation = done.explain(name, index)
        assert explanation.ok, explanation.text
        # The background of these faces is white, so units tie in pooling windows, and L has a kink
        # in each of these windows. After the second convolution there are no ties left.
        kinks = {"kink"} if name in ("input", "conv1", "tanh1", "pool1") else set()
        assert explanation.nudge.verdict in {"agrees", "too small"} | kinks


def test_most_nudges_do_tell(done):
    rng = np.random.default_rng(12)
    verdicts = []
    for name in ("input", "conv1", "tanh1", "pool1"):
        for _ in range(10):
            index = tuple(int(rng.integers(n)) for n in done.value(name).shape)
            verdicts.append(done.explain(name, index).nudge.verdict)
    assert verdicts.count("agrees") >= 20


def test_the_command_takes_a_face_by_its_file(yale_folder, tmp_path, capsys):
    script = tmp_path / "commands.txt"
    script.write_text("until backward conv1\nexplain tanh1[4,20,20]\nshow input\n",
                      encoding="utf-8")
    assert main(["step", "--data", str(yale_folder), "--image", "subject01.sad",
                 "--commands", str(script)]) == 0
    printed = capsys.readouterr().out
    assert "subject01 sad" in printed
    assert "They agree." in printed or "kink" in printed
