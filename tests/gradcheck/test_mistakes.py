"""The known mistakes: each is named, can be told from the others, and is a mistake."""

import numpy as np
import pytest

from tinycnn.gradcheck.causes import CAUSES
from tinycnn.gradcheck.compare import is_same
from tinycnn.gradcheck.kinds import cases, suite_of
from tinycnn.gradcheck.mistakes import guesses
from tinycnn.layers.kinds import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_guesses_have_one_name_each_and_a_sentence(kind):
    for case in cases(kind):
        names = [(g.key, g.detail, g.quantity) for g in guesses(case)]
        assert len(set(names)) == len(names), [n for n in names if names.count(n) > 1]
        for key, _, quantity in names:
            assert "{q}" in (CAUSES | suite_of(kind).causes)[key]
            assert quantity in case.right


@pytest.mark.parametrize("kind", KINDS)
def test_nearly_every_guess_is_wrong_somewhere_in_the_grid(kind):
    names, wrong = set(), set()
    for case in cases(kind):
        for g in guesses(case):
            name = (g.key, g.detail, g.quantity)
            names.add(name)
            if g.array is not None and not is_same(np.nan_to_num(g.array), case.right[g.quantity]):
                wrong.add(name)
    # Some changes do nothing to some layers: max(0, .) before a ReLU, the order of images in db.
    assert len(wrong) > 0.9 * len(names), sorted(names - wrong)


def test_the_right_answers_are_not_touched():
    for kind in KINDS:
        for case in cases(kind)[:3]:
            before = {q: a.copy() for q, a in case.right.items()}
            x, dy = case.x.copy(), case.dy.copy()
            assert any(g.array is not None for g in guesses(case))
            for g in guesses(case):
                _ = g.array
            np.testing.assert_array_equal(case.x, x)
            np.testing.assert_array_equal(case.dy, dy)
            for q, a in case.right.items():
                np.testing.assert_array_equal(a, before[q])
