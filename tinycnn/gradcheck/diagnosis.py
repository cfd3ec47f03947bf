"""From wrong numbers to likely causes.

A cause is accepted if it gives the same numbers. Each known mistake is computed on the same inputs
(`mistakes`), and must agree with the class's own answer in every case, both wrong and right. If no
single mistake fits, the diagnosis also looks at patterns in the numbers, at how the answer depends
on dy, and at two mistakes at once. If nothing fits, the report says so, and where it goes wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..layers.base import Array
from ..output.text import listing
from . import signatures
from .causes import CAUSES
from .compare import is_same
from .examination import Examination, Run
from .kinds import suite_of
from .measured import measured
from .mistakes import Guess, attempt, changed
from .report import Cause, Failure

LARGE = 200     # entries: two mistakes at once are looked for in smaller arrays only
Name = tuple[str, str]                  # key and detail, the same for a guess in every case
Tables = dict[int, dict[Name, Guess]]   # the guesses for each answer, by its id

# Causes that break every other check come first; bad habits come last.
FIRST = ("missing_method", "missing_parameter", "wrong_return", "parameters_changed",
         "params_shared", "not_in_place", "random", "weights_elsewhere", "accumulates", "momentum",
         "state_kept")
LAST = ("raises", "wrong_shape", "argument_overwritten", "gradients_changed", "buffer_reused",
        "dtype", "memory_order", "samples_mixed")
CONSEQUENCES = ("weights_elsewhere", "accumulates", "state_kept", "samples_mixed")
COUNTS = ("times_N", "divided_by_N", "mean_for_sum", "sum_for_one")
ORDINARY = ("gradient", "given")        # the groups of cases in which nothing is special


@dataclass(frozen=True, eq=False)
class Answer:
    """What the class returned for one quantity in one case: `wrong`, or right."""

    run: Run
    got: Array
    wrong: bool


@dataclass
class Explained:
    """A cause that fits: for which quantities, in what form, and how well.

    Attributes:
        rank: 0 fits every ordinary case; 1 is a second mistake, or shows only with special
            values; 3 only says where.
    """

    key: str
    quantities: list[str]
    detail: str
    rank: int


@np.errstate(all="ignore")
def diagnose(examination: Examination, failures: list[Failure]) -> list[Cause]:
    """The likely causes of failures, most likely first; at least one if anything failed."""
    if not failures:
        return []
    by_key: dict[str, list[Failure]] = {}
    for failure in failures:
        if failure.key:
            by_key.setdefault(failure.key, []).append(failure)
    direct = {key: Cause(key, CAUSES[key].format(q=_behaviour(examination, found)))
              for key, found in by_key.items()}
    if "parameters_changed" in direct:      # then every call finds other weights
        direct = {key: cause for key, cause in direct.items() if key not in CONSEQUENCES}
    first = [direct[key] for key in FIRST if key in direct]
    last = [direct[key] for key in LAST if key in direct]
    failed = {f.quantity for f in failures if f.key in ("", "wrong_shape")}
    if failed & set(examination.quantities):
        examination = measured(examination)
    explained = _merge([e for q in examination.quantities if q in failed
                        for e in _of_quantity(examination, q)])
    sentences = CAUSES | dict(suite_of(examination.kind).causes if examination.is_layer else {})
    numeric = [Cause(e.key, sentences[e.key].format(q=listing(e.quantities))
                     + (f" ({e.detail})" if e.detail else "")) for e in explained]
    if "argument_overwritten" in direct and {"state_kept", "buffer_reused"} & set(direct):
        first = [direct["argument_overwritten"], *first]    # what was overwritten is the cache
    if {"random", "momentum"} & set(direct):    # then numbers say nothing about the formula
        numeric = []
    if first or numeric:        # mixed images are then only a consequence
        last = [cause for cause in last if cause.key != "samples_mixed"]
    causes: list[Cause] = []
    for cause in [*first, *numeric, *last]:
        if cause.key not in [c.key for c in causes]:
            causes.append(cause)
    return causes or [Cause("unknown", CAUSES["unknown"].format(q=failures[0].check))]


def _behaviour(examination: Examination, failures: list[Failure]) -> str:
    """What a check of behaviour said; for an exception also the cases in which it happens."""
    text = "; ".join(dict.fromkeys(failure.message for failure in failures))
    if CAUSES[failures[0].key] == "{q}":
        text += f", in {failures[0].where}" if failures[0].where else ""
        where = signatures.contrast([(r.case, bool(r.troubles)) for r in examination.runs])
        text += f". It happens {where}" if where else ""
    return text


def _answers(examination: Examination, quantity: str) -> list[Answer]:
    """The class's answers for a quantity, including answers of a wrong shape."""
    answers = []
    for run in examination.runs:
        if quantity in run.misshapen:
            answers.append(Answer(run, run.misshapen[quantity], True))
        elif quantity in run.got:
            answers.append(Answer(run, run.got[quantity], run.mismatch(quantity) is not None))
    return answers


