"""The claims of the paper, in the order of its sections. Differences are computed for each network,
before the mean."""

from __future__ import annotations

import numpy as np

from ....analysis.claims import Claim
from ....analysis.measures import PAPER
from .entry import PERCENT, PLAIN, POSITIVE, SHARE, SIGNED, STRONGEST, TIMES, WEAKEST, Entry

OF_THE_PAPER: tuple[Entry, ...] = (
    Entry(Claim("similar faces", "I", "Similar faces have similar profiles.",
                "rank correlation, over pairs of identities, of how alike faces and profiles are",
                holds=0.3, partly=0.1, within=SIGNED),
          "consistency", "similar faces, similar profiles", {}),
    Entry(Claim("cost, true class", "III-B", "The gradients of the true class, at every unit and "
                "for all images, take no longer than an epoch of training.", "epochs", holds=1,
                partly=1.25, form=PLAIN, lower_is_better=True, within=POSITIVE),
          "cost", "epochs, true class", {}),
    Entry(Claim("cost, all classes", "III-B", "The prediction gradients of all classes take no "
                "longer than an epoch.", "epochs", holds=1, partly=1.25, form=PLAIN,
                lower_is_better=True, within=POSITIVE), "cost", "epochs, all classes", {}),
    Entry(Claim("test error", "IV-B", "The paper's network, with an error of 4.88 %, may be one of "
                "these, if the paper means images that it was not trained on.",
                "share of networks with at most this test error", holds=0.05, partly=0.05,
                form=PERCENT, within=SHARE), "training", "at most 4.88 %", {"option": "test"}),
    Entry(Claim("error on all", "IV-B", "... and if it means all images.",
                "share of networks with at most this error on all images", holds=0.05, partly=0.05,
                form=PERCENT, within=SHARE), "training", "at most 4.88 %", {"option": "all"}),
    Entry(Claim("profiles", "V-A", "Each person has a gradient profile: two images of one person "
                "have more similar profiles than images of two people.", "chance that this is so "
                "for a pair of each kind; guessing gives 0.5", holds=0.9, partly=0.7,
                within=SHARE), "consistency", "auc",
          {"subject": "gradient", "option": "raw, all images"}),
    Entry(Claim("own features", "V-B", "Each identity has strongest features of its own.",
                "share of the 8 strongest that two identities have in common (control: two halves "
                "of one identity's images)", holds=0.5, partly=0.8, form=PERCENT,
                lower_is_better=True, within=SHARE), "paper", "overlap of the 8 strongest", {},
          "overlap of the 8 strongest, two halves"),
    Entry(Claim("scale", "V-B", "The size of the gradients differs widely between identities.",
                "largest divided by smallest", holds=10, partly=3, form=TIMES,
                within=(1.0, np.inf)), "paper", "largest over smallest", {}),
    Entry(Claim("strong and weak", "V-D", "Without its strong features the network degrades much "
                "faster than without its weak ones.", "mean overall error over ten removals, "
                "strongest minus weakest", holds=0.3, partly=0.1, within=SIGNED),
          "beside others", "strongest minus weakest", {}),
    Entry(Claim("robust", "V-D", "Without one or two of the strongest features the identity is "
                "still recognized.", "rise of the class error after two", holds=0.1, partly=0.25,
                form=PERCENT, lower_is_better=True, within=SIGNED),
          "knockout", "class error, rise", {**STRONGEST, "step": 2}),
    Entry(Claim("three strongest", "V-D", "Removing three or more of the strongest features has a "
                "strong impact.", "rise of the class error after three (control: random maps "
                "of the same layers)", holds=0.5, partly=0.25,
                form=PERCENT, within=SIGNED),
          "knockout", "class error, rise", {**STRONGEST, "step": 3},
          "class error, rise, same layers"),
    Entry(Claim("robustness", "V-D", "How many removals are survived depends on the identity: "
                "the same ones are robust in other networks.", "rank correlation with the mean of "
                "the other networks", holds=0.5, partly=0.2, within=SIGNED),
          "between networks", "robustness of identities", {}),
    Entry(Claim("ten strongest", "V-D", "Without the ten strongest features the identity's error "
                "is near 100 %.", "class error after ten (control: after the ten of others)",
                holds=0.9, partly=0.75, form=PERCENT, within=SHARE),
          "knockout", "class error", {**STRONGEST, "step": 10}, "class error, others' orders"),
    Entry(Claim("failure", "V-D", "Without the ten strongest features of any identity the network "
                "fails almost completely for all people.", "rise of the overall error after ten, "
                "as a share of the rise to always the same answer", holds=0.9, partly=0.75,
                form=PERCENT, within=SIGNED), "paper", "failure", {}),
    Entry(Claim("slower for all", "V-D", "For some identities the error over all people grows more "
                "slowly than their own, when their strongest features are removed.",
                "share of identities whose mean error over ten removals is larger by 0.1 "
                "(control: the strongest of others)", holds=0.4, partly=0.2, form=PERCENT,
                within=SHARE), "paper", "slower for all", {}, "slower for all, bystanders"),
    Entry(Claim("ten weakest", "V-D", "Without the ten weakest features the network's error is "
                "below 25 %.", "overall error after ten (control: random maps of the same "
                "layers)", holds=0.25, partly=0.5, form=PERCENT, lower_is_better=True,
                within=SHARE), "knockout", "overall error", {**WEAKEST, "step": 10},
          "overall error, same layers"),
    Entry(Claim("fifteen weakest", "V-D", "Without the 15 weakest features of one identity the "
                "error is below one half, for many identities.", "share of identities", holds=0.5,
                partly=0.25, form=PERCENT, within=SHARE),
          "paper", "below one half after 15 weakest", {}),
    Entry(Claim("weak ones hurt", "V-D", "Some of the weak features hurt: the network is better "
                "without them.", "share of identities with fewer errors on all images at some "
                "step (control: random orders)", holds=0.5, partly=0.25, form=PERCENT,
                within=SHARE), "paper", "better without weak ones", {},
          "better without weak ones, random"),
    Entry(Claim("error falls again", "V-D", "As weak features go, the error of some identities "
                "rises and falls again.", "share of identities with two errors fewer at one more "
                "removal (control: random orders)", holds=0.2, partly=0.1, form=PERCENT,
                within=SHARE), "paper", "error falls again", {}, "error falls again, random"),
    Entry(Claim("lost first", "V-D", "The identity whose features are removed is not the first to "
                "be lost (Fig. 3).", "share of identities (control: those whose features stay)",
                holds=0.5, partly=0.25, form=PERCENT, within=SHARE),
          "paper", "another is lost first", {}, "another is lost first, bystanders"),
    Entry(Claim("indistinguishable", "V-D", "Without strong features, identities become difficult "
                "to distinguish (Fig. 3).", "different answers after ten, as a share of the "
                "identities (control: random maps of the same layers)", holds=1 / 3,
                partly=1 / 2, form=PERCENT, lower_is_better=True, within=SHARE),
          "paper", "answers left", {}, "answers left, same layers"),
    Entry(Claim("weak for all", "V-E", "Features that are weak for one class are weak for all.",
                "rank correlation between classes (control: knows only the layers)", holds=0.7,
                partly=0.4, within=SIGNED), "agreement", "between classes", {"subject": PAPER},
          "between classes, layers alone"),
    Entry(Claim("irrelevant", "V-E", "Maps with weak gradients for most classes are irrelevant.",
                "share of them that cost no more than 2 % of the answers, each removed alone "
                "(control: the other maps)", holds=0.9, partly=0.75, form=PERCENT, within=SHARE),
          "units", "weak ones not needed", {}, "others not needed"),
    Entry(Claim("saturated", "V-E", "Such maps are dead or saturated.", "share of them", holds=0.5,
                partly=0.25, form=PERCENT, within=SHARE), "units", "weak ones dead or saturated",
          {}),
    Entry(Claim("sparse", "VI", "Profiles are sparse: most of a profile is in a few maps.",
                "share of the maps that a profile is spread over", holds=1 / 3, partly=1 / 2,
                form=PERCENT, lower_is_better=True, within=SHARE),
          "consistency", "effective maps", {}),
    Entry(Claim("any output", "VI", "The gradients can rank any outputs: without their strongest "
                "hidden dense units the network is worse than without random ones.", "mean overall "
                "error over ten removals, beyond random units", holds=0.1, partly=0.03,
                within=SIGNED), "dense units", "gain on random", {}),
    Entry(Claim("any output, class", "VI", "... or at least the class is.", "mean class error over "
                "ten removals, beyond random units", holds=0.1, partly=0.03, within=SIGNED),
          "dense units", "class error, gain on random", {}))
