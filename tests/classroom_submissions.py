"""Submissions to grade: handouts filled in, the zoo's bugs, and tinycnn's own fast layers."""

import ast
import importlib
import inspect
from functools import cache

from tinycnn.gradcheck.zoo import BUGS
from tinycnn.layers.kinds import KINDS

METHODS = ("forward", "backward", "parameter_gradients")

# Which methods of a bug are to blame where it is not simply those that it overrides: a forward
# that only keeps what backward should not use answers for nothing, and the other way round.
TO_BLAME = {"ConvRemembersInput": {"backward", "parameter_gradients"},
            "PoolRemembersWinners": {"backward"}, "SoftmaxUsesLogits": {"backward"},
            "TanhRemembersOutput": {"backward"}, "TanhDerivativeOfInput": {"backward"},
            "TanhActivatesTwice": {"backward"}, "ReLURemembersMask": {"backward"},
            "FlattenRemembersShape": {"backward"}, "ReLUPassesAtZero": {"backward"},
            "SigmoidDerivativeOfInput": {"backward"}, "SigmoidActivatesTwice": {"backward"}}
# The fast batch norm keeps the deviation in another shape than the loops. So its backward can use
# no cache but that of its own forward, and is wrong where this is.
TO_BLAME |= {name: {"forward", "backward"} for name in (
    "BatchNormUnbiased", "BatchNormForgetsEps", "BatchNormOfEachUnit")}


def blamed(bug):
    """The names of the exercises that a bug loses points in."""
    if not inspect.isclass(bug.subject):
        return {bug.kind}
    methods = TO_BLAME.get(bug.name) or set(vars(bug.subject)) & set(METHODS)
    return {f"{bug.kind}.{method}" for method in methods}


def owner(kind):
    """The class or function that students write for a kind."""
    return {"loss": "loss_from_logits", "update": "sgd_update"}.get(kind) or \
        KINDS[kind].layer.__name__


def bug_namespace(bug):
    """A bug in the place of the layer that it should be, for `InProcess`."""
    return {owner(bug.kind): bug.subject}


@cache
def _flat(*modules):
    """Some modules of tinycnn as one text without imports of each other."""
    parts = ["from __future__ import annotations"]
    for name in modules:
        source = inspect.getsource(importlib.import_module(name))
        dropped = [node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom)
                   and (node.level or node.module == "__future__")]
        lines = source.splitlines()
        for node in dropped:
            for number in range(node.lineno - 1, node.end_lineno):
                lines[number] = ""
        parts.append("\n".join(lines))
    return "\n".join(parts)


def fast_source():
    """tinycnn's own layers, loss and update in one file that needs NumPy alone."""
    layers = dict.fromkeys([*(f"tinycnn.layers.{name}" for name in (
        "errors", "base", "workspace", "pooling")), *(row.layer.__module__ for row in
                                                      KINDS.values())])
    update = "\nParams = dict[str, np.ndarray]\n" + inspect.getsource(
        importlib.import_module("tinycnn.training.plan").sgd_update)
    return _flat(*layers, "tinycnn.network.loss") + update


def bug_source(bug):
    """Everything right but one bug, as a file that somebody may hand in."""
    textbook = _flat("tinycnn.gradcheck.zoo.textbook").partition("annotations")[2]
    layers = ", ".join(f"{row.layer.__name__}={row.layer.__name__}" for row in KINDS.values())
    return "\n".join([fast_source(), f"import types\nlayers = types.SimpleNamespace({layers})",
                      textbook, inspect.getsource(bug.subject), f"{owner(bug.kind)} = {bug.name}"])


def bug(name):
    """A bug of the zoo by its name."""
    return next(b for b in BUGS if b.name == name)
