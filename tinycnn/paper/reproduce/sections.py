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
from ...gradients import feature_layers, map_norms
from ...output.csv_file import write_csv
from ...output.page import Section, write_report
from ...output.text import times
from ..recipe import recipe
from .comparison import beside_the_paper, knockout_claims
from .experiment import Results
from .units import errors_explained, problematic
from .wording import numbers_of, options_text


def write_results(results: Results, out: Path) -> None:
    """Write model, figures, tables and report.html into the folder `out`."""
    results.net.save(out / "model.npz")
    sections = [section(results, out) for section in (
        faces, training, maps, profiles, table_3, knockouts, flow, problematic, errors_explained,
        cost, how_it_was_made)]
    errors, data = results.errors, results.data
    twins = data.twins_across((results.train, results.test))
    lead = [("data", data.name), ("images", f"{len(data)} of {data.n_classes} people"),
            ("train error", f"{errors['train']:.2%}"),
            ("test error", f"{errors['test']:.2%}, {_count(errors['test'], results.test)}"),
            ("error on all", f"{errors['all']:.2%}"), ("twins across the split", twins)]
    write_report(out / "report.html", "Prediction gradients of a face network", lead, sections)


def faces(r: Results, out: Path) -> Section:
    """The data set at a glance."""
    per_person = max(np.bincount(r.data.labels))
    sheet = np.full((r.data.n_classes, per_person, *r.data.images.shape[2:]), np.nan)
    for k in range(r.data.n_classes):
        own = r.data.images[r.data.labels == k, 0]
        sheet[k, :len(own)] = own
    columns = _column_names([[r.data.conditions[i] for i in np.flatnonzero(r.data.labels == k)]
                             for k in range(r.data.n_classes)])
    path = save(figures.contact_sheet(sheet, r.names, columns), out / "faces.png")
    twins, across = r.data.twins(), r.data.twins_across((r.train, r.test))
    text = [f"{len(r.data)} images of {r.data.n_classes} people; {len(r.train)} to train on and "
            f"{len(r.test)} to test."]
    if twins:
        text.append(f"{len(twins)} pairs of images are the same pixel for pixel: "
                    + "; ".join(f"{r.data.files[i]} = {r.data.files[j]}" for i, j in twins)
                    + f". This split puts {across} of these pairs on both sides: the test image "
                      "of such a pair was seen in training.")
    text += [f"{note}." for note in r.data.notes]
    grey = {"unit": "grey levels from 0 to 1",
            "standardised": "each with mean 0 and standard deviation 1"}[r.settings.grey]
    return Section("The faces", text, path,
                   f"All images as the network sees them: {_size(r)} pixels, resized without "
                   f"cropping, {grey}.")


def training(r: Results, out: Path) -> Section:
    """Loss and errors over the epochs."""
    h, s = r.history, r.settings
    path = save(figures.training_curve(h.loss, h.train_error, h.test_error), out / "training.png")
    write_csv(out / "training.csv", ("epoch", "loss", "train_error", "test_error", "seconds"),
              [(i + 1, *row) for i, row in enumerate(
                  zip(h.loss, h.train_error, h.test_error, h.seconds, strict=True))])
    rows = [("train", *_errors(r, "train", r.train), ""),
            ("test", *_errors(r, "test", r.test), f"{published.ERROR_RATE:.2%}"),
            ("all", *_errors(r, "all", np.arange(len(r.data))), "")]
    return Section(
        "Training (section IV)",
        [f"The paper reports an error of {published.ERROR_RATE:.2%} \"on the data set\" after "
         f"250 epochs. That can be 2 of 41 test images; 8 of all 165 would be 4.85%."],
        path, f"Loss and training error of each epoch, measured on each batch before its update; "
              f"test error after the epoch. {s.epochs} epochs, batches of {s.batch_size}, learning "
              f"rate {s.learning_rate:g}, seed {s.seed}, split {s.split}.",
        (("images", "wrong", "error", "paper"), rows))


