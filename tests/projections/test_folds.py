"""The rows are what the log says, however it is cut into batches, and whatever is delivered twice."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamlet.errors import LogUnusable
from hamlet.events.packing import pack
from hamlet.events.reading import read_events
from hamlet.events.types import EpisodeCompleted, Recorded
from hamlet.projections.database import remove
from hamlet.projections.projector import Projector
from hamlet.projections.replay import Digest, digest, replay
from hamlet.projections.views import Views
from tests.projections.model import Model
from tests.projections.support import ACTS, RARE, eventful, story, write_log

EVENTS = Path("events.db")  # not read: these tests deliver by hand


def fold(path: Path, events: list[Recorded], sizes: list[int], *, again: random.Random | None = None) -> Digest:
    """Deliver ``events`` in batches of ``sizes`` (the last one over and over), some of them twice."""
    remove(path)
    with closing(Projector(path, EVENTS, bulk=True)) as projector:
        start, turn = 0, 0
        while start < len(events):
            end = start + sizes[min(turn, len(sizes) - 1)]
            back = again.randint(0, start) if again is not None and again.random() < 0.4 else start
            projector.apply(events[back:end])
            start, turn = end, turn + 1
        assert projector.position == len(events)
        projector.finish_bulk()
    return digest(path)


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_incremental_equals_rebuild_at_random_cuts_with_redelivery(tmp_path: Path) -> None:
    cuts = random.Random(9)
    for seed in range(4):
        events = eventful(400, seed)
        write_log(tmp_path / f"events{seed}.db", events)
        replay(tmp_path / f"events{seed}.db", tmp_path / "rebuilt.db")
        rebuilt = digest(tmp_path / "rebuilt.db")
        logged = [recorded for batch in read_events(tmp_path / f"events{seed}.db") for recorded in batch]
        for _ in range(50):
            sizes = [cuts.randint(1, 200) for _ in range(20)]
            assert fold(tmp_path / "cut.db", logged, sizes, again=cuts) == rebuilt


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(st.sampled_from(ACTS + RARE), max_size=60),
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=10),
    seed=st.integers(0, 2**32),
)
def test_any_story_gives_the_rows_of_the_model(tmp_path: Path, acts: list[str], sizes: list[int], seed: int) -> None:
    events = story(acts, seed)
    path = tmp_path / "views.db"
    cut = fold(path, events, sizes, again=random.Random(seed))
    assert cut == fold(path, events, [len(events)])
    check_against_model(path, events)


def test_a_long_story_gives_the_rows_of_the_model(tmp_path: Path) -> None:
    acts = [*["live"] * 250, "diverge", *["live"] * 60, "diverge", *["live"] * 30]
    events = story(acts, seed=4)
    whole = fold(tmp_path / "whole.db", events, [len(events)])
    check_against_model(tmp_path / "whole.db", events)
    assert fold(tmp_path / "single.db", events, [1]) == whole


def check_against_model(path: Path, events: list[Recorded]) -> None:
    model = Model(events)
    columns = ["survival_time", "total_reward", "extrinsic_reward", "intrinsic_reward", "intrinsic_weight"]
    columns += ["curriculum_stage", "epsilon"]

    expected = [
        (e.episode, at, *(getattr(e, column) for column in columns))
        for at, e in sorted(model.lived(), key=lambda row: row[1].episode)
    ]
    assert rows(path, "SELECT * FROM episodes ORDER BY 1") == expected
    assert sorted(rows(path, "SELECT * FROM affordance_visits")) == model.visits()
    assert sorted(rows(path, "SELECT * FROM position_heatmap")) == model.heatmap()
    for run in model.runs:
        lived = model.lived(run)
        stored = rows(path, f"SELECT episode, survival_time, cause FROM run_episodes WHERE run = '{run}' ORDER BY 1")
        assert stored == sorted((e.episode, e.survival_time, e.cause) for _, e in lived)
        figures = rows(path, f"SELECT episode, env_steps FROM runs WHERE run = '{run}'")
        assert figures == [(len(lived), sum(e.survival_time for _, e in lived))]
        assert Views(path).recoveries(run) == model.recoveries(run)


def test_an_event_that_contradicts_itself_is_refused_with_its_position(tmp_path: Path) -> None:
    events = story(["live"])
    event = events[-1].event
    assert isinstance(event, EpisodeCompleted)
    for broken, why in (
        ({"path": pack(np.array([3]))}, "one longer than its"),
        ({"path": "!"}, "not base64"),
        ({"novelty": pack(np.array([1, 2]))}, "a novelty for each of 20"),
    ):
        detail = msgspec.structs.replace(event.detail, **broken)
        wrong = msgspec.structs.replace(events[-1], event=msgspec.structs.replace(event, detail=detail))
        with Projector.open(tmp_path / "views.db", EVENTS) as projector:
            projector.apply(events[:1])
            with pytest.raises(LogUnusable, match=f"positions 2 … 2: .*{why}"):
                projector.apply([wrong])
            assert projector.position == 1
        remove(tmp_path / "views.db")
