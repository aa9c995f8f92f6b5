"""Appending: order, versions, idempotence, refusal; what waits and what fails."""

import sqlite3
from pathlib import Path
from typing import Any

import anyio
import pytest

from hamlet.clock import ManualClock
from hamlet.errors import LogUnusable, VersionConflict
from hamlet.events import log as log_module
from hamlet.events.log import Appended, EventLog
from hamlet.events.reading import Verification, read_events, verify
from tests.events.support import episode, finished, running


async def stored(path: Path, **narrow: Any) -> list[tuple[str, int, Any]]:
    batches = await anyio.to_thread.run_sync(lambda: list(read_events(path, **narrow)))
    return [(found.run, found.version, found.event) for batch in batches for found in batch]


async def verified(path: Path) -> Verification:
    return await anyio.to_thread.run_sync(verify, path)


async def test_append_acknowledges_where_events_are(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with running(path) as log:
        assert await log.append("a", [episode(1), episode(2)]) == Appended(1, 2, 2)
        assert await log.append("b", [episode(1)], expected=0) == Appended(3, 3, 1)
        assert await log.append("a", [finished(2)], expected=2) == Appended(4, 4, 3)
        assert (log.head, await log.version("a"), await log.version("nobody")) == (4, 3, 0)
    everything = [("a", 1, episode(1)), ("a", 2, episode(2)), ("b", 1, episode(1)), ("a", 3, finished(2))]
    assert await stored(path) == everything
    assert await stored(path, run="b") == everything[2:3]
    assert await stored(path, run="nobody") == []
    assert await stored(path, types=["run_finished.v1"]) == everything[3:]
    assert await stored(path, run="a", after=1, until=3, batch=1) == everything[1:2]
    assert (await verified(path)).ok


async def test_reopened_it_goes_on_where_it_was(tmp_path: Path) -> None:
    path, clock = tmp_path / "events.db", ManualClock()
    async with running(path, clock) as log:
        await log.append("a", [finished(1)])
    clock.advance(-100.0)  # somebody set the clock back
    async with running(path, clock) as log:
        assert (log.head, await log.version("a")) == (1, 1)
        assert await log.append("a", [finished(2)]) == Appended(2, 2, 2)
    batches = await anyio.to_thread.run_sync(lambda: list(read_events(path)))
    times = [found.recorded_at for batch in batches for found in batch]
    assert len(times) == 2
    assert times == sorted(times)


async def test_appending_again_adds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with running(path) as log:
        await log.append("a", [finished(1), finished(2)])
        await log.append("b", [finished(1)])
        await log.append("a", [finished(3)])
        assert await log.append("a", [finished(1), finished(2)], expected=0) == Appended(1, 2, 2)
        assert await log.append("a", [finished(2), finished(3)], expected=1) == Appended(2, 4, 3)
        assert await log.append("a", [finished(3), finished(4)], expected=2) == Appended(4, 5, 4)
        assert log.head == 5
        with pytest.raises(VersionConflict, match=r"run a, version 2: this run_finished\.v1 differs"):
            await log.append("a", [finished(9)], expected=1)
        with pytest.raises(VersionConflict, match="expected version 7, found 4"):
            await log.append("a", [finished(9)], expected=7)
        with pytest.raises(VersionConflict):
            await log.append("a", [finished(9)], expected=-1)
        assert log.head == 5


async def test_an_event_and_its_repetition_in_one_group(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with EventLog.open(path, ManualClock()) as log, anyio.create_task_group() as tasks:
        await log.submit("a", [finished(1), finished(2)])
        await log.submit("a", [finished(1)], expected=0)
        await log.submit("a", [finished(3)], expected=2)
        tasks.start_soon(log.run)
        assert await log.flush() == 3
        tasks.cancel_scope.cancel()
    assert (await verified(path)).ok


async def test_a_refused_submit_surfaces_at_the_next_call_and_harms_no_other(tmp_path: Path) -> None:
    async with running(tmp_path / "events.db") as log:
        await log.submit("a", [finished(1)])
        await log.submit("a", [finished(2)], expected=5)
        await log.submit("b", [finished(1)])
        with pytest.raises(VersionConflict, match="expected version 5, found 1"):
            await log.flush()
        assert await log.flush() == 2
        await log.submit("a", [])


async def test_a_bad_event_is_refused_before_it_is_queued(tmp_path: Path) -> None:
    async with running(tmp_path / "events.db") as log:
        with pytest.raises(ValueError, match="not finite"):
            await log.append("a", [finished(1), episode(1, reward=float("nan"))])
        with pytest.raises(ValueError, match="one event at least"):
            await log.append("a", [])
        with pytest.raises(ValueError, match="printable"):
            await log.append("\udc80", [finished(1)])
        assert await log.append("a", [finished(1)]) == Appended(1, 1, 1)


async def test_a_full_queue_makes_submit_wait(tmp_path: Path) -> None:
    async with EventLog.open(tmp_path / "events.db", ManualClock()) as log:
        for number in range(log_module.QUEUE):
            await log.submit("a", [finished(number)])
        with anyio.move_on_after(0.05) as waited:
            await log.submit("a", [finished(0)])
        assert waited.cancelled_caught
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(log.run)
            assert await log.flush() == log_module.QUEUE
            tasks.cancel_scope.cancel()


async def test_a_stopped_writer_keeps_what_was_submitted_and_refuses_more(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with running(path) as log:
        for number in range(50):
            await log.submit("a", [finished(number)])
    with pytest.raises(LogUnusable, match="the log was closed"):
        await log.append("a", [finished(50)])
    with pytest.raises(LogUnusable, match="the log was closed"):
        await log.submit("a", [finished(50)])
    assert len(await stored(path)) == 50


async def test_without_a_writer_those_who_wait_are_told(tmp_path: Path) -> None:
    errors: list[LogUnusable] = []

    async def append() -> None:
        with pytest.raises(LogUnusable) as caught:
            await log.append("a", [finished(1)])
        errors.append(caught.value)

    async with anyio.create_task_group() as tasks, EventLog.open(tmp_path / "events.db", ManualClock()) as log:
        tasks.start_soon(append)
        await anyio.wait_all_tasks_blocked()
    assert len(errors) == 1


async def wait_for_stall(log: EventLog) -> str:
    with anyio.fail_after(5):
        while not log.stalled:  # noqa: ASYNC110 - it is a plain attribute, for /healthz
            await anyio.sleep(0.01)
    return log.stalled


async def test_a_full_disk_makes_it_wait_and_go_on_each_time(tmp_path: Path) -> None:
    path, batch = tmp_path / "events.db", 38
    async with running(path) as log:
        await log.append("a", [episode(1)])
        connection = log._storage._connection
        for head in range(1, 1 + 5 * batch, batch):
            pages = next(row[0] for row in await connection.execute_fetchall("PRAGMA page_count"))
            await connection.execute_fetchall(f"PRAGMA max_page_count = {pages + 2}")
            acknowledged = []

            async def append(first: int = head + 1, told: list[Appended] = acknowledged) -> None:
                told.append(await log.append("a", [episode(number) for number in range(first, first + batch)]))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(append)
                assert "the disk is full" in await wait_for_stall(log)
                await anyio.sleep(0.1)
                assert (acknowledged, log.head) == ([], head)
                await connection.execute_fetchall("PRAGMA max_page_count = 1073741823")
            assert acknowledged == [Appended(head + 1, head + batch, head + batch)]
            assert log.stalled == ""
    assert (await verified(path)).ok


async def test_stopped_while_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "STOP", 0.1)
    path = tmp_path / "events.db"
    async with running(path) as log:
        await log.append("a", [episode(1)])
        await log._storage._connection.execute_fetchall("PRAGMA max_page_count = 1")  # SQLite takes: as it is
        await log.submit("a", [episode(number) for number in range(2, 40)])
        await wait_for_stall(log)
    with pytest.raises(LogUnusable, match=r"closed while it waited \(the disk is full"):
        await log.flush()
    assert len(await stored(path)) == 1
    assert (await verified(path)).ok


async def test_another_program_that_holds_the_lock_makes_it_wait(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with running(path) as log:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await log.submit("a", [finished(1)])
        assert "another program" in await wait_for_stall(log)
        other.execute("ROLLBACK")
        other.close()
        assert await log.flush() == 1


async def test_another_program_that_appends_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with pytest.raises(BaseExceptionGroup) as caught:
        async with running(path) as log:
            await log.append("a", [finished(1)])
            other = sqlite3.connect(path, isolation_level=None)
            other.execute(
                "INSERT INTO events (position, run, version, type, recorded_at, payload, checksum)"
                " SELECT 2, run, 2, type, recorded_at, payload, checksum FROM events"
            )
            other.close()
            with pytest.raises(VersionConflict, match="another program appended"):
                await log.append("a", [finished(2)])
    assert [type(error) for error in caught.value.exceptions] == [VersionConflict]
    assert caught.value.exceptions[0].exit_code == 5  # type: ignore[union-attr]
    assert not (await verified(path)).ok, "the stranger's checksum is wrong"


async def test_opening_a_cancelled_log_leaks_nothing(tmp_path: Path) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        async with EventLog.open(tmp_path / "events.db", ManualClock()):
            await anyio.sleep(1)
    assert scope.cancelled_caught
