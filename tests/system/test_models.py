"""``models``: on a run's episodes, lived again, and on fresh ones of either world."""

import json
from pathlib import Path

import numpy as np
import pytest

from hamlet.events.types import EpisodeCompleted
from hamlet.runs.relived import run_episodes
from hamlet.settings import ROOT, Paths
from tests.system.support import events, inside
from tests.system.test_dialogue import dialogue

FEW = ("--updates", "200", "--world-models", "mlp,ensemble")


def test_a_runs_episodes_are_what_its_log_says(finished: Path) -> None:
    log = [recorded.event for recorded in events(finished)]
    lives = [event for event in log if isinstance(event, EpisodeCompleted)]
    run = events(finished)[0].run
    spec, found = run_episodes(Paths.of(finished, {}), run, 50)
    assert spec.world == "town"
    newest = lives[-50:]
    assert sorted(found.lengths.tolist()) == sorted(life.survival_time for life in newest)
    assert found.terminated.sum() == sum(life.cause != "cap" for life in newest)
    assert np.isclose(found.rewards.sum(), sum(life.extrinsic_reward for life in newest), rtol=1e-4)


def test_models_of_a_run(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inside("models", "--data", finished, "--episodes", "40", "--held-out", "20", *FEW, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["training"] == 40 and found["held_out"] == 20 and found["world"] == "town"
    assert set(found["scores"]) == {"mlp", "ensemble"}
    assert all(0 < scores[0]["one_step"] < 1 for scores in found["scores"].values())
    assert inside("models", "--data", finished, "--episodes", "58", *FEW, "--seeds", "2") == 0
    said = capsys.readouterr().out
    assert all(
        word in said
        for word in (
            "copy the state",
            "mlp",
            "ensemble",
            "2 seeds",
            "30 episodes to learn from, 30 held out",
            "share of copying's",
        )
    )


def test_models_of_calls_recorded_and_fresh(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    assert inside("train", "--config", dialogue(tmp_path), "--data", data) == 0
    capsys.readouterr()
    assert inside("models", "--data", data, *FEW, "--json") == 0, capsys.readouterr().err
    assert json.loads(capsys.readouterr().out)["world"] == "dialogue"
    run = events(data)[0].run
    _, found = run_episodes(Paths.of(data, {}), run, 1000)
    calls = [event for recorded in events(data) if isinstance(event := recorded.event, EpisodeCompleted)]
    assert sorted(found.lengths.tolist()) == sorted(call.survival_time for call in calls)
    fresh = "models", "--world", ROOT / "configs" / "dialogue" / "dqn.yaml", "--world-models", "mlp", "--json"
    assert inside(*fresh, "--episodes", "150", "--updates", "300") == 0, capsys.readouterr().err
    score = json.loads(capsys.readouterr().out)["scores"]["mlp"][0]
    assert score["one_step"] < 0.6 and score["ahead"] < 0.6 and score["f1"] > 0.6


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--data", "nowhere"), "no run yet; train one"),
        (("--world-models", "crystal-ball"), "no kind 'crystal-ball'; expected all, or some of mlp"),
        (("--world", "nowhere.yaml"), "no such file"),
    ],
)
def test_what_cannot_be_compared(
    arguments: tuple[str, ...], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inside("models", *(str(tmp_path / a) if a.startswith("nowhere") else a for a in arguments)) == 2
    assert complaint in capsys.readouterr().err


def test_an_unknown_run_is_named(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inside("models", "--data", finished, "--run", "atlantis") == 2
    said = capsys.readouterr().err
    assert "no run atlantis in " in said and "it holds: town-" in said
