"""Multiply-adds and bytes, counted by hand for one small network."""

import pytest

import tinycnn as tc
from tinycnn.bench import bound
from tinycnn.bench.bound import Rates
from tinycnn.bench.work import ImageWork, Work

CONV1, CONV2, DENSE = 2 * 9 * (6 * 5), 3 * 2 * 4 * (2 * 1), 6 * 4
OUT1, POOL, OUT2 = 2 * 6 * 5, 2 * 3 * 2, 3 * 2 * 1
BYTES = 4


@pytest.fixture
def work():
    net = tc.Network((1, 8, 7), conv1=tc.Conv2D(1, 2, 3), tanh1=tc.Tanh(), pool1=tc.MaxPool2D(2),
                     conv2=tc.Conv2D(2, 3, 2), tanh2=tc.Tanh(), flatten=tc.Flatten(),
                     dense=tc.Dense(6, 4), softmax=tc.Softmax())
    return ImageWork(net)


def test_a_forward_pass(work):
    assert work.forward() == Work(CONV1 + CONV2 + DENSE, BYTES * (2 * OUT1 + POOL + 2 * OUT2 + 8))
    assert work.forward(after="pool1") == Work(CONV2 + DENSE, BYTES * (2 * OUT2 + 8))


def test_an_epoch_has_no_gradient_at_the_images(work):
    parameters = 2 * 9 + 2 + 3 * 2 * 4 + 3 + 6 * 4 + 4
    assert work.epoch(10, batch_size=4) == Work(
        10 * (2 * CONV1 + 3 * CONV2 + 3 * DENSE),
        10 * BYTES * (3 * OUT1 + 2 * (POOL + 2 * OUT2 + 8)) + 3 * BYTES * parameters)


def test_gradients_of_k_classes_are_one_pass_forward_and_k_back(work):
    assert work.gradients(5, "tanh1", classes=4).multiply_adds == 5 * (
        CONV1 + CONV2 + DENSE + 4 * (CONV2 + DENSE))


def test_knockouts_need_each_layer_once_for_each_state_of_what_is_before_it(work):
    orders = [[("tanh1", 0), ("tanh2", 1)], [("tanh1", 0), ("tanh1", 1)]]
    # Removed in tanh1: nothing, 0, or 0 and 1. In both: none, 0, 0 and (2, 1), 0 and 1.
    assert work.knockouts(2, orders).multiply_adds == 2 * (CONV1 + 3 * CONV2 + 4 * DENSE)


def test_a_network_without_an_input_shape_cannot_be_counted():
    with pytest.raises(ValueError, match="shape"):
        ImageWork(tc.Network(dense=tc.Dense(2, 2)))


def test_the_bound_adds_products_and_copies():
    rates = Rates(gemm=100, gemm_size=2, copy_in_cache=10, copy_in_memory=1)
    assert rates.least_seconds(Work(50, 20)) == 2.5


def test_rates_count_the_work_that_was_timed(monkeypatch):
    took = {"matmul": 0.5, "copyto": 0.25}
    monkeypatch.setattr(bound, "_best", lambda run, patience: took[run.func.__name__])
    rates = bound.measure_rates()
    assert (rates.gemm, rates.gemm_size) == (1024 ** 3 / 0.5, 1024)
    assert (rates.copy_in_cache, rates.copy_in_memory) == (2 ** 17 / 0.25, 2 ** 27 / 0.25)


def test_rates_can_be_measured():
    rates = bound.measure_rates(patience=0.001)
    assert rates.gemm > 1e7
    assert min(rates.copy_in_cache, rates.copy_in_memory) > 1e7
