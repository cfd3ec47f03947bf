"""Data sets and their splits, on 165 blank images with the layout and the twins of Yale's."""

import re
from dataclasses import replace

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.datasets.dataset import Dataset
from tinycnn.datasets.dataset import dataset as of_arrays
from tinycnn.datasets.names import YALE_CONDITIONS
from tinycnn.layers.errors import DataError

KINDS = ["random", "stratified", "twins"]
TWINS = [(16, 17), (27, 28), (38, 40), (60, 61), (78, 82), (164, 163), (100, 5)]


def dataset(people: int = 15, words: tuple[str, ...] = YALE_CONDITIONS) -> Dataset:
    n = people * len(words)
    digests = [str(i) for i in range(n)]
    for i, j in TWINS:
        if max(i, j) < n:
            digests[j] = digests[i]
    return Dataset(
        name="blank", images=np.zeros((n, 1, 6, 5), np.float32),
        labels=np.repeat(np.arange(people), len(words)),
        people=tuple(f"person {k}" for k in range(people)), conditions=words * people,
        files=tuple(f"{i}.png" for i in range(n)), digests=tuple(digests))


def test_what_it_says_of_itself():
    data = dataset()
    assert (len(data), data.n_classes) == (165, 15)
    assert repr(data) == "Dataset('blank': 165 images of 15 classes, 6 x 5)"
    faces = replace(data, people=tuple(f"subject{k:02}" for k in range(15)))
    assert repr(faces) == "Dataset('blank': 165 images of 15 people, 6 x 5)"


def test_find():
    assert dataset().find(2, "glasses") == 23
    with pytest.raises(DataError, match=r"no image of person 2 under 'smile'.*'centerlight'"):
        dataset().find(2, "smile")


def test_twins():
    assert sorted(dataset().twins()) == sorted((min(pair), max(pair)) for pair in TWINS)


def test_triplets_are_three_pairs_of_twins():
    data = dataset(2, ("a", "b"))
    triplets = Dataset(**{**vars(data), "digests": ("x", "y", "x", "x")})
    assert triplets.twins() == [(0, 2), (0, 3), (2, 3)]
    assert triplets.n_twins == 3
    assert triplets.twins(2) == [(0, 2), (0, 3)]
    assert triplets.twins_across((np.array([1, 2, 3]), np.array([0]))) == 2


def test_thousands_of_equal_images_need_no_list_of_pairs():
    many = Dataset(**{**vars(dataset()), "digests": ("black",) * 10 ** 6})
    assert many.n_twins == 499_999_500_000
    assert many.twins(2) == [(0, 1), (0, 2)]
    assert many.twins_across((np.arange(9, 10 ** 6), np.arange(9))) == 9 * 999_991


def test_twins_across():
    data = dataset()
    test = np.array([16, 27, 28, 38, 99])
    train = np.setdiff1d(np.arange(165), test)
    assert data.twins_across((train, test)) == 2  # 16 without 17, 38 without 40
    assert data.twins_across((test, train)) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(20))
def test_124_to_train_and_41_to_test(kind, seed):
    train, test = dataset().split(kind, seed=seed)
    assert (len(train), len(test)) == (124, 41)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(165))
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides(kind):
    data = dataset()
    np.testing.assert_array_equal(data.split(kind, seed=3)[1], data.split(kind, seed=3)[1])
    assert len({tuple(data.split(kind, seed=seed)[1]) for seed in range(10)}) == 10


@pytest.mark.parametrize("kind", KINDS)
def test_every_image_is_tested_now_and_then(kind):
    """With 60 seeds the chance that an image is never drawn is 3 in 100 million."""
    drawn = np.concatenate([dataset().split(kind, seed=seed)[1] for seed in range(60)])
    assert set(drawn) == set(range(165))


def test_stratified_takes_two_or_three_of_each():
    data = dataset()
    for seed in range(20):
        counts = np.bincount(data.labels[data.split("stratified", seed=seed)[1]], minlength=15)
        assert sorted(counts) == [2] * 4 + [3] * 11


