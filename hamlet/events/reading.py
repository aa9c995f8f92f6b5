"""Reading the log: a read-only connection of one's own, in short batches, and the proof that it is whole.

Every batch is a read transaction of its own, so that a slow reader never keeps the writer from
starting its write-ahead log over.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from hamlet.errors import LogUnusable, UsageError
from hamlet.events.migrate import check_schema, connect_readonly, migrations_directory
from hamlet.events.types import ConversationStarted, Recorded, RunStarted, decode, tag_of

__all__ = ["Reader", "Verification", "checksum", "read_at", "read_ends", "read_events", "verify"]

_LAST = 2**63 - 1
_MOST_PROBLEMS = 100
_TRIGGERS = {"events_insert_next", "events_no_update", "events_no_delete"}

_COLUMNS = "position, run, version, type, recorded_at, payload"
_Row = tuple[int, str, int, str, float, str]


class Verification(msgspec.Struct):
    """What ``verify`` found: counts (of streams that begin as a run, or as a talk), the last position, and a line for
    each problem (the first 100)."""

    events: int = 0
    runs: int = 0
    talks: int = 0
    head: int = 0
    problems: list[str] = msgspec.field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


def checksum(position: int, run: str, version: int, tag: str, recorded_at: float, payload: bytes) -> int:
    """CRC-32 over everything that a row says."""
    head = f"{position}\n{run}\n{version}\n{tag}\n{recorded_at!r}\n".encode()
    return zlib.crc32(payload, zlib.crc32(head))


class Reader:
    """A read-only connection to the log at ``path``; ``run`` and ``types`` narrow what it returns.

    Raises ``UsageError`` when there is no log yet, ``LogUnusable`` or ``SchemaTooNew`` when the file
    is none of ours. Any thread may use it, one at a time. ``close`` it.
    """

    def __init__(self, path: Path, *, run: str | None = None, types: Sequence[str] = ()) -> None:
        if not check_schema(path, migrations_directory("events")):
            raise UsageError(f"{path}: there is no event log here yet; start a run, or choose another --data directory")
        self.path = path
        self._connection = connect_readonly(path)
        where, self._values = ["position > ?", "position <= ?"], list[str]()
        self._start = 0
        if run is not None:
            # "+run": walk the table in order of position; its index would need a sort for every batch.
            where.append("+run = ?")
            self._values.append(run)
            first = self._rows("SELECT position FROM events WHERE run = ? AND version = 1", (run,))
            self._start = first[0][0] - 1 if first else 0
        if types:
            where.append(f"type IN ({', '.join('?' * len(types))})")
            self._values.extend(types)
        self._sql = f"SELECT {_COLUMNS} FROM events WHERE {' AND '.join(where)} ORDER BY position LIMIT ?"

    def read(self, after: int, until: int | None, batch: int) -> list[Recorded]:
        """Up to ``batch`` events at positions after < p ≤ until, in order; fewer means: no more now.

        Raises ``LogUnusable`` for a damaged file and for an event that this Hamlet does not know.
        """
        last = _LAST if until is None else until
        return self._decoded(self._rows(self._sql, (max(after, self._start), last, *self._values, batch)))

    def at(self, positions: Sequence[int]) -> list[Recorded]:
        """The events at ``positions``, in order of position; where nothing is, there is none. Errors as in ``read``."""
        sql = f"SELECT {_COLUMNS} FROM events WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position"
        return self._decoded(self._rows(sql, (json.dumps(list(positions)),)))

    def ends(self, stream: str) -> list[Recorded]:
        """The first and the last event of ``stream``: one where it has only one, none where there is none."""
        sql = "SELECT position FROM events WHERE run = ? ORDER BY version {} LIMIT 1"
        rows = [row for order in ("", "DESC") for row in self._rows(sql.format(order), (stream,))]
        return self.at([row[0] for row in rows])

    def _decoded(self, rows: list[_Row]) -> list[Recorded]:
        try:
            return [Recorded(p, run, v, at, decode(payload)) for p, run, v, _, at, payload in rows]
        except msgspec.MsgspecError:
            raise self._undecodable(rows) from None

    def close(self) -> None:
        """Let go of the file; nothing can be read after that."""
        self._connection.close()

    def _rows(self, sql: str, values: tuple[int | str, ...]) -> list[_Row]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise LogUnusable(f"{self.path}: cannot be read: {error}; run `events --verify`") from error

    def _undecodable(self, rows: list[_Row]) -> LogUnusable:
        for position, run, version, tag, _, payload in rows:
            try:
                decode(payload)
            except msgspec.MsgspecError as error:
                where = f"{self.path}: position {position} ({run}, version {version}, {tag})"
                return LogUnusable(f"{where} is no event that this Hamlet knows: {error}; update Hamlet")
        raise AssertionError("every row decodes")  # pragma: no cover - only called when one does not


def read_events(
    path: Path,
    *,
    after: int = 0,
    until: int | None = None,
    run: str | None = None,
    types: Sequence[str] = (),
    batch: int = 1000,
) -> Iterator[list[Recorded]]:
    """The log at ``path`` in order of position, in lists of up to ``batch`` events (never empty).

    Positions after < p ≤ until; ends at the end of the log as it is when it gets there. ``types``
    are tags, e.g. ``"episode_completed.v1"``. Errors as in ``Reader``.
    """
    reader = Reader(path, run=run, types=types)
    try:
        while events := reader.read(after, until, batch):
            after = events[-1].position
            yield events
            if len(events) < batch:
                return
    finally:
        reader.close()


def read_at(path: Path, positions: Sequence[int]) -> list[Recorded]:
    """The events at ``positions`` of the log at ``path``, in order of position. Errors as in ``Reader``."""
    reader = Reader(path)
    try:
        return reader.at(positions)
    finally:
        reader.close()


def read_ends(path: Path, stream: str) -> tuple[Recorded, Recorded] | None:
    """The first and the last event of ``stream`` in the log at ``path``, by their versions; ``None`` where it has none.
    Errors as in ``Reader``."""
    reader = Reader(path)
    try:
        found = reader.ends(stream)
        return (found[0], found[-1]) if found else None
    finally:
        reader.close()


def verify(path: Path) -> Verification:
    """Read the whole log and check it: SQLite's own integrity check, the guards against change, row
    checksums, positions and versions without gap, times that never go back, payloads that decode.

    Problems are listed, not raised; errors that keep it from being opened are raised as in ``Reader``.
    """
    Reader(path).close()
    found = Verification()
    connection = connect_readonly(path)
    try:
        damage = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        found.problems += [f"integrity_check: {line}" for line in damage if line != "ok"]
        guards = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        found.problems += [f"trigger {name} is missing" for name in sorted(_TRIGGERS - guards)]
        _verify_rows(connection, found)
    except sqlite3.DatabaseError as error:
        found.problems.append(f"cannot be read after position {found.head}: {error}")
    finally:
        connection.close()
    if len(found.problems) > _MOST_PROBLEMS:
        more = len(found.problems) - _MOST_PROBLEMS
        found.problems = [*found.problems[:_MOST_PROBLEMS], f"… and {more} more"]
    return found


def _verify_rows(connection: sqlite3.Connection, found: Verification) -> None:
    columns = "position, run, version, type, recorded_at, payload, checksum"
    sql = f"SELECT {columns} FROM events WHERE position > ? ORDER BY position LIMIT 1000"
    versions: dict[str, int] = {}
    newest, begun = 0.0, list[str]()
    while rows := connection.execute(sql, (found.head,)).fetchall():
        for position, run, version, tag, recorded_at, payload, stored in rows:
            problems = []
            if position != found.head + 1:
                problems.append(f"expected position {found.head + 1}")
            if version != versions.get(run, 0) + 1:
                problems.append(f"expected version {versions.get(run, 0) + 1}")
            if recorded_at < newest:
                problems.append(f"recorded before its predecessor ({recorded_at} < {newest})")
            if checksum(position, run, version, tag, recorded_at, str(payload).encode()) != stored:
                problems.append("the checksum differs: the row was changed")
            try:
                if (actual := tag_of(decode(payload))) != tag:
                    problems.append(f"the payload is {actual}")
            except msgspec.MsgspecError as error:
                problems.append(f"no event that this Hamlet knows: {error}")
            where = f"position {position} ({run}, version {version}, {tag})"
            found.problems += [f"{where}: {problem}" for problem in problems]
            begun += [tag] if run not in versions else []
            found.head, newest, versions[run] = position, max(newest, recorded_at), version
            found.events += 1
    found.runs = begun.count(tag_of(RunStarted))
    found.talks = begun.count(tag_of(ConversationStarted))
