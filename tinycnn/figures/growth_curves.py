"""How time and memory grow with the work, on log axes: a power law is a straight line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from .style import COLORS, INK, MARKERS, SMALL, TEXT, axes_at, new_figure, quiet

PANEL_WIDTH, PANEL_HEIGHT, GAP = 2.0, 2.2, 0.28
COSTS = (("seconds", "time_exponent", "time"),
         ("peak_bytes", "memory_exponent", "peak memory"))


def growth(curves: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw time above and peak memory below, one column of panels for each parameter.

    Args:
        curves: each with "parameter" and "job" (words), "values", "seconds" and "peak_bytes"
            (equally long, all positive), and the slopes "time_exponent" and "memory_exponent",
            which are written beside the lines.
    """
    parameters = list(dict.fromkeys(curve["parameter"] for curve in curves))
    jobs = list(dict.fromkeys(curve["job"] for curve in curves))
    n = len(parameters)
    fig = new_figure(1.05 + n * (PANEL_WIDTH + GAP), 0.55 + 2 * (PANEL_HEIGHT + GAP) + 0.4)
    handles: dict[str, Any] = {}
    for row, (key, slope, name) in enumerate(COSTS):
        costs = [cost for curve in curves for cost in curve[key]]
        for column, parameter in enumerate(parameters):
            ax = axes_at(fig, 0.95 + column * (PANEL_WIDTH + GAP), 0.5 + row * (PANEL_HEIGHT + GAP),
                         PANEL_WIDTH, PANEL_HEIGHT)
            quiet(ax)
            for curve in curves:
                if curve["parameter"] == parameter:
                    i = jobs.index(curve["job"])
                    handles[curve["job"]], = ax.plot(
                        curve["values"], curve[key], color=COLORS[i], marker=MARKERS[i],
                        markersize=4.5, markeredgecolor="white", markeredgewidth=0.5,
                        linewidth=1.4, label=f"slope {curve[slope]:.2f}")
                    values = curve["values"]
            ax.set(xscale="log", yscale="log")
            # Leaves room for the slopes in the upper part.
            ax.set_ylim(min(costs) / 1.6, max(costs) * (max(costs) / min(costs)) ** 0.35)
            ax.legend(loc="upper left", fontsize=SMALL, frameon=False, handlelength=1.6,
                      borderaxespad=0.1, labelspacing=0.25)
            _x_axis(ax, values, parameter if row else "")
            _y_axis(ax, key, name if column == 0 else "")
    fig.legend(handles=list(handles.values()), labels=list(handles), loc="upper center",
               ncols=len(jobs), fontsize=TEXT, frameon=False, borderaxespad=0.3)
    return fig


def _x_axis(ax: Axes, values: Sequence[float], label: str) -> None:
    """Ticks at measured values, only as many as fit."""
    ax.set_xticks(values[::-(-len(values) // 5)])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="x", which="minor", length=0)
    ax.tick_params(labelbottom=bool(label))
    ax.set_xlabel(label, fontsize=TEXT, color=INK)


def _y_axis(ax: Axes, key: str, label: str) -> None:
    """Powers of ten in words such as "10 ms"."""
    units = ((1, "s"), (1e-3, "ms"), (1e-6, "µs")) if key == "seconds" else (
        (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B"))

    def words(value: float, _: object) -> str:
        # 0.99, because rounding may turn 10 ** -3 into 0.00099999.
        size, unit = next((u for u in units if value >= 0.99 * u[0]), units[-1])
        return f"{value / size:,.0f} {unit}"
    ax.yaxis.set_major_formatter(FuncFormatter(words))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="y", which="minor", length=0)
    ax.tick_params(labelleft=bool(label))
    ax.set_ylabel(label, fontsize=TEXT, color=INK)
