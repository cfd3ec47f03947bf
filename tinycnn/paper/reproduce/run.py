"""The whole paper in one call: from faces to a trained network, its gradients, and a report."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...output.out_folder import only_one
from ...output.whole_file import whole_folder, write_text
from ...training import Callback
from .experiment import Results, compute
from .sections import write_results
from .settings import Settings

log = logging.getLogger("tinycnn")

SOMETIMES = ("training.png", "training.csv", "model.npz", "parameters.npz")     # see write_results


def reproduce(settings: Settings, callbacks: Sequence[Callback] = ()) -> dict[str, Any]:
    """Run the paper and write everything to `settings.out`; returns what is in metrics.json.

    If training is interrupted, `checkpoint.npz` in that folder has its last and its best state.
    The same call then continues from it. Results of a run before are replaced at the end, all
    together: if this run ends with an error, they stay as they are.

    Raises:
        FileExistsError: another run writes into that folder now.
        NotWrittenError: a file could not be written: a full disk, a limit, no permission.
        DataError, ModelFileError, NotFiniteError, ValueError: see `load_faces` and `train`.
        KeyboardInterrupt: Ctrl-C; what was trained so far is in the checkpoint.
    """
    out, trained = Path(settings.out), settings.model is None
    with only_one(out, settings.data, kept="checkpoint.npz" if trained else ""):
        results = compute(settings, callbacks)
        log.info("drawing figures and report")
        with whole_folder(out, SOMETIMES) as draft:
            write_results(results, draft)
            results.clock.stop("figures")
            metrics = metrics_of(results)
            write_text(draft / "metrics.json", json.dumps(metrics, indent=1) + "\n")
        for name in ("checkpoint.npz", "checkpoint.json"):
            (out / name).unlink(missing_ok=True)
    return metrics


def metrics_of(results: Results) -> dict[str, Any]:
    """The numbers of a run, for metrics.json; identities are named as in the report."""
    r, settings = results, vars(results.settings)
    trained = {**{key: settings[key] for key in ("epochs", "batch_size", "learning_rate", "seed")},
               "train_images": len(r.train), "test_images": len(r.test)}
    return {
        "data": {"name": r.data.name, "images": len(r.data), "classes": r.data.n_classes,
                 "twins": r.data.n_twins,
                 "twins_across_split": r.data.twins_across((r.train, r.test)),
                 "notes": list(r.data.notes)},
        "settings": {"of": r.entry, "network": r.settings.network, "grey": r.grey,
                     **{key: settings[key] for key in ("reduce", "norm", "images")},
                     "split": r.settings.split if r.settings.splits else None},
        "training": {**(trained if r.settings.model is None else {}),
                     **{f"{part}_error": error for part, error in r.errors.items()},
                     "epochs_run": len(r.history), "stopped": r.history.stopped,
                     "final_loss": r.history.loss[-1] if r.history.loss else None},
        "knockout": r.knockout,
        "cost": {"epoch_seconds": r.cost.epoch, "true_class_seconds": r.cost.true_class,
                 "all_classes_seconds": r.cost.all_classes,
                 "true_class_epochs": r.cost.true_class_epochs,
                 "all_classes_epochs": r.cost.all_classes_epochs,
                 "measured_images": r.cost.images, "measured_classes": r.cost.classes},
        "seconds": {**r.clock.seconds, "total": sum(r.clock.seconds.values())},
    }
