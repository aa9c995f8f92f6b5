"""How learning went: reward, success and loss over episodes; the two rewards; the curriculum."""

import textwrap

import numpy as np
from matplotlib.axes import Axes

from hamlet.lab.exams import baselines, score, unit
from hamlet.lab.figures.paper import (
    BLUE,
    FADED,
    FILL,
    GOLD,
    INK,
    MAGENTA,
    ORANGE,
    VERMILION,
    VIOLET,
    Drawn,
    Numbers,
    atop,
    baselines_in,
    exam_line,
    legend,
    moving_mean,
    panel,
    sheet,
    stroke,
    thousands,
)
from hamlet.lab.record import Record

__all__ = ["SHORT", "WINDOW", "band", "curriculum", "learning_curves", "reward_decomposition"]

SHORT, WINDOW = 10, 50
"""Episodes that the thin and the thick lines are means of."""


def learning_curves(record: Record, siblings: list[Record]) -> Drawn:
    """Reward, success and loss; with ``siblings`` (the same settings on other seeds) the band over all of them."""
    town = record.world == "town"
    several = bool(siblings)
    note = (
        f"Thin: mean of {SHORT} {record.unit}; thick: of {WINDOW}. While training: with exploration, at the stage of "
        "the moment. Vermilion: the greedy exam on held-out starts, at full difficulty."
    )
    if several:
        note += f" Shade: lowest to highest {WINDOW}-mean of {len(siblings) + 1} seeds of the same settings."
    title = "Learning: " + ("how long it lives" if town else "how calls end")
    figure, panels = sheet(title, note, rows=3, size=(8.4, 7.6), sharex=True)
    reward, result, loss = panels
    everyone = [record, *siblings]
    _curve(reward, record, _total(record), BLUE, [_total(one) for one in everyone] if several else [])
    panel(reward, x="", y="reward per episode", title="Reward, extrinsic and weighed intrinsic")
    ends = [one.survival if town else 100 * one.success for one in everyone]
    _curve(result, record, ends[0], VIOLET, ends if several else [])
    baselines_in(result, {name: at if town else 100 * at for name, at in baselines(record).items()})
    _exams(result, record, scale=1 if town else 100)
    panel(result, x="", y="steps lived" if town else "calls that end well, %", title=unit(record))
    told = [event.loss for event in record.progress]
    stroke(loss, record.updated, np.array(told), MAGENTA, lw=1.3)
    if told and min(told) > 0:
        loss.set_yscale("log")
    panel(loss, x=record.unit, y="loss (mean since the last report)", title="Loss of the Q-network, log scale")
    thousands(loss)
    legend(result)
    return Drawn("learning", title, note, figure)


def reward_decomposition(record: Record) -> Drawn:
    """What it was rewarded with: by the world, and by its own curiosity."""
    title = "What it lives for: reward by the world, and by curiosity"
    note = (
        f"Means of {WINDOW} episodes. Below: the world's reward; above it: novelty times its weight. "
        "The weight falls as lives become long and steady, and rises again when they break down."
    )
    figure, (stack, weight) = sheet(
        title, note, rows=2, size=(8.4, 5.6), sharex=True, gridspec_kw={"height_ratios": [2, 1]}
    )
    outer, inner = moving_mean(record.extrinsic, WINDOW), moving_mean(record.intrinsic, WINDOW)
    stack.stackplot(
        record.number, outer, inner, colors=[BLUE, GOLD], labels=["extrinsic", "intrinsic"], alpha=0.9, lw=0
    )
    panel(stack, x="", y="reward per episode", title="Reward, stacked")
    legend(stack)
    weights = np.array([event.intrinsic_weight for event in record.episodes])
    stroke(weight, record.number, weights, ORANGE, "intrinsic weight")
    stroke(weight, record.number, np.array([event.epsilon for event in record.episodes]), INK, "ε", lw=1.2)
    weight.set_ylim(0, 1.05)
    panel(weight, x=record.unit, y="share", title="Curiosity's weight, and exploration ε")
    moved(weight, record, named=False)
    moved(stack, record)
    legend(weight)
    thousands(weight)
    return Drawn("reward", title, note, figure)


