"""What goes over the pipe: trees of arrays as .npz, and nothing else."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from tinycnn.classroom.process.frames import FrameError, decode, encode, receive, send

TREE = {"a": [1, 2.5, None, "∂", True, {"b": np.arange(6).reshape(2, 3)}],
        "c": {"x": np.zeros((0, 3), np.float32), "y": np.array(3.5), "z": np.array([True, False])}}


def test_a_tree_comes_back():
    tree = decode(encode(TREE))
    assert tree["a"][:5] == TREE["a"][:5]
    for got, sent in ((tree["a"][5]["b"], TREE["a"][5]["b"]), *(
            (tree["c"][name], TREE["c"][name]) for name in "xyz")):
        assert got.dtype == sent.dtype
        assert got.shape == sent.shape
        assert np.array_equal(got, sent)


def test_what_comes_back_is_a_copy_that_can_be_written_to():
    x = np.zeros(3)
    tree = decode(encode([x, x]))
    tree[0][0] = 1
    assert tree[1][0] == 0
    assert x[0] == 0


def saved(**members):
    file = io.BytesIO()
    np.savez(file, **members)
    return file.getvalue()


def text(json):
    return np.frombuffer(json.encode(), np.uint8)


class Evil:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


COMPRESSED = io.BytesIO()
np.savez_compressed(COMPRESSED, tree=text("1"), bomb=np.zeros(10**6))


@pytest.mark.parametrize("data", [
    b"", b"nonsense", encode(TREE)[:-40], pickle.dumps(Evil()), saved(other=np.zeros(3)),
    saved(tree=text("{")), saved(tree=text('{"array": ["<f8", [2], 0]}')),
    saved(**{"tree": text('{"array": ["<f8", [4], 0]}'), "row<f8": np.zeros(3)}),
    saved(**{"tree": text('{"array": ["<f8", [1], 3]}'), "row<f8": np.zeros(3)}),
    saved(**{"tree": text('{"array": ["<f8", [-1, -2], 0]}'), "row<f8": np.zeros(3)}),
    saved(**{"tree": text('{"array": ["<f8", [1.0], 0]}'), "row<f8": np.zeros(3)}),
    saved(**{"tree": text('{"array": ["|O", [1], 0]}'), "row|O": np.array([Evil()])}),
    COMPRESSED.getvalue()], ids=range(13))
def test_bytes_that_are_no_frame(data):
    with pytest.raises(FrameError):
        decode(data)


def test_a_header_that_promises_more_than_there_is_costs_no_memory():
    file = io.BytesIO()
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }"
    header += " " * (117 - len(header)) + "\n"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tree.npy", b"\x93NUMPY\x01\x00v\x00" + header.encode() + bytes(8))
    with pytest.raises(FrameError):
        decode(file.getvalue())


def test_a_stream():
    pipe = io.BytesIO()
    send(pipe, TREE)
    send(pipe, 7)
    pipe.seek(0)
    assert receive(pipe)["a"][0] == 1
    assert receive(pipe) == 7
    with pytest.raises(EOFError):
        receive(pipe)
    with pytest.raises(FrameError, match="at most"):
        receive(io.BytesIO((1 << 60).to_bytes(8, "big")))