def test_stratified_leaves_half_of_a_small_class_to_train_on():
    labels = np.repeat([0, 1, 2, 3], [1, 2, 5, 32])
    data = tc.dataset(np.zeros((40, 2, 2)), labels)
    for seed in range(5):
        counts = np.bincount(labels[data.split("stratified", seed=seed)[1]], minlength=4)
        assert counts.tolist() == [0, 1, 2, 7]
    with pytest.raises(ValueError, match="expected two images of a class or more"):
        tc.dataset(np.zeros((8, 2, 2)), np.arange(8)).split("stratified")


def test_twins_stay_together():
    data = dataset()
    assert max(data.twins_across(data.split("random", seed=seed)) for seed in range(20)) > 0
    assert all(data.twins_across(data.split("twins", seed=seed)) == 0 for seed in range(20))


def test_leave_a_condition_out():
    data = dataset()
    train, test = data.split("leave:leftlight")
    assert [data.conditions[i] for i in test] == ["leftlight"] * 15
    assert "leftlight" not in {data.conditions[i] for i in train}
    assert len(train) == 150
    np.testing.assert_array_equal(test, data.split("leave:leftlight", seed=9, test=0.5)[1])


def test_the_split_that_the_data_give():
    data = replace(dataset(), test_part=np.arange(165) % 5 == 3)
    train, test = data.split("given", seed=9, test=0.9)
    np.testing.assert_array_equal(test, range(3, 165, 5))
    np.testing.assert_array_equal(np.sort([*train, *test]), range(165))
    assert (dataset().usual_split, data.usual_split) == ("random", "given")
    for own in (data, dataset()):       # without a kind it is the usual one
        np.testing.assert_array_equal(own.split(seed=3)[1], own.split(own.usual_split, seed=3)[1])


@pytest.mark.parametrize("kind", KINDS)
def test_too_few_images_to_split(kind):
    with pytest.raises(ValueError, match=r"blank: expected more images .* got 2$") as caught:
        dataset(2, ("a",)).split(kind)
    assert "test=" not in str(caught.value)
    assert len(dataset(3, ("a",)).split("random")[1]) == 1


def test_another_share():
    assert [len(part) for part in dataset().split(test=0.2)] == [132, 33]


@pytest.mark.parametrize(("kind", "share", "what"), [
    ("shuffled", 0.25, "'shuffled': expected 'random', 'stratified', 'twins'"),
    ("leave:smile", 0.25, "no condition 'smile' to leave out; there are .*, wink"),
    ("leave:", 0.25, "no condition '' to leave out"),
    ("given", 0.25, "do not say which images are test images"),
    ("random", 0.0, "test=0.0 leaves 165 images to train on and 0 to test"),
    ("random", 1.0, "test=1.0 leaves 0 images to train on"),
])
def test_impossible_splits(kind, share, what):
    with pytest.raises(ValueError, match=what):
        dataset().split(kind, test=share)


def test_the_only_condition_cannot_be_left_out():
    with pytest.raises(ValueError, match="no condition 'sad' to leave out"):
        dataset(words=("sad",)).split("leave:sad")


def test_a_data_set_of_arrays():
    rng = np.random.default_rng(0)
    x, t = rng.integers(0, 256, (5, 4, 3), np.uint8), [1, 0, 1, 1, 0]
    x[4] = x[0]
    data = of_arrays(x, t)
    np.testing.assert_allclose(data.images, x[:, None] / 255, rtol=1e-6)
    assert data.images.dtype == np.float32
    assert data.people == ("0", "1")
    assert data.conditions == ("0", "0", "1", "2", "1")
    assert data.twins() == [(0, 4)]
    assert not data.of_people
    signed = of_arrays(rng.normal(size=(4, 3, 6, 5)), np.array([0, 1, 0, 1]), names=["a", "b", "c"])
    assert (signed.n_classes, signed.images.shape) == (3, (4, 3, 6, 5))
    assert signed.images.min() < 0


