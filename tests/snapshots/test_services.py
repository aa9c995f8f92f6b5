"""Backlog, restart, divergence, retention, full disk: what is made, and what the log says was made."""

import itertools
from collections.abc import Callable
from pathlib import Path

import anyio
import msgspec
import pytest

from hamlet.clock import SystemClock
from hamlet.events.reading import read_events
from hamlet.events.types import EpisodeCompleted, Event, RunDiverged, SnapshotsPruned, SnapshotTaken
from hamlet.process.supervisor import Plan, Policy, Supervisor
from hamlet.projections.views import Views
from hamlet.snapshots.child import Child
from hamlet.snapshots.gifs import gif_of
from hamlet.snapshots.ledger import FileLedger, LogLedger, ledger_path, reached, stream
from hamlet.snapshots.orders import MAKER
from hamlet.snapshots.products import Product, products
from hamlet.snapshots.services import ExportService, GifService
from hamlet.snapshots.settings import Gifs
from hamlet.snapshots.studio import NoRoom, Studio
from tests.snapshots.support import RUN, SMALL, fill, lived, owned, started, studio, writing


async def events(data: Path) -> list[Event]:
    """What the log says of the run's snapshots."""

    def read() -> list[Event]:
        return [recorded.event for batch in read_events(data / "events.db", run=stream(RUN)) for recorded in batch]

    return await anyio.to_thread.run_sync(read)


async def taken(data: Path) -> list[SnapshotTaken]:
    return [event for event in await events(data) if isinstance(event, SnapshotTaken)]


async def spans(data: Path) -> list[tuple[int, int]]:
    return [(event.first, event.last) for event in await taken(data) if event.kind == "gif"]


async def there(data: Path) -> dict[str, Product]:
    found = await anyio.to_thread.run_sync(products, {name: data / name for name in ("snapshots", "exports")})
    return {one.name: one for one in found}


async def drawn(lives: list[EpisodeCompleted]) -> bytes:
    return await anyio.to_thread.run_sync(gif_of, lives, 8, 8)


async def make_gifs(made_by: Studio) -> None:
    """What the service does, until nothing is left to do."""
    service = GifService(made_by)
    async with Child.start(MAKER) as child:
        for run in await made_by.current("town"):
            idle = 0
            while idle < 2:  # a divergence makes it begin again once
                idle = 0 if await service.some(child, run) else idle + 1


async def test_a_backlog_is_caught_up_over_a_restart_without_gap_or_repetition(tmp_path: Path) -> None:
    async with writing(tmp_path) as log:
        await fill(log, [started(), *map(lived, range(1, 58))])
        await make_gifs(owned(log))
        assert await spans(tmp_path) == [(first, first + 4) for first in range(1, 56, 5)]
        await fill(log, [lived(number) for number in range(58, 62)])
    async with writing(tmp_path) as log:
        await make_gifs(owned(log))
        assert await spans(tmp_path) == [(first, first + 4) for first in range(1, 61, 5)]
        await make_gifs(owned(log))
        assert len(await spans(tmp_path)) == 12
    for event in await taken(tmp_path):
        data = await anyio.Path(tmp_path / event.file).read_bytes()
        assert data == await drawn([lived(number) for number in range(event.first, event.last + 1)])
        assert len(data) == event.bytes
    assert [path async for path in anyio.Path(tmp_path).rglob("*.tmp")] == []


async def test_what_a_divergence_took_back_is_drawn_again(tmp_path: Path) -> None:
    async with writing(tmp_path) as log:
        await fill(log, [started(), *map(lived, range(1, 16))])
        made_by = owned(log)
        await make_gifs(made_by)
        again = [lived(number, salt=1) for number in range(8, 18)]
        await fill(log, [RunDiverged(from_episode=8, vector_step=80, reason="another processor"), *again])
        await make_gifs(made_by)
    assert await spans(tmp_path) == [(1, 5), (6, 10), (11, 15), (6, 10), (11, 15)]
    lives = [lived(6), lived(7), *again[:3]]
    data = await anyio.Path(tmp_path / "snapshots" / "novelty_ep00006-00010.gif").read_bytes()
    assert data == await drawn(lives)
    at = await anyio.to_thread.run_sync(reached, tmp_path / "events.db", tmp_path / "snapshots", RUN)
    assert at.done == 15


