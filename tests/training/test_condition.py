"""Conditions as a text: what they mean, and what is said about a text that is none."""

import re

import numpy as np
import pytest

from tinycnn.training.condition import LONGEST, Condition

NAMES = ("o", "dy", "L", "last")
VALUES = {"o": np.array([[1, -2], [np.nan, 3]], np.float32), "dy": np.array([[0, 0.5], [1, 2]]),
          "L": 3.0, "last": np.nan}


@pytest.mark.parametrize(("text", "where"), [
    ("L > 1.5", [()]), ("L > 1.5 * last", []), ("L < 1.5 * last", []), ("L != last", []),
    ("L != 2", [()]), ("1 < L <= 3", [()]), ("1 < L < 3", []), ("not L > 3", [()]),
    ("L > 5 or L > 1 and last > 0 or L == 3", [()]), ("-L ** 2 == -9", [()]),
    ("dy >= 1", [(1, 0), (1, 1)]), ("abs(o) > 1 and dy < 1", [(0, 1)]),
    ("L > 1 and dy > 1", [(1, 1)]), ("0 < dy < 1 or dy > 1", [(0, 1), (1, 1)]),
    ("norm(dy) > 2.3", []), ("norm(dy) < 2.3", [()]), ("max(dy) - min(dy) == 2", [()]),
    ("mean(dy > 0) == 0.75", [()]), ("sum(dy) / 7 == 0.5", [()]), ("max(o) > 0", []),
    ("sqrt(-L) > 0 or log(0) < 0", [()]), ("9 ** 9 ** 9 ** 9 > 1", [()]),
    ("L > 1 and " * 15 + "L > 2", [()]), ("(" * 90 + "L" + ")" * 90 + " > 1", [()]),
])
def test_where_it_holds(text, where):
    condition = Condition(text, NAMES)
    assert condition.where(VALUES) == where
    assert condition.reads == set(NAMES) & set(re.findall(r"\w+", text))


def test_the_numbers_that_are_compared():
    condition = Condition("norm(dy)  > -1 and max(abs(o)) < 2", NAMES)
    assert condition.compared(VALUES | {"o": -VALUES["dy"]}) == {
        "norm(dy)": pytest.approx(5.25 ** 0.5), "max(abs(o))": 2.0}
    assert Condition("dy > L", NAMES).compared(VALUES) == {"L": 3.0}


def test_large_float32_numbers_do_not_overflow():
    assert Condition("norm(o) < 1e31", ["o"]).where({"o": np.full(4, 1e30, np.float32)}) == [()]


@pytest.mark.parametrize(("text", "part"), [
    ("", "`` is not understood; expected a comparison, such as `L > 1.5 * last`"),
    ("L", "`L` is not compared with anything"), ("norm(dy)", "not compared with anything"),
    ("L > 1 and last", "`last` is not compared with anything"),
    ("not L", "not compared"), ("|dy| > 1", "write `abs(...)` instead of `|`"),
    ("dy | 1", "write `abs(...)` instead of `|`"), ("L = 3", "write `==` instead of `=`"),
    ("L > 1 && L < 2", "write `and` instead of `&&`"), ("L > 1 || L < 2", "write `or` instead"),
    ("L ^ 2 > 1", "write `**` instead of `^`"), ("L > 1.5last", "is not understood"),
    ("norm > 1", "norm is a function of one number or array: norm(...)"),
    ("max(o, dy) > 1", "max is a function of one"), ("max(o, axis=1) > 1", "max is a function of"),
    ("nrom(dy) > 1", "no 'nrom' to ask about; did you mean norm? Possible is"),
    ("lost > 1", "did you mean last?"), ("dy == nan", "there is no 'nan' to ask about"),
    ("o[0] > 1", "`o[0]` cannot be in a condition"), ("o.size > 1", "`o.size` cannot be"),
    ("__import__('os').system('true') > 1", "cannot be in a condition"),
    ("(lambda: 1)() > 1", "cannot be in a condition"), ("True > L", "`True` cannot be"),
    ("L in o", "`L in o` cannot be"), ("'a' > L", "cannot be"), ("L > 1 if L else 2", "cannot be"),
    ("(" * 150 + "L > 1", "is not understood"), ("L\0 > 1", "is not understood"),
    ("1if 1else 2", "cannot be"), ("L > " * 60 + "1", f"at most {LONGEST}"),
])
def test_what_is_no_condition_gets_a_message(text, part):
    with pytest.raises(ValueError, match=re.escape(part)):
        Condition(text, NAMES)


def test_arrays_that_do_not_fit_are_an_error():
    with pytest.raises(ValueError, match=r"shape.*\(3,\).*\(2, ?2\)"):
        Condition("o > 1 and dy > 1", NAMES).value(VALUES | {"o": np.zeros(3)})
