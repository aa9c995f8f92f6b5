"""Backup and restore: while it trains and after; what is not whole is refused; and a log of the first release."""

import gzip
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hamlet.events.types import CheckpointSaved
from tests.system.support import App, assert_whole, config, episodes, events, facts_of, inside, lives_beyond

FIRST_RELEASE = Path(__file__).parent / "first_release"


@pytest.mark.parametrize("name", ["backup", "backup.tar.gz"])
def test_what_is_restored_equals_what_was_backed_up(
    name: str, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    assert inside("backup", "--data", finished, "--out", tmp_path / name) == 0
    assert "all whole" in capsys.readouterr().out
    again = tmp_path / "data"
    assert inside("restore", tmp_path / name, "--data", again) == 0
    assert facts_of(again) == facts_of(finished) and events(again) == events(finished)
    assert_whole(again, capsys)
    saved = {event.file for event in (r.event for r in events(again)) if isinstance(event, CheckpointSaved)}
    assert saved and saved <= {path.name for path in again.rglob("*.safetensors")}
    assert not list(tmp_path.rglob("*.tmp")) and not list(tmp_path.glob(".*"))
    # It is a data directory like any other.
    town = finished.parent / "town.yaml"
    assert inside("train", "--data", again, "--config", town, "--episodes", "70") == 0
    assert episodes(again) == 70
    assert inside("restore", tmp_path / name, "--data", again) == 2
    assert "is there already; restore into an empty directory" in capsys.readouterr().err
    assert inside("backup", "--data", again, "--out", tmp_path / name) == 2


def test_a_backup_made_while_it_trains_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town, data, out = config(tmp_path, episodes=100_000), tmp_path / "data", tmp_path / "backup"
    with App.main(tmp_path, "train", "--data", data, "--config", town) as app:
        app.wait_for(lives_beyond(data, 20), "twenty episodes")
        assert inside("backup", "--data", data, "--out", out) == 0, capsys.readouterr().err
        kept = episodes(out)
        app.wait_for(lives_beyond(data, kept), "training to go on")
        assert app.stop() == 0, app.err
    assert inside("restore", out, "--data", tmp_path / "again") == 0, capsys.readouterr().err
    assert episodes(tmp_path / "again") == kept
    assert_whole(tmp_path / "again", capsys)
    assert facts_of(data)[: len(facts_of(out))] == facts_of(out), "of one moment"


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def listed_elsewhere(backup: Path) -> None:
    manifest = json.loads((backup / "backup.json").read_text())
    manifest["files"]["../outside"] = "0" * 64
    (backup / "backup.json").write_text(json.dumps(manifest))


def linked(backup: Path) -> None:
    (backup / "events.db").unlink()
    (backup / "events.db").symlink_to("/etc/passwd")


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bit of the log": (lambda backup: flipped(backup / "events.db"), "events.db is not what was backed up"),
    "a bit of a checkpoint": (
        lambda backup: flipped(next(backup.rglob("checkpoint_*"))),
        "is not what was backed up; nothing was restored",
    ),
    "no log": (lambda backup: (backup / "events.db").unlink(), "events.db is missing"),
    "no manifest": (lambda backup: (backup / "backup.json").unlink(), "no backup that can be read"),
    "a manifest that is none": (lambda backup: (backup / "backup.json").write_text("{}"), "no backup that can be read"),
    "a name that leads out": (listed_elsewhere, "../outside is missing from it"),
    "a link": (linked, "events.db is missing from it"),
    "nothing": (shutil.rmtree, "no backup that can be read"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_not_whole_is_refused_and_nothing_is_changed(
    damage: str, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup, again = tmp_path / "backup", tmp_path / "again"
    assert inside("backup", "--data", finished, "--out", backup) == 0
    change, words = DAMAGE[damage]
    change(backup)
    capsys.readouterr()
    assert inside("restore", backup, "--data", again) == 2
    complaint = capsys.readouterr().err
    assert words in complaint and complaint.count("\n") == 1
    assert not [path for path in again.rglob("*") if path.is_file() and path.name != ".lock"]


def test_an_archive_that_is_none_or_leads_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.tar.gz").write_bytes(gzip.compress(b"hello"))
    (tmp_path / "secret").write_text("secret")
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "secret", "../../escaped")
    for name in ("text.tar.gz", "evil.tar.gz", "absent.tar.gz"):
        assert inside("restore", tmp_path / name, "--data", tmp_path / "again") == 2
        assert "no backup that can be read" in capsys.readouterr().err
    assert not list(tmp_path.parent.rglob("escaped"))


def test_a_checkpoint_that_is_not_there_is_said_and_left_out(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(finished, tmp_path / "data")
    gone = next((tmp_path / "data").rglob("checkpoint_*"))
    gone.unlink()
    assert inside("backup", "--data", tmp_path / "data", "--out", tmp_path / "backup") == 0
    assert (
        f"left out, since it is not there as the log has it: {gone.parent.name}/{gone.name}" in capsys.readouterr().out
    )


def test_what_the_first_release_wrote_is_taken_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A data directory of version 0.1.0's first day: log and views of the first schemas."""
    data = tmp_path / "data"
    data.mkdir()
    for name in ("events.db", "demo_state.db"):
        (data / name).write_bytes(gzip.decompress((FIRST_RELEASE / f"{name}.gz").read_bytes()))
    before = facts_of(data)
    assert len(before) > 30
    assert inside("events", "--verify", "--data", data) == 0, capsys.readouterr().err
    assert inside("runs", "--data", data) == 2 and "replay" in capsys.readouterr().err  # its views are older
    assert inside("replay", "--data", data) == 0, capsys.readouterr().err
    assert_whole(data, capsys)
    capsys.readouterr()
    assert inside("runs", "--data", data, "--json") == 0
    (run,) = json.loads(capsys.readouterr().out)
    assert (run["world"], run["episode"]) == ("town", episodes(data))
    assert inside("train", "--data", data) == 2  # its learning had settings that there are no more
    assert "another version of Hamlet began this run; begin another with --new-run" in capsys.readouterr().err
    assert facts_of(data) == before