async def test_the_newest_stay_and_the_log_says_which_went(tmp_path: Path) -> None:
    async with writing(tmp_path) as log:
        await fill(log, [started(), *map(lived, range(1, 41))])
        await make_gifs(owned(log, msgspec.structs.replace(SMALL, gifs=Gifs(episodes=5, keep=3))))
        await make_gifs(owned(log))  # what was pruned is not made again
    made = set(await there(tmp_path))
    pruned = [file for event in await events(tmp_path) if isinstance(event, SnapshotsPruned) for file in event.files]
    assert made == {f"snapshots/novelty_ep{n:05d}-{n + 4:05d}.gif" for n in (26, 31, 36)}
    assert pruned == [f"snapshots/novelty_ep{n:05d}-{n + 4:05d}.gif" for n in range(1, 26, 5)]


async def test_another_run_in_the_same_log_replaces_nothing(tmp_path: Path) -> None:
    async with writing(tmp_path) as log:
        await fill(log, [started(), *map(lived, range(1, 6))])
        await fill(log, [started(), *(lived(number, salt=2) for number in range(1, 6))], run="town-2")
        await make_gifs(owned(log))
    found = await there(tmp_path)
    assert set(found) == {"snapshots/novelty_ep00001-00005.gif", "snapshots/town-2/novelty_ep00001-00005.gif"}
    assert found["snapshots/town-2/novelty_ep00001-00005.gif"].run == "town-2"


async def test_below_the_floor_nothing_is_made_the_rest_goes_on_and_it_catches_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True

    async def room(self: Studio, directory: Path) -> None:
        if full:
            raise NoRoom(f"{directory}: too little room")

    monkeypatch.setattr(Studio, "room", room)
    async with writing(tmp_path) as log:
        await fill(log, [started(), *map(lived, range(1, 11))])
        quick = Policy("degrade", restarts=1000, window=1.0, backoff=0.05, longest=0.05)
        supervisor = Supervisor([Plan(GifService(owned(log)), quick, stop_deadline=0.5)], SystemClock())
        async with anyio.create_task_group() as group:
            group.start_soon(supervisor.run)
            await _until(lambda: "too little room" in supervisor.health()["gifs"].detail)
            assert await spans(tmp_path) == []
            full = False
            await _until(lambda: len(list(tmp_path.glob("snapshots/*.gif"))) == 2)
            supervisor.request_stop("enough")
        await make_gifs(owned(log))
        assert await spans(tmp_path) == [(1, 5), (6, 10)]


async def test_snapshots_stop_above_the_floor_of_the_training(tmp_path: Path) -> None:
    async with writing(tmp_path) as log:
        await fill(log, [started(), *map(lived, range(1, 6))])
        starved = owned(log, free=2)
        with pytest.raises(NoRoom, match="no snapshots until there is room"):
            await make_gifs(starved)
        with pytest.raises(NoRoom):
            await ExportService(starved).export("metrics_20261128_100000", await starved.current())
        assert await there(tmp_path) == {}
        await fill(log, [lived(6)])  # training goes on


async def test_a_process_beside_the_owner_writes_a_ledger_that_the_owner_takes_into_the_log(tmp_path: Path) -> None:
    async with writing(tmp_path) as log:
        await fill(log, [started(), *map(lived, range(1, 11))])
    beside = studio(tmp_path, FileLedger(tmp_path / "snapshots"))
    await make_gifs(beside)
    await make_gifs(studio(tmp_path, FileLedger(tmp_path / "snapshots")))  # a restart of it: nothing twice
    assert await taken(tmp_path) == []
    async with await anyio.open_file(ledger_path(tmp_path / "snapshots"), "ab") as file:
        await file.write(b'{"type":"snapshot_ta')  # it was killed while it wrote
    async with writing(tmp_path) as log:
        assert await LogLedger(log, tmp_path / "snapshots").adopt() == 2
        assert await LogLedger(log, tmp_path / "snapshots").adopt() == 0
        await fill(log, [lived(number) for number in range(11, 16)])
        await make_gifs(owned(log))
    assert await spans(tmp_path) == [(1, 5), (6, 10), (11, 15)]


async def test_tables_of_each_world_and_what_the_log_says_of_them(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(SMALL, exports=msgspec.structs.replace(SMALL.exports, parquet=True))
    async with writing(tmp_path) as log:
        await fill(log, [started(), *map(lived, range(1, 6))])
        made_by = owned(log, settings)
        await ExportService(made_by).export("metrics_20261128_100000", await made_by.current())
    assert [(event.kind, event.file) for event in await taken(tmp_path)] == [
        ("csv", "exports/metrics_20261128_100000.csv"),
        ("parquet", "exports/metrics_20261128_100000.parquet"),
    ]
    no_run = await anyio.to_thread.run_sync(Views(tmp_path / "demo_state.db").run, stream(RUN))
    assert no_run is None


async def _until(look: Callable[[], bool]) -> None:
    with anyio.fail_after(60):
        for _ in itertools.count():
            if await anyio.to_thread.run_sync(look):
                return
            await anyio.sleep(0.05)
