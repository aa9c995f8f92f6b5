"""Snapshots as a user makes them: beside a viewer that looks on."""

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

from hamlet.events.types import SnapshotTaken
from tests.system.support import App, events, hamlet, tool

pytestmark = pytest.mark.browser


@pytest.mark.timeout(300)
def test_a_process_of_its_own_beside_a_viewer(finished: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(finished, data)
    settings = tmp_path / "snapshots.yaml"
    settings.write_text("gifs: {episodes: 20}")
    with App.main(tmp_path, "serve", "--data", data, "--port", "0") as viewer:
        url = f"http://localhost:{viewer.port}"
        command = ("snapshots", "--data", data, "--settings", settings, "--url", url)
        made = hamlet(*command, "--gifs", "--backfill", "2", timeout=200)
        assert made.returncode == 0, made.stderr
        assert "3 GIFs made" in made.stdout and "2 of 2 screenshots" in made.stdout
        listed = json.load(urllib.request.urlopen(f"{url}/api/downloads"))
        assert sorted(one["name"].partition("/")[2] for one in listed if one["kind"] in ("gif", "screenshot")) == [
            *(f"novelty_ep{first:05d}-{first + 19:05d}.gif" for first in (1, 21, 41)),
            "screenshot_ep00030.png",
            "screenshot_ep00060.png",
        ]
        for episode in (30, 60):
            with Image.open(data / "snapshots" / f"screenshot_ep{episode:05d}.png") as picture:
                assert picture.size == (1920, 1080)
                assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 100
        once = hamlet(*command, "--once", timeout=200)
        assert "0 GIFs made" in once.stdout and "1 of 1 screenshots" in once.stdout, once.stderr
        [table] = (data / "exports").glob("metrics_*.csv")
        assert len(table.read_text().splitlines()) == 61
        [now] = set((data / "snapshots").glob("screenshot_*.png")) - set(
            (data / "snapshots").glob("screenshot_ep*.png")
        )
        with Image.open(now) as picture:
            assert picture.size == (1920, 1080)
    assert not [one for one in events(data) if isinstance(one.event, SnapshotTaken) and one.event.kind == "gif"]


@pytest.mark.timeout(300)
def test_all_gifs_become_one_film(finished: Path, tmp_path: Path) -> None:
    command = ("snapshots", "--data", finished, "--settings", tmp_path / "snapshots.yaml")
    (tmp_path / "snapshots.yaml").write_text("gifs: {episodes: 20}")
    there = {"HAMLET_SNAPSHOT_DIR": str(tmp_path / "snapshots")}
    assert hamlet(*command, "--gifs", timeout=200, **there).returncode == 0
    without = hamlet(*command, "--timelapse", timeout=200, **there, PATH=str(tmp_path))
    assert (without.returncode, without.stderr) == (2, "hamlet: a film needs ffmpeg: apt install ffmpeg\n")
    tool("ffmpeg", package="ffmpeg")
    made = hamlet(*command, "--timelapse", timeout=200, **there)
    assert made.returncode == 0, made.stderr
    assert frames(tmp_path / "snapshots" / "timelapse_ep00001-00060.mp4") == 60, "a frame a life"


def frames(film: Path) -> int:
    """How many pictures there are in a film."""
    asked = ("ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0")
    return int(subprocess.run([*asked, str(film)], check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize(
    ("said", "named"), [(("--url", "viz:8765"), "--url"), (("--run", "nobody"), "no run nobody"), ((), "demo_state.db")]
)
def test_what_is_wrong_is_one_line(said: tuple[str, ...], named: str, finished: Path, tmp_path: Path) -> None:
    data = finished if said else tmp_path
    ended = hamlet("snapshots", "--data", data, "--gifs", *said, HAMLET_SNAPSHOT_DIR=str(tmp_path))
    assert ended.returncode == 2
    assert named in ended.stderr and len(ended.stderr.splitlines()) == 1
