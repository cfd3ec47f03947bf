"""What a run writes: figures, tables, and the page that explains them (section V).

Each section below draws its figure, writes its table, and returns its part of the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ... import figures
from ...analysis import choose_faces, choose_flow, is_yale, published
from ...figures import save
from ...gradients import convolutional_gradients, map_norms
from ...layers import ModelFileError
from ...network.model_file import write_npz
from ...output.csv_file import write_csv
from ...output.page import Section, write_report
from ...output.text import times
from ..networks import loss_for
from ..recipe import recipe
from ..wording import output_range, untrained
from .comparison import beside_the_paper, knockout_claims
from .experiment import Results
from .samples import (
    flow_rows,
    kept_images,
    listed,
    sheet_caption,
    sheet_of,
    shown_people,
    shown_pictures,
    which_people,
)
from .units import errors_explained, problematic


def write_results(results: Results, out: Path) -> None:
    """Write model, figures, tables and report.html into the folder `out`."""
    sections = [section(results, out) for section in (
        faces, training, maps, profiles, table_3, knockouts, flow, problematic, errors_explained,
        cost, how_it_was_made)]
    errors, data, w = results.errors, results.data, results.words
    lead = [("data", data.name), ("images", f"{len(data)} of {data.n_classes} {w.people}"),
            ("error on all", f"{errors['all']:.2%}")]
    if "test" in errors:
        twins = data.twins_across((results.train, results.test))
        lead[2:2] = [
            ("train error", f"{errors['train']:.2%}"),
            ("test error", f"{errors['test']:.2%}, {_count(errors['test'], results.test)}")]
        lead.append(("twins across the split", str(twins)))
    write_report(out / "report.html", "Prediction gradients of a face network"
                 if w.face == "face" else "Prediction gradients of a network", lead, sections)


def faces(r: Results, out: Path) -> Section:
    """The data set at a glance."""
    w, people = r.words, shown_people(r)
    chosen = [shown_pictures(r, k) for k in people]
    columns = _column_names([[r.labels[r.data.conditions[i]] for i in own] for own in chosen])
    path = save(figures.contact_sheet(sheet_of(r, chosen), [r.people[k] for k in people], columns),
                out / "faces.png")
    twins, across = r.data.twins(), r.data.twins_across((r.train, r.test))
    trained = r.settings.model is None
    text = [f"{len(r.data)} images of {r.data.n_classes} {w.people}" + (
        f"; {len(r.train)} to train on and {len(r.test)} to test." if trained else ".")]
    if twins:
        text.append(f"{len(twins)} pairs of images are the same pixel for pixel: "
                    + "; ".join(listed([f"{r.data.files[i]} = {r.data.files[j]}"
                                        for i, j in twins]))
                    + (f". This split puts {across} of these pairs on both sides: the test image "
                       "of such a pair was seen in training." if trained else "."))
    text += [f"{note}." for note in [*r.data.notes, figures.legend(r.labels)] if note]
    levels = {1: "grey levels", 3: "colours"}.get(r.data.images.shape[1], "levels")
    low, high = r.data.images.min(), r.data.images.max()
    grey = {"unit": f"resized without cropping, {levels} from 0 to 1",
            "standardised": "resized without cropping, each with mean 0 and standard deviation 1"
            }.get(r.grey, f"{levels} from {low:.3g} to {high:.3g}")
    return Section(f"The {w.faces}", text, path,
                   f"{sheet_caption(r)} as the network sees them: "
                   f"{times(r.data.images.shape[2:])} pixels, {grey}.")


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
            f"{', '.join(listed(r.names))}.",
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
        [f"{r.people[r.data.labels[i]]}, {r.labels[r.data.conditions[i]]}" for i in chosen],
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
    """Table II: three people under three conditions."""
    people = sorted(r.identities[:3])
    chosen = [choose_faces(r.data, k, 3) for k in people]
    n = min(map(len, chosen))
    index = np.array([images[:n] for images in chosen])
    scores, features = map_norms(r.net, r.data.images[index.ravel()], r.data.labels[index.ravel()],
                                 of=r.of, norm=r.settings.norm)
    scores = scores.reshape(*index.shape, -1)
    conditions = [[r.data.conditions[i] for i in row] for row in index]
    path = save(figures.gradient_profiles(figures.pictures(r.data.images[index]), scores, features,
                                   [r.people[k] for k in people],
                                   _column_names([[r.labels[c] for c in row]
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


def knockouts(r: Results, out: Path) -> Section:
    """Fig. 2: errors as features are removed."""
    constant = 1 - max(np.bincount(r.data.labels)) / len(r.data)
    w = r.words
    path = save(figures.knockout_errors(r.knockout, r.labels, chance=constant, word=w.identity),
                out / "fig2_knockout.png")
    kept = kept_images(r)
    write_csv(out / "knockout.csv",
              ("identity", "end", "step", "layer", "map", "image", "true", "predicted"),
              (row for curve in r.curves for row in curve.rows(kept)))
    some = [f"knockout.csv has the answers for {len(kept):,} of the images, spread evenly."
            ] * (len(kept) < len(r.data))
    return Section("Knocking features out (Fig. 2)",
                   [f"Each step sets one more {'feature map' if w.map == 'map' else 'hidden unit'} "
                    f"of {len(r.scores.features)} to 0, its bias included, and asks the network "
                    f"about all {len(r.data)} images again. The dotted line is the error of a "
                    f"network that always gives the same answer, {constant:.1%}, which is as near "
                    "to 100% as guessing gets.", *some],
                   path, f"Features ranked by the {r.options()}; errors over the whole data "
                         "set, as in the paper.",
                   knockout_claims(r) if w.like_the_paper else None)


def flow(r: Results, out: Path) -> Section:
    """Fig. 3: where the answers go."""
    right = [k for k in r.identities if r.curve(k, "strongest").class_error[0] <= 0.5]
    curve, w = r.curve(choose_flow(r.data, right or r.identities), "strongest"), r.words
    name, modes = f"{w.identity} {r.names[curve.identity]}", curve.modes(r.data.n_classes)
    people, rows, names = flow_rows(r, modes)
    path = save(figures.prediction_flow(rows, names, curve.order, r.scores.features,
                                        highlight=people.index(curve.identity),
                                        title=f"Removing the strongest features of {w.identity} "
                                              f"{r.people[curve.identity]}",
                                        word=w.identity),
                out / "fig3_flow.png")
    lost = np.flatnonzero(curve.class_error > 0.5)
    when = (f"Most images of {name} itself " + (
        f"are wrong after {lost[0]} removal{'s' if lost[0] > 1 else ''}." if lost[0]
        else "were wrong before any removal.")
            if len(lost) else f"{name[0].upper()}{name[1:]} itself is never lost.")
    if not len(lost) and (modes[-1] == curve.identity).all():
        when += f" In the end most images of every {w.person} get this answer."
    some = [f"The figure has {which_people(r, ', those that are the most frequent answers')}."
            + " Any other answer is in the row \"others\"." * (len(names) > len(people))
            ] * (len(people) < len(r.names))
    return Section("Where the answers go (Fig. 3)",
                   [f"Each line is the images of one {w.person}. Its row is the network's most "
                    "frequent answer for them.", *some, when],
                   path, f"Modal predictions while the strongest features of {name} are "
                         "removed one by one; below each step, the layer and unit removed.")


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
                    f"all {len(r.data)} images; an epoch trains on {len(r.train)}."],
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


def _column_names(conditions: list[list[str]]) -> list[str]:
    """The conditions if they are the same for everybody; otherwise the columns' numbers."""
    if all(row == conditions[0] for row in conditions):
        return conditions[0]
    return [str(i + 1) for i in range(max(map(len, conditions)))]


def _fold(sizes: np.ndarray) -> str:
    """How many times the largest is the smallest."""
    ratio = sizes.max() / sizes.min()
    return f"{ratio:.{0 if ratio >= 10 else 1}f}-fold"


def _count(error: float, images: np.ndarray) -> str:
    return f"{round(error * len(images))} of {len(images)}"


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
