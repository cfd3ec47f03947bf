"""Zips and tars: well packed, oddly packed, damaged and hostile."""

from __future__ import annotations

import gzip
import os
import warnings

from .files import encoded, locked, moved, people, pixels, tarred, zipped
from .rows import Right, Row

P = "p0|p1|p2"
GREY = pixels("p1/2.png")


OK = zipped(people())
TAR = tarred(people(), "gz")
LARGE = bytes(65 * 2**20)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")         # zipfile warns of the second one
    TWICE = zipped(people(), twice="p1/0.png")


def archive(name: str, content: bytes, outcome: str = "", names: str = P, n: int = 12,
            *others: Right | str, note: str = "") -> Row:
    """A single file; `outcome` is the words of the error, or nothing if it has to be read."""
    outcomes = (outcome, *others) if outcome else (
        Right(tuple(names.split("|")), n, None, note), *others)
    return Row({name: content}, outcomes, path=name)


ARCHIVES = {
    "zip": archive("ok.zip", OK),
    "folders in folders": archive("x.zip", zipped(moved(people(), "archive/faces/"))),
    "zip of macOS": archive("x.zip", zipped(
        moved(people(), "faces/") | {f"__MACOSX/faces/._{name}": b"x" for name in people()})),
    "absolute": archive("x.zip", zipped(moved(people(), "/etc/"))),
    "parents": archive("x.zip", zipped(moved(people(), "../../"))),
    "backslashes": archive("x.zip", zipped({n.replace("/", "\\"): d for n, d in people().items()})),
    "flat": archive("x.zip", zipped({n.replace("/", "_"): d for n, d in people().items()})),
    "twice the same": archive("x.zip", TWICE, note="copy|twice"),
    "zeros": archive("x.zip", zipped({**people(), "p1/big.png": bytes(2**20)}),
                                    r"p1/big\.png"),
    "65 MB": archive("x.zip", zipped({**people(), "p1/big.png": LARGE}), r"p1/big\.png.*at most"),
    "a text of 65 MB": archive("x.zip", zipped({**people(), "notes.txt": LARGE})),
    "name of 5,000 digits": archive("x.zip", zipped(
        {**people(), f"p1/{'9' * 5000}.png": encoded(GREY)}), "", P, 13, r"999"),
    "zip in a zip": archive("x.zip", zipped({"ok.zip": OK}), r"ok\.zip|archive"),
    "zip.gz": archive("x.gz", gzip.compress(OK), r"x\.gz"),
    "password": archive("x.zip", locked(OK), "password"),
    "cut zip": archive("x.zip", OK[:-400], r"x\.zip"),
    "letters of old zips": archive("x.zip", OK.replace(b"p1/", b"\x811/"), "", "p0|ü1|p2"),
    "tar.gz": archive("ok.tar.gz", TAR),
    "tgz": archive("ok.tgz", tarred(moved(people(), "./faces/"), "gz")),
    "tar.xz": archive("ok.tar.xz", tarred(people(), "xz")),
    "absolute tar": archive("x.tar.gz", tarred(moved(people(), "/etc/"), "gz")),
    "Latin-1 tar": archive("x.tar", tarred({os.fsdecode(b"Ren\xe9e/1.png"): encoded(GREY),
                                            "Bo/1.png": encoded(GREY[::-1])}), "",
                           "Ren\ufffde|Bo", 2, note="name"),
    "a link out of a tar": archive("x.tar", tarred(people(), links={"p1/l.png": "/etc/passwd"}),
                                   r"p1/l\.png.*link"),
    "a pipe in a tar": archive("x.tar", tarred(people(), pipes=["p1/f.png"]), r"p1/f\.png"),
    "cut tar.gz": archive("x.tar.gz", TAR[:-700], r"x\.tar\.gz"),
    "more after a tar": archive("x.tar", tarred(people()) + b"junk", "", P, 12,
                                r"^(?!.*(too early|cut short)).*x\.tar"),
    "rar": archive("x.rar", b"Rar!\x1a\7\0" + bytes(100), r"x\.rar"),
    "7z": archive("x.7z", b"7z\xbc\xaf'\x1c" + bytes(100), r"x\.7z"),
    "HEIC alone": archive("x.heic", b"\0\0\0\x18ftypheic" + bytes(99), r"x\.heic"),
}
