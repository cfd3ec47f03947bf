"""Names of files and of people, in any script and with any sign."""

from __future__ import annotations

import os

from .files import Files, each, pictures
from .rows import CHOOSE, Right, Row, error, faces


def named(*names: str) -> Files:
    return pictures(each("{p}/{c}.png", p=names, c=(1, 2)))


def plain(*names: str) -> Row:
    return faces(named(*names), "|".join(names))


SUBJECT = each("subject0{p}.{c}.png", p=range(3), c=("neutral", "happy", "sad", "wink"))

NAMES = {
    "no person": error(pictures(each("{c}.png", c="abcdefghi")), r"does not tell|" + CHOOSE),
    "numbers": error(pictures(each("{n:03}.png", n=range(9))), r"does not tell|" + CHOOSE),
    "a camera's": error(pictures(each("IMG_{n}.jpg", n=range(1000, 1009))), CHOOSE),
    "two cameras'": Row(pictures(each("{k}_{n}.jpg", k=("IMG", "DSC"), n=range(1000, 1004))),
                        (CHOOSE, Right(("IMG", "DSC"), note=CHOOSE))),
    "WhatsApp": Row(pictures(each("IMG-2023010{d}-WA000{n}.jpg", d=range(3), n=range(3))),
                    (CHOOSE, Right(tuple(each("IMG-2023010{d}", d=range(3))), note=CHOOSE))),
    "a name and a phone's date": Row(
        pictures(each("{p}-202301{d:02}_1200{d}5.jpg", p=("Anna", "Bob", "Zoë"), d=(10, 11, 12))),
        (Right(("Anna", "Bob", "Zoë")), CHOOSE)),
    "a name and a camera's": Row(
        pictures(each("{p}-IMG_{n}.jpg", p=("Anna", "Bob"), n=(1000, 1001, 1017))),
        (Right(("Anna", "Bob")), Right(("Anna", "Bob"), note=CHOOSE), CHOOSE)),
    "numbers after some of the names": Row(
        pictures(each("{k}_{n:03}.png", k=("cell_type_1", "cell_type_2", "background"),
                      n=range(1, 4))),
        (Right(("cell_type_1", "cell_type_2", "background")), Right(
            ("cell_type_1", "cell_type_2", "background"), note=CHOOSE),
         Right(("cell_type", "background"), note=CHOOSE), CHOOSE)),
    "a dash before the number": Row(
        pictures(each("{p}-{n}.jpg", p=("Anna Müller", "Anna Schmidt", "Max Müller"),
                      n=(1, 2, 3))),
        (Right(("Anna Müller", "Anna Schmidt", "Max Müller")), Right(
            ("Anna Müller", "Anna Schmidt", "Max Müller"), note=CHOOSE))),
    "two with one first name": Row(
        pictures(each("{p} {n}.jpg", p=("Anna Müller", "Anna Schmidt", "Max Müller"),
                      n=(1, 2, 3))),
        (Right(("Anna Müller", "Anna Schmidt", "Max Müller")), Right(
            ("Anna Müller", "Anna Schmidt", "Max Müller"), note=CHOOSE),
         Right(("Anna", "Max"), note=CHOOSE))),
    "anna0/subject0": faces(pictures(each("anna{p}/subject{c}.png", p=range(3), c=range(4))),
                            "anna0|anna1|anna2"),
    "subject0.1": faces(pictures(each("subject{p}.{c}.png", p=range(3), c=range(4))),
                        "subject0|subject1|subject2", None, Right(
                            ("subject00", "subject01", "subject02"))),
    "subject00.neutral": faces(pictures(SUBJECT), "subject00|subject01|subject02"),
    "Yale": faces(pictures(each("yalefaces/subject{p:02}.{c}", p=(1, 2, 15), c=("glasses", "gif",
                                                                               "sad"))),
                  "subject01|subject02|subject15"),
    "addresses": faces(pictures(each("anna{p}@x.org.{c}.png", p=range(3), c=range(4))),
                       "anna0@x.org|anna1@x.org|anna2@x.org"),
    "Latin-1": faces(pictures(os.fsdecode(b"%s/%d.png" % (name, c)) for c in range(4) for name in (
        b"Ren\xe9e", b"J\xf6rg", b"Zo\xeb")), "Ren\ufffde|J\ufffdrg|Zo\ufffd", note="name"),
    "long": plain(*(letter * 250 for letter in "abc")),
    "HTML": plain("<b>Anna<b>", "<img src=x onerror=alert(1)>", "a&b <b>"),
    "quotes": plain('"onmouseover="x', "O'Brien", "a\\b`c"),
    "dollars": plain("Ke$ha", "$x^2$", "$\\foo$", "$$"),
    "percent": plain("100%", "{0}", "%s%n"),
    "Chinese, Japanese, Korean": plain("王小明", "佐藤花子", "김민수"),
    "Arabic and Hebrew": plain("محمد", "פרץ", "فاطمة"),
    "emoji": plain("😀😀", "👩\u200d👩\u200d👧", "🇩🇪"),
    "combining": plain("Zoe\u0308", "Zo\u00eb", "e\u0301" * 30),
    "control": faces(named("a\nb", "c\td", "e\x1b[31mred"), "a\ufffdb|c\ufffdd|e\ufffd[31mred",
                     note="name"),
    "directions": faces(named("\u202eevil", "\u200bzero", "a\u2028b"),
                        "\ufffdevil|\ufffdzero|a\ufffdb", note="name"),
    "two that become equal": faces(named("a\u202eb", "a\u202db"), "a\ufffdb|a\ufffdb (2)",
                                   note="name"),
    "spaces": plain(" lead", "trail ", "in the middle"),
    "underscores": plain("_a", "__b", "_c"),
    "signs": plain("-", "_", "~"),
    "spreadsheet": plain("=cmd", "a,b;c", "@x"),
    "devices": plain("con", "nul", "aux"),
    "numbers as people": plain("1", "2", "10"),
    "in one folder": faces(pictures(each("{p}_{c}.png", p=("王小明", "Jean-Luc", "O'Brien"),
                                         c=(1, 2))), "王小明|Jean-Luc|O'Brien"),
}
