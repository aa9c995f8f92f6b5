"""``study --on ray``: the same trials on a cluster of several machines, one of which is lost on the way."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.lab.support import study_file
from tests.system.support import ROOT, App, environment, hamlet, inside


@contextmanager
def cluster(machines: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process that holds it, and its address."""
    command = [sys.executable, "-m", "tests.lab.cluster", str(machines)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
        env=environment(),
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout
        yield process, process.stdout.readline().strip()
        process.stdin.close()


def results(data: Path) -> dict[tuple[str, int], dict[str, Any]]:
    trials = json.loads((data / "results.json").read_text())["trials"]
    return {(trial["variant"], trial["seed"]): trial for trial in trials}


@pytest.mark.timeout(600)
def test_a_trial_on_a_cluster_is_the_same_as_here(tmp_path: Path) -> None:
    file = study_file(
        tmp_path, seeds="1", cap="50", overrides="{training.episodes: 40}", measures="[survival, long_share]",
        variants="{tame: {}, wild: {training.learning_rate: 1.0e+30}}",
    )  # fmt: skip
    assert hamlet("study", file, "--data", tmp_path / "here", timeout=300).returncode == 1
    with cluster(2) as (_, address):
        ended = hamlet(
            "study", file, "--data", tmp_path / "there", "--on", "ray", "--address", address, timeout=400
        )  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    here, there = results(tmp_path / "here"), results(tmp_path / "there")
    assert there["tame", 0] == here["tame", 0] and len(there["tame", 0]["digest"]) == 64
    assert there["wild", 0]["status"] == "failed" and "exit 1" in there["wild", 0]["reason"], "reported, not hidden"
    assert "hamlet: wild-seed0 failed: " in ended.stderr
    states = {one["name"]: one for one in json.loads((tmp_path / "there" / "status.json").read_text())["trials"]}
    assert {name: one["state"] for name, one in states.items()} == {"tame-seed0": "finished", "wild-seed0": "failed"}
    assert inside("events", "--verify", "--data", tmp_path / "there") == 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_machine_is_lost_and_no_trial_is(studied: Path, tmp_path: Path) -> None:
    """The study of ``studied`` again, on three machines; the one under a running trial is taken away."""
    data = tmp_path / "data"
    command = ("study", study_file(tmp_path), "--data", data, "--on", "ray", "--address")

    def trials() -> list[dict[str, Any]]:
        file = data / "status.json"
        found: list[dict[str, Any]] = json.loads(file.read_text())["trials"] if file.exists() else []
        return found

    def victim() -> dict[str, Any] | None:
        return next((one for one in trials() if one["state"] == "running" and one["episode"] > 20), None)

    with cluster(3) as (process, address), App.main(tmp_path, *command, address) as app:
        lost = app.wait_for(victim, "a trial under way", patience=600)
        assert lost and process.stdin and process.stdout
        process.stdin.write(f"kill {lost['where'].split()[-1]}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "killed\n"
        assert app.process.wait(1200) == 0, app.err
    assert next(one for one in trials() if one["name"] == lost["name"])["attempts"] == 2
    assert all(one["state"] == "finished" for one in trials())
    assert (data / "results.json").read_bytes() == (studied / "results.json").read_bytes(), "digests and all"
    assert inside("events", "--verify", "--data", data) == 0


def test_without_a_cluster_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = study_file(tmp_path)
    assert inside("study", file, "--data", tmp_path / "data", "--on", "moon") == 2
    assert "--on: expected local or ray, found 'moon'" in capsys.readouterr().err
    ended = hamlet("study", file, "--data", tmp_path / "data", "--on", "ray", "--address", "127.0.0.1:1", timeout=120)
    complaint = [line for line in ended.stderr.splitlines() if line.startswith("hamlet: ")]
    assert ended.returncode == 2 and len(complaint) == 1, ended.stderr
    assert "no cluster at 127.0.0.1:1" in complaint[0] and "ray start --head" in complaint[0]
