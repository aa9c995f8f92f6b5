"""Lives: an episode with all it takes to live it again, and what changed for those that follow."""

import msgspec

from hamlet.events.types.base import Event

__all__ = [
    "AffordancesRandomized",
    "DialogueEpisode",
    "EpisodeCompleted",
    "EpisodeDetail",
    "StageChanged",
    "TownEpisode",
]


class TownEpisode(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="world", tag="town"):
    """Everything needed to play the episode again, step by step.

    ``layout`` maps affordance → cell (cell = y · width + x). ``path`` holds the cell after each
    step, preceded by the start cell (survival_time + 1 cells); ``actions`` one action per step;
    ``novelty`` one byte per cell of the grid, log scale. All three are packed by
    ``events.packing``. ``affordances`` counts completed interactions by name.
    """

    seed: int
    physics: int
    layout: dict[str, int]
    path: str
    actions: str
    novelty: str
    affordances: dict[str, int]


class DialogueEpisode(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="world", tag="dialogue"):
    """Everything needed to hold the conversation again, turn by turn: who called whom follows from
    ``seed`` and ``persona``, what the debtor said from these and the ``acts`` (packed by
    ``events.packing``, one per turn). ``violations`` counts turns by rule."""

    seed: int
    physics: int
    persona: str
    success: bool
    acts: str
    violations: dict[str, int]


EpisodeDetail = TownEpisode | DialogueEpisode


class EpisodeCompleted(Event, frozen=True, kw_only=True, tag="episode_completed.v1"):
    """One agent's life, or call, ended or reached the cap.

    ``survival_time`` in steps (turns of a call); rewards are undiscounted sums; ``intrinsic_reward`` is
    before the weight; ``total_reward`` = extrinsic + intrinsic_weight · intrinsic. ``cause`` is the meter
    that ran out (of a call, its outcome), or ``"cap"``. ``vector_step`` counts batched steps of all agents
    together.
    """

    episode: int
    survival_time: int
    total_reward: float
    extrinsic_reward: float
    intrinsic_reward: float
    intrinsic_weight: float
    curriculum_stage: int
    epsilon: float
    cause: str
    agent: int
    vector_step: int
    detail: EpisodeDetail


class AffordancesRandomized(Event, frozen=True, kw_only=True, tag="affordances_randomized.v1"):
    """The affordances moved: name → cell, before and after."""

    episode: int
    vector_step: int
    old_positions: dict[str, int]
    new_positions: dict[str, int]
    reason: str


class StageChanged(Event, frozen=True, kw_only=True, tag="stage_changed.v1"):
    """The curriculum moved; each agent meets the new stage at its next reset."""

    episode: int
    vector_step: int
    old_stage: int
    new_stage: int
    reason: str
