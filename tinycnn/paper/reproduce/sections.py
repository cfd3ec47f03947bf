"""What a run writes: figures, tables, and the page that explains them (section V).

Each section below draws its figure, writes its table, and returns its part of the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ... import figures
from ...analysis import choose_faces, is_yale, published
from ...figures import save
from ...gradients import convolutional_gradients, map_norms
from ...layers import ModelFileError
from ...network.model_file import write_npz
from ...output.csv_file import write_csv
from ...output.page import Section, write_report
from ...output.text import first_of
from ..networks import loss_for
from ..recipe import recipe
from ..wording import output_range, untrained
from .comparison import beside_the_paper, printed_table
from .experiment import Results
from .faces import column_names, faces
from .knockouts import flow, knockouts
from .samples import LISTED
from .units import errors_explained, problematic


def write_results(results: Results, out: Path) -> None:
    """Write model, figures, tables and report.html into the folder `out`."""
    sections = [section(results, out) for section in (
        faces, training, maps, profiles, table_3, *[printed_table] * results.words.like_the_paper,
        knockouts, flow, problematic, errors_explained, cost, how_it_was_made)]
    errors, data, w = results.errors, results.data, results.words
    lead = [("data", data.name), ("images", f"{len(data):,} of {data.n_classes:,} {w.people}"),
            ("error on all", f"{errors['all']:.2%}")]
    if "test" in errors:
        twins = data.twins_across((results.train, results.test))
        lead[2:2] = [
            ("train error", f"{errors['train']:.2%}"),
            ("test error", f"{errors['test']:.2%}, {_count(errors['test'], results.test)}")]
        lead.append(("twins across the split", str(twins)))
    write_report(out / "report.html", "Prediction gradients of a face network"
                 if w.face == "face" else "Prediction gradients of a network", lead, sections)


def training(r: Results, out: Path) -> Section:
    """Loss and errors over the epochs."""
    h, s = r.history, r.settings
    if s.model is not None:
        return Section("The network", [
            f"{s.network} was trained before, and is analysed "
            f"{'with fixed batch norms' if r.thawed else 'as it is'}. It gets "
            f"{_count(r.errors['all'], r.data.labels)} images wrong, {r.errors['all']:.2%}. Which "
            "of them it was trained on is not known here, so this says nothing about new images. "
            f"Its outputs are taken for the {r.words.people} in this order: "
            f"{', '.join(first_of(r.names, LISTED))}.",
            *_frozen(r)], listing=repr(r.net))
    path = save(figures.training_curve(h.loss, h.train_error, h.test_error), out / "training.png")
    write_csv(out / "training.csv", ("epoch", "loss", "train_error", "test_error", "seconds"),
              [(i + 1, *row) for i, row in enumerate(
                  zip(h.loss, h.train_error, h.test_error, h.seconds, strict=True))])
    rows: list[Any] = [(part, _count(r.errors[part], images), f"{r.errors[part]:.2%}")
                       for part, images in (("train", r.train), ("test", r.test),
                                            ("all", r.data.labels))]
    header, text = ["images", "wrong", "error"], _frozen(r)
    if r.words.like_the_paper:
        header.append("paper")
        rows = [(*row, f"{published.ERROR_RATE:.2%}" if row[0] == "test" else "") for row in rows]
        text = [f"The paper reports an error of {published.ERROR_RATE:.2%} \"on the data set\" "
                "after 250 epochs. That can be 2 of 41 test images; 8 of all 165 would be 4.85%."]
    if loss := loss_for(r.net):
        text.append("The network does not end in a softmax. It was trained with the loss "
                    f"{loss.__name__} of its outputs.")
    if gone := untrained(r.data, r.train):
        text.append(f"{gone[0].upper()}{gone[1:]}.")
    return Section(
        "Training (section IV)", text, path,
        f"Loss and training error of each epoch, measured on each batch before its update; "
        f"test error after the epoch. {s.epochs} epochs, batches of {s.batch_size}, learning "
        f"rate {s.learning_rate:g}, seed {s.seed}, split {s.split}.",
        (header, rows), "" if s.net is None else repr(r.net))


def maps(r: Results, out: Path) -> Section:
    """Fig. 1: every map of every layer, for three faces."""
    chosen = [choose_faces(r.data, k, 1)[0] for k in sorted(r.identities[:3])]
    trace, w = r.net.forward(r.data.images[chosen]), r.words
    layers = r.layers
    ranges = {name: output_range(r.net, name, trace[name]) for name in layers}
    same = len(set(ranges.values())) == 1
    path = save(figures.feature_maps(
        figures.pictures(r.data.images[chosen]),
        [{name: trace[name][i] for name in layers} for i in range(len(chosen))],
        [_title(r, i) for i in chosen],
        limits=ranges[layers[0]] if same else ranges), out / "fig1_feature_maps.png")
    low, high = ranges[layers[0]]
    return Section(
        f"{'Feature maps' if w.map == 'map' else 'Hidden units'} (Fig. 1)",
        [f"Rows are layers. A {w.map} that is {'flat or ' if w.map == 'map' else ''}the same for "
         f"all {w.faces} may have become unresponsive."],
        path, f"In layers {', '.join(layers)}, {w.outputs}: black "
        + (f"{low:g}, white {high:.3g}." if same else
           "and white are the lowest and highest number beside each layer."))


def profiles(r: Results, out: Path) -> Section:
    """Table II: three people under three conditions; those with fewer images only if they must."""
    images = np.bincount(r.data.labels)
    three = [k for k in r.identities if images[k] >= 3]
    people = sorted((three if len(three) > 1 else r.identities)[:3])
    chosen = [choose_faces(r.data, k, 3) for k in people]
    n = min(map(len, chosen))
    index = np.array([images[:n] for images in chosen])
    scores, features = map_norms(r.net, r.data.images[index.ravel()], r.data.labels[index.ravel()],
                                 of=r.of, norm=r.settings.norm)
    scores = scores.reshape(*index.shape, -1)
    conditions = [[r.data.conditions[i] for i in row] for row in index]
    path = save(figures.gradient_profiles(figures.pictures(r.data.images[index]), scores, features,
                                   [r.people[k] for k in people],
                                   column_names([[r.labels[c] for c in row]
                                                  for row in conditions])),
                out / "table2_profiles.png")
    write_csv(out / "table2_profiles.csv", ("identity", "condition", "layer", "unit", "gradient"),
              [(r.names[people[p]], conditions[p][q], *r.numbers(feature), float(value))
               for p, q in np.ndindex(index.shape)
               for feature, value in zip(features, scores[p, q], strict=True)])
    return Section("Profiles of single images (Table II)",
                   [f"The paper's claim: for one {r.words.person}, the same {r.words.maps} have "
                    "the highest gradients in every image. Compare along a row, then between "
                    "rows."],
                   path, f"{'Convolutional g' if r.words.map == 'map' else 'G'}radients of single "
                         f"images: {r.options(images=False)}.")


def table_3(r: Results, out: Path) -> Section:
    """Table III: the strongest and weakest features of five identities."""
    rows: list[dict[str, Any]] = []
    w, s, n = r.words, r.scores, len(r.scores.features)     # no feature is at both ends
    for k in r.identities:
        face = figures.pictures(r.data.images[choose_faces(r.data, k, 1)[0]])
        rows.append({"identity": r.names[k], "face": face,
                     "scores": s.scores[k],
                     "strongest": [(f, s.value(k, f)) for f in s.strongest(k, min(8, n - n // 2))],
                     "weakest": [(f, s.value(k, f)) for f in s.weakest(k, min(8, n // 2))]})
    path = save(figures.strongest_weakest(
        [{**row, "identity": r.labels[row["identity"]]} for row in rows], s.features,
        word=w.identity),
                out / "table3_features.png")
    write_csv(out / "table3_features.csv",
              ("identity", "end", "place", "layer", "unit", "gradient"),
              [(row["identity"], end, place, *r.numbers(feature), value)
               for row in rows for end in ("strongest", "weakest")
               for place, (feature, value) in enumerate(row[end], start=1)])
    largest = s.scores[r.identities].max(axis=1)
    beside = w.like_the_paper and r.of == "prob"        # logits have other sizes
    theirs = [strongest[0][2] for strongest, _ in published.TABLE_III.values()]
    spans = (f"The largest gradients differ {_fold(largest)} between these {w.people}"
             + (f", in the paper {_fold(np.array(theirs))}. " if beside else ". ")
             if min(largest) > 0 else f"Some {w.people} have no gradient at all. ")
    text = [spans]
    if r.of == "prob":
        part = {"train": r.train, "test": r.test}.get(r.settings.images, np.arange(len(r.data)))
        part = part[np.isin(r.data.labels[part], r.identities)]
        logits = convolutional_gradients(
            r.net, r.data.images[part], r.data.labels[part], of="logit", norm=r.settings.norm,
            reduce=r.settings.reduce).scores[r.identities].max(axis=1)
        text[0] += ("Those of a probability have the factor y(1 - y), which is small where the "
                    "network is sure. Those of the logits do not have it" + (
                        f"; they differ {_fold(logits)}." if min(logits) > 0 else "."))
    elif r.net.ends_in_softmax:
        text[0] += "Gradients of logits leave the network's confidence out."
    if beside:
        text.append("The paper's own numbers are beside them" + (
            "" if is_yale(r.data) else ". Its five identities are also ordered by their largest "
            "gradient; they are not the people shown here")
            + ". Another network has its maps in another order, so compare layers and sizes, not "
              "units.")
    return Section("Strongest and weakest features (Table III)", text,
                   path, f"{'Convolutional g' if w.map == 'map' else 'G'}radients of classes: "
                         f"{r.options()}. White is the {w.identity}'s largest gradient.",
                   beside_the_paper(r, rows) if beside else None)


def cost(r: Results, out: Path) -> Section:
    """Section III-B's claim about time."""
    c, k = r.cost, r.data.n_classes
    rows = [("one epoch of training", f"{1000 * c.epoch:.0f}", "1"),
            ("∂y/∂o of the true class, all images", f"{1000 * c.true_class:.0f}",
             f"{c.true_class_epochs:.2f}"),
            (f"∂y/∂o of all {k} classes, all images", f"{1000 * c.all_classes:.0f}",
             f"{c.all_classes_epochs:.2f}")]
    return Section("What gradients cost (section III-B)",
                   ["The paper says: no slower than one epoch, and no additional effort. "
                    + ("Training already computes the true class's entry: ∂y_t/∂o = -y_t · ∂L/∂o. "
                       if r.net.ends_in_softmax else "")
                    + "Each other class needs a backward pass of its own. The gradients are for "
                    f"all {len(r.data):,} images; an epoch trains on {len(r.train):,}."],
                   caption="Medians over rounds of this run. A round does all three jobs in turn."
                           + (f" Measured on {c.images:,} of {len(r.data):,} images and "
                              f"{c.classes:,} of {k:,} {r.words.people}, and scaled to all."
                              if (c.images, c.classes) != (len(r.data), k) else ""),
                   table=(("job", "ms", "epochs"), rows))


