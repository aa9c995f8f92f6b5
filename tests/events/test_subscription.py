"""Subscribers see every event once and in order, whenever they join and however slow they are."""

from contextlib import aclosing
from pathlib import Path

import anyio
import anyio.lowlevel
import numpy as np
import pytest

from hamlet.clock import ManualClock
from hamlet.errors import LogUnusable
from hamlet.events.log import EventLog
from tests.events.support import episode, finished, running

EVENTS = 6000


async def write(log: EventLog, rng: np.random.Generator) -> None:
    number = 0
    while number < EVENTS:
        size = min(int(rng.integers(1, 40)), EVENTS - number)
        await log.submit(f"run-{number % 3}", [finished(number + at) for at in range(size)])
        number += size
        await anyio.lowlevel.checkpoint()


async def test_no_gap_and_no_duplicate_at_full_speed(tmp_path: Path) -> None:
    seen: list[tuple[int, list[int]]] = []

    async def follow(log: EventLog, join_at: int, batch: int, pause: float) -> None:
        # By what is written, not by the clock: machines differ in speed.
        async with aclosing(log.subscribe(join_at)) as beyond:
            await anext(beyond)
        after = log.head // 2
        positions: list[int] = []
        async with aclosing(log.subscribe(after, batch=batch)) as batches:
            async for events in batches:
                assert 1 <= len(events) <= batch
                positions += [recorded.position for recorded in events]
                await anyio.sleep(pause)
                if positions[-1] == EVENTS:
                    break
        seen.append((after, positions))

    rng = np.random.default_rng(7)
    async with running(tmp_path / "events.db") as log, anyio.create_task_group() as tasks:
        tasks.start_soon(write, log, rng)
        for _ in range(12):
            join_at, pause = int(rng.integers(0, EVENTS)), float(rng.choice([0.0, 0.002, 0.02]))
            tasks.start_soon(follow, log, join_at, int(rng.integers(50, 1000)), pause)
    assert len(seen) == 12
    assert all(positions == list(range(after + 1, EVENTS + 1)) for after, positions in seen)
    assert len({after for after, _ in seen}) > 3, "they joined at different moments"


async def test_it_ends_after_the_last_event_when_the_log_closes(tmp_path: Path) -> None:
    positions: list[int] = []

    async def follow(log: EventLog) -> None:
        async for events in log.subscribe():
            positions.extend(recorded.position for recorded in events)

    async with anyio.create_task_group() as followers, running(tmp_path / "events.db") as log:
        followers.start_soon(follow, log)
        await log.append("a", [finished(1)])
        await log.submit("a", [finished(2), finished(3)])
    assert positions == [1, 2, 3]


async def test_it_waits_beyond_the_head(tmp_path: Path) -> None:
    async with running(tmp_path / "events.db") as log, aclosing(log.subscribe(2)) as batches:
        await log.append("a", [finished(1), finished(2)])
        with anyio.move_on_after(0.05) as waited:
            await anext(batches)
        assert waited.cancelled_caught
    async with running(tmp_path / "events.db") as log, aclosing(log.subscribe(2)) as batches:
        await log.append("a", [finished(3)])
        assert [recorded.event for recorded in await anext(batches)] == [finished(3)]


async def test_a_slow_subscriber_lets_the_write_ahead_log_start_over(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with running(path) as log, aclosing(log.subscribe(batch=1)) as batches:
        lives = [episode(number) for number in range(50)] * 10
        await log.append("a", lives)
        await anext(batches)  # and never reads again
        for _ in range(40):
            await log.append("a", lives)
        size = await anyio.Path(f"{path}-wal").stat()
        assert size.st_size < 12 << 20, "30 MB were written through it"


async def test_many_small_commits_do_not_let_the_write_ahead_log_grow(tmp_path: Path) -> None:
    """One event in a transaction writes eight times its size: at a slow pace the log beside the log grew to 40 MB."""
    path = tmp_path / "events.db"
    async with running(path) as log:
        for number in range(450):
            await log.append("a", [episode(number)])
        size = await anyio.Path(f"{path}-wal").stat()
        assert size.st_size < 9 << 19, "450 of them are 5.5 MB of pages"


async def test_a_log_that_is_not_there_any_more(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with EventLog.open(path, ManualClock()) as log:
        await anyio.Path(path).write_text("Dear diary, somebody else wrote here.")
        with pytest.raises(LogUnusable, match="not a Hamlet log"):
            await anext(log.subscribe())
        await anyio.Path(path).unlink()
