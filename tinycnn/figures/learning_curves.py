"""The course of a training: the loss and the errors, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import COLORS, INK, TEXT, axes_at, new_figure, quiet


def training_curve(loss: Sequence[float], train_error: Sequence[float],
                   test_error: Sequence[float] = (), validation_error: Sequence[float] = (),
                   validation_loss: Sequence[float] = ()) -> Figure:
    """Draw the losses on a log axis above, and the errors (shares, drawn in %) below.

    All have one value for each epoch, or none. Errors that are all NaN are not drawn.
    """
    fig = new_figure(7.5, 4.9)
    epochs = np.arange(1, len(loss) + 1)
    above = axes_at(fig, 0.75, 0.25, 6.5, 1.9)
    below = axes_at(fig, 0.75, 2.45, 6.5, 1.9)
    for ax in (above, below):
        quiet(ax)
        ax.set_xlim(0, max(len(loss), 1))       # a single epoch would have no width
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    above.plot(epochs, loss, color=INK, linewidth=1.3, marker="." if len(loss) < 3 else "",
               clip_on=False, label="training images")
    if len(validation_loss):
        above.plot(epochs, validation_loss, color=COLORS[2], linewidth=1.3, clip_on=False,
                   marker="." if len(loss) < 3 else "", label="validation images")
        above.legend(fontsize=TEXT, frameon=False, loc="upper right")
    if np.any(np.asarray(loss) > 0):
        above.set_yscale("log")
    above.tick_params(labelbottom=False)
    above.set_ylabel("loss" if len(validation_loss) else "training loss", fontsize=TEXT, color=INK)
    for name, error, color, style in (("training images", train_error, COLORS[0], "--"),
                                      ("validation images", validation_error, COLORS[2], "-"),
                                      ("test images", test_error, COLORS[1], "-")):
        if not np.isnan(error).all():
            below.plot(epochs, 100 * np.asarray(error), color=color, linestyle=style,
                       linewidth=1.4, marker="." if len(error) < 3 else "", clip_on=False,
                       label=f"{name}: {100 * error[-1]:.2f} % after the last epoch")
    below.set_ylim(0, 100)
    below.set_xlabel("epoch", fontsize=TEXT, color=INK)
    below.set_ylabel("error (%)", fontsize=TEXT, color=INK)
    if below.lines:
        below.legend(fontsize=TEXT, frameon=False, loc="upper right")
    else:
        below.text(0.5, 0.5, "no labels, so no errors", fontsize=TEXT, color=INK, ha="center",
                   transform=below.transAxes)
    return fig
