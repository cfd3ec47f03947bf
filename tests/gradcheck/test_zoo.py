"""Every planted bug is caught over twenty seeds, and its cause is named."""

import inspect
import itertools
from functools import cache

import numpy as np
import pytest

from tinycnn.gradcheck import check_class
from tinycnn.gradcheck.causes import CAUSES
from tinycnn.gradcheck.examination import run
from tinycnn.gradcheck.kinds import suite_of
from tinycnn.gradcheck.suite import FUNCTIONS, checks_of, examine
from tinycnn.gradcheck.zoo import BUGS
from tinycnn.layers.kinds import KINDS


def test_the_zoo_is_large_and_labelled():
    assert len(BUGS) >= 60
    assert {bug.kind for bug in BUGS} == {*KINDS, "loss", "update"} - {"frozenbatchnorm"}
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    for bug in BUGS:
        own = {} if bug.kind in FUNCTIONS else suite_of(bug.kind).causes
        assert bug.cause in {**CAUSES, **own}
        assert bug.description.endswith(".")
        assert len(inspect.getsource(bug.subject).splitlines()) <= 40


@cache
def keys(bug):
    """The keys of the causes that the report names, most likely first."""
    report = check_class(bug.subject, bug.kind)
    assert not report.ok
    return [cause.key for cause in report.diagnosis]


def is_caught(bug, seed):
    """Whether any case or check of the suite fails; it ends with the first one, to save time."""
    examination = examine(bug.subject, bug.kind, seed)
    if bug.kind not in FUNCTIONS:
        for case in examination.cases:
            answer = run(examination.subject, case)
            if answer.troubles or any(answer.mismatch(quantity) for quantity in answer.got):
                return True
    with np.errstate(all="ignore"):         # wrong code may return NaN
        return any(list(check.run(examination)) for check in checks_of(bug.kind)
                   if not check.advice)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.kind}-{bug.name}")
def test_a_bug_is_caught_over_twenty_seeds(bug, twenty_seeds):
    for seed in twenty_seeds():
        assert is_caught(bug, seed), f"seed {seed}"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.kind}-{bug.name}")
def test_its_cause_comes_first_or_second(bug):
    assert bug.cause in keys(bug)[:2]


def test_at_least_95_percent_of_the_causes_come_first():
    assert np.mean([keys(bug)[0] == bug.cause for bug in BUGS]) >= 0.95


def pairs():
    """Two bugs of one kind in one class: the first's methods, and the second's other methods."""
    for kind in ("conv2d", "maxpool2d", "dense", "softmax", "tanh", "sigmoid", "avgpool2d",
                 "batchnorm"):
        classes = [bug.subject for bug in BUGS if bug.kind == kind]
        rng = np.random.default_rng(0)
        combinations = list(itertools.permutations(classes, 2))
        for index in rng.choice(len(combinations), 6, replace=False):
            first, second = combinations[index]
            methods = {name: method for name, method in vars(first).items()
                       if name in ("forward", "backward", "parameter_gradients", "__init__")}
            yield pytest.param(type(f"{first.__name__}And{second.__name__}", (second,), methods),
                               kind, id=f"{first.__name__}-{second.__name__}")


@pytest.mark.parametrize(("cls", "kind"), list(pairs()))
def test_two_bugs_at_once_are_still_caught(cls, kind):
    report = check_class(cls, kind)
    assert not report.ok
    assert report.causes
