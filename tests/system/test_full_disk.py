"""Row 6: a disk that is full makes the whole app wait, says so, and goes on by itself when there is room.

Two of the three ways to be full are here, five times each: a limit on the size of files, and a small file
system. The third, a database that may not have more pages, is in ``tests/events/test_log.py``.
"""

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hamlet.events.migrate import connect_readonly
from hamlet.events.types import CheckpointSaved, CheckpointsPruned, EpisodeCompleted, RunDiverged
from tests.system.support import App, assert_whole, config, events, hamlet, lives_beyond

ROUNDS = 5
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB, where this user may mount one."""
    directory = tmp_path / "small"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", directory], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small file system may be mounted here: {mounted.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


def fill(directory: Path) -> Path:
    """Leave no byte; returns the file to delete."""
    ballast = directory / "ballast"
    with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    return ballast


def head(data: Path) -> int:
    """The newest position of the log; quicker than reading it."""
    with contextlib.closing(connect_readonly(data / "events.db")) as connection:
        return int(connection.execute("SELECT max(position) FROM events").fetchone()[0])


def health(app: App) -> httpx.Response:
    return httpx.get(f"http://localhost:{app.port}/healthz", timeout=30)


def until_it_waits_and_goes_on(app: App, data: Path, free: Callable[[], object], words: str) -> None:
    """It waits and says why, at both places; after ``free()`` it goes on by itself."""
    app.wait_for(lambda: health(app).status_code == 503, "503")
    answer = health(app)
    assert words in answer.json()["reason"]
    state = httpx.get(f"http://localhost:{app.port}/api/state", timeout=30)
    if state.status_code == 200:  # the views may be what waits
        assert state.json()["state"]["status"] == "waiting" and words in state.json()["state"]["detail"]
    free()
    app.wait_for(lambda: health(app).status_code == 200, "200 again")
    before = head(data)
    app.wait_for(lambda: head(data) > before + 5, "new events")


def assert_nothing_happened(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_whole(data, capsys)
    assert not list(data.rglob("*.tmp"))
    log = [recorded.event for recorded in events(data)]
    lived = [event.episode for event in log if isinstance(event, EpisodeCompleted)]
    assert lived == list(range(1, len(lived) + 1)) and not any(isinstance(event, RunDiverged) for event in log)


def run(tmp_path: Path, data: Path, *options: str, **changes: str) -> App:
    town = config(tmp_path, episodes=1_000_000)
    return App.main(
        tmp_path, "all-in-one", "--data", data, "--config", town, "--port", "0", "--pace", "60000", *options, **changes
    )


@pytest.mark.timeout(300)
def test_a_small_disk(small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = small_disk / "data"
    with run(tmp_path, data, "--disk-floor", "0") as app:
        app.wait_for(lives_beyond(data, 0), "an episode")
        for _ in range(ROUNDS):
            ballast = fill(small_disk)
            until_it_waits_and_goes_on(app, data, ballast.unlink, "full")
        assert app.stop() == 0, app.err
        assert "Traceback" not in app.err
    assert_nothing_happened(data, capsys)


@pytest.mark.timeout(300)
def test_a_limit_on_the_size_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    with run(tmp_path, data) as app:
        app.wait_for(lives_beyond(data, 0), "an episode")
        for _ in range(ROUNDS):
            largest = max(path.stat().st_size for path in data.glob("*.db*"))
            resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, (largest + 16_384, resource.RLIM_INFINITY))

            def raise_the_limit() -> None:
                resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)

            until_it_waits_and_goes_on(app, data, raise_the_limit, "")
        assert app.stop() == 0, app.err
        assert "Traceback" not in app.err
    assert_nothing_happened(data, capsys)


@pytest.mark.timeout(300)
def test_below_the_floor_checkpoints_go_first_and_training_pauses_last(
    small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = small_disk / "data"
    with run(tmp_path, data, HAMLET_DISK_FLOOR="6") as app:

        def kept() -> list[Path]:
            return list(data.rglob("checkpoint_*.safetensors"))

        app.wait_for(lambda: len(kept()) >= 3, "three checkpoints")
        with open(small_disk / "ballast", "wb") as ballast:  # room for less than twice the floor
            ballast.write(b"\0" * max(0, free(small_disk) - 11_000_000))
        app.wait_for(lambda: len(kept()) == 1, "older checkpoints to be deleted")
        assert health(app).status_code == 200, "training goes on"
        with open(small_disk / "more", "wb") as more:
            more.write(b"\0" * max(0, free(small_disk) - 5_000_000))
        until_it_waits_and_goes_on(app, data, lambda: [path.unlink() for path in small_disk.glob("[bm]*")], "6 MB")
        assert app.stop() == 0, app.err
    assert_nothing_happened(data, capsys)
    log = [recorded.event for recorded in events(data)]
    gone = {file for event in log if isinstance(event, CheckpointsPruned) for file in event.files}
    there = {path.name for path in data.rglob("checkpoint_*.safetensors")}
    saved = {event.file for event in log if isinstance(event, CheckpointSaved)}
    assert saved - gone <= there, "what is missing was said to be"
    assert hamlet("evaluate", "--data", data, "--episodes", "2", "--cap", "10").returncode == 0


def free(directory: Path) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize
