"""Which files of a folder or an archive are read, and which are passed over or left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from ..layers.errors import DataError
from ..output.text import harmless, listing
from .names import EXTENSIONS
from .words import some

# Extensions of files that describe data, of pictures as well as of arrays.
ABOUT_DATA = ("txt", "md", "bib", "html", "htm", "pdf", "info", "json", "log", "py", "m", "xml")
# Files that are no pictures, by their extension. Short ones are meant for what lies beside data.
NO_PICTURES = re.compile("|".join(ABOUT_DATA) + "|" + (
    "rst css js doc docx odt rtf ppt pptx xls xlsx ods csv tsv jsonl yaml yml toml ini cfg conf "
    "url lnk sum md5 sha1 sha256 pyc ipynb mlx r rb c cpp h hpp java sh bat cmd exe dll so sql "
    "sqlite db mat npy npz pkl pickle pkz joblib h5 hdf5 parquet feather tfrecord lmdb pt pth "
    "ckpt onnx bin dat pts zip tar gz tgz bz2 tbz2 xz txz rar 7z iso aae xmp thm lrcat bak tmp "
    "swp part crdownload lock mp4 avi mov mkv webm mpg mpeg wav mp3"
).replace(" ", "|"))
# What systems and programs put into folders: a Mac's, a Synology's, Windows' and Python's.
SYSTEM_FOLDERS = ("__macosx", "@eadir", "$recycle.bin", "system volume information", "__pycache__",
                  "lost+found")
SYSTEM_FILES = re.compile(r"thumbs\.db.*|ehthumbs.*\.db|desktop\.ini|icon[\r\uf00d]|"
                          r".*:zone\.identifier|~\$.*")
# Files about the data: Readme.1st, LICENSE.
ABOUT = re.compile(r"(readme|read_me|licen[cs]e|copying|authors|changelog|citation)\b.*")
# Tables that may tell the classes: train.csv, identity_CelebA.txt.
TABLE = re.compile(r".*\.(csv|tsv)|.*(label|identity|classes|annotation).*\.txt")
LARGEST_TABLE = 16 * 2**20      # bytes
# A picture that is compressed alone: 00001.ppm.bz2.
PACKED = re.compile(rf".*\.({'|'.join(EXTENSIONS)})\.(gz|bz2|xz)", re.IGNORECASE)


def is_picture(name: str) -> bool:
    """Whether a file has the extension of a picture."""
    return PurePosixPath(name).suffix[1:].lower() in EXTENSIONS


def is_table(name: str) -> bool:
    """Whether a file may be a table with the class of each picture."""
    return TABLE.fullmatch(PurePosixPath(name).name.lower()) is not None


class Selection:
    """Tells for each file whether it is read, and remembers what was passed over.

    Folders are never left out for their names, but for hidden ones and those of the system: people
    may be called License or Smith.md.

    Attributes:
        exclude: shell patterns of paths, names and folders that are left out.
        excluded: the files that they left out.
        passed: files that are no pictures by their names; hidden ones and read-me files not.
        damaged: files that end in .bad: so the makers of Extended Yale B and of the CMU faces mark
            damaged pictures.
    """

    def __init__(self, exclude: Sequence[str] = ()):
        self.exclude = [exclude] if isinstance(exclude, str) else list(exclude)
        self.unused = dict.fromkeys(self.exclude)
        self.seen: list[str] = []
        self.excluded: list[str] = []
        self.passed: list[str] = []
        self.damaged: list[str] = []

    def takes(self, name: str, size: int) -> bool:
        """Whether the file of this name, with its folders inside the data, and `size` is read."""
        file = PurePosixPath(name).name
        lower = file.lower()
        if is_systems(name) or SYSTEM_FILES.fullmatch(lower):
            return False
        self.seen.append(name)
        if self._excludes(name):
            self.excluded.append(name)
            return False
        if is_picture(file) or PACKED.fullmatch(file):
            return True
        if lower.endswith(".bad"):
            self.damaged.append(name)
            return False
        if ABOUT.fullmatch(lower):
            return False
        if NO_PICTURES.fullmatch(PurePosixPath(lower).suffix[1:]):
            self.passed.append(name)
            return is_table(file) and size <= LARGEST_TABLE
        return True

    def _excludes(self, name: str) -> bool:
        """Whether a pattern fits the file or a folder of it: its name, its path or the end of it,
        with any capital letters."""
        parts = name.split("/")
        paths = {"/".join(parts[i:j]) for j in range(1, len(parts) + 1) for i in range(j)}
        hits = [pattern for pattern in self.exclude
                if any(fnmatchcase(path.lower(), pattern.lower().rstrip("/")) for path in paths)]
        for pattern in hits:
            self.unused.pop(pattern, None)
        return bool(hits)

    def check(self, where: object) -> None:
        """A DataError if one of the patterns fits no file."""
        for pattern in self.unused:
            names = [repr(harmless(name)) for name in self.seen[:3]]
            raise DataError(f"{where}: expected files that {pattern!r} (exclude) fits, but it fits "
                            f"none of {len(self.seen)}, such as {listing(names)}. Likely cause: "
                            f"a typing error, or * is missing")

    def notes(self, used: str = "") -> list[str]:
        """What was left out; `used`: the table that was read."""
        passed = [name for name in self.passed if not f"/{used}".endswith(f"/{name}")]
        return [f"{some(names)} {what}" for names, what in (
            (self.excluded, f"left out as asked (exclude {listing(map(repr, self.exclude))})"),
            (self.damaged, "left out: .bad marks damaged pictures"),
            (passed, "passed over: no pictures by their names")) if names]


def is_systems(name: str) -> bool:
    """Whether a file or folder is hidden or the system's, or in such a folder.

    A name that begins with several dots is a name.
    """
    return any(part.lower() in SYSTEM_FOLDERS or (part.startswith(".") and part[1:2] != ".")
               for part in PurePosixPath(name).parts)
