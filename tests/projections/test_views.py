"""What the page asks, and that the answers cost the same at a million episodes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hamlet.errors import SchemaTooNew, UsageError
from hamlet.events.packing import pack, unpack, unpack_many
from hamlet.projections import views as module
from hamlet.projections.database import ViewsDatabase, read_only
from hamlet.projections.projector import Projector
from hamlet.projections.views import Views
from tests.projections.model import Model
from tests.projections.support import HEIGHT, WIDTH, story, write_log

ACTS = [*["live"] * 120, "stage", "randomize", "exam", "live", "command", "checkpoint", "dialogue", "exam", "live"]


@pytest.fixture
def views(tmp_path: Path) -> Views:
    write_log(tmp_path / "events.db", story(ACTS))
    with Projector.open(tmp_path / "demo_state.db", tmp_path / "events.db") as projector:
        projector.catch_up()
    return Views(tmp_path / "demo_state.db")


def test_runs_are_listed_newest_first_and_the_newest_is_of_a_world(views: Views) -> None:
    assert (views.newest_run(), views.newest_run("dialogue"), views.newest_run("moon")) == (
        "town-1",
        "dialogue-2",
        None,
    )
    assert [run.run for run in views.runs()] == ["dialogue-2", "town-1"]
    run = views.run("town-1")
    assert run is not None
    assert (run.status, run.episode, run.episodes_goal, run.width, run.height) == ("training", 122, 1000, WIDTH, HEIGHT)
    assert run.config["world"]["grid"]["width"] == WIDTH
    assert views.run("nobody") is None


def test_episodes_are_paged_in_order_and_the_newest_is_known(views: Views) -> None:
    lived = [event for _, event in Model(story(ACTS)).lived("town-1")]
    page = views.episodes("town-1", after=100, limit=5)
    assert [row.episode for row in page] == [101, 102, 103, 104, 105]
    assert [row.survival_time for row in page] == [event.survival_time for event in lived[100:105]]
    latest = views.latest_episode("town-1")
    assert latest is not None
    assert (latest.episode, latest.cause) == (122, lived[-1].cause)
    assert views.latest_episode("dialogue-2") is None
    assert views.mean_survival("town-1") == sum(event.survival_time for event in lived[-100:]) / 100
    assert views.mean_survival("dialogue-2") is None
    deaths = views.deaths("town-1")
    assert sum(death.count for death in deaths) == 100
    assert deaths == sorted(deaths, key=lambda death: (-death.count, death.cause))


def test_heatmap_and_garden_path(views: Views) -> None:
    model = Model(story(ACTS))
    expected = [[0] * WIDTH for _ in range(HEIGHT)]
    for _, x, y, count, _ in model.heatmap():
        expected[y][x] += count
    assert views.heatmap() == expected
    recent = [row for row in model.visits() if row[0] > 22]
    paths = {(edge.source, edge.target): edge for edge in views.transitions()}
    assert sum(edge.count for edge in paths.values()) == sum(row[3] for row in recent)
    bed_job = [row for row in recent if row[1:3] == ("Bed", "Job")]
    mean = sum(row[0] * row[3] for row in bed_job) / sum(row[3] for row in bed_job)
    assert paths["Bed", "Job"].mean_episode == pytest.approx(mean)


def test_marks_exam_and_checkpoint(views: Views) -> None:
    assert [(mark.episode, mark.kind) for mark in views.marks("town-1")] == [
        (120, "stage"),
        (120, "randomized"),
        (121, "command"),
    ]
    assert [(mark.old_stage, mark.new_stage) for mark in views.marks("town-1")] == [(1, 2), (None, None), (None, None)]
    assert [mark.text for mark in views.marks("town-1", limit=1)] == ["Asked to randomize the affordances"]
    exam = views.evaluation("town-1")
    assert exam is not None
    assert (exam.episode, exam.cap, exam.policies["expert"].mean) == (121, 500, 500.0)
    assert exam.policies["random"].causes == {"energy": 3}
    assert views.evaluation("dialogue-2") is None
    checkpoint = views.checkpoint("town-1")
    assert checkpoint is not None
    assert checkpoint.file == "checkpoint_ep00121"
    assert views.checkpoint("dialogue-2") is None


def test_before_the_first_event(tmp_path: Path) -> None:
    views = Views(tmp_path / "demo_state.db")
    with pytest.raises(UsageError, match="no views here yet"):
        views.runs()
    ViewsDatabase(tmp_path / "demo_state.db").close()
    assert (views.runs(), views.newest_run(), views.heatmap(), views.transitions()) == ([], None, [], [])


def test_newer_views_are_refused(views: Views) -> None:
    database = ViewsDatabase(views.path)
    database._connection.execute("PRAGMA user_version = 7")
    database.close()
    with pytest.raises(SchemaTooNew):
        views.runs()


def test_no_query_walks_through_the_large_tables(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, tuple[Any, ...]]] = []
    rows = Views._rows

    def spy(self: Views, sql: str, *values: str | int) -> list[dict[str, Any]]:
        asked.append((sql, values))
        return rows(self, sql, *values)

    monkeypatch.setattr(module.Views, "_rows", spy)
    for name in ("newest_run", "runs", "heatmap", "transitions"):
        getattr(views, name)()
    of_a_run = ("run", "latest_episode", "episodes", "mean_survival", "deaths", "marks", "evaluation", "recoveries")
    for name in (*of_a_run, "checkpoint"):
        getattr(views, name)("town-1")
    assert len(asked) == 13
    small = ("SCAN runs", "SCAN position_heatmap")  # a row per run; the window of 100 episodes
    with read_only(views.path) as connection:
        for sql, values in asked:
            plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
            scans = [step for step in plan if step.startswith("SCAN ") and not step.startswith(small)]
            assert scans == [], (sql, plan)
            assert any("USING" in step or step.startswith("SCAN") for step in plan), (sql, plan)


def test_unpack_many_is_unpack_of_each() -> None:
    rng = np.random.default_rng(1)
    for tops in ([15], [255], [60000], [15, 255], [15, 255, 60000]):
        texts = [pack(rng.integers(0, rng.choice(tops), rng.integers(0, 9))) for _ in range(50)]
        items, sizes = unpack_many(texts)
        assert sizes.tolist() == [unpack(text).size for text in texts]
        assert items.tolist() == [item for text in texts for item in unpack(text).tolist()]
    assert unpack_many([])[0].size == 0
    for wrong in ("BAE=", "!", "", pack(np.array([1]))[:-4]):
        with pytest.raises(ValueError, match="unpack"):
            unpack_many([wrong])
