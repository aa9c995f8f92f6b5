"""What the web is handed by the app: it finds nothing by itself."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from hamlet.commands import Command
from hamlet.projections.curves import ExamPoint, SuccessPoint
from hamlet.projections.rows import (
    ActsRow,
    CallRow,
    DeathRow,
    EpisodeRow,
    EvaluationRow,
    MarkRow,
    PersonaRow,
    RecoveryRow,
    RunRow,
    TransitionRow,
)
from hamlet.projections.stretches import Series
from hamlet.web.downloads import Downloads
from hamlet.web.findings import Findings
from hamlet.web.talks import TalkRoom
from hamlet.web.voice import VoiceRoom
from hamlet.web.wire import Gauge, Greeting, Health, RunState
from hamlet.web.wire.past import Life

__all__ = ["Memory", "PastReadings", "Readings", "Sources", "Taken", "Watched"]


class Readings(Protocol):
    """The queries of ``projections.views.Views`` that the web makes, each in a worker thread."""

    def newest_run(self, world: str = "town") -> str | None: ...

    def runs(self) -> list[RunRow]: ...

    def run(self, run: str) -> RunRow | None: ...

    def latest_episode(self, run: str) -> EpisodeRow | None: ...

    def episodes(self, run: str, after: int = 0, limit: int = 1000) -> Sequence[EpisodeRow]: ...

    def series(self, run: str, points: int = 1000) -> Series: ...

    def exams(self, run: str, limit: int = 1000) -> list[ExamPoint]: ...

    def success(self, run: str, points: int = 100) -> list[SuccessPoint]: ...

    def mean_survival(self, run: str, last: int = 100) -> float | None: ...

    def deaths(self, run: str, last: int = 100) -> list[DeathRow]: ...

    def marks(self, run: str, limit: int = 1000) -> list[MarkRow]: ...

    def evaluation(self, run: str) -> EvaluationRow | None: ...

    def recoveries(self, run: str, limit: int = 1000) -> list[RecoveryRow]: ...

    def calls(self, run: str, last: int = 100) -> Sequence[CallRow]: ...

    def acts_over_time(self, run: str, stretches: int = 20) -> list[ActsRow]: ...

    def personas(self, run: str, last: int = 500) -> list[PersonaRow]: ...

    def heatmap(self) -> list[list[int]]: ...

    def novelty(self) -> list[list[float]]: ...

    def transitions(self, last: int = 100) -> list[TransitionRow]: ...


class PastReadings(Readings, Protocol):
    """The same of a town as of an earlier episode, where everything stood at ``layout`` (name → cell)."""

    @property
    def layout(self) -> dict[str, int]: ...


class Memory(Protocol):
    """What was: called in a worker thread. Raises ``UsageError`` for an episode that is not there."""

    def past(self, run: str, episode: int) -> PastReadings: ...

    def life(self, run: str, episode: int) -> Life:
        """Raises ``NotTheSameEpisode`` when it cannot be lived again as it was."""
        ...


@dataclass(frozen=True)
class Watched:
    """A run that is shown. Both are asked on the event loop and must not block."""

    hello: Callable[[], Greeting]
    run_state: Callable[[], RunState]


class Taken(NamedTuple):
    """A command waits in the inbox of ``run``, which has completed ``episode`` episodes."""

    run: str
    episode: int


@dataclass(frozen=True)
class Sources:
    """``watched``: at most one run of each world. ``health`` is asked on the event loop and must not block.
    ``submit_command`` takes a command and the name of the run that it is for (``None``: the first that is
    watched); it is ``None`` in a process that only looks on. ``operator_token`` is the secret printed at start.
    ``worked_on``: whether a process works on a run now, as far as this one can know.
    ``gauges`` counts what it uses, in a worker thread.
    ``talks``, ``voice``: where people talk with the agents, ``downloads``: files for whoever looks, ``findings``:
    studies and reports of the data directory; ``None`` where there are none."""

    watched: Sequence[Watched]
    health: Callable[[], Health]
    views: Readings
    memory: Memory
    submit_command: Callable[[Command, str | None], Awaitable[Taken]] | None
    operator_token: str
    worked_on: Callable[[str], bool] = lambda run: True
    gauges: Callable[[], Sequence[Gauge]] = list
    talks: TalkRoom | None = None
    voice: VoiceRoom | None = None
    downloads: Downloads | None = None
    findings: Findings | None = None
