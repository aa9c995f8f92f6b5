"""Several ways to learn beside each other."""

from collections.abc import Iterator, Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes

from hamlet.lab.arms import Arm
from hamlet.lab.comparison import Comparison, SampleEfficiency
from hamlet.lab.exams import BASELINES, best, level, share
from hamlet.lab.figures.paper import (
    FADED,
    FILL,
    INK,
    Drawn,
    Numbers,
    baselines_in,
    legend,
    panel,
    sheet,
    stroke,
    thousands,
)
from hamlet.lab.record import Record
from hamlet.lab.robust import iqm
from hamlet.lab.statistics import t_quantile
from hamlet.worlds.dialogue.acts import PERSONAS

__all__ = ["comparing_figures", "dots"]

_POINTS = 120  # of a curve over gradient steps


def comparing_figures(arms: Sequence[Arm], found: Comparison) -> Iterator[Drawn]:
    """In the order of reading."""
    yield _curves(arms, found)
    yield _efficiency(found)
    yield _finals(found)
    if found.world == "dialogue":
        yield _kinds(found)


def _curves(arms: Sequence[Arm], found: Comparison) -> Drawn:
    title = "Learning, side by side"
    note = (
        f"Greedy exams, as a share of the {found.against} in the same exam. Thick: mean over seeds; shade: its 95 % "
        "interval by Student's t, where there are two seeds or more; thin: each seed. Left what was lived, right "
        "what was computed."
    )
    figure, (lived, computed) = sheet(title, note, columns=2, size=(10.2, 5.0), sharey=True)
    for arm, color in zip(arms, cycle(FILL), strict=False):
        runs = list(arm.runs.values())
        shares = [np.array([share(exam, found.world) for exam in record.exams]) for record in runs]
        episodes = [np.array([exam.episode for exam in record.exams], float) for record in runs]
        steps = [np.array([record.gradient_steps(exam.vector_step) for exam in record.exams]) for record in runs]
        for axes, grids in ((lived, episodes), (computed, steps)):
            if np.isnan(np.concatenate(grids)).any():
                continue  # its log tells no gradient steps
            _means(axes, grids, shares, color, f"{arm.name} (n = {len(runs)})")
    for axes in (lived, computed):
        baselines_in(axes, _baselines(next(iter(arms[0].runs.values()))))
        thousands(axes)
    lived.set_ylim(-0.03, 1.08)
    panel(lived, x=found.unit, y=f"share of the {found.against}", title="By what was lived")
    panel(computed, x="gradient steps, planning's included", y="", title="By what was computed")
    figure.legend(*lived.get_legend_handles_labels(), loc="outside lower left", ncols=4, handlelength=1.4)
    return Drawn("curves", title, note, figure)


def _means(axes: Axes, grids: list[Numbers], shares: list[Numbers], color: str, label: str) -> None:
    end = min(grid[-1] for grid in grids)
    same = all(len(grid) == len(grids[0]) and bool(np.all(grid == grids[0])) for grid in grids)
    x = grids[0] if same else np.linspace(max(grid[0] for grid in grids), end, _POINTS)
    stack = np.stack([np.interp(x, grid, values) for grid, values in zip(grids, shares, strict=True)])
    if len(stack) > 1:
        half = t_quantile(0.975, len(stack) - 1) * stack.std(0, ddof=1) / np.sqrt(len(stack))
        axes.fill_between(x, stack.mean(0) - half, stack.mean(0) + half, color=color, alpha=0.16, lw=0, label="_band")
        axes.plot(x, stack.T, color=color, lw=0.5, alpha=0.35, label="_seed")
    stroke(axes, x, stack.mean(0), color, label, marker="", lw=2)


