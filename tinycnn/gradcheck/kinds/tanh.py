"""What tanh and ReLU answer if they are wrong in one of the known ways."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case
from .changes import Guess

Array = np.ndarray


def tanh_mistakes(case: Case) -> Iterator[Guess]:
    """Other local derivatives, and the right one of the wrong number."""
    x, dy, y = case.x, case.dy, case.right["y"]
    sigmoid = 1 / (1 + np.exp(-np.clip(x, -700, 700)))
    derivatives: list[tuple[str, str, Array]] = [
        ("derivative_of_input", "1 - x²", 1 - x * x),
        ("derivative_of_input", "1 - |x|", 1 - np.abs(x)),
        ("activation_twice", "1 - tanh(y)²", 1 - np.tanh(y) ** 2),
        ("activation_twice", "1 - tanh(1 - y²)", 1 - np.tanh(1 - y * y)),
        ("derivative_formula", "1 - y", 1 - y),
        ("derivative_formula", "1 - |y|", 1 - np.abs(y)),
        ("derivative_formula", "1 + y²", 1 + y * y),
        ("derivative_formula", "y (1 - y)", y * (1 - y)),
        ("derivative_formula", "x (1 - x)", x * (1 - x)),
        ("derivative_formula", "(1 - y)²", (1 - y) ** 2),
        ("derivative_formula", "y²", y * y),
        ("derivative_formula", "1 - y³", 1 - y ** 3),
        ("derivative_formula", "1 - y⁴", 1 - y ** 4),
        ("derivative_formula", "1 - 2y²", 1 - 2 * y * y),
        ("derivative_formula", "1 - y²/2", 1 - y * y / 2),
        ("derivative_formula", "(1 - y²) / 2", (1 - y * y) / 2),
        ("derivative_formula", "√(1 - y²)", np.sqrt(np.abs(1 - y * y))),
        ("derivative_formula", "(1 - y²)²", (1 - y * y) ** 2),
        ("derivative_formula", "1 / (1 - y²)", 1 / np.maximum(1 - y * y, 1e-300)),
        ("derivative_formula", "1 / cosh x", 1 / np.cosh(np.clip(x, -700, 700))),
        ("derivative_formula", "1 / (1 + x²)", 1 / (1 + x * x)),
        ("derivative_formula", "a sigmoid's", sigmoid * (1 - sigmoid)),
        ("derivative_formula", "a ReLU's", (x > 0).astype(float)),
        ("derivative_forgotten", "y", y), ("derivative_forgotten", "1", np.ones_like(y))]
    for key, detail, local in derivatives:
        yield Guess(key, detail, "dx", lambda local=local: dy * local)
    yield Guess("activation_twice", "tanh(dy) (1 - y²)", "dx", lambda: np.tanh(dy) * (1 - y * y))
    yield Guess("term_added", "dy + (1 - y²)", "dx", lambda: dy + (1 - y * y))
    yield Guess("term_added", "dy - y²", "dx", lambda: dy - y * y)
    yield Guess("upstream_twice", "1 - (dy y)²", "dx", lambda: 1 - (dy * y) ** 2)
    yield Guess("upstream_twice", "dy (1 - dy²)", "dx", lambda: dy * (1 - dy * dy))
    functions: list[tuple[str, Array]] = [
        ("a sigmoid", sigmoid), ("tanh(2x)", np.tanh(2 * x)), ("tanh(x/2)", np.tanh(x / 2)),
        ("arctan", np.arctan(x)), ("2σ - 1", 2 * sigmoid - 1), ("sin", np.sin(x)),
        ("sinh", np.sinh(np.clip(x, -700, 700))), ("x cut off at ±1", np.clip(x, -1, 1)),
        ("x / (1 + |x|)", x / (1 + np.abs(x))), ("tanh of the size", np.tanh(np.abs(x))),
        ("tan", np.tan(x)), ("1 / tanh", 1 / np.tanh(x)), ("x", x), ("1 - y²", 1 - y * y),
        ("ReLU", np.maximum(x, 0))]
    for detail, other in functions:
        yield Guess("other_function", detail, "y", lambda other=other: other)
    yield Guess("activation_twice", "tanh(tanh(x))", "y", lambda: np.tanh(y))


def relu_mistakes(case: Case) -> Iterator[Guess]:
    """Other gates: the sign of dy, the other side, both sides, a slope below 0."""
    x, dy, y, on = case.x, case.dy, case.right["y"], case.x > 0
    gates: list[tuple[str, str, Array]] = [
        ("kink", "x ≥ 0", x >= 0), ("kink", "½ at 0", on + 0.5 * (x == 0)),
        ("mask_inverted", "x < 0", x < 0), ("mask_inverted", "x ≤ 0", x <= 0),
        ("mask_missing", "1", np.ones_like(x)), ("upstream_rectified", "dy > 0", dy > 0),
        ("upstream_rectified", "x > 0 and dy > 0", on & (dy > 0)),
        ("upstream_rectified", "x > 0 or dy > 0", on | (dy > 0)),
        ("derivative_formula", "±1", np.sign(x)), ("derivative_formula", "±1 on", on * 2.0 - 1),
        ("factor_extra", "y", y), ("factor_extra", "x", x),
        ("derivative_formula", "x > 1", x > 1), ("mask_missing", "x ≠ 0", x != 0)]
    for key, detail, gate in gates:
        yield Guess(key, detail, "dx", lambda gate=gate: dy * gate)
    for slope in (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3):
        yield Guess("leaky", f"{slope}", "dx", lambda s=slope: dy * np.where(on, 1, s))
        yield Guess("leaky", f"{slope}", "y", lambda s=slope: np.where(on, x, s * x))
        yield Guess("leaky", f"-{slope}", "dx", lambda s=slope: dy * np.where(on, 1, -s))
    yield Guess("upstream_forgotten", "the mask alone", "dx", lambda: on.astype(float))
    functions: list[tuple[str, str, Array]] = [
        ("absolute", "|x|", np.abs(x)), ("sign", "min(x, 0)", np.minimum(x, 0)),
        ("mask_inverted", "max(-x, 0)", np.maximum(-x, 0)), ("mask_missing", "x", x),
        ("other_function", "1 where on", on.astype(float)),
        ("clipped", "between 0 and 1", np.clip(x, 0, 1)),
        ("clipped", "between 0 and 6", np.clip(x, 0, 6)),
        ("other_function", "softplus", np.logaddexp(0, x)),
        ("other_function", "max(x, 1)", np.maximum(x, 1)),
        ("other_function", "x where x > 1", x * (x > 1)),
        ("squared", "x² where on", x * y)]
    for key, detail, other in functions:
        yield Guess(key, detail, "y", lambda other=other: other)
