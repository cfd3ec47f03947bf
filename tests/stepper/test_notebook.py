"""The HTML reprs: in a notebook that is run, and as well-formed HTML that needs nothing else."""

import base64
import html.parser
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.output.notebook import colours, picture

CELLS = """
import tinycnn as tc
faces = tc.drawn_faces(people=2)
stepper = tc.Stepper(tc.face_net(2), faces.images[3], faces.labels[3])
stepper
---
stepper.next()
---
stepper.run(); stepper.trace
---
stepper.explain("tanh1", (0, 4, 21, 13))
---
stepper.explain("conv1.W", (0, 0, 1, 1))
---
stepper.knock("tanh1", 2)
---
stepper.factors("conv1")
---
trace = stepper.net.forward(faces.images[:2])
stepper.net.backward(trace, [[1, 0], [0, 1]])
"""


class Checker(html.parser.HTMLParser):
    """Collects text and pictures; fails on tags that do not nest and on external content."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.pictures = [], "", []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        assert tag not in ("script", "link", "iframe", "style")
        assert not any(name.startswith("on") for name in attributes)
        if tag == "img":
            kind, _, data = attributes["src"].partition(",")
            assert kind == "data:image/png;base64"
            self.pictures.append(Image.open(io.BytesIO(base64.b64decode(data))))
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data + " "


def test_a_notebook_shows_tables_and_pictures():
    nbformat = pytest.importorskip("nbformat", reason="pip install -e '.[dev]'")
    nbclient = pytest.importorskip("nbclient", reason="pip install -e '.[dev]'")
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS.split("---")]
    nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
    shown = []
    for cell in book.cells:
        (output,) = cell.outputs
        assert output.output_type == "execute_result", output
        shown.append(Checker(output.data["text/html"]))
        assert "0x" not in output.data["text/plain"]        # no address: it has its own repr
    stepper, step, trace, unit, weight, effect, factors, back = shown
    assert "0 of 39 steps are done" in stepper.text
    assert "forward conv1" in step.text
    assert [p.size for p in step.pictures] == [     # the image, five filters, five maps
        (60, 60), (5 * 40 + 4 * 3, 40), (5 * 56 + 4 * 3, 56)]
    assert len(trace.pictures) == 15
    assert "where it comes from" in unit.text
    assert "They agree." in unit.text
    assert "They agree." in weight.text
    assert "tanh1[:,2] times 0" in effect.text
    assert "the same as training computes" in factors.text
    assert len(back.pictures) == 15
    assert len(json.dumps(book)) < 1_000_000    # small enough to mail


@pytest.mark.parametrize("what", ["stepper", "step", "trace", "explanation", "effect", "factors"])
def test_reprs_are_well_formed_and_say_what_the_text_says(what):
    stepper = tc.Stepper(every_kind(), *images(2))
    stepper.run("backward conv1")
    thing = {"stepper": lambda: stepper, "step": lambda: stepper.step,
             "trace": lambda: stepper.trace,
             "explanation": lambda: stepper.explain("pool1", (1, 2, 1, 1)),
             "effect": lambda: stepper.knock("conv2", 1),
             "factors": lambda: stepper.factors("conv2")}[what]()
    checked = Checker(thing._repr_html_())
    if hasattr(thing, "text"):
        numbers = re.findall(r"-?\d+\.\d{3,}", thing.text)
        found = set(re.findall(r"-?\d+\.\d{3,}", checked.text))
        assert sum(number in found for number in numbers) >= 0.9 * len(numbers) > 0


def test_names_are_escaped():
    class Odd(tc.Tanh):
        def forward(self, x):
            """o = a < b & <script>alert(1)</script>"""
            return super().forward(x)

        def __repr__(self):
            return "<Odd>"

    net = every_kind()
    stepper = tc.Stepper(tc.Network(net.input_shape, **{**net.layers, "tanh1": Odd()}), *images(1))
    stepper.run(2)
    assert "<Odd>" in Checker(stepper._repr_html_()).text


def test_a_picture_has_the_maps_in_their_colours():
    maps = np.zeros((2, 3, 4))
    maps[0, 0, 0], maps[1, 2, 3], maps[1, 0, 0] = -2, 2, np.nan
    shown = np.array(Checker(picture(maps)).pictures[0])
    scale = shown.shape[0] // 3
    middle = scale // 2
    assert tuple(shown[middle, middle]) == (0, 114, 178)                    # the lowest: blue
    assert tuple(shown[-middle - 1, -middle - 1]) == (213, 94, 0)           # the highest: orange
    assert tuple(shown[middle, 4 * scale + 3 + middle]) == (204, 121, 167)  # NaN: purple
    assert tuple(shown[middle + scale, middle]) == (250, 250, 250)          # zero: white


def test_numbers_without_a_sign_are_grey():
    assert colours(np.array([0, 1, 2.0])).tolist() == [[0] * 3, [128] * 3, [255] * 3]
    assert colours(np.zeros((2, 2))).max() == 0
