"""What people said: ``conversations.db``, the one place where their words are kept, so that they can be erased.

``secure_delete`` overwrites what is deleted; a rollback journal instead of a write-ahead log, and a VACUUM
after each ``forget``, leave no second copy. The event log never holds a person's words.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from hamlet.errors import SchemaTooNew, UsageError

__all__ = ["Conversation", "Line", "Store"]

T = TypeVar("T")

_APPLICATION = int.from_bytes(b"HamC", "big")
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, began REAL NOT NULL, kind TEXT NOT NULL, ending TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS lines (
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, who TEXT NOT NULL, text TEXT NOT NULL, about TEXT NOT NULL,
    PRIMARY KEY (conversation, number)
) WITHOUT ROWID;
"""


class Line(msgspec.Struct, frozen=True):
    """``who``: ``"collector"`` or ``"debtor"``; ``about``: act, intent and the like, by name."""

    who: str
    text: str
    about: dict[str, str]


class Conversation(msgspec.Struct, frozen=True):
    """``began``: seconds since 1970; ``kind``: how it was talked (``"debtor"``: the person played that);
    ``ending``: "" while it goes on, or when it was broken off."""

    id: int
    began: float
    kind: str
    ending: str
    lines: int


class Store:
    """The file at ``path``, made with its directory when it is first written to, readable by its owner only.
    Every call opens and closes it: no handle outlives a talk. Raises ``UsageError`` or ``SchemaTooNew``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, kind: str, began: float) -> int:
        """A new conversation; its id, which is never given again."""
        return self._write(
            lambda found: int(
                found.execute("INSERT INTO conversations (began, kind) VALUES (?, ?)", (began, kind)).lastrowid or 0
            )
        )

    def add(self, conversation: int, lines: Sequence[Line]) -> None:
        """Append ``lines``; what is there is durable when this returns."""

        def insert(found: sqlite3.Connection) -> None:
            sql = "SELECT coalesce(max(number), 0) FROM lines WHERE conversation = ?"
            (last,) = found.execute(sql, (conversation,)).fetchone()
            rows = [
                (conversation, last + at, line.who, line.text, json.dumps(line.about))
                for at, line in enumerate(lines, start=1)
            ]
            found.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?)", rows)

        self._write(insert)

    def end(self, conversation: int, ending: str) -> None:
        """Say how it ended."""
        sql = "UPDATE conversations SET ending = ? WHERE id = ?"
        self._write(lambda found: found.execute(sql, (ending, conversation)))

    def all(self) -> list[Conversation]:
        """All, the newest first."""
        sql = (
            "SELECT id, began, kind, ending, (SELECT count(*) FROM lines WHERE conversation = id)"
            " FROM conversations ORDER BY id DESC"
        )
        return self._read(lambda found: [Conversation(*row) for row in found.execute(sql)], [])

    def show(self, conversation: int) -> list[Line]:
        """What was said, in order. Raises ``UsageError`` for one that is not there."""
        self._require(conversation)
        sql = "SELECT who, text, about FROM lines WHERE conversation = ? ORDER BY number"
        return self._read(
            lambda found: [
                Line(who, text, json.loads(about)) for who, text, about in found.execute(sql, (conversation,))
            ],
            [],
        )

    def forget(self, conversation: int) -> None:
        """Erase one: its bytes are not in the file any more when this returns. Raises ``UsageError`` for one
        that is not there."""
        self._require(conversation)
        self._write(lambda found: found.execute("DELETE FROM conversations WHERE id = ?", (conversation,)), vacuum=True)

    def forget_all(self) -> int:
        """Erase everything; how many there were."""
        count = len(self.all())
        if count:
            self._write(lambda found: found.execute("DELETE FROM conversations"), vacuum=True)
        return count

    def copy(self, out: Path) -> None:
        """A whole copy at ``out``, which must not exist; what was erased is not in it."""
        self._read(lambda connection: connection.execute("VACUUM INTO ?", (str(out),)), None)

    def _require(self, conversation: int) -> None:
        known = [one.id for one in self.all()]
        if conversation not in known:
            there = ", ".join(map(str, known[:20])) or "none"
            raise UsageError(f"{self.path}: no conversation {conversation}; there are: {there}")

    def _read(self, query: Callable[[sqlite3.Connection], T], absent: T) -> T:
        if not self.path.exists():
            return absent
        connection = self._open()
        try:
            return query(connection)
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        finally:
            connection.close()

    def _write(self, change: Callable[[sqlite3.Connection], T], *, vacuum: bool = False) -> T:
        connection = self._open()
        try:
            with connection:
                result = change(connection)
            if vacuum:
                connection.execute("VACUUM")
            return result
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        finally:
            connection.close()

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            connection = sqlite3.connect(self.path, timeout=5.0)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from None
        try:
            for pragma in ("secure_delete = ON", "foreign_keys = ON", "journal_mode = DELETE", "synchronous = FULL"):
                connection.execute(f"PRAGMA {pragma}")
            self._check(connection)
            return connection
        except sqlite3.Error as error:
            connection.close()
            raise self._unusable(error) from None
        except BaseException:
            connection.close()
            raise

    def _check(self, connection: sqlite3.Connection) -> None:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id = {_APPLICATION};"
                f" PRAGMA user_version = {_VERSION}; COMMIT;"
            )
        elif application != _APPLICATION:
            raise UsageError(f"{self.path}: found another program's database; move it away or choose another --data")
        elif version > _VERSION:
            raise SchemaTooNew(path=str(self.path), found=version, known=_VERSION)

    def _unusable(self, error: Exception) -> UsageError:
        return UsageError(f"{self.path}: cannot be used ({error}); choose another --data directory")
