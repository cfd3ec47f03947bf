"""What lies beside the pictures, and how many pictures there are."""

from __future__ import annotations

from .files import each, moved, people, pictures
from .rows import Right, error, faces, images

P = "p0|p1|p2"


BESIDE = {
    "macOS": faces({**people(), "._p1": b"\0\5\x16\7", "p1/._2.png": b"\0\5\x16\7",
                    ".DS_Store": b"\0\0\0\1Bud1", "p1/Icon\r": b""}, P, 12),
    "Windows": faces({**people(), "p1/Thumbs.db": b"\xd0\xcf", "desktop.ini": b"[x]",
                      "p2/desktop.ini": b"[x]", "p1/Thumbs.db:encryptable": b""}, P, 12),
    "OneDrive": faces({**people(), "p1/2 (1).png": people()["p1/2.png"],
                       "p1/2 - Copy.png": people()["p1/2.png"]}, P, None, Right(
                           ("p0", "p1", "p2"), 12, note="copy")),
    "notes of a program": faces({**people(), "labels.pkl": b"a", "data.yaml": b"a",
                                 "p1/old.bz2": b"BZh9"}, P, 12),
    "labels.csv that is none": faces({**people(), "labels.csv": b"a"}, P, 12, r"labels\.csv"),
    # On Windows and macOS these are one file, and which would win is chance.
    "2.png and 2.PNG": error({**people(), **pictures(["p1/2.PNG"])}, r"p1/2\.PNG.*two that differ"),
    "p1 and P1": faces({**people(), **moved(people(1), "P")} | {
        f"P1/{c}.png": people()[f"p1/{c}.png"] for c in range(4)}, "p0|p1|p2|P1|Pp0"),
    "a person called License": faces({**people(), **pictures(
        ["license/1.png", "license/2.png", "p1/readme_1.png"])}, "license|" + P),
    "people called Smith.md": faces(pictures(each("{p}/{c}.png", p=(
        "Smith.md", "anna.py", "License", "Readme Jones"), c=(1, 2))),
        "Smith.md|anna.py|License|Readme Jones"),
    "plates": images(pictures(each("{k}_{n}.png", k=("license", "street"), n=range(6))),
                     "license|street"),
    "a stray picture": error({**people(), **pictures(["logo.png"])}, r"logo\.png"),
    "an iPhone's and Lightroom's": faces(
        {**pictures(each("{p}/IMG_{n}.JPG", p=("Anna", "Bob"), n=(1001, 1002))),
         "Anna/IMG_1001.AAE": b"<?xml", "Anna/IMG_1001.MOV": b"movie", "Bob/IMG_1002.xmp": b"<x:",
         "Bob/Picasa.ini": b"[x]", "Bob/@eaDir/IMG_1001.JPG": b"?"}, "Anna|Bob", 4),
    "Google Takeout": faces(
        {**pictures(each("Takeout/Google Photos/{p}/{n}.jpg", p=("Anna", "Bob"),
                         n=("IMG_1", "IMG_1(1)", "IMG_2-edited"))),
         "Takeout/Google Photos/Anna/IMG_1.jpg.json": b"{}"}, "Anna|Bob", 6),
    "students' phones": faces(
        {**pictures(each("Meine Fotos/{p}/{n}.jpg",
                         p=("Anna Müller", "Jean-Luc O'Neil", 'J. "Jo" Li'),
                         n=("IMG_1001", "IMG-20230101-WA0003", "Photo (1)",
                            "WhatsApp Image 2023-01-01 at 10.00.00")), colour=True),
         "Meine Fotos/Anna Müller/Thumbs.db": b"\xd0\xcf", "Meine Fotos/.DS_Store": b"Bud1"},
        'Anna Müller|Jean-Luc O\'Neil|J. "Jo" Li', 12),
}

NUMBERS = {
    "one picture each": faces(people(6, 1), "p0|p1|p2|p3|p4|p5", note="one picture"),
    "two pictures": faces(people(2, 1), "p0|p1", note="one picture"),
    "one person": error(people(1, 8), "two people|one person|one class"),
    "two by two": faces(people(2, 2), "p0|p1"),
    "unequal": faces(pictures(each("p{p}/0.png", p=range(3)), each("p9/{c}.png", c=range(30))),
                     "p0|p1|p2|p9", note="(?i)unequal|30|differ"),
    "empty folder": error({"README": b"nothing"}, "no pictures"),
}