def maps(r: Results, out: Path) -> Section:
    """Fig. 1: every map of every layer, for three faces."""
    chosen = [choose_faces(r.data, k, 1)[0] for k in sorted(r.identities[:3])]
    trace = r.net.forward(r.data.images[chosen])
    layers = feature_layers(r.net)
    path = save(figures.feature_maps(r.data.images[chosen, 0],
                              [{name: trace[name][i] for name in layers}
                               for i in range(len(chosen))],
                              [f"{r.names[r.data.labels[i]]}, {r.data.conditions[i]}"
                               for i in chosen]), out / "fig1_feature_maps.png")
    return Section("Feature maps (Fig. 1)", ["Rows are layers. A map that is flat, or the same for "
                                             "all faces, may have become unresponsive."],
                   path, f"Outputs of {', '.join(layers)}, before pooling: black -1, white 1.")


def profiles(r: Results, out: Path) -> Section:
    """Table II: three people under three conditions."""
    people = sorted(r.identities[:3])
    chosen = [choose_faces(r.data, k, 3) for k in people]
    n = min(map(len, chosen))
    index = np.array([images[:n] for images in chosen])
    scores, features = map_norms(r.net, r.data.images[index.ravel()], r.data.labels[index.ravel()],
                                 of=r.settings.of, norm=r.settings.norm)
    scores = scores.reshape(*index.shape, -1)
    conditions = [[r.data.conditions[i] for i in row] for row in index]
    path = save(figures.gradient_profiles(r.data.images[index, 0], scores, features,
                                   [r.names[k] for k in people],
                                   _column_names(conditions)), out / "table2_profiles.png")
    write_csv(out / "table2_profiles.csv", ("identity", "condition", "layer", "unit", "gradient"),
              [(r.names[people[p]], conditions[p][q], *numbers_of(r, feature), float(value))
               for p, q in np.ndindex(index.shape)
               for feature, value in zip(features, scores[p, q], strict=True)])
    return Section("Profiles of single images (Table II)",
                   ["The paper's claim: for one person, the same maps have the highest gradients "
                    "in every image. Compare along a row, then between rows."],
                   path, "Convolutional gradients of single images: "
                         f"{options_text(r, images=False)}.")


def table_3(r: Results, out: Path) -> Section:
    """Table III: the strongest and weakest features of five identities."""
    rows: list[dict[str, Any]] = []
    for k in r.identities:
        face = r.data.images[choose_faces(r.data, k, 1)[0], 0]
        rows.append({"identity": r.names[k], "face": face,
                     "scores": r.scores.scores[k],
                     "strongest": [(f, r.scores.value(k, f)) for f in r.scores.strongest(k, 8)],
                     "weakest": [(f, r.scores.value(k, f)) for f in r.scores.weakest(k, 8)]})
    path = save(figures.strongest_weakest(rows, r.scores.features), out / "table3_features.png")
    write_csv(out / "table3_features.csv",
              ("identity", "end", "place", "layer", "unit", "gradient"),
              [(row["identity"], end, place, *numbers_of(r, feature), value)
               for row in rows for end in ("strongest", "weakest")
               for place, (feature, value) in enumerate(row[end], start=1)])
    largest = [row["strongest"][0][1] for row in rows]
    theirs = [strongest[0][2] for strongest, _ in published.TABLE_III.values()]
    spans = (f"The largest gradients differ {max(largest) / min(largest):.0f}-fold between these "
             f"identities, in the paper {max(theirs) / min(theirs):.0f}-fold. ")
    why = ("Gradients of a probability are small where the network is sure, since ∂y/∂o has the "
           "factor y(1 - y): the gap is confidence, not relevance." if r.settings.of == "prob" else
           "Gradients of logits leave the network's confidence out.")
    return Section("Strongest and weakest features (Table III)",
                   [spans + why, "The paper's own numbers are beside them"
                    + ("" if is_yale(r.data) else ". Its five identities are also ordered by their "
                       "largest gradient; they are not the people shown here")
                    + ". Another network has its maps in another order, so compare layers and "
                      "sizes, not units."],
                   path, f"Convolutional gradients of classes: {options_text(r)}. White is the "
                         "identity's largest gradient.", beside_the_paper(r, rows))


