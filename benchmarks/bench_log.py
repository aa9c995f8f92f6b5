"""The log beside its peer, ``eventsourcing`` on SQLite, in one run: ``python -m benchmarks --only log``.

Both start with the same event objects (an episode of 500 steps, 1.6 kB as JSON) and end with them
durable (WAL, synchronous=FULL), and back. Ours is taken twice: ``append`` waits for each batch, as the
peer does; ``submit``, which the training uses, waits once at the end. So is the peer: its bare
recorder, given bytes that msgspec wrote, with no checks at all; and as its users use it, an aggregate
and an application. Ours checks that every event would come back equal, writes a checksum, and keeps
versions without gap.
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
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from benchmarks.aggregate import Run
from benchmarks.probes import fdatasync
from benchmarks.row import Row
from hamlet.clock import SystemClock
from hamlet.events.log import EventLog
from hamlet.events.packing import pack
from hamlet.events.reading import read_events
from hamlet.events.types import EpisodeCompleted, TownEpisode, decode

__all__ = ["rows"]

REPEATS = 5
EVENTS = {1: 100, 10: 500, 100: 2000, 1000: 4000}  # batch size → events per repeat
PLACES = ("bed", "shower", "fridge", "job", "gym", "park", "bar", "doctor")
encode = msgspec.json.Encoder().encode

Seconds = float


def episode(number: int) -> EpisodeCompleted:
    rng = np.random.default_rng(number)
    reward, curiosity = float(rng.uniform(0, 500)), float(rng.uniform(0, 50))
    detail = TownEpisode(
        seed=int(rng.integers(2**62)),
        physics=1,
        layout={place: int(rng.integers(64)) for place in PLACES},
        path=pack(rng.integers(0, 64, 501)),
        actions=pack(rng.integers(0, 5, 500)),
        novelty=pack(rng.integers(0, 256, 64)),
        affordances={place: int(rng.integers(9)) for place in PLACES[:4]},
    )
    return EpisodeCompleted(
        episode=number,
        survival_time=500,
        total_reward=reward + curiosity / 2,
        extrinsic_reward=reward,
        intrinsic_reward=curiosity,
        intrinsic_weight=0.5,
        curriculum_stage=2,
        epsilon=0.1,
        cause="cap",
        agent=number % 64,
        vector_step=number * 8,
        detail=detail,
    )


def ours(path: Path, events: Sequence[EpisodeCompleted], batch: int, *, wait: bool) -> tuple[Seconds, Seconds]:
    """Seconds until all is durable, and to read it back."""

    async def append() -> Seconds:
        async with EventLog.open(path, SystemClock()) as log, anyio.create_task_group() as tasks:
            tasks.start_soon(log.run)
            start = time.perf_counter()
            for at in range(0, len(events), batch):
                await (log.append if wait else log.submit)("run", events[at : at + batch])
            await log.flush()
            took = time.perf_counter() - start
            tasks.cancel_scope.cancel()
        return took

    appended = anyio.run(append)
    start = time.perf_counter()
    count = sum(len(found) for found in read_events(path))
    took = time.perf_counter() - start
    assert count == len(events)
    return appended, took


def recorder(path: Path, events: Sequence[EpisodeCompleted], batch: int) -> tuple[Seconds, Seconds]:
    store = SQLiteDatastore(path.as_uri(), originator_id_type="text")
    peer = SQLiteApplicationRecorder(store)
    peer.create_table()
    start = time.perf_counter()
    for at in range(0, len(events), batch):
        group = enumerate(events[at : at + batch], start=at + 1)
        peer.insert_events(
            [StoredEvent("run", version, "episode_completed.v1", encode(each)) for version, each in group]
        )
    appended = time.perf_counter() - start
    start = time.perf_counter()
    last = 0
    while notifications := peer.select_notifications(last + 1, 1000):
        last = notifications[-1].id
        for notification in notifications:
            decode(notification.state)
    took = time.perf_counter() - start
    store.close()
    return appended, took


def application(path: Path, events: Sequence[EpisodeCompleted], batch: int) -> tuple[Seconds, Seconds]:
    peer: Application[Any] = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path.as_uri()}
    )
    run = Run()
    peer.save(run)
    start = time.perf_counter()
    for at in range(0, len(events), batch):
        for each in events[at : at + batch]:
            run.live(msgspec.to_builtins(each))
        peer.save(run)
    appended = time.perf_counter() - start
    start = time.perf_counter()
    last = 0
    while notifications := peer.recorder.select_notifications(last + 1, 1000):
        last = notifications[-1].id
        for notification in notifications:
            peer.mapper.to_domain_event(notification)
    took = time.perf_counter() - start
    peer.close()
    return appended, took


def rows() -> list[Row]:
    """One row per figure: events/s of ours and of a peer, medians of interleaved repeats, and their ratio."""
    contestants: dict[str, Callable[..., tuple[Seconds, Seconds]]] = {
        "append": partial(ours, wait=True),
        "submit": partial(ours, wait=False),
        "recorder": recorder,
        "application": application,
    }
    events = [episode(number) for number in range(max(EVENTS.values()))]
    rates: dict[tuple[str, str, int], list[float]] = {}
    probes = []
    for repeat in range(REPEATS):
        for batch, count in EVENTS.items():
            for name, contestant in contestants.items():
                gc.collect()  # or the next contestant pays for the garbage of the last
                with tempfile.TemporaryDirectory() as directory:
                    if name == "append":
                        probes.append(fdatasync(Path(directory)))
                    appended, took = contestant(Path(directory) / f"{repeat}.db", events[:count], batch)
                rates.setdefault((name, "write", batch), []).append(count / appended)
                rates.setdefault((name, "replay", batch), []).append(count / took)
    median = {key: statistics.median(values) for key, values in rates.items()}
    probe = f"fdatasync {statistics.median(probes):.2f} ms"
    largest = max(EVENTS)
    found = []
    for peer in ("recorder", "application"):
        for way in ("append", "submit"):
            for batch in EVENTS:
                name = f"log {way}, {batch} / {peer}"
                bar = 3.0 if batch == 100 else None
                found.append(_row(name, median[way, "write", batch], median[peer, "write", batch], bar, probe))
        replay = median["append", "replay", largest], median[peer, "replay", largest]
        found.append(_row(f"log replay / {peer}", *replay, None, "SELECT and decode"))
    return found


def _row(name: str, rate: float, peer: float, bar: float | None, note: str) -> Row:
    return Row(name=name, ours=rate, peer=peer, ratio=rate / peer, unit="events/s", bar=bar, note=note)
