"""Every claim of the paper, the number of a study that tests it, and its thresholds.

The thresholds are judgements: the paper does not say how strong a strong impact is. They are shown
beside every verdict. To use other thresholds, take the numbers from study.csv.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ...analysis.claims import Claim
from ...analysis.measures import PAPER

PERCENT, PLAIN, TIMES = "{:.0%}", "{:.2f}", "{:.1f}"
SHARE, SIGNED, POSITIVE = (0.0, 1.0), (-1.0, 1.0), (0.0, np.inf)   # the limits of numbers
STRONGEST = {"subject": PAPER, "option": "strongest"}
WEAKEST = {"subject": PAPER, "option": "weakest"}


class Entry(NamedTuple):
    """A claim, and where the number that tests it is in the rows of a study.

    Attributes:
        claim: the sentence and its thresholds.
        analysis: of the rows.
        quantity: of the rows; or a pair, numerator and denominator: the ratio of their means.
        where: other arguments of `Numbers.find`.
        null: the quantity that the control has, with the same analysis and where. If the number is
            not better than this one, it says nothing about the claim. "" if there is none.
    """

    claim: Claim
    analysis: str
    quantity: str | tuple[str, str]
    where: Mapping[str, Any]
    null: str = ""

    @property
    def quantities(self) -> tuple[str, ...]:
        """All its numbers in the rows: one, or two of a ratio; then the control's, if any."""
        pair = (self.quantity,) if isinstance(self.quantity, str) else self.quantity
        return *pair, *([self.null] if self.null else [])


