"""Between the trainer and the log: what is known already is compared, what is new is written.

A resumed run computes again what happened after its state was saved. Each fact is held against
the one in the log; equal ones are passed over, so that the log after a crash is the log of a run
that never crashed. At the first difference ``RunDiverged`` is written and the rest of the old
facts is given up.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog

from hamlet.clock import Clock
from hamlet.commands import Command, SetPace
from hamlet.events.types import (
    OPERATIONAL,
    AnyEvent,
    CommandApplied,
    EpisodeCompleted,
    Event,
    Recorded,
    ResumeStateSaved,
    RunDiverged,
)

__all__ = ["EventSink", "Recorder", "facts", "last_pace", "resume_states"]

# Events wait here at most so long or so many, so that the loop is bothered with batches.
_BATCH = 64
_SECONDS = 0.1

_log = structlog.get_logger("recorder")


class EventSink(Protocol):
    """Where a run's events go. Called from the training thread."""

    def submit(self, events: Sequence[Event], version: int) -> None:
        """Hand over events that follow ``version`` of the run; waits while the lane is full."""
        ...

    def flush(self) -> None:
        """Return when everything submitted is committed; raises when it could not be."""
        ...


def facts(history: Iterable[Recorded]) -> list[Recorded]:
    """The facts of a run that still hold: operational events and what a divergence gave up left out."""
    held: list[Recorded] = []
    for recorded in history:
        event = recorded.event
        if isinstance(event, RunDiverged):
            held = [fact for fact in held if fact.version < event.from_version]
        elif not isinstance(event, OPERATIONAL):
            held.append(recorded)
    return held


def resume_states(history: Iterable[Recorded]) -> list[ResumeStateSaved]:
    """The states that may be taken up, newest first: those of a past that was given up are not."""
    held: list[ResumeStateSaved] = []
    for recorded in history:
        event = recorded.event
        if isinstance(event, RunDiverged):
            held = [state for state in held if state.version < event.from_version]
        elif isinstance(event, ResumeStateSaved):
            held.append(event)
    return held[::-1]


def last_pace(history: Iterable[Recorded]) -> float | None:
    """The pace that was asked for last: it outlives the process."""
    pace = None
    for recorded in history:
        if isinstance(recorded.event, CommandApplied) and isinstance(recorded.event.command, SetPace):
            pace = recorded.event.command.episodes_per_hour
    return pace


class Recorder:
    """``past``: facts to be met again, in order. ``version``: of the run in the log."""

    def __init__(self, sink: EventSink, past: Iterable[Recorded], version: int, clock: Clock) -> None:
        self._sink = sink
        self._past = deque(past)
        self._version = version
        self._clock = clock
        self._waiting: list[Event] = []
        self._since = clock.monotonic()

    @property
    def catching_up(self) -> bool:
        return bool(self._past)

    @property
    def version(self) -> int:
        """The version that the run has once all that was recorded is committed."""
        return self._version + len(self._waiting)

    @property
    def included(self) -> int:
        """The version up to which the log holds nothing that is still to be computed: the newest, or, while
        catching up, the one before the next fact to be met again."""
        return self._past[0].version - 1 if self._past else self.version

    def known_command(self, vector_step: int) -> Command | None:
        """The command that the log says takes effect before ``vector_step`` now; met by asking."""
        event = self._past[0].event if self._past else None
        if isinstance(event, CommandApplied) and event.vector_step == vector_step:
            self._past.popleft()
            return event.command
        return None

    def record(self, events: Sequence[AnyEvent]) -> None:
        """Take in facts in their order; hands them over now and then."""
        for event in events:
            if self._past and self._past[0].event != event:
                self._diverge(event)
            if self._past:
                self._past.popleft()
            else:
                self._waiting.append(event)
        if self._waiting and (len(self._waiting) >= _BATCH or self._clock.monotonic() - self._since >= _SECONDS):
            self.hand_over()

    def note(self, event: Event) -> None:
        """Write an operational event, whatever is still to be met again."""
        self._waiting.append(event)
        self.hand_over()

    def hand_over(self) -> None:
        if self._waiting:
            self._sink.submit(self._waiting, self._version)
            self._version += len(self._waiting)
            self._waiting = []
        self._since = self._clock.monotonic()

    def flush(self) -> None:
        """All that was recorded is committed when this returns."""
        self.hand_over()
        self._sink.flush()

    def _diverge(self, event: AnyEvent) -> None:
        known = self._past[0]
        episodes = [fact.event.episode for fact in self._past if isinstance(fact.event, EpisodeCompleted)]
        reason = f"expected {_short(known.event)}, computed {_short(event)}"
        _log.warning("the run diverged from its log", reason=reason)
        self._past.clear()
        self._waiting.append(
            RunDiverged(
                from_episode=episodes[0] if episodes else getattr(event, "episode", 0) + 1,
                vector_step=getattr(event, "vector_step", 0),
                reason=reason,
                from_version=known.version,
            )
        )


def _short(event: Event) -> str:
    names = ("episode", "vector_step", "survival_time")
    known = [f"{name}={getattr(event, name)}" for name in names if hasattr(event, name)]
    return f"{type(event).__name__}({', '.join(known)})"
