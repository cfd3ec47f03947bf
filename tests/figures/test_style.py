import subprocess
import sys

import numpy as np
import pytest

from tinycnn.figures import knockout_errors, save
from tinycnn.figures.style import axes_at, draw_image, new_figure, new_page, palette, text_width


@pytest.mark.parametrize("n", [1, 2, 15, 40])
def test_palette_has_no_two_lines_alike(n):
    lines = palette(n)
    assert len(lines) == n
    assert len({str(line) for line in lines}) == n


def test_palette_goes_on_beyond_its_last_pair():
    assert len(palette(100)) == 100


def test_the_same_figure_gives_the_same_bytes_and_other_data_other_bytes(tmp_path):
    def draw(name, error):
        curve = {"class_error": [0, error], "overall_error": [0, 1]}
        save(knockout_errors({7: {"strongest": curve, "weakest": curve}}), tmp_path / name)
        return (tmp_path / name).read_bytes()

    first = draw("a.png", 0.5)
    assert first == draw("b.png", 0.5)
    assert first != draw("c.png", 0.6)
    assert b"matplotlib" not in first.lower()


def test_axes_stand_where_the_ruler_says():
    box = axes_at(new_figure(10, 5), 1, 0.5, 4, 2).get_position()
    np.testing.assert_allclose(box.bounds, (0.1, 0.5, 0.4, 0.4))


@pytest.mark.parametrize(("image", "limits"), [
    (np.array([[0.2, 0.4]]), (0, 1)),                   # grey levels keep their meaning
    (np.array([[-3.0, 5.0]]), (-3, 5)),                 # a standardised image uses all greys
    (np.full((2, 2), np.nan), (0, 1)),
])
def test_grey_scale_of_an_image(image, limits):
    _, page = new_page(2, 2)
    assert draw_image(page, image, 0, 0, 1).get_clim() == limits


def test_images_keep_their_proportions_and_the_page_its_ruler():
    _, page = new_page(4, 6)
    image = draw_image(page, np.zeros((30, 20)), 1, 2, 1)
    assert list(image.get_extent()) == [1, 2, 3.5, 2]
    assert (page.get_xlim(), page.get_ylim()) == ((0, 4), (6, 0))


def test_text_width_is_that_of_the_drawn_text(drawn):
    fig, page = new_page(5, 1)
    page.text(0.5, 0.5, "George W Bush", fontsize=9)
    (_, box), = drawn(fig).texts
    assert box.width / fig.dpi == pytest.approx(text_width("George W Bush", 9), rel=0.05)


def test_figures_need_no_pyplot():
    code = "import sys, tinycnn.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
