"""Networks on disk: a saved network is loaded again, and other files are refused."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc


def test_saved_and_loaded_networks_agree(tmp_path):
    net = small_net(dtype=np.float32)
    net.save(tmp_path / "model.npz")
    again = tc.Network.load(tmp_path / "model.npz")
    assert repr(again) == repr(net)
    assert again.input_shape == net.input_shape
    for name, w in net.params.items():
        np.testing.assert_array_equal(again.params[name], w)
        assert again.params[name].dtype == w.dtype
    x = np.random.default_rng(0).normal(size=(2, 1, 11, 9))
    np.testing.assert_array_equal(again.forward(x).y, net.forward(x).y)
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]


class Scale(tc.Layer):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x, None

    def config(self):
        return {"factor": self.factor}


def test_own_layers_come_back_if_their_class_is_given(tmp_path):
    tc.Network(scale=Scale(3)).save(tmp_path / "own.npz")
    with pytest.raises(tc.ModelFileError, match=r"'scale' is a 'Scale'.*layers=\(MyLayer,\)"):
        tc.Network.load(tmp_path / "own.npz")
    assert tc.Network.load(tmp_path / "own.npz", layers=(Scale,))["scale"].factor == 3


class Mine(tc.Dense):
    """Weights in float64, as NumPy draws them, in a network of float32."""

    def __init__(self, n_in, n_out):
        super().__init__(n_in, n_out)
        self.params = {"W": np.random.default_rng(0).normal(size=(n_in, n_out)),
                       "b": np.zeros(n_out)}


def test_a_network_with_layers_of_two_precisions_comes_back(tmp_path):
    net = tc.Network(dense1=tc.Dense(5, 4), mine=Mine(4, 2), softmax=tc.Softmax())
    x, t = np.random.default_rng(1).random((6, 5)), np.arange(6) % 2
    tc.train(net, x, t, epochs=2, checkpoint=tmp_path / "run.npz")
    net.save(tmp_path / "model.npz")
    again = tc.Network.load(tmp_path / "model.npz", layers=(Mine,))
    assert [w.dtype for w in again.params.values()] == [w.dtype for w in net.params.values()]
    tc.train(net, x, t, epochs=3, checkpoint=tmp_path / "run.npz")
    tc.train(again, x, t, epochs=3, checkpoint=tmp_path / "run.npz")
    for name, w in net.params.items():
        np.testing.assert_array_equal(again.params[name], w)


def test_a_layer_that_cannot_be_described_is_not_saved(tmp_path):
    class Plain:
        params = {}     # noqa: RUF012
    with pytest.raises(tc.ModelFileError, match=r"layer 'plain'.*config\(\)"):
        tc.Network(plain=Plain()).save(tmp_path / "plain.npz")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_save_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    small_net().save(path)
    old = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")
    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="No space"):
        small_net(1).save(path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]


class Evil:
    def __reduce__(self):
        return (open, ("executed", "w"))


def test_foreign_and_hostile_files_are_refused_and_execute_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {"text.npz": b"hello", "empty.npz": b"", "pickle.npz": pickle.dumps(Evil())}
    buffer = io.BytesIO()
    np.savez(buffer, header=np.array(Evil(), dtype=object))
    files["object.npz"] = buffer.getvalue()
    buffer = io.BytesIO()
    np.savez(buffer, x=np.zeros(3))
    files["other.npz"] = buffer.getvalue()
    buffer = io.BytesIO()
    header = json.dumps({"format": "tinycnn network 1", "input_shape": None, "layers": [
        {"name": "a", "kind": "Dense", "config": {"n_in": 1000, "n_out": 1000}}]})
    np.savez_compressed(buffer, header=np.array(header),
                        **{"a.W": np.zeros((1000, 1000)), "a.b": np.zeros(1000)})
    files["bomb.npz"] = buffer.getvalue()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:       # a member that is not an array
        archive.writestr("header", header)
        archive.writestr("a.W", b"text")
    files["notnpy.npz"] = buffer.getvalue()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("header.npy", b"no array")
    files["noarray.npz"] = buffer.getvalue()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(tc.ModelFileError, match=name):
            tc.Network.load(tmp_path / name)
    assert not (tmp_path / "executed").exists()


def write(path, header, **arrays):
    np.savez(path, header=np.array(json.dumps(header)), **arrays)


@pytest.mark.parametrize(("entry", "words"), [
    ({"name": "a", "kind": "os.system", "config": {}}, "is a 'os.system'"),
    ({"name": "a", "kind": "Layer", "config": {}}, "is a 'Layer'"),
    ({"name": "a", "kind": "Dense", "config": {"n_in": 10**6, "n_out": 10**6}}, "claims"),
    ({"name": "a", "kind": "Dense", "config": {"n_in": 2, "n_out": 2, "x": 1}}, "no network"),
    ({"name": "a", "kind": "Dense", "config": {"n_in": -2, "n_out": 2}}, "no network"),
    ({"name": "a", "kind": "Dense", "config": {"n_in": "2", "n_out": 2}}, "no network"),
    ({"name": "a", "kind": "Dense", "config": {"n_in": 2, "n_out": 3}}, "a.W: expected floats"),
    ({"name": "input", "kind": "Tanh", "config": {}}, "lie.npz"),
    ({"name": "a", "kind": "Tanh", "config": {}}, "expected the parameters"),
    ("Dense", "no network"),
    ({"kind": "Tanh"}, "no network"),
])
def test_headers_that_lie_are_refused(tmp_path, entry, words):
    path = tmp_path / "lie.npz"
    write(path, {"format": "tinycnn network 1", "input_shape": None, "layers": [entry]},
          **{"a.W": np.zeros((2, 2)), "a.b": np.zeros(2)})
    with pytest.raises(tc.ModelFileError, match=words):
        tc.Network.load(path)


def header_with(**changes):
    return {"format": "tinycnn network 1", "input_shape": None, **changes, "layers": [
        {"name": "a", "kind": "Dense", "config": {"n_in": 2, "n_out": 2}}]}


@pytest.mark.parametrize(("W", "b", "words"), [
    (np.zeros((2, 2), int), np.zeros(2), "a.W: expected floats"),
    (np.zeros((2, 2), ">f8"), np.zeros(2, ">f8"), "byte order")])
def test_parameters_of_another_kind_are_refused(tmp_path, W, b, words):
    write(tmp_path / "kind.npz", header_with(), **{"a.W": W, "a.b": b})
    with pytest.raises(tc.ModelFileError, match=words):
        tc.Network.load(tmp_path / "kind.npz")


@pytest.mark.parametrize("shape", ["abc", [[1], {}], [1.5, 2], 7])
def test_an_input_shape_that_is_none_is_refused(tmp_path, shape):
    write(tmp_path / "shape.npz", header_with(input_shape=shape),
          **{"a.W": np.zeros((2, 2)), "a.b": np.zeros(2)})
    with pytest.raises(tc.ModelFileError, match="no network"):
        tc.Network.load(tmp_path / "shape.npz")


@pytest.mark.parametrize("shape", [[-1, 2], [1, 10**4, 10**4], [3]])
def test_an_input_shape_that_does_not_fit_can_still_be_printed(tmp_path, shape):
    write(tmp_path / "shape.npz", header_with(input_shape=shape),
          **{"a.W": np.zeros((2, 2)), "a.b": np.zeros(2)})
    assert "Dense(2, 2)" in repr(tc.Network.load(tmp_path / "shape.npz"))


def test_what_the_layers_claim_together_is_what_counts(tmp_path):
    layers = [{"name": f"a{i}", "kind": "Dense", "config": {"n_in": 1000, "n_out": 1000}}
              for i in range(20)]
    write(tmp_path / "sum.npz", {"format": "tinycnn network 1", "input_shape": None,
                                 "layers": layers}, x=np.zeros(1_000_500))
    with pytest.raises(tc.ModelFileError, match="layer 'a1' claims"):
        tc.Network.load(tmp_path / "sum.npz")


@pytest.mark.parametrize("layer", [
    tc.MaxPool2D(128), tc.MaxPool2D(100, stride=(300, 200)),
    tc.Conv2D(2, 3, 5, stride=90, padding=80), tc.Dense(300, 200)])
def test_whatever_is_saved_can_be_loaded(tmp_path, layer):
    tc.Network((2, np.int64(60), 60), a=layer).save(tmp_path / "any.npz")
    assert repr(tc.Network.load(tmp_path / "any.npz")["a"]) == repr(layer)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        tc.Network.load(tmp_path / "nothing.npz")
