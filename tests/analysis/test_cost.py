"""The claim about cost is measured, not assumed."""

import time

import numpy as np
import pytest
from helpers import small_net

from tinycnn.analysis import cost, gradient_cost


def test_it_times_the_real_jobs_and_takes_medians_of_neighbours(monkeypatch):
    net, x, t = small_net(), np.random.default_rng(0).normal(size=(5, 1, 11, 9)), np.zeros(5, int)
    before = {name: w.copy() for name, w in net.params.items()}
    calls = []

    def job(name, seconds):
        def run(net, x, *rest, **options):
            calls.append((name, len(x), options.get("of")))
            busy = 3 if len(calls) in (4, 5, 6) else 1       # the machine is busy in round two
            time.sleep(busy * seconds)
            return ()
        return run
    monkeypatch.setattr(cost, "train", job("epoch", 0.04))
    monkeypatch.setattr(cost, "prediction_gradients", job("true", 0.02))
    monkeypatch.setattr(cost, "iter_prediction_gradients", job("all", 0.08))
    measured = gradient_cost(net, x, t, np.arange(3), of="logit", rounds=3)
    assert calls[:3] == [("epoch", 3, None), ("true", 5, "logit"), ("all", 5, "logit")]
    assert len(calls) == 9
    assert measured.epoch == pytest.approx(0.04, abs=0.02)
    assert measured.true_class_epochs == pytest.approx(0.5, abs=0.15)
    assert measured.all_classes_epochs == pytest.approx(2, abs=0.5)
    monkeypatch.undo()
    measured = gradient_cost(net, x, t, np.arange(3), rounds=2)
    assert min(vars(measured).values()) > 0
    for name, w in net.params.items():
        np.testing.assert_array_equal(w, before[name])
