"""What people said is kept, shown, and gone when it is to be forgotten."""

import sqlite3
from pathlib import Path

import pytest

from hamlet.conversation.store import Line, Store
from hamlet.errors import SchemaTooNew, UsageError

SECRET = "my mother's maiden name is Rumpelstiltskin"


def filled(tmp_path: Path) -> tuple[Store, int, int]:
    store = Store(tmp_path / "data" / "conversations.db")
    first, second = store.begin("debtor", 1000.0), store.begin("debtor", 2000.0)
    for number in range(200):  # more than a page
        store.add(first, [Line("collector", "Why?", {"act": "ask"}), Line("debtor", f"{SECRET} {number}", {})])
    store.add(second, [Line("debtor", "hello", {"intent": "greet"})])
    store.end(second, "agreed")
    return store, first, second


def bytes_of(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


def test_what_is_added_is_listed_and_shown(tmp_path: Path) -> None:
    store, first, second = filled(tmp_path)
    assert [(one.id, one.began, one.kind, one.ending, one.lines) for one in store.all()] == [
        (second, 2000.0, "debtor", "agreed", 1),
        (first, 1000.0, "debtor", "", 400),
    ]
    assert store.show(second) == [Line("debtor", "hello", {"intent": "greet"})]
    assert [line.who for line in store.show(first)][:3] == ["collector", "debtor", "collector"]


def test_what_is_forgotten_is_not_in_any_file(tmp_path: Path) -> None:
    store, first, second = filled(tmp_path)
    assert b"Rumpelstiltskin" in bytes_of(tmp_path)
    store.forget(first)
    assert b"Rumpelstiltskin" not in bytes_of(tmp_path)
    assert [path.name for path in store.path.parent.iterdir()] == ["conversations.db"]
    assert [one.id for one in store.all()] == [second]
    assert store.show(second)
    with pytest.raises(UsageError, match=f"no conversation {first}; there are: {second}"):
        store.show(first)


def test_everything_can_be_forgotten_and_no_number_comes_back(tmp_path: Path) -> None:
    store, _, second = filled(tmp_path)
    assert store.forget_all() == 2 and store.forget_all() == 0
    assert b"Rumpelstiltskin" not in bytes_of(tmp_path) and b"hello" not in bytes_of(tmp_path)
    assert store.begin("debtor", 3000.0) == second + 1


def test_the_file_is_its_owners_only(tmp_path: Path) -> None:
    store, _, _ = filled(tmp_path)
    assert store.path.stat().st_mode & 0o777 == 0o600


def test_looking_makes_no_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "none" / "conversations.db")
    assert store.all() == []
    with pytest.raises(UsageError, match="no conversation 1; there are: none"):
        store.show(1)
    assert not store.path.parent.exists()


def test_what_is_not_ours_is_refused(tmp_path: Path) -> None:
    for name, script in (
        ("other.db", "CREATE TABLE mine (x)"),
        ("newer.db", "CREATE TABLE conversations (x); PRAGMA application_id = 1214344515; PRAGMA user_version = 99"),
    ):
        connection = sqlite3.connect(tmp_path / name)
        connection.executescript(script)
        connection.close()
    with pytest.raises(UsageError, match="another program's database"):
        Store(tmp_path / "other.db").all()
    with pytest.raises(SchemaTooNew, match="99 is newer than 1"):
        Store(tmp_path / "newer.db").all()
    (tmp_path / "text.db").write_text("no database " * 100)
    with pytest.raises(UsageError, match="cannot be used"):
        Store(tmp_path / "text.db").all()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be used"):
        Store(tmp_path / "file" / "conversations.db").begin("debtor", 0.0)
