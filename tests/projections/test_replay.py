"""The views as they were, and the proof that they are what the log says."""

import sqlite3
from pathlib import Path

import pytest

from hamlet.errors import UsageError
from hamlet.events.reading import read_events
from hamlet.events.types import EpisodeCompleted
from hamlet.projections.projector import Projector
from hamlet.projections.replay import digest, position_of_episode, replay, verify
from tests.projections.support import story, write_log

ACTS = [*["live"] * 30, "stage", "other", "town", *["live"] * 20, "other", "checkpoint", *["live"] * 5]


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_until_an_episode_of_the_newest_town_run(tmp_path: Path) -> None:
    events, out = tmp_path / "events.db", tmp_path / "then.db"
    write_log(events, story(ACTS))
    reached = replay(events, out, until_episode=12)
    (last,) = read_events(events, after=reached - 1, until=reached)
    assert isinstance(last[0].event, EpisodeCompleted)
    assert (last[0].run, last[0].event.episode) == ("town-2", 12)
    assert query(out, "SELECT count(*), max(episode_id) FROM episodes") == [(12, 12)]
    assert query(out, "SELECT run, episode FROM runs ORDER BY position") == [("town-1", 31), ("town-2", 12)]
    assert query(out, "SELECT value FROM system_state WHERE key = 'current_episode'") == [("12",)]


def test_until_an_episode_means_the_one_that_counts(tmp_path: Path) -> None:
    events = tmp_path / "events.db"
    told = story(["live"] * 10 + ["diverge"] + ["live"] * 10, seed=3)
    write_log(events, told)
    twice = [r.position for r in told if isinstance(r.event, EpisodeCompleted) and r.event.episode == 10]
    assert len(twice) == 2
    assert position_of_episode(events, 10) == twice[-1]


@pytest.mark.parametrize("acts, found", [(["live"] * 3, "run town-1 has episodes 1 … 3"), (["town"], "episodes 1 … 0")])
def test_an_episode_that_is_not_there_is_a_clear_error(tmp_path: Path, acts: list[str], found: str) -> None:
    write_log(tmp_path / "events.db", story(acts))
    with pytest.raises(UsageError, match=f"episode 4 is not in the log; .*{found}"):
        replay(tmp_path / "events.db", tmp_path / "out.db", until_episode=4)
    assert not (tmp_path / "out.db").exists()


def test_replay_takes_the_place_of_what_was_there_and_leaves_no_scraps(tmp_path: Path) -> None:
    events, views = tmp_path / "events.db", tmp_path / "demo_state.db"
    write_log(events, story(ACTS))
    with Projector.open(views, events) as projector:
        projector.catch_up(until=20)
    heard: list[int] = []
    assert replay(events, views, progress=heard.append) == heard[-1] == len(story(ACTS))
    stored, rebuilt = verify(events, views)
    assert stored == rebuilt
    assert {path.name.removeprefix("demo_state.db") for path in tmp_path.glob("demo_state*")} <= {"", "-wal", "-shm"}
    with Projector.open(views, events) as projector:
        assert projector.catch_up() == heard[-1]
    indexes = query(views, "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'idx%' ORDER BY 1")
    assert [name for (name,) in indexes] == [
        "idx_episodes_timestamp",
        "idx_heatmap_episode",
        "idx_marks_kind",
        "idx_runs_world",
        "idx_visits_episode",
    ]


def test_verify_notices_one_changed_number(tmp_path: Path) -> None:
    events, views = tmp_path / "events.db", tmp_path / "demo_state.db"
    write_log(events, story(ACTS))
    replay(events, views)
    connection = sqlite3.connect(views)
    connection.execute(
        "UPDATE position_heatmap SET visit_count = visit_count + 1 WHERE episode_id = 3 AND x = 1 AND y = 1"
    )
    connection.commit()
    connection.close()
    stored, rebuilt = verify(events, views)
    assert stored.overall != rebuilt.overall
    assert {table for table in stored.tables if stored.tables[table] != rebuilt.tables[table]} == {"position_heatmap"}


def test_no_views_yet_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no views here yet"):
        digest(tmp_path / "demo_state.db")
