"""What folders say: which level is the class, and which pictures are test pictures."""

import pytest
from layouts.files import each

from tinycnn.datasets.folders import check_sides, class_level, level_notes, read_layout
from tinycnn.layers.errors import DataError


def classes(files: list[str]) -> tuple[set[str], list[str]]:
    layout = read_layout(files)
    level = class_level(files, layout)
    assert level is not None
    return {own[level] for own in layout.levels}, level_notes(layout, level)


CK = each("x/S0{0}/00{1}/S0{0}_00{1}_0{2}.png", "123", (1, 2), (1, 2))
FACE = each("{0}/face/{0}00{1}.pgm", ("1a", "1b"), (1, 2))


TWICE = each("{0}/{0}/{1}.png", ("anna", "bob"), (1, 2))


@pytest.mark.parametrize(("files", "names"), [
    (TWICE, "anna bob"),
    (each("batch{}/{}/{}.png", (1, 2), ("anna", "bob"), (1, 2)), "anna bob"),
    (each("Session_{}/{}/{}.png", (1, 2), ("3", "4"), (1, 2)), "3 4"),
    (["orl/s1/1.pgm", "orl/s1/10.pgm", "orl/s10/a_b.tiff"], "s1 s10"),
    (["archive/faces/a/1", "archive/faces/b/1"], "a b"),
    (FACE, "1a 1b"),
    (["a/1", "b/x/1", "b/y/z/2"], "a b"),
    (CK, "S01 S02 S03"),
    (each("{}/{}/{}.png", ("anna", "bob"), ("2020-01-01", "2020-01-02"), (1, 2)), "anna bob"),
    (["anna/2020-01-01/1", "anna/2020-01-02/1", "bob/2021-01-01/1"], "anna bob"),
    (each("{}/{}/{}.png", ("anna", "bob"), ("happy", "sad"), (1, 2)), "anna bob"),
    (["anna/anna_a/1", "anna/anna_b/1", "bob/bob_a/1"], "anna bob"),
    (["women/anna/1", "women/carla/1", "men/bob/1", "men/bob/2"], "anna carla bob"),
    (["women/anna/1/1", "women/carla/1/1", "men/bob/1/2", "men/bob/2/2"], "anna carla bob"),
    (["4a/hsf_0/hsf_0_1", "30/hsf_0/hsf_0_1", "4a/train_4a/train_4a_1", "30/train_30/train_30_1"],
     "4a 30"),
    (each("s0{0}/{1}/x{2}/{1}_x{2}.png", (1, 2), ("001", "002"), (1, 2)), "001 002"),
    (each("{}/{}/{}.png", ("anna", "bob"), ("left", "up"), ("a", "left_1", "left_2")), "anna bob"),
    (["women/93/93.1", "women/carla/carla.1", "men/bob/bob.1", "men/bob/bob.2"], "93 carla bob"),
    (each("{}/{}/{}.{}.png", ("anna", "bob"), "01", "01", "12"), "anna bob"),
    (["cells/a/1", "cells/b/1", "cells/cells/a/1", "cells/cells/b/1"], "a b"),
])
def test_the_level_of_the_classes(files, names):
    found, notes = classes(files)
    assert found == set(names.split())
    levels = {len(own) for own in read_layout(files).levels}
    assert len(notes) == (max(levels) > 1 and files != TWICE)


def test_the_note_tells_the_other_level():
    assert classes(CK)[1] == [
        "the classes are the names of the folders of level 1 of 2 (S01, S02, S03); "
        "--label='folder:2' (Python: label=) takes those of level 2 (001, 002)"]
    assert "--label='folder:1' (Python: label=) takes those of level 1 (men, women)" in classes(
        ["women/anna/1", "women/carla/1", "men/bob/1"])[1][0]
    assert "--label='folder:-1' (Python: label=) takes the innermost (a, x)" in classes(
        ["a/1", "b/x/1"])[1][0]


def test_all_in_one_folder():
    files = ["x/a_1.png", "x/b_1.png"]
    assert class_level(files, read_layout(files)) is None


@pytest.mark.parametrize("stray", ["logo.png", "x/logo.png"])
def test_a_file_beside_the_folders_of_the_classes(stray):
    start = stray.removesuffix("logo.png")
    files = [f"{start}anna/1.png", stray, f"{start}bert/1.png"]
    with pytest.raises(DataError, match=rf"^{stray}: is beside the folders.*exclude"):
        class_level(files, read_layout(files))


@pytest.mark.parametrize(("files", "test"), [
    (["train/a/1", "train/b/1", "test/a/1", "test/b/1"], "0011"),
    (["x/training/a/1", "x/training/b/1", "x/testing/a/1"], "001"),
    (["a/train/1", "a/test/1", "b/Train/1", "b/Test/1"], "0101"),
    (["Training_Set/a/1", "Training_Set/b/1", "Test_Set/a/1"], "001"),
    (["train/a/1", "train/b/1", "val/a/1"], "001"),
    (["train/a/1", "train/b/1", "dev/a/1"], "001"),
    (["train/a/1", "valid/b/1", "test/b/1", "train/b/1"], "0010"),
    (["faces_train/a/1", "faces_train/b/1", "faces_eval/a/1"], "001"),
    (["seg_train/seg_train/a/1", "seg_train/seg_train/b/1", "seg_test/seg_test/a/1"], "001"),
    (["training-synthetic/a/1", "training-synthetic/b/1", "test/a/1"], "001"),
])
def test_training_and_test_part(files, test):
    layout = read_layout(files)
    assert layout.test_part is not None
    assert "".join(map(str, layout.test_part.astype(int))) == test
    assert {own for (own,) in layout.levels} == {"a", "b"}
    [note] = layout.notes()
    assert "split 'given'" in note


@pytest.mark.parametrize("files", [
    ["train/a/1", "train/b/1"], ["train1/a/1", "train2/b/1"],
    ["Anna/1", "Bob/1", "Test/1"], ["anna_train/1", "bob_test/1"],
    ["train_red/1", "train_blue/1", "test_red/1"], ["Valerie/1", "Tester/1"]])
def test_no_parts(files):
    layout = read_layout(files)
    assert layout.test_part is None
    assert layout.notes() == []


def test_a_third_folder_beside_train_and_test():
    files = ["train/a/1", "train/b/1", "test/a/1", "old/a/1"]
    with pytest.raises(DataError, match=r"^old: expected only train.*exclude='old'"):
        class_level(files, read_layout(files))


@pytest.mark.parametrize("other", ["extra", "unlabeled"])
def test_a_folder_beside_train(other):
    files = each("{}/{}/{}.png", ("train", other), "ab", "12")
    with pytest.raises(DataError, match=rf"^{other}: expected only train"):
        class_level(files, read_layout(files))


def test_folders_that_may_be_parts_of_the_data():
    found, [note] = classes(["x/images_part_1/1.jpg", "x/images_part_2/2.jpg"])
    assert found == {"images_part_1", "images_part_2"}
    assert "--labels" in note


def test_test_pictures_without_a_class():
    files = ["train/a/1", "train/b/1", "test/1", "test/2"]
    with pytest.raises(DataError, match=r"test/1: is beside .*--exclude='test'"):
        class_level(files, read_layout(files))
    layout = read_layout(["train/a/1", "train/b/1", "test/unknown/1"])
    with pytest.raises(DataError, match=r"^test: expected the classes of the training pictures "
                                        r"\(a, b\), got unknown\..*exclude='test'"):
        check_sides(layout, ["a", "b", "unknown"])
    check_sides(layout, ["a", "b", "a"])
