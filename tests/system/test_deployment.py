"""The files in deploy/: checked by the tools that they are for, where these are at hand."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import yaml

from tests.system.support import ROOT, App, config, episodes, lives_beyond, tool

DEPLOY = ROOT / "deploy"


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    unit = (DEPLOY / "hamlet.service").read_text()
    here = unit.replace("/opt/hamlet/.venv/bin/python", sys.executable)  # it must exist to be checked
    (tmp_path / "hamlet.service").write_text(here)
    command = [tool("systemd-analyze", package="systemd"), "verify", "--man=no", tmp_path / "hamlet.service"]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    settings = dict(re.findall(r"(?m)^(\w+)=(.*)$", unit))
    assert settings["Type"] == "notify" and settings["RestartPreventExitStatus"] == "2 3 4"
    assert float(settings["TimeoutStopSec"]) > 10 and float(settings["WatchdogSec"]) >= 60


def test_the_image_is_described_as_it_should_be() -> None:
    checked = subprocess.run(
        [tool("hadolint", str(Path(sys.executable).with_name("hadolint"))), ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_image_copies_what_there_is_and_starts_what_exists() -> None:
    text = (ROOT / "Dockerfile").read_text()
    for sources in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", text):
        for source in sources.split():
            assert (ROOT / source).exists(), source
    assert re.search(r"(?m)^USER 10001$", text) and "HEALTHCHECK" in text and text.count("\nFROM ") == 3
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for service in services.values():
        command = service["command"][0]
        told = subprocess.run([sys.executable, "main.py", command, "--help"], cwd=ROOT, capture_output=True, text=True)
        assert told.returncode == 0, told.stderr
        assert all(option in told.stdout for option in service["command"] if option.startswith("--"))


def test_training_viewer_and_snapshots_as_processes_of_their_own(tmp_path: Path) -> None:
    town, data = config(tmp_path, episodes=1_000_000), tmp_path / "data"
    kept = tmp_path / "snapshots.yaml"
    kept.write_text("gifs: {episodes: 10}\nscreenshots: {enabled: false}")
    train = ("train", "--data", data, "--config", town, "--pace", "14400")
    with App.main(tmp_path, *train) as training:
        training.wait_for(lives_beyond(data, 0), "an episode")
        with App.main(tmp_path, "serve", "--data", data, "--port", "0") as viewer:

            def shown() -> tuple[str, int]:
                state = httpx.get(f"http://localhost:{viewer.port}/api/state", timeout=30).json()
                return state["state"]["status"], state["episode"]

            viewer.wait_for(lambda: shown()[0] == "training", "training")
            first = shown()[1]
            viewer.wait_for(lambda: shown()[1] > first + 3, "that it follows")
            with App.main(tmp_path, "snapshots", "--data", data, "--settings", kept) as pictures:

                def gifs() -> list[str]:
                    listed = httpx.get(f"http://localhost:{viewer.port}/api/downloads", timeout=30).json()
                    return [product["name"] for product in listed if product["kind"] == "gif"]

                pictures.wait_for(gifs, "a GIF of a run that goes on, listed by the viewer")
                assert pictures.stop() == 0, pictures.err
            assert training.stop() == 0, training.err
            viewer.wait_for(lambda: shown() == ("stopped", episodes(data)), "all of it, and that it stopped")
            with App.main(tmp_path, *train) as again:
                viewer.wait_for(lambda: shown()[0] == "training" and shown()[1] > episodes(data) - 3, "that it goes on")
                again.wait_for(lives_beyond(data, shown()[1]), "another episode")
                assert again.stop() == 0, again.err
            assert viewer.stop() == 0, viewer.err
            assert "Traceback" not in viewer.err
