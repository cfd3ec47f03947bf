"""The real Yale database: as distributed, and as people pass it around."""

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinycnn.datasets.dataset import Dataset
from tinycnn.datasets.folder import load_folder
from tinycnn.datasets.names import YALE_CONDITIONS
from tinycnn.datasets.pixels import read_picture
from tinycnn.layers.errors import DataError

TWINS = [(2, "noglasses", "normal"), (3, "noglasses", "normal"), (4, "normal", "sad"),
         (6, "noglasses", "normal"), (7, "noglasses", "normal"), (8, "glasses", "normal"),
         (9, "noglasses", "normal"), (12, "noglasses", "normal"), (14, "noglasses", "normal")]


@pytest.fixture(scope="module")
def contents(yale_folder: Path) -> dict[str, bytes]:
    """The name and bytes of every file of the database, the Readme included."""
    return {file.name: file.read_bytes() for file in yale_folder.iterdir()}


@pytest.fixture(scope="module")
def yale(yale_folder: Path) -> Dataset:
    return load_folder(yale_folder)


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return path


def repacked(contents: dict[str, bytes], kind: str) -> dict[str, bytes]:
    """Every picture saved again as `kind`, with the new extension after its old name."""
    files = {}
    for name, data in contents.items():
        if name.startswith("subject"):
            buffer = io.BytesIO()
            Image.open(io.BytesIO(data)).save(buffer, kind, compress_level=1)
            files[f"{name}.{kind.lower()}"] = buffer.getvalue()
    return files


def assert_same(one: Dataset, other: Dataset) -> None:
    np.testing.assert_array_equal(one.images, other.images)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert one.digests == other.digests
    assert (one.people, one.conditions) == (other.people, other.conditions)


def test_165_images_of_15_people_under_11_conditions(yale):
    assert yale.name == "Yale faces"
    assert yale.images.shape == (165, 1, 60, 60)
    assert yale.people == tuple(f"subject{k:02}" for k in range(1, 16))
    np.testing.assert_array_equal(yale.labels, np.repeat(np.arange(15), 11))
    assert yale.conditions == YALE_CONDITIONS * 15
    assert 0 <= yale.images.min() < yale.images.max() <= 1


def test_every_file_is_where_its_name_says(yale):
    for label, word, file in zip(yale.labels, yale.conditions, yale.files, strict=True):
        assert file in (f"subject{label + 1:02}.{word}", "subject01.gif")
    assert yale.files[0] == "subject01.gif"


def test_the_copy_is_noted(yale):
    assert yale.notes == (
        "subject01.glasses.gif left out: it is a copy of subject01.glasses",
        "all 165 pictures, 320 x 243 (width x height), resized to 60 x 60; this stretches them")


def test_the_nine_twins(yale):
    names = [(yale.labels[i] + 1, yale.conditions[i], yale.conditions[j])
             for i, j in yale.twins()]
    assert names == TWINS
    assert all(yale.labels[i] == yale.labels[j] for i, j in yale.twins())


def test_the_original_size_keeps_the_pixels(yale_folder):
    yale = load_folder(yale_folder, size=(243, 320))
    with Image.open(yale_folder / "subject11.wink") as picture:
        pixels = np.asarray(picture)
    np.testing.assert_array_equal(yale.images[yale.find(10, "wink"), 0], pixels / np.float32(255))


def test_zip_with_a_folder_and_litter(yale, contents, tmp_path):
    files = {f"data/yalefaces/{name}": data for name, data in contents.items()}
    litter = [".DS_Store", "data/yalefaces/._subject01.happy", "data/yalefaces/Thumbs.db",
              "__MACOSX/data/yalefaces/._subject01.happy", "desktop.ini", "README.md"]
    files |= dict.fromkeys(litter, b"\0\5\x16\7 no picture")
    assert_same(yale, load_folder(write_zip(tmp_path / "yale.zip", files)))


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_tar(yale, yale_folder, tmp_path, mode):
    with tarfile.open(tmp_path / "yalefaces.tar", mode) as file:
        file.add(yale_folder, "./yalefaces")
    other = load_folder(tmp_path / "yalefaces.tar")
    assert_same(yale, other)
    assert other.name == "Yale faces"


@pytest.mark.parametrize("kind", ["PNG", "PPM"])
def test_saved_anew_without_loss(yale, contents, tmp_path, kind):
    files = {name.upper(): data for name, data in repacked(contents, kind).items()}
    assert_same(yale, load_folder(write_zip(tmp_path / "yale.zip", files)))


def test_saved_anew_as_jpeg(yale, contents, tmp_path):
    files = repacked(contents, "JPEG")
    assert "subject01.gif.jpeg" in files
    other = load_folder(write_zip(tmp_path / "yale.zip", files))
    assert len(other) == 165
    assert other.conditions == yale.conditions
    assert 0 < np.abs(other.images - yale.images).max() < 0.1


def test_a_folder_for_each_person(yale, contents, tmp_path):
    files = repacked(contents, "PNG")
    files["subject01.centerlight.png"] = files.pop("subject01.gif.png")
    del files["subject01.glasses.gif.png"]
    files = {name.replace(".", "/", 1): data for name, data in files.items()}
    assert_same(yale, load_folder(write_zip(tmp_path / "yale.zip", files)))


def test_a_false_copy_is_refused(contents, tmp_path):
    files = {**contents, "subject05.sad.gif": contents["subject05.wink"]}
    with pytest.raises(DataError, match=r"subject05\.sad and .*subject05\.sad\.gif: .*differ"):
        load_folder(write_zip(tmp_path / "yale.zip", files))


@pytest.mark.parametrize("name", ["subject01.happy", "subject01.glasses.gif", "subject02.wink"])
def test_a_gif_cut_anywhere_is_an_error_or_still_whole(contents, name):
    data = contents[name]
    whole = read_picture(data, name).pixels
    lengths = [*range(0, len(data), 331), *range(len(data) - 20, len(data))]
    survivors = 0
    for length in lengths:
        try:
            cut = read_picture(data[:length], name).pixels
        except DataError:
            continue
        survivors += 1
        np.testing.assert_array_equal(cut, whole)
    assert survivors <= 3  # the end marks of the pixels and of the file


def test_a_cut_file_in_the_database_is_named(contents, tmp_path):
    files = {**contents, "subject07.sleepy": contents["subject07.sleepy"][:20_000]}
    path = write_zip(tmp_path / "yale.zip", files)
    with pytest.raises(DataError, match="cut short") as caught:
        load_folder(path)
    assert str(caught.value).startswith(f"{path}/subject07.sleepy: ")
