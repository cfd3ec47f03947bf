"""Results do not depend on the number of threads or on the size of blocks."""

import os
import subprocess
import sys

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc

PROGRAM = """
import sys
import numpy as np
import tinycnn as tc
faces = tc.drawn_faces(people=2)
# Noise, so that no two units of a pooling window differ only by rounding. If they did, the winner
# could depend on the number of threads, and only the winner gets a gradient.
noise = np.random.default_rng(0).normal(0, 0.05, faces.images.shape)
for path, dtype in zip(sys.argv[1:], ("float32", "float64")):
    net = tc.face_net(seed=1).astype(dtype)
    x, t = (faces.images + noise).astype(dtype), faces.labels
    history = tc.train(net, x, t, epochs=2, batch_size=4)
    gradients = tc.prediction_gradients(net, x[:3])
    np.savez(path, loss=history.loss, **net.params, **gradients)
"""


def run(folder, threads):
    environment = os.environ | {"OPENBLAS_NUM_THREADS": str(threads),
                                "OMP_NUM_THREADS": str(threads)}
    paths = [folder / "float32.npz", folder / "float64.npz"]
    subprocess.run([sys.executable, "-c", PROGRAM, *map(str, paths)], env=environment, check=True)
    return [dict(np.load(path)) for path in paths]


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The numbers of a process with one thread, in both precisions."""
    return run(tmp_path_factory.mktemp("one"), 1)


def test_the_same_seed_gives_the_same_bits(tmp_path, one):
    for first, again in zip(one, run(tmp_path, 1), strict=True):
        assert len(first) == 14
        for name, array in first.items():
            np.testing.assert_array_equal(again[name], array, err_msg=name)


def test_threads_change_no_more_than_rounding(tmp_path, one):
    two = run(tmp_path, 2)[1]
    for name, array in one[1].items():
        np.testing.assert_allclose(two[name], array, 1e-8, 1e-13, err_msg=name)


@pytest.mark.parametrize("size", [1, 3, 64])
def test_blocks_do_not_show(monkeypatch, size):
    net = small_net()
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(40, 1, 11, 9)), rng.integers(0, 4, 40)
    order = [("tanh1", 1), ("relu2", 0)]

    def results():
        return [tc.prediction_gradients(net, x)["tanh1"],
                tc.prediction_gradients(net, x, classes=t)["tanh1"],
                tc.class_gradients(net, x, t)["relu2"],
                tc.convolutional_gradients(net, x, t).scores, net.predict_proba(x),
                tc.knockout_curve(net, x, t, order)]
    expected = results()
    for module in ("gradients.prediction", "network.passes", "analysis.knockouts"):
        monkeypatch.setattr(sys.modules[f"tinycnn.{module}"], "BLOCK", size)
    monkeypatch.setattr(sys.modules["tinycnn.gradients.prediction"], "BLOCK_ALL", size)
    for ours, theirs in zip(results(), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, 1e-10, 1e-14)


def test_importing_loads_nothing_that_only_drawing_needs():
    program = "import sys, tinycnn; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                            check=True).stdout.split()
    assert "tinycnn.network" in loaded
    assert not {"matplotlib", "scipy.ndimage", "torch"} & set(loaded)
    assert "tinycnn.stepper" not in loaded


def test_what_is_loaded_late_is_there_like_the_rest():
    assert {"Stepper", "debug"} <= set(dir(tc))
    assert all(getattr(tc, name) is not None for name in tc.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Steper'"):
        tc.Steper  # noqa: B018
