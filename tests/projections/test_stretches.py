"""A run in stretches says what its episodes say, also after a divergence."""

import statistics
from pathlib import Path

import pytest

from hamlet.projections.projector import Projector
from hamlet.projections.replay import verify
from hamlet.projections.stretches import Series, series
from hamlet.projections.views import Views
from tests.projections.support import story, write_log

RUN = "town-1"
ACTS = [
    *["live"] * 130,
    "checkpoint",
    *["live"] * 99,
    "diverge",
    *["live"] * 250,
    "checkpoint",
    "stage",
    *["live"] * 33,
]


@pytest.fixture(params=[7, 97, 10_000], ids="batches of {}".format)
def lived(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    events = story(ACTS, seed=3)
    write_log(tmp_path / "events.db", events)
    with Projector.open(tmp_path / "demo_state.db", tmp_path / "events.db") as projector:
        for first in range(0, len(events), request.param):
            projector.apply(events[first : first + request.param])
    return tmp_path


@pytest.mark.parametrize("points", [2, 3, 5, 40, 1000])
def test_stretches_are_of_equal_size_and_sum_up_their_episodes(lived: Path, points: int) -> None:
    views = Views(lived / "demo_state.db")
    found = views.series(RUN, points)
    episodes = views.episodes(RUN)
    assert len(found.stretches) <= points + 1
    assert [row.first for row in found.stretches] == list(range(1, len(episodes) + 1, found.size))
    for row in found.stretches:
        inside = episodes[row.first - 1 : row.last]
        lives = [each.survival_time for each in inside]
        assert row.survival == pytest.approx(statistics.fmean(lives))
        assert row.deviation == pytest.approx(statistics.pstdev(lives), abs=1e-6)
        assert (row.shortest, row.longest) == (min(lives), max(lives))
        assert row.living == pytest.approx(statistics.fmean(each.extrinsic_reward for each in inside))
        assert row.novelty == pytest.approx(
            statistics.fmean(each.intrinsic_weight * each.intrinsic_reward for each in inside)
        )
        assert row.stage == max(each.curriculum_stage for each in inside)


def test_however_the_log_is_cut_the_tables_are_the_same(lived: Path) -> None:
    stored, rebuilt = verify(lived / "events.db", lived / "demo_state.db")
    assert stored.tables["stretches"] == rebuilt.tables["stretches"]  # the other tables hold the times of the log


def test_checkpoints_are_thinned_out_to_the_newest(tmp_path: Path) -> None:
    write_log(tmp_path / "events.db", story([act for _ in range(60) for act in ("live", "checkpoint")]))
    with Projector.open(tmp_path / "demo_state.db", tmp_path / "events.db") as projector:
        projector.catch_up()
    assert series(tmp_path / "demo_state.db", RUN, 9, ticks=7).checkpoints == [6, 15, 24, 33, 42, 51, 60]
    assert series(tmp_path / "demo_state.db", RUN, 9).checkpoints == list(range(1, 61))


def test_a_run_without_episodes(tmp_path: Path) -> None:
    write_log(tmp_path / "events.db", story([]))
    with Projector.open(tmp_path / "demo_state.db", tmp_path / "events.db") as projector:
        projector.catch_up()
    assert series(tmp_path / "demo_state.db", RUN, 9) == Series(size=1, stretches=[], checkpoints=[])
