"""The writer's connection: durable transactions, checkpoints, and which errors are worth waiting for.

A full disk is one. Any other error makes the log unusable, for a failed fsync must not be tried
again on the same handle: the kernel may have dropped the pages, and the second one would succeed.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import aiosqlite
import anyio

from hamlet.crashpoints import crash_point
from hamlet.errors import LogUnusable, UsageError, VersionConflict
from hamlet.events.full import no_room_for_rows
from hamlet.events.migrate import check_schema, connect_readonly, migrate, migrations_directory

__all__ = ["Row", "Storage"]

Row = tuple[int, str, int, str, float, str, int]

CHECKPOINT_BYTES = 4 << 20  # of the write-ahead log, about, between two checkpoints of it
_COMMIT = 3 * 4096  # that a transaction writes besides payload: whole pages of the table and of its index

_INSERT = (
    "INSERT INTO events (position, run, version, type, recorded_at, payload, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
# One index step per run: a GROUP BY would walk the whole index of a log of millions of events.
_VERSIONS = """
WITH RECURSIVE runs(run) AS (
    SELECT min(run) FROM events
    UNION ALL SELECT (SELECT min(run) FROM events WHERE run > runs.run) FROM runs WHERE run IS NOT NULL
) SELECT run, (SELECT max(version) FROM events WHERE run = runs.run) FROM runs WHERE run IS NOT NULL
"""


class Storage:
    """The one read-write connection to the log; used by one task at a time. ``close`` it.

    ``head``, ``recorded_at`` and ``versions`` (run → version) are what the file held when it was opened.
    """

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self.path = path
        self.head = 0
        self.recorded_at = 0.0
        self.versions: dict[str, int] = {}
        self._connection = connection
        self._uncheckpointed = 0

    @classmethod
    async def open(cls, path: Path) -> "Storage":
        """Create or migrate the file, and open it. Call it under a shield: aiosqlite leaks its thread
        when cancelled while it connects. Errors as in ``EventLog.open``."""
        await anyio.to_thread.run_sync(_prepare, path)
        storage = cls(path, await aiosqlite.connect(path, isolation_level="IMMEDIATE", timeout=1.0))
        try:
            await storage._load()
        except sqlite3.Error as error:
            await storage.close(failed=True)
            raise LogUnusable(f"{path}: cannot be read: {error}; run `events --verify`") from error
        return storage

    async def _load(self) -> None:
        for pragma in ("synchronous = FULL", "recursive_triggers = ON", "wal_autocheckpoint = 0"):
            await self._connection.execute_fetchall(f"PRAGMA {pragma}")
        newest = "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1"
        for row in await self._connection.execute_fetchall(newest):
            self.head, self.recorded_at = int(row[0]), float(row[1])
        rows = await self._connection.execute_fetchall(_VERSIONS)
        self.versions = {str(row[0]): int(row[1]) for row in rows}

    async def stored(self, run: str, after: int, limit: int) -> list[tuple[int, int, str]]:
        """Position, version and payload of the run's events at versions > ``after``."""
        sql = "SELECT position, version, payload FROM events WHERE run = ? AND version > ? ORDER BY version LIMIT ?"
        rows = await self._connection.execute_fetchall(sql, (run, after, limit))
        return [(int(row[0]), int(row[1]), str(row[2])) for row in rows]

    async def write(self, rows: Sequence[Row]) -> str:
        """Write the rows in one transaction. Returns "" when they are durable; why to wait and try
        again when nothing was written; raises ``LogUnusable`` when trying again is of no use."""
        with anyio.CancelScope(shield=True):
            try:
                crash_point("log.before-insert")
                await self._connection.executemany(_INSERT, rows)
                crash_point("log.after-insert")
                await self._connection.commit()
                crash_point("log.after-commit")
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):
                    await self._connection.rollback()
                if reason := _worth_waiting(error, self.path):
                    return reason
                raise _unusable(self.path, error) from error
        self._uncheckpointed += _COMMIT + sum(len(row[5]) for row in rows)
        return ""

    async def checkpoint_when_due(self) -> None:
        """Checkpoint after every ``CHECKPOINT_BYTES``; raises ``LogUnusable``."""
        if self._uncheckpointed >= CHECKPOINT_BYTES:
            await self._checkpoint("PASSIVE")

    async def close(self, *, failed: bool) -> None:
        """Checkpoint and close; may be called again. ``failed``: close and touch nothing.

        Raises ``LogUnusable`` when the checkpoint fails; everything is in the write-ahead log then.
        """
        if not failed:
            try:
                await self._checkpoint("TRUNCATE")
            except LogUnusable:
                await self.close(failed=True)
                raise
            except ValueError:  # closed already
                return
        guard: sqlite3.Connection | None = None
        if failed:  # SQLite's last connection checkpoints when it closes: let another one be the last
            with suppress(sqlite3.Error):
                guard = await anyio.to_thread.run_sync(_hold, self.path)
        with suppress(sqlite3.Error):
            await self._connection.close()
        if guard:
            guard.close()

    async def _checkpoint(self, mode: str) -> None:
        # Never SQLite's automatic checkpoint, which hides its errors: another one after a failed
        # fsync could lose acknowledged events.
        try:
            with anyio.CancelScope(shield=True):
                await self._connection.execute_fetchall(f"PRAGMA wal_checkpoint({mode})")
            self._uncheckpointed = 0
        except sqlite3.Error as error:
            if not _worth_waiting(error, self.path):  # a full disk: everything stays in the write-ahead log
                raise _unusable(self.path, error) from error


def _prepare(path: Path) -> None:
    directory = migrations_directory("events")
    check_schema(path, directory)
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            if mode != "wal":
                raise UsageError(f"{path}: this file system allows no write-ahead log; choose another --data directory")
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection, directory)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise UsageError(f"{path}: cannot be opened for writing: {error}; choose another --data directory") from error


def _hold(path: Path) -> sqlite3.Connection:
    connection = connect_readonly(path)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


def _worth_waiting(error: sqlite3.Error, path: Path) -> str:
    """Why it is worth waiting; "" when it is not."""
    if reason := no_room_for_rows(error, path):
        return f"{reason}, and the log goes on by itself"
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
        return "another program is writing to the log: close it, and the log goes on by itself"
    return ""


def _unusable(path: Path, error: sqlite3.Error) -> LogUnusable:
    if isinstance(error, sqlite3.IntegrityError):
        return VersionConflict(f"{path}: another program appended to the log ({error}); stop it and start again")
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return LogUnusable(f"{path}: cannot be written ({name}: {error}); check the disk, then start again")
