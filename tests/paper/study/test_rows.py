"""The tidy table of a study: written, read, and asked."""

import numpy as np
import pytest

from tinycnn.paper.study.rows import Numbers, read_rows, row, write_rows

ROWS = [
    row(1, "knockout", "error", 0.5, subject="a, b", option="strongest", step=0),
    row(1, "knockout", "error", 0.75, subject="a, b", option="strongest", step=10),
    row(0, "knockout", "error", 0.1, subject="a, b", option="strongest", step=0),
    row(0, "knockout", "error", 1 / 3, subject="a, b", option="strongest", step=2),
    row(0, "knockout", "error", 0.9, subject="a, b", option="strongest", step=0, identity="7"),
    row(0, "units", "gradient", np.nan, feature="1, 5"),
]


def test_what_is_written_is_read(tmp_path):
    write_rows(tmp_path / "rows.csv", ROWS)
    again = read_rows(tmp_path / "rows.csv")
    assert again[:-1] == ROWS[:-1]                      # numbers (with all digits) and words
    assert again[-1][:-1] == ROWS[-1][:-1]
    assert np.isnan(again[-1].value)


@pytest.mark.parametrize(("text", "words"), [
    ("", "first line"), ("a,b\n1,2\n", "first line"),
    ("seed,analysis,subject,option,identity,feature,step,quantity,value\n0,a,b\n", "damaged"),
    ("seed,analysis,subject,option,identity,feature,step,quantity,value\n0,a,b,c,,,,e,x\n",
     "damaged")])
def test_what_is_no_table_is_refused(tmp_path, text, words):
    path = tmp_path / "rows.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_rows(path)


def test_one_number_for_each_seed():
    numbers = Numbers(ROWS)
    where = {"subject": "a, b", "option": "strongest"}
    np.testing.assert_array_equal(numbers.find("knockout", "error", **where, step=0), [0.1, 0.5])
    np.testing.assert_array_equal(numbers.find("knockout", "error", **where, step=10), [0.75])
    np.testing.assert_array_equal(numbers.find("knockout", "error", **where, step=0, identity="7"),
                                  [0.9])
    assert len(numbers.find("knockout", "error", step=0)) == 0


def test_numbers_of_the_same_networks_stand_side_by_side():
    rng = np.random.default_rng(0)
    values = rng.random((6, 3))
    rows = [row(seed, "knockout", quantity, values[seed, i], subject="gradient", step=4)
            for seed in (5, 0, 3, 2) for i, quantity in enumerate(("a", "b", "c"))
            if (seed, quantity) not in {(0, "b"), (5, "a"), (5, "c")}]
    expected = values[[0, 2, 3, 5]]
    expected[[0, 3, 3], [1, 0, 2]] = np.nan
    found = Numbers(rows).together("knockout", ("c", "a", "b"), subject="gradient", step=4)
    np.testing.assert_array_equal(found, expected[:, [2, 0, 1]])
    assert Numbers(rows).together("knockout", ("a", "b"), subject="gradient").shape == (0, 2)
    np.testing.assert_array_equal(Numbers(rows).find("knockout", "a", subject="gradient", step=4),
                                  expected[:3, 0])


def test_numbers_are_in_the_order_of_the_seeds():
    seeds = [64, 9, 1000, 3, 17, 2]
    numbers = Numbers([row(seed, "knockout", "error", seed) for seed in seeds])
    np.testing.assert_array_equal(numbers.find("knockout", "error"), sorted(seeds))


@pytest.mark.parametrize(("wrong", "idle"), [
    ([0.46, 0.47, 0.9, 0.0, 0.93], {1, 2, 4}), ([0.1, 0.465], set())])
def test_who_is_wrong_more_than_half_as_often_as_always_the_same_answer_has_not_learnt(wrong, idle):
    rows = [row(seed, "training", "error", error, option="all")
            for seed, error in enumerate(wrong)]
    rows += [row(seed, "training", "error", 0.93, option="always the same answer")
             for seed in range(len(wrong))]
    rows += [row(0, "training", "error", 0.9, option="test"),
             row(0, "training", "at most 4.88 %", 1, option="all")]
    assert Numbers(rows).idle == idle


def test_curves_leave_what_is_missing_open():
    curve = Numbers(ROWS).curve("knockout", "error", subject="a, b", option="strongest")
    np.testing.assert_array_equal(curve, [[0.1, 1 / 3, np.nan], [0.5, np.nan, 0.75]])


def test_subjects_in_the_order_of_measurement():
    assert Numbers(ROWS).subjects("knockout", "error") == ["a, b"]
    assert Numbers(ROWS).subjects("knockout", "error", "weakest") == []
