"""Rows cannot be changed, from any connection; what is not our log is refused and left as it is."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from hamlet.clock import ManualClock
from hamlet.errors import HamletError, LogUnusable, SchemaTooNew, UsageError
from hamlet.events import migrate as migrate_module
from hamlet.events.log import EventLog
from hamlet.events.migrate import application_id, check_schema, migrate, migrations_directory
from hamlet.events.reading import checksum, read_events, verify
from tests.events.support import episode, finished, running
from tests.projections.support import started

COPY = "events (position, run, version, type, recorded_at, payload, checksum) SELECT"
REST = "type, recorded_at, payload, checksum FROM events WHERE position = 1"
WAYS = {
    "update": "UPDATE events SET payload = '{}' WHERE position = 1",
    "update or replace": "UPDATE OR REPLACE events SET version = 2 WHERE position = 1",
    "update or ignore": "UPDATE OR IGNORE events SET position = 9 WHERE position = 1",
    "delete": "DELETE FROM events WHERE position = 3",
    "delete all": "DELETE FROM events",
    "replace by position": f"REPLACE INTO {COPY} 3, 'x', 1, {REST}",
    "replace by version": f"INSERT OR REPLACE INTO {COPY} 4, 'a', 3, {REST}",
    "replace both": f"INSERT OR REPLACE INTO {COPY} 3, 'a', 3, {REST}",
    "upsert": f"INSERT INTO {COPY} 4, 'a', 3, {REST} ON CONFLICT (run, version) DO UPDATE SET payload = '{{}}'",
    "upsert nothing": f"INSERT INTO {COPY} 3, 'a', 3, {REST} ON CONFLICT DO NOTHING",
    "insert before": f"INSERT INTO {COPY} 0, 'a', 4, {REST}",
    "insert anywhere": f"INSERT INTO {COPY} NULL, 'a', 5, {REST}",
}


async def fill(path: Path) -> None:
    async with running(path) as log:
        await log.append("a", [finished(1), finished(2), finished(3)])


def content(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT * FROM events ORDER BY position").fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("way", WAYS)
async def test_no_row_can_be_changed_from_the_writers_connection(tmp_path: Path, way: str) -> None:
    path = tmp_path / "events.db"
    await fill(path)
    before = content(path)
    async with EventLog.open(path, ManualClock()) as log:
        connection = log._storage._connection
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            await connection.execute(WAYS[way])
        await connection.rollback()
    assert len(before) == 3
    assert content(path) == before


@pytest.mark.parametrize("way", WAYS)
def test_no_row_can_be_changed_from_a_foreign_connection(tmp_path: Path, way: str) -> None:
    path = tmp_path / "events.db"
    anyio.run(fill, path)
    before = content(path)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA recursive_triggers").fetchone() == (0,)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(WAYS[way])
    connection.commit()
    connection.close()
    assert content(path) == before


def test_event_id_is_run_and_version(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    anyio.run(fill, path)
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT event_id, json_extract(payload, '$.episode') FROM events").fetchall()
    connection.close()
    assert rows == [("a:1", 1), ("a:2", 2), ("a:3", 3)]


TAMPERING = {
    "a payload": ("UPDATE events SET payload = replace(payload, '20', '21') WHERE position = 2", "checksum differs"),
    "a time": ("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 3", "checksum differs"),
    "a type": ("UPDATE events SET type = 'run_resumed.v1' WHERE position = 2", "the payload is run_finished.v1"),
    "a missing row": ("DELETE FROM events WHERE position = 2", "expected position 2"),
    "a hole in a run": ("UPDATE events SET version = 7 WHERE position = 3", "expected version 3"),
    "an old time": ("UPDATE events SET recorded_at = 5 WHERE position = 3", "recorded before its predecessor"),
    "an unknown event": ('UPDATE events SET payload = \'{"type":"x.v9"}\' WHERE position = 2', "no event that this"),
    "no text": ("UPDATE events SET payload = CAST(X'FF' AS TEXT) WHERE position = 2", "cannot be read after position"),
    "a guard": ("SELECT 1", "trigger events_no_update is missing"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_verify_finds_what_was_changed_behind_the_guards(tmp_path: Path, what: str) -> None:
    path = tmp_path / "events.db"
    anyio.run(fill, path)
    assert verify(path).problems == []
    connection = sqlite3.connect(path)
    guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(TAMPERING[what][0])
    for name, sql in guards:
        if what != "a guard" or name != "events_no_update":
            connection.execute(sql)
    connection.commit()
    connection.close()
    found = verify(path)
    assert not found.ok
    assert any(TAMPERING[what][1] in problem for problem in found.problems), found.problems


def test_verify_counts(tmp_path: Path) -> None:
    path = tmp_path / "events.db"

    async def fill_two() -> None:
        async with running(path) as log:
            await log.append("a", [started(), finished(1), finished(2)])
            await log.append("a.snapshots", [finished(3)])  # a stream beside the run is no run

    anyio.run(fill_two)
    found = verify(path)
    assert (found.ok, found.events, found.runs, found.head) == (True, 4, 1, 4)


def test_verify_reports_a_damaged_page(tmp_path: Path) -> None:
    path = tmp_path / "events.db"

    async def many() -> None:
        async with running(path) as log:
            await log.append("a", [episode(number) for number in range(30)])

    anyio.run(many)
    data = bytearray(path.read_bytes())
    data[6 * 4096 : 6 * 4096 + 200] = b"\xff" * 200
    path.write_bytes(data)
    assert not verify(path).ok


def test_the_checksum_covers_every_column() -> None:
    row = (1, "a", 2, "t.v1", 3.5, b"{}")
    others = [(9, *row[1:]), (*row[:1], "b", *row[2:]), (*row[:2], 9, *row[3:]), (*row[:3], "u", *row[4:])]
    others += [(*row[:4], 3.25, b"{}"), (*row[:5], b"[]")]
    assert len({checksum(*each) for each in [row, *others]}) == 7


def newer(path: Path) -> None:
    anyio.run(fill, path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9")
    connection.close()


def newer_in_the_write_ahead_log(path: Path) -> None:
    newer(path)
    crashed = path.with_name("crashed.db")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 8")
    connection.execute("PRAGMA user_version = 9")
    for suffix in ("", "-wal"):
        crashed.with_name(crashed.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    connection.close()
    for suffix in ("", "-wal"):
        crashed.with_name(crashed.name + suffix).rename(path.with_name(path.name + suffix))


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name)")
    connection.commit()
    connection.close()


def other_application(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA application_id = 77")
    connection.close()


def views(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {application_id(migrations_directory('views'))}")
    connection.close()


def text(path: Path) -> None:
    path.write_text("Dear diary,\n" * 100)


def short_text(path: Path) -> None:
    path.write_text("x")


REFUSED = [
    (newer, SchemaTooNew, 3, "schema version 9 is newer than 1"),
    (newer_in_the_write_ahead_log, SchemaTooNew, 3, "schema version 9 is newer than 1"),
    (foreign, LogUnusable, 5, "not a Hamlet log"),
    (other_application, LogUnusable, 5, "application_id is 77"),
    (views, LogUnusable, 5, "not a Hamlet log"),
    (text, LogUnusable, 5, "file is not a database"),
    (short_text, LogUnusable, 5, "file is not a database"),
]


async def open_for_writing(path: Path) -> None:
    async with running(path):
        raise AssertionError("opened")


def read(path: Path) -> None:
    list(read_events(path))


@pytest.mark.parametrize("use", [lambda path: anyio.run(open_for_writing, path), read, verify], ids=["w", "r", "v"])
@pytest.mark.parametrize(("make", "error", "code", "message"), REFUSED, ids=[make.__name__ for make, *_ in REFUSED])
def test_what_is_not_our_log_is_refused_and_left_as_it_is(
    tmp_path: Path,
    make: Callable[[Path], None],
    error: type[HamletError],
    code: int,
    message: str,
    use: Callable[[Path], object],
) -> None:
    path = tmp_path / "events.db"
    make(path)
    wal = path.with_name("events.db-wal")
    before = path.read_bytes(), wal.exists() and wal.read_bytes()
    with pytest.raises(error, match=message) as caught:
        use(path)
    assert caught.value.exit_code == code
    assert "\n" not in str(caught.value)
    assert (path.read_bytes(), wal.exists() and wal.read_bytes()) == before


async def test_an_unknown_event_is_refused_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    await fill(path)
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO events (position, run, version, type, recorded_at, payload, checksum)"
        """ VALUES (4, 'a', 4, 'future.v1', 2e9, '{"type":"future.v1"}', 0)"""
    )
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LogUnusable, match=r"position 4 \(a, version 4, future\.v1\) is no event") as caught:
        await anyio.to_thread.run_sync(read, path)
    assert caught.value.exit_code == 5
    assert path.read_bytes() == before


def test_where_no_log_is_reading_says_so_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no event log here yet"):
        read(tmp_path / "events.db")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be opened for writing"):
        anyio.run(open_for_writing, tmp_path / "nowhere" / "events.db")
    with pytest.raises(UsageError, match="cannot be opened: Is a directory"):
        anyio.run(open_for_writing, tmp_path)


def scripts(directory: Path, **sql: str) -> Path:
    directory.mkdir(exist_ok=True)
    for name, text in sql.items():
        (directory / f"{name[1:]}.sql").write_text(text)
    return directory


def test_scripts_are_applied_in_order_once_and_whole(tmp_path: Path) -> None:
    directory = scripts(tmp_path / "zoo", _0001_first="CREATE TABLE a (x); INSERT INTO a VALUES (1);")
    connection = sqlite3.connect(tmp_path / "zoo.db")
    assert (migrate(connection, directory), migrate(connection, directory)) == (1, 1)
    scripts(directory, _0002_second="ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 2;")
    assert migrate(connection, directory) == 2
    assert connection.execute("SELECT * FROM a").fetchall() == [(1, 2)]
    scripts(directory, _0003_third="INSERT INTO a VALUES (3, 3); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(LogUnusable, match="cannot be brought up to version 3: no such table"):
        migrate(connection, directory)
    assert connection.execute("SELECT * FROM a").fetchall() == [(1, 2)]
    connection.close()
    assert check_schema(tmp_path / "zoo.db", directory) == 2
    assert connection_id(tmp_path / "zoo.db") == int.from_bytes(b"Hamz", "big")


def connection_id(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[68:72], "big")


def test_scripts_with_a_gap_are_refused(tmp_path: Path) -> None:
    directory = scripts(tmp_path / "zoo", _0002_second="SELECT 1;")
    connection = sqlite3.connect(tmp_path / "zoo.db")
    with pytest.raises(UsageError, match="without gap"):
        migrate(connection, directory)
    connection.close()


def test_the_scripts_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert migrate_module.migrations_directory("events").joinpath("0001_events.sql").is_file()
