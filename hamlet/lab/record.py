"""A run as its log tells it, sorted for those who draw and count: columns by episode, exams, marks."""

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hamlet.errors import UsageError
from hamlet.events.reading import read_events
from hamlet.events.types import (
    AffordancesRandomized,
    AnyEvent,
    DialogueEpisode,
    EpisodeCompleted,
    EvaluationCompleted,
    RunDiverged,
    RunStarted,
    StageChanged,
    TownEpisode,
    TrainingProgress,
    TurnTaken,
    tag_of,
)
from hamlet.settings import RunConfig, from_record
from hamlet.training.recorder import facts

__all__ = ["MILESTONES", "Record", "read_record"]

Numbers = NDArray[np.float64]

MILESTONES = (RunStarted, RunDiverged, TrainingProgress, EvaluationCompleted, AffordancesRandomized, StageChanged)
"""What is enough to compare runs: all but the episodes."""


class Record:
    """The facts of one run that still hold. Columns are [episodes], in order. ``path``: of its log."""

    def __init__(self, path: Path, run: str, happened: Sequence[AnyEvent]) -> None:
        started = happened[0] if happened else None
        if not isinstance(started, RunStarted):
            raise UsageError(f"{path}: run {run} does not begin with run_started; run `events --verify`")
        self.path, self.run, self.started = path, run, started
        self.config: RunConfig = from_record(started.config, run)
        self.episodes = [event for event in happened if isinstance(event, EpisodeCompleted)]
        self.progress = [event for event in happened if isinstance(event, TrainingProgress)]
        self.exams = [event for event in happened if isinstance(event, EvaluationCompleted)]
        self.moves = [event for event in happened if isinstance(event, AffordancesRandomized)]
        self.stages = [event for event in happened if isinstance(event, StageChanged)]
        self.turns = [event for event in happened if isinstance(event, TurnTaken)]

    @property
    def world(self) -> str:
        """town or dialogue."""
        return self.config.kind

    @property
    def unit(self) -> str:
        """What an episode is called."""
        return "calls" if self.world == "dialogue" else "episodes"

    @cached_property
    def number(self) -> Numbers:
        return np.array([event.episode for event in self.episodes], float)

    @cached_property
    def survival(self) -> Numbers:
        """Steps lived, or turns."""
        return np.array([event.survival_time for event in self.episodes], float)

    @cached_property
    def extrinsic(self) -> Numbers:
        return np.array([event.extrinsic_reward for event in self.episodes])

    @cached_property
    def intrinsic(self) -> Numbers:
        """Already times the weight of its moment."""
        return np.array([event.intrinsic_weight * event.intrinsic_reward for event in self.episodes])

    @cached_property
    def stage(self) -> NDArray[np.int64]:
        return np.array([event.curriculum_stage for event in self.episodes], np.int64)

    @cached_property
    def success(self) -> Numbers:
        """1 where a call ended well; of a town: where the life reached the cap."""
        return np.array(
            [
                float(event.detail.success if isinstance(event.detail, DialogueEpisode) else event.cause == "cap")
                for event in self.episodes
            ]
        )

    @cached_property
    def cause(self) -> list[str]:
        return [event.cause for event in self.episodes]

    @property
    def lives(self) -> list[TownEpisode]:
        """What the town's episodes hold besides."""
        return [event.detail for event in self.episodes if isinstance(event.detail, TownEpisode)]

    @property
    def calls(self) -> list[DialogueEpisode]:
        """What the dialogue's episodes hold besides."""
        return [event.detail for event in self.episodes if isinstance(event.detail, DialogueEpisode)]

    @cached_property
    def updated(self) -> Numbers:
        """The episode [progress] after which each ``TrainingProgress`` was told."""
        ended = np.array([event.vector_step for event in self.episodes])
        told = np.array([event.vector_step for event in self.progress])
        return np.searchsorted(ended, told, side="right").astype(float)

    def gradient_steps(self, vector_step: int) -> float:
        """Updates of the Q-network until then, planning's included: between two reports, and after the last, in a
        straight line; not-a-number where the log holds no report (``progress_every`` longer than the run)."""
        told = [(0.0, 0.0), *((float(event.vector_step), _gradient_steps(event)) for event in self.progress)]
        if len(told) < 2:
            return math.nan
        if vector_step > told[-1][0]:
            (before, some), (last, all_) = told[-2:]
            return all_ + (all_ - some) * (vector_step - last) / (last - before)
        steps, updates = zip(*told, strict=True)
        return float(np.interp(vector_step, steps, updates))


def read_record(path: Path, run: str, kinds: Sequence[type[AnyEvent]] = ()) -> Record:
    """The run from the log at ``path``; ``kinds``: only events of these (``RunStarted`` among them).

    Raises ``UsageError`` when the run is not there, and what ``read_events`` raises.
    """
    tags = [tag_of(kind) for kind in kinds]
    history = (recorded for batch in read_events(path, run=run, types=tags) for recorded in batch)
    return Record(path, run, [recorded.event for recorded in facts(history)])


def _gradient_steps(event: TrainingProgress) -> float:
    told = event.learner
    return told["real_updates"] + told["planning_updates"] if "real_updates" in told else float(event.updates)
