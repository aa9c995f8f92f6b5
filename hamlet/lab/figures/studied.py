"""A study's measures, variant by variant: what is lost without each component."""

import math
from itertools import cycle

from hamlet.lab.figures.comparing import dots
from hamlet.lab.figures.paper import FADED, FILL, Drawn, panel, sheet, thousands
from hamlet.lab.results import Results

__all__ = ["ablation"]


def ablation(results: Results) -> Drawn:
    """One panel a measure; the variants as rows, the first with a line to hold the others against."""
    title = results.title
    note = (
        "Dots: seeds; mark: mean; bar: its 95 % interval (Student's t); dashed: the mean of the first variant. A "
        "seed that never reached what is measured is named, and leaves the mean without meaning: then only the dots "
        "are drawn."
    )
    variants = list(dict.fromkeys(one.variant for one in results.variants))
    measures = list(results.measures)
    columns = min(3, len(measures))
    lines = -(-len(measures) // columns)
    size = (10.2, 1.3 + lines * (0.95 + 0.3 * len(variants)))
    figure, panels = sheet(title, note, rows=lines, columns=columns, size=size, sharey=True)
    for axes, measure in zip(panels, measures, strict=False):
        for row, (variant, color) in enumerate(zip(variants, cycle(FILL), strict=False)):
            found = next(one for one in results.variants if (one.variant, one.measure) == (variant, measure))
            values = [
                value
                for trial in results.trials
                if trial.variant == variant and (value := trial.values.get(measure)) is not None
            ]
            s = found.summary
            if s is None:
                continue
            finite = [value for value in values if math.isfinite(value)]
            dots(axes, row, finite, s.mean, s.low, s.high, color, variant)
            if s.never:
                axes.text(
                    1.0, row, f"never: {s.never} of {s.n} ", transform=axes.get_yaxis_transform(), size=6.5,
                    ha="right", va="bottom", color=FADED,
                )  # fmt: skip
            if row == 0 and s.mean is not None:
                axes.axvline(s.mean, color=FADED, lw=0.9, ls=(0, (4, 3)), zorder=1)
        axes.set_yticks(range(len(variants)), variants)
        axes.grid(True, axis="x")
        axes.grid(False, axis="y")
        if axes.get_xlim()[1] > 2000:
            thousands(axes)
        panel(axes, x=measure.replace("_", " "), y="")
    panels[0].set_ylim(len(variants) - 0.4, -0.6)
    for axes in panels[len(measures) :]:
        axes.set_axis_off()
    return Drawn("ablation", title, note, figure)
