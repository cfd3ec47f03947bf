"""The claim about cost is measured, not assumed."""

import time
from types import SimpleNamespace

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
    monkeypatch.setattr(cost, "iter_entries", job("all", 0.08))
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


@pytest.mark.parametrize(("n_images", "n_classes", "n_train"), [(9, 4, 5), (6, 8, 3), (9, 8, 7)])
def test_of_many_images_and_classes_a_sample_is_measured_and_scaled(monkeypatch, n_images,
                                                                    n_classes, n_train):
    monkeypatch.setattr(cost, "IMAGES", 6)
    monkeypatch.setattr(cost, "CLASSES", 4)
    net = small_net(n_classes=n_classes)
    x, t = np.random.default_rng(0).normal(size=(n_images, 1, 11, 9)), np.arange(n_images) % 3
    clock, calls = [0.0], []

    def job(name, seconds):     # a pass forward takes 2, one back 1, and an image of training 5
        def run(net, x, *rest, **options):
            calls.append((name, len(x)))
            clock[0] += len(x) * seconds(*rest)
            return ()
        return run
    monkeypatch.setattr(cost, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    monkeypatch.setattr(cost, "train", job("epoch", lambda t: 5))
    monkeypatch.setattr(cost, "prediction_gradients", job("true", lambda: 2 + 1))
    monkeypatch.setattr(cost, "iter_entries", job("all", lambda entries: 2 + len(entries)))
    measured = gradient_cost(net, x, t, np.arange(n_train), rounds=1)
    assert calls == [("epoch", min(6, n_train)), ("true", 6), ("all", 6)]
    assert (measured.images, measured.classes) == (6, 4)
    assert measured.epoch == 5 * n_train
    assert measured.true_class == 3 * n_images
    assert measured.all_classes == (2 + n_classes) * n_images
    assert measured.all_classes_epochs == pytest.approx(measured.all_classes / measured.epoch)
    monkeypatch.undo()
    assert gradient_cost(net, x, t, np.arange(n_train), rounds=1).classes == n_classes     # all
