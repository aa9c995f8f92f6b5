"""``study``, used as a user would: run, stopped, killed, taken up again, merged, wrong."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hamlet.events.types import Recorded, RunStarted
from tests.lab.support import study_file
from tests.system.support import App, assert_whole, episodes, events, hamlet, inside


def in_versions(data: Path) -> dict[str, list[Recorded]]:
    """Run → its events; what was made of a run is in streams of their own, which no study merges."""
    found: dict[str, list[Recorded]] = {}
    for recorded in events(data):
        found.setdefault(recorded.run, []).append(recorded)
    return {run: own for run, own in found.items() if isinstance(own[0].event, RunStarted)}


def test_results_have_every_trial_and_every_measure(studied: Path) -> None:
    found = json.loads((studied / "results.json").read_text())
    trials = [(trial["variant"], trial["seed"], trial["status"]) for trial in found["trials"]]
    assert trials == [(variant, seed, "finished") for seed in (0, 1) for variant in ("moved", "still")]
    values = {(trial["variant"], trial["seed"]): trial["values"] for trial in found["trials"]}
    assert values["still", 0]["before_share"] is None and values["moved", 0]["before_share"] > 0
    assert all(0 < value["exam_share"] <= 1.2 and value["stage"] >= 1 for value in values.values())
    assert len({json.dumps(value) for value in values.values()}) == 4, "seeds and variants differ"
    of_share = next(row for row in found["variants"] if (row["measure"], row["variant"]) == ("exam_share", "still"))
    mean = (values["still", 0]["exam_share"] + values["still", 1]["exam_share"]) / 2
    assert of_share["summary"]["mean"] == pytest.approx(mean) and of_share["to_first"]["n"] == 2
    table = (studied / "results.md").read_text()
    assert f"`python main.py study {studied.parent / 'study.yaml'} --data {studied}`: 4 finished." in table
    assert all(f"| {name} | moved |" in table for name in found["measures"])


def test_a_trial_is_what_train_and_evaluate_say(studied: Path, tmp_path: Path) -> None:
    """A figure of the results, found by hand with the commands that anyone can give."""
    data = tmp_path / "data"
    ended = hamlet("train", "--config", studied / "configs" / "still.yaml", "--data", data, "--seed", "1")
    assert ended.returncode == 0, ended.stderr
    asked = hamlet("evaluate", "--data", data, "--cap", "100", "--json")
    means = json.loads(asked.stdout)
    trials = json.loads((studied / "results.json").read_text())["trials"]
    values = next(trial["values"] for trial in trials if (trial["variant"], trial["seed"]) == ("still", 1))
    assert values["long_share"] == pytest.approx(means["agent"] / means["expert"])


def test_the_merged_log_holds_every_trial_once(studied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_whole(studied, capsys)
    merged = in_versions(studied)
    assert len(merged) == 4
    for directory in sorted((studied / "trials").iterdir()):
        ((run, own),) = in_versions(directory).items()
        assert run.startswith(f"{directory.name}-")
        assert [(r.version, r.event) for r in merged[run]] == [(r.version, r.event) for r in own]
    capsys.readouterr()
    assert inside("runs", "--data", studied, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {(row["run"], row["status"], row["episode"]) for row in rows} == {(r, "finished", 400) for r in merged}
    assert inside("evaluate", "--data", studied, "--run", min(merged), "--episodes", "4", "--cap", "9", "--json") == 0
    assert inside("replay", "--data", studied) == 0
    assert_whole(studied, capsys)


def test_a_finished_study_is_not_run_again(studied: Path) -> None:
    before = (studied / "results.json").read_bytes(), events(studied)
    again = hamlet("study", studied.parent / "study.yaml", "--data", studied, "--resume")
    assert again.returncode == 0 and "4 of 4 trials finished" in again.stdout
    assert "trial began" not in again.stderr
    assert ((studied / "results.json").read_bytes(), events(studied)) == before


@pytest.mark.timeout(600)
def test_stopped_and_killed_it_ends_with_the_same_results(studied: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = ("study", study_file(tmp_path), "--data", data, "--jobs", "2", "--resume")

    def lives() -> int:
        return sum(episodes(directory) for directory in (data / "trials").glob("*"))

    for number in (signal.SIGINT, signal.SIGKILL):
        known = lives()
        with App.main(tmp_path, *command) as app:
            app.wait_for(lambda known=known: lives() > known + 20, "lives of the trials")
            code = app.stop(number)
            assert code == (130 if number == signal.SIGINT else -signal.SIGKILL), app.err
            assert not (data / "results.json").exists()
            if number == signal.SIGINT:
                assert "trials are finished, the others can go on: --resume" in app.err
    ended = hamlet(*command, timeout=300)  # the trainings of the killed study end by themselves, soon
    assert ended.returncode == 0, ended.stderr
    assert (data / "results.json").read_bytes() == (studied / "results.json").read_bytes()
    assert len(in_versions(data)) == 4


@pytest.mark.timeout(300)
def test_a_directory_deleted_meanwhile_is_one_clear_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    file = study_file(tmp_path, seeds="1", variants="{still: {}}", overrides="{training.episodes: 100000}")
    with App.main(tmp_path, "study", file, "--data", data, "--jobs", "1") as app:
        app.wait_for(lambda: [*data.glob("trials/*/demo_state.db")], "a trial", patience=200)
        while data.exists():
            shutil.rmtree(data, ignore_errors=True)  # the trial may be writing at this moment
        assert app.process.wait(60) == 2
    assert app.err.splitlines()[-1] == f"hamlet: {data}: was deleted while the study ran in it; begin it again"
    assert "Traceback" not in app.err


@pytest.mark.timeout(300)
def test_a_failed_trial_is_reported_and_ends_no_other(tmp_path: Path) -> None:
    file = study_file(
        tmp_path,
        seeds="1",
        variants="{wild: {training.learning_rate: 1.0e+30}, tame: {}}",
        overrides="{training.episodes: 60}",
        measures="[exam_share]",
    )
    ended = hamlet("study", file, "--data", tmp_path / "data", "--jobs", "1", timeout=200)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("hamlet: wild-seed0 failed: run wild-seed0-"), ended.stderr
    found = json.loads((tmp_path / "data" / "results.json").read_text())
    assert [trial["status"] for trial in found["trials"]] == ["failed", "finished"]
    assert [row["summary"] is None for row in found["variants"]] == [True, False]
    assert "1 finished, 1 failed" in (tmp_path / "data" / "results.md").read_text()
    assert {run.split("-")[0] for run in in_versions(tmp_path / "data")} == {"tame"}


def test_a_leash_ends_the_training_with_its_study(tmp_path: Path) -> None:
    """The child is told when the parent is killed, which no handler of the parent's could do."""
    script = (
        "import os, subprocess, signal, sys; from hamlet.process.leash import leashed;"
        "child = subprocess.Popen(leashed([sys.executable, '-c',"
        ' \'import signal, sys; signal.signal(15, lambda *_: (print("told", flush=True), sys.exit()));'
        ' print("up", flush=True); signal.pause()\']));'
        "input(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        assert parent.stdout.readline() == "up\n"
        parent.stdin.write("\n")
        parent.stdin.flush()
        assert parent.stdout.readline() == "told\n"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measure": "[stage]"}, ["study.yaml: measure: unknown key; remove it or mend its spelling"]),
        (
            {"measures": "[exam]"},
            ["study.yaml: measures: no measure is called 'exam'; there are success, of_oracle"],
        ),
        ({"question": ""}, ["study.yaml: (top): object missing required field `question`"]),
        ({"config": "nowhere.yaml"}, ["study.yaml: config: ", "nowhere.yaml: no such file", "study file's folder"]),
        ({"seeds": "0"}, ["study.yaml: seeds: expected `int` >= 1"]),
        ({"seeds": "[3, 3]"}, ["study.yaml: seeds: expected different ones, found [3, 3]"]),
        (
            {"variants": "{a: {training.bach: 1}}"},
            ["study.yaml: variants.a: training.bach: the config has no such key", "of 'bach' it has: episodes, seed"],
        ),
        ({"variants": "{a: {training.batch.size: 1}}"}, ["training.batch.size: the config has no such key", "nothing"]),
        ({"variants": "{a: {world.stages.7.alive: 1}}"}, ["variants.a: world.stages.7.alive", "it has: 0 … 2"]),
        (
            {"variants": "{a: {training.batch: many}}"},
            ["study.yaml: variants.a: training.batch: expected `int`, got `str`"],
        ),
        ({"variants": "{a/b: {}}"}, ["study.yaml: variants.a/b: 'a/b' is no name; use up to 60"]),
        ({"grid": "{training.novelty: [{gamma: 0.5}]}"}, ["study.yaml: grid: training.novelty", "makes no name"]),
        (
            {"grid": "{training.batch: [32, 32]}"},
            ["study.yaml: variants.moved: two variants are called moved_batch=32"],
        ),
        ({"variants": "{a: {world.affordances.Fridge.effects.satiation: 0.1}}"}, ["study.yaml: a: world.", "→"]),
        (
            {"measures": "[violations]"},
            ["study.yaml: measures: violations cannot be asked of a town; there are exam_mean"],
        ),
        ({"overrides": "[]"}, ["study.yaml: overrides: expected `object`, got `array`"]),
    ],
)
def test_a_bad_study_is_one_clear_line(
    changes: dict[str, str], said: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inside("study", study_file(tmp_path, **changes), "--data", tmp_path / "data") == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("hamlet: ") and complaint.count("\n") == 1
    for part in said:
        assert part in complaint
    assert not (tmp_path / "data" / "trials").exists()


def test_a_directory_that_must_not_be_written_to(
    studied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def complaint(*arguments: str | Path) -> str:
        assert inside("study", *arguments) == 2
        return capsys.readouterr().err

    file = studied.parent / "study.yaml"
    assert "holds trials already; go on with --resume, or choose another" in complaint(file, "--data", studied)
    assert "holds a log that is no study's" in complaint(file, "--data", studied / "trials" / "still-seed0")
    other = study_file(tmp_path, overrides="{training.episodes: 401}")
    said = complaint(other, "--data", studied, "--resume")
    assert "moved.yaml: the study began with other settings: training.episodes: 400 → 401; put them back" in said
    assert "--only: no variant or trial is called 'x'; there are moved, still and trials such as moved-seed0" in (
        complaint(file, "--data", studied, "--resume", "--only", "x")
    )
    assert "nowhere.yaml: no such file; configs that come with Hamlet: configs/studies/" in complaint("nowhere.yaml")


def test_a_damaged_long_exam_is_named(studied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    shutil.copytree(studied, data, symlinks=True)
    (data / "trials" / "still-seed0" / "exam_100.json").write_text('{"agent": 1.0')
    assert inside("study", studied.parent / "study.yaml", "--data", data, "--resume") == 2
    complaint = [line for line in capsys.readouterr().err.splitlines() if line.startswith("hamlet: ")]
    assert len(complaint) == 1 and "exam_100.json: cannot be read (" in complaint[0]
    assert "delete it, then go on with --resume" in complaint[0]


def test_only_some_trials(studied: Path, tmp_path: Path) -> None:
    file = study_file(tmp_path, overrides="{training.episodes: 20}", measures="[survival]")
    ended = hamlet("study", file, "--data", tmp_path / "data", "--only", "still-seed1", timeout=120)
    assert ended.returncode == 0, ended.stderr
    found = json.loads((tmp_path / "data" / "results.json").read_text())["trials"]
    assert [trial["status"] for trial in found] == ["not finished"] * 3 + ["finished"]


def test_the_label_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inside("train", "--data", tmp_path, "--label", "../x") == 2
    assert "--label: expected up to 80 letters, digits and . _ = -, found '../x'" in capsys.readouterr().err
