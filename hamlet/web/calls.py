"""From rows of the views to what the wire says of conversations. Synchronous: for worker threads."""

from collections import Counter
from collections.abc import Sequence

from hamlet.projections.rows import CallRow, PersonaRow
from hamlet.web.copying import all_as_wire
from hamlet.web.sources import Readings
from hamlet.web.wire import (
    ActsOfPersona,
    CallExam,
    CallFigures,
    CallPoint,
    Death,
    DialogueHello,
    DialogueUpdate,
    Mark,
    PersonaFigures,
    RunState,
)

__all__ = ["acts_over_time", "call_points", "dialogue_update"]

WINDOW = 500
"""Calls over which personas and outcomes are counted."""

_RECENT = 50
_METRICS = 100  # calls


def dialogue_update(views: Readings, hello: DialogueHello, state: RunState, marks: list[Mark]) -> DialogueUpdate:
    """The conversations as of now. Before the first all but ``state`` is empty."""
    run = hello.run
    window = views.calls(run, WINDOW)
    latest = views.latest_episode(run)
    outcomes = Counter(row.outcome for row in window)
    return DialogueUpdate(
        run=run,
        state=state,
        episode=latest.episode if latest else 0,
        stage=latest.curriculum_stage if latest else 1,
        epsilon=latest.epsilon if latest else 1.0,
        metrics=_figures(window[-_METRICS:]) if window else None,
        personas=[_persona(row, len(hello.acts)) for row in views.personas(run, WINDOW)],
        recent=call_points(window[-_RECENT:]),
        outcomes=[Death(cause=cause, count=count) for cause, count in outcomes.most_common()],
        marks=marks,
        exam=_exam(views, run),
    )


def acts_over_time(views: Readings, run: str, stretches: int) -> list[ActsOfPersona]:
    """Over the whole run, in about so many stretches. Every list is as long as the highest act that was done."""
    rows = views.acts_over_time(run, stretches)
    acts = 1 + max((act for row in rows for act in row.acts), default=-1)
    return [
        ActsOfPersona(
            first=row.first,
            last=row.last,
            persona=row.persona,
            calls=row.calls,
            acts=[row.acts.get(act, 0) for act in range(acts)],
        )
        for row in rows
    ]


def call_points(rows: Sequence[CallRow]) -> list[CallPoint]:
    """As they are, for the charts."""
    return all_as_wire(CallPoint, rows)


def _figures(rows: Sequence[CallRow]) -> CallFigures:
    count = len(rows)
    return CallFigures(
        calls=count,
        success=sum(row.success for row in rows) / count,
        returns=sum(row.returns for row in rows) / count,
        turns=sum(row.turns for row in rows) / count,
        violations=100.0 * sum(row.violations for row in rows) / count,
    )


def _persona(row: PersonaRow, acts: int) -> PersonaFigures:
    return PersonaFigures(
        persona=row.persona,
        figures=CallFigures(
            calls=row.calls,
            success=row.success,
            returns=row.returns,
            turns=row.turns,
            violations=100.0 * row.violations,
        ),
        acts=[row.acts.get(act, 0) for act in range(acts)],
    )


def _exam(views: Readings, run: str) -> CallExam | None:
    row = views.evaluation(run)
    if row is None or (agent := row.policies["agent"].calls) is None:
        return None
    success = {name: policy.calls.success for name, policy in row.policies.items() if policy.calls}
    return CallExam(episode=row.episode, success=success, personas=agent.personas, violations=agent.violations)
