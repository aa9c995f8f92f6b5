"""Schemas of our SQLite files: plain SQL scripts, applied in order, and refusal of what is not ours.

``migrations/<kind>/NNNN_name.sql`` (NNNN from 0001, no gap) are applied one transaction each;
``PRAGMA user_version`` counts them and ``PRAGMA application_id`` marks the file as a Hamlet file of
that kind. A file is looked at before anything is written: one that is newer, foreign or no database
at all is refused with its bytes unchanged.
"""

import sqlite3
from pathlib import Path

from hamlet.crashpoints import crash_point
from hamlet.errors import LogUnusable, SchemaTooNew, UsageError

__all__ = ["application_id", "check_schema", "connect_readonly", "migrate", "migrations_directory"]

_MAGIC = b"SQLite format 3\0"


def migrations_directory(kind: str) -> Path:
    """Where the scripts of ``kind`` (``"events"`` or ``"views"``) lie in this checkout."""
    return Path(__file__).resolve().parents[2] / "migrations" / kind


def application_id(directory: Path) -> int:
    """The mark of files made by these scripts: the bytes ``Ham`` and the kind's first letter."""
    return int.from_bytes(b"Ham" + directory.name[:1].encode("ascii"), "big")


def connect_readonly(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """A ``mode=ro`` connection, in autocommit mode, usable from any one thread at a time.

    ``immutable`` leaves no trace (plain ``mode=ro`` creates empty ``-wal`` and ``-shm`` files beside
    a WAL database and leaves them there); only for a file that nobody writes.
    """
    uri = path.absolute().as_uri() + "?mode=ro" + ("&immutable=1" if immutable else "")
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def check_schema(path: Path, directory: Path) -> int:
    """Look at ``path`` without writing: its schema version; 0 when it is absent or still empty.

    Raises ``SchemaTooNew`` (exit 3), ``LogUnusable`` (exit 5: foreign or damaged), ``UsageError``
    (exit 2: cannot be opened).
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise UsageError(f"{path}: cannot be opened: {error.strerror}; choose another --data directory") from None
    if start and start != _MAGIC:  # SQLite takes a file of a few bytes for an empty database and overwrites it
        raise _foreign(path, directory, "file is not a database")
    wal = path.with_name(path.name + "-wal")
    immutable = not (wal.exists() and wal.stat().st_size)
    try:
        connection = connect_readonly(path, immutable=immutable)
        try:
            return _version(connection, path, directory)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _foreign(path, directory, str(error)) from None


def migrate(connection: sqlite3.Connection, directory: Path) -> int:
    """Bring the open database up to the newest script; returns the version it then has.

    Raises ``SchemaTooNew`` or ``LogUnusable`` before writing anything; a script that fails is rolled
    back whole and raises ``LogUnusable``.
    """
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    scripts = _scripts(directory)
    try:
        found = _version(connection, path, directory)
        for number, script in enumerate(scripts[found:], start=found + 1):
            _apply(connection, script, number, directory)
    except sqlite3.Error as error:
        raise LogUnusable(f"{path}: cannot be brought up to version {len(scripts)}: {error}") from error
    return len(scripts)


def _apply(connection: sqlite3.Connection, script: Path, number: int, directory: Path) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{script.read_text(encoding='utf-8')}\n"
            f"PRAGMA application_id = {application_id(directory)};\nPRAGMA user_version = {number};"
        )
        crash_point("migration")
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _scripts(directory: Path) -> list[Path]:
    scripts = sorted(directory.glob("*.sql"))
    found = [script.name[:5] for script in scripts]
    expected = [f"{number:04d}_" for number in range(1, len(scripts) + 1)]
    if not scripts or found != expected:
        raise UsageError(f"{directory}: expected migrations numbered 0001_ … without gap, found {found or 'none'}")
    return scripts


def _version(connection: sqlite3.Connection, path: Path, directory: Path) -> int:
    """The schema version of an open database, after checking that it is ours and not newer."""
    known = len(_scripts(directory))
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    mark = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if mark != application_id(directory):
        tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        if mark or found or tables:
            raise _foreign(path, directory, f"application_id is {mark}, expected {application_id(directory)}")
    if found > known:
        raise SchemaTooNew(path=str(path), found=found, known=known)
    return found


def _foreign(path: Path, directory: Path, why: str) -> LogUnusable:
    what = "log" if directory.name == "events" else f"{directory.name} database"
    return LogUnusable(f"{path}: not a Hamlet {what} ({why}); nothing was changed; choose another --data directory")