# Differences are computed for each network, before the mean.
CLAIMS: tuple[Entry, ...] = (
    Entry(Claim("test error", "IV-B", "The network's error is 4.88 % or less, if the paper means "
                "images that it was not trained on.", "test error", holds=0.0488, partly=0.0488,
                form="{:.1%}", lower_is_better=True, within=SHARE), "training", "error",
          {"option": "test"}),
    Entry(Claim("error on all", "IV-B", "... and if it means all images.", "error on all images",
                holds=0.0488, partly=0.0488, form="{:.1%}", lower_is_better=True, within=SHARE),
          "training", "error", {"option": "all"}),
    Entry(Claim("cost, true class", "III-B", "The gradients of the true class, at every unit and "
                "for all images, take no longer than an epoch of training.", "epochs", holds=1,
                partly=1.25, form=PLAIN, lower_is_better=True, within=POSITIVE), "cost",
          "epochs, true class", {}),
    Entry(Claim("cost, all classes", "III-B", "The prediction gradients of all classes take no "
                "longer than an epoch.", "epochs", holds=1, partly=1.25, form=PLAIN,
                lower_is_better=True, within=POSITIVE), "cost", "epochs, all classes", {}),
    Entry(Claim("profiles", "V-A", "Each person has a gradient profile: two images of one person "
                "have more similar profiles than images of two people.", "chance that this is so "
                "for a pair of each kind; guessing gives 0.5", holds=0.9, partly=0.7, within=SHARE),
          "consistency", "auc", {"subject": "gradient", "option": "raw, all images"}),
    Entry(Claim("sparse", "VI", "Profiles are sparse: most of a profile is in a few maps.",
                "share of the maps that a profile is spread over", holds=1 / 3, partly=1 / 2,
                form=PERCENT, lower_is_better=True, within=SHARE), "consistency", "effective maps",
          {}),
    Entry(Claim("own features", "V-B", "Each identity has strongest features of its own.", "share "
                "of the 8 strongest that two identities have in common", holds=1 / 3, partly=2 / 3,
                form=PERCENT, lower_is_better=True, within=SHARE), "paper",
          "overlap of the 8 strongest", {}),
    Entry(Claim("scale", "V-B", "The size of the gradients differs widely between identities.",
                "largest divided by smallest", holds=10, partly=3, form=TIMES,
                within=(1.0, np.inf)), "paper", "largest over smallest", {}),
    Entry(Claim("strong and weak", "V-D", "Without its strong features the network degrades much "
                "faster than without its weak ones.", "mean overall error over ten removals, "
                "strongest minus weakest", holds=0.3, partly=0.1, within=SIGNED), "beside others",
          "strongest minus weakest", {}),
    Entry(Claim("robust", "V-D", "Without one or two of the strongest features the identity is "
                "still recognized.", "class error after two", holds=0.1, partly=0.25, form=PERCENT,
                lower_is_better=True, within=SHARE), "knockout", "class error",
          {**STRONGEST, "step": 2}),
    Entry(Claim("three strongest", "V-D", "Removing three or more of the strongest features has a "
                "strong impact.", "class error after three", holds=0.5, partly=0.25, form=PERCENT,
                within=SHARE), "knockout", "class error", {**STRONGEST, "step": 3}),
    Entry(Claim("ten strongest", "V-D", "Without the ten strongest features the identity's error "
                "is near 100 %.", "class error after ten", holds=0.9, partly=0.75, form=PERCENT,
                within=SHARE), "knockout", "class error", {**STRONGEST, "step": 10}),
    Entry(Claim("failure", "V-D", "Without the ten strongest features of any identity the network "
                "fails almost completely for all people.", "overall error after ten, divided by "
                "the error of always the same answer", holds=0.9, partly=0.75, form=PERCENT,
                within=POSITIVE), "paper", "failure", {}),
    Entry(Claim("slower for all", "V-D", "The error over all people grows more slowly than the "
                "error of the identity whose strongest features are removed.", "mean error over "
                "ten removals, class minus overall", holds=0.1, partly=0.02, within=SIGNED),
          "beside others", "class minus overall", {}),
    Entry(Claim("ten weakest", "V-D", "Without the ten weakest features the network's error is "
                "below 25 %.", "overall error after ten", holds=0.25, partly=0.5, form=PERCENT,
                lower_is_better=True, within=SHARE), "knockout", "overall error",
          {**WEAKEST, "step": 10}),
    Entry(Claim("fifteen weakest", "V-D", "Without the 15 weakest features of one identity the "
                "error is below one half, for many identities.", "share of identities", holds=0.5,
                partly=0.25, form=PERCENT, within=SHARE), "paper",
          "below one half after 15 weakest", {}),
    Entry(Claim("weak ones hurt", "V-D", "Some of the weak features hurt: the network is better "
                "without them.", "share of identities with fewer errors on all images at some step",
                holds=0.5, partly=0.25, form=PERCENT, within=SHARE), "paper",
          "better without weak ones", {}),
    Entry(Claim("lost first", "V-D", "The identity whose features are removed is not the first to "
                "be lost (Fig. 3).", "share of identities", holds=0.5, partly=0.25, form=PERCENT,
                within=SHARE), "paper", "another is lost first", {}),
    Entry(Claim("weak for all", "V-E", "Features that are weak for one class are weak for all.",
                "rank correlation between classes", holds=0.7, partly=0.4, within=SIGNED),
          "agreement", "between classes", {"subject": PAPER}),
    Entry(Claim("irrelevant", "V-E", "Maps with weak gradients for most classes are irrelevant.",
                "share of them that cost no more than 2 % of the answers, each removed alone",
                holds=0.9, partly=0.75, form=PERCENT, within=SHARE), "units",
          "weak ones not needed", {}),
    Entry(Claim("saturated", "V-E", "Such maps are dead or saturated.", "share of them", holds=0.5,
                partly=0.25, form=PERCENT, within=SHARE), "units", "weak ones dead or saturated",
          {}),

    Entry(Claim("against random", "", "Removing the strongest features does more damage than "
                "removing random ones.", "mean overall error over ten removals, beyond random "
                "orders", holds=0.1, partly=0.03, within=SIGNED), "knockout",
          "overall error, gain on random", STRONGEST),
    Entry(Claim("against same layers", "", "... and more than removing random maps of the same "
                "layers.", "the same, beyond random maps of the same layers", holds=0.1,
                partly=0.03, within=SIGNED), "knockout", "overall error, gain on same layers",
          STRONGEST),
    Entry(Claim("map-specific", "", "The damage beyond random orders comes from the maps, not from "
                "their layers.", "map-specific share", holds=0.5, partly=0.25, form=PERCENT),
          "knockout", "overall error, map-specific share", STRONGEST),
    Entry(Claim("same layers, test", "", "The strongest also beat random maps of the same layers "
                "if they are ranked on the training images and measured on the others.", "mean "
                "overall error beyond random maps of the same layers", holds=0.1, partly=0.03,
                within=SIGNED), "knockout", "overall error, gain on same layers",
          {"subject": PAPER, "option": "strongest, test"}),
    Entry(Claim("same layers, mean", "", "The strongest also beat random maps of the same layers "
                "if a removed map is set to its mean, not to 0.", "mean overall error beyond "
                "random maps of the same layers", holds=0.1, partly=0.03, within=SIGNED),
          "knockout", "overall error, gain on same layers",
          {"subject": PAPER, "option": "strongest, to the mean"}),
    Entry(Claim("best possible", "", "No ranking does much more damage to the class, not even the "
                "one that tries all maps at each step.", "gain on random orders, as a share of the "
                "greedy order's gain", holds=0.8, partly=0.5, form=PERCENT), "beside others",
          "share of the greedy gain", {}),
    Entry(Claim("beyond activation", "", "A ranking by gradients does more damage than a ranking "
                "by activations, which needs no backward pass.", "mean overall error over ten "
                "removals, difference", holds=0.05, partly=0.0, within=SIGNED), "beside others",
          "gradient minus activation", {}),
    Entry(Claim("beyond pixels", "", "Gradient profiles tell people apart better than pixels do.",
                "chance that a pair of one person is more alike, difference", holds=0.05,
                partly=0.0, within=SIGNED), "consistency", "auc beyond pixels", {}),
    Entry(Claim("learnt, profiles", "", "Profiles are learnt: they tell people apart better than "
                "before training, when a profile shows which output is asked for and little else.",
                "chance that a pair of one person is more alike, difference to the untrained "
                "network", holds=0.05, partly=0.0, within=SIGNED), "consistency",
          "auc beyond the untrained network", {}),
    Entry(Claim("first order", "", "A gradient predicts what a knockout does.", "correlation of "
                "predicted and true change of y_t", holds=0.9, partly=0.5, within=SIGNED),
          "first order", "correlation", {"subject": "gate 0"}),
    Entry(Claim("scale is relevance", "", "Identities with large gradients are hurt more by losing "
                "their strongest features.", "rank correlation of gradient size and damage",
                holds=0.5, partly=0.3, within=SIGNED), "paper", "scale and damage", {}),
    Entry(Claim("stable", "", "A class's ranking does not depend on which of its images are used.",
                "rank correlation with rankings of resampled images", holds=0.9, partly=0.7,
                within=SIGNED), "sanity", "bootstrap stability", {"subject": PAPER}),
    Entry(Claim("learnt, weights", "", "The ranking is lost when the weights of all layers are "
                "shuffled.", "rank correlation with the shuffled network", holds=0.2, partly=0.4,
                form=PLAIN, lower_is_better=True, within=SIGNED), "sanity", "all weights shuffled",
          {"subject": PAPER}),
    Entry(Claim("learnt, labels", "", "A network that learnt shuffled labels has a different "
                "ranking.", "rank correlation with that network", holds=0.2, partly=0.4, form=PLAIN,
                lower_is_better=True, within=SIGNED), "sanity", "shuffled labels",
          {"subject": PAPER}),
    Entry(Claim("needed", "", "The strongest features are needed: a network trained again without "
                "them is worse than one without random maps of the same layers.", "difference in "
                "test error", holds=0.05, partly=0.01, form=PERCENT, within=SIGNED), "retrain",
          "strongest minus same layers", {}),
    Entry(Claim("weak missed less", "", "Maps with weak gradients are needed less often than the "
                "others, if each is removed alone.", "share not needed, weak maps minus others",
                holds=0.1, partly=0.02, form=PERCENT, within=SIGNED), "units",
          "weak ones minus others", {}),
    Entry(Claim("culprits", "", "The map that pushes most towards a wrong identity is to blame: "
                "its removal repairs more mistakes than the removal of a random map.", "share of "
                "mistakes repaired, difference", holds=0.25, partly=0.1, form=PERCENT,
                within=SIGNED), "mistakes", "culprit minus random map", {}),
    Entry(Claim("twins", "", "Images that are the same in training and test make the test error "
                "look better.", "test error without them, minus the whole test error", holds=0.01,
                partly=0.003, form="{:.1%}", within=SIGNED), "leak", "without minus with", {}))
