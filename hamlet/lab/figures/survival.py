"""Lives over time with what disturbed them; how lives and calls end; rules broken."""

from collections import Counter
from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes

from hamlet.lab.exams import BASELINES, baselines, level
from hamlet.lab.figures.learning import WINDOW, moved
from hamlet.lab.figures.paper import (
    BLUE,
    FADED,
    FILL,
    PAPER,
    RULE,
    Drawn,
    atop,
    baselines_in,
    exam_line,
    legend,
    moving_mean,
    panel,
    sheet,
    stretches,
    stroke,
    thousands,
)
from hamlet.lab.record import Record
from hamlet.projections.recovery import BACK
from hamlet.worlds.dialogue.acts import OUTCOMES, PERSONAS, SUCCESSES, VIOLATIONS

__all__ = ["endings", "exams_by_persona", "survival", "violations"]


def survival(record: Record) -> Drawn:
    """Disruption and recovery: the life of every episode, the exams, and the baselines of each exam."""
    back = _recovery(record)
    title = "Survival, disruption, recovery"
    note = (
        f"Dots: single lives while training; line: mean of {WINDOW}. Vermilion: greedy exams on the layout of the "
        f"moment, beside what the others live in the same exam. Bands: stages of the curriculum. {back}"
    )
    figure, (axes,) = sheet(title, note, size=(8.4, 5.2))
    cap = record.config.world.cap
    _stage_bands(axes, record)
    axes.plot(record.number, record.survival, "o", ms=1.9, mew=0, color=BLUE, alpha=0.35, label="_lives")
    stroke(axes, record.number, moving_mean(record.survival, WINDOW), BLUE, f"mean of {WINDOW} lives")
    x = np.array([exam.episode for exam in record.exams], float)
    for policy, name in BASELINES.items():
        if record.exams and policy in record.exams[0].results:
            y = np.array([level(exam, policy) for exam in record.exams])
            axes.step(x, y, where="post", color=FADED, lw=0.9, ls=(0, (4, 3)), label=f"_{name}")
            axes.annotate(
                name, (x[-1], y[-1]), xytext=(-2, 3), textcoords="offset points", size=7, color=FADED, ha="right"
            )
    exam_line(axes, x, [level(exam) for exam in record.exams], "exam of the greedy policy")
    moved(axes, record)
    axes.set_ylim(0, cap * 1.1)
    panel(axes, x=record.unit, y=f"steps lived (cut off at {cap:,})")
    legend(axes)
    thousands(axes, y=True)
    return Drawn("survival", title, note, figure)


def endings(record: Record) -> Drawn:
    """What lives end of, or calls in, over the training."""
    town = record.world == "town"
    title = "How lives end" if town else "How calls end"
    parts = stretches(len(record.episodes))
    note = f"Shares in {len(parts)} stretches of about {parts[0][1]:,} {record.unit}, while training with exploration."
    causes = [_named(cause if town or cause != "cap" else "timed_out") for cause in record.cause]
    good = ["lived to the cap"] if town else [_named(outcome) for outcome in OUTCOMES if outcome in SUCCESSES]
    figure, (axes,) = sheet(title, note, size=(8.4, 4.6))
    begins = np.array([record.number[a] for a, _ in parts])
    widths = np.array([b - a for a, b in parts])
    bottom = np.zeros(len(parts))
    for cause, color in zip(_order(Counter(causes), good), cycle(FILL), strict=False):
        share = np.array([100 * causes[a:b].count(cause) / (b - a) for a, b in parts])
        axes.bar(begins, share, widths, bottom, align="edge", color=color, label=cause, lw=0.6, ec=PAPER)
        bottom += share
    axes.set_ylim(0, 100)
    thousands(axes)
    legend(axes, columns=5)
    panel(axes, x=record.unit, y="share of lives, %" if town else "share of calls, %")
    return Drawn("endings", title, note, figure)


