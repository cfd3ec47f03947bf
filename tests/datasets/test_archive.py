"""The files of folders, zips and tars, whole and broken."""

import bz2
import gzip
import lzma
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from layouts.files import Files, saved, tarred, zipped

from tinycnn.datasets import archive
from tinycnn.datasets.archive import read_files as read
from tinycnn.datasets.selection import Selection
from tinycnn.layers.errors import DataError

# Random, so that an archive is long enough to be cut in the middle; but it can be compressed.
RNG = random.Random(0)
FILES = {f"s{person}/{number}.pgm": RNG.randbytes(700).hex().encode() for person in (1, 2, 10)
         for number in (1, 2)}


def read_files(path: Path) -> Iterator[tuple[str, bytes]]:
    return read(path, Selection())


def zip_of(files: Files, path: Path) -> Path:
    path.write_bytes(zipped(files))
    return path


def tar_of(files: Files, path: Path, packing: str = "") -> Path:
    path.write_bytes(tarred(files, packing))
    return path


def test_folder(tmp_path):
    assert dict(read_files(saved(FILES, tmp_path))) == FILES


@pytest.mark.parametrize("name", ["faces.zip", "FACES.ZIP", "without_extension"])
def test_zip(tmp_path, name):
    assert dict(read_files(zip_of(FILES, tmp_path / name))) == FILES


@pytest.mark.parametrize("name", ["faces.tar", "faces.tar.gz", "faces.tgz", "faces.tar.bz2",
                                  "faces.tar.xz", "without_extension"])
def test_tar(tmp_path, name):
    packing = {"gz": "gz", "tgz": "gz", "bz2": "bz2", "xz": "xz"}.get(name.split(".")[-1], "")
    assert dict(read_files(tar_of(FILES, tmp_path / name, packing))) == FILES


def test_names_that_lead_out_of_a_zip(tmp_path):
    files = {"../a/1.pgm": b"1", "/b/2.pgm": b"2", "./c/../3.pgm": b"3"}
    assert dict(read_files(zip_of(files, tmp_path / "a.zip"))) == {
        "a/1.pgm": b"1", "b/2.pgm": b"2", "c/3.pgm": b"3"}


def test_names_in_utf_8_that_a_zip_does_not_say(tmp_path):
    """So macOS writes them. Others are in the letters of DOS."""
    path = zip_of({"J\u00f6rg/1.pgm": b"1"}, tmp_path / "a.zip")
    data = path.read_bytes()
    assert data.count(b"\x00\x08") == 2       # the flag in both headers
    path.write_bytes(data.replace(b"\x00\x08", b"\0\0"))
    assert dict(read_files(path)) == {"J\u00f6rg/1.pgm": b"1"}
    path.write_bytes(data.replace(b"\x00\x08", b"\0\0").replace("\u00f6".encode(), b"\x94s"))
    assert dict(read_files(path)) == {"J\u00f6srg/1.pgm": b"1"}


@pytest.mark.parametrize(("packing", "compress"), [
    ("gz", gzip.compress), ("bz2", bz2.compress), ("XZ", lzma.compress)])
def test_a_picture_that_is_compressed_alone(tmp_path, packing, compress, monkeypatch):
    data = compress(bytes(20_000))
    folder = saved({f"a/1.PPM.{packing}": data}, tmp_path)
    assert dict(read_files(folder)) == {"a/1.PPM": bytes(20_000)}
    (folder / f"a/1.PPM.{packing}").write_bytes(data[:-9])
    with pytest.raises(DataError, match=r"a/1\.PPM: "):
        list(read_files(folder))
    (folder / f"a/1.PPM.{packing}").write_bytes(data)
    monkeypatch.setattr(archive, "LARGEST", 19_999)
    with pytest.raises(DataError, match=r"a/1\.PPM: .*at most 19999 bytes, got 20000"):
        list(read_files(folder))


def test_links_within_a_tar(tmp_path):
    path = tar_of({"s1/1.pgm": b"one"}, tmp_path / "a.tar")
    with tarfile.open(path, "a") as file:
        for name, target in [("s2/1.pgm", "../s1/1.pgm"), ("s3/1.pgm", "gone")]:
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            file.addfile(link)
    files = read_files(path)
    assert [next(files), next(files)] == [("s1/1.pgm", b"one"), ("s2/1.pgm", b"one")]
    with pytest.raises(DataError, match=r"a\.tar/s3/1\.pgm: .*link to gone, .* not found"):
        next(files)


def test_missing_path_says_what_is_there(tmp_path):
    saved({"yalefaces/a": b"", "orl.zip": b"", ".hidden": b""}, tmp_path)
    with pytest.raises(DataError, match=r"yale: expected .*there are: orl\.zip, yalefaces$"):
        list(read_files(tmp_path / "yale"))
    with pytest.raises(DataError, match=r"There is also no folder .*nowhere$"):
        list(read_files(tmp_path / "nowhere/yale"))


