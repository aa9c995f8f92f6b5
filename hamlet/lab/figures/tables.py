"""Tables of numbers as heat maps."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from hamlet.lab.figures.paper import HEAT, INK, PAPER, Numbers

__all__ = ["plain", "scale", "table"]

_LEGIBLE = 12  # columns up to which numbers are written into the cells


def table(axes: Axes, values: Numbers, rows: Sequence[str], columns: Sequence[str], form: str) -> None:
    """A heat map [rows, columns] with its numbers, from 0 up."""
    top = max(1e-9, float(np.nanmax(values)) if np.isfinite(values).any() else 1.0)
    axes.imshow(values, cmap=HEAT, vmin=0, vmax=top, aspect="auto")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(columns)), columns)
    axes.grid(False)
    for (row, column), value in np.ndenumerate(values):
        if form and np.isfinite(value) and len(values[0]) <= _LEGIBLE:
            color = PAPER if value > 0.45 * top else INK
            axes.text(column, row, form.format(value), ha="center", va="center", size=7, color=color)


def scale(axes: Axes, drawn: ScalarMappable, name: str) -> None:
    """What the colours of ``drawn`` mean, beside the panel."""
    bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.6, pad=0.015)
    bar.set_label(name)
    bar.ax.spines[:].set_visible(False)


def plain(names: Sequence[str]) -> list[str]:
    """For people."""
    return [name.replace("_", " ") for name in names]
