"""What a study writes: study.csv with all numbers, the scorecard, and report.html.

Each section below draws its figure and returns its part of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ....analysis.activity import features_of
from ....analysis.claims import VERDICTS
from ....datasets import Dataset
from ....gradients import feature_layers
from ....network import Network
from ....output.page import Section, write_report
from ....output.text import listing
from ....output.whole_file import whole_folder, write_text
from ...networks import name_of
from ...recipe import recipe
from ...wording import Words, words_for
from ..between import between_networks
from ..parts.knockout_table import DRAWS, IDENTITIES, REMOVALS
from ..rows import Numbers, Row, write_rows
from ..scorecard import as_text, scorecard
from ..subject import Subject, Training
from . import crossed, faces, knockouts, rankings, readings, reason, specificity
from .text import named, said, wording
from .verdicts import verdicts, write_scorecard


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
    rows = [*rows, *between_networks(rows)]
    numbers = Numbers(rows)
    judged = [replace(j, claim=replace(j.claim, sentence=say(j.claim.sentence),
                                       number=say(j.claim.number)))
              for j in scorecard(numbers, data.n_classes)]
    write_rows(out / "study.csv", rows)
    write_scorecard(judged, out / "scorecard.csv")
    text = as_text(judged)
    write_text(out / "scorecard.txt", text)
    seeds = sorted({r.seed for r in rows})
    n = len(seeds)
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
        knockouts.controls, knockouts.measures, specificity.specificity, specificity.gentle,
        reason.reason, faces.profiles, rankings.foretold, rankings.learnt, knockouts.retrained,
        rankings.agreement, faces.units, faces.mistakes, readings.multiverse, readings.options,
        crossed.crossed, faces.leaks)]
    sections.append(recipe(data, [
        ("data", f"{data.name}, {len(data)} images of {data.n_classes} {words.people}"),
        *(("how the images were read", note) for note in data.notes),
        ("seeds", named(seeds)),
        ("split", "given by the data" if data.test_part is not None else
                  "random, another for each seed"),
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
