"""Damaged and hostile files: the same bits or one ModelFileError, with little memory."""

import io
import json
import struct
import zipfile
import zlib

import numpy as np
import pytest
from helpers import at_most, small_net

import tinycnn as tc

X = np.random.default_rng(27).random((8, 1, 11, 9))
T = np.arange(8) % 4


def resumed(path):
    net = small_net()
    tc.train(net, X, T, epochs=2, update=tc.adam(), learning_rate=0.01, checkpoint=path)
    return net.params


def loaded(path):
    return tc.Network.load(path).params


@pytest.mark.parametrize("load", [loaded, resumed])
def test_a_damaged_byte_or_a_cut_gives_the_same_bits_or_one_error(tmp_path, load):
    path, rng = tmp_path / "file.npz", np.random.default_rng(27)
    if load is loaded:
        small_net().save(path)
    right, whole = resumed(path) if load is resumed else loaded(path), path.read_bytes()
    damaged = [whole[:cut] for cut in range(0, len(whole), len(whole) // 60)]
    for place, bit in zip(rng.integers(len(whole), size=150), rng.integers(8, size=150),
                          strict=True):
        damaged.append(bytearray(whole))
        damaged[-1][place] ^= 1 << bit
    refused = []
    for data in damaged:
        path.write_bytes(data)
        with at_most(2):
            try:
                params = load(path)
            except tc.ModelFileError as error:
                refused.append(str(error))
                continue
        assert {name: w.tobytes() for name, w in params.items()} == {
            name: w.tobytes() for name, w in right.items()}
    assert 150 < len(refused) < len(damaged)    # some bytes of a zip mean nothing
    assert all(str(path) in text for text in refused)


def layer(kind="Tanh", name="a", **config):
    return {"name": name, "kind": kind, "config": config}


def conv(**changes):
    return layer("Conv2D", **{"in_channels": 1, "out_channels": 5, "kernel_size": [5, 5],
                              "stride": [1, 1], "padding": [0, 0], **changes})


CONV = {"a.W": np.zeros((5, 1, 5, 5)), "a.b": np.zeros(5)}
NORM = {"a.gamma": np.ones(3), "a.beta": np.ones(3)}


def write(path, layers, shape=None, **arrays):
    header = {"format": "tinycnn network 1", "input_shape": shape, "layers": layers}
    np.savez(path, header=np.array(json.dumps(header)), **arrays)
    return path


@pytest.mark.parametrize(("layers", "shape", "arrays", "words"), [
    ([conv(padding=[20000, 20000])], [1, 60, 60], CONV, "'a'.*padding=20000.* numbers for one im"),
    ([conv(padding=[20000, 20000])], None, CONV, "'a'.* numbers for one image of 1 x 60 x 60"),
    ([conv(name="b")], [1, 10**6, 10**6], CONV, "numbers for one image of 1 x 1000000 x 1000000"),
    ([layer()], [10**300, 1, 1], {}, "the input needs more than"),
    ([conv(stride=[10**30, 1])], [1, 60, 60], CONV, "'a': expected sizes of at most"),
    ([conv(kernel_size=[10**9, 10**9])], [1, 60, 60], CONV, "'a'"),
    ([layer("MaxPool2D", size=[2**40, 2])], [1, 60, 60], {}, "'a': expected sizes of at most"),
    ([layer("BatchNorm", channels=10**10, eps=1e-5)], [3, 6, 6], NORM, "claims"),
    ([layer("FrozenBatchNorm", channels=10**10)], [3, 6, 6], NORM, "claims"),
    ([layer(name=f"t{i}") for i in range(10_001)], [1, 60, 60], {}, "at most 10,000 layers"),
    ([layer(), layer("ReLU")], [1, 60, 60], {}, "two of 'a'"),
    ([layer(name="a\x1b[31m")], [1, 60, 60], {}, r"'a\\x1b\[31m': expected a name without con"),
    ([layer(name="a\u202e")], [1, 60, 60], {}, r"'a\\u202e': expected a name without control"),
    ([layer()], [float("inf"), 1, 1], {}, "no network"),
])
def test_sizes_and_names_are_checked_before_anything_is_built(tmp_path, layers, shape, arrays,
                                                              words):
    path = write(tmp_path / "lie.npz", layers, shape, **arrays)
    with at_most(20), pytest.raises(tc.ModelFileError, match=words) as raised:
        tc.Network.load(path)
    assert len(str(raised.value)) < 600


def test_the_table_of_a_network_needs_no_arrays(tmp_path):
    path = write(tmp_path / "large.npz", [conv(), layer("MaxPool2D", "b", size=[2, 2])],
                 [1, 5000, 5000], **CONV)
    with at_most(2):
        net = tc.Network.load(path)
        table = repr(net)
    assert "5 x 4996 x 4996" in table
    assert net.output_shapes()["b"] == (5, 2498, 2498)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


HEADER = npy(np.array(json.dumps({"format": "tinycnn network 1", "input_shape": None,
                                  "layers": [layer()]})))


def claims(shape, descr="<f8"):
    """A .npy file of no numbers that claims this shape."""
    text = repr({"descr": descr, "fortran_order": False, "shape": shape}).ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("members", "words"), [
    ([("header.npy", HEADER)] * 2, "'header' is there twice"),
    ([("header.npy", HEADER), ("header", HEADER)], "'header' is there twice"),
    ([(f"{i}.npy", b"") for i in range(10_001)], "10,001 members, more than 10,000"),
    ([("header.npy", HEADER), ("a.npy", claims((10**12,)))], "float64 and shape"),
    ([("header.npy", HEADER), ("a.npy", claims((10**12,), "<U0"))], "<U0 and shape"),
    ([("header.npy", HEADER), ("a.npy", claims((2,), "|O"))], "object and shape"),
    ([("header.npy", HEADER), ("a.npy", claims((0,)) + b"1")], r"float64 and shape \(0,\)"),
    ([("header.npy", npy(np.array('{"format": "x", "format": "tinycnn network 1"}')))],
     "'format' is there twice"),
    ([("header.npy", npy(np.array("[" * 10_000)))], "unreadable"),
])
def test_members_are_counted_and_each_is_as_large_as_it_says(tmp_path, members, words):
    path = tmp_path / "lie.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    with at_most(20), pytest.raises(tc.ModelFileError, match=words):
        tc.Network.load(path)


def test_members_that_overlap_are_refused_before_they_are_read(tmp_path):
    data, directory = npy(np.zeros(10**6)), b""
    sizes = zlib.crc32(data), len(data), len(data)
    for i in range(100):        # each entry points at the one member
        directory += struct.pack("<4s4B4H3L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, *sizes, 2,
                                 0, 0, 0, 0, 0, 0) + b"%02d" % i
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, *sizes, 2, 0) + b"00"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 100, 100, len(directory),
                      len(local) + len(data), 0)
    (tmp_path / "bomb.npz").write_bytes(local + data + directory + end)
    with at_most(2), pytest.raises(tc.ModelFileError, match="members that overlap"):
        tc.Network.load(tmp_path / "bomb.npz")


