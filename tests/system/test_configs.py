"""Every town that comes with Hamlet: checked, trained for a moment, examined, lived again."""

import json
from pathlib import Path

import pytest
import yaml

from hamlet.events.types import EpisodeCompleted, EvaluationCompleted, RunStarted
from hamlet.settings import from_record
from hamlet.worlds.replayer import replay
from tests.system.support import ROOT, assert_whole, events, inside

SHIPPED = sorted((ROOT / "configs" / "town").glob("*.yaml"))


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_town_can_be_trained_examined_and_lived_again(
    shipped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inside("check", shipped) == 0, capsys.readouterr().err
    raw = yaml.safe_load(shipped.read_text())
    raw["training"] |= {"episodes": 40, "agents": 16, "warm_up": 200, "capacity": 2000, "exam_episodes": 8}
    raw["world"]["cap"] = 60
    town, data = tmp_path / "town.yaml", tmp_path / "data"
    town.write_text(yaml.safe_dump(raw))
    assert inside("train", "--config", town, "--data", data) == 0, capsys.readouterr().err
    capsys.readouterr()
    assert inside("evaluate", "--data", data, "--episodes", "8", "--cap", "60", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert 0 < found["random"] <= found["expert"] == 60, "nobody has to die within sixty steps"
    log = [recorded.event for recorded in events(data)]
    assert isinstance(log[0], RunStarted) and any(isinstance(event, EvaluationCompleted) for event in log)
    world = from_record(log[0].config, "the run").world
    lives = [event for event in log if isinstance(event, EpisodeCompleted)]
    assert len(lives) == 40
    for life in lives[::7]:
        assert len(list(replay(life, world))) == life.survival_time + 1
    assert_whole(data, capsys)
