"""Every claim of the paper, the number of a study that tests it, and from which value on it holds.

The thresholds are judgements: the paper does not say from where on an impact is strong. They stand
beside every verdict, and study.csv has the numbers for whoever would draw the line elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...analysis.claims import Claim, Interval, Verdict, interval
from ...analysis.measures import PAPER
from .rows import Numbers

PERCENT, PLAIN, TIMES = "{:.0%}", "{:.2f}", "{:.1f}"
STRONGEST = {"subject": PAPER, "option": "strongest"}
WEAKEST = {"subject": PAPER, "option": "weakest"}


@dataclass(frozen=True)
class Judged:
    """A claim, with what was measured on the networks of a study."""

    claim: Claim
    measured: Interval

    @property
    def verdict(self) -> Verdict:
        """What follows from the number; see `Claim.verdict`."""
        return self.claim.verdict(self.measured)


def scorecard(numbers: Numbers) -> list[Judged]:
    """All claims: those of the paper first, then what it did not ask."""
    return [Judged(claim, interval(numbers.find(analysis, quantity, **where)))
            for claim, analysis, quantity, where in CLAIMS]


def as_text(judged: list[Judged]) -> str:
    """The scorecard for a terminal: verdict, claim, number."""
    width = max(len(j.verdict) for j in judged)
    lines = []
    for paper in (True, False):
        lines.append("What the paper says" if paper else "What it did not ask")
        for j in judged:
            if bool(j.claim.section) == paper:
                lines += [f"  {j.verdict:{width}}  {j.claim.sentence}",
                          f"  {'':{width}}  {j.claim.number}: {j.claim.text(j.measured)}"]
        lines.append("")
    return "\n".join(lines)


Entry = tuple[Claim, str, str, Mapping[str, Any]]

# A claim, and which number tests it: analysis, quantity, and what else says which one
# (`Numbers.find`). Differences and shares are taken network by network, before the mean.
CLAIMS: tuple[Entry, ...] = (
    (Claim("test error", "IV-B", "The network's error is 4.88 %, or less, if that is of images "
           "that it was not trained on.",
           "test error", 0.0488, 0.0488, "{:.1%}", True),
     "training", "error", {"option": "test"}),
    (Claim("error on all", "IV-B", "... and if it is of all images.",
           "error on all images", 0.0488, 0.0488, "{:.1%}", True),
     "training", "error", {"option": "all"}),
    (Claim("cost, true class", "III-B", "The gradients of the true class, at every unit and for "
           "all images, take no longer than an epoch of training.",
           "epochs", 1, 1.25, PLAIN, True),
     "cost", "epochs, true class", {}),
    (Claim("cost, all classes", "III-B", "All prediction gradients, those of every class, take no "
           "longer than an epoch.",
           "epochs", 1, 1.25, PLAIN, True),
     "cost", "epochs, all classes", {}),
    (Claim("profiles", "V-A", "Each person has a gradient profile: two images of one person have "
           "more alike ones than images of two people.",
           "chance that it is so for a pair of each kind; guessing gives 0.5", 0.9, 0.7),
     "consistency", "auc", {"subject": "gradient", "option": "raw, all images"}),
    (Claim("sparse", "VI", "Profiles are sparse: few of the maps carry them.",
           "maps that a profile is spread over", 1 / 3, 1 / 2, PERCENT, True),
     "consistency", "effective maps", {}),
    (Claim("own features", "V-B", "Each identity has strongest features of its own.",
           "of the 8 strongest, two identities share", 1 / 3, 2 / 3, PERCENT, True),
     "paper", "overlap of the 8 strongest", {}),
    (Claim("scale", "V-B", "The size of the gradients differs widely between identities.",
           "largest over smallest", 10, 3, TIMES),
     "paper", "largest over smallest", {}),
    (Claim("strong and weak", "V-D", "Without its strong features the network degrades much faster "
           "than without its weak ones.",
           "mean overall error over ten removals, strongest minus weakest", 0.3, 0.1),
     "beside others", "strongest minus weakest", {}),
    (Claim("robust", "V-D", "Without one or two of the strongest features the identity is still "
           "recognized.",
           "class error after two", 0.1, 0.25, PERCENT, True),
     "knockout", "class error", {**STRONGEST, "step": 2}),
    (Claim("three strongest", "V-D", "Removing three or more of the strongest features has a "
           "strong impact.",
           "class error after three", 0.5, 0.25, PERCENT),
     "knockout", "class error", {**STRONGEST, "step": 3}),
    (Claim("ten strongest", "V-D", "Without the ten strongest the identity's error is near 100 %.",
           "class error after ten", 0.9, 0.75, PERCENT),
     "knockout", "class error", {**STRONGEST, "step": 10}),
    (Claim("failure", "V-D", "Without the ten strongest of any identity the network fails almost "
           "completely for everybody.",
           "overall error after ten, as a share of that of always the same answer", 0.9, 0.75,
           PERCENT),
     "paper", "failure", {}),
    (Claim("slower for all", "V-D", "Everybody's error grows slower than that of the identity "
           "whose strongest features go.",
           "mean error over ten removals, class minus overall", 0.1, 0.02),
     "beside others", "class minus overall", {}),
    (Claim("ten weakest", "V-D", "Without the ten weakest features the network's error is below "
           "25 %.",
           "overall error after ten", 0.25, 0.5, PERCENT, True),
     "knockout", "overall error", {**WEAKEST, "step": 10}),
    (Claim("fifteen weakest", "V-D", "Without 15 weakest features the error is below one half for "
           "many identities' features.",
           "share of identities", 0.5, 0.25, PERCENT),
     "paper", "below one half after 15 weakest", {}),
    (Claim("weak ones hurt", "V-D", "Some of the weak features hurt: the network is better without "
           "them.",
           "share of identities, fewer errors on all images at some step", 0.5, 0.25, PERCENT),
     "paper", "better without weak ones", {}),
    (Claim("lost first", "V-D", "The identity whose features go is not the first to be lost "
           "(Fig. 3).",
           "share of identities", 0.5, 0.25, PERCENT),
     "paper", "another is lost first", {}),
    (Claim("weak for all", "V-E", "Features that are weak for one class are weak for all.",
           "rank correlation between classes", 0.7, 0.4),
     "agreement", "between classes", {"subject": PAPER}),
    (Claim("irrelevant", "V-E", "Maps with weak gradients for most are irrelevant.",
           "share whose removal alone costs no more than 2 % of the answers", 0.9, 0.75, PERCENT),
     "units", "weak ones not needed", {}),
    (Claim("saturated", "V-E", "Such maps are dead or saturated.",
           "share of them", 0.5, 0.25, PERCENT),
     "units", "weak ones dead or saturated", {}),

    (Claim("against random", "", "Removing the strongest features does more damage than removing "
           "random ones.",
           "mean overall error over ten removals, beyond random orders", 0.1, 0.03),
     "knockout", "overall error, gain on random", STRONGEST),
    (Claim("against same layers", "", "... and more than removing random maps of the same layers.",
           "the same, beyond random maps of the same layers", 0.1, 0.03),
     "knockout", "overall error, gain on same layers", STRONGEST),
    (Claim("map-specific", "", "What it does beyond random orders is due to the maps, and not to "
           "their layers.",
           "map-specific share", 0.5, 0.25, PERCENT),
     "knockout", "overall error, map-specific share", STRONGEST),
    (Claim("same layers, test", "", "It does so where features are ranked on the training images "
           "and the damage is measured on the others.",
           "mean overall error beyond the same layers", 0.1, 0.03),
     "knockout", "overall error, gain on same layers",
     {"subject": PAPER, "option": "strongest, test"}),
    (Claim("same layers, mean", "", "It does so where a removed map is set to its mean and not to "
           "0.",
           "mean overall error beyond the same layers", 0.1, 0.03),
     "knockout", "overall error, gain on same layers",
     {"subject": PAPER, "option": "strongest, to the mean"}),
    (Claim("best possible", "", "No ranking does much more damage to the class: not even trying "
           "all maps at each step.",
           "share of the greedy order's gain on random orders", 0.8, 0.5, PERCENT),
     "beside others", "share of the greedy gain", {}),
    (Claim("beyond activation", "", "Gradients find more damage than activations, which need no "
           "backward pass.",
           "mean overall error over ten removals, difference", 0.05, 0.0),
     "beside others", "gradient minus activation", {}),
    (Claim("beyond pixels", "", "Gradient profiles tell people apart better than pixels do.",
           "chance that a pair of one person is more alike, difference", 0.05, 0.0),
     "consistency", "auc beyond pixels", {}),
    (Claim("learnt, profiles", "", "Profiles are learnt: before training, when a profile says "
           "which output is asked for and little else, they tell people apart less well.",
           "chance that a pair of one person is more alike, difference to the untrained network",
           0.05, 0.0),
     "consistency", "auc beyond the untrained network", {}),
    (Claim("first order", "", "A gradient foretells what a knockout does.",
           "correlation of predicted and true change of y_t", 0.9, 0.5),
     "first order", "correlation", {"subject": "gate 0"}),
    (Claim("scale is relevance", "", "Identities with large gradients are hurt more by losing "
           "their strongest features.",
           "rank correlation of both", 0.5, 0.3),
     "paper", "scale and damage", {}),
    (Claim("stable", "", "A class's ranking does not depend on which of its images are there.",
           "rank correlation with rankings of resampled images", 0.9, 0.7),
     "sanity", "bootstrap stability", {"subject": PAPER}),
    (Claim("learnt, weights", "", "The ranking is lost when the weights of all layers are "
           "shuffled.",
           "rank correlation with the shuffled network", 0.2, 0.4, PLAIN, True),
     "sanity", "shuffled weights", {"subject": PAPER, "option": "+ conv1", "step": 5}),
    (Claim("learnt, labels", "", "The ranking is another one if the network learnt shuffled "
           "labels.",
           "rank correlation with that network", 0.2, 0.4, PLAIN, True),
     "sanity", "shuffled labels", {"subject": PAPER}),
    (Claim("needed", "", "The strongest features are needed: a network trained anew without them "
           "is worse than one without random maps of the same layers.",
           "difference in test error", 0.05, 0.01, PERCENT),
     "retrain", "strongest minus same layers", {}),
    (Claim("weak missed less", "", "Maps with weak gradients are missed less than the others, if "
           "each is removed alone.",
           "share not needed, weak maps minus others", 0.1, 0.02, PERCENT),
     "units", "weak ones minus others", {}),
    (Claim("culprits", "", "The map that pushes most towards a wrong identity is to blame: without "
           "it more mistakes are right than without a random map.",
           "share of mistakes repaired, difference", 0.25, 0.1, PERCENT),
     "mistakes", "culprit minus random map", {}),
    (Claim("twins", "", "Images that are the same in training and test flatter the test error.",
           "test error without them, minus the whole", 0.01, 0.003, "{:.1%}"),
     "leak", "without minus with", {}),
)
