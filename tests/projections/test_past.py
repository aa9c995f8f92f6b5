"""The views as of an episode are those that a replay up to it gives."""

from pathlib import Path

import pytest

from hamlet.errors import UsageError
from hamlet.projections.past import Past
from hamlet.projections.projector import Projector
from hamlet.projections.replay import replay
from hamlet.projections.views import Views
from tests.projections.support import story, write_log

RUN = "town-1"
LIFE = [
    *["live"] * 130, "exam", "stage", *["live"] * 20, "exam", "randomize", "exam", *["live"] * 15, "pause", "unpause",
    "resume", *["live"] * 12, "dialogue", "exam", *["live"] * 8, "exam", "live", "exam", *["live"] * 6,
]  # fmt: skip


@pytest.fixture
def lived(tmp_path: Path) -> Path:
    write_log(tmp_path / "events.db", story(LIFE))
    with Projector.open(tmp_path / "demo_state.db", tmp_path / "events.db") as projector:
        projector.catch_up()
    return tmp_path


@pytest.mark.parametrize("episode", [1, 99, 130, 131, 150, 151, 165, 177, 185, 186, 192])
def test_the_past_is_what_a_replay_up_to_it_gives(lived: Path, episode: int) -> None:
    then = lived / "then.db"
    replay(lived / "events.db", then, until_episode=episode)
    past, expected = Past(lived / "demo_state.db", lived / "events.db", RUN, episode), Views(then)
    for window in (10, 100, 1000):
        assert past.transitions(window) == expected.transitions(window)
    assert past.heatmap() == expected.heatmap()
    for mine, theirs in zip(past.novelty(), expected.novelty(), strict=True):
        assert mine == pytest.approx(theirs)
    assert past.latest_episode(RUN) == expected.latest_episode(RUN)
    assert past.episodes(RUN, after=episode - 50) == expected.episodes(RUN, after=episode - 50)
    assert past.mean_survival(RUN) == expected.mean_survival(RUN)
    assert past.deaths(RUN) == expected.deaths(RUN)
    assert past.marks(RUN) == expected.marks(RUN)
    assert past.evaluation(RUN) == expected.evaluation(RUN)
    assert past.recoveries(RUN) == expected.recoveries(RUN)


def test_what_was_lived_twice_is_shown_as_it_was_the_last_time(tmp_path: Path) -> None:
    write_log(tmp_path / "events.db", story([*["live"] * 60, "exam", "randomize", "diverge", *["live"] * 150], seed=4))
    with Projector.open(tmp_path / "demo_state.db", tmp_path / "events.db") as projector:
        projector.catch_up()
    newest = Views(tmp_path / "demo_state.db").latest_episode(RUN)
    assert newest is not None
    for episode in (30, newest.episode - 3, newest.episode):
        replay(tmp_path / "events.db", tmp_path / "then.db", until_episode=episode)
        past = Past(tmp_path / "demo_state.db", tmp_path / "events.db", RUN, episode)
        expected = Views(tmp_path / "then.db")
        assert past.transitions(1000) == expected.transitions(1000)
        assert past.marks(RUN) == [mark for mark in expected.marks(RUN) if mark.episode <= episode]
        assert past.deaths(RUN) == expected.deaths(RUN)


@pytest.mark.parametrize("episode", [0, -1, 193])
def test_an_episode_that_is_not_there(lived: Path, episode: int) -> None:
    with pytest.raises(UsageError, match=r"has no episode .*1 … 192"):
        Past(lived / "demo_state.db", lived / "events.db", RUN, episode)


def test_a_run_that_is_not_there(lived: Path) -> None:
    with pytest.raises(UsageError, match="none yet"):
        Past(lived / "demo_state.db", lived / "events.db", "nobody", 1)
