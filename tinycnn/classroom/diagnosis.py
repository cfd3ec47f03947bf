"""The gradient check on a class in which some methods are still missing."""

from __future__ import annotations

import inspect
from typing import Any

from ..gradcheck.forms.build import Wish
from ..gradcheck.forms.pieces import pieces
from ..gradcheck.forms.signature import NotBuilt
from ..gradcheck.one_layer import check_layer
from ..gradcheck.report import Report
from ..gradcheck.suite import check_class
from ..layers.kinds import KINDS
from .own.teacher_file import METHODS
from .process.calls import whole


def with_reference(cls: type, kind: str, unsolved: list[str]) -> type:
    """The class, with the methods that are not written yet taken from the layer in loops."""
    own = {name for base in cls.__mro__[:-1] if base.__name__ != "Layer" for name in vars(base)}
    reference = vars(KINDS[kind].loops)
    # A handout leaves out a gradient that is not asked for.
    missing = {name for name in METHODS if name in reference and name not in own}
    if not {*unsolved, *missing}:
        return cls
    methods = {name: method for name, method in reference.items()
               if name in unsolved or name in missing or not hasattr(cls, name)}
    return type(cls.__name__, (cls,), methods)


def diagnose(namespace: dict[str, Any], name: str, kind: str, unsolved: list[str],
             example: dict[str, Any] | None = None) -> dict[str, Any]:
    """{"text": the report, "causes": sentences} of one class or function of a submission.

    Args:
        example: of a teacher's own exercise: how to build its class, and an x.
    """
    subject = namespace[name]
    if example is not None:
        report = _of_own(namespace, name, unsolved, example)
        if report is not None:      # an answer in float64 costs nothing there
            report.checks.pop("dtype", None)
            report.failures = [f for f in report.failures if f.check != "dtype"]
            report.diagnosis = [cause for cause in report.diagnosis if cause.key != "dtype"]
        if report is None or not report.failures:   # only the comparison with her numbers helps
            return {"text": "", "causes": []}
        return {"text": report.text, "causes": report.causes}
    if isinstance(subject, type) and kind in KINDS:
        subject = with_reference(subject, kind, unsolved)
    report = check_class(subject, kind)
    return {"text": report.text, "causes": report.causes}


def _of_own(namespace: dict[str, Any], name: str, unsolved: list[str], example: dict[str, Any]
            ) -> Report | None:
    """The report on a class, a pair X_forward and X_backward, a loss or an update; else None."""
    subject = namespace[name]
    if isinstance(subject, type):
        if {"forward", "backward"} & set(unsolved) or example["x"].dtype.kind in "iub":
            return None             # there are no central differences at whole numbers
        build = example["build"]
        layer = subject(*whole(build["positional"]), **{
            word: whole(value) for word, value in build["keywords"].items()})
        if build["arguments"]:
            layer.params = dict(build["arguments"])
        return check_layer(layer, example["x"])
    functions = [word for word, value in namespace.items() if inspect.isfunction(value)]
    for found in pieces(namespace, functions, Wish()).found:
        if name in found.names:
            try:
                return found.check(0)
            except NotBuilt:
                return None
    return None
