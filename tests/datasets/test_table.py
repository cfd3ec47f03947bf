"""Tables of pixels that are not as they should be: the error names the line."""

import pytest

from tinycnn.datasets.arrays import read_arrays
from tinycnn.datasets.table import is_table, read_table
from tinycnn.layers.errors import DataError

PIXELS = ",".join(map(str, range(20)))
HEADER = "label," + ",".join(f"p{i}" for i in range(20))


def table(tmp_path, *lines):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines))
    assert is_table(path)
    return path


@pytest.mark.parametrize(("lines", "words"), [
    ([HEADER, f"1,{PIXELS}", f"0,{PIXELS[:-3]}"], "line 3: .* 20 columns where the first .* 21"),
    ([f"1,{PIXELS}", "", f"0,{PIXELS},3"], "line 3: .* 22 columns where the first line has 21"),
    ([HEADER, f"1,{PIXELS}", f"0,{PIXELS[:-2]}x"], "line 3: .* string to float: 'x'"),
    ([HEADER, f"1,{PIXELS}", f"0,{PIXELS[:-2]}"], "line 3: .* string to float: ''.* missing"),
    ([HEADER, f"1,{PIXELS}", f"0,{PIXELS[:-2]}1 2"], "line 3: .* '1 2'"),
    (["emotion,pixels", '0,"1 2 3 4"', '1,"1 2 x 4"'], "line 3: .* 'x'"),
    (["emotion,pixels", '0,"1 2 3 4"', '1,"1 2 4"'], "line 3: .* 3 pixels where others have 4"),
    (["emotion,pixels", '0,"1 2 3 4"', "1"], "line 3: .* 1 columns"),
    (["emotion,pixels"], "a header only"),
    ([f"class,{HEADER}", f"1,1,{PIXELS}"], "one column of labels, got 'class' and 'label'"),
    ([f"set,usage,{HEADER}", f"train,test,1,{PIXELS}"], "got 'label', 'set' and 'usage'"),
    # As the letters A to Z on Kaggle, whose equal numbers pandas has numbered.
    (["0,0.1,0.2,7," + ",".join(f"0.{i}" for i in range(3, 19))] + [f"1,{PIXELS[2:]}"] * 2,
     "in the first image as in the next.*pandas took it for a header"),
])
def test_the_line_is_named(tmp_path, lines, words):
    with pytest.raises(DataError, match=f"a.csv.*{words}"):
        read_table(table(tmp_path, *lines))


def test_without_a_column_of_labels_there_are_none(tmp_path):
    assert read_table(table(tmp_path, HEADER.removeprefix("label,"), PIXELS)).labels is None
    with pytest.raises(DataError, match=r"none with them.*the columns is called label: 'p0', 'p1'"):
        read_arrays(tmp_path / "a.csv")


def test_the_column_of_names_is_the_label(tmp_path):
    lines = [HEADER.replace("label", "name"), f"ann,{PIXELS}", f"bob,{PIXELS}"]
    assert read_table(table(tmp_path, *lines)).labels.tolist() == ["ann", "bob"]


def test_quoted_names_with_commas(tmp_path):
    read = read_table(table(tmp_path, HEADER, f'"Bush, George",{PIXELS}', f"Ann,{PIXELS}"))
    assert read.labels.tolist() == ["Bush, George", "Ann"]
    assert read.images.shape == (2, 20)


def test_fractions_and_large_numbers_keep_their_value(tmp_path):
    path = table(tmp_path, HEADER, f"1,{PIXELS}", f"1,0.5,300,{PIXELS[4:]}")
    assert read_table(path).images[1, :2].tolist() == [0.5, 300]
