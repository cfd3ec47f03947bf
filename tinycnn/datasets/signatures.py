"""What a file is, from its first bytes: for errors that say what is wrong and what to do."""

from __future__ import annotations

from .idx import is_idx
from .refused import is_pickle

# (first bytes, what it is, what to do), each as it stands in an error.
SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"GIF8", "a GIF picture", ""),
    (b"\x89PNG", "a PNG picture", ""),
    (b"\xff\xd8\xff", "a JPEG picture", ""),
    (b"BM", "a BMP picture", ""),
    (b"II*\0", "a TIFF picture", ""),
    (b"MM\0*", "a TIFF picture", ""),
    (b"version https://git-lfs", "a pointer of Git LFS instead of the file itself",
     "fetch it with: git lfs pull"),
    (b"Rar!", "a RAR archive", "unpack it, and give the folder"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it, and give the folder"),
    (b"PK\3\4", "a zip archive", "unpack it, and give the folder"),
    (b"\x1f\x8b", "a file compressed with gzip", "unpack it first"),
    (b"BZh", "a file compressed with bzip2", "unpack it first"),
    (b"\xfd7zXZ", "a file compressed with xz", "unpack it first"),
    (b"%PDF", "a PDF", ""),
    (b"%!PS", "a PostScript file", ""),
    (b"\x89HDF", "an HDF5 file", "read it with h5py, and save its arrays with np.savez"),
    (b"MATLAB 5", "a file of MATLAB", ""),
    (b"\x93NUMPY", "an array of NumPy", ""),
    (b"SQLite", "a database of SQLite", ""),
    (b"8BPS", "a file of Photoshop", "save it as PNG first"),
    (b"\0\0\0\x0cjP", "a JPEG 2000 picture", "save it as PNG first"),
)
HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def what_it_is(data: bytes) -> tuple[str, str]:
    """What a file is that begins with `data` (64 bytes are enough), and what to do; "" if unknown.
    """
    if data[4:8] == b"ftyp":
        if data[8:12] in HEIF:
            return "a HEIC picture, as iPhones take them", \
                "save it as JPEG or PNG first (on a Mac: sips -s format jpeg a.heic --out a.jpg)"
        if data[8:12] in (b"avif", b"avis"):
            return "an AVIF picture", "save it as JPEG or PNG first"
        return "a video", "save single pictures of it as PNG first"
    if is_pickle(data):
        return "a Python pickle, which may run any program when it is read", \
            "read it in Python only if you trust its source, and save its arrays with np.savez"
    if is_idx(data):
        return "a file of arrays as MNIST's (idx)", \
            "give it without pictures beside it (unpack an archive first)"
    text = data.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head")):
        return "a web page", "download it again: a page of the web site came instead"
    if text.startswith((b"<svg", b"<?xml")):
        return "an SVG drawing or another XML file", "save it as PNG first"
    for start, what, advice in SIGNATURES:
        if data.startswith(start):
            return what, advice
    if data[:1] == b"P" and data[1:2] in b"123456" and data[2:3].isspace():
        return "a PPM or PGM picture", ""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "a WebP picture", ""
    return "", ""