def _efficiency(found: Comparison) -> Drawn:
    title = "Sample efficiency: when each seed gets there"
    note = (
        f"Share of seeds that have reached the threshold (a share of the {found.against}'s score), by Kaplan and "
        "Meier: a seed that never did counts as long as it was watched (bar). Dots: seeds. Exams are sat now and "
        "then, so it may have been sooner by up to their distance."
    )
    rows = len(found.thresholds)
    figure, panels = sheet(title, note, rows=rows, columns=2, size=(10.2, 1.4 + 2.5 * rows), sharey=True, sharex="col")
    for number, axes in enumerate(panels):
        threshold, axis = found.thresholds[number // 2], ("episodes", "gradient steps")[number % 2]
        for arm, color in zip(found.arms, cycle(FILL), strict=False):
            for effort in arm.efforts:
                if (effort.threshold, effort.axis) == (threshold, axis):
                    _reached(axes, effort, color, arm.name)
        axes.set_ylim(-0.02, 1.06)
        thousands(axes)
        last = number // 2 == rows - 1
        word = found.unit if axis == "episodes" else "gradient steps"
        panel(
            axes,
            x=word if last else "",
            y="" if number % 2 else "share of seeds",
            title=f"{threshold:g} of the {found.against}",
        )
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower left", ncols=4, handlelength=1.4)
    return Drawn("sample_efficiency", title, note, figure)


def _reached(axes: Axes, effort: SampleEfficiency, color: str, name: str) -> None:
    known = sorted((at if at is not None else effort.ended[seed], at is None) for seed, at in effort.by_seed.items())
    x, y, left = [0.0], [0.0], 1.0
    seen: list[tuple[float, float]] = []
    bars: list[tuple[float, float]] = []
    for number, (moment, censored) in enumerate(known):
        if not censored:
            left *= 1 - 1 / (len(known) - number)
            x.append(moment)
            y.append(1 - left)
        (bars if censored else seen).append((moment, 1 - left))
    x.append(max(effort.ended.values()))
    y.append(1 - left)
    axes.step(x, y, where="post", color=color, lw=1.8, label=name)
    if seen:
        axes.plot(*zip(*seen, strict=True), "o", color=color, ms=3.5, label="_seeds")
    if bars:
        axes.plot(*zip(*bars, strict=True), "|", color=color, ms=8, mew=1.6, label="_never")


def _finals(found: Comparison) -> Drawn:
    title = "Where they end, and how sure that is"
    first = found.arms[0]
    note = (
        f"Left: share of the {found.against} in the exam after {found.horizon:,} {found.unit}; dots: seeds; bar: 95 % "
        "interval of the mean (Student's t); diamond: interquartile mean. Right: the probability that a run is "
        f"better than one of {first.name}, with its bootstrap interval; at a half there is nothing between them."
    )
    figure, (ends, better) = sheet(
        title,
        note,
        columns=2,
        size=(10.2, 1.9 + 0.45 * len(found.arms)),
        sharey=True,
        gridspec_kw={"width_ratios": [3, 2]},
    )
    for row, (arm, color) in enumerate(zip(found.arms, cycle(FILL), strict=False)):
        dots(ends, row, list(arm.final.values()), arm.mean.mean, arm.mean.low, arm.mean.high, color, arm.name)
        ends.plot([iqm(list(arm.final.values()))], [row], "D", color=INK, ms=3.5, zorder=6, label="_middle")
        if arm.better and arm.better.value is not None:
            low, high = arm.better.low, arm.better.high
            if low is not None and high is not None:
                better.plot([low, high], [row, row], color=color, lw=3, alpha=0.5, solid_capstyle="butt")
            better.plot([arm.better.value], [row], "o", color=color, ms=6)
    ends.set_xlim(max(-0.05, ends.get_xlim()[0]), min(1.6, ends.get_xlim()[1]))
    better.axvline(0.5, color=FADED, lw=0.9, ls=(0, (4, 3)))
    better.set_xlim(-0.02, 1.02)
    _rows(ends, [f"{arm.name}  (n = {len(arm.final)})" for arm in found.arms])
    panel(ends, x=f"share of the {found.against}", y="", title="Final exam")
    panel(better, x=f"probability to be better than {first.name}", y="", title="Improvement")
    return Drawn("finals", title, note, figure)


def dots(
    axes: Axes,
    row: float,
    values: Sequence[float],
    mean: float | None,
    low: float | None,
    high: float | None,
    color: str,
    name: str,
) -> None:
    """Seeds, their mean and its interval, in one row."""
    if low is not None and high is not None:
        axes.plot([low, high], [row, row], color=color, lw=6, alpha=0.25, solid_capstyle="butt", label="_interval")
    axes.plot(values, np.full(len(values), row), "o", color=color, ms=3.6, mew=0, alpha=0.65, label=name)
    if mean is not None:
        axes.plot([mean, mean], [row - 0.22, row + 0.22], color=color, lw=2.2, label="_mean")


def _kinds(found: Comparison) -> Drawn:
    title = "With whom, and at what cost"
    note = (
        f"In the exam after {found.horizon:,} calls: success with each kind of debtor, and violations per 100 calls; "
        "means over seeds with 95 % intervals (Student's t)."
    )
    figure, (won, broken) = sheet(title, note, columns=2, size=(10.2, 4.6), gridspec_kw={"width_ratios": [3, 1.2]})
    width = 0.8 / len(found.arms)
    for number, (arm, color) in enumerate(zip(found.arms, cycle(FILL), strict=False)):
        at = np.arange(len(PERSONAS)) + (number - (len(found.arms) - 1) / 2) * width
        means = [arm.kinds[persona].mean or 0.0 for persona in PERSONAS]
        won.bar(at, means, width * 0.9, color=color, label=arm.name)
        for x, persona in zip(at, PERSONAS, strict=True):
            of = arm.kinds[persona]
            if of.low is not None and of.high is not None:
                won.plot([x, x], [of.low, of.high], color=INK, lw=1, label="_interval")
        if arm.violations is not None:
            of = arm.violations
            broken.bar([number], [of.mean or 0.0], 0.8, color=color)
            if of.low is not None and of.high is not None:
                broken.plot([number, number], [max(0.0, of.low), of.high], color=INK, lw=1)
    won.set_xticks(range(len(PERSONAS)), PERSONAS)
    won.set_ylim(0, 1.05)
    broken.set_xticks([])
    broken.set_ylim(bottom=0)
    panel(won, x="persona", y="share of calls that end well", title="Success")
    panel(broken, x="", y="violations per 100 calls", title="Rules broken")
    broken.set_xlabel("as left")
    legend(won)
    return Drawn("by_persona", title, note, figure)


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(True, axis="x")
    axes.grid(False, axis="y")


def _baselines(record: Record) -> dict[str, float]:
    exam = record.exams[-1]
    top = level(exam, best(record.world))
    return {name: level(exam, policy) / top for policy, name in BASELINES.items() if policy in exam.results}
