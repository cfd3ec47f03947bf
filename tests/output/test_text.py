"""Names and messages from files: what a terminal, a page or a figure would obey is only shown."""

import pytest

from tinycnn.output.text import harmless, harmless_lines


@pytest.mark.parametrize("text", [
    "a\x1b[31mb", "a\nb", "a\tb", "a\rb", "a\x00b", "a\x7fb", "a\x9bb", "a\u2028b", "a\u202eb",
    "a\u2066b", "a\u200fb", "a\u200bb", "a\ufeffb", "a\udce9b"])
def test_what_a_terminal_or_a_page_would_obey_is_replaced(text):
    shown = harmless(text)
    assert shown[:2] == "a\N{REPLACEMENT CHARACTER}"
    assert shown.endswith("b")
    assert shown.encode("utf-8")


@pytest.mark.parametrize("text", [
    "Zoë", "Zoe\u0308", "王小明", "김민수", "محمد", "פרץ", "می\u200cخواهم", "100 % <b> $x$ \\",
    "\U0001f469\u200d\U0001f467", "❤\ufe0f", "", " a  b "])
def test_letters_of_all_scripts_stay(text):
    assert harmless(text) == text


def test_lines_stay_lines():
    assert harmless_lines("expected a\n\tgot\x1b[2J b\r\nend") == (
        "expected a\n        got\N{REPLACEMENT CHARACTER}[2J b\nend")
