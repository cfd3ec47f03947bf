"""Tables and dicts that tell the class of each picture, as people have them."""

from __future__ import annotations

import unicodedata

from .files import each, moved, pictures
from .rows import Right, Row, images

SIX = pictures(each("{n}.jpg", n=range(1, 7)))      # picture n is of class "a" or "b": n % 2
CLASS = ("b", "a")


def table(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\n".join([*lines, ""]).encode(encoding)


def rows(pattern: str, numbers: range = range(1, 7)) -> list[str]:
    """A line for each number n and its class k."""
    return [pattern.format(n=n, k=CLASS[n % 2]) for n in numbers]


def told(content: bytes, name: str = "t.csv", folder: str = "train/") -> Row:
    """The six pictures, and `content` as their table."""
    return images({**moved(SIX, folder), name: content}, "a|b", 6, labels=name)


def refused(content: bytes, words: str, *others: Right) -> Row:
    return Row({**SIX, "t.csv": content}, (words, *others), {"labels": "t.csv"})


TABLES = {
    "names and classes": told(table("file,label", *rows("{n}.jpg,{k}"))),
    "no head": told(table(*rows("{n}.jpg,{k}"))),
    "classes first": told(table("label,file", *rows("{k},{n}.jpg"))),
    "tabs": told(table("file\tlabel", *rows("{n}.jpg\t{k}")), "t.tsv"),
    "semicolons of Windows": told(table("Datei;Gefühl", *rows("{n}.jpg;{k}"), encoding="cp1252")),
    "byte-order mark and quotes": told(b"\xef\xbb\xbf" + table('"file","label"',
                                                              *rows('"{n}.jpg","{k}"'))),
    "a list with spaces": told(table(*rows("{n}.jpg {k}")), "labels.txt"),
    "an index of pandas": told(table(",file,label", *rows("7{n},{n}.jpg,{k}"))),
    "numbers without extension": told(table("id,label", *rows("{n},{k}"))),
    "paths": told(table("file,label", *rows("train/{n}.jpg,{k}"))),
    "paths of Windows": told(table("file,label", *rows("train\\{n}.jpg,{k}"))),
    "paths of another computer": told(table("file,label", *rows("/kaggle/x/train/{n}.jpg,{k}"))),
    "capital letters in a table": told(table("file,label", *rows("{n}.JPG,{k}"))),
    "a few pictures of a large table": told(table("id,label", *rows("{n},{k}", range(1, 90)))),
    # Here the class 1 is also the name of 1.jpg, without its extension.
    "classes that are names of files": Row(
        {**SIX, "t.csv": table("id,label", *(f"{n},{n % 2}" for n in range(1, 90)))},
        (Right(("0", "1"), 6),), {"labels": "t.csv"}),
    "a dict": images(SIX, "a|b", labels={f"{n}.jpg": CLASS[n % 2] for n in range(1, 7)}),
    "a dict of paths": images(moved(SIX, "x/"), "a|b",
                              labels={f"x/{n}.jpg": CLASS[n % 2] for n in range(1, 7)}),
    "metadata.csv beside them": images({**SIX, "metadata.csv": table(
        "file_name,label", *rows("{n}.jpg,{k}"))}, "a|b", 6, note=r"metadata\.csv"),
    "a Mac's letters": images(
        {**pictures([unicodedata.normalize("NFD", f"Zoë{n}.png") for n in range(1, 7)]),
         "t.csv": table("file,label", *rows("Zoë{n}.png,{k}"))}, "a|b", 6, labels="t.csv"),
    "in two folders": images(
        {**moved(SIX, "x/"), **moved(SIX, "y/"), "t.csv": table(
            "file,label", *rows("x/{n}.jpg,{k}"), *rows("y/{n}.jpg,{k}"))}, "a|b", 12,
        labels="t.csv"),
    "one name in two folders": Row(
        {**moved(SIX, "x/"), **moved(SIX, "y/"), "t.csv": table(*rows("{n}.jpg,{k}"))},
        (r"1\.jpg",), {"labels": "t.csv"}),
    "a table that contradicts itself": refused(
        table("file,label", *rows("{n}.jpg,{k}"), "1.jpg,b"), r"1\.jpg"),
    "a table of other files": refused(table("file,label", *rows("{n}.png,{k}", range(11, 17))),
                                      r"1\.jpg"),
    "a table of some": refused(table("file,label", *rows("{n}.jpg,{k}", range(1, 5))),
                               r"5\.jpg.*6\.jpg", Right(("a", "b"), 4,
                                                          note=r"5\.jpg.*6\.jpg.* left out")),
    "no class in one row": refused(table("file,label", "1.jpg,", *rows("{n}.jpg,{k}", range(2, 7))),
                                   r"1\.jpg", Right(("a", "b"), 5, note=r"1\.jpg.* left out")),
    "two columns of classes": refused(table("file,age,sex", *rows("{n}.jpg,2{n},{k}")),
                                      r"age.*sex"),
    "Excel": Row({**SIX, "t.xlsx": b"PK\3\4" + bytes(30)}, (r"t\.xlsx.*csv",),
                 {"labels": "t.xlsx"}),
    "no such table": Row(SIX, (r"nowhere\.csv",), {"labels": "nowhere.csv"}),
}

# The class of picture n, for the rows that have all six of them under their numbers.
TOLD = {name: lambda n: CLASS[n % 2] for name, row in TABLES.items()
        if isinstance(row.outcomes[0], Right) and row.outcomes[0].names == ("a", "b")}
