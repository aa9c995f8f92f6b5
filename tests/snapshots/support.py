"""What the tests of snapshots share: a log of short lives on 8 × 8, its views, and a studio over both."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import numpy as np

from hamlet.clock import Clock, SystemClock
from hamlet.events.log import EventLog
from hamlet.events.packing import pack
from hamlet.events.types import EpisodeCompleted, Event, RunStarted, TownEpisode
from hamlet.projections.projector import Projector
from hamlet.projections.views import Views
from hamlet.snapshots.ledger import Ledger, LogLedger
from hamlet.snapshots.settings import Exports, Gifs, Screenshots, SnapshotSettings
from hamlet.snapshots.studio import Studio
from hamlet.space import Space

RUN = "town-1"
SMALL = SnapshotSettings(gifs=Gifs(episodes=5), screenshots=Screenshots(), exports=Exports())


def started(world: str = "town") -> RunStarted:
    return RunStarted(
        world=world,
        config_name=f"configs/{world}/test.yaml",
        config={"world": {"grid": {"width": 8, "height": 8}}, "training": {}},
        seed=1,
        episodes=10_000,
        physics=1,
        versions={},
        device="cpu",
    )


def lived(number: int, salt: int = 0, steps: int = 12) -> EpisodeCompleted:
    """A life; the same for the same number and salt. Novelty fades as the numbers grow."""
    rng = np.random.default_rng([number, salt])
    return EpisodeCompleted(
        episode=number,
        survival_time=steps,
        total_reward=1.5,
        extrinsic_reward=1.0,
        intrinsic_reward=0.5,
        intrinsic_weight=0.9,
        curriculum_stage=2,
        epsilon=0.125,
        cause="energy",
        agent=number % 64,
        vector_step=number * 10,
        detail=TownEpisode(
            seed=number,
            physics=1,
            layout={"Bed": 9, "Fridge": 62, "Observatory": 7},
            path=pack(rng.integers(0, 64, steps + 1)),
            actions=pack(rng.integers(0, 5, steps)),
            novelty=pack(rng.integers(0, max(1, 160 - number), 64)),
            affordances={"Bed": 1},
        ),
    )


@asynccontextmanager
async def writing(data: Path, clock: Clock | None = None) -> AsyncIterator[EventLog]:
    """The log in ``data``, with its writer."""
    await anyio.Path(data).mkdir(parents=True, exist_ok=True)
    async with EventLog.open(data / "events.db", clock or SystemClock()) as log, anyio.create_task_group() as tasks:
        tasks.start_soon(log.run)
        try:
            yield log
        finally:
            tasks.cancel_scope.cancel()


async def fill(log: EventLog, events: Sequence[Event], run: str = RUN) -> None:
    """Append ``events`` and bring the views up to date."""
    for start in range(0, len(events), 500):
        await log.append(run, events[start : start + 500])

    def project() -> None:
        with Projector.open(log.path.parent / "demo_state.db", log.path) as projector:
            projector.catch_up()

    await anyio.to_thread.run_sync(project)


def studio(data: Path, ledger: Ledger, settings: SnapshotSettings = SMALL, free: int = 4) -> Studio:
    """``free``: how much of the disk is, in floors."""
    views = Views(data / "demo_state.db")
    return Studio(
        roots={"snapshots": data / "snapshots", "exports": data / "exports"},
        events=data / "events.db",
        views=views,
        settings=settings,
        ledger=ledger,
        space=Space(data, 1, SystemClock(), free=lambda _: free),
        clock=SystemClock(),
        runs=lambda: views.runs()[::-1],
    )


def owned(log: EventLog, settings: SnapshotSettings = SMALL, free: int = 4) -> Studio:
    return studio(log.path.parent, LogLedger(log, log.path.parent / "snapshots"), settings, free)
