"""A layer that the student writes: gradcheck judges it, and finds the cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..gradcheck import Report, check_class, check_layer
from ..gradcheck.numeric import upstream
from ..gradcheck.report import Cause
from .compare import difference
from .exercise import NOT_WRITTEN, Verdict

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
        rng = np.random.default_rng(0)
        x = self.x(rng)
        try:
            layer = self.build(answer)
            result = layer.forward(x.copy())
        except Exception as error:
            return Verdict(False, f"not right. Its forward pass raises {type(error).__name__}: "
                                  f"{error}")
        if not isinstance(result, tuple) or len(result) != 2:
            return Verdict(False, "not right. forward has to return two things: y, cache.")
        wrong, dy = difference(result[0], self.outputs(x)), upstream(rng, result[0].shape)
        if wrong:
            cause = self._cause(answer, x, lambda layer, y, cache: y)
            return Verdict(False, f"not right. The output of forward {wrong}."
                                  + (f"\nLikely cause: {cause}." if cause else ""))
        report = check_layer(layer, x)
        cause = self._cause(answer, x, lambda layer, y, cache: layer.backward(dy.copy(), cache))
        if cause:       # nearer to the exercise than what is known of any layer's dx
            others = [other for other in report.diagnosis if not other.sentence.startswith("dx")]
            report.diagnosis = [Cause("exercise", f"{cause}."), *others]
        return report

    def _cause(self, answer: Any, x: Array, numbers: Callable[[Any, Any, Any], Any]) -> str:
        """The known mistake that gives the same numbers; "" if none does."""
        def numbers_of(cls: Any) -> Any:
            layer = self.build(cls)
            return numbers(layer, *layer.forward(x.copy()))

        try:
            got = numbers_of(answer)
            same = [why for why, cls in self.mistakes.items()
                    if not difference(got, numbers_of(cls))]
        except Exception:       # the report says what it raises
            return ""
        return same[0] if same else ""

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
