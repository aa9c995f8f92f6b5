"""The dialogue as a user meets it: trained, examined, had again; beside the town in one process; killed and resumed."""

import json
import re
import shutil
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from hamlet.errors import HamletError
from hamlet.events.types import ConversationEnded, EpisodeCompleted, EvaluationCompleted, RunFinished, RunStarted
from hamlet.settings import from_record
from hamlet.training.recorder import facts
from hamlet.worlds.dialogue.replaying import hold_again
from hamlet.worlds.dialogue.settings import DialogueSettings
from tests.system.support import (
    ROOT,
    App,
    assert_same_facts,
    assert_whole,
    config,
    dialogue,
    events,
    inside,
    lives_beyond,
)

SHIPPED = sorted((ROOT / "configs" / "dialogue").glob("*.yaml"))


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_dialogue_can_be_trained_examined_and_had_again(
    shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert inside("check", shipped) == 0, capsys.readouterr().err
    assert "the oracle wins" in capsys.readouterr().out
    data = tmp_path / "data"
    assert inside("train", "--config", dialogue(tmp_path, shipped), "--data", data) == 0, capsys.readouterr().err
    capsys.readouterr()
    assert inside("evaluate", "--data", data, "--episodes", "30", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["constant"] <= found["rule"] < found["oracle"] and 0 <= found["agent"] <= 1
    monkeypatch.setenv("COLUMNS", "80")
    assert inside("evaluate", "--data", data, "--episodes", "30") == 0
    table = capsys.readouterr().out
    assert "violations per 100 calls" in table and "avoidant" in table and "…" not in table
    assert inside("talk", "--as", "watch", "--seed", "3", "--show-q", "--no-keep", "--data", data) == 0
    values = [line for line in capsys.readouterr().out.splitlines() if re.match(r"  [+-]\d\.\d\d ", line)]
    assert values and max(map(len, values)) <= 80 and all(len(re.findall(r"[+-]\d\.", line)) == 2 for line in values)
    log = [recorded.event for recorded in events(data)]
    assert isinstance(log[0], RunStarted) and log[0].world == "dialogue"
    assert any(isinstance(event, EvaluationCompleted) for event in log)
    assert any(isinstance(event, ConversationEnded) for event in log)
    world = from_record(log[0].config, "the run").world
    assert isinstance(world, DialogueSettings)
    calls = [event for event in log if isinstance(event, EpisodeCompleted)]
    assert len(calls) == 40
    for call in calls[::5]:
        assert len(list(hold_again(call, world)[1])) == call.survival_time
    assert_whole(data, capsys)


def test_the_town_and_the_dialogue_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    configs = ["--config", config(tmp_path, episodes=60), "--config", dialogue(tmp_path)]

    def both_finished() -> bool:
        with suppress(HamletError):  # the log may be being made at this moment
            return sum(isinstance(recorded.event, RunFinished) for recorded in events(data)) == 2
        return False

    with App.main(tmp_path, "all-in-one", "--data", data, *configs, "--port", "0") as app:
        app.wait_for(both_finished, "the end of both runs")
        address = f"http://localhost:{app.port}"
        town, calls = (httpx.get(f"{address}/api/{name}").json() for name in ("state", "dialogue"))
        assert town["run"].startswith("town-") and calls["run"].startswith("dialogue-")
        assert town["episode"] == 60 and calls["episode"] == 40 and calls["metrics"]["calls"] == 40
        assert len(httpx.get(f"{address}/api/runs/{calls['run']}/calls").json()) == 40
        done = httpx.get(f"{address}/api/runs/{calls['run']}/acts?stretches=4").json()
        assert sum(row["calls"] for row in done) == 40 and {row["last"] for row in done} == {10, 20, 30, 40}
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert app.stop() == 0
    worlds = [recorded.event.world for recorded in events(data) if isinstance(recorded.event, RunStarted)]
    assert sorted(worlds) == ["dialogue", "town"]
    assert inside("evaluate", "--data", data, "--episodes", "20", "--cap", "60", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"].startswith("town-") and found["dialogue"]["run"].startswith("dialogue-")
    assert_whole(data, capsys)
    capsys.readouterr()
    shutil.rmtree(data / "checkpoints" / found["dialogue"]["run"])
    assert inside("evaluate", "--data", data, "--episodes", "20", "--cap", "60", "--json") == 0
    alone = capsys.readouterr()
    assert json.loads(alone.out)["run"] == found["run"] and "dialogue" not in json.loads(alone.out)
    assert alone.err.startswith("hamlet: left out: ") and "no checkpoint to load" in alone.err


@pytest.mark.parametrize("learner", ["dqn", "ddq"])
def test_a_killed_dialogue_goes_on_as_if_nothing_had_been(
    learner: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = dialogue(tmp_path, ROOT / "configs" / "dialogue" / f"{learner}.yaml", episodes=300)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert inside("train", "--config", shown, "--data", whole) == 0, capsys.readouterr().err
    with App.main(tmp_path, "train", "--config", shown, "--data", killed) as app:
        app.wait_for(lives_beyond(killed, 100), "a hundred calls")
        app.stop(signal.SIGKILL)
    assert inside("train", "--config", shown, "--data", killed) == 0, capsys.readouterr().err
    found, expected = ([recorded.event for recorded in facts(events(data))] for data in (killed, whole))
    assert_same_facts(found, expected)
    assert_whole(killed, capsys)
