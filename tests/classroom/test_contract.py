"""Each rule of the contract is broken once, by code that is right otherwise; it loses points."""

import pytest

from tinycnn.classroom import choose
from tinycnn.classroom.asking import InProcess
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.grading import grade_answers

EXERCISES = choose(["dense", "update", "loss"])
SOLVED = student_file(EXERCISES, solved=True) + """

Right = Dense
right_update, right_loss = sgd_update, loss_from_logits
kept = {}
"""

BROKEN = {
    "float32 numbers are wrong": ("dense.forward", "y is wrong in", """
class Dense(Right):
    def forward(self, x):
        y, cache = super().forward(x)
        return (y * 1.01 if x.dtype == np.float32 else y), cache
"""),
    "float32 becomes float64": (
        "dense.backward", "dx is float64, but all inputs are float32", """
class Dense(Right):
    def backward(self, dy, cache):
        return super().backward(dy, cache).astype(float)
"""),
    "weights are kept as long as their array is the same": (
        "dense.forward", "after the weights have changed in place", """
class Dense(Right):
    def forward(self, x):
        if kept.get("is") is not self.params["W"]:
            kept["is"], kept["W"] = self.params["W"], self.params["W"].copy()
        return x @ kept["W"] + self.params["b"], x
"""),
    "weights are kept as long as they are of one layer": (
        "dense.backward", "after the weights have changed in place", """
class Dense(Right):
    def backward(self, dy, cache):
        if not hasattr(self, "W"):
            self.W = self.params["W"].copy()
        return dy @ self.W.T
"""),
    "params are kept as a dictionary": ("dense.parameter_gradients", "the keys", """
class Dense(Right):
    def parameter_gradients(self, dy, cache):
        return {"W": super().parameter_gradients(dy, cache)["W"]}
"""),
    "x is overwritten": ("dense.forward", "forward overwrites x, which it was given", """
class Dense(Right):
    def forward(self, x):
        result = super().forward(x.copy())[0], x.copy()
        x *= 2
        return result
"""),
    "weights are changed": ("dense.backward", "backward changes params['W']", """
class Dense(Right):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        self.params["W"] *= 0.5
        return dx
"""),
    "an answer changes afterwards": ("dense.backward", "the dx that was returned changes", """
class Dense(Right):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        buffer = kept.setdefault(dx.shape, np.zeros_like(dx))
        buffer[...] = dx
        return buffer
"""),
    "calls pile up": ("dense.parameter_gradients", "for the cache of an earlier forward pass", """
class Dense(Right):
    def parameter_gradients(self, dy, cache):
        grads = super().parameter_gradients(dy, cache)
        if hasattr(self, "sum"):
            grads = {name: self.sum[name] + grad for name, grad in grads.items()}
        self.sum = grads
        return grads
"""),
    "the latest input is used": ("dense.parameter_gradients", "", """
class Dense(Right):
    def forward(self, x):
        self.x = x
        return super().forward(x)
    def parameter_gradients(self, dy, cache):
        return super().parameter_gradients(dy, self.x)
"""),
    "memory is not filled": ("dense.backward", "dx is wrong in", """
class Dense(Right):
    def backward(self, dy, cache):
        dx = np.empty(cache.shape)
        dx[1:] = super().backward(dy, cache)[1:]
        return dx
"""),
    "gradients are changed": ("update", "overwrites the gradient of dense1.W", """
def sgd_update(params, grads, learning_rate):
    for name, w in params.items():
        grads[name] *= learning_rate
        w -= grads[name]
"""),
    "labels are overwritten": ("loss", "loss overwrites t, which it was given", """
def loss_from_logits(logits, t):
    result = right_loss(logits, t.copy())
    t[...] = 0
    return result
"""),
    "a loss in float32 is in float64": ("loss", "dlogits is float64", """
def loss_from_logits(logits, t):
    L, dlogits = right_loss(logits, t)
    return L, dlogits.astype(float)
"""),
}


def graded(code):
    namespace = {}
    exec(SOLVED + code, namespace)
    return grade_answers(InProcess(namespace), EXERCISES, seed=4)


def test_without_a_fault_all_is_right():
    assert all(r.passed for r in graded(""))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_costs_its_own_exercise(name):
    exercise, said, code = BROKEN[name]
    wrong = [r for r in graded(code) if not r.passed]
    assert {r.exercise.name for r in wrong} == {exercise}
    assert "contract" in [r.check.name for r in wrong]
    assert any(said in r.message for r in wrong), [r.message for r in wrong]