def exams_by_persona(record: Record) -> Drawn:
    """Success of the greedy policy with each kind of debtor, and overall between its baselines."""
    title = "With whom calls end well"
    debtors = record.exams[-1].episodes
    note = (
        f"Greedy exams with the same {debtors:,} held-out debtors each, all personas in equal parts. Dashed: the "
        "baselines in the same exam."
    )
    figure, (whole, each) = sheet(title, note, columns=2, size=(9.6, 4.4), sharey=True)
    x = [exam.episode for exam in record.exams]
    baselines_in(whole, {name: 100 * at for name, at in baselines(record).items()})
    exam_line(whole, x, [100 * level(exam) for exam in record.exams])
    for number, persona in enumerate(PERSONAS):
        y = [100 * calls.personas[persona] for exam in record.exams if (calls := exam.results["agent"].calls)]
        stroke(each, np.array(x, float), np.array(y), FILL[number], persona)
    panel(whole, x="calls trained with", y="calls that end well, %", title="All debtors")
    panel(each, x="calls trained with", y="", title="By persona")
    whole.set_ylim(-3, 104)
    legend(each)
    for axes in (whole, each):
        thousands(axes)
    return Drawn("personas", title, note, figure)


def violations(record: Record) -> Drawn:
    """Rules broken, by rule, while training; and in the exams."""
    title = "The rules of such calls, and how often they are broken"
    note = (
        f"Turns that break a rule, in 100 calls: while training, mean of {WINDOW} calls, stacked by rule; vermilion: "
        "in the greedy exams. An engineering model of such rules, not legal advice."
    )
    figure, (axes,) = sheet(title, note, size=(8.4, 4.4))
    counts = np.array([[call.violations.get(rule, 0) for call in record.calls] for rule in VIOLATIONS], float)
    means = np.stack([100 * moving_mean(row, WINDOW) for row in counts])
    names = [rule.replace("_", " ") for rule in VIOLATIONS]
    axes.stackplot(record.number, *means, colors=FILL, labels=names, alpha=0.85, lw=0)
    x = [exam.episode for exam in record.exams]
    y = [calls.violations for exam in record.exams if (calls := exam.results["agent"].calls)]
    exam_line(axes, x, y)
    axes.set_ylim(bottom=0)
    panel(axes, x=record.unit, y="violations per 100 calls")
    legend(axes, columns=6)
    thousands(axes)
    return Drawn("violations", title, note, figure)


def _recovery(record: Record) -> str:
    if not record.moves:
        return "Nothing moved in this run."
    move = record.moves[0]
    before = [exam for exam in record.exams if exam.episode <= move.episode and exam.layout == move.old_positions]
    after = [exam for exam in record.exams if exam.episode >= move.episode and exam.layout == move.new_positions]
    if not before:
        return "Everything moved before there was an exam."
    was = level(before[-1])
    back = next((exam.episode - move.episode for exam in after if level(exam) >= BACK * was), None)
    if back is None:
        lived = int(record.number[-1]) - move.episode
        return f"Before the move {was:,.0f} steps; not back at {BACK:.0%} of that in the {lived:,} episodes since."
    return f"Before the move {was:,.0f} steps; back at {BACK:.0%} of that {back:,} episodes after it."


def _stage_bands(axes: Axes, record: Record) -> None:
    edges = [0, *(change.episode for change in record.stages), int(record.number[-1]) if record.episodes else 0]
    stages = [int(record.stage[0]) if record.episodes else 1, *(change.new_stage for change in record.stages)]
    for begin, end, stage in zip(edges[:-1], edges[1:], stages, strict=True):
        axes.axvspan(begin, end, color=RULE, alpha=0.1 + 0.1 * (stage % 2), lw=0, zorder=0)
        if end - begin > 0.07 * edges[-1]:
            atop(axes, (begin + end) / 2, f"stage {stage}", FADED, ha="center")


def _named(cause: str) -> str:
    return {"cap": "lived to the cap", "timed_out": "timed out"}.get(cause, cause.replace("_", " "))


def _order(causes: Counter[str], good: Sequence[str]) -> list[str]:
    """What is wanted first, then by number."""
    return sorted(causes, key=lambda cause: (cause not in good, -causes[cause], cause))
