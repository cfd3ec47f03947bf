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
    ([HEADER, f"1,{PIXELS}", f"0,{PIXELS[:-3]}"], "line 3: expected 21 columns .* got 20"),
    ([f"1,{PIXELS}", "", f"0,{PIXELS},3"], "line 3: expected 20 pixels, .* got 21"),
    ([HEADER, f"1,{PIXELS}", f"0,{PIXELS[:-2]}x"], "line 3: .* got 'x' as number 20 of 20"),
    ([HEADER, f"1,{PIXELS}", f"0,{PIXELS[:-2]}"], "line 3: .* got '' as number 20 of 20"),
    ([HEADER, f"1,{PIXELS}", f"0,{PIXELS[:-2]}1 2"], "line 3: .* got '1 2' as number 20 of 20"),
    (["emotion,pixels", '0,"1 2 3 4"', '1,"1 2 x 4"'], "line 3: .* got 'x' as number 3 of 4"),
    (["emotion,pixels", '0,"1 2 3 4"', "1"], "line 3: expected 2 columns"),
    (["emotion,pixels"], "a header only"),
    ([f"class,{HEADER}", f"1,1,{PIXELS}"], "one column of labels, got 'class' and 'label'"),
])
def test_the_line_is_named(tmp_path, lines, words):
    with pytest.raises(DataError, match=f"a.csv.*{words}"):
        read_table(table(tmp_path, *lines))


@pytest.mark.parametrize("name", ["{}", "p{}", "1x{}"])
def test_a_label_is_the_column_that_is_called_otherwise(tmp_path, name):
    """Numbers as a header are no image, too."""
    header = ",".join(["what", *(name.format(i) for i in range(20))])
    read = read_table(table(tmp_path, header, f"ann,{PIXELS}", f"bob,{PIXELS}"))
    assert read.labels.tolist() == ["ann", "bob"]
    assert read.images.tolist() == [[*range(20)]] * 2
    assert read.notes == ["the column 'what' is read as the labels"]


def test_a_first_image_that_pandas_took_for_a_header(tmp_path):
    """As the letters A to Z on Kaggle: equal numbers are numbered."""
    read = read_table(table(tmp_path, "0,0.1,0.2,7," + ",".join(f"0.{i}" for i in range(3, 16))
                            + ",7.1,8", "1," + PIXELS.removesuffix(",19")[:-3]))
    assert read.images[0].tolist() == [0, 0, 7, *[0] * 13, 7, 8]
    assert read.labels.tolist() == ["0", "1"]


def test_without_a_column_of_labels_there_are_none(tmp_path):
    assert read_table(table(tmp_path, HEADER.removeprefix("label,"), PIXELS)).labels is None
    with pytest.raises(DataError, match=r"none with them.*the columns is called label: 'p0', 'p1'"):
        read_arrays(tmp_path / "a.csv")


def test_quoted_names_with_commas(tmp_path):
    read = read_table(table(tmp_path, HEADER, f'"Bush, George",{PIXELS}', f"Ann,{PIXELS}"))
    assert read.labels.tolist() == ["Bush, George", "Ann"]
    assert read.images.shape == (2, 20)


def test_fractions_and_large_numbers_keep_their_value(tmp_path):
    path = table(tmp_path, HEADER, f"1,{PIXELS}", f"1,0.5,300,{PIXELS[4:]}")
    assert read_table(path).images[1, :2].tolist() == [0.5, 300]
