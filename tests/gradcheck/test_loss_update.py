"""check_loss and check_update: mistakes are caught and named first, right functions pass."""

import numpy as np
import pytest

from tinycnn.gradcheck import check_class, check_loss, check_update
from tinycnn.gradcheck.zoo import BUGS
from tinycnn.network.loss import loss_from_logits
from tinycnn.training import sgd_update

SEEDS = range(20)
FUNCTION_BUGS = [bug for bug in BUGS if bug.kind in ("loss", "update")]


def first_cause(report):
    assert not report.ok
    return report.diagnosis[0].key


@pytest.mark.parametrize("seed", SEEDS)
def test_tinycnns_own_are_right(seed):
    assert check_loss(loss_from_logits, seed).ok
    assert check_update(sgd_update, seed).ok


@pytest.mark.parametrize("bug", FUNCTION_BUGS, ids=lambda bug: bug.name)
def test_the_cause_comes_first(bug):
    check = {"loss": check_loss, "update": check_update}[bug.kind]
    for seed in SEEDS:
        assert first_cause(check(bug.subject, seed)) == bug.cause, f"seed {seed}"


def test_check_class_knows_both():
    assert check_class(loss_from_logits, "loss").ok
    assert check_class(sgd_update, "update").ok


@pytest.mark.parametrize("check", [check_loss, check_update])
def test_the_same_seed_gives_the_same_report(check):
    bug = next(bug for bug in FUNCTION_BUGS if check.__name__.endswith(bug.kind))
    assert check(bug.subject, 3).text == check(bug.subject, 3).text


RETURNS = {
    "nothing": lambda loss, gradient: None,
    "the loss alone": lambda loss, gradient: loss,
    "three things": lambda loss, gradient: (loss, gradient, 0),
    "in the other order": lambda loss, gradient: (gradient, loss),
    "a loss for each image": lambda loss, gradient: (gradient.sum(axis=1), gradient),
    "a list": lambda loss, gradient: (loss, gradient.tolist()),
    "text": lambda loss, gradient: (str(loss), gradient),
    "complex numbers": lambda loss, gradient: (loss, gradient + 0j),
}


@pytest.mark.parametrize("returned", RETURNS.values(), ids=RETURNS)
def test_a_loss_that_returns_something_else_is_told_so(returned):
    report = check_loss(lambda logits, t: returned(*loss_from_logits(logits, t)))
    assert first_cause(report) == "wrong_return"
    assert len(report.failures) == 1


def test_a_gradient_of_another_shape_is_told_so():
    def summed(logits, t):
        loss, gradient = loss_from_logits(logits, t)
        return loss, gradient.sum(axis=0)
    assert first_cause(check_loss(summed)) == "wrong_shape"


def test_what_is_raised_is_reported_with_its_line():
    def loss(logits, t):
        return logits[t.max() + 100]

    def update(params, grads, learning_rate):
        params["no such name"] -= 1

    for report, error in ((check_loss(loss), "IndexError"), (check_update(update), "KeyError")):
        assert first_cause(report) == "raises"
        assert error in report.text
        assert "line" in report.text


def test_a_loss_that_fails_for_single_images_alone_is_wrong():
    def loss(logits, t):
        if len(t) == 1:
            raise ValueError("one image")
        return loss_from_logits(logits, t)
    report = check_loss(loss)
    assert first_cause(report) == "raises"
    assert [name for name, passed in report.checks.items() if not passed] == ["returns"]


def test_the_value_and_the_gradient_are_judged_apart():
    def half_gradient(logits, t):
        loss, gradient = loss_from_logits(logits, t)
        return loss, gradient / 2
    report = check_loss(half_gradient)
    assert report.checks["value"]
    assert not report.checks["gradient"]
    assert first_cause(report) == "scaled"


def test_a_gradient_that_fits_the_wrong_value_is_no_second_mistake():
    def half(logits, t):
        loss, gradient = loss_from_logits(logits, t)
        return loss / 2, gradient / 2
    report = check_loss(half)
    assert not report.checks["value"]
    assert report.checks["gradient"]


