"""The claim about cost is measured, not assumed."""

import time

import numpy as np
import pytest
from helpers import small_net

from tinycnn.analysis import cost, gradient_cost


def test_it_times_the_real_work_and_takes_medians(monkeypatch):
    net, x = small_net(), np.random.default_rng(0).normal(size=(5, 1, 11, 9))
    calls = []

    def slow(net, x, of, classes):
        calls.append((len(x), of))
        time.sleep(0.5 if len(calls) == 2 else 0.02)        # one disturbed run of three
    monkeypatch.setattr(cost, "prediction_gradients", slow)
    measured = gradient_cost(net, x, np.zeros(5, int), [0.1, 0.04, 0.04], repeats=3, of="logit")
    assert calls == [(5, "logit")] * 3
    assert measured.epoch == 0.04
    assert 0.02 <= measured.true_class < 0.1
    assert measured.true_class_epochs == pytest.approx(measured.true_class / 0.04)
    assert measured.all_classes_epochs == pytest.approx(measured.all_classes / 0.04)
    assert measured.all_classes > 0