def knockouts(r: Results, out: Path) -> Section:
    """Fig. 2: errors as features are removed."""
    constant = 1 - max(np.bincount(r.data.labels)) / len(r.data)
    path = save(figures.knockout_errors(r.knockout, chance=constant), out / "fig2_knockout.png")
    write_csv(out / "knockout.csv",
              ("identity", "end", "step", "layer", "map", "image", "true", "predicted"),
              (row for curve in r.curves for row in curve.rows()))
    return Section("Knocking features out (Fig. 2)",
                   ["Each step sets one more feature map to 0, its bias included, and asks the "
                    f"network about all {len(r.data)} images again. The dotted line is the error "
                    f"of a network that always gives the same answer, {constant:.1%}, which is as "
                    "near to 100% as guessing gets."],
                   path, f"Features ranked by the {options_text(r)}; errors over the whole data "
                         "set, as in the paper.", knockout_claims(r))


def flow(r: Results, out: Path) -> Section:
    """Fig. 3: where the answers go."""
    curve = r.curve(choose_flow(r.data, r.identities), "strongest")
    name = r.names[curve.identity]
    path = save(figures.prediction_flow(curve.modes(r.data.n_classes), r.names, curve.order,
                                 r.scores.features, highlight=curve.identity,
                                 title=f"Removing the strongest features of identity {name}"),
                out / "fig3_flow.png")
    lost = np.flatnonzero(curve.class_error > 0.5)
    when = (f"Most images of identity {name} itself are wrong after {lost[0]} removals."
            if len(lost) else f"Identity {name} itself is never lost.")
    return Section("Where the answers go (Fig. 3)",
                   ["Each line is the images of one person. Its row is the network's most frequent "
                    "answer for them.", when],
                   path, f"Modal predictions while the strongest features of identity {name} are "
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
                   ["The paper says: no slower than one epoch, and no additional effort. Training "
                    "already computes the true class's entry: ∂y_t/∂o = -y_t · ∂L/∂o. Each other "
                    "class needs a backward pass of its own. The gradients are for all "
                    f"{len(r.data)} images; an epoch trains on {len(r.train)}."],
                   caption="Medians over rounds of this run. A round does all three jobs in turn.",
                   table=(("job", "ms", "epochs"), rows))


def how_it_was_made(r: Results, out: Path) -> Section:
    """Everything that is needed to make the same report again."""
    s = r.settings
    return recipe(r.data, [
        ("data", r.data.name), ("seed", s.seed), ("split", s.split), ("epochs", s.epochs),
        ("batch size", s.batch_size), ("learning rate", s.learning_rate), ("gradients of", s.of),
        ("reduce", s.reduce), ("norm", s.norm), ("images for the gradients", s.images),
        ("grey levels", s.grey), ("knocked out to", "0, at the layer's output")],
        "All settings of this run.")


def _column_names(conditions: list[list[str]]) -> list[str]:
    """The conditions if they are the same for everybody; otherwise the columns' numbers."""
    if all(row == conditions[0] for row in conditions):
        return conditions[0]
    return [str(i + 1) for i in range(max(map(len, conditions)))]


def _count(error: float, images: np.ndarray) -> str:
    return f"{round(error * len(images))} of {len(images)}"


def _errors(r: Results, part: str, images: np.ndarray) -> tuple[str, str]:
    return _count(r.errors[part], images), f"{r.errors[part]:.2%}"


def _size(r: Results) -> str:
    return times(r.data.images.shape[2:])
