import csv

import numpy as np

from tinycnn.output.csv_file import write_csv


def test_what_is_written_can_be_read_back(tmp_path):
    path = tmp_path / "table.csv"
    value = np.float64(1) / 3
    write_csv(path, ["identity", "note", "gradient"],
              [["7", 'a "quoted", word', value], ["Zoë", "two\nlines", np.float32(0.1)],
               [8, None, np.int64(3)]])
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["identity", "note", "gradient"]
    assert rows[1] == ["7", 'a "quoted", word', "0.3333333333333333"]
    assert float(rows[1][2]) == value
    assert rows[2:] == [["Zoë", "two\nlines", "0.1"], ["8", "", "3"]]
