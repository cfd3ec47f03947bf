"""`net.evaluate`: loss, error and confusion matrix."""

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.network import losses
from tinycnn.network.loss import loss_from_logits


def data(n=70):
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, 1, 11, 9)), rng.integers(0, 4, n)


def test_it_is_the_loss_the_error_and_the_counts():
    net, (x, t) = small_net(), data()
    found, predicted = net.evaluate(x, t), net.predict(x)
    assert found.loss == pytest.approx(loss_from_logits(net.forward(x).logits, t)[0], rel=1e-12)
    assert found.error == (predicted != t).mean()
    assert found.confusion.shape == (4, 4)
    for true in range(4):
        for label in range(4):
            assert found.confusion[true, label] == ((t == true) & (predicted == label)).sum()
    assert repr(found).splitlines()[0] == (f"Evaluation: loss {found.loss:.4g}, error "
                                           f"{found.error:.2%} (70 images with labels)")
    assert [int(n) for n in repr(found).splitlines()[3].split()] == [1, *found.confusion[1]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_labels_of_any_type_and_one_hot_rows_are_the_same(dtype):
    net, (x, t) = small_net(), data()
    expected = net.evaluate(x, t).confusion
    np.testing.assert_array_equal(net.evaluate(x, t.astype(dtype)).confusion, expected)
    rows = net.evaluate(x, np.eye(4)[t], losses.squared_error)
    np.testing.assert_array_equal(rows.confusion, expected)
    assert rows.loss == pytest.approx(((net.predict_proba(x) - np.eye(4)[t]) ** 2).mean())


def test_one_output_has_two_labels():
    net = tc.Network(flatten=tc.Flatten(), dense=tc.Dense(99, 1, rng=0)).astype(np.float64)
    x, t = data()[0], data()[1] % 2
    above = net.forward(x).y[:, 0] > 0
    found = net.evaluate(x, t)
    assert np.isnan(found.loss)             # no loss is known
    assert "loss not known" in repr(found)
    assert found.confusion.tolist() == [[(~above & (t == 0)).sum(), (above & (t == 0)).sum()],
                                        [(~above & (t == 1)).sum(), (above & (t == 1)).sum()]]


def test_targets_that_are_no_labels_have_a_loss_only():
    net, (x, _) = small_net(), data()
    t = np.random.default_rng(0).normal(size=(70, 4))
    found = net.evaluate(x, t, losses.squared_error)
    assert found.loss == pytest.approx(((net.predict_proba(x) - t) ** 2).mean())
    assert np.isnan(found.error)
    assert found.confusion.size == 0
    assert repr(found) == (f"Evaluation: loss {found.loss:.4g}, error not known (0 images with "
                           "labels)")


@pytest.mark.parametrize(("t", "loss", "words"), [
    (np.zeros(3, int), None, "a target for each of the 70 images"),
    (np.full(70, 4), None, "0 to 3"), (np.full(70, -1), None, "0 to 3"),
    (np.zeros((70, 3)), losses.squared_error, r"got \(70, 4\) and \(70, 3\)"),
    (np.zeros(70, int), lambda y, t: 1.0, "expected .L, ∂L/∂y.")])
def test_what_does_not_fit_is_refused(t, loss, words):
    with pytest.raises(tc.ShapeError, match=words):
        small_net().evaluate(data()[0], t, loss)


def test_an_unfrozen_batch_norm_is_refused():
    net = tc.Network(flatten=tc.Flatten(), norm=tc.BatchNorm(99), dense=tc.Dense(99, 4, rng=0),
                     softmax=tc.Softmax())
    with pytest.raises(ValueError, match=r"evaluate: this network has a BatchNorm.*frozen"):
        net.evaluate(*data())