def curriculum(record: Record) -> Drawn:
    """The stages over time, and how it did in each of them."""
    title = "The curriculum: one thing more at a time"
    note = (
        "Above: the stage in force, and why it changed. Below: mean of each stage's episodes, "
        f"with their number; the bar shows the middle half of them. {_measure(record)}"
    )
    figure, (course, result) = sheet(title, note, rows=2, size=(8.4, 5.8))
    last = int(record.stage.max(initial=1))
    stages = len(record.config.world.stages)
    changes = record.stages
    ends = [*(change.episode for change in changes), int(record.number[-1])]
    course.stairs(
        [int(record.stage[0]), *(change.new_stage for change in changes)],
        [0, *ends],
        color=VIOLET,
        lw=1.8,
        baseline=None,
    )
    for change, end in zip(changes, ends[1:], strict=True):
        if end - change.episode > 0.1 * ends[-1]:
            words = textwrap.fill(change.reason, max(12, int(110 * (end - change.episode) / ends[-1])))
            course.annotate(
                words,
                (change.episode, change.new_stage),
                xytext=(4, 3),
                textcoords="offset points",
                size=6.5,
                color=FADED,
                va="bottom",
            )
    course.set_yticks(range(1, stages + 1))
    course.set_ylim(0.7, stages + 0.8)
    thousands(course)
    panel(course, x=record.unit, y="stage", title="The way up")
    values = record.survival if record.world == "town" else 100 * record.success
    for number in range(1, stages + 1):
        within = values[record.stage == number]
        if within.size:
            color = FILL[(number - 1) % len(FILL)]
            low, high = np.percentile(within, [25, 75]) if record.world == "town" else (within.mean(),) * 2
            result.plot([number, number], [low, high], color=color, lw=9, alpha=0.25, solid_capstyle="butt")
            result.plot([number], [within.mean()], "o", color=color, ms=7)
            result.annotate(
                f"{within.mean():,.0f}   n = {within.size:,}",
                (number, within.mean()),
                xytext=(9, -3),
                textcoords="offset points",
                size=7.5,
            )
    result.set_xlim(0.6, max(stages, last) + 0.8)
    result.set_xticks(range(1, stages + 1))
    result.set_ylim(0, 1.08 * (record.config.world.cap if record.world == "town" else 100))
    panel(
        result,
        x="stage",
        y="steps lived" if record.world == "town" else "calls that end well, %",
        title="How it did there",
    )
    return Drawn("curriculum", title, note, figure)


def moved(axes: Axes, record: Record, *, named: bool = True) -> None:
    """A line where everything moved."""
    for move in record.moves:
        axes.axvline(move.episode, color=VERMILION, lw=1.1, ls=(0, (1, 1.6)), zorder=3)
        if named:
            atop(axes, move.episode, "Affordances randomized", VERMILION, right=4, down=13)


def band(axes: Axes, x: Numbers, curves: list[Numbers], color: str) -> None:
    """From the lowest to the highest of several curves at the same ``x``; where one has ended, of the others."""
    shortest = min(len(x), *(len(curve) for curve in curves))
    stack = np.stack([curve[:shortest] for curve in curves])
    axes.fill_between(x[:shortest], stack.min(0), stack.max(0), color=color, alpha=0.18, lw=0, label="_band")


def _curve(axes: Axes, record: Record, values: Numbers, color: str, seeds: list[Numbers]) -> None:
    if seeds:
        band(axes, record.number, [moving_mean(one, WINDOW) for one in seeds], color)
    axes.plot(record.number, moving_mean(values, SHORT), color=color, lw=0.5, alpha=0.45, label=f"mean of {SHORT}")
    stroke(axes, record.number, moving_mean(values, WINDOW), color, f"mean of {WINDOW}")


def _exams(axes: Axes, record: Record, scale: float) -> None:
    exam_line(
        axes,
        [exam.episode for exam in record.exams],
        [scale * score(exam.results["agent"]) for exam in record.exams],
    )


def _total(record: Record) -> Numbers:
    return record.extrinsic + record.intrinsic


def _measure(record: Record) -> str:
    return (
        "Harder stages drain more and reward less." if record.world == "town" else "Each stage adds a kind of debtor."
    )
