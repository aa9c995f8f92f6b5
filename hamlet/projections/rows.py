"""The rows that the views are read as."""

from typing import Any

import msgspec

from hamlet.events.types import CallFigures

__all__ = [
    "ActsRow",
    "CallRow",
    "CheckpointRow",
    "DeathRow",
    "EpisodeRow",
    "EvaluationRow",
    "MarkRow",
    "PersonaRow",
    "PolicyRow",
    "RecoveryRow",
    "RunRow",
    "TransitionRow",
    "stopped",
]


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run. ``status``: training · paused · finished · failed (``detail`` says why). Times in UTC
    seconds; ``episode`` is the newest completed; ``env_steps`` were lived in completed episodes."""

    run: str
    world: str
    config_name: str
    config: dict[str, Any]
    seed: int
    episodes_goal: int
    status: str
    detail: str
    started_at: float
    finished_at: float | None
    episode: int
    vector_step: int
    env_steps: int
    width: int
    height: int
    physics: int
    device: str


def stopped(row: RunRow) -> RunRow:
    """The row of a run that no process works on: the log has no word for one that was killed."""
    if row.status not in ("training", "paused"):
        return row
    return msgspec.structs.replace(row, status="stopped", detail="no process works on it; start it again to go on")


class EpisodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """An episode; ``position`` is that of its event in the log, ``timestamp`` in UTC seconds."""

    episode: int
    timestamp: float
    survival_time: int
    total_reward: float
    extrinsic_reward: float
    intrinsic_reward: float
    intrinsic_weight: float
    curriculum_stage: int
    epsilon: float
    cause: str
    vector_step: int
    agent: int
    position: int


class TransitionRow(msgspec.Struct, frozen=True, kw_only=True):
    """``target`` was used next after ``source`` ``count`` times, on average in ``mean_episode``."""

    source: str
    target: str
    count: int
    mean_episode: float


class DeathRow(msgspec.Struct, frozen=True, kw_only=True):
    """How lives ended: a meter, or "cap"."""

    cause: str
    count: int


class MarkRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at an episode. ``kind``: stage · randomized · command · resumed · diverged · finished ·
    imported. ``old_stage`` and ``new_stage``: of a change of stage; else ``None``."""

    episode: int
    kind: str
    text: str
    timestamp: float
    position: int
    old_stage: int | None = None
    new_stage: int | None = None


class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One policy's exam: survival in steps, ``share_at_cap`` in [0, 1]; ``calls`` of conversations."""

    mean: float
    worst: float
    share_at_cap: float
    causes: dict[str, int]
    calls: CallFigures | None


class CallRow(msgspec.Struct, frozen=True, kw_only=True):
    """A call: how long, how it ended, the undiscounted sum of its rewards, and how many rules were broken."""

    episode: int
    persona: str
    outcome: str
    success: bool
    turns: int
    returns: float
    violations: int
    stage: int


class ActsRow(msgspec.Struct, frozen=True, kw_only=True):
    """How often each act (by position) was done with ``persona`` in ``calls`` calls from ``first`` to ``last``."""

    first: int
    last: int
    persona: str
    calls: int
    acts: dict[int, int]


class PersonaRow(msgspec.Struct, frozen=True, kw_only=True):
    """The calls with one kind of debtor: means per call, and how often each act (by position) was done."""

    persona: str
    calls: int
    success: float
    returns: float
    turns: float
    violations: float
    acts: dict[int, int]


class EvaluationRow(msgspec.Struct, frozen=True, kw_only=True):
    """An exam after ``episode``: ``episodes`` lives per policy, up to ``cap`` steps each."""

    episode: int
    episodes: int
    cap: int
    layout: dict[str, int]
    policies: dict[str, PolicyRow]


class RecoveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """Everything moved after ``episode``. Levels are the agent's mean steps lived in exams: the last
    before, with its share of the expert's, and the first after; ``recovered_episode`` is that of the
    first later exam of at least .95 of the level before, ``episodes`` and ``env_steps`` (of all
    agents together) after the move. ``None``: no such exam, yet or at all."""

    episode: int
    vector_step: int
    level_before: float | None
    share_before: float | None
    level_after: float | None
    recovered_episode: int | None
    recovered_vector_step: int | None
    episodes: int | None
    env_steps: int | None


class CheckpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint; ``file`` is relative to the run's checkpoint directory."""

    episode: int
    vector_step: int
    file: str
    sha256: str
