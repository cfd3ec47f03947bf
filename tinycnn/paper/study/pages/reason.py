"""The page of a study: why the secant finds more than the tangent."""

from __future__ import annotations

from pathlib import Path

from ....output.page import Section
from ..parts.reason import ACTIVATIONS, RATE, SECANT, TANGENT
from ..rows import Numbers
from .text import percent, plain


def reason(numbers: Numbers, out: Path) -> Section:
    """Saturation as a reason: what happens with other activations."""
    title = "Is saturation the reason?"
    body = []
    for name in ACTIVATIONS:
        slope = numbers.find("reason", "mean slope", option=name)
        if len(slope):
            body.append((name, len(slope), percent(numbers.find("reason", "error on all",
                                                                option=name)), plain(slope),
                         *(plain(numbers.find("reason", "own minus others", subject=measure,
                                              option=name)) for measure in (TANGENT, SECANT)),
                         plain(numbers.find("reason", "secant minus tangent", option=name))))
    if len(body) < 2:
        return Section(title, ["Not measured: it needs networks with tanh that were trained again "
                               "with other activations."])
    return Section(
        title,
        ["A tangent is blind at a saturated unit; a knockout to 0 is a large change. If this is "
         "why secants find a person's own maps and tangents find fewer of them, the lead of the "
         "secant goes where units are less saturated. The networks were trained again with "
         "2 tanh(z / 2), which has the slope of tanh at 0 and reaches twice as far, and with ReLU, "
         f"for which secant and tangent are the same (with {RATE:g} of the learning rate).",
         "Other activations make other weights, too. So a lead that goes fits the reason, and does "
         "not prove it."],
        caption="Own minus others: class error under the identity's own order minus under those of "
                "others, over ten removals to 0. Means over the networks that have learnt, with "
                "95 % intervals.",
        table=(("activation", "networks", "error on all images", "mean slope", "tangent x "
                "activation", "secant x activation", "secant minus tangent"), body))
