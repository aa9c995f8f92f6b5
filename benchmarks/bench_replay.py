"""Rebuilding all views from the log, beside ``eventsourcing`` reading its notifications, in one run:
``python -m benchmarks --only replay``.

20,000 episodes of an agent with a routine (150 steps on average, 1.1 kB as JSON). Ours is taken
twice: *folded* reads, decodes and folds every projection and stops before SQLite; *replayed* goes on
to a finished ``demo_state.db`` on disk, indexes included. So is the peer, on its SQLite recorder:
*recorder* only fetches the stored bytes; *application* also turns them into domain events, which is
what a projection of its own would begin with. The peer folds and writes nothing.
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import msgspec
import numpy as np
from eventsourcing.application import Application

from benchmarks.aggregate import Run
from benchmarks.row import Row
from hamlet.clock import SystemClock
from hamlet.events.log import EventLog
from hamlet.events.packing import pack
from hamlet.events.reading import read_events
from hamlet.events.types import EpisodeCompleted, RunStarted, TownEpisode
from hamlet.projections.garden_path import transitions
from hamlet.projections.projector import BATCH, PROJECTIONS
from hamlet.projections.replay import replay

__all__ = ["rows"]

REPEATS = 5
EVENTS = 20_000
LAYOUT = {"Bed": 9, "Shower": 18, "Fridge": 25, "FastFood": 53, "Job": 54, "Gym": 31, "Bar": 7, "Recreation": 56}
ROUTINE = ("Bed", "Job", "Fridge", "Job", "Shower", "Job")
STRIDE = 8
"""Steps from one affordance to the next."""


def life(rng: np.random.Generator, steps: int) -> TownEpisode:
    """A walk in which every eighth step uses the next affordance of the routine, now and then another."""
    path, actions = rng.integers(0, 64, steps + 1), rng.integers(0, 4, steps)
    for turn, at in enumerate(range(0, steps, STRIDE)):
        name = ROUTINE[turn % len(ROUTINE)] if rng.random() < 0.95 else str(rng.choice(list(LAYOUT)))
        path[at : at + 2] = LAYOUT[name]
        actions[at] = 4
    return TownEpisode(
        seed=int(rng.integers(2**62)),
        physics=1,
        layout=LAYOUT,
        path=pack(path),
        actions=pack(actions),
        novelty=pack(rng.integers(0, 256, 64)),
        affordances={"Bed": 3, "Job": 9, "Fridge": 3, "Shower": 3},
    )


def episode(number: int, rng: np.random.Generator, steps: int) -> EpisodeCompleted:
    detail = life(rng, steps)
    extrinsic, intrinsic = (float(value) for value in rng.uniform(0, 500, 2))
    return EpisodeCompleted(
        episode=number,
        survival_time=steps,
        total_reward=extrinsic + 0.3 * intrinsic,
        extrinsic_reward=extrinsic,
        intrinsic_reward=intrinsic,
        intrinsic_weight=0.3,
        curriculum_stage=4,
        epsilon=0.1,
        cause="energy",
        agent=number % 64,
        vector_step=number * 3,
        detail=detail,
    )


async def write_ours(path: Path, events: Sequence[EpisodeCompleted]) -> None:
    config = {"world": {"grid": {"width": 8, "height": 8}}}
    start = RunStarted(
        world="town", config_name="bench", config=config, seed=1, episodes=EVENTS, physics=1, versions={}, device="cpu"
    )
    async with EventLog.open(path, SystemClock()) as log, anyio.create_task_group() as tasks:
        tasks.start_soon(log.run, name="log")
        await log.append("town", [start])
        for at in range(0, len(events), 1000):
            await log.append("town", events[at : at + 1000])
        tasks.cancel_scope.cancel()


def write_peer(path: Path, events: Sequence[EpisodeCompleted]) -> "Application[Any]":
    peer: Application[Any] = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path.as_uri()}
    )
    run = Run()
    for at in range(0, len(events), 1000):
        for each in events[at : at + 1000]:
            run.live(msgspec.to_builtins(each))
        peer.save(run)
    return peer


def notifications(peer: "Application[Any]", *, decoded: bool) -> int:
    last = count = 0
    while found := peer.recorder.select_notifications(last + 1, 1000):
        last, count = found[-1].id, count + len(found)
        if decoded:
            for notification in found:
                peer.mapper.to_domain_event(notification)
    return count


def fold_only(path: Path) -> int:
    memory, count = {projection.name: "" for projection in PROJECTIONS}, 0
    for events in read_events(path, batch=BATCH):
        count += len(events)
        for projection in PROJECTIONS:
            memory[projection.name] = projection.fold(events, memory[projection.name]).memory
    return count


def seconds(work: Callable[[], object]) -> float:
    """With the garbage collector paused for all, as a replay pauses it for itself."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    work()
    took = time.perf_counter() - start
    gc.enable()
    return took


def rows() -> list[Row]:
    """One row per pair: events/s of ours and of the peer, medians of interleaved repeats, their ratio;
    then the garden path's own fold, in episodes/s."""
    rng = np.random.default_rng(1)
    events = [episode(number, rng, int(rng.choice([80, 113, 200]))) for number in range(1, EVENTS + 1)]
    rates: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as directory:
        log, out = Path(directory) / "events.db", Path(directory) / "demo_state.db"
        anyio.run(write_ours, log, events)
        peer = write_peer(Path(directory) / "peer.db", events)
        contestants: dict[str, Callable[[], object]] = {
            "replayed": lambda: replay(log, out),
            "folded": lambda: fold_only(log),
            "recorder": lambda: notifications(peer, decoded=False),
            "application": lambda: notifications(peer, decoded=True),
        }
        for _ in range(REPEATS):
            for name, contestant in contestants.items():
                rates.setdefault(name, []).append(EVENTS / seconds(contestant))
        peer.close()
    median = {name: statistics.median(values) for name, values in rates.items()}
    pairs = [
        ("replayed", "application", None),
        ("folded", "application", 5.0),
        ("replayed", "recorder", None),
        ("folded", "recorder", 5.0),
    ]
    found = [
        Row(
            name=f"{ours} / notifications, {theirs}",
            ours=median[ours],
            peer=median[theirs],
            ratio=median[ours] / median[theirs],
            unit="events/s",
            bar=bar,
            note=f"{EVENTS:,} episodes",
        )
        for ours, theirs, bar in pairs
    ]
    for steps in (150, 500):
        details = [life(rng, steps) for _ in range(1000)]
        work = partial(transitions, range(1000), details)
        rate = 1000 / statistics.median(seconds(work) for _ in range(REPEATS))
        found.append(Row(name=f"garden path fold, {steps} steps each", ours=rate, unit="episodes/s"))
    return found
