"""The page's state from real views of a real log."""

from pathlib import Path

import pytest

from hamlet.projections.projector import Projector
from hamlet.projections.views import Views
from hamlet.web.state import marks, points, summary, update_of
from hamlet.web.wire import RunState
from tests.projections.support import HEIGHT, WIDTH, story, write_log
from tests.web.support import Town

STATE = RunState(status="training", detail="", episode=0, episodes=1000, steps_per_second=0.0)


@pytest.fixture
def views(tmp_path: Path) -> Views:
    write_log(tmp_path / "events.db", story([*["live"] * 70, "exam", "randomize", "stage", *["live"] * 130]))
    with Projector.open(tmp_path / "demo_state.db", tmp_path / "events.db") as projector:
        projector.catch_up()
    return Views(tmp_path / "demo_state.db")


def test_a_state_update_is_made_of_the_views(views: Views) -> None:
    run = views.newest_run()
    assert run is not None
    update = update_of(views, Town(run=run).hello(), STATE)
    assert update.episode == 200 and [row.episode for row in update.recent] == list(range(151, 201))
    assert len(update.position_heatmap) == HEIGHT and {len(row) for row in update.position_heatmap} == {WIDTH}
    assert sum(map(sum, update.position_heatmap)) == pytest.approx(1.0)
    assert sum(death.count for death in update.deaths) == 100
    assert update.affordance_graph.edges and all(0 <= edge.recency <= 1 for edge in update.affordance_graph.edges)
    assert {mark.kind for mark in update.marks} >= {"randomized", "stage"} and update.exam is not None
    assert update.recovery is not None and update.recovery.episode == 70 and update.recovery.level_before == 400.0
    assert update.metrics is not None and update.metrics.mean_survival > 0


def test_the_curve_and_the_marks_are_those_of_the_views(views: Views) -> None:
    [row] = views.runs()
    assert summary(row).episode == 200 and summary(row).run == row.run
    chosen = [point.episode for point in points(views, row.run, 50)]
    assert (len(chosen), chosen[0], chosen[-1]) == (50, 1, 200)
    assert marks(views, row.run)