def test_neither_folder_nor_archive(tmp_path):
    (tmp_path / "anna_1.gif").write_bytes(b"GIF89a and so on")
    with pytest.raises(DataError, match=r"a GIF picture .*begins with b'GIF89a.*folder of"):
        list(read_files(tmp_path / "anna_1.gif"))


@pytest.mark.parametrize(("first", "what"), [
    (b"Rar!\x1a\7\0", "a RAR archive.*To do: unpack"), (b"\x89HDF\r\n", "an HDF5 file.*np.savez"),
    (b"<!DOCTYPE html><html>", "a web page.*download it again"),
    (b"\x1f\x8b\x08\0", "gzip.*unpack"), (b"what?", "an unknown kind of file.*Likely cause")])
def test_other_files(tmp_path, first, what):
    (tmp_path / "a").write_bytes(first + bytes(30))
    with pytest.raises(DataError, match=rf"/a: expected a folder.*{what}"):
        list(read_files(tmp_path / "a"))


def test_more_after_the_end_of_a_tar(tmp_path):
    path = tar_of(FILES, tmp_path / "a.tar")
    path.write_bytes(path.read_bytes() + path.read_bytes())
    with pytest.raises(DataError, match="several tars in one file"):
        list(read_files(path))


def test_a_web_page_saved_as_zip(tmp_path):
    (tmp_path / "faces.zip").write_bytes(b"<html>404</html>")
    with pytest.raises(DataError, match=r"faces\.zip: .*not a zip file"):
        list(read_files(tmp_path / "faces.zip"))


@pytest.mark.parametrize("mode", ["zip", "", "gz", "bz2", "xz"])
def test_an_archive_cut_anywhere_gives_an_error_or_everything(tmp_path, mode):
    path = tmp_path / "faces"
    whole = (zip_of(FILES, path) if mode == "zip" else tar_of(FILES, path, mode)).read_bytes()
    errors = []
    for length in range(0, len(whole), 128):  # the headers of a tar are at multiples of 512
        path.write_bytes(whole[:length])
        try:
            assert dict(read_files(path)) == FILES
        except DataError as error:
            errors.append(str(error))
    # A tar is padded with zeros; losing them does no harm.
    assert len(errors) >= (0.4 if mode == "" else 0.99) * len(whole) / 128
    assert all(error.startswith(str(path)) for error in errors)


@pytest.mark.parametrize("mode", ["zip", "", "gz", "bz2", "xz"])
def test_an_archive_with_a_damaged_spot_gives_an_error_or_everything(tmp_path, mode):
    path = tmp_path / "faces"
    files = {name: b"" for name in FILES}  # a tar has checksums only for its headers
    if mode != "":
        files = FILES
    whole = (zip_of(files, path) if mode == "zip" else tar_of(files, path, mode)).read_bytes()
    errors = []
    for start in range(0, len(whole), 53):
        damaged = bytearray(whole)
        damaged[start] ^= 16
        path.write_bytes(damaged)
        try:
            assert dict(read_files(path)) == files
        except DataError as error:
            errors.append(str(error))
    assert len(errors) > 0.7 * len(whole) / 53
    assert all(error.startswith(str(path)) for error in errors)


@pytest.mark.parametrize("pack", [saved, zip_of, tar_of])
def test_what_is_too_large_is_not_read(tmp_path, pack, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", 10_000)
    path = pack({"s1/1.pgm": bytes(10_000), "s1/2.pgm": bytes(10_001)}, tmp_path / "faces")
    files = read_files(path)
    assert next(files)[0] == "s1/1.pgm"
    with pytest.raises(DataError, match=r"s1/2\.pgm: .*at most 10000 bytes, got 10001"):
        next(files)


def test_a_zip_that_lies_about_its_sizes(tmp_path):
    path = zip_of({"s1/1.pgm": bytes(10**6)}, tmp_path / "faces.zip")
    path.write_bytes(path.read_bytes().replace((10**6).to_bytes(4, "little"), b"\x09\0\0\0"))
    with pytest.raises(DataError, match=r"s1/1\.pgm: .*CRC"):
        list(read_files(path))


def test_no_permission(tmp_path, monkeypatch):
    saved(FILES, tmp_path)

    def refuse(path: Path) -> bytes:  # as the system does, except for root
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError, match=r"s1/1\.pgm: .*that you may read, got 'Permission denied'"):
        list(read_files(tmp_path))
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataError, match=f"^{tmp_path}: .*'Permission denied'"):
        list(read_files(tmp_path))
