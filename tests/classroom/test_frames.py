"""What goes over the pipe: trees of plain values and arrays, and nothing else."""

import contextlib
import io
import json
import pickle
import time
import tracemalloc

import numpy as np
import pytest

from tinycnn.classroom.process.frames import (
    DIMENSIONS,
    KINDS,
    LARGEST,
    TREE,
    FrameError,
    decode,
    encode,
    receive,
    send,
)

TREE_OF_ALL = {
    "a": [1, 2.5, None, "∂", True, {"b": np.arange(6).reshape(2, 3)}],
    "c": {"x": np.zeros((0, 3), np.float32), "y": np.array(3.5), "z": np.array([True, False])}}


def test_a_tree_comes_back():
    tree = decode(encode(TREE_OF_ALL))
    assert tree["a"][:5] == TREE_OF_ALL["a"][:5]
    for got, sent in ((tree["a"][5]["b"], TREE_OF_ALL["a"][5]["b"]), *(
            (tree["c"][name], TREE_OF_ALL["c"][name]) for name in "xyz")):
        assert got.dtype == sent.dtype
        assert got.shape == sent.shape
        assert np.array_equal(got, sent)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_all_kinds_of_numbers_come_back_in_any_layout(kind):
    x = np.arange(24).astype(kind).reshape(2, 3, 4).transpose(2, 0, 1)[::-1]
    got = decode(encode(x))
    assert got.dtype == x.dtype
    assert np.array_equal(got, x)


def test_what_comes_back_is_a_copy_that_can_be_written_to():
    x = np.zeros(3)
    tree = decode(encode([x, x]))
    tree[0][0] = 1
    assert tree[1][0] == 0
    assert x[0] == 0


class Evil:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


def frame(tree, numbers=b"", length=None):
    text = (tree if isinstance(tree, str) else json.dumps(tree)).encode()
    return (len(text) if length is None else length).to_bytes(8, "big") + text + numbers


def array(shape, kind="<f8"):
    return {"array": [kind, shape]}


BAD = {
    "nothing": b"", "nonsense": b"nonsense", "cut": encode(TREE_OF_ALL)[:-10],
    "pickle": pickle.dumps(Evil()), "no JSON": frame("{"), "a short tree": frame("1", length=0),
    "a long tree": frame("1", length=9), "a very long tree": frame("1", length=(1 << 64) - 1),
    "numbers that are not there": frame(array([2])), "a few of them": frame(array([2]), bytes(15)),
    "numbers of no array": frame("1", bytes(8)), "the same numbers twice": frame(
        [array([2]), array([2])], bytes(16)), "negative": frame(array([-1, -2]), bytes(16)),
    "a float": frame(array([1.0]), bytes(8)), "a bool": frame(array([True]), bytes(8)),
    "no list": frame(array(1), bytes(8)), "None": frame(array(None)),
    "objects": frame(array([1], "|O"), bytes(8)), "text": frame(array([1], "<U2"), bytes(8)),
    "complex": frame(array([1], "<c16"), bytes(16)), "void": frame(array([8], "|V1"), bytes(8)),
    "a structure": frame(array([1], "f8,f8"), bytes(16)), "a list of fields": frame(
        array([1], [["a", "f8"]]), bytes(8)), "too big": frame(array([LARGEST, LARGEST])),
    "wraps round to 0": frame(array([1 << 32, 1 << 32])), "too many dimensions": frame(
        array([1] * (DIMENSIONS + 1)), bytes(8)), "deep": frame("[" * 10**5 + "]" * 10**5),
    "no fields": frame({}), "half an array": frame({"array": ["<f8"]}), "a number of 5000 digits":
        frame("9" * 5000)}


@pytest.mark.parametrize("name", BAD)
def test_bytes_that_are_no_frame(name):
    with pytest.raises(FrameError):
        decode(BAD[name])


def cost(data):
    """Seconds and bytes that it takes to find out what is in a frame."""
    tracemalloc.start()
    started = time.process_time()
    with contextlib.suppress(FrameError):
        decode(data, TREE)
    seconds, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return seconds, peak


BOMBS = {
    "a shape of 200 numbers of 4,000 digits": frame(
        '{"array": ["<f8", [' + ",".join(["9" * 4000] * 200) + "]]}"),
    "one row, referred to ten thousand times": frame(
        [array([1 << 17])] * 10**4, bytes(1 << 20)),
    "lists": frame("[" + "[]," * 300_000 + "0]"),
    "dictionaries": frame("[" + '{"dict":{}},' * 80_000 + "0]"),
    "lists above the limit": frame("[" + "[]," * 8_000_000 + "0]"),
    "empty arrays": frame("[" + '{"array":["<f8",[0]]},' * 40_000 + "0]"),
    "a promise": frame(array([LARGEST // 8])),
    "a dtype of a million letters": frame(array([1], "f8," * 300_000), bytes(8)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_memory_and_time_are_bounded_by_what_came(name):
    seconds, peak = cost(BOMBS[name])
    assert peak < 100e6, f"{peak / 1e6:.0f} MB"
    assert seconds < 20         # of CPU, while memory is traced; the bombs needed hours


def test_the_tree_of_an_answer_is_bounded_and_that_of_a_request_is_not():
    text = "x" * (TREE + 1)
    assert decode(encode(text)) == text
    with pytest.raises(FrameError, match="a tree of"):
        decode(encode(text), TREE)


def test_a_stream():
    pipe = io.BytesIO()
    send(pipe, TREE_OF_ALL)
    send(pipe, 7)
    pipe.seek(0)
    assert receive(pipe)["a"][0] == 1
    assert receive(pipe) == 7
    with pytest.raises(EOFError):
        receive(pipe)
    with pytest.raises(FrameError, match="at most"):
        receive(io.BytesIO((1 << 60).to_bytes(8, "big")))
