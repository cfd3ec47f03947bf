"""Which fonts have a text's letters: the usual one, and those of this machine for other scripts."""

from __future__ import annotations

from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

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


def families(text: str) -> tuple[list[str], set[str]]:
    """The font families to draw a text with, the user's own first, and the letters none has."""
    usual: list[str] = FontProperties().get_family()
    if text.isascii():
        return usual, set()
    missing = set(text) - {"\n"} - frozenset().union(*map(letters, usual))
    chosen: list[str] = []
    while missing:
        best = max(others(), key=lambda family: len(missing & letters(family)), default="")
        if not best or not missing & letters(best):
            break
        chosen.append(best)
        missing -= letters(best)
    return [*usual, *chosen], missing


def others() -> list[str]:
    """Those of FAMILIES that are installed."""
    installed = {font.name for font in fontManager.ttflist}
    return [family for family in FAMILIES if family in installed]


def letters(family: str) -> frozenset[str]:
    """The letters that a family has, both as normal and as bold text."""
    return _in_both(*(findfont(FontProperties(family=[family], weight=weight))
                      for weight in ("normal", "bold")))


@lru_cache(maxsize=64)
def _in_both(normal: str, bold: str) -> frozenset[str]:
    """The letters that are in two font files."""
    return frozenset.intersection(*(frozenset(map(chr, get_font(file).get_charmap()))
                                    for file in (normal, bold)))
