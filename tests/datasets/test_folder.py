"""Any faces from a folder: the data set that comes out, and what is refused."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from layouts.files import saved
from PIL import Image

import tinycnn as tc
from tinycnn.datasets import choices, drawn_faces, load_faces, load_images, read_data
from tinycnn.datasets.folder import load_folder
from tinycnn.datasets.names import YALE_CONDITIONS
from tinycnn.datasets.pixels import digest, image_size, to_grey_levels
from tinycnn.layers.errors import DataError

Save = Callable[..., Path]


def face(seed: int, rows: int = 24, columns: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows, columns), np.uint8)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """A function that saves pictures under tmp_path/faces; the n-th shows face(n)."""
    def save(*names: str, kind: str = "PNG", first: int = 0) -> Path:
        for seed, name in enumerate(names, first):
            path = tmp_path / "faces" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(face(seed)).save(path, kind)
        return tmp_path / "faces"
    return save


def test_a_folder_for_each_person(save):
    data = load_folder(save("s10/1.pgm", "s2/2.pgm", "s2/10.pgm", "s2/1.pgm", "s10/2.pgm"),
                       size=(12, 10))
    assert data.name == "faces"
    assert data.people == ("s2", "s10")
    assert data.files == ("s2/1.pgm", "s2/2.pgm", "s2/10.pgm", "s10/1.pgm", "s10/2.pgm")
    assert data.conditions == ("1", "2", "10", "1", "2")
    np.testing.assert_array_equal(data.labels, [0, 0, 0, 1, 1])
    assert data.labels.dtype == np.int64
    assert data.images.shape == (5, 1, 12, 10)
    assert data.images.dtype == np.float32
    for image, key, seed in zip(data.images, data.digests, [3, 1, 2, 0, 4], strict=True):
        np.testing.assert_array_equal(image[0], to_grey_levels(face(seed), (12, 10)))
        assert key == digest(face(seed))
    assert data.notes == ("all 5 pictures, 20 x 24 (width x height), resized to 10 x 12",)


def test_grey_is_passed_on(save):
    data = load_folder(save("anna1.png", "bert1.png"), 12, "standardised")
    np.testing.assert_array_equal(data.images[1, 0], to_grey_levels(face(1), 12, "standardised"))


def test_the_folder_one_stands_in(save, monkeypatch):
    monkeypatch.chdir(save("anna/1.png", "bert/1.png"))
    assert load_folder(".").name == "faces"
    assert load_folder(Path()).people == ("anna", "bert")


def test_the_name_yale_faces(save):
    folder = save("subject01.sad", "subject02.sad")
    assert load_folder(folder.rename(folder.with_name("YaleFaces"))).name == "Yale faces"


def test_other_faces_in_a_folder_named_yale_keep_its_name(save):
    folder = save("yaleB01_P00A-005E-10.pgm", "yaleB02_P00A-005E-10.pgm")
    assert load_folder(folder.rename(folder.with_name("CroppedYale"))).name == "CroppedYale"


def test_missing_conditions_are_noted(save):
    words = [word for word in YALE_CONDITIONS if word not in ("happy", "wink")]
    folder = save(*(f"subject01.{word}" for word in words),
                  *(f"subject02.{word}" for word in YALE_CONDITIONS))
    assert load_folder(folder, None).notes == ("subject01 has no picture under happy, wink",)


def test_a_copy_is_left_out_and_noted(save):
    folder = save("anna/1.png", "bert/1.png")
    save("anna/1.bmp", kind="BMP")
    data = load_folder(folder, None)
    assert data.files == ("anna/1.bmp", "bert/1.png")
    assert data.notes[:1] == ("anna/1.png left out: it is a copy of anna/1.bmp",)


def test_two_pictures_that_claim_to_be_the_same(save):
    folder = save("anna/1.png", "anna/1.jpg", "bert/1.png")
    with pytest.raises(DataError, match="'anna' under '1', got two that differ") as caught:
        load_folder(folder)
    assert str(caught.value).startswith(f"{folder}/anna/1.jpg and {folder}/anna/1.png: ")


def test_the_same_pixels_of_two_people_are_twins_not_copies(save):
    save("anna/1.png", "bert/1.png")
    data = load_folder(save("carl/1.png"))
    assert len(data) == 3
    assert data.twins() == [(0, 2)]


def test_no_picture_says_what_is_there(tmp_path):
    (tmp_path / "faces").mkdir()
    with pytest.raises(DataError, match=r"faces: no pictures\..*there are: no files$"):
        load_folder(tmp_path / "faces")
    for name in ("yalefaces.zip", "Readme.txt", ".DS_Store"):
        (tmp_path / "faces" / name).touch()
    with pytest.raises(DataError, match=r"PNG, .*there are: Readme\.txt, yalefaces\.zip$"):
        load_folder(tmp_path / "faces")
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "faces")
    with pytest.raises(DataError, match=r"packed\.zip: no pictures"):
        load_folder(packed)


@pytest.mark.parametrize(("content", "what"), [
    (b"", "empty file"), (b"hello, world", "begin with b'hello"), (b"GIF89a", "expected a")])
@pytest.mark.parametrize("name", ["bert/2.png", "bert/2", "bert/notes.xyz"])
def test_a_file_that_is_no_picture(save, content, what, name):
    folder = save("anna/1.png", "bert/1.png")
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=what) as caught:
        load_folder(folder)
    assert str(caught.value).startswith(f"{folder}/{name}: ")


def test_colours(save):
    """Red, green and blue; a grey file gets three equal channels, and a note."""
    folder = save("anna/1.png", "bert/1.png")
    red = np.zeros((24, 20, 3), np.uint8)
    red[..., 0] = 204
    Image.fromarray(red).save(folder / "anna" / "1.png")
    data = load_folder(folder, (7, 6), colour=True)
    assert data.images.shape == (2, 3, 7, 6)
    np.testing.assert_allclose(data.images[0], np.array([0.8, 0, 0])[:, None, None]
                               + np.zeros((7, 6)), atol=1e-6)
    grey = load_folder(folder, (7, 6))
    np.testing.assert_array_equal(data.images[1], grey.images[1].repeat(3, axis=0))
    assert "1 of 2 pictures had colours and became grey" in grey.notes
    assert data.notes[1] == "1 of 2 pictures had no colours, so the three channels are equal: " \
        "bert/1.png"
    levels = load_folder(folder, 6, "standardised", colour=True).images[0]
    assert abs(levels.mean()) < 1e-6
    assert levels.std() == pytest.approx(1)


def test_drawn_faces_in_colour(monkeypatch):
    monkeypatch.setattr("tinycnn.datasets.drawn_faces",
                        lambda size, grey: drawn_faces(size, people=1, grey=grey))
    data = load_faces(None, "8x9", colour=True)
    np.testing.assert_array_equal(data.images, load_faces(None, (8, 9)).images.repeat(3, axis=1))
    assert data.images.shape == (11, 3, 8, 9)
    assert "grey" in data.notes[0]


@pytest.mark.parametrize(("size", "sides"), [
    (28, (28, 28)), ("28", (28, 28)), ("28x40", (28, 40)), ((3, 4), (3, 4))])
def test_sizes(size, sides):
    assert image_size(size) == sides


@pytest.mark.parametrize("size", [0, "", "28y40", "1x2x3", (3, -1), "x"])
def test_no_sizes(size):
    with pytest.raises(ValueError, match="size: expected a whole number"):
        image_size(size)


@pytest.mark.parametrize(("path", "kind", "what"), [
    ("", DataError, "empty text.*variable that is not set"), ("  ", DataError, "empty text"),
    ("https://a.org/faces.zip", DataError, "download it first"),
    ("https:/a.org/faces.zip", DataError, "download it first"),
    (b"faces", TypeError, "got bytes"), (5, TypeError, "got int"),
    (np.zeros((2, 3, 3)), TypeError, r"got ndarray.*tc\.dataset")])
def test_what_is_no_path(path, kind, what):
    for load in (load_faces, load_images):
        with pytest.raises(kind, match=what):
            load(path)


def test_a_folder_called_digits_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    with pytest.raises(DataError, match=r"digits: no pictures\."):
        read_data("digits")


def test_choices_of_classes_are_for_images_of_ones_own():
    for data, said in (("digits", "digits"), (None, "the drawn faces")):
        with pytest.raises(ValueError, match=f"label: for images of your own, .* are {said}"):
            read_data(data, label="x")
    assert choices({"label": None, "labels": "", "exclude": ()}) == []
    assert choices({"label": "a", "labels": np.zeros(2), "exclude": ["b"]}) == [
        "label", "labels", "exclude"]


def test_the_home_folder(save, monkeypatch):
    monkeypatch.setenv("HOME", str(save("anna/1.png", "bert/1.png").parent))
    assert load_images("~/faces").people == ("anna", "bert")
    with pytest.raises(DataError, match=r"^~nobody-here/faces: .*does not exist"):
        load_images("~nobody-here/faces")


def test_load_images_keeps_the_size_or_resizes_all(save):
    folder = save("anna/1.png", "bert/1.png")
    assert tc.load_images(folder).images.shape == (2, 1, 24, 20)
    Image.fromarray(face(0, rows=30)).save(folder / "anna/2.png")
    for load in (load_images, load_faces):
        with pytest.raises(DataError, match=r"--exclude='2\.png' .*load_images\(size=60\)"):
            load(folder)
    with pytest.raises(DataError, match=r"--exclude='2\.png'"):
        read_data(folder, resize=False)
    assert read_data(folder, 9).images.shape == (3, 1, 9, 9)
    data = load_images(folder, size="12x10")
    assert data.images.shape == (3, 1, 12, 10)
    np.testing.assert_array_equal(data.images[1, 0], to_grey_levels(face(0, rows=30), (12, 10)))
    assert "all 3 pictures, 2 sizes, from 20 x 24 to 20 x 30 (width x height), resized to 10 x " \
        "12; this stretches 1 of them" in data.notes
    assert len(load_images(folder, exclude=["2.png"])) == 2
    with pytest.raises(DataError, match=r"'3\.png' \(exclude\) fits, but it fits none of 3"):
        load_images(folder, size=9, exclude=["2.png", "3.png"])


def test_the_test_part_follows_the_order_of_the_images(save):
    data = load_images(save("test/b/1.png", "train/a/1.png", "train/b/2.png", "test/a/3.png"))
    assert data.files == ("train/a/1.png", "test/a/3.png", "test/b/1.png", "train/b/2.png")
    np.testing.assert_array_equal(data.test_part, [False, True, True, False])
    assert data.usual_split == "given"
    train, test = data.split("given", seed=5)
    assert (train.tolist(), test.tolist()) == ([0, 3], [1, 2])


def test_the_same_picture_to_train_and_to_test_is_a_twin_not_a_copy(save):
    folder = save("train/a/1.png", "train/b/1.png")
    save("test/a/1.png", "test/b/1.png")
    data = load_images(folder)
    assert data.conditions == ("test 1", "train 1", "test 1", "train 1")
    assert data.twins_across(data.split("given")) == 2


def test_label_and_labels(save):
    folder = save("anna/x_1.png", "anna/y_1.png", "bert/x_2.png", "bert/y_2.png")
    assert load_images(folder, label=r"/(.)_").people == ("x", "y")
    assert load_faces(folder, label=r"\d").people == ("1", "2")
    data = load_images(folder, labels={"x_1": "p", "y_1": "q", "x_2": "q", "y_2.png": "p"})
    assert list(zip(data.files, data.labels.tolist(), strict=True)) == [
        ("anna/x_1.png", 0), ("bert/y_2.png", 0), ("bert/x_2.png", 1), ("anna/y_1.png", 1)]
    data = load_images(folder, labels={"x_1": "p", "y_1": "q"})
    assert data.files == ("anna/x_1.png", "anna/y_1.png")
    assert data.notes[0] == "2 files (bert/x_2.png, bert/y_2.png) left out: no class in --labels " \
        "(Python: labels=)"
    with pytest.raises(DataError, match="label and labels: expected one"):
        load_images(folder, labels={"x_1": "p"}, label="folder:1")
    (folder / "labels.csv").write_text("x_1,p\ny_1,q\nx_2,q\ny_2,p\n")
    data = load_images(folder)
    assert data.people == ("p", "q")
    assert data.notes[0].startswith("the classes are those in labels.csv (p, q)")
    assert not any("passed over" in note for note in data.notes)
    assert load_images(folder, label="folder:1").people == ("anna", "bert")


@pytest.mark.parametrize("factor", [1, 257])
def test_twelve_bits_in_sixteen(tmp_path, factor):
    """One white for the whole set: the dark picture stays dark."""
    bright = np.arange(24, dtype=np.uint16).reshape(4, 6) * (171 if factor == 1 else 2570)
    for person, levels in (("a", bright), ("b", bright // 3 // factor * factor)):
        (tmp_path / person).mkdir()
        Image.fromarray(levels).save(tmp_path / person / "1.tif")
    data = load_images(tmp_path)
    if factor == 1:
        assert "all 2 pictures had 16 bits and used 12 of them (no level is above 4095): 4095 " \
            "is white" in data.notes
        np.testing.assert_array_equal(data.images[0, 0],
                                      np.round(bright / (4095 / 255)).astype(np.float32) / 255)
        assert data.images[1].max() < 0.34
    else:
        assert not any("bits" in note for note in data.notes)
        np.testing.assert_array_equal(data.images[0, 0],
                                      np.round(bright / 257).astype(np.float32) / 255)


def test_names_that_cannot_be_shown(tmp_path):
    for name in (b"J\xf6rg", b"J\xf8rg", b"e\x1b[31m"):
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).mkdir()
        Image.fromarray(face(len(name))).save(os.fsencode(tmp_path) + b"/" + name + b"/1.png")
    data = load_images(tmp_path)
    assert data.people == ("e\ufffd[31m", "J\ufffdrg", "J\ufffdrg (2)")
    assert any("no UTF-8" in note for note in data.notes)
    assert all(text.isprintable() for text in (*data.files, *data.notes))
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/J\xf6rg/2.png"))).write_bytes(b"")
    with pytest.raises(DataError, match=r"J.rg/2\.png: .*empty file") as caught:
        load_images(tmp_path)
    assert str(caught.value).isprintable()


def test_notes_before_training(tmp_path, save):
    folder = save(*(f"a/{n}.png" for n in range(10)), "B/1.png", "A/1.png")
    rgba = np.dstack([face(1)] * 3 + [face(2)])
    Image.fromarray(rgba).save(folder / "B/2.png")
    (folder / "data.yaml").touch()
    (folder / "a/11.png.bad").touch()
    notes = "\n".join(load_images(folder).notes)
    for words in ("data.yaml) passed over", "11.png.bad) left out", "B/2.png) had transparent",
                  "1 of 3 classes has one picture (A)", "from 1 (A) to 10 pictures (a)",
                  "are different classes: A and a"):
        assert words in notes


@pytest.mark.parametrize("first", [0, 1])
def test_pictures_of_12_and_of_16_bits_together_are_a_note(tmp_path, first):
    """No matter which comes first: 65535 is white for all."""
    rng = np.random.default_rng(0)
    for i in range(8):
        x = rng.integers(200, 4096, (6, 5)) * (16 if i % 2 == first else 1)
        (tmp_path / "ab"[i % 2]).mkdir(exist_ok=True)
        Image.fromarray(x.astype(np.uint16)).save(tmp_path / "ab"[i % 2] / f"{i}.png")
    data = load_folder(tmp_path, 6)
    dark = data.images[data.labels == 1 - first]
    assert dark.max() <= 16 / 255 < data.images.max()
    assert "4 of 8 pictures had 16 bits and no level above 4095" in " ".join(data.notes)


def test_dark_pictures_are_counted_among_those_that_have_a_class(tmp_path):
    for i in range(12):
        x = np.full((6, 5), 60000 if i < 4 else i + 3000, np.uint16)
        Image.fromarray(x).save(tmp_path / f"{i}.png")
    data = load_folder(tmp_path, 6, labels={f"{i}.png": "ab"[i % 2] for i in (0, 1, 4, 5)})
    assert "2 of 4 pictures had 16 bits and no level above 4095" in " ".join(data.notes)


def test_a_table_of_labels_in_a_folder_is_not_passed_over(save):
    folder = save("1.png", "2.png")
    saved({"meta/t.csv": b"1.png,anna\n2.png,bob\n", "meta/u.csv": b"x\n"}, folder)
    notes = " ".join(load_images(folder, labels="meta/t.csv").notes)
    assert "1 file (meta/u.csv) passed over" in notes
    assert "t.csv" not in notes


def test_12_bits_in_colours_of_16_are_a_note(tmp_path):
    """Pillow gives the upper 8 of the 16 bits."""
    rng = np.random.default_rng(0)
    for i, white in enumerate((4096, 65536, 4096, 4096)):
        x = rng.integers(0, white, (6, 5, 3)).astype(">u2")
        (tmp_path / f"{'ab'[i % 2]}{i}.ppm").write_bytes(b"P6 5 6 65535\n" + x.tobytes())
    assert "nearly black" not in " ".join(load_images(tmp_path).notes)
    data = load_images(tmp_path, exclude=["b1*"])
    assert data.images.max() < 17 / 255
    assert "all images are nearly black: no level is above 0.0" in " ".join(data.notes)


@pytest.mark.parametrize("wrong", [{"label": 5}, {"exclude": [5]}])
def test_choices_are_texts(tmp_path, wrong):
    with pytest.raises(DataError, match="expected a text, such as 'folder:1'"):
        load_folder(tmp_path, **wrong)
