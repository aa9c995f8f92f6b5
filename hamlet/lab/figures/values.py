"""What it thinks its actions are worth: the distribution over the training, and by situation."""

import numpy as np
from matplotlib.patches import Rectangle

from hamlet.lab.figures.paper import (
    BLUE,
    FADED,
    HEAT,
    INK,
    MAGENTA,
    PAPER,
    VERMILION,
    Drawn,
    legend,
    panel,
    sheet,
    stroke,
    thousands,
)
from hamlet.lab.figures.tables import plain, scale, table
from hamlet.lab.record import Record
from hamlet.worlds.dialogue.acts import ACTS, INTENTS

__all__ = ["act_values", "model_health", "q_distribution"]

_BINS = 60


def q_distribution(record: Record) -> Drawn:
    """Histograms of the best action's Q-value in training batches, side by side over the updates."""
    title = "The distribution of Q-values"
    note = (
        "Each column: the value of the best action in the situations learned from since the last report, as shares. "
        "Line: their mean. Narrow columns: all situations seem alike."
    )
    figure, (axes,) = sheet(title, note, size=(8.4, 4.6))
    told = record.progress
    low, high = min(event.q_min for event in told), max(event.q_max for event in told)
    edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
    columns = []
    for event in told:
        count = len(event.q_histogram)
        own = np.linspace(event.q_min, max(event.q_max, event.q_min + 1e-9), count + 1)
        cumulative = np.concatenate([[0.0], np.cumsum(event.q_histogram)])
        spread = np.diff(np.interp(edges, own, cumulative))
        columns.append(spread / max(1.0, spread.sum()))
    image = 100 * np.stack(columns, 1)
    steps = [record.gradient_steps(event.vector_step) for event in told]
    mesh = axes.pcolormesh([0.0, *steps], edges, image, cmap=HEAT, vmin=0, vmax=float(np.percentile(image, 99.5)) or 1)
    axes.grid(False)
    mass = image.sum(1).cumsum() / max(1e-9, image.sum())
    axes.set_ylim(edges[int(np.searchsorted(mass, 0.003))], edges[min(_BINS, int(np.searchsorted(mass, 0.997)) + 1)])
    stroke(axes, np.array(steps), np.array([event.q_mean for event in told]), MAGENTA, "mean")
    panel(axes, x="gradient steps", y="Q of the best action")
    scale(axes, mesh, "share of situations, %")
    legend(axes)
    thousands(axes)
    return Drawn("q_values", title, note, figure)


def act_values(record: Record) -> Drawn:
    """State-action values of the dialogue: by what was heard last, from the exam's calls."""
    exams = sorted({turn.episode for turn in record.turns})
    late = set(exams[-max(1, len(exams) // 3) :])
    title = "State-action values: what to do after what was heard"
    note = (
        f"Mean Q-value of each act that is allowed, by what the debtor said last: turns of the exams' kept calls "
        f"from call {min(late):,} on. A frame: the act done most often then. n: turns."
    )
    rows: dict[str, list[tuple[list[float], str]]] = {}
    before: dict[str, str] = {}
    for turn in record.turns:
        heard = before.get(turn.conversation, "(call begins)") if turn.turn else "(call begins)"
        before[turn.conversation] = turn.intent
        if turn.episode in late and turn.q_values:
            values = [q if allowed else np.nan for q, allowed in zip(turn.q_values, turn.mask, strict=True)]
            rows.setdefault(heard, []).append((values, turn.act))
    names = [name for name in ("(call begins)", *INTENTS) if name in rows]
    with np.errstate(invalid="ignore"):
        means = np.stack([np.nanmean([values for values, _ in rows[name]], 0) for name in names])
    figure, (axes,) = sheet(title, note, size=(9.2, 5.2))
    table(axes, means - np.nanmin(means), [f"{name}  (n = {len(rows[name])})" for name in names], plain(ACTS), "")
    for row, name in enumerate(names):
        acts = [act for _, act in rows[name]]
        most = ACTS.index(max(dict.fromkeys(acts), key=acts.count))
        axes.add_patch(_frame(most, row))
        for column, value in enumerate(means[row]):
            shade = (value - np.nanmin(means)) / max(1e-9, np.nanmax(means) - np.nanmin(means))
            axes.text(
                column, row, f"{value:.2f}", ha="center", va="center", size=6.5, color=PAPER if shade > 0.45 else INK
            )
    axes.tick_params(axis="x", rotation=38)
    for label in axes.get_xticklabels():
        label.set_horizontalalignment("right")
    panel(axes, x="act", y="heard last")
    return Drawn("state_action_values", title, note, figure)


def model_health(record: Record) -> Drawn:
    """Of a learner that plans: what its model is worth, and how much it imagines."""
    title = "Planning: what the world model is worth, and what is imagined"
    note = (
        "Above: error of the model one step ahead on held-out real episodes, beside the better of two guesses (copying "
        "the state; the average). Below: imagined episodes for each real one; the gate opens as the error falls."
    )
    figure, (error, planned) = sheet(title, note, rows=2, size=(8.4, 5.4), sharex=True)
    x = record.updated
    told = [event.learner for event in record.progress]
    stroke(error, x, np.array([one["model_error"] for one in told]), BLUE, "model")
    stroke(error, x, np.array([one["guess_error"] for one in told]), FADED, "best guess", ls=(0, (4, 3)), lw=1.2)
    error.set_ylim(bottom=0)
    panel(error, x="", y="mean squared error", title="One step ahead")
    legend(error)
    stroke(planned, x, np.array([one["planned"] for one in told]), MAGENTA)
    planned.set_ylim(bottom=0)
    panel(planned, x=record.unit, y="imagined per real episode", title="Imagination")
    thousands(planned)
    return Drawn("planning", title, note, figure)


def _frame(column: int, row: int) -> Rectangle:
    return Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, fill=False, ec=VERMILION, lw=1.6)