def _of_quantity(examination: Examination, quantity: str) -> list[Explained]:
    """The causes that explain one quantity, best first.

    What goes wrong only with ties, with extreme values or in another memory order may be a second
    mistake. So it is explained on its own, if the causes found in ordinary cases do not explain it.
    """
    groups: dict[str, list[Answer]] = {}
    for answer in _answers(examination, quantity):
        group = "ordinary" if answer.run.case.group in ORDINARY else answer.run.case.group
        groups.setdefault(group, []).append(answer)
    ordinary = groups.pop("ordinary", [])
    found = _explained(examination, quantity, ordinary) if any(a.wrong for a in ordinary) else []
    usual = not found
    if not usual:
        groups.pop("memory", None)
    for here in groups.values():
        tables = {id(a): _table(examination, a, quantity) for a in here}
        if any(a.wrong for a in here) and not any(all(
                _agrees_in(a, tables[id(a)].get((e.key, e.detail))) for a in here) for e in found):
            found += [replace(e, rank=max(e.rank, 1)) for e in _explained(
                examination, quantity, [*ordinary * usual, *here]) if usual or e.key != "unknown"]
    return found


def _table(examination: Examination, answer: Answer, quantity: str) -> dict[Name, Guess]:
    return {(g.key, g.detail): g for g in examination.guesses(answer.run.case)
            if g.quantity == quantity}


def _explained(examination: Examination, quantity: str, answers: list[Answer]) -> list[Explained]:
    """The causes that explain all of these answers; else where it goes wrong."""
    wrong = [a for a in answers if a.wrong]
    tables = {id(a): _table(examination, a, quantity) for a in answers}
    pairs = [(a.got, a.run.case.right[quantity]) for a in wrong]
    shapes_right = all(a.got.shape == a.run.case.right[quantity].shape for a in wrong)
    for strategy in (
            lambda: [("memory_order", "")] * all(a.run.case.group == "memory" for a in wrong),
            lambda: [("no_slope", "")] * (shapes_right and all(
                a.run.case.group in ORDINARY and np.abs(a.run.case.right[quantity]).max(initial=0)
                < 1e-9 * np.abs(a.got).max(initial=0) for a in answers)),
            lambda: list(_fitting(answers, tables, quantity)),
            lambda: [("not_finite", "")] * any(
                a.run.case.numeric and not np.isfinite(a.got).all() for a in wrong),
            lambda: [found for found in signatures.of_dependence(       # small dys that count as 0
                examination, quantity, wrong[0].run.case) if found[0] == "upstream_not_linear"]
            if signatures.of_numbers(pairs) == [("slightly_off", "")] and shapes_right else [],
            lambda: signatures.of_numbers(pairs),
            lambda: [("statistics_constant", "")] * (quantity == "dx" and all(
                signatures.is_without_statistics(a.got, a.run.case) for a in wrong)),
            lambda: signatures.of_update([(a.got, a.run.case) for a in wrong])
            if quantity == "dx" else [],
            lambda: signatures.of_one_entry(pairs, by_the_same=True),
            lambda: signatures.of_dependence(examination, quantity, wrong[0].run.case)
            if shapes_right else [],
            lambda: signatures.of_one_entry(pairs),
            lambda: [("other_function", "")] * (
                quantity == "y" and signatures.is_elementwise(examination)),
            lambda: [("empty_slice", "")] * any(a.got.size == 0 for a in wrong)):
        if found := strategy():
            return [Explained(key, [quantity], detail, 0) for key, detail in found]
    if apart := _one_or_the_other(answers, tables, quantity):
        return apart
    if not shapes_right:        # the shape says more than the numbers
        return []
    pair = _two_at_once(answers, tables, quantity) if examination.is_layer else []
    return [Explained(key, [quantity], f"two mistakes at once: {detail}", 1)
            for key, detail in pair] or _unknown(examination, answers, quantity)


def _fitting(answers: list[Answer], tables: Tables, quantity: str) -> Iterator[Name]:
    """The guesses that agree with every answer, right or wrong; each key once."""
    wrong = [a for a in answers if a.wrong]
    ratios = [signatures.ratio_of(a.got, a.run.case.right[quantity]) or 0
              for a in answers if a.got.shape == a.run.case.right[quantity].shape]
    same = bool(ratios) and np.ptp(ratios) < 1e-6 * abs(ratios[0])
    # A factor that never changes may be a constant, whatever number of images or units it equals.
    seen = set(COUNTS) if same else set()
    zero = not any(a.got.any() for a in wrong)      # exactly; other mistakes leave some rounding
    for name, guess in sorted(tables[id(wrong[0])].items(),
                              key=lambda item: zero and item[1].key != "zero"):
        if guess.key in seen or not _agrees(wrong[0].got, guess.array):
            continue
        if all(_agrees_in(a, tables[id(a)].get(name)) for a in answers):
            seen.add(guess.key)
            yield name
            # Two are enough where numbers cannot tell them apart.
            if len(seen - set(COUNTS)) == 2 or (zero and guess.key == "zero"):
                return


