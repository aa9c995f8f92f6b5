"""The paper that figures are drawn on: colours, type, sheets, and the helpers that all of them share.

300 DPI; data in IBM's colour-blind safe palette (IBM Design Language, "colour blind safe": ultramarine,
indigo, magenta, orange, gold); paper, ink and vermilion are the page's (``frontend/src/styles/tokens.css``),
as are the letters: EB Garamond and Inter, under the SIL Open Font License (``hamlet/lab/fonts``).
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

import matplotlib
import msgspec
import numpy as np
from cycler import cycler
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

__all__ = [
    "BLUE",
    "DPI",
    "FADED",
    "FILL",
    "GOLD",
    "HEAT",
    "INK",
    "MAGENTA",
    "ORANGE",
    "PALETTE",
    "PAPER",
    "RULE",
    "VERMILION",
    "VIOLET",
    "Drawn",
    "Numbers",
    "atop",
    "baselines_in",
    "exam_line",
    "legend",
    "moving_mean",
    "panel",
    "save",
    "sheet",
    "stretches",
    "stroke",
    "thousands",
    "writing",
]

Numbers = NDArray[np.float64]

BLUE, VIOLET, MAGENTA, ORANGE, GOLD = PALETTE = ("#648fff", "#785ef0", "#dc267f", "#fe6100", "#ffb000")
INK, FADED, RULE, PAPER, VERMILION = "#1d1a16", "#645d51", "#d8cfba", "#fdfaf1", "#d3421b"
FILL = (*PALETTE, "#8a8273", "#2f6f73", "#c8bda5")
"""For more kinds than the palette has: these are told apart by place and label too."""
HEAT = LinearSegmentedColormap.from_list("hamlet-heat", ["#f4ecd9", "#c3b8f2", VIOLET, "#33207e"])
DPI = 300
_SERIF, _SANS = ["EB Garamond", "DejaVu Serif"], ["Inter", "DejaVu Sans"]
_HEAD = 0.84  # inches for title and note
_FEW = 25  # points that a line shows as points too


class Drawn(msgspec.Struct, frozen=True):
    """A figure: ``name`` of its file, without suffix; ``title`` and ``note`` stand in it too."""

    name: str
    title: str
    note: str
    figure: Figure


@contextmanager
def writing() -> Iterator[None]:
    """Everything between is drawn in the house's style, and nothing else is."""
    _fonts()
    with matplotlib.rc_context(cast(Any, _style())):
        yield


def sheet(
    title: str, note: str, *, rows: int = 1, columns: int = 1, size: tuple[float, float] = (8.4, 4.6), **grid: Any
) -> tuple[Figure, list[Axes]]:
    """An empty sheet of ``size`` inches with its panels, row by row; ``grid``: as for ``Figure.subplots``."""
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    width, height = size
    lines = textwrap.wrap(note, int(width * 17))
    head = _HEAD + 0.16 * (len(lines) - 1)
    figure.set_layout_engine("constrained", rect=(0.012, 0.012, 0.965, 1 - (head + 0.06) / height))
    figure.text(0.18 / width, 1 - 0.16 / height, title, family=_SERIF, size=17, color=INK, va="top")
    figure.text(0.18 / width, 1 - 0.52 / height, "\n".join(lines), size=8, color=FADED, va="top", linespacing=1.45)
    panels = figure.subplots(rows, columns, squeeze=False, **grid)
    return figure, list(panels.flat)


def panel(axes: Axes, *, x: str, y: str, title: str = "") -> Axes:
    """Name the axes, with units."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if title:
        axes.set_title(title, loc="left", family=_SERIF, size=12, style="italic", color=INK)
    return axes


def baselines_in(axes: Axes, levels: Mapping[str, float]) -> None:
    """Levels to hold the curves against, named at their right end; names of those that are as good as equal stand
    together. The highest is named below its line, so that it does not leave the panel."""
    near = 0.03 * max([1e-9, *map(abs, levels.values())])
    named: dict[float, list[str]] = {}
    for name, level in sorted(levels.items(), key=lambda item: item[1]):
        axes.axhline(level, color=FADED, lw=0.9, ls=(0, (4, 3)), zorder=1.5, label=f"_{name}")
        named.setdefault(next((at for at in named if abs(at - level) < near), level), []).append(name)
    for level, names in named.items():
        above = level < max(levels.values())
        axes.annotate(
            ", ".join(names),
            (1.0, level),
            xycoords=("axes fraction", "data"),
            xytext=(-2, 2 if above else -2),
            textcoords="offset points",
            ha="right",
            va="bottom" if above else "top",
            size=7,
            color=FADED,
            zorder=5,
            path_effects=[_halo()],
        )


def legend(axes: Axes, columns: int = 4) -> None:
    """What the colours are, above the panel's right end, without a box."""
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=columns,
        borderaxespad=0.1,
        handlelength=1.3,
        columnspacing=1.2,
    )


