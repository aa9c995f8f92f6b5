"""What it does: actions over the training, acts by persona."""

from collections import Counter

import numpy as np
from matplotlib.axes import Axes

from hamlet.events.packing import unpack, unpack_many
from hamlet.lab.figures.paper import FILL, PAPER, Drawn, Numbers, legend, panel, sheet, stretches, thousands
from hamlet.lab.figures.tables import plain, scale, table
from hamlet.lab.record import Record
from hamlet.worlds.dialogue.acts import ACTS, PERSONAS
from hamlet.worlds.town.town import ACTIONS

__all__ = ["RECENT", "actions_over_time", "acts_by_persona", "acts_over_time"]

RECENT = 500
"""Calls at the beginning and at the end that are held against each other."""


def actions_over_time(record: Record) -> Drawn:
    """From wandering to a routine: the five actions, and what is used how often."""
    parts = stretches(len(record.episodes))
    title = "What it does: from wandering to a routine"
    note = (
        f"In {len(parts)} stretches of about {parts[0][1]:,} {record.unit}, while training with exploration. Left: "
        "share of all steps. Right: how often each place is used in 100 steps."
    )
    figure, (actions, places) = sheet(title, note, columns=2, size=(9.6, 4.6))
    taken, _ = unpack_many([life.actions for life in record.lives])
    ends = np.cumsum([int(steps) for steps in record.survival])
    bounds = [(int(ends[a - 1]) if a else 0, int(ends[b - 1])) for a, b in parts]
    shares = np.array([np.bincount(taken[a:b], minlength=len(ACTIONS)) / max(1, b - a) for a, b in bounds]) * 100
    begins, widths = [record.number[a] for a, _ in parts], [b - a for a, b in parts]
    bottom = np.zeros(len(parts))
    for number, name in enumerate(ACTIONS):
        actions.bar(
            begins, shares[:, number], widths, bottom, align="edge", color=FILL[number], label=name, lw=0.6, ec=PAPER
        )
        bottom += shares[:, number]
    actions.set_ylim(0, 100)
    panel(actions, x=record.unit, y="share of steps, %", title="Actions")
    legend(actions, columns=5)
    used = [sum((Counter(life.affordances) for life in record.lives[a:b]), Counter()) for a, b in parts]
    names = sorted({name for count in used for name in count})
    rates = np.array(
        [[100 * count[name] / max(1, b - a) for count, (a, b) in zip(used, bounds, strict=True)] for name in names]
    )
    table(places, rates, names, [str(begin) for begin in begins], "{:.1f}")
    _episodes(places, begins, record)
    panel(places, x=record.unit, y="", title="Uses of each place in 100 steps")
    thousands(actions)
    return Drawn("actions", title, note, figure)


def acts_over_time(record: Record) -> Drawn:
    """How often each act is done, over the training."""
    parts = stretches(len(record.episodes))
    title = "Acts over the training"
    note = (
        f"Share of all turns, in %, in {len(parts)} stretches of about {parts[0][1]:,} calls, while training with "
        "exploration: at first every act about as often as any other."
    )
    figure, (axes,) = sheet(title, note, size=(8.8, 5.0))
    table(axes, np.stack([_shares(record, range(a, b)) for a, b in parts], 1), plain(ACTS), [], "")
    _episodes(axes, [record.number[a] for a, _ in parts], record)
    scale(axes, axes.images[0], "share of turns, %")
    panel(axes, x=record.unit, y="act")
    return Drawn("actions", title, note, figure)


def acts_by_persona(record: Record) -> Drawn:
    """The acts with each kind of debtor, at the beginning and at the end."""
    recent = min(RECENT, len(record.calls) // 2 or 1)
    title = "Acts by persona: does it tell people apart?"
    note = (
        f"Share of the turns with each kind of debtor, in %: the first and the last {recent:,} calls of the training. "
        "The collector never sees the persona: where columns differ, it has heard the difference."
    )
    figure, panels = sheet(title, note, columns=2, size=(9.6, 5.2), sharey=True)
    count = len(record.calls)
    for axes, calls, name in (
        (panels[0], range(recent), f"First {recent:,} calls"),
        (panels[1], range(count - recent, count), f"Last {recent:,} calls"),
    ):
        columns = [_shares(record, [n for n in calls if record.calls[n].persona == persona]) for persona in PERSONAS]
        table(axes, np.stack(columns, 1), plain(ACTS), list(PERSONAS), "{:.0f}")
        panel(axes, x="persona", y="" if panels.index(axes) else "act", title=name)
    return Drawn("acts_by_persona", title, note, figure)


def _shares(record: Record, numbers: range | list[int]) -> Numbers:
    """Of each act [acts] in the turns of these calls, in %; not-a-number without any."""
    counts = np.zeros(len(ACTS))
    for number in numbers:
        counts += np.bincount(unpack(record.calls[number].acts), minlength=len(ACTS))
    return 100 * counts / counts.sum() if counts.sum() else np.full(len(ACTS), np.nan)


def _episodes(axes: Axes, begins: list[float], record: Record) -> None:
    """Every fifth stretch named by the episode it begins with."""
    every = max(1, len(begins) // 5)
    axes.set_xticks(range(0, len(begins), every), [f"{begins[n]:,.0f}" for n in range(0, len(begins), every)])
