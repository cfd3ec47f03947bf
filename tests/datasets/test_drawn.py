"""The drawn faces: the same every time, all different, and each condition does what it says."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinycnn.datasets import drawn
from tinycnn.datasets.drawn import CONDITIONS, draw_face, drawn_faces, save_drawn_faces
from tinycnn.datasets.person import HAIRSTYLES, meet
from tinycnn.datasets.portrait import EXPRESSIONS, EYES, LIPS, Expression

FRONTAL = [word for word in CONDITIONS if not word.endswith("light")]


@pytest.fixture(scope="module")
def faces():
    return drawn_faces()


def test_data_set_is_complete_and_in_order(faces):
    assert faces.name == "drawn faces"
    assert faces.images.shape == (165, 1, 60, 60)
    assert faces.images.dtype == np.float32
    assert 0 <= faces.images.min() < 0.15
    assert 0.85 < faces.images.max() <= 1
    assert faces.labels.dtype == np.int64
    assert np.array_equal(faces.labels, np.arange(165) // 11)
    assert faces.people[0] == "subject01"
    assert len(set(faces.people)) == 15
    assert faces.conditions == CONDITIONS * 15
    assert faces.files[12] == "subject02.glasses.png"


def test_size_may_be_rows_and_columns():
    assert drawn_faces((20, 30), people=1).images.shape == (11, 1, 20, 30)


def test_no_two_images_are_the_same(faces):
    assert faces.twins() == []


def test_same_seed_same_bits_and_another_seed_other_people():
    face = draw_face(3, "happy", seed=1)
    assert face.shape == (243, 320)
    assert face.dtype == np.uint8
    assert np.array_equal(face, draw_face(3, "happy", seed=1))
    assert not np.array_equal(face, draw_face(3, "happy", seed=2))
    assert meet(3, seed=1) != meet(3, seed=2)


def test_each_image_has_a_pose_of_its_own(monkeypatch):
    who = meet(0)
    monkeypatch.setattr(drawn, "meet", lambda person, seed: who)
    faces = [draw_face(0, "normal", 0), draw_face(0, "normal", 1), draw_face(1, "normal", 0),
             draw_face(0, "noglasses", 0)]
    assert len({face.tobytes() for face in faces}) == 4


def test_an_image_does_not_depend_on_how_many_are_drawn(faces):
    few = drawn_faces(people=2)
    assert np.array_equal(few.images, faces.images[:22])
    assert few.digests == faces.digests[:22]


def test_traits_are_dealt_so_that_people_differ():
    people = [meet(k) for k in range(15)]
    assert {who.hairstyle for who in people} == set(HAIRSTYLES)
    for trait in ("skin", "hair", "width"):
        levels = np.sort([getattr(who, trait) for who in people])
        assert np.diff(levels).max() < 2 * (levels[-1] - levels[0]) / 13  # no gap of two levels
    assert len({meet(k) for k in range(40)}) == 40


def test_a_person_looks_most_like_himself(faces):
    frontal = np.flatnonzero(np.isin(faces.conditions, FRONTAL))
    pixels, labels = faces.images[frontal].reshape(len(frontal), -1), faces.labels[frontal]
    pixels = pixels - pixels.mean(1, keepdims=True)
    distances = ((pixels[:, None] - pixels) ** 2).sum(-1)
    np.fill_diagonal(distances, np.inf)
    right = labels[distances.argmin(1)] == labels
    assert right.mean() > 0.6  # chance would be 7 of 119


@pytest.mark.parametrize("person", [0, 3, 6, 9, 12])
def test_light_from_one_side(person):
    # As in the Yale images, leftlight comes from the left of the picture, not of the person.
    for condition, towards_lamp in (("leftlight", 1), ("rightlight", -1)):
        picture = draw_face(person, condition)[:, ::towards_lamp].astype(float)
        face = picture[90:180, 110:210]
        assert picture[:, :160].mean() > 1.3 * picture[:, 160:].mean()
        assert face[:, :50].mean() > 1.3 * face[:, 50:].mean()


@pytest.fixture
def draw_still(monkeypatch):
    """Draws person 2 looking straight at us, with one expression or another."""
    def draw(expression):
        monkeypatch.setitem(EXPRESSIONS, "normal", expression)
        return draw_face(2, "normal").astype(float)

    pose = drawn.Pose(u=160, v=120, scale=75, angle=0, turn=0, nod=0)
    monkeypatch.setattr(drawn, "strike_a_pose", lambda rng: pose)
    return draw


EYE_ROWS, LIP_ROWS = (slice(120 + round(75 * v) - 8, 120 + round(75 * v) + 8) for v in (EYES, LIPS))


@pytest.mark.parametrize(("word", "rows"), [
    ("sleepy", EYE_ROWS), ("wink", EYE_ROWS), ("glasses", EYE_ROWS), ("surprised", EYE_ROWS),
    ("happy", LIP_ROWS), ("sad", LIP_ROWS), ("surprised", LIP_ROWS),
])
def test_expressions_change_the_right_part(draw_still, word, rows):
    change = abs(draw_still(EXPRESSIONS[word]) - draw_still(Expression()))
    assert change[rows, 110:210].mean() > 1
    assert change[:60].max() == 0  # hair
    assert change[200:].max() == 0  # clothes


def test_closing_the_eyes_leaves_the_rest_alone(draw_still):
    both_open = draw_still(Expression())
    left = abs(draw_still(Expression(left_lid=0)) - both_open)
    both = abs(draw_still(Expression(left_lid=0, right_lid=0)) - both_open)
    assert left[EYE_ROWS, :160].max() > 50
    assert left[:, 160:].max() == 0
    assert both[EYE_ROWS, 160:].max() > 50
    assert both[140:].max() == 0  # nose, mouth and chin


def test_every_condition_is_a_picture_of_its_own():
    faces = [draw_face(0, word) for word in CONDITIONS]
    assert len({face.tobytes() for face in faces}) == 11
    assert set(EXPRESSIONS) | set(drawn.LIGHTS) | {"normal", "noglasses"} == set(CONDITIONS)


def test_unknown_condition_or_person_is_an_error_that_helps():
    with pytest.raises(ValueError, match=r"'smiling'.*expected one of.*happy"):
        draw_face(0, "smiling")
    with pytest.raises(ValueError, match=r"person -1.*expected 0, 1, 2"):
        draw_face(-1, "happy")


def test_no_people_is_an_error_that_helps():
    with pytest.raises(ValueError, match=r"people=0.*expected at least 1"):
        drawn_faces(people=0)


def test_saved_faces_read_back_equal(tmp_path):
    paths = save_drawn_faces(tmp_path / "new", people=2)
    assert [path.name for path in paths][10:12] == ["subject01.wink.png",
                                                    "subject02.centerlight.png"]
    expected = [(k, word) for k in (0, 1) for word in CONDITIONS]
    for path, (k, word) in zip(paths, expected, strict=True):
        with Image.open(path) as picture:
            assert np.array_equal(np.asarray(picture), draw_face(k, word))
        assert path.stat().st_size < 25_000


def test_the_pictures_in_the_repository_are_these():
    """datasets/drawn is what `tinycnn draw-faces` writes, up to rounding on another machine."""
    folder = Path(__file__).resolve().parents[2] / "datasets" / "drawn"
    assert len(list(folder.iterdir())) == 165
    for person, condition in ((0, "leftlight"), (6, "happy"), (14, "surprised")):
        with Image.open(folder / f"subject{person + 1:02d}.{condition}.png") as picture:
            there = np.asarray(picture, float)
        off = np.abs(there - draw_face(person, condition))
        assert (off > 2).mean() < 0.005
