"""Row 12 on the whole app: one process owns a data directory, and a file that is not ours stays as it is."""

import hashlib
import json
import shutil
import sqlite3
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.system.support import App, config, events, hamlet, inside, lives_beyond


def test_of_two_that_start_together_one_trains_and_the_other_says_who(tmp_path: Path) -> None:
    town = config(tmp_path, episodes=100_000)
    for race in range(2):
        data = tmp_path / f"data-{race}"
        command = ("train", "--data", data, "--config", town, "--pace", "3600")
        with App.main(tmp_path, *command) as one, App.main(tmp_path, *command) as other:
            both = (one, other)
            until = time.monotonic() + 60
            while all(app.process.poll() is None for app in both):
                assert time.monotonic() < until, "both live"
                time.sleep(0.02)
            winner, loser = both if other.process.poll() is not None else both[::-1]
            owned = (data / ".lock").stat().st_mtime
            assert loser.process.wait() == 4
            assert time.time() - owned < 4.0, "at once, but for the time by which it started later"
            assert loser.err == (
                f"hamlet: {data} is in use by process {winner.process.pid}; stop that one, choose another --data"
                " directory, or look on with: python main.py serve\n"
            )
            winner.wait_for(partial(events, data), "a log")
            assert winner.stop() == 0, winner.err


def contents(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.suffix in (".db", ".safetensors", ".csv")  # readers leave an empty -wal and a -shm behind
    }


@pytest.mark.parametrize(
    ("name", "code"), [("events.db", 3), ("demo_state.db", 3), ("events.db", 5), ("demo_state.db", 5)]
)
def test_a_newer_or_foreign_database_is_left_as_it_is(finished: Path, tmp_path: Path, name: str, code: int) -> None:
    data = tmp_path / "data"
    shutil.copytree(finished, data)
    if code == 3:
        with sqlite3.connect(data / name) as connection:
            connection.execute("PRAGMA user_version = 999")
        connection.close()
    else:
        (data / name).write_text("Dear diary, today I was no database.\n")
    before = contents(data)
    town = finished.parent / "town.yaml"
    ended = hamlet("train", "--data", data, "--config", town, "--episodes", "70")
    assert ended.returncode == code and "Traceback" not in ended.stderr
    complaint = ended.stderr.splitlines()[-1]
    assert complaint.startswith("hamlet: ") and name in complaint and "nothing was changed" in complaint
    assert contents(data) == before


def test_a_run_whose_process_was_killed_is_not_said_to_train(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town, data = config(tmp_path, episodes=100_000), tmp_path / "data"

    def status() -> str:
        capsys.readouterr()
        assert inside("runs", "--data", data, "--json") == 0
        (run,) = json.loads(capsys.readouterr().out)
        return str(run["status"])

    with App.main(tmp_path, "train", "--data", data, "--config", town, "--pace", "3600") as app:
        app.wait_for(lives_beyond(data, 0), "an episode")
        assert status() == "training"
        with App.main(tmp_path, "serve", "--data", data, "--port", "0") as viewer:
            address = f"http://localhost:{viewer.port}/api"

            def shown() -> tuple[str, str]:
                state, (run,) = httpx.get(f"{address}/state").json(), httpx.get(f"{address}/runs").json()
                return state["state"]["status"], run["status"]

            viewer.wait_for(lambda: shown() == ("training", "training"), "training")
            app.process.kill()
            app.process.wait()
            viewer.wait_for(lambda: shown() == ("stopped", "stopped"), "stopped")
    assert status() == "stopped"
