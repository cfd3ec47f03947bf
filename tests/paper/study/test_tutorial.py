"""The tutorial on the study shows what its code prints, and the claims of the scorecard."""

import re
from pathlib import Path

from tinycnn.paper.study.claims import CLAIMS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "tutorials/do_the_claims_hold.md").read_text("utf-8")


def test_the_code_prints_what_stands_below_it(capsys):
    [code] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(code, "do_the_claims_hold.md", "exec"), {"__name__": "tutorial"})
    printed = capsys.readouterr().out
    assert printed.count("\n") == 5
    assert f"```text\n{printed}```" in PAGE


def test_its_scorecard_has_the_claims_in_order():
    rows = [[cell.strip() for cell in row.split("|")[1:-1]]
            for row in re.findall(r"^\|.*\|$", PAGE, re.MULTILINE)]
    said = [(section.strip("–"), sentence, number)
            for section, sentence, number, *_ in rows[2:2 + len(CLAIMS)]]
    assert said == [(claim.section, claim.sentence, claim.number) for claim, *_ in CLAIMS]
