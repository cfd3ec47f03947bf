"""How well-known and home-made data sets lie on a disk: the right people and images come out.

The table is in tests/layouts: one file for each kind of data set, one row for each layout.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from layouts.archives import ARCHIVES
from layouts.arrays import ARRAYS, UPRIGHT
from layouts.beside import BESIDE, NUMBERS
from layouts.faces import FACES
from layouts.files import moved, people, saved, tarred, zipped
from layouts.formats import FORMATS
from layouts.names import NAMES
from layouts.objects import OBJECTS
from layouts.rows import Right, Row
from layouts.tables import TABLES
from layouts.tables import TOLD as TOLD_CLASSES

import tinycnn as tc
from tinycnn.datasets.dataset import Dataset
from tinycnn.layers.errors import DataError

FOLDERS = FACES | OBJECTS | FORMATS | BESIDE | NAMES | NUMBERS
TABLE = FOLDERS | ARRAYS | ARCHIVES | TABLES
assert len(TABLE) == sum(map(len, (FACES, OBJECTS, FORMATS, BESIDE, NAMES, NUMBERS, ARRAYS,
                                   ARCHIVES, TABLES))), "two rows have the same name"
# In an archive, a backslash is Windows' way to part folders.
PACKED = {name: row for name, row in (FACES | OBJECTS | BESIDE | NAMES).items()
          if not any("\\" in file for file in row.files)}
PACKED["labels"] = ARRAYS["pictures with labels.csv"]
# The class of picture n.
TOLD = {**TOLD_CLASSES,
        "CelebA": lambda n: str(2880 + n % 3), "CelebA, people": lambda n: str(2880 + n % 3),
        "classes that are names of files": lambda n: str(n % 2),
        "CIFAR-10 of Kaggle, labels": lambda n: ("frog", "truck")[n % 2],
        "Oxford flowers, labels": lambda n: ("77", "3")[n % 2],
        "pictures with labels.csv": lambda n: "ab"[n % 2]}


def loaded(row: Row, folder: Path, packed: Path | None = None) -> Dataset:
    """The data set as a user asks for it; its files are in the folder, or in the archive."""
    path = packed or folder / row.path
    if not row.options:
        return tc.load_faces(path, 12)
    options = dict(row.options)
    if isinstance(options.get("labels"), str):
        options["labels"] = folder / options["labels"]
    return tc.load_images(path, **options)


def fits(data: Dataset, right: Right, row: Row) -> str:
    """What is wrong with the data set; nothing if it is right."""
    notes = "\n".join(data.notes)
    checks = {
        "names": (sorted(data.people), sorted(right.names)),
        "images": (len(data), len(row.files) if right.images is None else right.images),
        "test": (None if data.test_part is None else int(data.test_part.sum()), right.test),
        "labels": (data.labels.shape == (len(data),) and set(data.labels.tolist()),
                   set(range(len(data.people)))),
        "note": (bool(re.search(right.note, notes)), True),
        "false alarm": (not right.note and bool(re.search(r"\blabel[ =]", notes)), False)}
    in_paths = all(any(name in file for file in data.files) for name in data.people)
    if in_paths and "." in data.files[0]:           # not "image 3" of an array
        wrong = [(file, data.people[k]) for file, k in zip(data.files, data.labels, strict=True)
                 if data.people[k] not in file]
        checks["person of a file"] = (wrong[:3], [])
    wrong_ones = [f"{what}: expected {wanted!r}, got {got!r}" for what, (got, wanted)
                  in checks.items() if got != wanted]
    return "; ".join([*wrong_ones, *([f"notes: {notes}"] if wrong_ones else [])])


def problem(row: Row, folder: Path) -> str:
    """What is wrong; nothing if one of the outcomes came."""
    try:
        data = loaded(row, folder)
    except DataError as caught:
        words = str(caught)
        return "" if any(isinstance(right, str) and re.search(right, words, re.DOTALL)
                         for right in row.outcomes) else f"error: {words}"
    problems = [fits(data, right, row) if isinstance(right, Right) else
                f"expected an error with {right!r}, got {data!r} of {data.people[:5]}"
                for right in row.outcomes]
    return "" if "" in problems else " | ".join(problems)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
def test_layout(row, tmp_path):
    assert problem(row, saved(row.files, tmp_path / "data")) == ""


@pytest.mark.parametrize("row", PACKED.values(), ids=PACKED.keys())
def test_a_folder_a_zip_and_a_tar_give_the_same(row, tmp_path):
    """The same people, conditions, pixels and test part, or an error of all three."""
    folder = saved(row.files, tmp_path / "data")
    packed: list[Path | None] = [None, tmp_path / "data.tar.gz"]
    (tmp_path / "data.tar.gz").write_bytes(tarred(moved(row.files, "data/"), "gz"))
    if all(name.isprintable() for name in row.files):   # of some names, a zip keeps a part only
        packed.append(tmp_path / "data.zip")
        (tmp_path / "data.zip").write_bytes(zipped(moved(row.files, "data/")))
    found: list[object] = []
    for path in packed:
        try:
            data = loaded(row, folder, path)
        except DataError:
            found.append("an error")
        else:
            found.append((data.people, data.labels.tolist(), data.conditions, data.digests,
                          None if data.test_part is None else data.test_part.tolist()))
    assert all(other == found[0] for other in found)


@pytest.mark.parametrize("name", ["Cohn-Kanade", "JAFFE", "FERET in one folder", "SCface",
                                  "Omniglot", "person/emotion/picture",
                                  "emotion/person/picture"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_other_reading_is_had_as_the_note_says(name, packed, tmp_path):
    """label 'REGULAR EXPRESSION' or label folder:2 gives other classes of the same images."""
    row = FOLDERS[name]
    folder = saved(row.files, tmp_path / "data")
    if packed:
        (tmp_path / "data.zip").write_bytes(zipped(moved(row.files, "data/")))
        folder = tmp_path / "data.zip"
    data = tc.load_images(folder)
    [label] = re.findall(r"label[ =](folder:-?\d+|'[^']+')", "\n".join(data.notes))[:1]
    other = tc.load_images(folder, label=label.strip("'"))
    assert len(other) == len(data)
    assert set(other.people) != set(data.people)


@pytest.mark.parametrize("name", UPRIGHT)
def test_pictures_in_arrays_stand_upright(name, tmp_path):
    """Pixel for pixel, and with their labels: picture 0 is of the class of 3, but not of that of 1.
    """
    row = ARRAYS[name]
    data = loaded(row, saved(row.files, tmp_path / "data"))
    expected = np.stack([np.moveaxis(np.atleast_3d(picture), 2, 0) for picture in UPRIGHT[name]])
    same = (abs(data.images[None] - expected[:, None] / 255) < 1e-6).all(axis=(2, 3, 4))
    one, other, third = (data.labels[found] for found in same)
    assert len(one) == len(other) == len(third) == 1
    assert one == third != other


@pytest.mark.parametrize(("name", "class_of"), TOLD.items(), ids=TOLD.keys())
def test_each_picture_has_the_class_that_a_table_tells(name, class_of, tmp_path):
    row = TABLE[name]
    data = loaded(row, saved(row.files, tmp_path / "data"))
    for file, label in zip(data.files, data.labels, strict=True):
        number = int(re.findall(r"\d+", file)[-1])
        assert data.people[label] == class_of(number), file


@pytest.mark.parametrize(("name", "target", "outcome"), [
    ("p1/up", "..", Right(("p0", "p1", "p2"), 12)),                     # a circle
    ("p7", "p2", Right(("p0", "p1", "p2", "p7"), 16)),
    ("p1/self.png", "self.png", r"p1/self\.png.*link"),
    ("p1/x.png", "/nonexistent", r"p1/x\.png.*link"),
    ("p1/f.png", None, r"p1/f\.png.*expected a file")])                 # a pipe
def test_links_and_pipes(name, target, outcome, tmp_path):
    folder = saved(people(), tmp_path / "data")
    if target is None:
        os.mkfifo(folder / name)
    else:
        (folder / name).symlink_to(target)
    assert problem(Row(people(), (outcome,)), folder) == ""
