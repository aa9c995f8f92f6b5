"""What the tests of the log share: realistic events, and a log with its writer running."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import numpy as np

from hamlet.clock import Clock, ManualClock
from hamlet.events.log import EventLog
from hamlet.events.packing import pack
from hamlet.events.types import EpisodeCompleted, RunFinished, TownEpisode

__all__ = ["episode", "finished", "running"]

PLACES = ("bed", "shower", "fridge", "job", "gym", "park", "bar", "doctor")


def episode(number: int, *, reward: float = 1.5) -> EpisodeCompleted:
    """A 500-step life, about 1.5 kB as JSON; the same for the same number and reward."""
    rng = np.random.default_rng(number)
    return EpisodeCompleted(
        episode=number,
        survival_time=500,
        total_reward=reward + 0.25,
        extrinsic_reward=reward,
        intrinsic_reward=0.5,
        intrinsic_weight=0.5,
        curriculum_stage=2,
        epsilon=0.125,
        cause="energy",
        agent=number % 64,
        vector_step=number * 10,
        detail=TownEpisode(
            seed=number,
            physics=1,
            layout={place: 9 * at for at, place in enumerate(PLACES)},
            path=pack(rng.integers(0, 64, 501)),
            actions=pack(rng.integers(0, 5, 500)),
            novelty=pack(rng.integers(0, 256, 64)),
            affordances=dict.fromkeys(PLACES[:4], 3),
        ),
    )


def finished(number: int) -> RunFinished:
    """A small event; the same for the same number."""
    return RunFinished(episode=number, vector_step=number * 10)


@asynccontextmanager
async def running(path: Path, clock: Clock | None = None) -> AsyncIterator[EventLog]:
    """The log at ``path`` with its writer; the writer stops, then the log closes."""
    async with EventLog.open(path, clock or ManualClock()) as log, anyio.create_task_group() as tasks:
        tasks.start_soon(log.run)
        try:
            yield log
        finally:
            tasks.cancel_scope.cancel()
