"""Row 2: killed at any moment, the whole app loses nothing and counts nothing twice."""

import random
import time
from pathlib import Path

import httpx
import pytest

from hamlet.events.types import CommandApplied, EpisodeCompleted, ResumeStateSaved, RunDiverged, RunResumed
from tests.system.support import (
    PATIENCE,
    App,
    assert_same_facts,
    assert_whole,
    config,
    episodes,
    events,
    facts_of,
    hamlet,
    inside,
    lives_beyond,
)

GOAL = 400
PACE = 30_000  # episodes an hour: the run lasts for a few seconds per kill


def hasty(directory: Path, data: Path, town: Path, goal: int, pace: float) -> App:
    return App(directory, ["-m", "tests.system.hasty", data, town, str(goal), str(pace)])


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(20, marks=pytest.mark.timeout(600)),
        pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(7200)]),
    ],
)
def test_killed_at_random_moments_the_log_is_that_of_a_run_that_never_was(
    tmp_path: Path, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    goal, slow = GOAL * kills // 20, PATIENCE * kills / 20  # the long form may run beside anything
    town, data, rng = config(tmp_path, shift_at=80), tmp_path / "data", random.Random(kills)
    for kill in range(kills):
        with hasty(tmp_path, data, town, goal, 0 if kill else PACE) as app:
            if kill % 4 == 3:  # now and then before it is up
                time.sleep(rng.uniform(0.3, 4.0))
            else:
                known = episodes(data)
                app.wait_for(lives_beyond(data, min(known, goal - 1)), "a new episode", slow)
                assert httpx.get(f"http://localhost:{app.port}/api/state", timeout=30).status_code in (200, 503)
                time.sleep(rng.uniform(0.0, 1.2))
            app.process.kill()
            app.process.wait()
        if not (data / "events.db").exists():
            continue
        assert inside("events", "--verify", "--data", data) == 0, capsys.readouterr().err
        if (data / "demo_state.db").exists():
            assert inside("replay", "--verify", "--data", data) == 0, capsys.readouterr().out
    # Resumed once more, by the command that a user has, to the end.
    ended = hamlet("train", "--data", data, "--config", town, "--episodes", str(goal), "--pace", "max", timeout=slow)
    assert ended.returncode == 0, ended.stderr
    assert_whole(data, capsys)
    assert not list(data.rglob("*.tmp"))
    assert_interrupted_well(data, goal)
    # And beside it the run that nothing interrupted.
    whole = tmp_path / "whole"
    assert hamlet("train", "--data", whole, "--config", town, "--episodes", str(goal), timeout=slow).returncode == 0
    assert_same_facts(facts_of(data, CommandApplied), facts_of(whole, CommandApplied))


def assert_interrupted_well(data: Path, goal: int) -> None:
    log = [recorded.event for recorded in events(data)]
    lived = [event.episode for event in log if isinstance(event, EpisodeCompleted)]
    assert lived == list(range(1, goal + 1)), "every episode once, in order"
    resumed = [event for event in log if isinstance(event, RunResumed)]
    assert len(resumed) >= 5 and any(event.vector_step > 0 for event in resumed)
    assert not [event for event in log if isinstance(event, RunDiverged)]
    assert [event for event in log if isinstance(event, ResumeStateSaved)]
