"""What the paper did not ask: its controls, the person's own features, what was learnt."""

from __future__ import annotations

from ....analysis.claims import Claim
from ....analysis.measures import PAPER, SECANT
from .entry import PERCENT, PLAIN, SIGNED, STRONGEST, Entry

OWN = "mean class error over ten removals, under one's own order minus that of others"
SAME_LAYERS = "overall error, gain on same layers"
BEYOND = "mean overall error beyond random maps of the same layers"

NOT_ASKED: tuple[Entry, ...] = (
    Entry(Claim("against random", "", "Removing the strongest features does more damage than "
                "removing random ones.", "mean overall error over ten removals, beyond random "
                "orders", holds=0.1, partly=0.03, within=SIGNED),
          "knockout", "overall error, gain on random", STRONGEST),
    Entry(Claim("against same layers", "", "... and more than removing random maps of the same "
                "layers.", "the same, beyond random maps of the same layers", holds=0.1,
                partly=0.03, within=SIGNED), "knockout", SAME_LAYERS, STRONGEST),
    Entry(Claim("map-specific", "", "The damage beyond random orders comes from the maps, not from "
                "their layers.", "map-specific share, a ratio of means", holds=0.5, partly=0.25,
                form=PERCENT),
          "knockout", (SAME_LAYERS, "overall error, gain on random"), STRONGEST),
    Entry(Claim("same layers, test", "", "The strongest also beat random maps of the same layers "
                "if they are ranked on the training images and measured on the others.", BEYOND,
                holds=0.1, partly=0.03, within=SIGNED), "knockout", SAME_LAYERS,
          {"subject": PAPER, "option": "strongest, test"}),
    Entry(Claim("same layers, mean", "", "The strongest also beat random maps of the same layers "
                "if a removed map is set to its mean, not to 0.", BEYOND, holds=0.1, partly=0.03,
                within=SIGNED), "knockout", SAME_LAYERS,
          {"subject": PAPER, "option": "strongest, to the mean"}),
    Entry(Claim("same layers, samples", "", "... or to what it is for another image.", BEYOND,
                holds=0.1, partly=0.03, within=SIGNED), "knockout", SAME_LAYERS,
          {"subject": PAPER, "option": "strongest, to samples"}),
    Entry(Claim("own features exist", "", "There are features that one person needs more than "
                "others: a search that tries all maps at each step finds them.", OWN, holds=0.1,
                partly=0.03, within=SIGNED), "swap", "own minus others",
          {"subject": "greedy knockout", "option": "strongest"}),
    Entry(Claim("own features found", "", "The strongest features of a person, by the paper's "
                "ranking, are that person's.", OWN, holds=0.1, partly=0.03, within=SIGNED),
          "swap", "own minus others", STRONGEST),
    Entry(Claim("one line", "", "They are, with the secant for the tangent: the strongest by "
                "secant x activation.", OWN, holds=0.1, partly=0.03, within=SIGNED),
          "swap", "own minus others", {"subject": SECANT, "option": "strongest"}),
    Entry(Claim("one line, test", "", "... also if they are ranked on the training images and "
                "measured on the others.", OWN, holds=0.1, partly=0.03, within=SIGNED),
          "swap", "own minus others", {"subject": SECANT, "option": "strongest, test"}),
    Entry(Claim("one line, mean", "", "... also if a removed map is set to its mean, not to 0.",
                OWN, holds=0.1, partly=0.03, within=SIGNED),
          "swap", "own minus others", {"subject": SECANT, "option": "strongest, to the mean"}),
    Entry(Claim("one line, damage", "", "Its damage to the class is larger than that of the "
                "paper's ranking.", "mean class error over ten removals, difference", holds=0.1,
                partly=0.03, within=SIGNED), "beside others", "secant minus gradient", {}),
    Entry(Claim("blind", "", "The secant leads because tangents are blind at saturated units: "
                "with 2 tanh(z / 2) for tanh, its lead goes.", "own minus others, secant minus "
                "tangent x activation: how much of this is lost", holds=0.1, partly=0.03,
                within=SIGNED),
          "reason", "lead lost", {}),
    Entry(Claim("best possible", "", "No ranking does much more damage to the class, not even the "
                "one that tries all maps at each step.", "gain on random orders, as a share of the "
                "greedy order's gain; a ratio of means", holds=0.8, partly=0.5, form=PERCENT),
          "beside others", ("gain", "greedy gain"), {}),
    Entry(Claim("beyond activation", "", "A ranking by gradients does more damage than a ranking "
                "by activations, which needs no backward pass.", "mean overall error over ten "
                "removals, difference", holds=0.05, partly=0.0, within=SIGNED),
          "beside others", "gradient minus activation", {}),
    Entry(Claim("beyond pixels", "", "Gradient profiles tell people apart better than pixels do.",
                "chance that a pair of one person is more alike, under the same two conditions; "
                "difference", holds=0.05, partly=0.0, within=SIGNED),
          "consistency", "auc beyond pixels", {}),
    Entry(Claim("learnt, profiles", "", "Profiles are learnt: asked for the same output, they tell "
                "people apart better than before training.", "chance that a pair of one person is "
                "more alike, difference to the untrained network", holds=0.05, partly=0.0,
                within=SIGNED), "consistency", "auc beyond the untrained network", {}),
    Entry(Claim("first order", "", "A gradient predicts what a knockout does.", "correlation of "
                "predicted and true change of y_t", holds=0.9, partly=0.5, within=SIGNED),
          "first order", "correlation", {"subject": "gate 0"}),
    Entry(Claim("knockout alone", "", "The paper's ranking is the order of what each map costs the "
                "class, removed alone.", "rank correlation", holds=0.7, partly=0.4, within=SIGNED),
          "first order", "rank correlation with knockout alone", {}),
    Entry(Claim("knockout alone, class", "", "... also in what differs from class to class.",
                "correlation of the ranks' class-specific parts", holds=0.5, partly=0.2,
                within=SIGNED),
          "first order", "the same, class-specific", {}),
    Entry(Claim("scale is relevance", "", "Identities with large gradients are hurt more by losing "
                "their strongest features.", "rank correlation of gradient size and damage",
                holds=0.5, partly=0.3, within=SIGNED), "paper", "scale and damage", {}),
    Entry(Claim("stable", "", "A class's ranking does not depend on which of its images are used.",
                "rank correlation between two halves of its images", holds=0.9, partly=0.7,
                within=SIGNED), "sanity", "split half", {"subject": PAPER}),
    Entry(Claim("learnt, weights", "", "The ranking is lost when the weights of all layers are "
                "shuffled.", "rank correlation within layers with the shuffled network", holds=0.2,
                partly=0.4, form=PLAIN, lower_is_better=True, within=SIGNED),
          "sanity", "all weights shuffled", {"subject": PAPER}),
    Entry(Claim("learnt, labels", "", "A network that learnt shuffled labels has a different "
                "ranking.", "rank correlation within layers with that network", holds=0.2,
                partly=0.4, form=PLAIN, lower_is_better=True, within=SIGNED),
          "sanity", "shuffled labels", {"subject": PAPER}),
    Entry(Claim("needed", "", "The strongest features are needed: a network trained again without "
                "them is worse than one without random maps of the same layers.",
                "difference in test error", holds=0.05, partly=0.01, form=PERCENT, within=SIGNED),
          "retrain", "strongest minus same layers", {}),
    Entry(Claim("weak missed less", "", "Maps with weak gradients are needed less often than the "
                "others, if each is removed alone.", "share not needed, weak maps minus others",
                holds=0.1, partly=0.02, form=PERCENT, within=SIGNED),
          "units", "weak ones minus others", {}),
    Entry(Claim("culprits", "", "The map that pushes most towards a wrong identity is to blame: "
                "its removal repairs more mistakes than the removal of a random map.",
                "share of mistakes repaired, difference", holds=0.25, partly=0.1, form=PERCENT,
                within=SIGNED), "mistakes", "culprit minus random map", {}),
    Entry(Claim("twins", "", "Images that are the same in training and test make the test error "
                "look better.", "error on these test images, trained without the same images "
                "minus trained with them", holds=0.05, partly=0.01, form=PERCENT, within=SIGNED),
          "leak", "without minus with", {}))
