"""How long it takes to live as well again after everything moved, told by hand."""

from contextlib import closing
from pathlib import Path

import numpy as np

from hamlet.events.types import (
    AffordancesRandomized,
    EvaluationCompleted,
    Event,
    ExamResult,
    Recorded,
    RunDiverged,
)
from hamlet.projections.projector import Projector
from hamlet.projections.rows import RecoveryRow
from hamlet.projections.views import Views
from tests.projections.support import AGENTS, LAYOUTS, lived, started

RUN = "town-1"


def exam(episode: int, agent: float | None, expert: float = 500.0) -> EvaluationCompleted:
    means = {"expert": expert} if agent is None else {"expert": expert, "agent": agent}
    results = {name: ExamResult(mean=mean, worst=1.0, share_at_cap=0.0, causes={}) for name, mean in means.items()}
    return EvaluationCompleted(
        episode=episode, vector_step=episode * 10, episodes=200, cap=500, layout=LAYOUTS[0], results=results
    )


def move(episode: int) -> AffordancesRandomized:
    return AffordancesRandomized(
        episode=episode,
        vector_step=episode * 10,
        old_positions=LAYOUTS[0],
        new_positions=LAYOUTS[1],
        reason="scheduled",
    )


def diverged(episode: int, version: int = 0) -> RunDiverged:
    return RunDiverged(from_episode=episode, vector_step=episode * 10, reason="test", from_version=version)


def told(path: Path, *events: Event) -> list[RecoveryRow]:
    """The rows after ``events`` of one run, each delivered by itself."""
    with closing(Projector(path, Path("not-read.db"))) as projector:
        for number, event in enumerate((started(), *events), start=1):
            projector.apply([Recorded(number, RUN, number, 1.7e9 + number, event)])  # type: ignore[arg-type]
    return Views(path).recoveries(RUN)


def test_back_at_the_first_exam_of_95_percent(tmp_path: Path) -> None:
    exams = [exam(50, 300.0), exam(100, 400.0), move(100), exam(100, 90.0), exam(125, 379.9), exam(150, 380.0)]
    [row] = told(tmp_path / "views.db", *exams, exam(175, 100.0), exam(200, 500.0))
    assert row == RecoveryRow(
        episode=100,
        vector_step=1000,
        level_before=400.0,
        share_before=0.8,
        level_after=90.0,
        recovered_episode=150,
        recovered_vector_step=1500,
        episodes=50,
        env_steps=500 * AGENTS,
    )


def test_a_move_that_does_no_harm_is_recovered_from_at_once(tmp_path: Path) -> None:
    [row] = told(tmp_path / "views.db", exam(100, 400.0), move(100), exam(100, 396.0))
    assert (row.level_after, row.recovered_episode, row.episodes, row.env_steps) == (396.0, 100, 0, 0)


def test_not_yet_back(tmp_path: Path) -> None:
    [row] = told(tmp_path / "views.db", exam(100, 400.0), move(100), exam(100, 90.0), exam(150, 200.0))
    assert (row.level_before, row.level_after, row.recovered_episode, row.episodes) == (400.0, 90.0, None, None)


def test_without_an_exam_before_there_is_nothing_to_come_back_to(tmp_path: Path) -> None:
    [row] = told(tmp_path / "views.db", exam(0, None), move(3), exam(3, 90.0), exam(50, 500.0))
    assert (row.level_before, row.share_before, row.level_after, row.recovered_episode) == (None, None, 90.0, None)


def test_the_second_move_ends_the_first_recovery(tmp_path: Path) -> None:
    first, second = told(
        tmp_path / "views.db",
        *(exam(100, 400.0), move(100), exam(100, 90.0), exam(150, 300.0)),
        *(move(150), exam(150, 60.0), exam(175, 284.0), exam(200, 400.0)),
    )
    assert (first.level_before, first.level_after, first.recovered_episode) == (400.0, 90.0, None)
    assert (second.level_before, second.level_after, second.recovered_episode) == (300.0, 60.0, 200)


def test_a_run_in_which_nothing_moves_has_no_row(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    assert told(tmp_path / "views.db", exam(0, 100.0), lived(1, rng), exam(1, 400.0)) == []


def test_what_a_divergence_takes_back_did_not_happen(tmp_path: Path) -> None:
    before = [exam(50, 250.0), exam(100, 400.0), move(100), exam(100, 90.0), exam(150, 390.0)]
    # the recovery
    [row] = told(tmp_path / "a.db", *before, diverged(150), exam(150, 300.0), exam(200, 385.0))
    assert (row.level_after, row.recovered_episode) == (90.0, 200)
    # a second move: the first is open again
    [row] = told(tmp_path / "b.db", *before[:-1], move(140), exam(140, 60.0), diverged(120), exam(150, 390.0))
    assert (row.episode, row.recovered_episode) == (100, 150)
    # the only move, and the exam that gave its level: the one before counts
    [row] = told(tmp_path / "c.db", *before, diverged(100), move(101), exam(101, 240.0))
    assert (row.episode, row.level_before, row.recovered_episode) == (101, 250.0, 101)
    # the exam right after
    [row] = told(tmp_path / "d.db", exam(100, 400.0), move(100), exam(101, 90.0), diverged(101))
    assert row.level_after is None


def test_what_the_last_episode_in_common_had_after_the_divergence_did_not_happen_either(tmp_path: Path) -> None:
    # The first event after RunStarted is version 2, and so on: at version 5 the two pasts part.
    path = tmp_path / "views.db"
    events = [exam(100, 400.0), move(100), exam(100, 90.0), move(100), exam(100, 30.0)]
    [row] = told(path, *events, diverged(101, version=5))
    assert (row.level_before, row.level_after) == (400.0, 90.0), "the second move and its exam are given up"
    assert [mark.kind for mark in Views(path).marks(RUN)] == ["randomized", "diverged"]
    exam_now = Views(path).evaluation(RUN)
    assert exam_now is not None and exam_now.policies["agent"].mean == 90.0


def test_a_recovery_by_an_exam_that_was_given_up_is_open_again(tmp_path: Path) -> None:
    [row] = told(
        tmp_path / "v.db", exam(99, 400.0), move(99), exam(99, 90.0), exam(100, 390.0), diverged(101, version=5)
    )
    assert row.recovered_episode is None
