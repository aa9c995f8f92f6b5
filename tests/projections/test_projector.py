"""Files and moments: what is kept, rebuilt, refused, waited for, and told to whom in which order."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import anyio
import pytest

from hamlet.clock import ManualClock
from hamlet.errors import LogUnusable, SchemaTooNew
from hamlet.events.log import EventLog
from hamlet.events.reading import read_events
from hamlet.events.types import Recorded
from hamlet.projections.database import DiskFull, ViewsDatabase, remove
from hamlet.projections.episodes import EpisodesProjection
from hamlet.projections.projection import Write
from hamlet.projections.projector import PROJECTIONS, Projector
from hamlet.projections.replay import digest, replay, verify
from tests.projections.support import eventful, story, write_log

SEED_COLUMNS = {
    "episodes": [
        ("episode_id", "INTEGER", 0, 1),
        ("timestamp", "REAL", 1, 0),
        ("survival_time", "INTEGER", 1, 0),
        ("total_reward", "REAL", 1, 0),
        ("extrinsic_reward", "REAL", 1, 0),
        ("intrinsic_reward", "REAL", 1, 0),
        ("intrinsic_weight", "REAL", 1, 0),
        ("curriculum_stage", "INTEGER", 1, 0),
        ("epsilon", "REAL", 1, 0),
    ],
    "affordance_visits": [
        ("episode_id", "INTEGER", 1, 0),
        ("from_affordance", "TEXT", 1, 0),
        ("to_affordance", "TEXT", 1, 0),
        ("visit_count", "INTEGER", 1, 0),
    ],
    "position_heatmap": [
        ("episode_id", "INTEGER", 1, 0),
        ("x", "INTEGER", 1, 0),
        ("y", "INTEGER", 1, 0),
        ("visit_count", "INTEGER", 1, 0),
        ("novelty_value", "REAL", 0, 0),
    ],
    "system_state": [("key", "TEXT", 0, 1), ("value", "TEXT", 1, 0)],
}


@pytest.fixture
def events_path(tmp_path: Path) -> Path:
    write_log(tmp_path / "events.db", eventful(150, seed=2))
    return tmp_path / "events.db"


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def catch_up(views: Path, events: Path, until: int | None = None) -> None:
    with Projector.open(views, events) as projector:
        projector.catch_up(until)


@pytest.mark.parametrize("table", SEED_COLUMNS)
def test_the_specified_tables_begin_with_the_specified_columns(tmp_path: Path, events_path: Path, table: str) -> None:
    catch_up(tmp_path / "demo_state.db", events_path)
    found = [
        (name, kind, notnull, key)
        for _, name, kind, notnull, _, key in query(tmp_path / "demo_state.db", f"PRAGMA table_info({table})")
    ]
    assert found[: len(SEED_COLUMNS[table])] == SEED_COLUMNS[table]


async def test_the_specified_command_counts_the_episodes(tmp_path: Path) -> None:
    events, views = tmp_path / "events.db", tmp_path / "demo_state.db"
    await anyio.to_thread.run_sync(write_log, events, story(["live"] * 7 + ["diverge", "live", "live"], seed=1))
    await anyio.to_thread.run_sync(catch_up, views, events)
    finished = await anyio.run_process(["sqlite3", str(views), "SELECT COUNT(*) = MAX(episode_id) FROM episodes"])
    assert finished.stdout == b"1\n"


def test_an_earlier_goal_is_no_end_of_an_extended_run(tmp_path: Path) -> None:
    events, views = tmp_path / "events.db", tmp_path / "demo_state.db"
    write_log(events, story(["live", "extend", "live", "finish", "live"]))
    catch_up(views, events)
    assert query(views, "SELECT status, episodes_goal FROM runs") == [("training", 2000)]


def test_system_state_has_the_specified_keys(tmp_path: Path) -> None:
    events, views = tmp_path / "events.db", tmp_path / "demo_state.db"
    write_log(events, story(["live", "live", "checkpoint", "randomize", "live", "finish"]))
    catch_up(views, events)
    assert dict(query(views, "SELECT * FROM system_state")) == {
        "current_episode": "3",
        "last_checkpoint": "checkpoint_ep00002",
        "training_status": "finished",
        "start_time": "1700000000.0",
        "affordance_randomization_episode": "2",
        "old_affordance_positions": '{"Bed":[0,0],"Job":[2,1],"Fridge":[4,3]}',
        "new_affordance_positions": '{"Bed":[3,0],"Job":[4,0],"Fridge":[3,3]}',
    }


def test_a_crash_between_the_two_commits_is_caught_up(tmp_path: Path, events_path: Path) -> None:
    views = tmp_path / "demo_state.db"
    with Projector.open(views, events_path) as projector:
        for events in read_events(events_path, batch=7):
            projector.apply(events)
            if projector.position > 50:
                break  # the log goes on, the process does not
    catch_up(views, events_path)
    stored, rebuilt = verify(events_path, views)
    assert stored == rebuilt
    assert max(stored.positions.values()) == 151


def test_a_batch_that_cannot_be_committed_leaves_nothing(tmp_path: Path, events_path: Path) -> None:
    views = tmp_path / "demo_state.db"
    (events,) = read_events(events_path)
    with Projector.open(views, events_path) as projector:
        projector.apply(events[:40])
        before = digest(views)
        duplicate = Recorded(42, events[40].run, 99, 0.0, events[0].event)  # its run started already
        with pytest.raises(LogUnusable, match=r"UNIQUE.*rebuilt from the log"):
            projector.apply([events[40], duplicate])
        assert digest(views) == before
        projector.apply(events[40:])
    assert verify(events_path, views)[0] == verify(events_path, views)[1]


def test_deleted_views_are_rebuilt(tmp_path: Path, events_path: Path) -> None:
    views = tmp_path / "demo_state.db"
    catch_up(views, events_path)
    before = digest(views)
    remove(views)
    catch_up(views, events_path)
    assert digest(views) == before


async def test_views_deleted_under_a_running_projector_are_rebuilt(tmp_path: Path) -> None:
    events_path, views = tmp_path / "events.db", tmp_path / "demo_state.db"
    events = eventful(100, seed=3)
    await anyio.to_thread.run_sync(write_log, events_path, events)

    async def deliver() -> AsyncIterator[list[Recorded]]:
        yield events[:60]
        await anyio.to_thread.run_sync(remove, views)
        yield events[60:80]
        yield events[90:]  # and a gap, which is filled from the log

    projector = await anyio.to_thread.run_sync(Projector, views, events_path)
    try:
        await projector.run(deliver(), lambda _: None)
    finally:
        await anyio.to_thread.run_sync(projector.close)
    stored, rebuilt = await anyio.to_thread.run_sync(verify, events_path, views)
    assert stored == rebuilt
    assert max(stored.positions.values()) == len(events)


class NextEpisodes(EpisodesProjection):
    version = 2


def test_another_version_of_a_projection_is_rebuilt_and_the_rest_is_kept(tmp_path: Path, events_path: Path) -> None:
    views = tmp_path / "demo_state.db"
    catch_up(views, events_path)
    query_before = query(views, "SELECT * FROM episodes")
    changed = [NextEpisodes() if p.name == "episodes" else p for p in PROJECTIONS]
    with Projector.open(views, events_path, projections=changed) as projector:
        assert query(views, "SELECT count(*) FROM episodes") == [(0,)]
        assert query(views, "SELECT count(*) > 0 FROM run_episodes") == [(1,)]
        assert projector.position == 0
        projector.catch_up()
    assert query(views, "SELECT * FROM episodes") == query_before
    assert query(views, "SELECT version, position FROM projections WHERE name = 'episodes'") == [(2, 151)]
    stored, rebuilt = verify(events_path, views, projections=changed)
    assert stored == rebuilt


def test_views_ahead_of_the_log_are_those_of_another_log(tmp_path: Path, events_path: Path) -> None:
    views, other = tmp_path / "demo_state.db", tmp_path / "other.db"
    catch_up(views, events_path)
    write_log(other, story(["live"] * 3))
    catch_up(views, other)
    stored, rebuilt = verify(other, views)
    assert stored == rebuilt
    assert query(views, "SELECT count(*) FROM run_episodes") == [(3,)]


def test_files_that_are_not_ours_are_refused_unchanged(tmp_path: Path, events_path: Path) -> None:
    views = tmp_path / "demo_state.db"
    catch_up(views, events_path)
    connection = sqlite3.connect(views)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    text, foreign = tmp_path / "text.db", tmp_path / "foreign.db"
    text.write_text("dear diary, this is not a database\n" * 9)
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE mine(x)")
    connection.close()
    for path, error in ((views, SchemaTooNew), (text, LogUnusable), (foreign, LogUnusable), (events_path, LogUnusable)):
        before = path.read_bytes()
        with pytest.raises(error):
            catch_up(path, events_path)
        with pytest.raises(error):
            replay(events_path, path)
        assert path.read_bytes() == before


async def test_events_then_views_then_viewers(tmp_path: Path) -> None:
    """Who is told of an event finds it in the views already; nothing is missed or told twice."""
    events_path, views = tmp_path / "events.db", tmp_path / "demo_state.db"
    told: list[int] = []
    behind: list[int] = []

    def on_applied(events: Sequence[Recorded]) -> None:
        told.extend(recorded.position for recorded in events)
        if projector.position < told[-1]:
            behind.append(told[-1])
        if told[-1] == len(story):
            done.set()

    story, done = eventful(200, seed=5), anyio.Event()
    async with EventLog.open(events_path, ManualClock()) as log, anyio.create_task_group() as tasks:
        tasks.start_soon(log.run, name="log")
        projector = await anyio.to_thread.run_sync(Projector, views, events_path)
        tasks.start_soon(projector.run, log.subscribe(projector.position), on_applied, name="projector")
        for recorded in story:
            await log.submit(recorded.run, [recorded.event])
        await log.flush()
        with anyio.fail_after(10):
            await done.wait()
        tasks.cancel_scope.cancel()
    await anyio.to_thread.run_sync(projector.close)
    assert told == list(range(1, len(story) + 1))
    assert behind == []
    stored, rebuilt = await anyio.to_thread.run_sync(verify, events_path, views)
    assert stored == rebuilt


async def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events_path, views = tmp_path / "events.db", tmp_path / "demo_state.db"
    events = story(["live"] * 300, seed=6)
    monkeypatch.setattr("hamlet.projections.projector._RETRY", 0.01)
    projector = await anyio.to_thread.run_sync(Projector, views, events_path)
    database = projector._database._connection
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages + 2}")

    async def deliver() -> AsyncIterator[list[Recorded]]:
        yield events

    applied: list[int] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(projector.run, deliver(), lambda batch: applied.append(len(batch)), name="projector")
        with anyio.fail_after(5):
            while not projector.stalled:  # noqa: ASYNC110 - a plain attribute, as /healthz reads it
                await anyio.sleep(0.01)
        assert "the disk is full" in projector.stalled
        assert (projector.position, applied) == (0, [])
        await anyio.to_thread.run_sync(database.execute, "PRAGMA max_page_count = 1000000")
    assert (projector.stalled, projector.position, applied) == ("", 301, [301])
    await anyio.to_thread.run_sync(projector.close)


def test_a_write_without_space_says_so_and_changes_nothing(tmp_path: Path) -> None:
    database = ViewsDatabase(tmp_path / "views.db")
    database._connection.execute("PRAGMA max_page_count = 40")
    with pytest.raises(DiskFull, match="the disk is full"):
        database.write([Write("INSERT INTO system_state VALUES (?, ?)", [(str(n), "x" * 4000) for n in range(99)])])
    assert database.rows("SELECT * FROM system_state") == []
    database.close()
