"""A run: its beginning, its commands, and all the ways in which it ends or goes on elsewhere."""

from typing import Any

from hamlet.commands import Command
from hamlet.events.types.base import Event

__all__ = [
    "CommandApplied",
    "HistoryImported",
    "RunDiverged",
    "RunExtended",
    "RunFinished",
    "RunResumed",
    "RunStarted",
    "TrainingFailed",
]


class RunStarted(Event, frozen=True, kw_only=True, omit_defaults=True, tag="run_started.v1"):
    """A run began. ``config`` is the resolved configuration; ``versions`` maps package → version; ``talks``: the
    conversations with people, by name, that it had learned from before its first step."""

    world: str
    config_name: str
    config: dict[str, Any]
    seed: int
    episodes: int
    physics: int
    versions: dict[str, str]
    device: str
    talks: tuple[str, ...] = ()


class RunResumed(Event, frozen=True, kw_only=True, tag="run_resumed.v1"):
    """A process took up the run again from the state at ``vector_step``; episodes up to
    ``catch_up_to`` are in the log already and are computed again, compared, not written. It learns on ``device``."""

    vector_step: int
    episode: int
    catch_up_to: int
    versions: dict[str, str]
    device: str = "cpu"


class RunExtended(Event, frozen=True, kw_only=True, tag="run_extended.v1"):
    """The goal of the run moved from ``old_episodes`` to ``episodes``."""

    old_episodes: int
    episodes: int


class RunDiverged(Event, frozen=True, kw_only=True, tag="run_diverged.v1"):
    """Computing again gave something else: the run's events from version ``from_version`` on hold
    no longer. Projections drop episodes from ``from_episode`` on; training is live from there."""

    from_episode: int
    vector_step: int
    reason: str
    from_version: int = 0


class CommandApplied(Event, frozen=True, kw_only=True, tag="command_applied.v1"):
    """A command takes effect before ``vector_step`` is computed."""

    episode: int
    vector_step: int
    command: Command


class TrainingFailed(Event, frozen=True, kw_only=True, tag="training_failed.v1"):
    """Training stopped on an error of its own (a loss that is not a number, for one)."""

    episode: int
    vector_step: int
    reason: str


class RunFinished(Event, frozen=True, kw_only=True, tag="run_finished.v1"):
    """The run reached its goal of episodes."""

    episode: int
    vector_step: int


class HistoryImported(Event, frozen=True, kw_only=True, tag="history_imported.v1"):
    """The run was lived elsewhere: its episodes come from a file of another program and cannot be lived again.
    ``file`` is its name, ``metadata`` (JSON) what it said of itself, ``sha256`` of the whole file."""

    file: str
    algorithm: str
    sha256: str
    metadata: str
