"""A thousand exercise sheets: each has work in it, and right answers stay right when rounded."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from tinycnn.stepper.tiny import DECIMALS, NOTE, TOLERANCE, page, tiny_stepper


def half_to_even(values):
    return np.round(values, DECIMALS)


def half_up(values):
    """As most people round; what is a half in decimals is seldom one in binary."""
    return np.sign(values) * np.floor(np.abs(values) * 1000 + 0.5 + 1e-9) / 1000


def unrounded(values):
    return values


def fill_in(given, rounded, short_cut=False):
    """All boxes of n sheets as students fill them in: from the given ones and their own.

    Args:
        given: input (n, 6, 6), conv.W (n, 3, 3), conv.b (n, 1), dense.W (n, 4, 2), dense.b (n, 2)
            and t (n,).
        rounded: what is done to each number before it is written down.
        short_cut: y - 1 at the true class, in place of the two factors of the last row.
    """
    x, w, b, v, c, t = given
    rows, image_windows = np.arange(len(x)), sliding_window_view(x, (3, 3), (1, 2))
    conv = rounded(b[..., None] + np.einsum("npqij,nij->npq", image_windows, w))
    tanh = rounded(np.tanh(conv))
    windows = by_window(tanh)
    pool = windows.max(2)
    dense = rounded(c + np.einsum("na,nak->nk", pool, v))
    y = rounded(np.exp(dense) / np.exp(dense).sum(1, keepdims=True))
    at_y = np.zeros_like(y)
    at_y[rows, t] = rounded(-1 / y[rows, t])
    slopes = y[:, :, None] * (np.eye(2) - y[:, None, :])
    at_dense = rounded(y - np.eye(2)[t] if short_cut else np.einsum("nk,nkj->nj", at_y, slopes))
    at_pool = rounded(np.einsum("nk,nak->na", at_dense, v))
    at_tanh = by_window(np.where(windows == pool[..., None], at_pool[..., None], 0))
    at_conv = rounded(at_tanh * (1 - tanh ** 2))
    at_input = np.zeros_like(x)
    for p, q in np.ndindex(4, 4):
        at_input[:, p:p + 3, q:q + 3] += at_conv[:, p, q, None, None] * w
    return {"conv": conv, "tanh": tanh, "pool": pool.reshape(-1, 2, 2), "dense": dense, "y": y,
            "L": rounded(-np.log(y[rows, t])), "dL/dy": at_y, "dL/ddense": at_dense,
            "dL/ddense.W": rounded(pool[..., None] * at_dense[:, None, :]),
            "dL/dpool": at_pool.reshape(-1, 2, 2), "dL/dtanh": at_tanh, "dL/dconv": at_conv,
            "dL/dconv.W": rounded(np.einsum("npq,npqij->nij", at_conv, image_windows)),
            "dL/dconv.b": rounded(at_conv.sum((1, 2))), "dL/dinput": rounded(at_input)}


def by_window(units):
    """(n, 4, 4) -> (n, 4 windows, 4 units), in reading order; the same again brings them back."""
    return units.reshape(-1, 2, 2, 2, 2).swapaxes(2, 3).reshape(-1, 4, 4)


@pytest.fixture(scope="module")
def given():
    steppers = [tiny_stepper(seed) for seed in range(1000)]
    images = np.array([stepper.forward_pass()["input"][0, 0] for stepper in steppers])
    arrays = [np.array([stepper.net.params[name] for stepper in steppers])
              for name in ("conv.W", "conv.b", "dense.W", "dense.b")]
    return images, arrays[0][:, 0, 0], *arrays[1:], np.array([s.t[0] for s in steppers])


@pytest.fixture(scope="module")
def solution(given):
    return fill_in(given, unrounded)


def test_the_solution_is_the_one_that_is_printed(solution):
    for seed in range(0, 1000, 200):
        boxes = {box.name: box.values for row in page(tiny_stepper(seed)) for box in row.boxes}
        for name, values in solution.items():
            layer, _, parameter = name.removeprefix("dL/d").partition(".")
            if parameter:
                box = boxes[f"dL/d{layer}.W, then b"]
                box = box[-1, 0] if parameter == "b" else box[:-1]
            else:
                box = boxes[name]
            np.testing.assert_allclose(np.squeeze(box), values[seed], 1e-9, 1e-12, err_msg=name)


@pytest.mark.parametrize("rounded", [half_to_even, half_up])
@pytest.mark.parametrize("short_cut", [False, True])
def test_going_on_with_rounded_numbers_is_right(given, solution, rounded, short_cut):
    """In every box of every sheet; half a unit of the last place is kept in reserve."""
    for name, values in fill_in(given, rounded, short_cut).items():
        worst = np.abs(values - half_to_even(solution[name])).max()
        assert worst <= TOLERANCE - 0.5 * 10 ** -DECIMALS, f"{name}: {worst}"


def test_every_sheet_has_work_in_all_four_windows(solution):
    """A gradient at four units of conv, clearly not 0, and no other; hardly a 0 further on."""
    at_conv = np.abs(half_to_even(solution["dL/dconv"]))
    assert ((at_conv > 0).sum((1, 2)) == 4).all()
    assert at_conv[at_conv > 0].min() >= 0.05
    assert np.abs(solution["dL/ddense.W"]).min() > TOLERANCE
    assert (half_to_even(solution["dL/dconv.W"]) == 0).sum((1, 2)).max() <= 3
    assert (half_to_even(solution["dL/dinput"]) != 0).sum((1, 2)).min() >= 12
    assert np.abs(solution["tanh"]).max() < 0.93
    assert solution["y"].min() >= 0.25


def test_no_sheet_depends_on_a_last_decimal(given):
    """The largest of a window, and the order of the four, are the same with rounded numbers."""
    boxes = fill_in(given, half_to_even)
    windows = np.sort(by_window(boxes["tanh"]), 2)
    assert (windows[..., 3] - windows[..., 2]).min() > TOLERANCE
    pooled = np.sort(np.hstack([boxes["pool"].reshape(-1, 4), np.zeros((1000, 1))]), 1)
    assert np.diff(pooled).min() > TOLERANCE


def test_all_sheets_are_the_same_amount_of_work_and_no_two_are_alike(given):
    x, w, *_ = given
    assert (w != 0).all()
    products = (sliding_window_view(x, (3, 3), (1, 2)) != 0).sum((1, 2, 3, 4))
    assert products.min() >= 0.75 * products.mean()
    assert products.max() <= 1.25 * products.mean()
    assert len(np.unique(np.hstack([x.reshape(1000, -1), w.reshape(1000, -1)]), axis=0)) == 1000


def test_the_note_says_the_tolerance():
    assert f"{TOLERANCE} more or less is right" in NOTE
    assert DECIMALS == 3
    assert "three decimals" in NOTE
