"""A layer that the student writes: gradcheck judges it, and finds the cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..gradcheck import Report, check_class, check_layer
from .exercise import NOT_WRITTEN, Verdict, difference

Array = np.ndarray


@dataclass(frozen=True)
class LayerClass:
    """A class with `params`, `forward`, `backward` and `parameter_gradients`.

    Attributes:
        kind: the built-in layer that it should equal, such as "relu" (`check_class`), or "".
        build: class -> a layer, if there is no kind.
        outputs: x -> y, the right forward pass, if there is no kind.
        x: rng -> inputs to check it at.
        mistakes: {reason: a class with that mistake}.
    """

    kind: str = ""
    build: Callable[[Any], Any] = lambda cls: cls()
    outputs: Callable[[Array], Array] | None = None
    x: Callable[[np.random.Generator], Array] = lambda rng: rng.normal(size=(2, 3, 4, 6))
    mistakes: Mapping[str, type] = field(default_factory=dict)

    def judge(self, answer: Any, *given: Any) -> Verdict:
        """Check the values it gives, then its gradients, entry by entry."""
        if not isinstance(answer, type):
            return Verdict(False, "not right. Expected a class, such as MyReLU, without brackets.")
        if self._is_unwritten(answer):
            return NOT_WRITTEN
        report = check_class(answer, self.kind) if self.kind else self._check_own(answer)
        if isinstance(report, Verdict):
            return report
        return Verdict(report.ok, f"{'right.' if report.ok else 'not right.'}\n\n{report.text}")

    def _check_own(self, answer: Any) -> Report | Verdict:
        """Check a layer without a kind: outputs as given, gradients by differences."""
        assert self.outputs is not None
        x = self.x(np.random.default_rng(0))
        try:
            layer = self.build(answer)
            result = layer.forward(x.copy())
        except Exception as error:
            return Verdict(False, f"not right. Its forward pass raises {type(error).__name__}: "
                                  f"{error}")
        if not isinstance(result, tuple) or len(result) != 2:
            return Verdict(False, "not right. forward has to return two things: y, cache.")
        wrong = difference(result[0], self.outputs(x))
        if wrong:
            return Verdict(False, f"not right. The output of forward {wrong}.")
        return check_layer(layer, x)

    def _is_unwritten(self, answer: Any) -> bool:
        """Whether a method still raises NotImplementedError, as at the start."""
        x = self.x(np.random.default_rng(0))
        try:
            layer = self.build(answer)
            y, cache = layer.forward(x)
            layer.backward(y, cache)
        except NotImplementedError:
            return True
        except Exception:       # written, and wrong: the checks say how
            return False
        return False
