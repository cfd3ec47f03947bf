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


def test_curves_leave_what_is_missing_open():
    curve = Numbers(ROWS).curve("knockout", "error", subject="a, b", option="strongest")
    np.testing.assert_array_equal(curve, [[0.1, 1 / 3, np.nan], [0.5, np.nan, 0.75]])


def test_subjects_in_the_order_of_measurement():
    assert Numbers(ROWS).subjects("knockout", "error") == ["a, b"]
    assert Numbers(ROWS).subjects("knockout", "error", "weakest") == []
