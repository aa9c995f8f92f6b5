"""Row 3: dead at each named place, the first and a later time; then taken up to the end."""

import signal
from pathlib import Path

import pytest

from hamlet.crashpoints import POINTS
from hamlet.events.types import AnyEvent, CheckpointSaved, EpisodeCompleted, ResumeStateSaved, RunDiverged, RunStarted
from tests.system.support import App, assert_same_facts, assert_whole, config, events, facts_of, inside

GOAL = 60


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[AnyEvent]:
    directory = tmp_path_factory.mktemp("whole")
    assert inside("train", "--data", directory / "data", "--config", config(directory), "--episodes", str(GOAL)) == 0
    return facts_of(directory / "data", RunStarted)  # it names the config file, each its own


@pytest.mark.parametrize("time", ["first", "later"])
@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_dies_there_loses_nothing_and_says_nothing_twice(
    point: str, time: str, tmp_path: Path, uninterrupted: list[AnyEvent], capsys: pytest.CaptureFixture[str]
) -> None:
    # The log is migrated first, the views after it; other places are come to again and again.
    nth = 1 if time == "first" else 2 if point == "migration" else 3
    town, data = config(tmp_path), tmp_path / "data"
    with App(
        tmp_path, ["-m", "tests.system.hasty", data, town, str(GOAL), "0"], HAMLET_CRASH_AT=f"{point}:{nth}"
    ) as app:
        assert app.process.wait(60) == -signal.SIGKILL, f"it never came to {point} for the {nth}. time: {app.err}"
    assert inside("train", "--data", data, "--config", town, "--episodes", str(GOAL)) == 0
    assert_whole(data, capsys)
    assert not list(data.rglob("*.tmp"))
    log = [recorded.event for recorded in events(data)]
    assert [event.episode for event in log if isinstance(event, EpisodeCompleted)] == list(range(1, GOAL + 1))
    assert not [event for event in log if isinstance(event, RunDiverged)]
    assert_same_facts(facts_of(data, RunStarted), uninterrupted)
    kept = {path.name for path in data.rglob("*.safetensors")}
    assert {event.file for event in log if isinstance(event, CheckpointSaved)} <= kept
    newest = [event.file for event in log if isinstance(event, ResumeStateSaved)][-1]
    assert newest in kept