def test_whole_numbers_become_levels_and_it_is_said():
    x = np.arange(100).reshape(4, 5, 5) * 2.0
    data = of_arrays(x, [0, 1, 0, 1])
    np.testing.assert_array_equal(data.images[:, 0], (x / 255).astype(np.float32))
    assert data.notes == ("levels from 0 to 198 divided by 255, so that they are in [0, 1]",)
    fractions = of_arrays(x / 198, [0, 1, 0, 1])
    np.testing.assert_array_equal(fractions.images[:, 0], (x / 198).astype(np.float32))
    assert fractions.notes == ()


def test_labels_may_be_names_of_any_kind():
    data = of_arrays(np.eye(4).reshape(4, 2, 2), np.array(["cat", "a\x1b[2J", "cat", "a\x1b[2J"]))
    assert data.people == ("a\ufffd[2J", "cat")
    assert data.labels.tolist() == [1, 0, 1, 0]


def test_two_classes_of_one_name_are_an_error():
    with pytest.raises(DataError, match=r"another name for each class, got two .* ann, bob, ann$"):
        of_arrays(np.eye(4).reshape(4, 2, 2), [0, 1, 2, 0], names=["ann", "bob", "ann"])
    with pytest.raises(DataError, match=r"two that are equal: 1, 1$"):
        of_arrays(np.eye(4).reshape(4, 2, 2), [0, 1, 1, 0], names=[1, "1"])


def test_labels_from_1_leave_a_class_without_images():
    data = of_arrays(np.eye(4).reshape(4, 2, 2), [1, 2, 1, 2])
    assert data.n_classes == 3
    assert "no image is of class 0; if the labels are counted from 1, labels - 1" in data.notes[0]
    data = of_arrays(np.eye(4).reshape(4, 2, 2), [1, 2, 1, 2], names="abc")
    assert not any("of class 0" in note for note in data.notes)


@pytest.mark.parametrize(("shape", "labels", "words"), [
    ((4, 8, 8, 1), [0, 1, 0, 1], "last axis; images.transpose(0, 3, 1, 2) makes"),
    ((4, 8, 8, 3), [0, 1, 0, 1], "last axis; images.transpose(0, 3, 1, 2) makes"),
    ((4, 8, 8, 4), [0, 1, 0, 1], "images[..., :3].transpose(0, 3, 1, 2)"),
    ((4, 64), [0, 1, 0, 1], "images.reshape(-1, height, width)"),
    ((4, 8, 8), [[0], [1], [0], [1]], "labels.ravel()"),
    ((4, 8, 8), [[0, 1], [1, 0], [0, 1], [1, 0]], "labels.argmax(axis=1)"),
    ((4, 8, 8), [0.0, 1.0, 0.0, 1.0], "labels.astype(int)")])
def test_what_to_call_on_arrays_that_do_not_fit(shape, labels, words):
    with pytest.raises(DataError, match="Likely cause: .*" + re.escape(words)):
        of_arrays(np.zeros(shape), np.array(labels))


@pytest.mark.parametrize(("shape", "labels", "names", "words"), [
    ((4, 9), [0, 1, 0, 1], None, r"got \(4, 9\)"),
    ((2, 5, 5), [0, 1, 0], None, r"and \(3,\)"),
    ((2, 5, 5), [0.0, 1.0], None, "float64"), ((2, 5, 5), [0, 0], None, "of 1 classes"),
    ((2, 5, 5), ["a", "b"], ["a", "b"], "<U1 of 2 classes"),
    ((2, 5, 5), [0, 2], ["a", "b"], "of 2 classes"), ((2, 5, 5), [0, -1], ["a", "b"], "0 to K - 1"),
    ((0, 5, 5), np.zeros(0, int), None, "of 0 classes")])
def test_arrays_that_are_no_data_set(shape, labels, names, words):
    with pytest.raises(DataError, match=words):
        of_arrays(np.zeros(shape), np.array(labels), names=names)


def test_images_that_are_not_finite_numbers():
    for x in (np.full((2, 5, 5), np.nan), np.full((2, 5, 5), "a")):
        with pytest.raises(DataError, match="expected finite numbers"):
            of_arrays(x, [0, 1])
