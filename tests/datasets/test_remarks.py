"""Notes on classes and images from which little can be learnt."""

import numpy as np

from tinycnn.datasets.remarks import class_notes, dark_note


def test_nothing_to_say():
    assert class_notes(np.repeat([0, 1], [2, 19]), ["a", "b"]) == []


def test_one_picture():
    [note] = class_notes(np.array([0, 1, 2, 2]), ["a", "b", "c"])
    assert note.startswith("2 of 3 classes have one picture (a, b): ")
    assert "one picture (a, b, c): " in class_notes(np.array([0, 1, 2, 3, 3]), "abcd")[0]
    assert class_notes(np.array([0, 1, 1]), ["a", "b"])[0].startswith("1 of 2 classes has one ")


def test_very_different_size():
    [note] = class_notes(np.repeat([0, 1], [2, 20]), ["a", "b"])
    assert "from 2 (a) to 20 pictures (b); always to answer b is right for 91% of them" in note
    [note] = class_notes(np.repeat(range(4), [2, 20, 20, 20]), "abcd")
    assert note.endswith("always to answer b is right for 32% of them")
    [note] = class_notes(np.repeat(range(9), [2, *[20] * 8]), "abcdefghi")
    assert note.endswith("from 2 (a) to 20 pictures (b)")


def test_names_that_differ_only_in_capital_letters():
    for names in (["p1", "P1", "p2"], ["Zo\u00eb", "Zoe\u0308", "p2"]):
        [note] = class_notes(np.repeat([0, 1, 2], 2), names)
        assert note.endswith(f"are different classes: {names[0]} and {names[1]}")


def test_classes_on_one_side():
    notes = class_notes(np.array([0, 0, 1, 1, 2, 2]), ["a", "b", "c"],
                        np.array([True, False, True, True, False, False]))
    assert notes == ["1 of 3 classes are tested but not trained on (b)",
                     "1 of 3 classes are trained on but not tested (c)"]


def test_nearly_black():
    assert dark_note(0.125) == dark_note(1) == dark_note(40) == []
    [note] = dark_note(1 / 255)
    assert "no level is above 0.0039, and 1 is white. Likely cause: levels that were div" in note
