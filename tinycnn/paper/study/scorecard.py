"""Every claim of the paper, the number of a study that tests it, and its thresholds.

The thresholds are judgements: the paper does not say how strong a strong impact is. They are shown
beside every verdict. To use other thresholds, take the numbers from study.csv.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...analysis.claims import Claim, Interval, Verdict, interval
from ...analysis.measures import PAPER
from .rows import Numbers

PERCENT, PLAIN, TIMES = "{:.0%}", "{:.2f}", "{:.1f}"
SHARE, SIGNED, POSITIVE = (0.0, 1.0), (-1.0, 1.0), (0.0, np.inf)   # the limits of numbers
ONE_LAYER = "the features are of one layer"
STRONGEST = {"subject": PAPER, "option": "strongest"}
WEAKEST = {"subject": PAPER, "option": "weakest"}


@dataclass(frozen=True)
class Judged:
    """A claim, with what was measured on the networks of a study, or why it was not."""

    claim: Claim
    measured: Interval
    why: str = ""

    @property
    def verdict(self) -> Verdict:
        """What follows from the number; see `Claim.verdict`."""
        return self.claim.verdict(self.measured)

    @property
    def text(self) -> str:
        """The number with its interval, or "not measured: the features are of one layer"."""
        return f"{self.claim.text(self.measured)}{': ' * bool(self.why)}{self.why}"


def scorecard(numbers: Numbers, n_classes: int = 15) -> list[Judged]:
    """All claims: first the claims of the paper, then what it did not ask.

    Networks that are no better than always the same answer show only their errors and costs: all
    else is about what was learnt. An error shows nothing if the claim's threshold would make
    always the same answer a good network, or a network that was not destroyed: the thresholds are
    for many classes.
    """
    learnt = Numbers(r for r in numbers.rows if r.seed not in numbers.idle)
    same = interval(numbers.find("training", "error", option="always the same answer")).mean
    constant = {"error": same, "overall error": same, "class error": 1 - 1 / n_classes}
    judged = []
    for claim, analysis, quantity, where in CLAIMS:
        always, why = constant.get(quantity, np.nan), ""
        values = (numbers if analysis in ("training", "cost") else learnt).find(
            analysis, quantity, **where)
        if always <= claim.partly if claim.lower_is_better else always < claim.holds:
            values, why = values[:0], f"always the same answer is {always:.0%} wrong"
        elif numbers.idle and not (len(values) or learnt.rows):
            why = "no network is better than always the same answer"
        elif analysis == "knockout" and not len(values) and "error, " in quantity:
            why = ONE_LAYER
        judged.append(Judged(claim, interval(values, claim.within), why))
    return judged


def as_text(judged: list[Judged]) -> str:
    """The scorecard for a terminal: verdict, claim, number."""
    width = max(len(j.verdict) for j in judged)
    lines = []
    for paper in (True, False):
        lines.append("What the paper says" if paper else "What it did not ask")
        for j in judged:
            if bool(j.claim.section) == paper:
                lines += [f"  {j.verdict:{width}}  {j.claim.sentence}",
                          f"  {'':{width}}  {j.claim.number}: {j.text}"]
        lines.append("")
    return "\n".join(lines)


Entry = tuple[Claim, str, str, Mapping[str, Any]]

# A claim, and the number that tests it: analysis, quantity, and other arguments of `Numbers.find`.
# Differences and shares are computed for each network, before the mean.
CLAIMS: tuple[Entry, ...] = (
    (Claim(key="test error", section="IV-B",
           sentence="The network's error is 4.88 % or less, if the paper means images that it was "
                    "not trained on.",
           number="test error", holds=0.0488, partly=0.0488, form="{:.1%}", lower_is_better=True,
           within=SHARE), "training", "error", {"option": "test"}),
    (Claim(key="error on all", section="IV-B",
           sentence="... and if it means all images.", number="error on all images",
           holds=0.0488, partly=0.0488, form="{:.1%}", lower_is_better=True, within=SHARE),
     "training", "error", {"option": "all"}),
    (Claim(key="cost, true class", section="III-B",
           sentence="The gradients of the true class, at every unit and for all images, take no "
                    "longer than an epoch of training.",
           number="epochs", holds=1, partly=1.25, form=PLAIN, lower_is_better=True,
           within=POSITIVE), "cost", "epochs, true class", {}),
    (Claim(key="cost, all classes", section="III-B",
           sentence="The prediction gradients of all classes take no longer than an epoch.",
           number="epochs", holds=1, partly=1.25, form=PLAIN, lower_is_better=True,
           within=POSITIVE), "cost", "epochs, all classes", {}),
    (Claim(key="profiles", section="V-A",
           sentence="Each person has a gradient profile: two images of one person have more "
                    "similar profiles than images of two people.",
           number="chance that this is so for a pair of each kind; guessing gives 0.5",
           holds=0.9, partly=0.7, within=SHARE),
     "consistency", "auc", {"subject": "gradient", "option": "raw, all images"}),
    (Claim(key="sparse", section="VI",
           sentence="Profiles are sparse: most of a profile is in a few maps.",
           number="share of the maps that a profile is spread over",
           holds=1 / 3, partly=1 / 2, form=PERCENT, lower_is_better=True, within=SHARE),
     "consistency", "effective maps", {}),
    (Claim(key="own features", section="V-B",
           sentence="Each identity has strongest features of its own.",
           number="share of the 8 strongest that two identities have in common",
           holds=1 / 3, partly=2 / 3, form=PERCENT, lower_is_better=True, within=SHARE),
     "paper", "overlap of the 8 strongest", {}),
    (Claim(key="scale", section="V-B",
           sentence="The size of the gradients differs widely between identities.",
           number="largest divided by smallest", holds=10, partly=3, form=TIMES, within=POSITIVE),
     "paper", "largest over smallest", {}),
    (Claim(key="strong and weak", section="V-D",
           sentence="Without its strong features the network degrades much faster than without "
                    "its weak ones.",
           number="mean overall error over ten removals, strongest minus weakest",
           holds=0.3, partly=0.1, within=SIGNED), "beside others", "strongest minus weakest", {}),
    (Claim(key="robust", section="V-D",
           sentence="Without one or two of the strongest features the identity "
                    "is still recognized.",
           number="class error after two",
           holds=0.1, partly=0.25, form=PERCENT, lower_is_better=True, within=SHARE),
     "knockout", "class error", {**STRONGEST, "step": 2}),
    (Claim(key="three strongest", section="V-D",
           sentence="Removing three or more of the strongest features has a strong impact.",
           number="class error after three", holds=0.5, partly=0.25, form=PERCENT, within=SHARE),
     "knockout", "class error", {**STRONGEST, "step": 3}),
    (Claim(key="ten strongest", section="V-D",
           sentence="Without the ten strongest features the identity's error is near 100 %.",
           number="class error after ten", holds=0.9, partly=0.75, form=PERCENT, within=SHARE),
     "knockout", "class error", {**STRONGEST, "step": 10}),
    (Claim(key="failure", section="V-D",
           sentence="Without the ten strongest features of any identity the network fails almost "
                    "completely for all people.",
           number="overall error after ten, divided by the error of always the same answer",
           holds=0.9, partly=0.75, form=PERCENT, within=POSITIVE), "paper", "failure", {}),
    (Claim(key="slower for all", section="V-D",
           sentence="The error over all people grows more slowly than the error of the identity "
                    "whose strongest features are removed.",
           number="mean error over ten removals, class minus overall", holds=0.1, partly=0.02,
           within=SIGNED), "beside others", "class minus overall", {}),
    (Claim(key="ten weakest", section="V-D",
           sentence="Without the ten weakest features the network's error is below 25 %.",
           number="overall error after ten",
           holds=0.25, partly=0.5, form=PERCENT, lower_is_better=True, within=SHARE),
     "knockout", "overall error", {**WEAKEST, "step": 10}),
    (Claim(key="fifteen weakest", section="V-D",
           sentence="Without the 15 weakest features of one identity the error is below one half, "
                    "for many identities.",
           number="share of identities", holds=0.5, partly=0.25, form=PERCENT, within=SHARE),
     "paper", "below one half after 15 weakest", {}),
    (Claim(key="weak ones hurt", section="V-D",
           sentence="Some of the weak features hurt: the network is better without them.",
           number="share of identities with fewer errors on all images at some step",
           holds=0.5, partly=0.25, form=PERCENT, within=SHARE),
     "paper", "better without weak ones", {}),
    (Claim(key="lost first", section="V-D",
           sentence="The identity whose features are removed is not the first to be lost (Fig. 3).",
           number="share of identities", holds=0.5, partly=0.25, form=PERCENT, within=SHARE),
     "paper", "another is lost first", {}),
    (Claim(key="weak for all", section="V-E",
           sentence="Features that are weak for one class are weak for all.",
           number="rank correlation between classes", holds=0.7, partly=0.4, within=SIGNED),
     "agreement", "between classes", {"subject": PAPER}),
    (Claim(key="irrelevant", section="V-E",
           sentence="Maps with weak gradients for most classes are irrelevant.",
           number="share of them that cost no more than 2 % of the answers, each removed alone",
           holds=0.9, partly=0.75, form=PERCENT, within=SHARE),
     "units", "weak ones not needed", {}),
    (Claim(key="saturated", section="V-E",
           sentence="Such maps are dead or saturated.",
           number="share of them", holds=0.5, partly=0.25, form=PERCENT, within=SHARE),
     "units", "weak ones dead or saturated", {}),

    (Claim(key="against random", section="",
           sentence="Removing the strongest features does more damage than removing random ones.",
           number="mean overall error over ten removals, beyond random orders",
           holds=0.1, partly=0.03, within=SIGNED),
     "knockout", "overall error, gain on random", STRONGEST),
    (Claim(key="against same layers", section="",
           sentence="... and more than removing random maps of the same layers.",
           number="the same, beyond random maps of the same layers", holds=0.1, partly=0.03,
           within=SIGNED), "knockout", "overall error, gain on same layers", STRONGEST),
    (Claim(key="map-specific", section="",
           sentence="The damage beyond random orders comes from the maps, not from their layers.",
           number="map-specific share", holds=0.5, partly=0.25, form=PERCENT),
     "knockout", "overall error, map-specific share", STRONGEST),
    (Claim(key="same layers, test", section="",
           sentence="The strongest also beat random maps of the same layers if they are ranked on "
                    "the training images and measured on the others.",
           number="mean overall error beyond random maps of the same layers",
           holds=0.1, partly=0.03, within=SIGNED), "knockout", "overall error, gain on same layers",
     {"subject": PAPER, "option": "strongest, test"}),
    (Claim(key="same layers, mean", section="",
           sentence="The strongest also beat random maps of the same layers if a removed map is "
                    "set to its mean, not to 0.",
           number="mean overall error beyond random maps of the same layers",
           holds=0.1, partly=0.03, within=SIGNED), "knockout", "overall error, gain on same layers",
     {"subject": PAPER, "option": "strongest, to the mean"}),
    (Claim(key="best possible", section="",
           sentence="No ranking does much more damage to the class, not even the one that tries "
                    "all maps at each step.",
           number="gain on random orders, as a share of the greedy order's gain",
           holds=0.8, partly=0.5, form=PERCENT), "beside others", "share of the greedy gain", {}),
    (Claim(key="beyond activation", section="",
           sentence="A ranking by gradients does more damage than a ranking by activations, which "
                    "needs no backward pass.",
           number="mean overall error over ten removals, difference", holds=0.05, partly=0.0,
           within=SIGNED), "beside others", "gradient minus activation", {}),
    (Claim(key="beyond pixels", section="",
           sentence="Gradient profiles tell people apart better than pixels do.",
           number="chance that a pair of one person is more alike, difference",
           holds=0.05, partly=0.0, within=SIGNED), "consistency", "auc beyond pixels", {}),
    (Claim(key="learnt, profiles", section="",
           sentence="Profiles are learnt: they tell people apart better than before training, "
                    "when a profile shows which output is asked for and little else.",
           number="chance that a pair of one person is more alike, difference to the untrained "
                  "network", holds=0.05, partly=0.0, within=SIGNED),
     "consistency", "auc beyond the untrained network", {}),
    (Claim(key="first order", section="",
           sentence="A gradient predicts what a knockout does.",
           number="correlation of predicted and true change of y_t", holds=0.9, partly=0.5,
           within=SIGNED), "first order", "correlation", {"subject": "gate 0"}),
    (Claim(key="scale is relevance", section="",
           sentence="Identities with large gradients are hurt more by losing their "
                    "strongest features.",
           number="rank correlation of gradient size and damage", holds=0.5, partly=0.3,
           within=SIGNED), "paper", "scale and damage", {}),
    (Claim(key="stable", section="",
           sentence="A class's ranking does not depend on which of its images are used.",
           number="rank correlation with rankings of resampled images", holds=0.9, partly=0.7,
           within=SIGNED), "sanity", "bootstrap stability", {"subject": PAPER}),
    (Claim(key="learnt, weights", section="",
           sentence="The ranking is lost when the weights of all layers are shuffled.",
           number="rank correlation with the shuffled network",
           holds=0.2, partly=0.4, form=PLAIN, lower_is_better=True, within=SIGNED),
     "sanity", "all weights shuffled", {"subject": PAPER}),
    (Claim(key="learnt, labels", section="",
           sentence="A network that learnt shuffled labels has a different ranking.",
           number="rank correlation with that network",
           holds=0.2, partly=0.4, form=PLAIN, lower_is_better=True, within=SIGNED),
     "sanity", "shuffled labels", {"subject": PAPER}),
    (Claim(key="needed", section="",
           sentence="The strongest features are needed: a network trained again without them is "
                    "worse than one without random maps of the same layers.",
           number="difference in test error", holds=0.05, partly=0.01, form=PERCENT, within=SIGNED),
     "retrain", "strongest minus same layers", {}),
    (Claim(key="weak missed less", section="",
           sentence="Maps with weak gradients are needed less often than the others, if each is "
                    "removed alone.",
           number="share not needed, weak maps minus others", holds=0.1, partly=0.02, form=PERCENT,
           within=SIGNED), "units", "weak ones minus others", {}),
    (Claim(key="culprits", section="",
           sentence="The map that pushes most towards a wrong identity is to blame: its removal "
                    "repairs more mistakes than the removal of a random map.",
           number="share of mistakes repaired, difference", holds=0.25, partly=0.1, form=PERCENT,
           within=SIGNED), "mistakes", "culprit minus random map", {}),
    (Claim(key="twins", section="",
           sentence="Images that are the same in training and test make the test error "
                    "look better.",
           number="test error without them, minus the whole test error",
           holds=0.01, partly=0.003, form="{:.1%}", within=SIGNED),
     "leak", "without minus with", {}),
)
