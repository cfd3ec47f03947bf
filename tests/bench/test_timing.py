"""Rounds, ratios and shortlists, with a clock that the jobs themselves advance."""

import gc

import numpy as np
import pytest

from tinycnn.bench.timing import finalists, paired_rounds, shortlist, spread


class Machine:
    """Jobs of a known length; in some rounds the machine is busy, and all of them take longer."""

    def __init__(self, lengths, busy=()):
        self.now, self.ran = 0.0, []
        self.jobs = {name: lambda name=name: self.run(name) for name in lengths}
        self.lengths, self.busy = lengths, busy

    def run(self, name):
        slow = self.busy[len(self.ran) // len(self.jobs)] if self.busy else 1
        self.ran.append(name)
        self.now += slow * self.lengths[name]

    def clock(self):
        return self.now


def test_ratios_are_those_of_one_round():
    machine = Machine({"ours": 2.0, "theirs": 4.0}, busy=[1, 30, 7, 1, 2])
    times = paired_rounds(machine.jobs, np.random.default_rng(0), rounds=5, clock=machine.clock)
    np.testing.assert_allclose(times["ours"], [2, 60, 14, 2, 4])
    np.testing.assert_allclose(times["ours"] / times["theirs"], 0.5)


def test_every_round_runs_each_job_once_in_an_order_of_its_own():
    machine = Machine(dict.fromkeys("abcd", 1.0))
    paired_rounds(machine.jobs, np.random.default_rng(0), rounds=20, clock=machine.clock)
    orders = ["".join(machine.ran[i:i + 4]) for i in range(0, 80, 4)]
    assert all(sorted(order) == list("abcd") for order in orders)
    assert len(set(orders)) > 5
    again = Machine(dict.fromkeys("abcd", 1.0))
    paired_rounds(again.jobs, np.random.default_rng(0), rounds=20, clock=again.clock)
    assert again.ran == machine.ran


@pytest.mark.parametrize(("budget", "rounds"), [(0, 3), (10, 6), (1000, 8)])
def test_the_budget_ends_the_rounds_but_not_before_the_third(budget, rounds):
    machine = Machine({"a": 1.0, "b": 1.0})
    times = paired_rounds(machine.jobs, np.random.default_rng(0), rounds=8, budget=budget,
                          clock=machine.clock)
    assert len(times["a"]) == len(times["b"]) == rounds


def test_no_garbage_is_collected_meanwhile():
    seen = []
    paired_rounds({"job": lambda: seen.append(gc.isenabled())}, np.random.default_rng(0), rounds=2)
    assert seen == [False, False]
    assert gc.isenabled()


def test_the_shortlist_has_the_close_ones_and_does_not_retry_the_hopeless():
    machine = Machine({"slow": 1.6, "near": 1.1, "best": 1.0, "middling": 1.3})
    best = shortlist(machine.jobs, np.random.default_rng(0), rounds=3, clock=machine.clock)
    assert list(best) == ["best", "near", "middling"]
    assert machine.ran.count("slow") == 2       # its warm-up, and one round
    assert machine.ran.count("best") == 4
    assert finalists(best, 4) == ["best", "near"]
    assert finalists(best, 1) == ["best"]


def test_the_warm_up_does_not_count():
    machine = Machine({"a": 1.0, "b": 2.0}, busy=[100, 1, 1, 1])
    best = shortlist(machine.jobs, np.random.default_rng(0), rounds=1, clock=machine.clock)
    assert best == {"a": 1.0}


def test_spread_is_median_and_quartiles():
    assert vars(spread(np.array([5.0, 1, 2, 3, 4]))) == {"median": 3, "low": 2, "high": 4}