def _agrees_in(answer: Answer, guess: Guess | None) -> bool:
    """Whether a guess gives this answer; if it is impossible here, the answer has to be right."""
    array = None if guess is None else guess.array
    return not answer.wrong if array is None else _agrees(answer.got, array)


def _agrees(got: Array, guess: Array | None) -> bool:
    """Whether a guess gives these numbers, NaN and infinities included."""
    if guess is None or got.shape != guess.shape:
        return False
    if got.size and abs(got.flat[0] - guess.flat[0]) > 1e-6 * (1 + abs(got.flat[0])):
        return False        # one number is enough to reject most guesses
    finite = np.isfinite(got)
    if finite.all():
        return is_same(got, guess)
    return np.array_equal(got[~finite], guess[~finite], equal_nan=True) and is_same(
        got[finite], guess[finite])


def _two_at_once(answers: list[Answer], tables: Tables, quantity: str) -> list[Name]:
    """Two mistakes that together, one after the other, give every answer."""
    wrong = [a for a in answers if a.wrong]
    # The smallest array that is large enough to tell guesses apart.
    first = min(wrong, key=lambda a: a.got.size if a.got.size >= 12 else 1000)
    if first.got.size > LARGE:      # hundreds of guesses, each changed in hundreds of ways
        return []
    tried = {first.run.case.right[quantity].tobytes()}
    for name, guess in tables[id(first)].items():
        inner = guess.array
        if inner is None or inner.shape != first.got.shape or inner.tobytes() in tried:
            continue
        tried.add(inner.tobytes())
        for key, detail, answer in changed(first.run.case, quantity, inner):
            if key in (guess.key, "zero") or not _agrees(first.got, attempt(answer)):
                continue
            if all(_pair_agrees(a, tables[id(a)].get(name), quantity, (key, detail))
                   for a in answers):
                return [name, (key, detail)]
    return []


def _pair_agrees(answer: Answer, guess: Guess | None, quantity: str, outer_name: Name) -> bool:
    inner = answer.run.case.right[quantity] if guess is None or guess.array is None else guess.array
    outer = {(key, detail): outer for key, detail, outer in
             changed(answer.run.case, quantity, inner)}.get(outer_name)
    return outer is not None and _agrees(answer.got, attempt(outer))


def _one_or_the_other(answers: list[Answer], tables: Tables, quantity: str) -> list[Explained]:
    """One mistake that is made only in some cases, or two in different cases: they give all
    wrong answers. One that also gives the right answers is preferred."""
    wrong, right = [a for a in answers if a.wrong], [a for a in answers if not a.wrong]

    def fitting(one: Answer) -> list[Name]:
        if one.got.size < 4:        # too few numbers
            return []
        names = [name for name, guess in tables[id(one)].items()
                 if guess.key not in COUNTS and _agrees(one.got, guess.array)]
        return sorted(names, key=lambda name: not all(
            _agrees_in(a, tables[id(a)].get(name)) for a in right))

    for first in fitting(wrong[0]):
        rest = [a for a in wrong if not _agrees_in(a, tables[id(a)].get(first))]
        for second in fitting(rest[0]) if rest else [first]:
            if all(_agrees_in(a, tables[id(a)].get(second)) for a in rest):
                parts = {first: [a for a in wrong if a not in rest], second: rest or wrong}
                return [Explained(key, [quantity], "; ".join(filter(None, (
                    detail, signatures.contrast([(a.run.case, a in here) for a in answers])))), 1)
                    for (key, detail), here in parts.items()]
    return []


def _unknown(examination: Examination, answers: list[Answer], quantity: str) -> list[Explained]:
    """No known mistake fits: say in which cases and in which entries it goes wrong."""
    facts = []
    where, bad = signatures.contrast([(a.run.case, a.wrong) for a in answers]), [
        a for a in answers if a.wrong]
    if len(bad) < len(answers) or not answers[0].run.case.given:
        facts.append(f"it goes wrong in {len(bad)} of {len(answers)} cases" + f", {where}" * bool(
            where))
    masks = [m.wrong for a in answers if a.wrong and (m := a.run.mismatch(quantity)) is not None]
    place = signatures.place(masks)
    if place:
        facts.append(f"only {place}")
    if examination.is_layer and quantity != "y" and any(r.mismatch("y") for r in examination.runs):
        facts.append("forward is wrong, too: mend it first")
    return [Explained("unknown", [quantity], "; ".join(facts), 3)]


def _merge(explained: list[Explained]) -> list[Explained]:
    """One entry for each cause: a better fit comes first, and then more quantities."""
    merged: dict[str, Explained] = {}
    for e in explained:
        known = merged.setdefault(e.key, Explained(e.key, [], e.detail, e.rank))
        known.rank = min(known.rank, e.rank)
        known.quantities += [q for q in e.quantities if q not in known.quantities]
    return sorted(merged.values(), key=lambda e: (e.rank, -len(e.quantities)))