def test_a_loss_that_remembers_is_caught():
    gradients, total = {}, [0.0]

    def reuses(logits, t):
        loss, gradient = loss_from_logits(logits, t)
        buffer = gradients.setdefault((logits.shape, logits.dtype), np.zeros_like(logits))
        buffer[...] = gradient
        return loss, buffer

    def adds_up(logits, t):
        loss, gradient = loss_from_logits(logits, t)
        total[0] += loss
        return total[0], gradient

    def noise(logits, t):
        loss, gradient = loss_from_logits(logits, t)
        return loss + np.random.default_rng().normal(0, 1e-3), gradient

    assert [first_cause(check_loss(loss)) for loss in (reuses, adds_up, noise)] == [
        "buffer_reused", "accumulates", "random"]


def test_a_logarithm_that_is_cut_off_is_caught():
    def clips(logits, t):
        _, gradient = loss_from_logits(logits, t)
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        y = np.maximum(e / e.sum(axis=1, keepdims=True), 1e-12)
        return -np.log(y[np.arange(len(t)), t]).mean(), gradient
    report = check_loss(clips)
    assert report.checks["value"]
    assert "clipped" in [cause.key for cause in report.diagnosis[:2]]


def test_the_gradient_keeps_its_precision():
    def wide(logits, t):
        loss, gradient = loss_from_logits(logits, t)
        return loss, gradient.astype(np.float64)
    report = check_loss(wide)
    assert [name for name, passed in report.checks.items() if not passed] == ["dtype"]
    assert first_cause(report) == "dtype"


def test_an_unknown_mistake_is_said_to_be_unknown():
    def odd(logits, t):
        loss, gradient = loss_from_logits(logits, t)
        return loss, gradient + np.sin(logits)

    def strange(params, grads, learning_rate):
        for name, w in params.items():
            w -= learning_rate * grads[name] + np.sin(w)

    assert first_cause(check_loss(odd)) == "unknown"
    assert first_cause(check_update(strange)) == "unknown"


def test_new_arrays_for_some_parameters_are_caught():
    def biases_anew(params, grads, learning_rate):
        for name in params:
            if params[name].ndim == 1:
                params[name] = params[name] - learning_rate * grads[name]
            else:
                params[name] -= learning_rate * grads[name]
    assert first_cause(check_update(biases_anew)) == "not_in_place"


def test_gradients_set_to_zero_afterwards_are_caught():
    def clears(params, grads, learning_rate):
        sgd_update(params, grads, learning_rate)
        for grad in grads.values():
            grad[...] = 0
    assert first_cause(check_update(clears)) == "gradients_changed"




def pops(params, grads, learning_rate):
    for name, w in params.items():
        w -= learning_rate * grads.pop(name)


def lists(params, grads, learning_rate):
    for name in params:
        params[name] = (params[name] - learning_rate * grads[name]).tolist()


def remembers_arrays(params, grads, learning_rate, velocity={}):  # noqa: B006
    for name, w in params.items():
        last = velocity.get(id(w), np.zeros_like(w))
        velocity[id(w)] = learning_rate * grads[name] + (0.9 * last if last.shape == w.shape else 0)
        w -= velocity[id(w)]


def noisy(params, grads, learning_rate):
    for name, w in params.items():
        w -= learning_rate * (grads[name] + np.random.default_rng().normal(0, 0.01, w.shape))


def twice(params, grads, learning_rate):
    for name, w in params.items():
        w -= 2 * learning_rate * grads[name]


def divides_by_zero(params, grads, learning_rate):
    for name, w in params.items():
        w -= learning_rate * grads[name] / np.zeros_like(w)


@pytest.mark.parametrize(("update", "cause"), [
    (pops, "wrong_return"), (lists, "wrong_return"), (remembers_arrays, "momentum"),
    (noisy, "random"), (twice, "scaled"), (divides_by_zero, "not_finite")])
def test_an_update_that_does_something_odd_gets_a_clear_sentence(update, cause):
    assert first_cause(check_update(update)) == cause