def test_weights_that_are_not_finite_are_named(tmp_path):
    net = small_net()
    net["conv1"].params["W"][0, 0, 0] = np.nan, np.inf
    net["dense3"].params["b"][0] = -np.inf
    net.save(tmp_path / "diverged.npz")
    with pytest.warns(UserWarning, match=r"NaN or infinity in 2 of the 18 numbers of conv1\.W and "
                      r"1 of the 5 numbers of dense3\.b\. What") as caught:
        again = tc.Network.load(tmp_path / "diverged.npz")
    assert [w.filename for w in caught] == [__file__]
    np.testing.assert_array_equal(again["conv1"].params["W"], net["conv1"].params["W"])


def test_of_many_weights_that_are_not_finite_five_are_named(tmp_path):
    net = tc.Network((7,), **{f"dense{i}": tc.Dense(7, 7) for i in range(4)})
    for w in net.params.values():
        w[...] = np.nan
    net.save(tmp_path / "a.npz")
    with pytest.warns(UserWarning, match=r"numbers of dense2\.W and 3 other parameters\. "):
        tc.Network.load(tmp_path / "a.npz")


def test_a_large_network_for_colour_photographs_is_loaded(tmp_path):
    net = tc.Network((3, 250, 250), conv1=tc.Conv2D(3, 8, 7), tanh1=tc.Tanh(),
                     pool1=tc.MaxPool2D(4), flatten=tc.Flatten(), dense2=tc.Dense(29768, 60),
                     softmax=tc.Softmax())
    net.save(tmp_path / "large.npz")
    again = tc.Network.load(tmp_path / "large.npz")
    assert repr(again) == repr(net)
    np.testing.assert_array_equal(again["dense2"].params["W"], net["dense2"].params["W"])


class Odd(tc.Tanh):
    def __init__(self, config):
        super().__init__()
        self.config = config


def wrong():
    raise RuntimeError("not now")


@pytest.mark.parametrize(("layers", "words"), [
    ({"a": Odd(lambda: {"function": wrong})}, r"'a'.*config\(\).*AttributeError"),
    ({"a": Odd(wrong)}, r"'a'.*config\(\).*RuntimeError: not now"),
    ({"a\x1b": tc.Tanh()}, "without control characters"),
    ({"a": tc.Conv2D(1, 5, 5, padding=20000)}, "'a'.* numbers for one image"),
    ({"a": tc.Conv2D(3, 5, 5, padding=20000)}, "'a'.* numbers for one image of 3 x 60 x 60"),
    ({f"t{i}": tc.Tanh() for i in range(10_001)}, "at most 10,000 layers"),
])
def test_what_could_not_be_loaded_is_not_saved(tmp_path, layers, words):
    with pytest.raises(tc.ModelFileError, match=words):
        tc.Network(**layers).save(tmp_path / "model.npz")
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_gets_no_control_characters_from_a_layers_name():
    table = repr(tc.Network(**{"a\x1b[31m\u202e": tc.Tanh()}))
    assert "a\N{REPLACEMENT CHARACTER}[31m" in table
    assert "\x1b" not in table
    assert "\u202e" not in table


@pytest.mark.parametrize("change", [
    {"best_epoch": float("inf")}, {"loss": [10**400, 1]}, {"loss": 3}, {"rates": [1]},
    {"state": json.loads("[" * 400 + "]" * 400)}, {"settings": []},
    {"settings": {"seed": "\x1b[31m" * 1000}}])
def test_a_checkpoint_that_lies_is_refused(tmp_path, change):
    path = tmp_path / "checkpoint.npz"
    resumed(path)
    with np.load(path) as file:
        arrays = dict(file)
    arrays["header"] = np.array(json.dumps(json.loads(str(arrays["header"])) | change))
    np.savez(path, **arrays)
    with pytest.raises(tc.ModelFileError, match=r"checkpoint\.npz") as raised:
        resumed(path)
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 1500
