"""The course of a training: the loss and the errors, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from .style import COLORS, INK, TEXT, axes_at, new_figure, quiet


def training_curve(loss: Sequence[float], train_error: Sequence[float],
                   test_error: Sequence[float] = (), validation_error: Sequence[float] = (),
                   validation_loss: Sequence[float] = ()) -> Figure:
    """Draw the losses above, and the errors (shares, drawn in %) below.

    All have one value for each epoch, or none. Errors that are all NaN are not drawn. The axis of
    the losses is logarithmic if they differ by more than a factor of 10.
    """
    fig = new_figure(7.5, 5.5)
    above, below = axes_at(fig, 0.95, 0.4, 6.3, 1.9), axes_at(fig, 0.95, 2.95, 6.3, 1.9)
    many = len(validation_loss) > 0
    for ax, label in (above, "loss" if many else "training loss"), (below, "error (%)"):
        quiet(ax)
        ax.set_xlim(0, max(len(loss), 1))       # a single epoch would have no width
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_ylabel(label, fontsize=TEXT, color=INK)
    for ax, values, color, label in (
            (above, loss, INK, "training images"),
            (above, validation_loss, COLORS[2], "validation images"),
            (below, train_error, COLORS[0], "training images: {:.2f} % during the last epoch"),
            (below, validation_error, COLORS[2], "validation images: {:.2f} % at the end"),
            (below, test_error, COLORS[1], "test images: {:.2f} % at the end")):
        y = np.asarray(values) * (100 if ax is below else 1)
        if not np.isnan(y).all():
            ax.plot(np.arange(1, len(y) + 1), y, color=color, clip_on=False, linewidth=1.4,
                    linestyle="--" if color == COLORS[0] else "-",
                    marker="." if len(y) < 3 else "", label=label.format(y[-1]))
            if ax is below or many:     # over the axes, where no curve can be
                ax.legend(fontsize=TEXT, frameon=False, loc="lower left", bbox_to_anchor=(-0.02, 1),
                          ncols=2, columnspacing=1, handlelength=1.6)
    _scale(above, np.array([*loss, *validation_loss]))
    above.tick_params(labelbottom=False)
    below.set_ylim(0, 100)
    below.set_xlabel("epoch", fontsize=TEXT, color=INK)
    if not below.lines:
        below.text(0.5, 0.5, "no labels, so no errors", fontsize=TEXT, color=INK, ha="center",
                   transform=below.transAxes)
    return fig


def _scale(ax: Axes, losses: np.ndarray) -> None:
    """The axis of these losses: a log axis if they need one, with a place for 0 if it is there."""
    known = losses[np.isfinite(losses)]
    low, high = known.min(initial=np.inf), known.max(initial=0)
    if low == 0 < high:
        ax.set_yscale("symlog", linthresh=10 ** np.ceil(np.log10(known[known > 0].min())))
        ax.set_ylim(bottom=0)
    elif high > 10 * low > 0:
        ax.set_yscale("log")
        if high < 1000 * low:       # powers of 10 would be too few
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter("")
    else:
        least = 0.005 * abs(high)       # a narrower range would need numbers of many digits
        ax.set_ylim(min(ax.get_ylim()[0], high - least), max(ax.get_ylim()[1], high + least))
        ax.yaxis.set_major_formatter("{x:.5g}")
