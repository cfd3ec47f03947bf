"""The tiny network: one page, checked by hand, and the sheets that are made from it."""

import math
import re

import numpy as np
import pytest

from tinycnn.commands.main import main
from tinycnn.stepper.tiny import page, page_text, tiny_stepper

ALL_NAMES = {"input", "conv.W, then b", "conv", "tanh", "pool", "dense.W, then b", "dense", "t",
             "y", "L", "dL/dy", "dL/ddense", "dL/ddense.W, then b", "dL/dpool", "dL/dtanh",
             "dL/dconv",
             "dL/dconv.W, then b", "dL/dinput"}


def boxes(seed):
    return {box.name: box for row in page(tiny_stepper(seed)) for box in row.boxes}


@pytest.mark.parametrize("seed", range(5))
def test_every_number_is_what_one_gets_by_hand(seed):
    """From the given boxes only, with loops as a student would; to the three printed decimals."""
    box = boxes(seed)
    assert set(box) == ALL_NAMES
    x, filter_ = box["input"].values, box["conv.W, then b"].values
    W, b = filter_[:3], filter_[3, 0]
    V, c = box["dense.W, then b"].values[:4], box["dense.W, then b"].values[4]
    t = int(box["t"].values[0, 0])
    conv = [[b + sum(W[i, j] * x[p + i, q + j] for i in range(3) for j in range(3))
             for q in range(4)] for p in range(4)]
    tanh = [[math.tanh(s) for s in row] for row in conv]
    pool = [[max(tanh[2 * p + i][2 * q + j] for i in range(2) for j in range(2))
             for q in range(2)] for p in range(2)]
    flat = [*pool[0], *pool[1]]
    dense = [c[k] + sum(V[a, k] * flat[a] for a in range(4)) for k in range(2)]
    y = [math.exp(d) / sum(map(math.exp, dense)) for d in dense]
    ddense = [y[k] - (k == t) for k in range(2)]
    dflat = [sum(ddense[k] * V[a, k] for k in range(2)) for a in range(4)]
    dtanh, dconv = np.zeros((4, 4)), np.zeros((4, 4))
    for p in range(4):
        for q in range(4):
            if tanh[p][q] == pool[p // 2][q // 2]:
                dtanh[p, q] = dflat[2 * (p // 2) + q // 2]
            dconv[p, q] = dtanh[p, q] * (1 - tanh[p][q] ** 2)
    dW = [[sum(dconv[p, q] * x[p + i, q + j] for p in range(4) for q in range(4))
           for j in range(3)] for i in range(3)]
    dx = np.zeros((6, 6))
    for p in range(4):
        for q in range(4):
            dx[p:p + 3, q:q + 3] += dconv[p, q] * W
    expected = {"conv": conv, "tanh": tanh, "pool": pool, "dense": [dense], "y": [y],
                "L": [[-math.log(y[t])]], "dL/dy": [[-1 / y[k] if k == t else 0 for k in range(2)]],
                "dL/ddense": [ddense], "dL/dpool": np.reshape(dflat, (2, 2)), "dL/dtanh": dtanh,
                "dL/dconv": dconv, "dL/dinput": dx,
                "dL/dconv.W, then b": [*dW, [dconv.sum(), np.nan, np.nan]],
                "dL/ddense.W, then b": [*[[f * d for d in ddense] for f in flat], ddense]}
    assert set(expected) == {name for name in box if not box[name].given}
    for name, values in expected.items():
        np.testing.assert_allclose(box[name].values, values, 1e-9, 1e-12, err_msg=name)
        for i, j in np.ndindex(*box[name].values.shape):
            printed = box[name].text(i, j)
            if printed:
                assert abs(float(printed) - np.asarray(values)[i][j]) <= 0.0005 + 1e-12


def test_given_numbers_are_round_and_printed_in_full():
    for seed in range(20):
        for box in boxes(seed).values():
            for i, j in np.ndindex(*box.values.shape):
                if box.given and not np.isnan(box.values[i, j]):
                    assert float(box.text(i, j)) == pytest.approx(box.values[i, j], abs=1e-12)


def test_the_page_fits_on_a_screen_of_80_columns_and_on_one_sheet():
    for seed in range(30):
        lines = page_text(page(tiny_stepper(seed)), solved=True).splitlines()
        assert max(map(len, lines)) <= 79
        assert len(lines) <= 60


@pytest.mark.parametrize("solved", [False, True])
def test_the_command_prints_the_page_and_explains_its_numbers(tmp_path, capsys, solved):
    script = tmp_path / "commands.txt"
    script.write_text("continue\nexplain conv[0,1,0]\nexplain dense.W[2,1]\n", encoding="utf-8")
    options = ["--solution"] * solved
    assert main(["step", "--tiny", *options, "--seed", "4", "--commands", str(script)]) == 0
    printed = capsys.readouterr().out
    assert page_text(page(tiny_stepper(4)), solved) in printed
    assert printed.count("They agree.") == 2


def test_the_open_page_has_the_given_numbers_and_a_place_for_each_of_the_others():
    sheet = page(tiny_stepper(2))
    counts = {given: sum(box.text(i, j) != "" for row in sheet for box in row.boxes
                         if box.given is given for i, j in np.ndindex(*box.values.shape))
              for given in (True, False)}
    text, solved = page_text(sheet, solved=False), page_text(sheet, solved=True)
    numbers = r"(?<!\S)-?\d+(\.\d+)?(?!\S)"
    assert text.count("______") == counts[False]
    assert "___" not in solved
    formulas = {f"  {formula}" for row in sheet for formula in row.formulas}
    found = [[number for line in part.split("\n\n", 1)[1].splitlines()       # without the note
              if line not in formulas for number in re.findall(numbers, line)]
             for part in (text, solved)]
    assert [len(part) for part in found] == [counts[True], sum(counts.values())]


@pytest.mark.parametrize("suffix", ["pdf", "png"])
def test_sheets_come_with_their_solution(tmp_path, capsys, suffix):
    sheet = tmp_path / f"hw.{suffix}"
    assert main(["step", "--tiny", "--seed", "3", "--sheet", str(sheet)]) == 0
    solution = tmp_path / f"hw-solution.{suffix}"
    assert capsys.readouterr().out == f"{sheet} and {solution}\n"
    start = {"pdf": b"%PDF", "png": b"\x89PNG"}[suffix]
    assert sheet.read_bytes().startswith(start)
    assert solution.read_bytes().startswith(start)
    assert solution.stat().st_size > sheet.stat().st_size
    first = sheet.read_bytes()
    main(["step", "--tiny", "--seed", "3", "--sheet", str(sheet)])
    assert sheet.read_bytes() == first                              # the same seed, the same sheet
    main(["step", "--tiny", "--seed", "4", "--sheet", str(sheet)])
    assert sheet.read_bytes() != first


def test_a_blank_sheet_has_the_given_numbers_and_no_others(monkeypatch):
    from tinycnn.figures import worksheet
    sheet = page(tiny_stepper(2))

    def printed(solved):
        (axes,) = worksheet(sheet, "Exercise sheet 2", solved).axes
        return [text.get_text() for text in axes.texts]

    given = sum(box.text(i, j) != "" for row in sheet for box in row.boxes if box.given
                for i, j in np.ndindex(*box.values.shape))
    asked = sum(box.text(i, j) != "" for row in sheet for box in row.boxes if not box.given
                for i, j in np.ndindex(*box.values.shape))
    assert len(printed(True)) - len(printed(False)) == asked
    numbers = [text for text in printed(False) if text.lstrip("-").replace(".", "").isdigit()]
    assert len(numbers) == given


def test_nothing_overlaps_and_nothing_leaves_the_sheet():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from tinycnn.figures import worksheet
    for seed in range(6):
        fig = worksheet(page(tiny_stepper(seed)), f"Exercise sheet {seed}", True)
        FigureCanvasAgg(fig).draw()
        renderer = fig.canvas.get_renderer()
        extents = [text.get_window_extent(renderer) for text in fig.axes[0].texts]
        width, height = fig.get_size_inches() * fig.dpi
        margin = 0.4 * fig.dpi
        for i, a in enumerate(extents):
            assert a.x0 > margin and a.x1 < width - margin  # noqa: PT018
            assert a.y0 > margin and a.y1 < height - margin  # noqa: PT018
            for b in extents[:i]:
                assert not (a.x0 < b.x1 - 1 and b.x0 < a.x1 - 1
                            and a.y0 < b.y1 - 1 and b.y0 < a.y1 - 1)


@pytest.mark.parametrize(("arguments", "part"), [
    (["--sheet", "hw.pdf"], "give --tiny as well"),
    (["--tiny", "--sheet", "hw.docx"], "ends in .pdf or .png"),
    (["--tiny", "--sheet", "nowhere/hw.pdf"], "nowhere"),
])
def test_a_sheet_that_cannot_be_made_is_an_error(tmp_path, monkeypatch, capsys, arguments, part):
    monkeypatch.chdir(tmp_path)
    assert main(["step", *arguments]) == 1
    assert part in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