def moving_mean(values: Numbers, window: int) -> Numbers:
    """Of the last ``window`` values, [n]; not-a-number until there are so many. ``values``: finite, [n]."""
    found = np.full(len(values), np.nan)
    if len(values) >= window:
        sums = np.concatenate([[0.0], np.cumsum(values)])
        found[window - 1 :] = (sums[window:] - sums[:-window]) / window
    return found


def stretches(count: int, most: int = 20) -> list[tuple[int, int]]:
    """``count`` episodes in up to ``most`` stretches of equal length: from, and up to but without."""
    edges = np.unique(np.linspace(0, count, min(most, count) + 1).astype(int)) if count else np.array([0])
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def stroke(axes: Axes, x: Numbers, y: Numbers, color: str, label: str = "", **more: Any) -> None:
    """A line with a thin halo, so that it stays readable over what lies below."""
    few: dict[str, Any] = {"marker": "o", "ms": 3} if len(x) <= _FEW else {}
    look: dict[str, Any] = {"lw": 1.8, "solid_capstyle": "round"} | few | more
    axes.plot(x, y, color=color, label=label or "_line", path_effects=[_halo(look["lw"] + 1.6)], **look)


def exam_line(axes: Axes, x: Sequence[float] | Numbers, y: Sequence[float], label: str = "exam") -> None:
    """What greedy exams gave, above all else; nothing where there was none."""
    if len(x):
        axes.plot(x, y, "o-", color=VERMILION, ms=3, lw=1.2, label=label, zorder=4)


def atop(axes: Axes, x: float, text: str, color: str, *, right: float = 0, down: float = 3, ha: str = "left") -> None:
    """``text``, small, at the upper edge over ``x``; ``right`` and ``down`` of there in points."""
    axes.annotate(
        text,
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(right, -down),
        textcoords="offset points",
        size=7,
        color=color,
        ha=ha,
        va="top",
    )


def thousands(axes: Axes, *, x: bool = True, y: bool = False) -> None:
    """10,000 rather than 10000."""
    for wanted, axis in ((x, axes.xaxis), (y, axes.yaxis)):
        if wanted:
            axis.set_major_formatter(matplotlib.ticker.StrMethodFormatter("{x:,.0f}"))


def save(drawn: Drawn, folder: Path, dpi: int = DPI) -> Path:
    """As PNG in ``folder``."""
    path = folder / f"{drawn.name}.png"
    drawn.figure.savefig(path, dpi=dpi, facecolor=PAPER, metadata={"Title": drawn.title, "Software": "Hamlet"})
    return path


def _halo(width: float = 2.4) -> Any:
    from matplotlib.patheffects import withStroke

    return withStroke(linewidth=width, foreground=PAPER)


@cache
def _fonts() -> None:
    for file in sorted((Path(__file__).parent.parent / "fonts").glob("*.ttf")):
        font_manager.fontManager.addfont(file)


def _style() -> dict[str, Any]:
    sizes: Sequence[str] = ("axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
    return {
        "font.family": _SANS,
        "font.size": 8.5,
        **dict.fromkeys(sizes, 8),
        "text.color": INK,
        "axes.labelcolor": FADED,
        "axes.edgecolor": RULE,
        "axes.facecolor": PAPER,
        "figure.facecolor": PAPER,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.linewidth": 0.8,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "axes.titlepad": 7,
        "axes.prop_cycle": cycler(color=PALETTE),
        "axes.xmargin": 0.01,
        "grid.color": RULE,
        "grid.linewidth": 0.5,
        "grid.alpha": 0.7,
        "xtick.color": FADED,
        "ytick.color": FADED,
        "xtick.major.size": 2.5,
        "ytick.major.size": 0,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "agg.path.chunksize": 20_000,
        "path.simplify_threshold": 0.6,
    }
