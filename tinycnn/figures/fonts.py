"""Which fonts have a text's letters: the usual one, and those of this machine for other scripts."""

from __future__ import annotations

from functools import lru_cache

from matplotlib.font_manager import FontEntry, FontProperties, findfont, fontManager, get_font

# Well-known families for the scripts that DejaVu Sans lacks, the ones with most letters first.
FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans CJK TC",
    "Source Han Sans SC", "Source Han Sans", "Source Han Sans CN", "Source Han Sans JP",
    "Source Han Sans KR", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback",
    "PingFang SC", "PingFang HK", "Hiragino Sans GB", "Hiragino Sans", "Heiti TC", "STHeiti",
    "Apple SD Gothic Neo", "AppleGothic", "Microsoft YaHei", "SimHei", "Microsoft JhengHei",
    "Yu Gothic", "Meiryo", "MS Gothic", "Malgun Gothic", "IPAexGothic", "IPAGothic", "TakaoGothic",
    "VL Gothic", "NanumGothic", "Arial Unicode MS", "Noto Sans", "Noto Sans Arabic",
    "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil",
    "Noto Sans Telugu", "Noto Sans Thai", "Noto Sans Ethiopic", "FreeSans", "Unifont",
    "Nirmala UI", "Leelawadee UI", "Ebrima", "Segoe UI Symbol", "Symbola")


def font_for(text: str) -> tuple[str | None, set[str]]:
    """The font's file that a text is to be drawn with, and the letters of it that are missing.

    None is the usual font, the user's own. Others are taken where they have more of the letters.
    """
    if text.isascii():
        return None, set()
    needed = set(text) - {"\n"}
    font: str | None = None
    missing = needed - _usual_letters()
    for file in _files() if missing else []:
        if len(needed - _letters(file)) < len(missing):
            font, missing = file, needed - _letters(file)
    return font, missing


def properties(text: str, size: float, weight: str = "normal") -> FontProperties:
    """How a text is drawn."""
    return FontProperties(size=size, weight=weight, fname=font_for(text)[0])


def _files() -> list[str]:
    """The files of those FAMILIES that are installed, as normal as there are."""
    found: dict[str, list[FontEntry]] = {}
    for font in fontManager.ttflist:
        found.setdefault(font.name, []).append(font)
    return [min(found[family], key=lambda font: (
        font.style != "normal", str(font.weight) not in {"400", "normal", "regular"})).fname
            for family in FAMILIES if family in found]


def _usual_letters() -> frozenset[str]:
    """The letters that the user's fonts have, both as normal and as bold text."""
    families = FontProperties().get_family()
    return _in_both(*(tuple(findfont(FontProperties(family=[family], weight=weight))
                            for family in families) for weight in ("normal", "bold")))


@lru_cache(maxsize=8)
def _in_both(normal: tuple[str, ...], bold: tuple[str, ...]) -> frozenset[str]:
    """The letters that are in one of some files, and in one of others."""
    return frozenset().union(*map(_letters, normal)) & frozenset().union(*map(_letters, bold))


@lru_cache(maxsize=64)
def _letters(file: str) -> frozenset[str]:
    """The letters of a font's file."""
    return frozenset(map(chr, get_font(file).get_charmap()))