def how_it_was_made(r: Results, out: Path) -> Section:
    """Everything that is needed to make the same report again."""
    s = r.settings
    made: list[Any] = [("seed", s.seed), ("split", s.split)] if s.splits else []
    made += [("epochs", s.epochs), ("batch size", s.batch_size),
             ("learning rate", s.learning_rate)] if s.model is None else []
    return recipe(r.data, [
        ("data", r.data.name), ("network", s.network), ("saved as", _saved(r, out)),
        *made, ("gradients of", r.entry), ("reduce", s.reduce), ("norm", s.norm),
        ("images for the gradients", s.images), ("grey levels", r.grey),
        ("knocked out to", "0, at the layer's output")],
        "All settings of this run.")


def _title(r: Results, image: int) -> str:
    """Who is on an image, and under which condition; two numbers alone would say nothing."""
    person, condition = r.people[r.data.labels[image]], r.labels[r.data.conditions[image]]
    if condition.isdecimal():
        return f"{r.words.identity} {person}, {r.words.face} {condition}"
    return f"{person}, {condition}"


def _fold(sizes: np.ndarray) -> str:
    """How many times the largest is the smallest."""
    ratio = sizes.max() / sizes.min()
    return f"{ratio:.{0 if ratio >= 10 else 1}f}-fold"


def _count(error: float, images: np.ndarray) -> str:
    return f"{round(error * len(images)):,} of {len(images):,}"


def _frozen(r: Results) -> list[str]:
    """What is to be said of a network with batch norms."""
    which = "training images" if r.settings.model is None else "images here"
    return ["Its batch norms, which use the mean and variance of each batch, are fixed for all "
            f"that follows, to those of all {which}. The saved model is the fixed one."
            ] if r.thawed else []


def _saved(r: Results, out: Path) -> str:
    """Save the network; a layer of one's own may have no `config`: then only its parameters."""
    try:
        r.net.save(out / "model.npz")
        return "model.npz"
    except ModelFileError as error:
        write_npz(out / "parameters.npz", {"format": "parameters"}, r.net.params)
        return f"parameters.npz, not model.npz: {error}"
