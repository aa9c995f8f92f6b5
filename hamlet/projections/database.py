"""The file of views, ``demo_state.db``: opened to write, to build afresh, or to read. SQLite stays here.

It may be deleted at any time, so its writer waits for no disk (``synchronous=NORMAL``: a power cut
may lose the newest batches, which are folded again from the log).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hamlet.crashpoints import crash_point
from hamlet.errors import HamletError, LogUnusable, SchemaTooNew, UsageError
from hamlet.events.full import no_room_for_rows
from hamlet.events.migrate import check_schema, connect_readonly, migrate, migrations_directory
from hamlet.projections.projection import Write

__all__ = ["DiskFull", "ViewsDatabase", "check_views", "read_only", "remove"]

_SCHEMA = migrations_directory("views")
_KNOWN = len(list(_SCHEMA.glob("*.sql")))
_BULK = ("idx_episodes_timestamp", "idx_visits_episode")


class DiskFull(HamletError):
    """There is no space to write; nothing was changed."""


class ViewsDatabase:
    """The one writer's connection, for any one thread at a time. ``close`` it.

    ``bulk`` builds a file that nobody reads yet: no journal, no waiting for the disk, large indexes
    made at the end by ``finish_bulk``. Raises ``SchemaTooNew``, ``LogUnusable`` or ``UsageError``
    (newer, foreign, cannot be opened) with the file's bytes unchanged.
    """

    def __init__(self, path: Path, *, bulk: bool = False) -> None:
        self.path = path
        check_views(path)
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30.0)
        except sqlite3.OperationalError as error:
            raise UsageError(f"{path}: cannot be opened: {error}; choose another --data directory") from None
        try:
            if bulk:
                self._connection.execute("PRAGMA journal_mode = OFF")
                self._connection.execute("PRAGMA synchronous = OFF")
                self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            else:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
            migrate(self._connection, _SCHEMA)
            self._deferred = self._drop_indexes() if bulk else []
            self._inode = path.stat().st_ino
        except (sqlite3.Error, OSError) as error:
            self._connection.close()
            raise LogUnusable(f"{path}: cannot be prepared: {error}; delete it, it is rebuilt from the log") from None
        except HamletError:
            self._connection.close()
            raise

    @property
    def replaced(self) -> bool:
        """Whether the file was deleted, or another put in its place, since it was opened."""
        try:
            return self.path.stat().st_ino != self._inode
        except FileNotFoundError:
            return True

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def write(self, writes: Sequence[Write]) -> None:
        """All of ``writes``, in order, in one transaction.

        Raises ``DiskFull``, or ``LogUnusable`` for anything else that SQLite refuses; then nothing
        of it is in the file.
        """
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for sql, rows in writes:
                connection.executemany(sql, rows)
            crash_point("views.before-commit")
            connection.execute("COMMIT")
            crash_point("views.after-commit")
        except (sqlite3.Error, OverflowError) as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise self._refusal(error) from error

    def finish_bulk(self) -> None:
        """Make the indexes that ``bulk`` put off, and leave the file in the mode of a served one."""
        try:
            for sql in self._deferred:
                self._connection.execute(sql)
            self._connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def close(self) -> None:
        self._connection.close()

    def _refusal(self, error: Exception) -> HamletError:
        if reason := no_room_for_rows(error, self.path):
            return DiskFull(f"{self.path}: {reason}, and the views go on by themselves")
        return LogUnusable(f"{self.path}: {error}; delete it, it is rebuilt from the log")

    def _drop_indexes(self) -> list[str]:
        made = [self.rows(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")[0][0] for name in _BULK]
        for name in _BULK:
            self._connection.execute(f"DROP INDEX {name}")
        return made


def check_views(path: Path) -> None:
    """Raises ``LogUnusable`` or ``SchemaTooNew`` when a file is there that is not ours to overwrite."""
    check_schema(path, _SCHEMA)


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees the views as they are at its first query, until it closes.

    Raises ``UsageError`` (no views yet, or made by an older Hamlet), ``SchemaTooNew``, ``LogUnusable``.
    """
    if not path.exists():
        raise UsageError(f"{path}: there are no views here yet; start a run, or choose another --data directory")
    try:
        connection = connect_readonly(path)
    except sqlite3.OperationalError as error:
        raise UsageError(f"{path}: cannot be opened ({error}); was it deleted just now?") from None
    try:
        connection.execute("BEGIN")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _KNOWN:
            raise SchemaTooNew(path=str(path), found=version, known=_KNOWN)
        if version < _KNOWN:
            raise UsageError(f"{path}: schema version {version}, expected {_KNOWN}; run `python main.py replay` first")
        yield connection
    except sqlite3.DatabaseError as error:
        raise LogUnusable(f"{path}: cannot be read: {error}; delete it, it is rebuilt from the log") from error
    finally:
        connection.close()


def remove(path: Path) -> None:
    """Delete a database and then its companions, so that no write-ahead log outlives its database
    and is taken for that of the next file of this name."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
