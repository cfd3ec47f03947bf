"""What a study writes: study.csv with all numbers, the scorecard, and report.html.

Each section below draws its figure and returns its part of the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from .... import figures
from ....analysis.activity import features_of
from ....analysis.claims import VERDICTS
from ....datasets import Dataset
from ....figures import save
from ....gradients import feature_layers
from ....network import Network
from ....output.csv_file import write_csv
from ....output.page import Section, write_report
from ....output.text import listing
from ....output.whole_file import whole_folder, write_text
from ...networks import name_of
from ...recipe import recipe
from ...wording import Words, words_for
from ..parts.knockout_table import DRAWS, IDENTITIES, REMOVALS
from ..rows import Numbers, Row, write_rows
from ..scorecard import Judged, as_text, scorecard
from ..subject import Subject, Training
from . import faces, knockouts, rankings, readings
from .text import ends, percent, said, wording


def write_study(rows: Sequence[Row], data: Dataset, training: Training, out: Path) -> str:
    """Write all tables and figures and report.html into `out`; returns the scorecard as text.

    Those of an earlier time are replaced at the end, all together.
    """
    with whole_folder(out) as draft:
        return _write(rows, data, training, draft)


def _write(rows: Sequence[Row], data: Dataset, training: Training, out: Path) -> str:
    net = Subject(data, 0, training).fresh()
    frozen = net.frozen(data.images)
    features = features_of(frozen)
    words = words_for(data, frozen, features)
    removals = min(REMOVALS, len(features) - 1)
    say = wording(words, removals)
    numbers = Numbers(rows)
    judged = [Judged(replace(j.claim, sentence=say(j.claim.sentence), number=say(j.claim.number)),
                     j.measured, j.why) for j in scorecard(numbers, data.n_classes)]
    write_rows(out / "study.csv", rows)
    _write_scorecard_csv(judged, out / "scorecard.csv")
    text = as_text(judged)
    write_text(out / "scorecard.txt", text)
    n = len({r.seed for r in rows})
    tally = {verdict: sum(j.verdict == verdict for j in judged if j.claim.section)
             for verdict in VERDICTS}
    lead = [("data", data.name), ("networks", n),
            *((f"of the paper's claims: {verdict}", count) for verdict, count in tally.items())]
    name = Path(name_of(training.net)).name
    sections = [] if training.net is None and words.like_the_paper else [another(net, name, words)]
    other = Subject(data, 1, training).fresh()
    seeded = not all(map(np.array_equal, net.params.values(), other.params.values()))
    differ = [*["their first weights"] * seeded, "the order of the images",
              *["the split"] * (data.test_part is None)]
    notes = [f"Knockouts are those of {IDENTITIES} of {data.n_classes:,} {words.people}, spread "
             "evenly over the list."] * (data.n_classes > IDENTITIES)
    notes += ["All networks start from the same weights: the function that makes them does not use "
              "its seed."] * (not seeded)
    sections += [verdicts(judged, numbers, out, n, listing(differ), notes)]
    sections += [said(section(numbers, out), say) for section in (
        knockouts.controls, knockouts.measures, knockouts.gentle, faces.profiles, rankings.foretold,
        rankings.learnt, knockouts.retrained, rankings.agreement, faces.units, faces.mistakes,
        readings.choices, faces.leaks)]
    sections.append(recipe(data, [
        ("data", f"{data.name}, {len(data)} images of {data.n_classes} {words.people}"),
        *(("how the images were read", note) for note in data.notes),
        ("seeds", f"0 to {n - 1}"), ("split", "random, another for each seed" if
                                             data.test_part is None else "given by the data"),
        *(vars(training) | {"net": name}).items(),
        ("removals for areas", removals), ("random orders", DRAWS)], "All settings of this study."))
    write_report(out / "report.html", "Do the paper's claims hold?", lead, sections)
    return text


def another(net: Network, name: str, words: Words) -> Section:
    """What a reader must know before the claims are read as claims about this network."""
    text = ["The claims, and numbers such as 4.88 %, are about the paper's network and its faces; "
            "here the network is another one, or the images are. Its features are the "
            f"{words.maps} of {listing(feature_layers(net))}: {words.outputs}. \"Before tanh\" in "
            "a name means before the activation."]
    if not net.ends_in_softmax:
        text.append("The network does not end in a softmax: y_t is an output, not a probability, "
                    'and "gradient, logit" is the same as "gradient".')
    if net.mixes_images:
        text.append("It is trained with the mean and variance of each batch, and analysed with "
                    "those of all training images.")
    return Section(f"The network: {name}", text, listing=repr(net))


def verdicts(judged: Sequence[Judged], numbers: Numbers, out: Path, n: int, differ: str,
             notes: list[str]) -> Section:
    """The scorecard, and what is to be known with it: in what the n networks `differ`, `notes` and
    others."""
    path = save(figures.scorecard([{
        "group": "What the paper says" if j.claim.section else "What the paper did not ask",
        "number": number, "claim": j.claim.sentence,
        "test": f"{j.claim.section}: {j.claim.number}".removeprefix(": "),
        "measured": j.text, "interval": ends(j.measured),
        "holds": j.claim.holds, "in_part": j.claim.partly, "rule": j.claim.thresholds,
        "lower_is_better": j.claim.lower_is_better, "verdict": j.verdict}
        for number, j in enumerate(judged, start=1)]), out / "scorecard.png")
    wrong, same = (percent(numbers.find("training", "error", option=option))
                   for option in ("all", "always the same answer"))
    notes = [*notes, *[f"{len(numbers.idle)} of {n} networks are no better than that: only their "
                       "errors and costs count for the verdicts."] * bool(numbers.idle)]
    if lost := Counter(r.subject for r in numbers.rows if r.quantity == "diverged"):
        notes.append("Not measured, because another training diverged: " + "; ".join(
            f"{what} ({count} of {n} networks)" for what, count in lost.items()) + ".")
    return Section(
        "The scorecard",
        ["Each claim is tested by one number, measured on " + ("one network" if n == 1 else
         f"{n} networks that differ in {differ}") + ". A claim "
         "holds if the whole 95 % interval of the mean is beyond its threshold. It holds in part "
         "if the interval is beyond the second threshold, and does not hold if no part of it "
         "reaches that one. Otherwise so many networks cannot tell. The thresholds are judgements; "
         "the numbers are not.",
         f"The networks are wrong about {wrong} of all images; always the same answer would be "
         f"wrong about {same}. What a network has not learnt, no knockout takes from it.", *notes],
        path, "Claims, with the paper's section and what is measured; numbers with their 95 % "
              "intervals; thresholds; verdicts. scorecard.csv and scorecard.txt have the same.")


def _write_scorecard_csv(judged: Sequence[Judged], path: Path) -> None:
    write_csv(path, ("claim", "section", "sentence", "number", "mean", "low", "high", "networks",
                     "holds", "in part", "lower is better", "verdict"),
              [(j.claim.key, j.claim.section, j.claim.sentence, j.claim.number, j.measured.mean,
                j.measured.low, j.measured.high, j.measured.n, j.claim.holds, j.claim.partly,
                j.claim.lower_is_better, j.verdict) for j in judged])


